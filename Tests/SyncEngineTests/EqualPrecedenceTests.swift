import Directory
import SyncEngine
import SyncStore
import Testing

@Suite("References of two sources whose rules have the same precedence")
struct EqualPrecedenceTests {
  /// Two sources name bosses and teams by rules with equal numbers; by their ids the directory's come
  /// first.
  private func world() throws -> TwoSources {
    func rule(_ name: String, _ connector: String, _ attribute: String, _ precedence: Int) -> String
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
      flow = [ { target = "\(attribute)", direct = "\(attribute)" } ]

      """
    }
    let world = try TwoSources(
      rules: TwoSources.rules + rule("Boss 2", "personnel", "manager", 50)
        + rule("Boss 1", "directory", "manager", 50) + rule("Team 2", "personnel", "team", 60)
        + rule("Team 1", "directory", "team", 60) + """

          [[rule]]
          name = "Out - References"
          direction = "outbound"
          connector = "target"
          source = "person"
          target = "user"
          link = "join"
          precedence = 210
          flow = [ { target = "manager", direct = "manager" }, { target = "team", direct = "team" } ]
          """,
      references: ["manager"], lists: ["team"])
    for number in ["bob", "cay", "ann"] {
      world.personnel.put(try world.employee(number))
      world.directory.put(try world.account(number))
    }
    return world
  }

  private func set(_ names: [String], of attribute: AttributeName, in world: TwoSources) {
    world.personnel.change("p-ann") {
      $0[attribute] = names.prefix(1).map { .reference("CN=\($0),O=personnel") }
    }
    world.directory.change("d-ann") {
      $0[attribute] = names.dropFirst().map { .reference("CN=\($0),O=directory") }
    }
  }

  private func meant(_ attribute: AttributeName, _ world: TwoSources) -> [String] {
    let values = world.outcome("ann")?[attribute] ?? []
    return values.compactMap { value in
      guard case .reference(let id) = value else { return nil }
      return world.target.all.first { $0.anchor.text == id }?.attributes.text("externalId")
    }
  }

  @Test("One counts, the same one whichever came first, and it stays", arguments: [false, true])
  func oneCounts(isThereAlready: Bool) async throws {
    let world = try world()
    if isThereAlready { for _ in 0..<2 { try await world.cycle() } }
    set(["bob", "cay"], of: "manager", in: world)
    for _ in 0..<2 { try await world.cycle() }
    #expect(meant("manager", world) == ["cay"])
    let before = world.target.operations.count
    for _ in 0..<3 { #expect(try await world.cycle().isQuiet) }
    #expect(try await world.cycle(.initial).isQuiet)
    #expect(world.target.operations.count == before)
    #expect(meant("manager", world) == ["cay"])
    world.directory.change("d-ann") { $0["manager"] = [] }
    for _ in 0..<2 { try await world.cycle() }
    #expect(meant("manager", world) == ["bob"])
    #expect(try await world.cycle().isQuiet)
    world.directory.change("d-ann") { $0["manager"] = [.reference("CN=cay,O=directory")] }
    for _ in 0..<2 { try await world.cycle() }
    #expect(meant("manager", world) == ["cay"])
    #expect(try await world.cycle().isQuiet)
  }

  @Test("A list is that of one source, as with values, and not both together")
  func lists() async throws {
    let world = try world()
    set(["bob", "cay"], of: "team", in: world)
    for _ in 0..<2 { try await world.cycle() }
    #expect(meant("team", world) == ["cay"])
    #expect(try await world.cycle().isQuiet)
    #expect(try await world.cycle(.initial).isQuiet)
  }
}
