import Directory
import Synchronization
import Testing

@testable import Console
@testable import SyncStore

@Suite("Searching and narrowing")
struct SearchTests {
  @Test("A part of a name that no name begins with is told how to be looked for")
  func insideOfNames() {
    var driver = Driver(Fixture.content(), columns: 110, rows: 24)
    driver.press("3 /")
    driver.type("Brown")
    driver.press("Enter")
    #expect(
      driver.screen.contains("No name begins so; displayName*=Brown looks inside names."))
    let twoWords = MetaverseQuery(text: "Ann Brown").advice ?? ""
    #expect(twoWords.contains("displayName*=\"Ann Brown\""))
    #expect(MetaverseQuery(text: "Brown mail=*").advice == nil)
    #expect(MetaverseQuery(text: "mail=*").advice == nil)
  }

  @Test("The metaverse at 80x24")
  func screen() {
    var driver = Driver(columns: 80, rows: 24)
    driver.press("3")
    let expected = #"""
       Lockstep                ● engine idle   3 open errors   next Delta in 02:41:10
       1 Operations 2 Connectors  3 Metaverse  4 Users 5 Passwords 6 Rules 7 Events
      ────────────────────────────────────────────────────────── lockstep metaverse ──
      Metaverse  3 objects
      Name↑                   Type           Connectors             Error
      Ann Lee                 person         contoso.test, tenant   ! AttributeValueM…
      Bo Ek                   person         contoso.test, tenant
      Sales                   group          none















       F Full  D Delta  S Stop  ⏎ Open  / Filter  x Try  s Searches  ? Help  q Quit
      """#
    #expect(driver.screen == expected)
  }

  @Test("A search with more hits than are read says so, and counts them at its end")
  func manyHits() {
    var content = Fixture.content()
    content.metaverse = (1...900).map {
      MetaverseRow(
        id: Int64($0), objectType: "person", display: "Ann \($0)", objectID: nil, connectors: [],
        error: "")
    }
    var driver = Driver(content, columns: 120)
    driver.press("3 /")
    driver.type("Ann")
    driver.press("Enter")
    let page = RowList<MetaverseRow>.pageSize
    #expect(driver.screen.contains("more than \(page) objects; End counts them"))
    driver.press("End")
    #expect(driver.screen.contains("  900 objects"))
    #expect(!driver.screen.contains("more than"))
  }

  @Test("A name that begins as an option does is asked about all the same")
  func dashes() {
    var driver = Driver()
    driver.press(":")
    driver.type("why -x")
    driver.press("Enter")
    #expect(driver.screen.contains("lockstep why -- -x"))
    guard case .tool(let tool) = driver.state.screen else {
      Issue.record("no output is shown")
      return
    }
    #expect(tool.arguments == ["why", "--", "-x"])
    #expect(ToolScreen.words(["why"], "x-y") == ["why", "x-y"])
    #expect(ToolScreen.option("--filter", "-x") == "--filter=-x")
    #expect(ToolScreen.option("--filter", "a b") == "--filter 'a b'")
  }

  @Test("The metaverse at 40x10")
  func small() {
    var driver = Driver(columns: 40, rows: 10)
    driver.press("3")
    let expected = #"""
       Lockstep      ● engine idle   3 errors
       1 2  3 Metaverse  4 5 6 7
      Metaverse  3 objects
      Name↑            Type       Error
      Ann Lee          person     ! Attribute…
      Bo Ek            person
      Sales            group


       F Full  D Delta  ? Help  q Quit
      """#
    #expect(driver.screen == expected)
  }

  @Test("what is typed is looked for with every letter, and shown as chips")
  func typing() {
    var driver = Driver()
    driver.press("3 /")
    driver.type("B")
    #expect(driver.row(of: "Bo Ek") != nil)
    #expect(driver.row(of: "Ann Lee") == nil)
    driver.press("C-u")
    driver.type("type:group mail!=*")
    #expect(driver.screen.contains("Metaverse type group mail!=*  1 object"))
    #expect(driver.row(of: "Sales") != nil)
    driver.press("Esc")
    #expect(driver.row(of: "Ann Lee") != nil)
  }

  @Test("Enter opens the object, at its error if it has one")
  func open() {
    var driver = Driver()
    driver.press("3 Enter")
    #expect(driver.screen.contains("AttributeValueMustBeUnique  at export on tenant"))
    driver.press("Esc Down Down Enter")
    #expect(driver.screen.contains("No connector has an object of it any more"))
  }

  @Test("an object without an error opens at the metaverse's own values")
  func openWhole() {
    var content = Fixture.content()
    content.metaverse[0].error = ""
    content.details[7]?.metaverseType = "person"
    var driver = Driver(content, columns: 100, rows: 30)
    driver.press("3 Enter")
    let name = content.metaverse[0].display
    let number = content.metaverse[0].id
    let head = "\n\(name)\nperson in the metaverse, object \(number); by its"
    #expect(driver.screen.contains(head))
    #expect(driver.screen.contains("object in contoso.test: CN=Ann Lee"))
    #expect(driver.screen.contains("Ann Lee") && driver.screen.contains("In from LDIF: user"))
    driver.press("Esc 2 Enter Enter")
    #expect(!driver.screen.contains("in the metaverse, object"))
  }

  @Test("a search is kept under a name, and found again by s and in the next console")
  func kept() {
    var driver = Driver()
    driver.press("3 /")
    driver.type("type:group")
    driver.press("Enter :")
    driver.type("save groups")
    driver.press("Enter")
    guard case .save(let preferences)? = driver.effects.last else {
      Issue.record("nothing was kept")
      return
    }
    #expect(ConsolePreferences.read(preferences.text).searches == ["groups": "type:group"])
    driver.press("/ C-u Enter s a")
    #expect(driver.screen.contains("type group"))
    driver = Driver(options: ConsoleOptions(searches: ["groups": "type:group"]))
    driver.press(":")
    driver.type("search groups")
    driver.press("Enter")
    #expect(driver.screen.contains("type group  1 object"))
  }

  @Test("a search over many objects goes on part by part, and ends when nobody waits")
  func parts() throws {
    var content = Fixture.content()
    content.metaverse = (1...10_000).map {
      MetaverseRow(
        id: $0, objectType: $0 > 9_990 ? "group" : "person", display: "U", objectID: nil,
        connectors: [], error: "")
    }
    let store = FakeStore(content)
    let query = MetaverseQuery(text: "type:group")
    let found = try ConsoleLoader.search(query, after: nil, limit: 5, in: store)
    #expect(found?.map(\.id) == [9991, 9992, 9993, 9994, 9995])
    let next = try ConsoleLoader.search(query, after: found?.last, limit: 200, in: store)
    #expect(next?.count == 5)
    #expect(try ConsoleLoader.search(query, after: nil, limit: 5, in: store) { false } == nil)
  }

  @Test(
    "clauses are read as they are written",
    arguments: [
      ("department=Sales", "department", .equals, "Sales"),
      ("title^=Lead", "title", .begins, "Lead"), ("title*=man", "title", .contains, "man"),
      ("mail=*", "mail", .isPresent, ""), ("mail!=*", "mail", .isAbsent, ""),
      ("mail!=a@b", "mail", .differs, "a@b"), ("logonCount>=5", "logonCount", .atLeast, "5"),
      ("cn=*x", "cn", .equals, "*x"),
    ] as [(String, String, MetaverseQuery.Clause.Comparison, String)])
  func clauses(
    _ text: String, _ attribute: String, _ comparison: MetaverseQuery.Clause.Comparison,
    _ value: String
  ) {
    let clause = MetaverseQuery.Clause(text: text)
    #expect(clause == MetaverseQuery.Clause(attribute, comparison, value))
    #expect(clause?.text == text)
  }

  @Test("names with blanks, quoted values and types are told apart")
  func query() {
    let query = MetaverseQuery(text: "Ann Le type:person ou=\"Head Office\"")
    #expect(query.name == "Ann Le")
    #expect(query.objectType == "person")
    #expect(query.clauses == [.init("ou", .equals, "Head Office")])
    #expect(query.clauses.first?.text == "ou=\"Head Office\"")
    #expect(MetaverseQuery(text: "ann=").clauses == [.init("ann", .equals, "")])
    #expect(MetaverseQuery(text: "=x").name == "=x")
  }

  @Test("the history is narrowed by connector, profile, time and what must not be there")
  func fields() {
    var driver = Driver()
    driver.press("/")
    driver.type("connector:tenant profile:export")
    #expect(driver.row(of: "Export") != nil)
    #expect(driver.row(of: "contoso.test Full") == nil)
    #expect(driver.row(of: "tenant       Full") == nil)
    driver.press("C-u")
    driver.type("!success")
    #expect(driver.row(of: "tenant       Full") == nil)
    #expect(driver.row(of: "sync-errors") != nil)
    var filter = OperationFilter()
    let rest = filter.take(
      ["since:2d", "until:2026-11-22", "x", "y"], now: Fixture.now, clock: .utc)
    #expect(filter.since == Fixture.now.adding(seconds: -172_800))
    #expect(filter.until?.description.hasPrefix("2026-11-22T23:59:59") == true)
    #expect(rest == ["x", "y"])
  }

  @Test("@ goes to a time, and without one back to the newest")
  func time() {
    var driver = Driver()
    driver.press("@")
    driver.type("19:43:45")
    driver.press("Enter")
    #expect(driver.cursorLine.contains("19:43:40"))
    #expect(driver.screen.contains("until 2026-11-22 19:43:45"))
    driver.press("@ Enter")
    #expect(driver.cursorLine.contains("19:44:10"))
    driver.press("@")
    driver.type("19:43")
    driver.press("Enter")
    #expect(driver.cursorLine.contains("19:43:50"))
    driver.press("Esc")
    #expect(driver.cursorLine.contains("19:44:10"))
    driver.press("@")
    driver.type("noon")
    driver.press("Enter")
    #expect(driver.screen.contains("A time is 14:30"))
  }

  @Test("the time that one went to stays, however the history is narrowed or sorted there")
  func timeStays() {
    var driver = Driver(columns: 120)
    driver.press("@")
    driver.type("19:43:45")
    driver.press("Enter f")
    #expect(driver.screen.contains("until 2026-11-22 19:43:45"))
    #expect(driver.row(of: "Export") == nil)
    driver.press("f f /")
    driver.type("test")
    driver.press("Enter O")
    #expect(driver.screen.contains("until 2026-11-22 19:43:45"))
    #expect(driver.state.screen.model.twin.contains("--until 2026-11-22T19:43:45"))
    driver.press("Esc")
    #expect(!driver.screen.contains("until") && driver.row(of: "Export") != nil)
  }

  @Test("a time in a filter that is none is told, while it is typed and when it is kept")
  func noTime() {
    var driver = Driver(columns: 120)
    driver.press("/")
    driver.type("since:noon")
    #expect(driver.screen.contains("started is a time: 14:30"))
    driver.press("Enter")
    #expect(driver.screen.contains("Filter: started is a time"))
    #expect(driver.screen.contains("that word counts for nothing"))
    #expect(driver.row(of: "Export") != nil)
    let options = ConsoleOptions(filter: "errors>x")
    #expect(Driver(options: options, columns: 120).screen.contains("Filter: errors is a number"))
  }

  @Test(
    "moments are read by the person's clocks",
    arguments: [
      ("14:30", "2026-11-22T13:30:00Z"), ("9:05", "2026-11-22T08:05:00Z"),
      ("2026-11-20", "2026-11-19T23:00:00Z"), ("2026-11-20T06:00", "2026-11-20T05:00:00Z"),
      ("1h", "2026-11-22T19:00:00Z"), ("2d ago", "2026-11-20T20:00:00Z"),
      ("1h AGO", "2026-11-22T19:00:00Z"),
    ])
  func moments(_ text: String, _ utc: String) throws {
    let clock = LocalTime(changes: [.init(from: Timestamp(milliseconds: 0), offset: 3600)])
    let moment = try #require(SearchText.moment(text, now: Fixture.now, clock: clock))
    #expect(moment == Timestamp(utc))
  }

  @Test("a moment near a change of clocks is read by the clocks of that moment")
  func clockChange() throws {
    // Clocks go from UTC+1 to UTC+2 at 01:00 UTC, and the next day starts by the new ones.
    let change = try #require(Timestamp("2026-03-29T01:00:00Z"))
    let clock = LocalTime(changes: [
      .init(from: Timestamp(milliseconds: 0), offset: 3600), .init(from: change, offset: 7200),
    ])
    func moment(_ text: String) -> Timestamp? {
      SearchText.moment(text, now: Fixture.now, clock: clock)
    }
    #expect(moment("2026-03-29T01:30") == Timestamp("2026-03-29T00:30:00Z"))
    #expect(moment("2026-03-29T03:30") == Timestamp("2026-03-29T01:30:00Z"))
  }

  @Test("events are narrowed by level, with f or in words, and by ids beside text")
  func events() {
    var driver = Driver()
    driver.press("7 f")
    #expect(driver.screen.contains("warnings and worse"))
    #expect(driver.row(of: "Scheduler started") == nil)
    #expect(driver.row(of: "1 failed") != nil)
    driver.press("f f /")
    driver.type("656,657 result level:warning")
    guard case .events(let events) = driver.state.screen else { return }
    #expect(events.query.codes == [656, 657])
    #expect(events.query.atLeast == .warning)
    #expect(events.table.terms == [.containing("result")])
  }

  @Test("stale users are those of before the last interval, the oldest first")
  func stale() {
    var driver = Driver()
    driver.press("4 /")
    driver.type("stale")
    #expect(driver.row(of: "Bo Ek") != nil)
    #expect(driver.row(of: "Ann Lee") == nil)
    #expect(driver.row(of: "Cy Oz") == nil)
    driver = Driver(options: ConsoleOptions(view: .users, filter: "error"))
    #expect(driver.row(of: "Di Wu") != nil)
    #expect(driver.row(of: "Ann Lee") == nil)
  }
}
