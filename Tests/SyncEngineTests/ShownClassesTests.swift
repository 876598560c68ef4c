import Directory
import SyncEngine
import SyncStore
import Synchronization
import Testing

@Suite("A target that shows more classes of an object than it was sent")
struct ShownClassesTests {
  /// A world whose rules name one class, and whose target shows those above it.
  private func world() throws -> World {
    let world = try World(
      rules: World.rules.replacing(
        "target = \"userName\"",
        with: "target = \"objectClass\"\nconstant = \"user\"\n[[rule.flow]]\ntarget = \"userName\""
      ),
      targetAttributes: [
        "objectClass": .init(.string, isMultiValued: true, equality: .among)
      ])
    world.target.state.withLock { state in
      state.onApply = { entry in
        guard !entry.attributes["objectClass"].isEmpty else { return }
        entry.attributes["objectClass"] = ["top", "person", "user"]
      }
    }
    return world
  }

  @Test("has it, and is sent nothing again, also where it was there before")
  func settles() async throws {
    let world = try world()
    world.source.put(try world.user("ann", ["title": ["Boss"]]))
    try await world.cycle()
    #expect(world.outcome["g-ann"]?["objectclass"] == ["person", "top", "user"])
    for policy in [CyclePolicy.delta, .initial, .delta] {
      #expect(try await world.cycle(policy).isQuiet)
    }
    #expect(try world.reader.openErrors(connector: nil, after: nil, limit: 9) == [])
  }

  @Test("is sent what else changes without the classes")
  func apart() async throws {
    let world = try world()
    world.source.put(try world.user("ann", ["title": ["Boss"]]))
    try await world.cycle()
    let sent = Mutex(0)
    world.target.state.withLock { state in
      // What it is sent of classes takes the place of what it shows.
      state.onApply = { entry in
        if entry.attributes["objectClass"] == ["user"] { sent.withLock { $0 += 1 } }
      }
    }
    world.source.change("g-ann") { $0["title"] = ["Chief"] }
    try await world.cycle()
    #expect(world.outcome["g-ann"]?["title"] == ["Chief"])
    #expect(world.outcome["g-ann"]?["objectclass"] == ["person", "top", "user"])
    #expect(sent.withLock { $0 } == 0)
    #expect(try await world.cycle().isQuiet)
  }
}
