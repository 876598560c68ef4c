import Directory
import GRDB
import Testing

@testable import SyncEngine
@testable import SyncStore

@Suite("A first cycle in bulk ends as any other, also when it is ended in its middle")
struct BulkCycleTests {
  private static let people = 1200

  private func world() throws -> World {
    let world = try World()
    world.batchSize = 40
    let names = (0..<Self.people).map { "p\($0)" }
    for name in names { world.source.put(try world.user(name, ["boss": ["p0"]])) }
    world.source.put(try world.group("all", members: names))
    world.source.put(try world.group("few", members: ["p1", "nobody"]))
    return world
  }

  private func indexes(_ store: SyncStore) throws -> Set<String> {
    try store.look { tx in
      let names = try tx.rows("SELECT name FROM sqlite_schema WHERE type = 'index'")
      return Set(names.map { $0[0] as String })
    }
  }

  private func check(_ world: World) async throws {
    let fresh = try World()
    #expect(
      try indexes(try SyncStore.open(file: world.storeFile))
        == indexes(try SyncStore.open(file: fresh.storeFile)))
    #expect(world.outcome.count == Self.people + 2)
    #expect(world.outcome["g-all"]?["members"]?.count == Self.people)
    #expect(world.outcome["g-few"]?["members"] == ["g-p1"])
    world.source.remove("g-p1")
    let cycle = try await world.cycle()
    #expect(cycle.severity == .success)
    #expect(world.outcome["g-all"]?["members"]?.count == Self.people - 1)
    #expect(world.outcome["g-few"]?["members"] ?? [] == [])
  }

  @Test("Members arrive, all indexes are there, and who leaves is a member no more")
  func whole() async throws {
    let world = try world()
    #expect(try await world.cycle(.initial).severity == .success)
    try await check(world)
  }

  @Test(
    "An engine that ends at any moment leaves nothing out for the next one",
    arguments: [4, 20, 40, 70, 100, 130])
  func ended(after commits: Int) async throws {
    let world = try world()
    let options = CommitFuse(after: commits).options
    var isEnded = false
    do {
      let engine = try world.engine(
        store: try SyncStore.open(file: world.storeFile, options: options))
      _ = try await engine.runCycle(.initial)
    } catch {
      isEnded = true
    }
    #expect(isEnded)
    #expect(try await world.cycle(.initial).severity == .success)
    try await check(world)
  }
}
