import Directory
import SyncEngine
import Synchronization
import Testing

@testable import SyncStore

@Suite("A target that may show writes late is given time to show them")
struct LateTargetTests {
  /// A directory whose reads may lag behind its writes.
  private struct Late: AroundDirectory {
    let inner: MemoryDirectory
    var capabilities: ConnectorCapabilities {
      var capabilities = inner.capabilities
      capabilities.mayShowWritesLate = true
      return capabilities
    }
  }

  /// A world whose target tells of no write from now on.
  private func silentWorld() async throws -> World {
    let world = try World()
    world.wrap = { Late(inner: $0) }
    for name in ["ann", "bob", "cay"] { world.source.put(try world.user(name)) }
    world.source.put(try world.group("staff", members: ["ann"]))
    for _ in 0..<2 { try await world.cycle() }
    #expect(try await world.cycle().isQuiet)
    world.target.state.withLock { $0.tellsWrites = false }
    return world
  }

  /// Makes what was sent older.
  private func age(_ world: World, seconds: Int) throws {
    let store = try SyncStore.open(file: world.storeFile)
    try store.transaction {
      try $0.execute("UPDATE cs_object SET exported_at = exported_at - ?", [seconds * 1000])
    }
    try store.close()
  }

  private func exports(_ cycle: CycleSummary) -> Int {
    cycle.steps.filter { $0.type == .export }.reduce(0) { $0 + $1.adds + $1.updates }
  }

  @Test("What it took is sent once, and after an hour it is told and sent again")
  func value() async throws {
    let world = try await silentWorld()
    world.source.change("g-ann") { $0["title"] = ["Boss"] }
    #expect(exports(try await world.cycle()) == 1)
    for _ in 0..<3 { #expect(try await world.cycle().isQuiet) }
    #expect(try world.reader.openErrors(connector: nil, after: nil, limit: 9) == [])
    // What changes meanwhile is sent.
    world.source.change("g-ann") { $0["title"] = ["Chief"] }
    #expect(exports(try await world.cycle()) == 1)
    #expect(world.outcome["g-ann"]?["title"] == ["Chief"])
    try age(world, seconds: 4000)
    #expect(exports(try await world.cycle()) == 1)
    let errors = try world.reader.openErrors(connector: nil, after: nil, limit: 9)
    #expect(errors.map(\.type) == [SyncErrorType.exportedChangeNotReimported.text])
    #expect(try await world.cycle().isQuiet)
    // A full import shows it.
    try await world.cycle(.initial)
    #expect(try world.reader.openErrors(connector: nil, after: nil, limit: 9) == [])
    #expect(try await world.cycle().isQuiet)
  }

  @Test("A member whom it took is sent once, also while others come, and again after an hour")
  func members() async throws {
    let world = try await silentWorld()
    func members(_ cycle: CycleSummary) throws -> [[AttributeValue]] {
      try cycle.steps.filter { $0.type == .export }.flatMap { step in
        try world.reader.changes(
          step: step.id, group: .export, counter: "export-update", after: nil, limit: 9)
      }.flatMap { try world.reader.deltas(change: $0.id).filter { $0.name == "members" } }
        .map(\.after)
    }
    let ids = Dictionary(
      world.target.all.map {
        ($0.attributes.text("externalId") ?? "", $0.attributes.display(dn: $0.dn))
      },
      uniquingKeysWith: { first, _ in first })
    let (bob, cay) = (try #require(ids["g-bob"]), try #require(ids["g-cay"]))
    world.source.put(try world.group("staff", members: ["ann", "bob"]))
    #expect(try members(try await world.cycle()) == [[.reference(bob)]])
    #expect(try await world.cycle().isQuiet)
    world.source.put(try world.group("staff", members: ["ann", "bob", "cay"]))
    #expect(try members(try await world.cycle()) == [[.reference(cay)]])
    #expect(try await world.cycle().isQuiet)
    try age(world, seconds: 4000)
    #expect(
      try members(try await world.cycle()).map(Set.init) == [[.reference(bob), .reference(cay)]])
    #expect(
      try world.reader.openErrors(connector: nil, after: nil, limit: 9).map(\.type)
        == [SyncErrorType.exportedChangeNotReimported.text])
    #expect(try await world.cycle().isQuiet)
    try await world.cycle(.initial)
    #expect(try await world.cycle().isQuiet)
    #expect(try world.reader.openErrors(connector: nil, after: nil, limit: 9) == [])
  }

  /// What the target's group of these people is called there.
  private func group(_ world: World) throws -> String {
    try #require(world.target.all.first { $0.objectType == "group" }?.anchor.text)
  }

  /// Has the target show these members of its group to whoever asks, changed in something else.
  private func show(_ world: World, _ members: [AttributeValue]) throws {
    world.target.change(try group(world)) { $0["members"] = members }
  }

  private func errors(_ world: World) throws -> [ErrorRow] {
    try world.reader.openErrors(connector: nil, after: nil, limit: 9)
  }

  @Test("A member who is never told as taken out is told after some minutes, and sent again")
  func removal() async throws {
    let world = try await silentWorld()
    world.source.put(try world.group("staff", members: []))
    #expect(exports(try await world.cycle()) == 1)
    #expect(try await world.cycle().isQuiet)
    #expect(try errors(world) == [])
    try age(world, seconds: 700)
    #expect(exports(try await world.cycle()) == 1)
    let error = try #require(try errors(world).first)
    #expect(error.type == SyncErrorType.exportedChangeNotReimported.text)
    #expect(error.message.contains("members: still with"), "\(error.message)")
    try await world.cycle(.initial)
    #expect(try errors(world) == [])
  }

  @Test("References that a copy does not show yet are no error, and are not sent a second time")
  func lateReferences() async throws {
    let world = try await silentWorld()
    let before = try #require(
      world.target.all.first { $0.objectType == "group" }?.attributes["members"])
    world.source.put(try world.group("staff", members: ["ann", "bob"]))
    #expect(exports(try await world.cycle()) == 1)
    let after = try #require(
      world.target.all.first { $0.objectType == "group" }?.attributes["members"])
    #expect(after.count == 2)
    // The group is told, as a copy has it that is behind.
    try show(world, before)
    for _ in 0..<2 {
      let cycle = try await world.cycle()
      #expect(exports(cycle) == 0 && cycle.severity == .success)
      #expect(try errors(world) == [])
    }
    try show(world, after)
    #expect(exports(try await world.cycle()) == 0)
    #expect(try await world.cycle().isQuiet)
    #expect(try errors(world) == [])
  }

  @Test("References that are not shown for some minutes are an error, and are sent again")
  func lostReferences() async throws {
    let world = try await silentWorld()
    let before = try #require(
      world.target.all.first { $0.objectType == "group" }?.attributes["members"])
    world.source.put(try world.group("staff", members: ["ann", "bob"]))
    try await world.cycle()
    try show(world, before)
    try await world.cycle()
    #expect(try errors(world) == [])
    try age(world, seconds: 700)
    #expect(exports(try await world.cycle()) == 1)
    #expect(try errors(world).map(\.type) == [SyncErrorType.exportedChangeNotReimported.text])
    #expect(
      world.target.all.first { $0.objectType == "group" }?.attributes["members"].count == 2)
  }

  @Test("A value of another kind that is shown otherwise is told at once")
  func valueAtOnce() async throws {
    let world = try await silentWorld()
    world.source.change("g-ann") { $0["title"] = ["Boss"] }
    try await world.cycle()
    let ann = try #require(
      world.target.all.first { $0.attributes.text("externalId") == "g-ann" }?.anchor.text)
    world.target.change(ann) { $0["title"] = ["Clerk"] }
    #expect(exports(try await world.cycle()) == 1)
    #expect(try errors(world).map(\.type) == [SyncErrorType.exportedChangeNotReimported.text])
  }

  @Test("Who is shown long after the target said that he was deleted is told")
  func undoneDelete() async throws {
    let world = try await silentWorld()
    world.target.state.withLock { $0.ignoredDeletes = 1 }
    world.source.remove("g-bob")
    try await world.cycle()
    // A copy that is behind may show him for a while.
    try await world.cycle(.initial)
    #expect(try errors(world) == [])
    let store = try SyncStore.open(file: world.storeFile)
    try store.transaction { try $0.execute("UPDATE sent_delete SET time = time - 4000000") }
    try store.close()
    for policy in [CyclePolicy.delta, .initial, .delta] {
      try await world.cycle(policy)
      #expect(try errors(world).map(\.type) == [SyncErrorType.exportedChangeNotReimported.text])
    }
  }

  @Test("What it took before imports failed for long is sent again")
  func withoutImports() async throws {
    let world = try await silentWorld()
    world.source.change("g-ann") { $0["title"] = ["Boss"] }
    try await world.cycle()
    try age(world, seconds: 8000)
    _ = try await world.engine().runProfile(connector: "target", .export)
    #expect(
      try world.reader.operations(OperationFilter(), before: nil, limit: 1).first?.updates == 1)
  }
}
