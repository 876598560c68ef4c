import Directory
import SyncEngine
import SyncStore
import Synchronization
import Testing

@Suite("What a target lets nobody write is not emptied there")
struct UnwritableAttributeTests {
  /// A rule that writes the addresses, which the target makes itself, of everybody but the hidden.
  private static func rules(_ flow: String) -> String {
    World.rules + """

      [[rule]]
      name = "Out - Addresses"
      direction = "outbound"
      connector = "target"
      source = "person"
      target = "user"
      link = "join"
      precedence = 50
      [[rule.scope]]
      clauses = [{ attribute = "title", operator = "NOTEQUAL", value = "Hidden" }]
      [[rule.flow]]
      target = "addresses"
      \(flow)
      """
  }

  private func world(_ flow: String, isReadOnly: Bool) async throws -> World {
    let world = try World(
      rules: Self.rules(flow),
      targetAttributes: [
        "addresses": .init(.string, isMultiValued: true, isReadOnly: isReadOnly)
      ])
    if isReadOnly {
      world.target.state.withLock {
        $0.onApply = { $0.attributes["addresses"] = ["SMTP:ann@contoso.test"] }
      }
    }
    world.source.put(try world.user("ann", ["title": ["Clerk"]]))
    for _ in 0..<2 { try await world.cycle() }
    return world
  }

  private func openErrors(_ world: World) throws -> [ErrorRow] {
    try world.reader.openErrors(connector: nil, after: nil, limit: 100)
  }

  @Test("A rule that is narrowed takes away nothing that it could not write")
  func narrowed() async throws {
    let world = try await world(#"constant = "smtp:alias@contoso.test""#, isReadOnly: true)
    // As long as the rule asks for it, it is told.
    #expect(try openErrors(world).map(\.type) == ["exported-change-not-reimported"])
    world.source.change("g-ann") { $0["title"] = ["Hidden"] }
    for _ in 0..<2 { try await world.cycle() }
    #expect(world.outcome["g-ann"]?["title"] == ["Hidden"])
    #expect(world.outcome["g-ann"]?["addresses"] == ["SMTP:ann@contoso.test"])
    #expect(try openErrors(world).isEmpty)
    #expect(try await world.cycle().isQuiet)
    #expect(try await world.cycle(.initial).isQuiet)
  }

  @Test("Nor is that emptied which a rule gives no value")
  func withoutValue() async throws {
    let world = try await world(#"direct = "nothing""#, isReadOnly: true)
    #expect(try openErrors(world).isEmpty)
    #expect(world.outcome["g-ann"]?["addresses"] == ["SMTP:ann@contoso.test"])
    #expect(try await world.cycle().isQuiet)
  }

  @Test("What the rule could write goes when it has the object in scope no more")
  func writable() async throws {
    let world = try await world(#"constant = "smtp:alias@contoso.test""#, isReadOnly: false)
    #expect(world.outcome["g-ann"]?["addresses"] == ["smtp:alias@contoso.test"])
    world.source.change("g-ann") { $0["title"] = ["Hidden"] }
    for _ in 0..<2 { try await world.cycle() }
    #expect(world.outcome["g-ann"]?["addresses"]?.isEmpty != false)
    #expect(try await world.cycle().isQuiet)
  }
}
