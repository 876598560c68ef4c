import Directory
import Synchronization
import Testing

@testable import SyncEngine
@testable import SyncStore

@Suite("A synchronization that ends in its midst")
struct HalfSynchronizationTests {
  @Test("What it did a part of is not exported; the next cycle finishes it first")
  func diskFull() async throws {
    let world = try World()
    world.batchSize = 50
    world.source.put(try world.user("ann"))
    try await world.cycle()
    for number in 0..<400 {
      world.source.put(try world.user("u\(number)", ["title": [.string("\(number)" + filler)]]))
    }
    let store = try SyncStore.open(file: world.storeFile)
    do {
      let engine = try world.engine(store: store)
      for (name, type) in [("source", StepType.deltaImport), ("target", .deltaImport)] {
        _ = try await engine.runProfile(connector: name, type)
      }
      // The store may grow by less than the synchronization needs, as on a disk that is full.
      try store.transaction { tx in
        let pages = try tx.integer("PRAGMA page_count") ?? 0
        _ = try tx.row("PRAGMA max_page_count = \(pages + 40)")
      }
      let id = try await engine.runCycle(.delta)
      let cycle = try #require(try world.reader.cycle(id: id))
      #expect(cycle.steps.map(\.result).contains("stopped-database-disk-full"))
      #expect(!cycle.steps.contains { $0.type == .export })
      let told = try world.reader.events(codes: [6803], text: "Nothing is", before: nil, limit: 9)
      #expect(told.count == 1 && told[0].message.contains("the synchronization of source"))
      #expect(world.outcome.count == 1)
      _ = try store.transaction { try $0.row("PRAGMA max_page_count = 1073741823") }
    }
    try await world.cycle()
    #expect(world.outcome.count == 401)
  }

  @Test("A half is not exported by a later cycle that may not synchronize, nor by an export alone")
  func heldAfterACrash() async throws {
    let world = try World.of(users: 30)
    try world.stopSchedule()
    try await world.cycle()
    for number in 0..<30 { world.source.change("g-u\(number)") { $0["title"] = ["New"] } }
    let file = world.storeFile
    var options = StoreOptions()
    options.onCommit = { moment in
      guard moment == .after, let reader = try? StoreReader(file: file),
        try reader.progress()?.step.type == .deltaSynchronization,
        try reader.connectors()[1].pendingExports > 0
      else { return }
      throw World.Missing()
    }
    let store = try SyncStore.open(file: file, options: options)
    await #expect(throws: (any Error).self) {
      try await world.engine(store: store).runCycle(.delta)
    }
    let pending = try world.reader.connectors()[1].pendingExports
    #expect(pending > 0 && pending < 30)
    let sent = world.target.operations.count

    world.limits["source"] = GuardLimits(importing: [.adds: GuardLimit(count: 1)])
    for number in 30..<33 { world.source.put(try world.user("u\(number)")) }
    for _ in 0..<2 {
      let cycle = try await world.cycle()
      #expect(cycle.steps.map(\.result).contains("stopped-object-limit"))
      #expect(!cycle.steps.contains { $0.type == .export })
    }
    let told = try world.reader.events(
      codes: [6803], text: "synchronized in part", before: nil, limit: 9)
    #expect(told.count == 2 && told[0].message.contains("Nothing is synchronized: "))
    _ = try await world.engine().runProfile(connector: "target", .export)
    let export = try #require(
      try world.reader.operations(OperationFilter(), before: nil, limit: 1).first)
    #expect(export.type == .export && export.result == "stopped-export-disabled")
    #expect(world.target.operations.count == sent)

    _ = try await world.release(.importOf("source"))
    try await world.cycle()
    #expect(world.outcome.count == 33)
    #expect(world.outcome.values.filter { $0["title"] == ["New"] }.count == 30)
  }

  @Test("What one connector's synchronization did is not exported where another's may not begin")
  func heldInTheMidst() async throws {
    let world = try World.of(users: 3)
    try world.stopSchedule()
    world.limits["target"] = GuardLimits(importing: [.adds: GuardLimit(count: 2)])
    try await world.cycle()
    for number in 0..<6 {
      world.target.put(
        DirectoryEntry(
          anchor: Anchor("own-\(number)"), dn: try world.dn("own\(number)", ou: "Staff"),
          objectType: "user", attributes: ["userName": [.string("own\(number)")]]))
    }
    // The import of the target stages them, and breaks off before it weighs them.
    let file = world.storeFile
    var options = StoreOptions()
    options.onCommit = { moment in
      guard moment == .after, let reader = try? StoreReader(file: file),
        try reader.connectors()[1].objects == 9
      else { return }
      throw World.Missing()
    }
    let store = try SyncStore.open(file: file, options: options)
    await #expect(throws: (any Error).self) {
      try await world.engine(store: store).runProfile(connector: "target", .deltaImport)
    }
    let sent = world.target.operations.count
    world.remove(0..<1)
    world.target.state.withLock { $0.describeFailures = 1 }
    let cycle = try await world.cycle()
    let results = cycle.steps.filter { $0.type == .deltaSynchronization }.map(\.result)
    #expect(results == ["success", "stopped-object-limit"])
    #expect(!cycle.steps.contains { $0.type == .export })
    #expect(world.target.operations.count == sent)
    _ = try await world.release(.importOf("target"))
    try await world.cycle()
    #expect(world.outcome["g-u0"] == nil && world.target.operations.count > sent)
  }

  @Test("What was pending as a whole is exported by a cycle that may not synchronize")
  func wholeIsSent() async throws {
    let world = try World.of(users: 30)
    try world.stopSchedule()
    try await world.cycle()
    world.source.change("g-u0") { $0["title"] = ["New"] }
    _ = try await world.engine().runProfile(connector: "source", .deltaImport)
    _ = try await world.engine().runProfile(connector: "source", .deltaSynchronization)
    #expect(world.outcome["g-u0"]?["title"] == nil)
    world.limits["source"] = GuardLimits(importing: [.adds: GuardLimit(count: 1)])
    for number in 30..<33 { world.source.put(try world.user("u\(number)")) }
    let cycle = try await world.cycle()
    let results = cycle.steps.filter { $0.type == .deltaSynchronization }.map(\.result)
    #expect(results == ["stopped-object-limit", "stopped-object-limit"])
    #expect(world.outcome["g-u0"]?["title"] == ["New"] && world.outcome.count == 30)
    let told = try world.reader.events(
      codes: [6803], text: "Nothing is exported", before: nil, limit: 9)
    #expect(told.isEmpty)
  }

  private let filler = String(repeating: "x", count: 500)
}
