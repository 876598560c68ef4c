import Directory
import Foundation
import SyncStore
import Synchronization
import Testing

@testable import SyncEngine

@Suite("Deletes that a target says it has carried out, and has not")
struct UndoneDeleteTests {
  /// A world in which "ann" and "bob" have arrived, and bob's source lets him go while the target
  /// carries out as many deletes as `ignored` only in words.
  private func world(ignored: Int) async throws -> World {
    let world = try World()
    for name in ["ann", "bob"] { world.source.put(try world.user(name)) }
    for _ in 0..<2 { try await world.cycle() }
    #expect(world.outcome.keys.sorted() == ["g-ann", "g-bob"])
    world.target.state.withLock { $0.ignoredDeletes = ignored }
    world.source.remove("g-bob")
    try await world.cycle()
    return world
  }

  private func errors(_ world: World) throws -> [ErrorRow] {
    try world.reader.openErrors(connector: nil, after: nil, limit: 10)
  }

  private func count(_ operation: String, _ world: World) -> Int {
    world.target.operations.count { $0 == operation }
  }

  @Test("Who is shown still is an error until he is gone, and is not deleted once more")
  func isTold() async throws {
    let world = try await world(ignored: 1)
    #expect(world.outcome["g-bob"] != nil)
    // A delta that tells changes alone does not know.
    #expect(try errors(world).isEmpty)
    for policy in [CyclePolicy.initial, .delta, .initial] {
      try await world.cycle(policy)
      let told = try errors(world)
      #expect(told.map(\.type) == ["exported-change-not-reimported"], "\(told)")
      #expect(told.first?.message.contains("said at") == true)
      #expect(told.first?.message.contains("shows it still") == true)
      #expect(told.first?.hint.contains("by hand") == true)
    }
    #expect(world.outcome["g-bob"] != nil && count("ignored g-bob", world) == 1)
    #expect(try await world.cycle().isQuiet)
    // Whoever deletes it there ends the error.
    let anchor = try #require(
      world.target.all.first { $0.attributes.text("externalId") == "g-bob" }?.anchor)
    world.target.remove(anchor.text)
    for _ in 0..<2 { try await world.cycle() }
    #expect(try errors(world).isEmpty)
    #expect(try await world.cycle().isQuiet)
  }

  @Test("A full import that shows it no more confirms the delete: who comes back then is another's")
  func isConfirmed() async throws {
    let world = try await world(ignored: 0)
    let bob = try DirectoryEntry(
      anchor: Anchor("id-2"), dn: DistinguishedName("CN=bob,O=target"), objectType: "user",
      attributes: ["externalId": [.string("g-bob")]])
    _ = try await world.engine().runProfile(connector: "target", .fullImport)
    #expect(world.target.all.count == 1 && world.target.all.first?.anchor != bob.anchor)
    world.target.put(bob)
    for policy in [CyclePolicy.initial, .delta] { try await world.cycle(policy) }
    #expect(try errors(world).isEmpty)
    #expect(world.outcome["g-bob"] != nil)
    #expect(count("delete g-bob", world) == 1)
  }

  @Test("A delta that tells of the delete confirms it, too")
  func isConfirmedByDelta() async throws {
    let world = try await world(ignored: 0)
    try await world.cycle()
    world.target.put(
      DirectoryEntry(
        anchor: Anchor("id-2"), dn: try DistinguishedName("CN=bob,O=target"), objectType: "user",
        attributes: ["externalId": [.string("g-bob")]]))
    for _ in 0..<2 { try await world.cycle() }
    #expect(try errors(world).isEmpty)
    #expect(world.outcome["g-bob"] != nil)
  }

  @Test("Who is wanted again before that is looked at is taken over, and no error")
  func isWantedAgain() async throws {
    let world = try await world(ignored: 1)
    world.source.put(try world.user("bob"))
    for policy in [CyclePolicy.initial, .delta, .initial, .delta] { try await world.cycle(policy) }
    #expect(try errors(world).isEmpty)
    #expect(world.outcome.keys.sorted() == ["g-ann", "g-bob"])
    #expect(world.target.all.count == 2)
    #expect(try await world.cycle().isQuiet)
  }

  @Test("Who is wanted again after that was told is taken over, and the error ends")
  func errorEnds() async throws {
    let world = try await world(ignored: 1)
    _ = try await world.engine().runProfile(connector: "target", .fullImport)
    #expect(try errors(world).count == 1)
    world.source.put(try world.user("bob"))
    for policy in [CyclePolicy.delta, .delta, .initial] { try await world.cycle(policy) }
    #expect(try errors(world).isEmpty)
    #expect(world.outcome.keys.sorted() == ["g-ann", "g-bob"])
    #expect(world.target.all.count == 2)
  }
}
