import Simulation
import Testing

/// Histories that once ended badly, as small as they could be made.
@Suite("What histories have taught")
struct FoundHistoriesTests {
  private static let sync = Event.sync(Sync(action: .delta, faults: []))

  /// Expects that a history ends well.
  private func expectGood(
    _ events: [Event], models: [RuleModel] = [RuleModel()],
    setup: (inout History.Setup) -> Void = { _ in },
    sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    var plain = History.Setup()
    plain.models = models
    setup(&plain)
    let verdict = try await Campaign.verdict(History(seed: 0, setup: plain, events: events))
    #expect(
      verdict.failures.map(\.description) == [], "\(verdict.trace.joined(separator: "\n"))",
      sourceLocation: sourceLocation)
  }

  private func model(_ change: (inout RuleModel) -> Void) -> RuleModel {
    var model = RuleModel()
    change(&model)
    return model
  }

  // MARK: Names that are anchors

  @Test("Where the name is the anchor, a rename is no delete and add")
  func renameOfAnchor() async throws {
    try await expectGood([.enrol(person: 2, name: 6), Self.sync, .rename(person: 2, name: 7)])
  }

  @Test("Where the name is the anchor, two may exchange their names")
  func exchangeOfAnchors() async throws {
    try await expectGood(
      [
        .enrol(person: 3, name: 4), Self.sync, .enrol(person: 0, name: 3),
        .exchange(person: 0, with: 3),
      ], setup: { $0.hrSharesNames = true })
  }

  @Test("Where the name is the anchor, who comes under the name of somebody gone is another")
  func nameOfSomebodyGone() async throws {
    try await expectGood(
      [
        .enrol(person: 1, name: 3), Self.sync, .strike(person: 1), .enrol(person: 2, name: 3),
      ], models: [model { $0.hrProvisions = true }], setup: { $0.hrSharesNames = true })
  }

  @Test("Where the name is the anchor, one may be renamed to the name of somebody gone")
  func renameToNameOfSomebodyGone() async throws {
    try await expectGood(
      [
        .enrol(person: 1, name: 3), .enrol(person: 2, name: 4), Self.sync, .strike(person: 1),
        .rename(person: 2, name: 3),
      ], models: [model { $0.hrProvisions = true }], setup: { $0.hrSharesNames = true })
  }

  // MARK: Imports

  @Test("After an import that showed nothing and was not believed, everything is read again")
  func emptyImport() async throws {
    try await expectGood([
      Self.sync, .hire(person: 0, name: 1, container: 1),
      .sync(Sync(action: .fullImport(.ad), faults: [.showNothing(.ad)])),
    ])
  }

  @Test("Who is gone from the source is whole in the tenant until the source is synchronized")
  func stagedDelete() async throws {
    try await expectGood([
      .hire(person: 5, name: 4, container: 1), Self.sync, .dismiss(person: 5),
      .sync(Sync(action: .deltaImport(.ad))),
      .sync(Sync(action: .fullSynchronization(.cloud))), .sync(Sync(action: .export)),
    ])
  }

  // MARK: References

  @Test("A reference told with a swap of names means who bears the name in the end")
  func referenceAmidSwap() async throws {
    try await expectGood([
      .hire(person: 2, name: 3, container: 2), Self.sync, .hire(person: 5, name: 3, container: 0),
      .hire(person: 6, name: 2, container: 1), .manager(person: 6, of: 5),
      .swap(person: 2, with: 5),
    ])
  }

  @Test("A reference follows its object out of a container that gets another name")
  func referenceOutOfRenamedContainer() async throws {
    try await expectGood([
      .hire(person: 4, name: 1, container: 1), .hire(person: 3, name: 0, container: 1),
      .manager(person: 4, of: 3), Self.sync, .renameContainer(container: 1, label: 0),
      .move(person: 3, name: 7, container: 2),
    ])
  }

  @Test("A member who leaves scope, and stays in the tenant by another source, leaves the group")
  func memberByAnotherSource() async throws {
    try await expectGood(
      [
        .makeGroup(group: 2, name: 3, container: 1), .hire(person: 3, name: 0, container: 1),
        .member(group: 2, .person(3)), .edit(person: 3, .hidden, value: 2), Self.sync,
        .rules(variant: 1), .enrol(person: 3, name: 4),
      ],
      models: [
        RuleModel(),
        model {
          $0.hrProvisions = true
          $0.hidesHidden = true
        },
      ])
  }

  @Test("Who is hired again without a manager has none in the tenant, either")
  func hiredAgain() async throws {
    try await expectGood([
      .hire(person: 6, name: 5, container: 1), .hire(person: 5, name: 0, container: 0),
      .manager(person: 6, of: 5), Self.sync, .rehire(person: 6),
    ])
  }

  @Test("A group made again under its key has no member of the one before")
  func groupMadeAgain() async throws {
    try await expectGood([
      .makeGroup(group: 0, name: 7, container: 2), .hire(person: 5, name: 0, container: 0),
      .member(group: 0, .person(5)), Self.sync, .dropGroup(group: 0),
      .makeGroup(group: 0, name: 6, container: 1),
    ])
  }

  @Test("A reference by anchor to an object that is not read any more waits for its return")
  func referenceToUnreadObject() async throws {
    try await expectGood(
      [
        .hire(person: 2, name: 5, container: 2), .hire(person: 0, name: 7, container: 1),
        Self.sync, .move(person: 2, name: 6, container: 3), .manager(person: 0, of: 2), Self.sync,
        .move(person: 2, name: 6, container: 1),
      ], setup: { $0.adRefersByAnchor = true })
    try await expectGood(
      [
        .hire(person: 1, name: 2, container: 1), Self.sync,
        .move(person: 1, name: 2, container: 3), .hire(person: 0, name: 2, container: 0),
        .manager(person: 0, of: 1),
      ], setup: { $0.adRefersByAnchor = true })
  }

  /// Person 3, to whom two refer, leaves what is read.
  private static let leaving: [Event] = [
    .hire(person: 5, name: 4, container: 1), .hire(person: 3, name: 6, container: 1),
    .makeGroup(group: 0, name: 1, container: 0), .member(group: 0, .person(3)),
    .manager(person: 5, of: 3), sync, .move(person: 3, name: 2, container: 3),
  ]

  @Test("Who leaves what is read and comes back is referred to again, where references are anchors")
  func leavesAndReturns() async throws {
    for between in [[], [Self.sync], [.sync(Sync(action: .initial, faults: []))]] {
      for after in [[], [Event.dismiss(person: 3)], [.move(person: 3, name: 7, container: 0)]] {
        try await expectGood(
          Self.leaving + between + after, setup: { $0.adRefersByAnchor = true })
      }
    }
  }

  @Test("Who leaves what is read and comes back under another name is referred to again")
  func leavesAndReturnsByName() async throws {
    for between in [[], [Self.sync], [Self.sync, Self.sync]] {
      try await expectGood(Self.leaving + between + [.move(person: 3, name: 7, container: 0)])
    }
  }

  @Test("Who comes and goes unread between two imports leaves no reference")
  func unreadBetweenImports() async throws {
    try await expectGood(
      [
        .hire(person: 1, name: 1, container: 3), .makeGroup(group: 0, name: 1, container: 1),
        Self.sync, .hire(person: 4, name: 3, container: 2), .member(group: 0, .person(1)),
        .sync(Sync(action: .fullImport(.ad))), .swap(person: 4, with: 1),
        .move(person: 1, name: 4, container: 3),
      ], setup: { $0.adRefersByAnchor = true })
    try await expectGood(
      [
        .hire(person: 5, name: 4, container: 1), .hire(person: 3, name: 6, container: 1),
        .manager(person: 5, of: 3), Self.sync, .move(person: 3, name: 2, container: 3),
        .hire(person: 1, name: 1, container: 0), .swap(person: 3, with: 1),
      ], setup: { $0.adRefersByAnchor = true })
  }

  @Test("What the target deletes before an import has shown it is made again")
  func deletedBeforeItWasShown() async throws {
    try await expectGood([
      .hire(person: 1, name: 5, container: 0), .hire(person: 3, name: 1, container: 1),
      .hire(person: 0, name: 4, container: 2), Self.sync, .manager(person: 1, of: 0),
      .cloudDelete(.person(0)), .sync(Sync(action: .deltaImport(.cloud))),
      .sync(Sync(action: .deltaSynchronization(.cloud))), .sync(Sync(action: .export)),
      .cloudDelete(.person(0)),
    ])
  }

  // MARK: Scopes

  @Test("An outbound scope that asks for a reference is judged when the reference has come")
  func outboundScopeOfReference() async throws {
    try await expectGood(
      [
        .hire(person: 3, name: 6, container: 2), .hire(person: 1, name: 6, container: 0),
        .manager(person: 3, of: 1),
      ], models: [model { $0.marksManaged = true }])
  }

  @Test("What an outbound rule wrote goes when the rule has the object in scope no more")
  func outboundScopeIsLeft() async throws {
    try await expectGood(
      [
        .hire(person: 3, name: 6, container: 2), .hire(person: 1, name: 6, container: 0),
        .manager(person: 3, of: 1), Self.sync, Self.sync, .dismiss(person: 1),
      ], models: [model { $0.marksManaged = true }])
  }

  @Test("Who is hired again keeps nothing that a rule wrote before and does not write now")
  func hiredAgainOutOfScope() async throws {
    try await expectGood(
      [
        .hire(person: 3, name: 4, container: 0), .hire(person: 4, name: 2, container: 0),
        .manager(person: 3, of: 4), Self.sync, .rehire(person: 3),
      ], models: [model { $0.marksManaged = true }])
  }

  @Test("An inbound scope that asks for a reference is judged anew when what it meant is gone")
  func inboundScopeOfReference() async throws {
    try await expectGood(
      [
        .hire(person: 3, name: 6, container: 2), .hire(person: 1, name: 6, container: 0),
        .manager(person: 3, of: 1), Self.sync, .dismiss(person: 1),
      ], models: [model { $0.marksManagedInbound = true }])
  }

  @Test("A metaverse object goes when no Provision rule has any of its objects in scope")
  func onlyJoinRulesAreLeft() async throws {
    try await expectGood(
      [.enrol(person: 2, name: 1), Self.sync, .rules(variant: 1)],
      models: [model { $0.hrProvisions = true }, RuleModel()])
  }

  // MARK: Rules against each other

  @Test("When the stronger rule's manager goes, the weaker one's counts again")
  func weakerManager() async throws {
    try await expectGood([
      .enrol(person: 3, name: 4), .enrol(person: 2, name: 0),
      .hire(person: 1, name: 6, container: 0),
      .hire(person: 2, name: 4, container: 0), .hire(person: 3, name: 1, container: 1),
      .superior(person: 3, of: 2), .manager(person: 3, of: 1), Self.sync,
      .manager(person: 3, of: nil),
    ])
  }

  @Test("When a stronger rule's manager comes, the weaker one's counts no more")
  func strongerManager() async throws {
    try await expectGood([
      .enrol(person: 3, name: 4), .enrol(person: 2, name: 0),
      .hire(person: 1, name: 6, container: 0),
      .hire(person: 2, name: 4, container: 0), .hire(person: 3, name: 1, container: 1),
      .superior(person: 3, of: 2), Self.sync, .manager(person: 3, of: 1), Self.sync,
      .superior(person: 3, of: 1), Self.sync, .superior(person: 3, of: 2), Self.sync,
    ])
  }

  @Test("Somebody hired again finds the person whom another source is about to leave")
  func hiredAgainWhileLeaving() async throws {
    try await expectGood(
      [
        .hire(person: 5, name: 2, container: 1), .enrol(person: 5, name: 5), Self.sync,
        .rehire(person: 5), .rename(person: 5, name: 0),
      ], setup: { $0.hrKnowsDeltas = false })
  }

  @Test("What comes into sight in the tenant only after it was dismissed is deleted")
  func shownLate() async throws {
    try await expectGood([
      .hire(person: 1, name: 1, container: 1),
      .sync(Sync(action: .delta, faults: [.loseReplies(3)])), .dismiss(person: 1),
      .sync(Sync(action: .delta, faults: [.lag(writes: 3)])),
    ])
    try await expectGood(
      [
        .makeGroup(group: 0, name: 2, container: 2),
        .sync(Sync(action: .delta, faults: [.lag(writes: 2)])), .dropGroup(group: 0),
        .rules(variant: 1), .sync(Sync(action: .delta, faults: [.lag(writes: 8)])),
      ], models: [RuleModel(), model { $0.hasDefaultDepartment = true }])
  }

  @Test("What comes into sight in the tenant only after it is wanted again is joined")
  func shownLateAndWanted() async throws {
    try await expectGood([
      .hire(person: 1, name: 1, container: 1),
      .sync(Sync(action: .delta, faults: [.loseReplies(3)])), .dismiss(person: 1),
      .sync(Sync(action: .delta, faults: [.lag(writes: 3)])),
      .hire(person: 1, name: 2, container: 1),
      .sync(Sync(action: .delta, faults: [.lag(writes: 3)])),
    ])
  }

  @Test("An import that another server answers, and that dies at its very end, is not believed")
  func dyingImportFromAnotherServer() async throws {
    for commit in 1...14 {
      for isStored in [true, false] {
        try await expectGood([
          .hire(person: 0, name: 7, container: 1), Self.sync, .newServer(.ad), .dismiss(person: 0),
          .sync(Sync(action: .delta, faults: [.crash(commit: commit, stored: isStored)])),
        ])
      }
    }
  }

  @Test("A page of a change log that is told twice changes nothing more")
  func pageToldTwice() async throws {
    try await expectGood(
      [
        .enrol(person: 0, name: 0), .enrol(person: 6, name: 7), Self.sync,
        .record(person: 0, .title, value: 3), .exchange(person: 0, with: 6),
        .sync(Sync(action: .delta, faults: [.duplicatePages(.hr)])),
      ],
      setup: {
        $0.hrSharesNames = true
        $0.page = 3
      })
  }

  @Test("A delete that got no answer and is taken back leaves no error")
  func deleteTakenBack() async throws {
    let team = Event.makeTeam(team: 0, name: 3)
    for fault in [Fault.loseRequests(2), .loseReplies(2)] {
      try await expectGood([
        team, Self.sync, .dropTeam(team: 0), .sync(Sync(action: .delta, faults: [fault])), team,
      ])
    }
  }
}
