import Directory
import SyncStore
import Synchronization
import Testing

@testable import SyncEngine

@Suite("A name that passes on before it is synchronized who left a group under it")
struct PassedNameTests {
  private func world(members: [String]) async throws -> World {
    let world = try World()
    for name in ["ann", "bob"] { world.source.put(try world.user(name)) }
    world.source.put(try world.group("staff", members: members))
    try await world.cycle()
    #expect(try self.members(world) == members.map { "g-" + $0 })
    return world
  }

  private func members(_ world: World) throws -> [String] {
    try #require(world.outcome["g-staff"])["members"] ?? []
  }

  /// Stages what the source tells, and nothing more.
  private func importOnly(_ world: World) async throws {
    _ = try await world.engine().runProfile(connector: "source", .deltaImport)
  }

  private func expect(_ wanted: [String], in world: World) async throws {
    try await world.cycle()
    #expect(try members(world) == wanted)
    #expect(try await world.cycle().isQuiet)
    try await world.cycle(.initial)
    #expect(try members(world) == wanted)
  }

  @Test("Who left is out when another one comes in under the name")
  func comesIn() async throws {
    let world = try await world(members: ["ann"])
    world.source.put(try world.group("staff", members: []))
    try await importOnly(world)
    world.source.rename("g-ann", to: try world.dn("xan", ou: "Staff"))
    world.source.rename("g-bob", to: try world.dn("ann", ou: "Staff"))
    world.source.put(try world.group("staff", members: ["ann"]))
    try await expect(["g-bob"], in: world)
  }

  @Test("Who left is out when nobody has come to bear the name yet")
  func nobodyYet() async throws {
    let world = try await world(members: ["ann", "bob"])
    world.source.put(try world.group("staff", members: ["bob"]))
    try await importOnly(world)
    world.source.rename("g-ann", to: try world.dn("xan", ou: "Staff"))
    world.source.put(try world.group("staff", members: ["ann", "bob"]))
    try await expect(["g-bob"], in: world)
  }

  @Test("Who left is out when another member gets the name")
  func memberGetsIt() async throws {
    let world = try await world(members: ["ann", "bob"])
    world.source.put(try world.group("staff", members: ["bob"]))
    try await importOnly(world)
    world.source.rename("g-ann", to: try world.dn("xan", ou: "Staff"))
    world.source.rename("g-bob", to: try world.dn("ann", ou: "Staff"))
    try await expect(["g-bob"], in: world)
  }

  @Test(
    "Who left and comes back under another name is in, whichever of the names is the first",
    arguments: ["aaa", "zoe"])
  func comesBack(name: String) async throws {
    let world = try await world(members: ["ann", "bob"])
    world.source.put(try world.group("staff", members: ["bob"]))
    try await importOnly(world)
    world.source.rename("g-ann", to: try world.dn(name, ou: "Staff"))
    world.source.put(try world.group("staff", members: [name, "bob"]))
    try await expect(["g-ann", "g-bob"], in: world)
  }

  /// Takes somebody out of what is read, who stays in the directory and in the group.
  private func leave(_ world: World, _ anchor: String) {
    world.source.state.withLock { state in
      state.objects[Anchor(anchor)] = nil
      state.order.removeAll { $0 == Anchor(anchor) }
      state.log.append(.leave(ObjectAddress(anchor: Anchor(anchor))))
    }
  }

  @Test("Who leaves what is read and is back before that is synchronized is a member all the time")
  func leavesAndReturns() async throws {
    let world = try await world(members: ["ann", "bob"])
    leave(world, "g-ann")
    world.source.put(try world.group("staff", members: ["ann", "bob"]))
    try await importOnly(world)
    world.source.put(try world.user("ann"))
    try await expect(["g-ann", "g-bob"], in: world)
  }

  @Test("Who left is out when somebody comes back to what is read under the name")
  func returnsWithIt() async throws {
    let world = try await world(members: ["ann", "bob"])
    leave(world, "g-ann")
    world.source.state.withLock { state in
      state.objects[Anchor("g-staff")]?.attributes["member"].removeLast()
      let gone = AttributeChange(
        "member",
        .update(added: [], removed: [.reference("CN=bob,OU=Staff,DC=contoso,DC=test")]))
      state.log.append(.modify(ObjectAddress(anchor: Anchor("g-staff")), [gone]))
    }
    try await importOnly(world)
    world.source.rename("g-bob", to: try world.dn("xob", ou: "Staff"))
    var ann = try world.user("ann")
    ann.dn = try world.dn("bob", ou: "Staff")
    world.source.put(ann)
    world.source.state.withLock { state in
      state.objects[Anchor("g-staff")]?.attributes["member"] = [.reference(ann.dn.text)]
    }
    try await expect(["g-ann"], in: world)
  }
}
