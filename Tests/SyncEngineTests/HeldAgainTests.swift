import Directory
import SyncEngine
import Synchronization
import Testing

@testable import SyncStore

@Suite("What is held once counts once, however often it is looked at")
struct HeldAgainTests {
  @Test("Deletes that each delta tells again come once to what a full import did not show")
  func deltas() async throws {
    let world = try World.of(users: 20)
    try world.stopSchedule()
    world.limits["source"] = GuardLimits(importing: [.deletes: GuardLimit(count: 2)])
    try await world.cycle()
    world.remove(0..<4)
    #expect(try await world.cycle(.initial).steps[0].result == "stopped-deletion-limit")
    world.remove(4..<7)
    var times: [Timestamp] = []
    for _ in 0..<4 {
      #expect(try await world.cycle().steps[0].result == "stopped-deletion-limit")
      let hold = try #require(try world.reader.heldImports().first)
      #expect(hold.count == 7 && hold.message.ranges(of: "; then: ").count == 1)
      times.append(hold.since)
    }
    #expect(Set(times).count == 1, "Who has seen them may release them")
    // A person's word is for those seven, and for no more.
    #expect(try await world.release(.importOf("source")).outcome.contains("up to 7 objects"))
    world.remove(7..<8)
    #expect(try await world.cycle(.initial).steps[0].result == "stopped-deletion-limit")
    #expect(world.outcome.count == 20)
  }

  @Test("What an import staged that ended in its midst is held once")
  func synchronizations() async throws {
    let world = try World.of(users: 3)
    try world.stopSchedule()
    world.limits["source"] = GuardLimits(importing: [.adds: GuardLimit(count: 2)])
    try await world.cycle()
    world.limits["source"] = GuardLimits(importing: [.adds: GuardLimit(count: 20)])
    for number in 3..<11 { world.source.put(try world.user("u\(number)")) }
    _ = try world.reader.file(.run(connector: "source", .deltaImport), requestedBy: "ann")
    try await world.obeyAll()
    let half = try #require(
      try world.reader.operations(OperationFilter(), before: nil, limit: 1).first)
    #expect(half.adds == 8)
    let store = try SyncStore.open(file: world.storeFile)
    try store.transaction {
      try $0.endStep(half.id, result: "stopped-server", message: "", hint: "")
    }
    try store.close()
    world.limits["source"] = GuardLimits(importing: [.adds: GuardLimit(count: 2)])
    for _ in 0..<3 {
      _ = try await world.engine().runProfile(connector: "source", .deltaSynchronization)
      #expect(try world.reader.heldImports().map(\.count) == [8])
    }
    // The import after it weighs them once more, with what it brings.
    world.source.put(try world.user("u11"))
    try await world.cycle()
    #expect(try world.reader.heldImports().map(\.count) == [9])
    #expect(world.outcome.count == 3)
  }

  @Test("What another import staged that ended in its midst comes on top of what is held")
  func another() async throws {
    let world = try World.of(users: 3)
    try world.stopSchedule()
    world.limits["source"] = GuardLimits(importing: [.adds: GuardLimit(count: 2)])
    try await world.cycle()
    for number in 3..<7 { world.source.put(try world.user("u\(number)")) }
    try await world.cycle()
    let first = try #require(try world.reader.heldImports().first)
    #expect(first.count == 4)
    for number in 7..<10 { world.source.put(try world.user("u\(number)")) }
    var options = StoreOptions()
    let file = world.storeFile
    options.onCommit = { moment in
      guard moment == .after, let reader = try? StoreReader(file: file),
        try reader.connectors()[0].objects == 10
      else { return }
      throw World.Missing()
    }
    let store = try SyncStore.open(file: file, options: options)
    await #expect(throws: (any Error).self) {
      try await world.engine(store: store).runProfile(connector: "source", .deltaImport)
    }
    var times: Set<Timestamp> = []
    for _ in 0..<2 {
      _ = try await world.engine().runProfile(connector: "source", .deltaSynchronization)
      let hold = try #require(try world.reader.heldImports().first)
      #expect(hold.count == 7 && hold.since > first.since)
      times.insert(hold.since)
    }
    try await world.cycle()
    #expect(try world.reader.heldImports().map(\.count) == [7])
    #expect(times.count == 1 && world.outcome.count == 3)
  }

  @Test("The server that was met is known though there were too many adds")
  func serverOfHeldAdds() async throws {
    let world = try World.of(users: 4)
    try world.stopSchedule()
    world.limits["source"] = GuardLimits(importing: [.adds: GuardLimit(count: 2)])
    try await world.cycle()
    for number in 4..<8 { world.source.put(try world.user("u\(number)")) }
    world.source.state.withLock { $0.identity = "another" }
    #expect(try await world.cycle(.initial).steps[0].result == "stopped-object-limit")
    _ = try await world.release(.importOf("source"))
    world.remove(0..<1)
    #expect(try await world.cycle(.initial).steps[0].result == "success")
    #expect(world.outcome.count == 7)
  }

  @Test("Another server that a person believes is known though something could not be read")
  func releasedServer() async throws {
    let world = try World.of(users: 6)
    try world.stopSchedule()
    try await world.cycle()
    world.remove(0..<1)
    world.source.state.withLock { $0.identity = "another" }
    #expect(try await world.cycle(.initial).steps[0].result == "stopped-deletion-limit")
    _ = try await world.release(.importOf("source"))
    world.source.state.withLock { $0.errors = [.odd] }
    #expect(try await world.cycle(.initial).steps[0].result == "completed-discovery-errors")
    world.source.state.withLock { $0.errors = [] }
    world.remove(1..<3)
    #expect(try await world.cycle(.initial).steps[0].result == "success")
    #expect(world.outcome.count == 3)
  }
}
