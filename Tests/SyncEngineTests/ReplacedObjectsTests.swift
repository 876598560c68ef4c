import Directory
import SyncEngine
import SyncStore
import Synchronization
import Testing

@Suite("Others in their place make up for nobody who is missing")
struct ReplacedObjectsTests {
  private func put(_ numbers: Range<Int>, in world: World) throws {
    for number in numbers { world.source.put(try world.user("n\(number)")) }
  }

  @Test("All who are replaced by as many others are missing all the same")
  func people() async throws {
    let world = try World.of(users: 110)
    try world.stopSchedule()
    try await world.cycle()
    world.remove(0..<110)
    try put(0..<110, in: world)
    let cycle = try await world.cycle(.initial)
    #expect(cycle.steps[0].result == "stopped-deletion-limit")
    #expect(
      try world.reader.stepMessage(step: cycle.steps[0].id).message.contains(
        "does not show 110 of its 110 objects"))
    // It is no less so while something can't be read, and the others are known by then.
    world.source.state.withLock { $0.errors = [.odd] }
    try await world.cycle(.initial)
    #expect(try world.reader.heldImports().map(\.count) == [110])
  }

  @Test("So where an import ended in its midst that staged the others")
  func inTwoHalves() async throws {
    let world = try World.of(users: 110)
    try world.stopSchedule()
    try await world.cycle()
    try put(0..<110, in: world)
    _ = try world.reader.file(.run(connector: "source", .deltaImport), requestedBy: "ann")
    try await world.obeyAll()
    let half = try #require(
      try world.reader.operations(OperationFilter(), before: nil, limit: 1).first)
    #expect(half.adds == 110)
    let store = try SyncStore.open(file: world.storeFile)
    try store.transaction {
      try $0.endStep(half.id, result: "stopped-server", message: "", hint: "")
    }
    try store.close()
    world.remove(0..<110)
    #expect(try await world.cycle(.initial).steps[0].result == "stopped-deletion-limit")
    #expect(try world.reader.heldImports().map(\.count) == [110])
  }

  @Test("A type of which one new object is shown has vanished no less")
  func oneType() async throws {
    let world = try World.of(users: 30)
    for number in 0..<20 { world.source.put(try world.group("team\(number)", members: [])) }
    try await world.cycle()
    for number in 0..<20 { world.source.remove("g-team\(number)") }
    world.source.put(try world.group("other", members: []))
    let cycle = try await world.cycle(.initial)
    #expect(cycle.steps[0].result == "stopped-deletion-limit")
    #expect(
      try world.reader.stepMessage(step: cycle.steps[0].id).message.contains(
        "20 objects of type group"))
  }

  @Test("Of a first import that ended in its midst nobody was there before")
  func first() async throws {
    let world = try World.of(users: 110)
    try world.stopSchedule()
    _ = try world.reader.file(.run(connector: "source", .fullImport), requestedBy: "ann")
    try await world.obeyAll()
    let half = try #require(
      try world.reader.operations(OperationFilter(), before: nil, limit: 1).first)
    #expect(half.adds == 110)
    let store = try SyncStore.open(file: world.storeFile)
    try store.transaction {
      try $0.endStep(half.id, result: "stopped-server", message: "", hint: "")
    }
    try store.close()
    world.remove(0..<3)
    #expect(try await world.cycle(.initial).steps[0].result == "success")
    #expect(world.outcome.count == 107)
  }
}
