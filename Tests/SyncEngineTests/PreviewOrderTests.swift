import Directory
import SyncEngine
import SyncStore
import Testing

@Suite("A preview of an object whose place another one is about to leave")
struct PreviewOrderTests {
  /// Bob was synchronized, and Robert has his number; both were read since.
  private func world(
    _ change: (World) throws -> Void
  ) async throws -> (world: World, robert: Int64) {
    let world = try World()
    world.source.put(try world.user("bob"))
    try await world.cycle()
    try change(world)
    var robert = try world.user("robert")
    robert.attributes["employeeNumber"] = ["g-bob"]
    world.source.put(robert)
    _ = try await world.engine().runProfile(connector: "source", .deltaImport)
    let row = try #require(
      try world.reader.find("robert").first { $0.connector == "source" })
    return (world, row.id)
  }

  @Test("It shows what the step does, which looks at that one first, and names it")
  func leaves() async throws {
    let (world, robert) = try await world { $0.source.remove("g-bob") }
    let report = try await world.engine().preview(object: robert, isFull: false)
    #expect(report.failures.isEmpty)
    #expect(report.note.contains("CN=bob"), "\(report.note)")
    #expect(report.note.contains("before it"))
    _ = try await world.engine().runProfile(connector: "source", .deltaSynchronization)
    #expect(try world.reader.openErrors(connector: nil, after: nil, limit: 9).isEmpty)
  }

  @Test("It shows the error where that one stays", arguments: [false, true])
  func stays(changes: Bool) async throws {
    let (world, robert) = try await world { world in
      if changes { world.source.change("g-bob") { $0["title"] = ["Boss"] } }
    }
    let report = try await world.engine().preview(object: robert, isFull: false)
    #expect(report.failures.count == 1)
  }
}
