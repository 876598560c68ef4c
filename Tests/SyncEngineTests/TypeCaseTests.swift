import Directory
import SyncEngine
import SyncStore
import Testing

@Suite("Letter case of object types in rules")
struct TypeCaseTests {
  @Test("An outbound rule that writes a type otherwise joins who is there, and no group is emptied")
  func outbound() async throws {
    let rules = World.rules.replacing(
      "source = \"person\"\ntarget = \"user\"", with: "source = \"person\"\ntarget = \"User\"")
    let world = try World()
    for name in ["ann", "bob"] { world.source.put(try world.user(name)) }
    world.source.put(try world.group("team", members: ["ann", "bob"]))
    for _ in 0..<2 { try await world.cycle() }
    let there = world.target.all.map(\.anchor)
    // A new store, in front of a target that has everybody.
    let other = try World(rules: rules)
    for entry in world.source.all { other.source.put(entry) }
    for entry in world.target.all { other.target.put(entry) }
    for _ in 0..<2 { try await other.cycle() }
    #expect(other.target.all.map(\.anchor) == there)
    #expect(!other.target.operations.contains { !$0.hasPrefix("modify") })
    #expect(other.outcome["g-team"]?["members"] == ["g-ann", "g-bob"])
    #expect(try await other.cycle(.initial).isQuiet)
  }

  @Test("Inbound rules that write a type otherwise make the same people")
  func inbound() async throws {
    let world = try TwoSources(
      rules: TwoSources.rules.replacing(
        "source = \"user\"\ntarget = \"person\"", with: "source = \"USER\"\ntarget = \"Person\"")
    )
    world.personnel.put(try world.employee("1", title: "Clerk"))
    world.directory.put(try world.account("1", phone: "17"))
    for _ in 0..<2 { try await world.cycle() }
    #expect(world.outcome("1")?.text("phone") == "17")
    #expect(world.outcome("1")?.text("title") == "Clerk")
  }

  @Test("Other letters alone move nobody")
  func edited() async throws {
    let world = try World()
    world.source.put(try world.user("ann"))
    for _ in 0..<2 { try await world.cycle() }
    let before = world.target.operations
    world.rulesText = World.rules.replacing("\"person\"", with: "\"Person\"")
      .replacing("target = \"user\"", with: "target = \"USER\"")
    for policy in [CyclePolicy.delta, .initial] {
      #expect(try await world.cycle(policy).isQuiet)
    }
    #expect(world.target.operations == before)
    world.source.change("g-ann") { $0["title"] = ["Boss"] }
    for _ in 0..<2 { try await world.cycle() }
    #expect(world.outcome["g-ann"]?["title"] == ["Boss"])
    #expect(world.target.all.count == 1)
  }
}
