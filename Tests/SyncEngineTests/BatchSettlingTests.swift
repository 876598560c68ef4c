import Directory
import Foundation
import SyncEngine
import SyncStore
import Testing

@Suite("What a batch comes to is compared with the target once all of it is done")
struct BatchSettlingTests {
  /// A world in which one batch takes everything, with people and a group that holds them.
  private func world(_ names: [String] = ["ann", "bob", "cay", "dan"]) async throws -> World {
    let world = try World()
    world.batchSize = 100
    for name in names {
      world.source.put(try world.user(name, ["title": [.string("T" + name)]]))
    }
    world.source.put(try world.group("team", members: names))
    try await world.cycle()
    return world
  }

  /// Expects that a cycle leaves the target alone, and that nothing waits for it.
  private func expectNothingSent(
    _ world: World, _ policy: CyclePolicy = .delta,
    sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    let before = world.target.operations
    let cycle = try await world.cycle(policy)
    #expect(world.target.operations == before, sourceLocation: sourceLocation)
    #expect(
      cycle.steps.map(\.result).filter { $0 != "success" } == [], sourceLocation: sourceLocation)
    for step in cycle.steps where step.type == .export {
      #expect(
        try world.reader.counters(step: step.id).filter { $0.count > 0 }.map(\.name) == [],
        sourceLocation: sourceLocation)
    }
    let open = try world.reader.objects(
      connector: "target", scope: .pendingExport, text: "", after: nil, limit: 10)
    #expect(open.map(\.dn) == [], sourceLocation: sourceLocation)
  }

  /// The person `name` as another object of the directory, which is the same one to the rules.
  private func heir(
    _ world: World, of name: String, under other: String, title: String? = nil
  ) throws -> DirectoryEntry {
    var entry = try world.user(
      name,
      ["employeeNumber": [.string("g-" + name)], "title": [.string(title ?? "T" + name)]])
    entry.anchor = Anchor("n-" + name)
    entry.dn = try world.dn(other, ou: "Staff")
    return entry
  }

  @Test("An heir that comes in the batch in which its forerunner goes changes nothing there")
  func heirs() async throws {
    let world = try await world()
    for name in ["ann", "cay"] {
      world.source.remove("g-" + name)
      world.source.put(try heir(world, of: name, under: name))
    }
    world.source.put(try world.group("team", members: ["ann", "bob", "cay", "dan"]))
    try await expectNothingSent(world)
    try await expectNothingSent(world, .initial)
    #expect(world.outcome["g-team"]?["members"] == ["g-ann", "g-bob", "g-cay", "g-dan"])
  }

  @Test("Two heirs that come under each other's names change nothing there")
  func crossedHeirs() async throws {
    let world = try await world()
    for name in ["ann", "bob"] { world.source.remove("g-" + name) }
    world.source.put(try heir(world, of: "ann", under: "bob"))
    world.source.put(try heir(world, of: "bob", under: "ann"))
    world.source.put(try world.group("team", members: ["ann", "bob", "cay", "dan"]))
    try await expectNothingSent(world)
    try await expectNothingSent(world, .initial)
  }

  @Test("Two that exchange their names change nothing where the names do not go")
  func exchangedNames() async throws {
    let world = try await world()
    world.source.put(try world.group("pair", members: ["ann", "cay"]))
    try await world.cycle()
    world.source.rename("g-ann", to: try world.dn("tmp", ou: "Staff"))
    world.source.rename("g-bob", to: try world.dn("ann", ou: "Staff"))
    world.source.rename("g-ann", to: try world.dn("bob", ou: "Staff"))
    try await expectNothingSent(world)
    try await expectNothingSent(world, .initial)
    #expect(world.outcome["g-pair"]?["members"] == ["g-ann", "g-cay"])
  }

  @Test("Values that go round in a circle are one change of each object, and back again is none")
  func exchangedValues() async throws {
    let world = try await world()
    func give(_ names: [String]) {
      for (name, upn) in zip(["ann", "bob", "cay"], names) {
        world.source.change("g-" + name) { $0["upn"] = [.string(upn + "@contoso.test")] }
      }
    }
    // Nothing is sent meanwhile: the second change meets what the first one left.
    world.isStaging = true
    give(["bob", "cay", "ann"])
    try await world.cycle()
    #expect(
      try world.reader.objects(
        connector: "target", scope: .pendingExport, text: "", after: nil, limit: 10
      ).count == 3)
    give(["ann", "bob", "cay"])
    try await world.cycle()
    world.isStaging = false
    try await expectNothingSent(world)
    give(["bob", "cay", "ann"])
    let before = world.target.operations.count
    try await world.cycle()
    #expect(world.target.operations.count == before + 3)
    #expect(world.outcome["g-ann"]?["username"] == ["bob@contoso.test"])
    try await expectNothingSent(world)
  }

  @Test("Who takes the place of one that goes later in the batch is not mistaken for its twin")
  func earlierHeir() async throws {
    let world = try World()
    world.batchSize = 100
    // Staged first, and so looked at first.
    var early = try heir(world, of: "ann", under: "early", title: "Tann")
    early.attributes["hidden"] = ["yes"]
    world.source.put(early)
    world.source.put(try world.user("ann", ["title": ["Tann"]]))
    try await world.cycle()
    #expect(world.outcome["g-ann"] != nil)
    world.source.remove("g-ann")
    world.source.change("n-ann") { $0["hidden"] = [] }
    try await expectNothingSent(world)
    #expect(world.outcome["g-ann"]?["title"] == ["Tann"])
  }

  @Test("So it is if the one whose place it takes only leaves the scope", arguments: [1, 100])
  func earlierHeirOfOneThatLeaves(batchSize: Int) async throws {
    let world = try World()
    world.batchSize = batchSize
    var early = try heir(world, of: "ann", under: "early", title: "Tann")
    early.attributes["hidden"] = ["yes"]
    world.source.put(early)
    world.source.put(try world.user("ann", ["title": ["Tann"]]))
    try await world.cycle()
    for policy in [CyclePolicy.delta, .initial] {
      for (comes, goes) in [("n-ann", "g-ann"), ("g-ann", "n-ann")] {
        world.source.change(goes) { $0["hidden"] = ["yes"] }
        world.source.change(comes) { $0["hidden"] = [] }
        try await expectNothingSent(world, policy)
      }
    }
    #expect(world.outcome["g-ann"]?["title"] == ["Tann"])
    try expectStatisticsAddUp(try world.reader)
  }

  @Test("A twin whose rival stays fails as before, once")
  func rivalStays() async throws {
    let world = try await world(["ann"])
    world.source.put(try heir(world, of: "ann", under: "twin"))
    let before = world.target.operations
    let cycle = try await world.cycle()
    #expect(world.target.operations == before)
    let step = try #require(
      cycle.steps.first { $0.type == .deltaSynchronization && $0.connector == "source" })
    #expect(step.result == "completed-sync-errors")
    #expect(
      try world.reader.errors(step: step.id, after: nil, limit: 9).map(\.type)
        == [SyncErrorType.ambiguousImportFlow.text])
    #expect(
      try world.reader.counters(step: step.id).first { $0.name == "flow-failure" }?.count == 1)
    try expectStatisticsAddUp(try world.reader)
  }
}
