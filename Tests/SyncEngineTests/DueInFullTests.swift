import Directory
import SyncEngine
import SyncStore
import Synchronization
import Testing

@Suite("What is due in full on one connector costs the others nothing")
struct DueInFullTests {
  private func world() async throws -> TwoSources {
    let world = try TwoSources()
    world.personnel.put(try world.employee("1", title: "Clerk"))
    world.directory.put(try world.account("1", phone: "11"))
    try await world.cycle()
    return world
  }

  private func types(_ cycle: CycleSummary, _ connector: String) -> [StepType] {
    cycle.steps.filter { $0.connector == connector }.map(\.type)
  }

  private func requireFullImport(_ world: TwoSources, _ connector: String) throws {
    let store = try SyncStore.open(file: world.storeFile)
    try store.transaction { tx in
      let id = try #require(try tx.connectorID(connector))
      try tx.requireFullImport(id, because: "its settings changed")
    }
  }

  @Test("A source that can't be read for a long time has no other read in full")
  func lastingFailure() async throws {
    let world = try await world()
    try requireFullImport(world, "directory")
    world.directory.state.withLock { $0.describeFailures = 100 }
    for title in ["Director", "Owner"] {
      world.personnel.change("p-1") { $0["title"] = [.string(title)] }
      let cycle = try await world.cycle()
      #expect(cycle.policy == .delta)
      #expect(cycle.reason == "Full Import of directory, because its settings changed")
      #expect(types(cycle, "personnel") == [.deltaImport, .deltaSynchronization])
      #expect(types(cycle, "directory") == [.fullImport, .deltaSynchronization])
      #expect(
        types(cycle, "target") == [.deltaImport, .deltaSynchronization, .export, .deltaImport])
      #expect(world.outcome("1")?.text("title") == title)
      #expect(world.outcome("1")?.text("phone") == "11")
      let status = try world.reader.status()
      #expect(status.nextPolicy == .delta && status.nextReason == cycle.reason)
    }
    world.directory.state.withLock { $0.describeFailures = 0 }
    world.directory.change("d-1") { $0["phone"] = ["12"] }
    let cycle = try await world.cycle()
    #expect(types(cycle, "directory") == [.fullImport, .deltaSynchronization])
    #expect(types(cycle, "personnel") == [.deltaImport, .deltaSynchronization])
    #expect(world.outcome("1")?.text("phone") == "12")
    let next = try await world.cycle()
    #expect(types(next, "directory") == [.deltaImport, .deltaSynchronization])
    #expect(next.reason.isEmpty && next.isQuiet)
  }

  @Test("A source that could never be read has the others read in full once only")
  func neverRead() async throws {
    let world = try TwoSources()
    world.directory.state.withLock { $0.describeFailures = 100 }
    #expect(try await world.cycle().policy == .initial)
    #expect(world.outcome("keeper") != nil)
    let cycle = try await world.cycle()
    #expect(cycle.policy == .delta)
    #expect(types(cycle, "personnel") == [.deltaImport, .deltaSynchronization])
    #expect(types(cycle, "directory") == [.fullImport, .deltaSynchronization])
  }

  @Test("What flows to a target whose schema changed is worked out anew")
  func otherSchema() async throws {
    let world = try await world()
    let store = try SyncStore.open(file: world.storeFile)
    try store.transaction { tx in
      let id = try #require(try tx.connectorID("target"))
      try tx.set("boolean single writable active", schemaOf: id)
    }
    try store.close()
    let cycle = try await world.cycle()
    #expect(types(cycle, "personnel").last == .fullSynchronization)
    #expect(types(cycle, "target").contains(.fullSynchronization))
    // Nobody could know of it before, and it is said all the same.
    #expect(
      cycle.reason == "Full Synchronization of personnel, directory, target, because the schema of "
        + "target changed")
    let told = try world.reader.events(codes: [6126], text: "In cycle", before: nil, limit: 9)
    #expect(told.map(\.message) == ["In cycle \(cycle.id) is due: \(cycle.reason)"])
    #expect(try await world.cycle().steps.allSatisfy { $0.type != .fullSynchronization })
  }

  @Test("A store of a version that worked rules out otherwise has all synchronized anew, once")
  func otherEvaluation() async throws {
    let world = try await world()
    #expect(try world.reader.dueSteps().isEmpty)
    let store = try SyncStore.open(file: world.storeFile)
    try store.transaction { try $0.set("rules.evaluation", "1") }
    try store.close()
    let cycle = try await world.cycle()
    #expect(cycle.reason.contains("works some rules out otherwise"))
    #expect(types(cycle, "personnel") == [.deltaImport, .fullSynchronization])
    #expect(try await world.cycle().reason.isEmpty)
  }

  @Test("A full synchronization is done where it is due, with what changed in the directory")
  func fullSynchronization() async throws {
    let world = try await world()
    let store = try SyncStore.open(file: world.storeFile)
    try store.transaction { tx in
      let id = try #require(try tx.connectorID("personnel"))
      try tx.requireFullSync(id, because: "it was let go")
    }
    let cycle = try await world.cycle()
    #expect(cycle.reason == "Full Synchronization of personnel, because it was let go")
    #expect(types(cycle, "personnel") == [.deltaImport, .fullSynchronization])
    #expect(types(cycle, "directory") == [.deltaImport, .deltaSynchronization])
    #expect(try await world.cycle().reason.isEmpty)
  }

  @Test("An Initial cycle that is asked for does everything in full")
  func initial() async throws {
    let world = try await world()
    try requireFullImport(world, "directory")
    let cycle = try await world.cycle(.initial)
    #expect(cycle.policy == .initial && cycle.reason == "its settings changed")
    for name in ["personnel", "directory", "target"] {
      #expect(types(cycle, name).prefix(2) == [.fullImport, .fullSynchronization])
    }
  }

  @Test("What was worked out for a target whose schema was not known is worked out anew")
  func schemaComes() async throws {
    let world = try TwoSources()
    world.target.state.withLock { $0.describeFailures = 100 }
    for _ in 0..<2 { try await world.cycle() }
    world.target.state.withLock { $0.describeFailures = 0 }
    let cycle = try await world.cycle()
    #expect(
      cycle.reason == "Full Import of target, because connector target was never imported; "
        + "Full Synchronization of personnel, directory, target, because the schema of target "
        + "became known")
    #expect(types(cycle, "personnel") == [.deltaImport, .fullSynchronization])
    #expect(types(cycle, "directory") == [.deltaImport, .fullSynchronization])
    #expect(world.outcome("keeper") != nil)
    #expect(types(try await world.cycle(), "personnel") == [.deltaImport, .deltaSynchronization])
  }

  @Test("What a connector that is added makes of people reaches those who did not change")
  func addedConnector() async throws {
    let world = try TwoSources()
    world.personnel.put(try world.employee("1", title: "Clerk"))
    world.hasTarget = false
    try await world.cycle()
    #expect(try await world.cycle().isQuiet)
    world.hasTarget = true
    let cycle = try await world.cycle()
    #expect(types(cycle, "target").prefix(2) == [.fullImport, .fullSynchronization])
    #expect(types(cycle, "personnel") == [.deltaImport, .fullSynchronization])
    #expect(cycle.reason.contains("connector target was added"))
    #expect(world.outcome("1")?.text("title") == "Clerk")
    #expect(try await world.cycle().isQuiet)
    // What came while it was away reaches it once it is back.
    world.hasTarget = false
    world.personnel.put(try world.employee("2", title: "Clerk"))
    try await world.cycle()
    world.hasTarget = true
    try await world.cycle()
    #expect(world.outcome("2")?.text("title") == "Clerk")
  }
}
