import Directory
import SyncEngine
import SyncStore
import Testing

@Suite("Several sources say who a person is")
struct SeveralSourcesTests {
  @Test("The stronger source's value counts; the other's comes when that one has none")
  func precedence() async throws {
    let world = try TwoSources()
    world.personnel.put(try world.employee("1", title: "Director"))
    world.directory.put(try world.account("1", title: "Boss", phone: "17"))
    try await world.cycle()
    #expect(world.outcome("1")?.text("title") == "Director")
    #expect(world.outcome("1")?.text("phone") == "17")
    world.personnel.change("p-1") { $0["title"] = [] }
    try await world.cycle()
    #expect(world.outcome("1")?.text("title") == "Boss")
    world.personnel.change("p-1") { $0["title"] = ["Owner"] }
    try await world.cycle()
    #expect(world.outcome("1")?.text("title") == "Owner")
    #expect(try await world.cycle().isQuiet)
  }

  @Test("An object that joins only stays alone until its person comes, and then joins at once")
  func waiting() async throws {
    let world = try TwoSources()
    world.directory.put(try world.account("2", phone: "18"))
    try await world.cycle()
    #expect(world.outcome("2") == nil)
    world.personnel.put(try world.employee("2", title: "Clerk"))
    try await world.cycle()
    #expect(world.outcome("2")?.text("title") == "Clerk")
    #expect(world.outcome("2")?.text("phone") == "18")
    #expect(try world.counted("disconnector-joined-flow", on: "directory") == 1)
  }

  @Test("Objects that wait are not tried again by a cycle that brings nothing for them")
  func noRetryForNothing() async throws {
    let world = try TwoSources()
    for number in 10..<20 { world.directory.put(try world.account("\(number)")) }
    try await world.cycle()
    world.personnel.put(try world.employee("3"))
    try await world.cycle()
    #expect(try world.counted("disconnector-remains", on: "directory") == 0)
    world.personnel.put(try world.employee("15"))
    try await world.cycle()
    #expect(try world.counted("disconnector-remains", on: "directory") == 0)
    #expect(try world.counted("disconnector-joined-no-flow", on: "directory") == 1)
  }

  @Test("A StickyJoin makes nobody, and keeps a person whose maker is gone until it goes itself")
  func stickyJoin() async throws {
    let world = try TwoSources(directoryLink: "StickyJoin")
    func isThere() -> Bool { world.target.all.contains { $0.attributes.text("phone") == "20" } }
    world.directory.put(try world.account("7", phone: "20"))
    try await world.cycle()
    #expect(!isThere())
    world.personnel.put(try world.employee("7", title: "Clerk"))
    try await world.cycle()
    #expect(world.outcome("7")?.text("title") == "Clerk" && isThere())
    world.personnel.remove("p-7")
    for _ in 0..<2 { try await world.cycle() }
    #expect(isThere())
    world.directory.remove("d-7")
    for _ in 0..<2 { try await world.cycle() }
    #expect(!isThere())
  }

  @Test("When the source that made the person goes, the person goes, and comes back with it")
  func leavesAndComesBack() async throws {
    let world = try TwoSources()
    world.personnel.put(try world.employee("4", title: "Clerk"))
    world.directory.put(try world.account("4", phone: "19"))
    try await world.cycle()
    world.personnel.remove("p-4")
    try await world.cycle()
    #expect(world.outcome("4") == nil)
    world.personnel.put(try world.employee("4", title: "Again"))
    try await world.cycle()
    #expect(world.outcome("4")?.text("title") == "Again")
    #expect(world.outcome("4")?.text("phone") == "19")
    #expect(try await world.cycle().isQuiet)
  }

  @Test("A source that adds to a person takes what it gave with it when it goes")
  func adderLeaves() async throws {
    let world = try TwoSources()
    world.personnel.put(try world.employee("5", title: "Clerk"))
    world.directory.put(try world.account("5", phone: "20"))
    try await world.cycle()
    world.directory.remove("d-5")
    try await world.cycle()
    #expect(world.outcome("5")?.text("title") == "Clerk")
    #expect(world.outcome("5")?.text("phone") == nil)
  }

  @Test("An account whose number changes waits for its new person and keeps its link till then")
  func numberChanges() async throws {
    let world = try TwoSources()
    world.directory.put(try world.account("6", phone: "21"))
    try await world.cycle()
    world.directory.change("d-6") { $0["employeeID"] = ["7"] }
    try await world.cycle()
    world.personnel.put(try world.employee("6"))
    try await world.cycle()
    #expect(world.outcome("6")?.text("phone") == nil)
    world.personnel.put(try world.employee("7"))
    try await world.cycle()
    #expect(world.outcome("7")?.text("phone") == "21")
  }

  /// The usual rules, of which the one that joins accounts leaves some out, while another that only
  /// adds to them does not.
  private static let narrowed = TwoSources.rules.replacing(
    "direct = \"title\" }, { target = \"phone\", direct = \"phone\" } ]",
    with: """
      direct = "title" } ]
      scope = [ { clauses = [ { attribute = "barred", operator = "ISNULL" } ] } ]

      [[rule]]
      name = "More from directory"
      direction = "inbound"
      connector = "directory"
      source = "user"
      target = "person"
      link = "join"
      precedence = 120
      flow = [ { target = "phone", direct = "phone" } ]
      """)

  @Test("An account that the rule which joined it leaves out gives nothing more, whoever stays")
  func joinerLeaves() async throws {
    let world = try TwoSources(rules: Self.narrowed)
    world.personnel.put(try world.employee("8"))
    world.directory.put(try world.account("8", title: "Clerk", phone: "22"))
    for _ in 0..<2 { try await world.cycle() }
    #expect(world.outcome("8")?.text("phone") == "22")
    world.directory.change("d-8") { $0["barred"] = ["yes"] }
    for _ in 0..<2 { try await world.cycle() }
    let left = try #require(world.outcome("8"))
    #expect(left.text("phone") == nil && left.text("title") == nil)
    #expect(try await world.cycle().isQuiet)
    world.directory.change("d-8") { $0["barred"] = [] }
    for _ in 0..<2 { try await world.cycle() }
    #expect(world.outcome("8")?.text("phone") == "22")
    #expect(world.outcome("8")?.text("title") == "Clerk")
  }

  @Test("Whom a narrower join leaves out is told before it is done, and done as in a new store")
  func narrowerJoin() async throws {
    let world = try TwoSources(
      rules: Self.narrowed.replacing("attribute = \"barred\"", with: "attribute = \"other\""))
    world.personnel.put(try world.employee("9"))
    var account = try world.account("9", phone: "23")
    account.attributes["barred"] = ["yes"]
    world.directory.put(account)
    for _ in 0..<2 { try await world.cycle() }
    #expect(world.outcome("9")?.text("phone") == "23")
    world.rulesText = Self.narrowed
    _ = try world.engine()
    let effects = try world.reader.dueSteps().filter { $0.type == .fullSynchronization }
      .flatMap(\.effects)
    #expect(effects.contains { $0.kind == .goes && $0.count == 1 }, "\(effects)")
    #expect(effects.contains { $0.attribute == "phone" && $0.count == 1 }, "\(effects)")
    #expect(effects.count == 2, "\(effects)")
    for _ in 0..<2 { try await world.cycle() }
    let left = try #require(world.outcome("9"))
    #expect(left.text("phone") == nil)
  }

  @Test("What other precedences do to people who have two sources is told before it is done")
  func precedenceIsAssessed() async throws {
    let world = try TwoSources()
    for (number, title) in [("1", "Clerk"), ("2", "Boss"), ("3", nil)] as [(String, String?)] {
      world.personnel.put(try world.employee(number, title: "Boss"))
      world.directory.put(try world.account(number, title: title))
    }
    for _ in 0..<2 { try await world.cycle() }
    #expect(world.outcome("1")?.text("title") == "Boss")
    world.rulesText = TwoSources.rules.replacing("precedence = 100", with: "precedence = 115")
    _ = try world.engine()
    let effects = try world.reader.dueSteps().filter { $0.type == .fullSynchronization }
      .flatMap(\.effects)
    // Of the other two, one has the same title in both, and one in one of them.
    #expect(!effects.isEmpty)
    #expect(effects.allSatisfy { $0.attribute == "title" && $0.count == 1 }, "\(effects)")
    for _ in 0..<2 { try await world.cycle() }
    #expect(world.outcome("1")?.text("title") == "Clerk")
    #expect(world.outcome("2")?.text("title") == "Boss")
    #expect(world.outcome("3")?.text("title") == "Boss")
  }
}
