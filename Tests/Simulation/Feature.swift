import TestSupport

/// Something special that some histories have, and most have not.
///
/// Each is drawn by numbers of its own: a history without it is what it would be if there were no such
/// thing.
enum Feature: Int, CaseIterable {
  /// Contacts beside users, and guests, of whom rules make contacts.
  case guests

  /// How many of a hundred histories have it.
  private var share: Int {
    switch self {
    case .guests: 25
    }
  }

  /// Puts it into a history if the seed says so.
  func enrich(_ history: inout History) {
    var random = SeededRandom(scattering: history.seed &* 64 &+ rawValue &+ 1_000_003)
    guard random.chance(share) else { return }
    switch self {
    case .guests: history.addGuests(using: &random)
    }
  }
}

extension History {
  /// Puts events somewhere into the history, after the first cycle.
  fileprivate mutating func scatter(_ more: [Event], using random: inout SeededRandom) {
    let first = events.firstIndex { if case .sync = $0 { true } else { false } } ?? 0
    for event in more {
      events.insert(event, at: Int.random(in: first...events.count, using: &random))
    }
  }

  private func container(_ random: inout SeededRandom) -> Int {
    let read = HistoryMaker.unreadContainer
    return Int.random(in: 0..<(setup.adRefersByAnchor ? read + 1 : read), using: &random)
  }

  fileprivate mutating func addGuests(using random: inout SeededRandom) {
    let areSent = random.chance(60)
    for index in setup.models.indices {
      let isSpecial = random.chance(70)
      setup.models[index].sendsGuestsAsContacts = areSent && isSpecial
      setup.models[index].takesGuestsAsContacts = !areSent && isSpecial
    }
    func person() -> Int { Int.random(in: 0..<HistoryMaker.people, using: &random) }
    func contact() -> Int { Int.random(in: 0..<2, using: &random) }
    func name() -> Int { Int.random(in: 0..<HistoryMaker.names, using: &random) }
    var more: [Event] = (0..<6).map { number in
      .edit(person: person(), .guest, value: random.chance(65) ? number + 1 : 0)
    }
    more += (0..<2).map { _ in
      .makeContact(contact: contact(), name: name(), container: container(&random))
    }
    more += (0..<2).map { _ in
      .member(
        group: Int.random(in: 0..<HistoryMaker.groups, using: &random), .contact(contact()))
    }
    if random.chance(50) { more.append(.dropContact(contact: contact())) }
    more.append(.sync(Sync(action: .delta)))
    scatter(more, using: &random)
  }
}
