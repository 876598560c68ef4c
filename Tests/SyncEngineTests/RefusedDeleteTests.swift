import Directory
import SyncEngine
import SyncStore
import Synchronization
import Testing

@Suite("A leaver whom the target does not let go has nothing there any more")
struct RefusedDeleteTests {
  /// A target that refuses deletes, for good or for now.
  private final class Keeping: AroundDirectory {
    let inner: MemoryDirectory
    let refusal = Mutex<ObjectFailure?>(
      ObjectFailure(.permissionIssue, code: "403", message: "Insufficient privileges"))

    init(_ inner: MemoryDirectory) { self.inner = inner }

    func export(_ operations: [ExportOperation]) async throws -> [ExportOutcome] {
      var outcomes: [ExportOutcome] = []
      for operation in operations {
        if case .delete = operation.kind, let failure = refusal.withLock({ $0 }) {
          outcomes.append(.failed(failure))
        } else {
          outcomes += try await inner.export([operation])
        }
      }
      return outcomes
    }
  }

  private func world() async throws -> (World, Keeping) {
    let world = try World.of(users: 4)
    world.source.put(try world.group("team", members: ["u0", "u1", "u2"]))
    let target = Keeping(world.target)
    world.wrap = { _ in target }
    try world.stopSchedule()
    for _ in 0..<2 { try await world.cycle() }
    try #require(members(world).count == 3)
    world.source.remove("g-u1")
    world.source.put(try world.group("team", members: ["u0", "u2"]))
    return (world, target)
  }

  private func open(_ world: World) throws -> [String] {
    try world.reader.openErrors(connector: nil, after: nil, limit: 9).map(\.type)
  }

  private func members(_ world: World) -> [String] {
    world.target.all.first { $0.objectType == "group" }?.attributes["members"].map(\.text) ?? []
  }

  @Test("The memberships go while the delete is refused, and nothing else is sent again")
  func memberships() async throws {
    let (world, target) = try await world()
    try await world.cycle()
    #expect(members(world).count == 2)
    #expect(world.target.all.count == 5)
    #expect(try open(world) == ["permission-issue"])
    let sent = world.target.state.withLock { $0.operations.count }
    for policy in [CyclePolicy.delta, .initial, .delta] { try await world.cycle(policy) }
    #expect(world.target.state.withLock { $0.operations.count } == sent)
    #expect(members(world).count == 2)
    // Once it is let go, nothing is left of it.
    target.refusal.withLock { $0 = nil }
    for _ in 0..<2 { try await world.cycle() }
    #expect(world.target.all.count == 4 && members(world).count == 2)
    #expect(try open(world).isEmpty)
  }

  @Test("Who comes back is a member again")
  func back() async throws {
    let (world, _) = try await world()
    try await world.cycle()
    #expect(members(world).count == 2)
    world.source.put(try world.user("u1"))
    world.source.put(try world.group("team", members: ["u0", "u1", "u2"]))
    for _ in 0..<2 { try await world.cycle() }
    #expect(members(world).count == 3 && world.target.all.count == 5)
    #expect(try open(world).isEmpty)
  }

  @Test("A target that is busy keeps the memberships until it has answered")
  func busy() async throws {
    let (world, target) = try await world()
    target.refusal.withLock {
      $0 = ObjectFailure(.connectedDirectoryError, code: "503", message: "busy", isTransient: true)
    }
    try await world.cycle()
    #expect(members(world).count == 3)
    target.refusal.withLock { $0 = nil }
    try await world.cycle()
    #expect(members(world).count == 2 && world.target.all.count == 4)
  }
}
