import Directory
import Foundation
import SyncEngine
import SyncStore
import Testing

@Suite("What a target's objects give to the metaverse")
struct TargetContributionTests {
  /// Rules by which a target's people and groups give something, and people whose title is `gone`
  /// leave the target, while they stay persons.
  private static func rules() throws -> String {
    let join =
      #"conditions = [{ source = "externalId", target = "sourceAnchor", case_sensitive = true }]"#
    var rules = World.rules.replacing(
      join,
      with: join + """

        [[rule.flow]]
        target = "cloudTitle"
        direct = "title"
        [[rule.flow]]
        target = "cloudName"
        direct = "dn"
        """)
    let out = "[[rule.join]]\nconditions = [{ source = \"sourceAnchor\", target = \"externalId\" }]"
    let first = try #require(rules.range(of: out))
    rules.replaceSubrange(
      first,
      with: """
        [[rule.scope]]
        clauses = [{ attribute = "title", operator = "NOTEQUAL", value = "gone" }]

        """ + out)
    return rules + """


      [[rule]]
      name = "In from target - Group"
      direction = "inbound"
      connector = "target"
      source = "group"
      target = "group"
      link = "join"
      precedence = 121
      [[rule.join]]
      conditions = [{ source = "externalId", target = "sourceAnchor", case_sensitive = true }]
      [[rule.flow]]
      target = "cloudMember"
      direct = "members"
      """
  }

  private func world() async throws -> World {
    let world = try World(rules: try Self.rules())
    for name in ["ann", "cay"] {
      world.source.put(try world.user(name, ["title": ["Clerk"]]))
    }
    world.source.put(try world.group("team", members: ["ann", "cay"]))
    for _ in 0..<3 { try await world.cycle() }
    return world
  }

  private func metaverse(_ world: World, _ name: String, _ attribute: String) throws -> [String] {
    for row in try world.reader.find(name) {
      guard let detail = try world.reader.object(id: row.id, valueLimit: 9) else { continue }
      if let found = detail.metaverse.first(where: { $0.name == attribute }) {
        return found.values.map(\.text).sorted()
      }
    }
    return []
  }

  @Test("goes with an object that the rules delete there, also what others gave by meaning it")
  func leaves() async throws {
    let world = try await world()
    #expect(try metaverse(world, "team", "cloudMember").count == 2)
    #expect(try metaverse(world, "cay", "cloudTitle") == ["Clerk"])
    world.source.change("g-cay") { $0["title"] = ["gone"] }
    for _ in 0..<3 { try await world.cycle() }
    #expect(world.outcome["g-cay"] == nil && world.outcome["g-ann"] != nil)
    #expect(try metaverse(world, "cay", "title") == ["gone"])
    #expect(try metaverse(world, "cay", "cloudTitle") == [])
    #expect(try metaverse(world, "team", "cloudMember").count == 1)
    #expect(try metaverse(world, "ann", "cloudTitle") == ["Clerk"])
    #expect(try await world.cycle().isQuiet)
    #expect(try await world.cycle(.initial).isQuiet)
  }

  @Test("is its name, too, when that is known, and when it is another one")
  func names() async throws {
    let world = try await world()
    let ann = try #require(
      world.target.all.first { $0.attributes.text("externalId") == "g-ann" })
    #expect(try metaverse(world, "ann", "cloudName") == [ann.dn.text])
    let dn = try DistinguishedName("CN=ann,O=moved")
    world.target.rename(ann.anchor.text, to: dn)
    for _ in 0..<2 { try await world.cycle() }
    #expect(try metaverse(world, "ann", "cloudName") == [dn.text])
  }
}
