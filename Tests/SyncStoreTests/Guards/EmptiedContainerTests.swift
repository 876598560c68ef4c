import Directory
import Testing

@testable import SyncStore

@Suite("A container is emptied when nothing right below it is shown any more")
struct EmptiedContainerTests {
  private let test: TestStore

  init() throws { test = try TestStore() }

  private static let root = "DC=contoso,DC=test"

  /// Stages objects of these names; the answer is what an import has seen that shows `shown`.
  private func stage(_ names: [String], showing shown: [String]) throws -> SeenObjects {
    try test.stage(
      names.map { name in
        .entry(
          DirectoryEntry(
            anchor: Anchor("a-" + name), dn: try DistinguishedName(name + "," + Self.root),
            objectType: "user", attributes: ["cn": ["x"]]))
      })
    var seen = SeenObjects()
    for name in shown { seen.insert(try test.id(name)) }
    return seen
  }

  private func emptied(_ seen: SeenObjects, few: Int = 2, unknown: Int = 3) throws
    -> EmptiedContainer?
  {
    try test.store.look {
      [
        try $0.emptiedContainer(
          connector: test.source, seen, few: few, fewOfUnknown: unknown)
      ]
    }[0]
  }

  @Test("Its name is as the objects spell it, and its objects are counted")
  func named() throws {
    let seen = try stage(
      ["OU=Sales", "CN=a,OU=Sales", "CN=b,OU=Sales", "CN=c,OU=Staff"],
      showing: ["OU=Sales", "CN=c,OU=Staff"])
    #expect(
      try emptied(seen) == EmptiedContainer(dn: "OU=Sales,DC=contoso,DC=test", count: 2))
    #expect(try emptied(seen, few: 3) == nil)
  }

  @Test(
    "Who is shown elsewhere is no child, whatever the name begins with",
    arguments: [
      "CN=c,OU=Sales-x", "CN=c,OU=Sales East", "CN=c,OU=Sales\\, East", "CN=c,CN=d,OU=Sales",
      "CN=c,OU=Sal",
    ])
  func neighbours(name: String) throws {
    let seen = try stage(
      ["OU=Sales", "CN=a,OU=Sales", "CN=b,OU=Sales", name], showing: ["OU=Sales", name])
    #expect(try emptied(seen)?.count == 2)
  }

  @Test(
    "One child that is shown is enough, wherever it stands in the order",
    arguments: [
      "CN=0", "CN=a-", "CN=a!", "CN=a b", "CN=a\\,b", "CN=zz", "OU=Team-1", "CN=\u{10FFFF}",
    ])
  func shownChild(name: String) throws {
    let child = name + ",OU=Sales"
    let seen = try stage(
      [
        "OU=Sales", "CN=a,OU=Sales", "CN=b,OU=Sales", "CN=x,CN=a,OU=Sales", "CN=x,OU=Team,OU=Sales",
        child,
      ], showing: ["OU=Sales", child])
    #expect(try emptied(seen, few: 2) == nil)
  }

  @Test("A container that went, too, is none; one that nobody knows needs more")
  func containers() throws {
    let seen = try stage(
      ["OU=Sales", "CN=a,OU=Sales", "CN=b,OU=Sales", "CN=a,OU=Staff", "CN=b,OU=Staff", "CN=z"],
      showing: ["CN=z"])
    #expect(try emptied(seen, unknown: 3) == nil)
    #expect(try emptied(seen, unknown: 2)?.dn == "OU=Staff,DC=contoso,DC=test")
  }

  @Test("What is known to be outside the scope is not missed")
  func outside() throws {
    var seen = try stage(
      ["OU=Sales", "CN=a,OU=Sales", "CN=b,OU=Sales"], showing: ["OU=Sales"])
    #expect(try emptied(seen) != nil)
    seen.noteOutside(try test.id("CN=a,OU=Sales"))
    #expect(try emptied(seen) == nil)
  }

  @Test("The look along a container's children goes by the index of names")
  func plan() throws {
    let plan = try test.store.look { tx in
      try tx.rows(
        """
        EXPLAIN QUERY PLAN SELECT dn_path FROM cs_object INDEXED BY cs_dn
        WHERE connector_id = 1 AND dn_path > 'a' AND dn_path < 'b' AND image IS NOT NULL
        ORDER BY dn_path LIMIT 1
        """
      ).map { $0[3] as String }
    }
    #expect(plan.allSatisfy { $0.contains("cs_dn (connector_id=? AND dn_path>? AND dn_path<?)") })
  }
}
