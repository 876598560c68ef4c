import Directory
import Foundation
import SyncEngine
import SyncRules
import SyncStore
import Testing

@Suite("What is told of a change of rules is what it then does")
struct DueTruthTests {
  /// Rules in which the title flows so, and what else is put behind them.
  private func rules(inbound: String? = nil, outbound: String? = nil, _ more: String = "") -> String
  {
    var parts = World.rules.components(separatedBy: "target = \"title\"\ndirect = \"title\"")
    #expect(parts.count == 3)
    let flows = [inbound, outbound].map { "target = \"title\"\n" + ($0 ?? "direct = \"title\"") }
    parts = [parts[0] + flows[0] + parts[1] + flows[1] + parts[2]]
    return parts[0] + more
  }

  private func world(_ rules: String) async throws -> World {
    let world = try World(rules: rules)
    for name in ["ann", "bob", "cay"] {
      world.source.put(try world.user(name, ["title": ["Boss"]]))
    }
    for _ in 0..<2 { try await world.cycle() }
    #expect(world.target.all.count == 3)
    return world
  }

  private func told(_ world: World, _ rules: String) throws -> [String] {
    world.rulesText = rules
    _ = try world.engine()
    return try world.reader.dueSteps().filter { $0.type == .fullSynchronization }
      .flatMap(\.effects).map { $0.words + ": " + $0.samples.joined(separator: ", ") }
  }

  private func titles(_ world: World) -> [String: [String]] {
    world.outcome.compactMapValues { $0["title"] }
  }

  @Test(
    "Inbound, a flow that was held back gives what differs from what the metaverse holds",
    arguments: [
      "direct = \"title\"\napply_once = true", "expression = 'IIF(True, IgnoreThisFlow, [title])'",
    ])
  func inboundAgain(held: String) async throws {
    let world = try await world(rules())
    world.rulesText = rules(inbound: held)
    for _ in 0..<2 { try await world.cycle() }
    world.source.change("g-ann") { $0["title"] = ["Chief"] }
    try await world.cycle()
    #expect(titles(world)["g-ann"] == ["Boss"])
    #expect(
      try told(world, rules()) == ["title in the metaverse changes on 1 objects, type user: ann"])
    let before = world.target.operations.count
    for _ in 0..<2 { try await world.cycle() }
    #expect(titles(world)["g-ann"] == ["Chief"])
    #expect(world.target.operations.count == before + 1)
  }

  @Test("Outbound, a flow that comes back sends what the target does not show already")
  func outboundAgain() async throws {
    let gone = rules().replacing(
      "[[rule.flow]]\ntarget = \"title\"\ndirect = \"title\"\n[[rule.flow]]\ntarget = \"manager\"\n"
        + "direct = \"manager\"\n\n[[rule]]\nname = \"Out - Group\"",
      with: "[[rule.flow]]\ntarget = \"manager\"\ndirect = \"manager\"\n\n[[rule]]\n"
        + "name = \"Out - Group\"")
    #expect(gone != rules())
    let world = try await world(rules())
    world.rulesText = gone
    for _ in 0..<2 { try await world.cycle() }
    world.source.change("g-ann") { $0["title"] = ["Chief"] }
    for _ in 0..<2 { try await world.cycle() }
    #expect(titles(world)["g-ann"] == ["Boss"])
    #expect(try told(world, rules()) == ["title changes on 1 objects, type person: ann"])
    let before = world.target.operations.count
    for _ in 0..<2 { try await world.cycle() }
    #expect(titles(world)["g-ann"] == ["Chief"])
    #expect(world.target.operations.count == before + 1)
  }

  @Test("A flow to the target that applies once from now on changes none that is there")
  func outboundOnce() async throws {
    let world = try await world(rules())
    #expect(try told(world, rules(outbound: "direct = \"title\"\napply_once = true")) == [])
    let before = world.target.operations.count
    for _ in 0..<2 { try await world.cycle() }
    #expect(world.target.operations.count == before)
  }

  @Test("A JoinNoFlow rule tells whom it keeps from the target, and what differs when it goes")
  func withheld() async throws {
    let moved = """


      [[rule]]
      name = "Out - Moved"
      direction = "outbound"
      connector = "target"
      source = "person"
      target = "user"
      link = "JoinNoFlow"
      precedence = 10
      [[rule.scope]]
      clauses = [{ attribute = "displayName", operator = "NOTEQUAL", value = "cay" }]
      """
    let world = try await world(rules())
    #expect(
      try told(world, rules(moved)) == [
        "nothing flows to them any more, and they stay as they are: 2 objects, type person: "
          + "ann, bob"
      ])
    for _ in 0..<2 { try await world.cycle() }
    world.source.change("g-bob") { $0["title"] = ["Chief"] }
    for _ in 0..<2 { try await world.cycle() }
    #expect(titles(world)["g-bob"] == ["Boss"])
    #expect(try told(world, rules()) == ["title changes on 1 objects, type person: bob"])
    for _ in 0..<2 { try await world.cycle() }
    #expect(titles(world)["g-bob"] == ["Chief"])
  }

  @Test("Whom other values in the metaverse take out of a target's scope is told under the target")
  func throughTheMetaverse() async throws {
    let scoped = rules().replacing(
      """
      precedence = 200
      """,
      with: """
        precedence = 200
        [[rule.scope]]
        clauses = [{ attribute = "cloudFiltered", operator = "NOTEQUAL", value = "yes" }]
        """)
    let filter = """


      [[rule]]
      name = "In - Filter"
      direction = "inbound"
      connector = "source"
      source = "user"
      target = "person"
      link = "join"
      precedence = 50
      [[rule.scope]]
      clauses = [{ attribute = "title", operator = "EQUAL", value = "Guest" }]
      [[rule.join]]
      conditions = [{ source = "employeeNumber", target = "sourceAnchor" }]
      [[rule.flow]]
      target = "cloudFiltered"
      constant = "yes"
      """
    let world = try await world(scoped)
    world.source.change("g-cay") { $0["title"] = ["Guest"] }
    for _ in 0..<2 { try await world.cycle() }
    world.rulesText = scoped + filter
    _ = try world.engine()
    let target = try #require(
      try world.reader.dueSteps().first { $0.connector == "target" })
    #expect(target.changes.isEmpty)
    #expect(
      target.effects.map(\.words)
        == ["they leave the scope, and may be deleted: 1 objects, type person"])
    #expect(target.effects.map(\.samples) == [["cay"]])
    for _ in 0..<2 { try await world.cycle() }
    #expect(world.outcome.keys.sorted() == ["g-ann", "g-bob"])
  }

  @Test("Nobody goes whom another source keeps, and what nobody joined gives nothing")
  func rivals() async throws {
    let world = try TwoSources(directoryLink: "provision")
    for number in ["1", "2"] { world.personnel.put(try world.employee(number, title: "Clerk")) }
    world.directory.put(try world.account("1", phone: "11"))
    for _ in 0..<2 { try await world.cycle() }
    world.rulesText = TwoSources.rules.replacing(
      "link = \"provision\"\nprecedence = 100", with: "link = \"join\"\nprecedence = 100"
    )
    .replacing("link = \"join\"\nprecedence = 110", with: "link = \"provision\"\nprecedence = 110")
    _ = try world.engine()
    let effects = try world.reader.dueSteps().flatMap(\.effects)
    #expect(effects.filter { $0.kind == .goes }.map(\.count) == [1], "\(effects)")
    for _ in 0..<2 { try await world.cycle() }
    #expect(world.outcome("2") == nil && world.outcome("1")?.text("phone") == "11")
    world.personnel.put(try world.employee("3", title: "Clerk"))
    for _ in 0..<2 { try await world.cycle() }
    #expect(world.outcome("3") == nil)
    // Of 1, 2 and 3 only the first is linked.
    world.rulesText = world.rulesText.replacing(
      "{ target = \"title\", direct = \"title\" } ]",
      with: "{ target = \"title\", constant = \"X\" } ]"
    )
    _ = try world.engine()
    let values = try world.reader.dueSteps().flatMap(\.effects)
    #expect(values.map(\.count) == [2] && values.map(\.attribute) == ["title"], "\(values)")
    for _ in 0..<2 { try await world.cycle() }
    #expect(world.outcome("1")?.text("title") == "X" && world.outcome("keeper") != nil)
  }
}
