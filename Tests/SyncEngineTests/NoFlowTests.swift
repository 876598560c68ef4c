import Directory
import Foundation
import SyncStore
import Synchronization
import Testing

@testable import SyncEngine

@Suite("What a JoinNoFlow rule has in scope is another program's")
struct NoFlowTests {
  /// Whom `moved` marks is kept in step by another program.
  private static let rules =
    World.rules.replacingOccurrences(
      of: "target = \"title\"\ndirect = \"title\"\n[[rule.flow]]\ntarget = \"manager\"",
      with: """
        target = "title"
        direct = "title"
        [[rule.flow]]
        target = "cloudNoFlow"
        direct = "moved"
        [[rule.flow]]
        target = "manager"
        """
    ).replacingOccurrences(
      of: "target = \"member\"\ndirect = \"member\"\n",
      with: """
        target = "member"
        direct = "member"
        [[rule.flow]]
        target = "cloudNoFlow"
        direct = "moved"

        """)
    + ["person", "group"].map { type in
      """


      [[rule]]
      name = "Out - \(type) moved"
      direction = "outbound"
      connector = "target"
      source = "\(type)"
      target = "\(type == "group" ? "group" : "user")"
      link = "JoinNoFlow"
      precedence = \(type == "group" ? 11 : 10)
      [[rule.scope]]
      clauses = [{ attribute = "cloudNoFlow", operator = "EQUAL", value = "True" }]
      """
    }.joined()

  private func world() async throws -> World {
    let world = try World(rules: Self.rules)
    for name in ["ann", "bob"] { world.source.put(try world.user(name, ["title": ["Boss"]])) }
    world.source.put(try world.group("staff", members: ["ann", "bob"]))
    for _ in 0..<2 { try await world.cycle() }
    #expect(world.outcome["g-bob"]?["title"] == ["Boss"])
    #expect(world.outcome["g-staff"]?["members"] == ["g-ann", "g-bob"])
    return world
  }

  private func move(_ key: String, _ world: World, _ isMoved: Bool = true) {
    world.source.change(key) { $0["moved"] = isMoved ? ["True"] : [] }
  }

  private func anchor(_ key: String, _ world: World) throws -> String {
    try #require(world.target.all.first { $0.attributes.text("externalId") == key }).anchor.text
  }

  @Test("Neither our changes nor the other program's are written over, and members stay members")
  func staysAsItIs() async throws {
    let world = try await world()
    move("g-bob", world)
    world.source.change("g-bob") { $0["title"] = ["Chief"] }
    try await world.cycle()
    #expect(world.outcome["g-bob"]?["title"] == ["Boss"])
    let there = try anchor("g-bob", world)
    world.target.change(there) { $0["title"] = ["Owner"] }
    for policy in [CyclePolicy.delta, .initial, .delta] {
      try await world.cycle(policy)
      #expect(world.outcome["g-bob"]?["title"] == ["Owner"])
      #expect(world.outcome["g-staff"]?["members"] == ["g-ann", "g-bob"])
    }
    #expect(try world.reader.connectors().allSatisfy { $0.pendingExports == 0 })
    #expect(try await world.cycle().isQuiet)
    move("g-bob", world, false)
    try await world.cycle()
    #expect(world.outcome["g-bob"]?["title"] == ["Chief"])
    #expect(try await world.cycle().isQuiet)
  }

  @Test("A change that waits to be sent when the rule comes is not sent any more")
  func waitingChange() async throws {
    let world = try await world()
    world.target.state.withLock { $0.refuseValue = "Chief" }
    world.source.change("g-bob") { $0["title"] = ["Chief"] }
    try await world.cycle()
    world.target.state.withLock { $0.refuseValue = nil }
    move("g-bob", world)
    for _ in 0..<2 { try await world.cycle() }
    #expect(world.outcome["g-bob"]?["title"] == ["Boss"])
    #expect(try world.reader.connectors().allSatisfy { $0.pendingExports == 0 })
  }

  @Test("Members of a group that is moved neither come nor go until it is ours again")
  func members() async throws {
    let world = try await world()
    move("g-staff", world)
    try await world.cycle()
    world.source.put(try world.user("cay"))
    world.source.change("g-staff") {
      $0["member"] = [.reference("CN=cay,OU=Staff,DC=contoso,DC=test")]
    }
    for policy in [CyclePolicy.delta, .initial] {
      try await world.cycle(policy)
      #expect(world.outcome["g-staff"]?["members"] == ["g-ann", "g-bob"])
    }
    #expect(try await world.cycle().isQuiet)
    move("g-staff", world, false)
    for _ in 0..<2 { try await world.cycle() }
    #expect(world.outcome["g-staff"]?["members"] == ["g-cay"])
  }

  @Test("Who is moved is not made, also if an export of it has failed, and found if it is there")
  func notMade() async throws {
    let world = try await world()
    world.target.state.withLock { $0.refuseValue = "dan" }
    world.source.put(try world.user("dan"))
    try await world.cycle()
    world.target.state.withLock { $0.refuseValue = nil }
    move("g-dan", world)
    world.source.put(try world.user("eve", ["moved": ["True"]]))
    for _ in 0..<2 { try await world.cycle() }
    #expect(world.outcome.keys.sorted() == ["g-ann", "g-bob", "g-staff"])
    world.target.put(
      DirectoryEntry(
        anchor: Anchor("t-eve"), dn: try DistinguishedName("CN=eve,O=target"), objectType: "user",
        attributes: ["externalId": ["g-eve"], "title": ["Owner"]]))
    world.source.change("g-staff") {
      $0.add([.reference("CN=eve,OU=Staff,DC=contoso,DC=test")], to: "member")
    }
    for _ in 0..<2 { try await world.cycle() }
    #expect(world.outcome["g-eve"] == ["externalid": ["g-eve"], "title": ["Owner"]])
    #expect(world.outcome["g-staff"]?["members"] == ["g-ann", "g-bob", "g-eve"])
    move("g-dan", world, false)
    try await world.cycle()
    #expect(world.outcome["g-dan"] != nil)
  }

  @Test("Who leaves the source is not deleted", arguments: [true, false])
  func leaves(isDeleted: Bool) async throws {
    let world = try await world()
    move("g-bob", world)
    try await world.cycle()
    if isDeleted {
      world.source.remove("g-bob")
    } else {
      world.source.change("g-bob") { $0["hidden"] = ["yes"] }
    }
    for _ in 0..<2 { try await world.cycle() }
    #expect(world.outcome["g-bob"]?["title"] == ["Boss"])
    #expect(try await world.cycle().isQuiet)
  }
}
