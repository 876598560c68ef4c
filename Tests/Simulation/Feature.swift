import TestSupport

/// Something special that some histories have, and most have not.
///
/// Each is drawn by numbers of its own: a history without it is what it would be if there were no such
/// thing.
enum Feature: Int, CaseIterable {
  /// Contacts beside users, and guests, of whom rules make contacts.
  case guests
  /// Rules that change a little, and what is asked of engines right after that.
  case rules
  /// A source that is taken out of the configuration, and may come back.
  case sources
  /// References of which two sources have something to say.
  case givers
  /// Containers that change with people in them, and names that go from one to another.
  case containers

  /// How many of a hundred histories have it.
  private var share: Int {
    switch self {
    case .guests: 25
    case .rules: 30
    case .sources: 20
    case .givers: 30
    case .containers: 25
    }
  }

  /// Whether it has directories read as a whole again.
  private var readsAll: Bool {
    switch self {
    case .guests, .givers, .containers: false
    case .rules, .sources: true
    }
  }

  /// Puts it into a history if the seed says so.
  func enrich(_ history: inout History) {
    var random = SeededRandom(scattering: history.seed &* 64 &+ rawValue &+ 1_000_003)
    guard random.chance(share) else { return }
    if history.setup.hrSharesNames, readsAll { return }
    switch self {
    case .guests: history.addGuests(using: &random)
    case .rules: history.addRules(using: &random)
    case .sources: history.addSources(using: &random)
    case .givers: history.addGivers(using: &random)
    case .containers: history.addContainers(using: &random)
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

  /// Puts events that belong together somewhere into the history, after the first cycle.
  fileprivate mutating func scatter(block: [Event], using random: inout SeededRandom) {
    let first = events.firstIndex { if case .sync = $0 { true } else { false } } ?? 0
    let place = Int.random(in: first...events.count, using: &random)
    events.insert(contentsOf: block, at: place)
  }

  /// What may be asked of engines right after something that demands much of them: steps by
  /// themselves, before all that is due is done, and cycles that end early.
  fileprivate static func trouble(using random: inout SeededRandom) -> [Event] {
    func place() -> Place { random.choose(Place.allCases) }
    func end() -> Fault {
      let commit = Int.random(in: 1...45, using: &random)
      return switch Int.random(in: 0..<6, using: &random) {
      case 0...3: .crash(commit: commit, stored: random.chance(50))
      case 4: .shutDown(commit: commit)
      default: .personStops(commit: commit)
      }
    }
    var events: [Event] = []
    while random.chance(60), events.count < 4 {
      switch Int.random(in: 0..<10, using: &random) {
      case 0...4: events.append(.sync(Sync(action: .delta, faults: [end()])))
      case 5: events.append(.sync(Sync(action: .deltaSynchronization(place()))))
      case 6: events.append(.sync(Sync(action: .fullSynchronization(place()), faults: [end()])))
      case 7: events.append(.sync(Sync(action: .deltaImport(place()))))
      case 8: events.append(.sync(Sync(action: .export)))
      default: events.append(.restart)
      }
    }
    return events
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

extension History {
  /// Choices of which each can change by itself.
  private static var choices: [WritableKeyPath<RuleModel, Bool>] {
    [
      \.hrProvisions, \.hrTitlesFirst, \.hidesHidden, \.filtersCloud, \.marksManaged,
      \.marksManagedInbound, \.managersNeedTitle, \.managersNeedDepartment, \.flowsMembers,
      \.hasDefaultDepartment, \.hasEqualPrecedences, \.hasOtherNames, \.disablesTitles,
      \.disablesGroupsInbound, \.disablesGroupsOutbound, \.flowsPhones, \.joinsByBadge,
    ]
  }

  /// Rules of which each differs little from those before, and moments at which they come.
  fileprivate mutating func addRules(using random: inout SeededRandom) {
    let hasBadges = random.chance(40)
    var model = setup.models[0]
    model.flowsManagers = true
    model.limitsMembers = false
    model.knowsBadges = hasBadges
    for index in setup.models.indices {
      if index > 0 {
        for _ in 0...Int.random(in: 0...2, using: &random) {
          model[keyPath: random.choose(Self.choices)].toggle()
        }
        // Whoever is without a badge in the metaverse can't be found by it.
        model.joinsByBadge = model.joinsByBadge && hasBadges
      }
      setup.models[index] = model
    }
    for number in 0..<Int.random(in: 2...4, using: &random) {
      let person = Int.random(in: 0..<HistoryMaker.people, using: &random)
      let value = random.chance(70) ? number + 1 : 0
      scatter(
        [
          random.chance(50)
            ? .edit(person: person, .phone, value: value)
            : .record(person: person, .phone, value: value)
        ], using: &random)
      let variant = Int.random(in: 0..<setup.models.count, using: &random)
      var block = [Event.rules(variant: variant)] + Self.trouble(using: &random)
      if random.chance(30) {
        block += [.rules(variant: (variant + 1) % setup.models.count)]
        block += Self.trouble(using: &random)
      }
      scatter(block: block, using: &random)
    }
  }
}

extension History {
  fileprivate mutating func addSources(using random: inout SeededRandom) {
    setup.keepsRulesOfRetired = random.chance(50)
    for _ in 0..<Int.random(in: 1...2, using: &random) {
      let place = random.chance(65) ? Place.hr : .ad
      let first = [Event.retire(place)] + Self.trouble(using: &random)
      let second = [Event.restore(place)] + Self.trouble(using: &random)
      switch Int.random(in: 0..<4, using: &random) {
      case 0: scatter(block: first, using: &random)
      case 1: scatter(block: first + second, using: &random)
      case 2: scatter(block: first + [.sync(Sync(action: .delta))] + second, using: &random)
      default:
        scatter(block: first, using: &random)
        scatter(block: second, using: &random)
      }
    }
  }
}

extension History {
  fileprivate mutating func addGivers(using random: inout SeededRandom) {
    let (isMerged, mutes) = (random.chance(50), random.chance(60))
    for index in setup.models.indices {
      setup.models[index].mergesMembers = isMerged != random.chance(15)
      setup.models[index].mutes = mutes != random.chance(15)
    }
    // A contact with the key of a team would be another one in the tenant.
    events.removeAll { if case .convert = $0 { true } else { false } }
    func person() -> Int { Int.random(in: 0..<5, using: &random) }
    func group() -> Int { Int.random(in: 0..<2, using: &random) }
    let name = Int.random(in: 0..<HistoryMaker.names, using: &random)
    var more: [Event] = [
      .makeCrew(group: 0), .makeCrew(group: 1), .makeGroup(group: 0, name: name, container: 0),
    ]
    more += (0..<5).map { _ in .crewMember(group: group(), .person(person())) }
    more += (0..<3).map { _ in .member(group: group(), .person(person())) }
    more += (0..<3).map { number in
      .edit(person: person(), .mute, value: random.chance(65) ? number + 1 : 0)
    }
    more += (0..<2).map { _ in .superior(person: person(), of: person()) }
    more += (0..<2).map { _ in
      .manager(person: person(), of: random.chance(30) ? nil : person())
    }
    if random.chance(50) { more.append(.dropCrew(group: group())) }
    if random.chance(30) { more.append(.dropGroup(group: group())) }
    more.append(.sync(Sync(action: .delta)))
    scatter(more, using: &random)
  }
}

extension History {
  fileprivate mutating func addContainers(using random: inout SeededRandom) {
    setup.adRetellsBelow = random.chance(50)
    func person() -> Int { Int.random(in: 0..<5, using: &random) }
    func group() -> Int { Int.random(in: 0..<2, using: &random) }
    func name() -> Int { Int.random(in: 0..<HistoryMaker.names, using: &random) }
    func change() -> Event {
      switch Int.random(in: 0..<8, using: &random) {
      case 0...1: return .swapContainers(container: 0, with: random.chance(50) ? 1 : 2)
      case 2:
        let container = Int.random(in: 0..<3, using: &random)
        return .renameContainer(container: container, label: Int.random(in: 0..<5, using: &random))
      case 3:
        // What refers by name forgets who is not read.
        let places = setup.adRefersByAnchor ? 4 : 2
        return .moveContainer(
          container: 2, into: [0, 1, 3, 3][Int.random(in: 0..<places, using: &random)])
      case 4: return .swap(person: person(), with: person())
      case 5: return .rotate(person: person(), person(), person())
      default: return .move(person: person(), name: name(), container: container(&random))
      }
    }
    var more: [Event] = (0..<3).map { _ in
      .hire(person: person(), name: name(), container: Int.random(in: 1..<3, using: &random))
    }
    more += (0..<2).map { _ in .manager(person: person(), of: person()) }
    more += [
      .makeGroup(group: 0, name: name(), container: 2), .member(group: 0, .person(person())),
    ]
    scatter(more, using: &random)
    for _ in 0..<Int.random(in: 2...3, using: &random) {
      let changes = (0...Int.random(in: 1...3, using: &random)).map { _ in change() }
      scatter(block: changes + Self.trouble(using: &random), using: &random)
    }
  }
}
