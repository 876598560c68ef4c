import Directory
import SyncEngine
import SyncStore
import Testing

@Suite("What is emptied, united or kept is told with who made it so")
struct EmptiedAndUnitedTests {
  private static func flow(_ text: String) -> String {
    """

    [[rule]]
    name = "In - Extra"
    direction = "inbound"
    connector = "personnel"
    source = "employee"
    target = "person"
    link = "join"
    precedence = 90
    flow = [ { target = "phone", \(text) } ]

    """
  }

  /// Anybody without a title of the personnel system has the phone of the directory.
  private static let emptying = flow(
    #"expression = 'IIF([title]="Boss",AuthoritativeNull,NULL)'"#)

  private func world(_ extra: String) async throws -> TwoSources {
    let world = try TwoSources(rules: TwoSources.rules + extra)
    world.personnel.put(try world.employee("1", title: "Boss"))
    world.directory.put(try world.account("1", phone: "17"))
    try await world.cycle()
    return world
  }

  private func employee(_ world: TwoSources) throws -> Int64 {
    try #require(try world.reader.find("CN=1,O=personnel").first?.id)
  }

  private func phone(_ world: TwoSources) throws -> AttributeRow? {
    try world.reader.object(id: employee(world), valueLimit: 9)?.metaverse
      .first { $0.name == "phone" }
  }

  private func flows(_ world: TwoSources) async throws -> [PreviewReport.Flow] {
    try await world.engine().preview(object: try employee(world), isFull: true).flows
      .filter { $0.attribute == "phone" }
  }

  @Test("Who empties an attribute stands beside it, with whose value does not count for that")
  func emptied() async throws {
    let world = try await world(Self.emptying)
    #expect(world.outcome("1")?.text("phone") == nil)
    let row = try #require(try phone(world))
    #expect(row.values.isEmpty && row.valueCount == 0)
    #expect(row.contributors.map(\.rule) == ["In - Extra", "In from directory"])
    #expect(row.contributors.map(\.empties) == [true, false])
    #expect(
      row.contributors[0].text.hasPrefix(
        "personnel by In - Extra says that there is no value (AuthoritativeNull), "))
    #expect(row.contributors[1].values == ["17"])
    #expect(
      row.contributors[1].reason
        == "a rule with a lower precedence number said that there is no value")
    let told = try await flows(world)
    #expect(
      told.map(\.values) == [[], ["17"]] && told.map(\.connector) == ["personnel", "directory"])
    #expect(told[0].loses.isEmpty && !told[1].loses.isEmpty)
    #expect(try await world.cycle().isQuiet)
    #expect(try await world.cycle(.initial).steps.allSatisfy { $0.updates == 0 })
  }

  @Test("The history of a value that a rule empties names the rule, whoever else gives one")
  func history() async throws {
    let world = try await world(Self.emptying)
    func changes() throws -> [AttributeDelta] {
      try world.reader.history(of: [employee(world)], limit: 50).flatMap(\.changes)
        .filter { $0.name == "phone" }
    }
    #expect(try changes().isEmpty)
    world.personnel.change("p-1") { $0["title"] = ["Clerk"] }
    try await world.cycle()
    #expect(world.outcome("1")?.text("phone") == "17")
    #expect(try phone(world)?.contributors.map(\.empties) == [false])
    world.personnel.change("p-1") { $0["title"] = ["Boss"] }
    try await world.cycle()
    #expect(world.outcome("1")?.text("phone") == nil)
    let emptied = try #require(try changes().first { $0.after.isEmpty })
    #expect(emptied.before == ["17"] && emptied.rule == "In - Extra")
    // A rule that takes back what it gave itself, and no other gives anything.
    let own = try await self.world(
      Self.flow(#"expression = 'IIF([title]="Boss","99",AuthoritativeNull)'"#))
    own.directory.change("d-1") { $0["phone"] = [] }
    try await own.cycle()
    own.personnel.change("p-1") { $0["title"] = ["Clerk"] }
    try await own.cycle()
    let taken = try own.reader.history(of: [employee(own)], limit: 50).flatMap(\.changes)
      .first { $0.name == "phone" && $0.after.isEmpty }
    #expect(taken?.rule == "In - Extra" && taken?.before == ["99"])
    #expect(try phone(own) == nil)
  }

  @Test("Each who gives something to united values is told with what it gives")
  func united() async throws {
    let merged = TwoSources.rules.replacing(
      #"direct = "phone" }"#, with: #"direct = "phone", merge = "Merge" }"#)
    let extra = Self.flow(#"expression = '"17"', merge = "Merge""#)
    let world = try TwoSources(rules: merged + extra)
    world.personnel.put(try world.employee("1", title: "Boss"))
    world.directory.put(try world.account("1", phone: "17"))
    try await world.cycle()
    let row = try #require(try phone(world))
    #expect(row.values == ["17"])
    #expect(row.contributors.map(\.connector) == ["personnel", "directory"])
    #expect(row.contributors.allSatisfy { $0.reason.isEmpty })
    #expect(row.contributors[1].values == ["17"])
    let told = try await flows(world)
    #expect(told.map(\.values) == [["17"], ["17"]] && told.allSatisfy(\.loses.isEmpty))
    #expect(try await world.cycle().isQuiet)
  }

  @Test("A value that a flow gave before and does not give now is told as kept")
  func kept() async throws {
    let world = try await world(
      Self.flow(#"expression = 'IIF(IsPresent([title]),[title],IgnoreThisFlow)'"#))
    #expect(try await flows(world).first?.kind == "expression")
    world.directory.change("d-1") { $0["phone"] = [] }
    world.personnel.change("p-1") { $0["title"] = [] }
    try await world.cycle()
    let told = try #require(try await flows(world).first)
    #expect(told.values == ["Boss"] && told.kind == "kept from before: expression")
  }
}
