import Directory
import SyncEngine
import SyncStore
import Synchronization
import Testing

@Suite("A cycle brings the target to what the source says")
struct CycleTests {
  @Test("The first cycle is Initial, says why, and creates every object")
  func firstCycle() async throws {
    let world = try World()
    world.source.put(try world.user("ann", ["title": ["Engineer"]]))
    world.source.put(
      try world.user("bob", ["manager": [.reference(world.dn("ann", ou: "Staff").text)]]))
    world.source.put(try world.group("team", members: ["ann", "bob"]))
    let cycle = try await world.cycle(.delta)
    #expect(cycle.policy == .initial)
    #expect(cycle.reason.contains("never imported"))
    #expect(cycle.steps.map(\.result) == Array(repeating: "success", count: 6))
    #expect(world.outcome["g-ann"]?["title"] == ["Engineer"])
    #expect(world.outcome["g-bob"]?["manager"] == ["g-ann"])
    #expect(world.outcome["g-team"]?["members"] == ["g-ann", "g-bob"])
  }

  @Test("A cycle with nothing new exports nothing and changes no object")
  func idempotence() async throws {
    let world = try World()
    world.source.put(try world.user("ann"))
    world.source.put(try world.group("team", members: ["ann"]))
    try await world.cycle()
    let before = world.target.operations.count
    for policy in [CyclePolicy.delta, .initial] {
      let cycle = try await world.cycle(policy)
      #expect(cycle.steps.map { $0.adds + $0.updates + $0.deletes } == cycle.steps.map { _ in 0 })
      #expect(!cycle.steps.isEmpty)
    }
    #expect(world.target.operations.count == before)
  }

  @Test("A changed value, a removed value and a new member arrive by a delta cycle")
  func deltaChanges() async throws {
    let world = try World()
    world.source.put(try world.user("ann", ["title": ["Engineer"]]))
    world.source.put(try world.user("bob", ["title": ["Clerk"]]))
    world.source.put(try world.group("team", members: ["ann"]))
    try await world.cycle()
    world.source.change("g-ann") { $0["title"] = ["Director"] }
    world.source.change("g-bob") { $0["title"] = [] }
    world.source.put(try world.group("team", members: ["bob"]))
    let cycle = try await world.cycle(.delta)
    #expect(cycle.policy == .delta)
    #expect(world.outcome["g-ann"]?["title"] == ["Director"])
    #expect(world.outcome["g-bob"]?["title"] == nil)
    #expect(world.outcome["g-team"]?["members"] == ["g-bob"])
  }

  @Test("A deleted user goes from the target, and from the groups there")
  func deletes() async throws {
    let world = try World()
    world.source.put(try world.user("ann"))
    world.source.put(try world.user("bob"))
    world.source.put(try world.group("team", members: ["ann", "bob"]))
    try await world.cycle()
    world.source.remove("g-ann")
    try await world.cycle(.delta)
    #expect(world.outcome["g-ann"] == nil)
    #expect(world.outcome["g-team"]?["members"] == ["g-bob"])
    let settled = try await world.cycle(.initial)
    #expect(settled.steps.allSatisfy { $0.adds + $0.updates + $0.deletes == 0 })
  }

  @Test("A full import notices a delete that no delta told")
  func obsoletion() async throws {
    let world = try World()
    world.source.put(try world.user("ann"))
    world.source.put(try world.user("bob"))
    try await world.cycle()
    world.source.state.withLock { state in
      state.objects[Anchor("g-ann")] = nil
      state.order.removeAll { $0 == Anchor("g-ann") }
    }
    try await world.cycle(.initial)
    #expect(world.outcome.keys.sorted() == ["g-bob"])
  }

  @Test("A full import with an unreadable object removes nothing")
  func discoveryErrorStopsObsoletion() async throws {
    let world = try World()
    world.source.put(try world.user("ann"))
    world.source.put(try world.user("bob"))
    try await world.cycle()
    world.source.state.withLock { state in
      state.objects[Anchor("g-ann")] = nil
      state.order.removeAll { $0 == Anchor("g-ann") }
      state.errors = [
        DiscoveryError(
          .parseError, dn: "CN=x", location: "a.ldif:3", message: "broken", hint: "mend it")
      ]
    }
    let cycle = try await world.cycle(.initial)
    #expect(cycle.steps.first?.result == "completed-discovery-errors")
    #expect(world.outcome.keys.sorted() == ["g-ann", "g-bob"])
  }

  @Test("An import that shows nothing at all is not believed")
  func emptyImport() async throws {
    let world = try World()
    world.source.put(try world.user("ann"))
    try await world.cycle()
    world.source.state.withLock { state in
      state.objects = [:]
      state.order = []
    }
    let cycle = try await world.cycle(.initial)
    #expect(cycle.steps.first?.result == "completed-no-objects")
    #expect(world.outcome.keys.sorted() == ["g-ann"])
  }

  @Test("An object that leaves the scope leaves the target, and comes back with it")
  func scope() async throws {
    let world = try World()
    world.source.put(try world.user("ann"))
    world.source.put(try world.user("bob"))
    world.source.put(try world.group("team", members: ["ann", "bob"]))
    try await world.cycle()
    world.source.change("g-ann") { $0["hidden"] = ["yes"] }
    try await world.cycle(.delta)
    #expect(world.outcome["g-ann"] == nil)
    #expect(world.outcome["g-team"]?["members"] == ["g-bob"])
    world.source.change("g-ann") { $0["hidden"] = [] }
    try await world.cycle(.delta)
    #expect(world.outcome["g-ann"]?["username"] == ["ann@contoso.test"])
    #expect(world.outcome["g-team"]?["members"] == ["g-ann", "g-bob"])
  }

  @Test("A member that comes after its group is bound late")
  func lateBinding() async throws {
    let world = try World()
    world.source.put(try world.group("team", members: ["zoe"]))
    try await world.cycle()
    #expect(world.outcome["g-team"]?["members"] == nil)
    world.source.put(try world.user("zoe"))
    try await world.cycle(.delta)
    #expect(world.outcome["g-team"]?["members"] == ["g-zoe"])
  }

  @Test("What was in the target before is joined by its external id, not created again")
  func hardMatch() async throws {
    let world = try World()
    world.target.put(
      DirectoryEntry(
        anchor: Anchor("old-1"), dn: try DistinguishedName("CN={1}"), objectType: "user",
        attributes: ["externalId": ["g-ann"], "userName": ["old@contoso.test"]]))
    world.source.put(try world.user("ann"))
    try await world.cycle()
    #expect(world.target.all.count == 1)
    #expect(world.outcome["g-ann"]?["username"] == ["ann@contoso.test"])
  }

  @Test("What someone deletes or changes in the target is put right")
  func drift() async throws {
    let world = try World()
    world.source.put(try world.user("ann"))
    world.source.put(try world.user("bob", ["title": ["Clerk"]]))
    try await world.cycle()
    let anchors = Dictionary(
      world.target.all.map { ($0.attributes.text("externalId") ?? "", $0.anchor.text) },
      uniquingKeysWith: { first, _ in first })
    world.target.remove(try #require(anchors["g-ann"]))
    world.target.change(try #require(anchors["g-bob"])) { $0["title"] = ["King"] }
    try await world.cycle(.delta)
    #expect(world.outcome["g-ann"]?["username"] == ["ann@contoso.test"])
    #expect(world.outcome["g-bob"]?["title"] == ["Clerk"])
  }

  @Test("A renamed user keeps its object in the target")
  func rename() async throws {
    let world = try World()
    world.source.put(try world.user("ann"))
    world.source.put(try world.group("team", members: ["ann"]))
    try await world.cycle()
    let before = world.target.all.map(\.anchor)
    var moved = try world.user("ann")
    moved.dn = try world.dn("ann", ou: "Berlin")
    world.source.put(moved)
    let cycle = try await world.cycle(.delta)
    #expect(cycle.steps.first?.updates == 1)
    #expect(world.target.all.map(\.anchor) == before)
    #expect(world.outcome["g-team"]?["members"] == ["g-ann"])
  }

  @Test("Changed rules have every object synchronized anew by the next cycle")
  func ruleChange() async throws {
    let world = try World()
    world.source.put(try world.user("ann", ["title": ["Engineer"]]))
    try await world.cycle()
    world.rulesText = world.rulesText.replacing(
      """
      target = "title"
      direct = "title"
      """, with: "target = \"title\"\nconstant = \"Colleague\"")
    let cycle = try await world.cycle(.delta)
    #expect(cycle.policy == .delta)
    #expect(
      cycle.reason
        == "Full Synchronization of source, target, because the synchronization rules changed")
    #expect(
      cycle.steps.prefix(4).map(\.type) == [
        .deltaImport, .deltaImport, .fullSynchronization, .fullSynchronization,
      ])
    #expect(world.outcome["g-ann"]?["title"] == ["Colleague"])
    let next = try await world.cycle(.delta)
    #expect(next.reason.isEmpty && !next.steps.contains { $0.type == .fullSynchronization })
  }

  @Test("Who is made in one export with a manager arrives whole, whatever the order")
  func managersFirst() async throws {
    let world = try World()
    // A chain of thirty, told from its end; and two that are each other's manager.
    func person(_ name: String, manager: String?) throws -> DirectoryEntry {
      var entry = try world.user(name)
      entry.attributes["manager"] =
        try manager.map {
          [.reference(try world.dn($0, ou: "Staff").text)]
        } ?? []
      return entry
    }
    for number in (0..<30).reversed() {
      world.source.put(
        try person("u\(number)", manager: number == 0 ? nil : "u\(number - 1)"))
    }
    world.source.put(try person("x", manager: "y"))
    world.source.put(try person("y", manager: "x"))
    let cycle = try await world.cycle()
    #expect(cycle.severity == .success)
    let operations = world.target.operations
    #expect(operations.filter { $0.hasPrefix("add") }.count == 32)
    #expect(operations.filter { $0.hasPrefix("modify") }.sorted() == ["modify g-x", "modify g-y"])
    for number in 1..<30 {
      #expect(world.outcome["g-u\(number)"]?["manager"] == ["g-u\(number - 1)"])
    }
    #expect(world.outcome["g-x"]?["manager"] == ["g-y"])
    #expect(try await world.cycle().isQuiet)
  }

  @Test("What a target needs and no rule gave a value is named, with the rule that would")
  func missingValue() async throws {
    let world = try World()
    world.source.put(try world.user("ann"))
    world.target.state.withLock {
      $0.refuseAll = ObjectFailure(
        .identityDataValidationFailed, code: "400", message: "Attribute 'title': is required.")
    }
    try await world.cycle()
    let error = try #require(
      try world.reader.openErrors(connector: nil, after: nil, limit: 10)
        .first { $0.stage == .export && $0.dn.contains("ann") || $0.attribute == "title" })
    #expect(error.attribute == "title" && error.value.isEmpty && !error.rule.isEmpty)
    #expect(error.hint.hasPrefix("Nothing flows to title, which comes from title"))
    // Of what has a value that is not said.
    world.target.state.withLock {
      $0.refuseAll = ObjectFailure(
        .identityDataValidationFailed, code: "400", message: "The name is not liked")
    }
    try await world.cycle()
    let other = try world.reader.openErrors(connector: nil, after: nil, limit: 10)
    #expect(other.allSatisfy { !$0.hint.hasPrefix("Nothing flows") })
  }

  @Test("Whose manager the target refuses is made without one, and gets it when it comes")
  func refusedManager() async throws {
    let world = try World()
    world.source.put(try world.user("boss", ["title": ["Bad"]]))
    world.source.put(
      try world.user(
        "ann", ["manager": [.reference(try world.dn("boss", ou: "Staff").text)]]))
    world.target.state.withLock { $0.refuseValue = "Bad" }
    try await world.cycle()
    #expect(world.outcome["g-ann"]?["manager"] ?? [] == [])
    world.target.state.withLock { $0.refuseValue = nil }
    try await world.cycle()
    #expect(world.outcome["g-ann"]?["manager"] == ["g-boss"])
  }
}
