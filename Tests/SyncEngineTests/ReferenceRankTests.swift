import Directory
import SyncEngine
import SyncStore
import Testing

@Suite("Which source's reference counts")
struct ReferenceRankTests {
  /// The personnel system names bosses as a rule before the directory's does for some people, and by
  /// one behind that for `others`.
  private func world(others: String) async throws -> TwoSources {
    func rule(_ name: String, _ connector: String, _ precedence: Int, scope: String = "") -> String
    {
      """

      [[rule]]
      name = "\(name)"
      direction = "inbound"
      connector = "\(connector)"
      source = "\(connector == "personnel" ? "employee" : "user")"
      target = "person"
      link = "join"
      precedence = \(precedence)
      \(scope)
      flow = [ { target = "manager", direct = "manager" } ]

      """
    }
    func title(_ sign: String) -> String {
      "scope = [ { clauses = [ { attribute = \"title\", operator = \"\(sign)\", value = \"VIP\" } ] } ]"
    }
    let world = try TwoSources(
      rules: TwoSources.rules
        + rule("In - Bosses of some", "personnel", 10, scope: title("EQUAL"))
        + rule("In - Bosses from directory", "directory", 50)
        + rule("In - Bosses", "personnel", 101, scope: others.isEmpty ? "" : title(others)) + """

          [[rule]]
          name = "Out - Boss"
          direction = "outbound"
          connector = "target"
          source = "person"
          target = "user"
          link = "join"
          precedence = 210
          flow = [ { target = "manager", direct = "manager" } ]
          """,
      references: ["manager"])
    for number in ["bob", "cay"] {
      world.personnel.put(try world.employee(number))
      world.directory.put(try world.account(number))
    }
    var ann = try world.employee("ann", title: "VIP")
    ann.attributes["manager"] = [.reference("CN=bob,O=personnel")]
    world.personnel.put(ann)
    var account = try world.account("ann")
    account.attributes["manager"] = [.reference("CN=cay,O=directory")]
    world.directory.put(account)
    for _ in 0..<2 { try await world.cycle() }
    return world
  }

  private func boss(_ world: TwoSources) -> String? {
    guard case .reference(let id)? = world.outcome("ann")?["manager"].first else { return nil }
    return world.target.all.first { $0.anchor.text == id }?.attributes.text("externalId")
  }

  @Test("that of the rule in between, once the one before it comes by a weaker rule")
  func weakened() async throws {
    let world = try await world(others: "NOTEQUAL")
    #expect(boss(world) == "bob")
    world.personnel.change("p-ann") { $0["title"] = ["Clerk"] }
    for _ in 0..<2 { try await world.cycle() }
    #expect(boss(world) == "cay")
    world.personnel.change("p-ann") { $0["title"] = ["VIP"] }
    for _ in 0..<2 { try await world.cycle() }
    #expect(boss(world) == "bob")
    #expect(try await world.cycle().isQuiet)
    #expect(try await world.cycle(.initial).isQuiet)
  }

  @Test("that of the stronger one of two rules by which it flows, and not of the weaker one")
  func twice() async throws {
    let world = try await world(others: "")
    #expect(boss(world) == "bob")
    world.personnel.change("p-ann") { $0["title"] = ["Clerk"] }
    for _ in 0..<2 { try await world.cycle() }
    #expect(boss(world) == "cay")
    #expect(try await world.cycle().isQuiet)
    #expect(try await world.cycle(.initial).isQuiet)
  }
}
