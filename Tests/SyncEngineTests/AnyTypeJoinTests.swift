import Directory
import SyncStore
import Testing

@Suite("Rules into the metaverse for any type")
struct AnyTypeJoinTests {
  private static let rules = """
    [[rule]]
    name = "In - User"
    direction = "inbound"
    connector = "source"
    source = "user"
    target = "person"
    link = "provision"
    precedence = 100
    flow = [
      { target = "sourceAnchor", direct = "employeeNumber" },
      { target = "displayName", direct = "displayName" },
    ]

    [[rule]]
    name = "In - Foreign"
    direction = "inbound"
    connector = "target"
    source = "foreign"
    target = "*"
    link = "join"
    precedence = 110
    join = [ { conditions = [ { source = "externalId", target = "sourceAnchor" } ] } ]
    flow = [ { target = "title", direct = "title" } ]
    """

  private func foreign(_ title: String) throws -> DirectoryEntry {
    DirectoryEntry(
      anchor: Anchor("f-1"), dn: try DistinguishedName("CN=f-1,OU=Foreign,DC=contoso,DC=test"),
      objectType: "foreign", attributes: ["externalId": ["g-ann"], "title": [.string(title)]])
  }

  private func title(_ world: World) throws -> [AttributeValue]? {
    let row = try #require(try world.reader.find("CN=ann,OU=Staff,DC=contoso,DC=test").first)
    let detail = try #require(try world.reader.object(id: row.id, valueLimit: 9))
    return detail.metaverse.first { $0.name == "title" }?.values
  }

  @Test("They join whatever has the value, stay joined, and make nothing of what they do not find")
  func joins() async throws {
    let world = try World(rules: Self.rules)
    world.source.put(try world.user("ann"))
    world.target.put(try foreign("Clerk"))
    try await world.cycle()
    try await world.cycle()
    #expect(try title(world) == ["Clerk"])
    #expect(try await world.cycle(.initial).isQuiet)
    world.target.put(try foreign("Chief"))
    try await world.cycle()
    #expect(try title(world) == ["Chief"])
    #expect(try world.reader.openErrors(connector: nil, after: nil, limit: 9).isEmpty)
  }
}
