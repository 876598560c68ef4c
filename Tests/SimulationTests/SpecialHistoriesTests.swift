import Simulation
import Testing

@Suite("Some histories have something special, and most of them have not")
struct SpecialHistoriesTests {
  private static let histories = (1...500).map { History(seed: $0) }

  private func share(_ isSpecial: (History) -> Bool) -> Int {
    Self.histories.count(where: isSpecial) / 5
  }

  private func share(of isSpecial: (Event) -> Bool) -> Int {
    share { $0.events.contains(where: isSpecial) }
  }

  @Test("A fourth has contacts, and guests of whom rules make contacts here or there")
  func guests() {
    #expect(15...35 ~= share(of: { if case .makeContact = $0 { true } else { false } }))
    #expect(5...30 ~= share { $0.setup.models.contains(where: \.sendsGuestsAsContacts) })
    #expect(5...30 ~= share { $0.setup.models.contains(where: \.takesGuestsAsContacts) })
  }

  @Test("Some have rules that change by little: others' names, disabled ones, other joins")
  func rules() {
    #expect(2...40 ~= share { $0.setup.models.contains(where: \.hasOtherNames) })
    #expect(1...30 ~= share { $0.setup.models.contains(where: \.joinsByBadge) })
    #expect(2...40 ~= share { $0.setup.models.contains(where: \.disablesGroupsOutbound) })
  }

  @Test("Some have a source that leaves the configuration, and one that comes back")
  func sources() {
    #expect(10...30 ~= share(of: { if case .retire = $0 { true } else { false } }))
    #expect(8...30 ~= share(of: { if case .restore = $0 { true } else { false } }))
  }

  @Test("Some have groups of two sources, and rules that silence one")
  func givers() {
    #expect(20...40 ~= share(of: { if case .makeCrew = $0 { true } else { false } }))
    #expect(10...35 ~= share { $0.setup.models.contains(where: \.mergesMembers) })
    #expect(10...35 ~= share { $0.setup.models.contains(where: \.mutes) })
  }

  @Test("Some have containers that change their places, and rings of names")
  func containers() {
    #expect(8...30 ~= share(of: { if case .swapContainers = $0 { true } else { false } }))
    #expect(8...30 ~= share(of: { if case .rotate = $0 { true } else { false } }))
    #expect(5...20 ~= share { $0.setup.adRetellsBelow })
  }

  @Test("Where who is who is told by what happened alone, nothing has a directory read as a whole")
  func sharedNames() {
    let bad = Self.histories.filter { history in
      history.setup.hrSharesNames
        && history.events.contains { event in
          switch event {
          case .rules, .newServer, .retire, .restore: true
          default: false
          }
        }
    }
    #expect(bad.map(\.seed) == [])
  }

  private static let sync = Event.sync(Sync(action: .delta))

  /// Expects that a history ends well.
  private func expectGood(
    _ events: [Event], models: [(inout RuleModel) -> Void] = [{ _ in }],
    setup: (inout History.Setup) -> Void = { _ in },
    sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    var plain = History.Setup()
    plain.models = models.map { change in
      var model = RuleModel()
      change(&model)
      return model
    }
    setup(&plain)
    let verdict = try await Campaign.verdict(History(seed: 0, setup: plain, events: events))
    #expect(
      verdict.failures.map(\.description) == [], "\(verdict.trace.joined(separator: "\n"))",
      sourceLocation: sourceLocation)
  }

  @Test("Two containers that exchange their names take all below them along, told in either way")
  func exchangedContainers() async throws {
    for retells in [false, true] {
      for between in [[], [Event.sync(Sync(action: .delta, faults: [.failPage(.ad, after: 2)]))]] {
        try await expectGood(
          [
            .hire(person: 4, name: 0, container: 2), .hire(person: 1, name: 0, container: 0),
            Self.sync, .swapContainers(container: 0, with: 1),
            .makeGroup(group: 0, name: 5, container: 0), .member(group: 0, .person(4)),
          ] + between + [.member(group: 0, .person(1))],
          setup: {
            $0.adRetellsBelow = retells
            $0.page = 1
          })
      }
    }
  }

  @Test("Who becomes a guest, and is none again, goes and comes as an object of the other type")
  func guestAndBack() async throws {
    let models: [(inout RuleModel) -> Void] = [
      { $0.sendsGuestsAsContacts = true }, { $0.takesGuestsAsContacts = true },
    ]
    for model in models {
      try await expectGood(
        [
          .hire(person: 1, name: 1, container: 0), .hire(person: 2, name: 2, container: 0),
          .manager(person: 2, of: 1), .makeGroup(group: 0, name: 3, container: 0),
          .member(group: 0, .person(1)), Self.sync, .edit(person: 1, .guest, value: 1), Self.sync,
          .edit(person: 1, .guest, value: 0),
        ], models: [model])
    }
  }

  @Test("A source that leaves takes its people along, and brings them back")
  func leavingSource() async throws {
    for place in [Place.ad, .hr] {
      for keepsRules in [true, false] {
        try await expectGood(
          [
            .hire(person: 1, name: 1, container: 0), .enrol(person: 1, name: 1),
            .enrol(person: 2, name: 2), .superior(person: 1, of: 2), Self.sync, .retire(place),
            .sync(Sync(action: .delta, faults: [.crash(commit: 9, stored: true)])), Self.sync,
            .restore(place),
          ], models: [{ $0.hrProvisions = true }], setup: { $0.keepsRulesOfRetired = keepsRules })
      }
    }
  }

  @Test("A group has the members of both its sources, or of the stronger one, whichever goes")
  func groupOfTwoSources() async throws {
    for isMerged in [true, false] {
      try await expectGood(
        [
          .hire(person: 1, name: 1, container: 0), .enrol(person: 1, name: 1),
          .enrol(person: 2, name: 2), .makeGroup(group: 0, name: 3, container: 0),
          .makeCrew(group: 0), .member(group: 0, .person(1)), .crewMember(group: 0, .person(1)),
          .crewMember(group: 0, .person(2)), Self.sync, .member(group: 0, .person(1)), Self.sync,
          .member(group: 0, .person(1)), .dropCrew(group: 0), Self.sync, .makeCrew(group: 0),
          .crewMember(group: 0, .person(2)), .dropGroup(group: 0),
        ],
        models: [
          {
            $0.hrProvisions = true
            $0.mergesMembers = isMerged
          }
        ])
    }
  }

  @Test("AuthoritativeNull takes weaker values out, and the manager of its own source alone")
  func mutedPerson() async throws {
    for hrTitlesFirst in [true, false] {
      try await expectGood(
        [
          .hire(person: 1, name: 1, container: 0), .hire(person: 2, name: 2, container: 0),
          .hire(person: 3, name: 3, container: 0), .enrol(person: 1, name: 1),
          .enrol(person: 3, name: 3), .manager(person: 1, of: 2), .superior(person: 1, of: 3),
          .edit(person: 1, .title, value: 1), .record(person: 1, .title, value: 2), Self.sync,
          .edit(person: 1, .mute, value: 1), Self.sync, .superior(person: 1, of: nil), Self.sync,
          .edit(person: 1, .mute, value: 0),
        ],
        models: [
          {
            $0.mutes = true
            $0.hrTitlesFirst = hrTitlesFirst
          }
        ])
    }
  }
}
