import Directory
import SyncEngine
import SyncStore
import Testing

@Suite("Whom a held import did not show, a person can look at before a word about all")
struct HeldImportObjectsTests {
  private func notShown(_ world: World) throws -> [String] {
    try world.reader.objects(
      connector: "source", scope: .notShown, text: "", after: nil, limit: 5000
    ).map(\.display)
  }

  private func held(users: Int, without: Range<Int>) async throws -> World {
    let world = try World.of(users: users, sourceKnowsDeltas: false)
    try world.stopSchedule()
    world.limits["source"] = GuardLimits(importing: [.deletes: GuardLimit(count: 1)])
    try await world.cycle()
    #expect(try notShown(world).isEmpty)
    world.remove(without)
    try await world.cycle()
    #expect(try world.reader.heldImports().map(\.count) == [without.count])
    return world
  }

  @Test("They are listed and counted until the word is given, and after that no more")
  func listed() async throws {
    let world = try await held(users: 8, without: 2..<6)
    let names = (2..<6).map { "u\($0)" }
    #expect(try notShown(world) == names)
    #expect(try world.reader.heldImports()[0].samples == Array(names.prefix(3)))
    #expect(try world.reader.connectors().map(\.notShown) == [4, 0])
    #expect(
      try world.reader.objects(
        connector: "target", scope: .notShown, text: "", after: nil, limit: 9
      ).isEmpty)
    let found = try world.reader.objects(
      connector: "source", scope: .notShown, text: "u4", after: nil, limit: 9)
    #expect(found.map(\.display) == ["u4"])
    // Who comes back is on the list no more once an import has shown it.
    world.source.put(try world.user("u3"))
    try await world.cycle()
    #expect(try notShown(world) == ["u2", "u4", "u5"])

    #expect(try await world.release(.importOf("source")).state == .finished)
    #expect(try world.reader.heldImports()[0].samples.isEmpty)
    #expect(try notShown(world).isEmpty)
    try await world.cycle()
    #expect(world.outcome.count == 5)
    #expect(try world.reader.connectors().map(\.notShown) == [0, 0])
  }

  @Test("An import that shows nothing at all lists everybody")
  func empty() async throws {
    let world = try await held(users: 3, without: 0..<3)
    #expect(try notShown(world) == ["u0", "u1", "u2"])
    #expect(try world.reader.heldImports()[0].samples == ["u0", "u1", "u2"])
  }

  @Test("Of very many the first thousand are listed, and the hold ends by a word alone")
  func many() async throws {
    let world = try await held(users: 1203, without: 1..<1202)
    #expect(try notShown(world).count == 1000)
    #expect(try world.reader.connectors()[0].notShown == 1000)
    #expect(try world.reader.heldImports().map(\.count) == [1201])
    for number in 1..<1202 { world.source.put(try world.user("u\(number)")) }
    try await world.cycle()
    #expect(try world.reader.heldImports().isEmpty)
    #expect(try notShown(world).isEmpty)
  }
}
