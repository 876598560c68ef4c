import Cells
import Testing

@testable import Console
@testable import SyncStore

@Suite("A line that is typed")
struct PromptTests {
  private static func text(_ driver: Driver) -> String? {
    guard case .prompt(let prompt)? = driver.state.overlay else { return nil }
    return prompt.head + "|" + prompt.tail
  }

  @Test("has a caret: what is typed, pasted and deleted is where it stands")
  func caret() {
    var driver = Driver()
    driver.press(":")
    driver.type("view uses")
    driver.press("Left Left")
    #expect(Self.text(driver) == "view us|es")
    driver.type("e")
    driver.press("Right Del")
    #expect(Self.text(driver) == "view usee|")
    driver.press("Backspace")
    driver.type("rs")
    driver.press("Home")
    driver.send(.input(.paste("re\nsecond line")))
    #expect(Self.text(driver) == "re|view users")
    driver.press("Backspace Backspace Backspace Left Left End Right")
    #expect(Self.text(driver) == "view users|")
    driver.press("C-a")
    #expect(Self.text(driver) == "|view users")
    driver.press("C-e Left Left C-k")
    #expect(Self.text(driver) == "view use|")
    driver.press("Left C-w")
    #expect(Self.text(driver) == "view |e")
    driver.press("C-u")
    #expect(Self.text(driver) == "|e")
    driver.press("Del Del")
    #expect(Self.text(driver) == "|")
    driver.press("Backspace")
    #expect(Self.text(driver) == nil)
  }

  @Test("a filter that is deleted letter by letter is gone for good, as after Enter")
  func deletedFilter() {
    func narrowed() -> Driver {
      var driver = Driver()
      driver.press("/")
      driver.type("ex")
      driver.press("Enter")
      driver.press("/ Backspace Backspace")
      return driver
    }
    var (entered, deleted) = (narrowed(), narrowed())
    let before = entered.effects.count
    entered.press("Enter")
    deleted.press("Backspace")
    #expect(deleted.state.overlay == nil && entered.effects.count > before)
    #expect(deleted.effects == entered.effects)
  }

  @Test("is completed before the caret, and what stands behind it stays")
  func completed() {
    var driver = Driver()
    driver.press(":")
    driver.type("sta desc")
    for _ in 0..<5 { driver.press("Left") }
    driver.press("Home")
    driver.type("so")
    driver.press("Tab")
    #expect(Self.text(driver) == "sort |sta desc")
  }

  @Test("names of views are completed as well, and what opens the scheduler")
  func views() {
    var driver = Driver()
    driver.press(":")
    driver.type("us")
    driver.press("Tab")
    #expect(Self.text(driver) == "users|")
    driver.press("C-u")
    driver.type("stag")
    driver.press("Tab Enter")
    #expect(driver.screen.contains("Pause the schedule"))
  }

  @Test("shows the caret's surroundings, however long the text is, and the cursor stands there")
  func window() {
    var driver = Driver(options: ConsoleOptions(view: .metaverse), columns: 40)
    driver.press("x")
    driver.send(.input(.paste(String(repeating: "0123456789", count: 12) + "END")))
    #expect(driver.screen.contains("789END"))
    func cursor() -> Character? {
      let frame = Console.view(driver.state, size: driver.state.size)
      let row = Array(frame.buffer.text(row: frame.cursor.row))
      return row.indices.contains(frame.cursor.column) ? row[frame.cursor.column] : nil
    }
    driver.press("Left Left Left")
    #expect(cursor() == "E")
    for _ in 0..<60 { driver.press("Left") }
    #expect(cursor() == "0")
    driver.press("Home")
    #expect(driver.screen.contains("= 0123456789012345"))
    #expect(cursor() == "0")
  }

  @Test("of an expression is never cut, and one in several lines is taken whole")
  func expression() {
    var driver = Driver(options: ConsoleOptions(view: .metaverse), columns: 100)
    let long = "IIF(IsPresent([mail]), " + String(repeating: "Trim(", count: 80) + "[mail]"
    driver.press("x")
    driver.send(.input(.paste(long + ",\n  \"a  b\")")))
    driver.press("Home Right End Left Right Enter")
    guard case .tool(let tool) = driver.state.screen else {
      Issue.record("nothing is tried")
      return
    }
    #expect(tool.arguments[1] == long + ",   \"a  b\")")
  }

  @Test("takes no more than it can hold, says so, and cuts nothing of what is there")
  func limit() {
    var driver = Driver()
    driver.press("/")
    driver.type("tenant")
    driver.send(.input(.paste(String(repeating: "x", count: 300))))
    #expect(Self.text(driver) == "tenant|")
    guard case .prompt(let prompt)? = driver.state.overlay else { return }
    #expect(driver.state.toast?.text == "No more than 200 characters can be typed here")
    #expect(prompt.limit == 200)
  }

  @Test("of an expression after the colon keeps its blanks")
  func blanks() {
    var driver = Driver(columns: 100)
    driver.press(":")
    driver.type("expression  Left(\"a  b\", 2)")
    driver.press("Enter")
    guard case .tool(let tool) = driver.state.screen else {
      Issue.record("nothing is tried")
      return
    }
    #expect(tool.arguments[1] == "Left(\"a  b\", 2)")
  }

  @Test("that finds nothing to do says so: a filter without a table, a search that is not kept")
  func nothing() {
    var driver = Driver()
    driver.press("2 Enter Enter :")
    driver.type("filter ann")
    driver.press("Enter")
    #expect(driver.screen.contains("Filter: this is no table"))
    driver.press(":")
    driver.type("forget ann")
    driver.press("Enter")
    #expect(driver.screen.contains("Forget: no search is kept as ann"))
  }

  @Test(
    "A kept search is found from within an object too, and is kept no more when it is forgotten")
  func searches() {
    var driver = Driver(
      options: ConsoleOptions(view: .metaverse, searches: ["groups": "type:group"]))
    driver.press("Enter :")
    driver.type("search groups")
    driver.press("Enter")
    #expect(driver.screen.contains("type group  1 object"))
    driver.press(":")
    driver.type("fo")
    driver.press("Tab Tab Enter")
    #expect(driver.screen.contains("The search groups is kept no more"))
    guard case .save(let preferences)? = driver.effects.last else {
      Issue.record("nothing is kept")
      return
    }
    #expect(preferences.searches.isEmpty)
  }

  @Test("An expression is tried on the object of the row, not on one that is called the same")
  func object() {
    var driver = Driver(options: ConsoleOptions(view: .metaverse), columns: 100)
    driver.press("Down x")
    #expect(driver.screen.contains("for Bo Ek"))
    driver.type("[cn]")
    driver.press("Enter")
    guard case .tool(let tool) = driver.state.screen else {
      Issue.record("nothing is tried")
      return
    }
    #expect(tool.arguments == ["expression", "[cn]", "--object", "9"])
  }
}

@Suite("A question in little room")
struct DialogTests {
  private static func driver(_ columns: Int, _ rows: Int) -> Driver {
    var content = Fixture.content()
    content.connectors = [Fixture.connector(2, "tenant", isSource: false, held: 37)]
    content.status.heldDeletes = 37
    var driver = Driver(content, columns: columns, rows: rows)
    driver.press("2 R")
    return driver
  }

  @Test("shows what is typed, at 40 columns too", arguments: [(40, 10), (40, 24), (80, 24)])
  func typed(_ columns: Int, _ rows: Int) {
    var driver = Self.driver(columns, rows)
    driver.type("DELX")
    #expect(driver.cursorLine.contains("DELX"), "\(driver.screen)")
    driver.press("Backspace")
    driver.type("ETE")
    driver.press("Enter")
    #expect(
      driver.effects.last
        == .file(.releaseDeletes(connector: "tenant", atMost: 37, until: Fixture.now)))
  }

  @Test("says what of it is hidden, and shows it by the arrows; the answer is always there")
  func scrolled() {
    var driver = Driver(columns: 40, rows: 10)
    driver.state.overlay = .dialog(
      Dialog(
        title: "Sure?", text: (1...12).map { "Sentence \($0)." }, consent: .key("y"), verb: "Go",
        deed: .ask(.stop)))
    #expect(driver.screen.contains("Sentence 1.") && !driver.screen.contains("Sentence 12."))
    #expect(driver.screen.contains("More lines: 6 below; Up and Down"), "\(driver.screen)")
    #expect(driver.screen.contains("y Go"))
    driver.press("PgDn Down PgDn Down")
    #expect(driver.screen.contains("Sentence 12.") && !driver.screen.contains("Sentence 1."))
    #expect(driver.screen.contains("More lines: 6 above"))
    driver.press("Up")
    #expect(driver.screen.contains("More lines: 5 above, 1 below"))
    driver.press("y")
    #expect(driver.effects == [.file(.stop)])
  }

  @Test("that fits has no hint of hidden lines", arguments: [(80, 24), (200, 60)])
  func whole(_ columns: Int, _ rows: Int) {
    #expect(!Self.driver(columns, rows).screen.contains("More lines"))
  }
}

@Suite("One event")
struct EventTests {
  @Test("Enter shows the whole message, in little room too", arguments: [(40, 10), (80, 24)])
  func opened(_ columns: Int, _ rows: Int) {
    var content = Fixture.content()
    let long = (1...30).map { "Part \($0) of what happened." }.joined(separator: "\n")
    content.events = [Fixture.event(4, 6801, long, .error)]
    var driver = Driver(
      content, options: ConsoleOptions(view: .events), columns: columns, rows: rows)
    driver.press("Enter")
    #expect(driver.screen.contains("Event 6801"))
    #expect(driver.screen.contains("Part 1 of what happened."))
    driver.press("G")
    #expect(driver.cursorLine.contains("Part 30 of what happened."))
    #expect(driver.state.screen.model.copyText == long)
    driver.press("Esc")
    #expect(driver.state.screen.model.scope == .events)
  }

  @Test("a message that would steer the terminal is spelt out")
  func hostile() {
    var content = Fixture.content()
    content.events = [Fixture.event(4, 6801, "a\u{1B}[2Jb\u{202E}c", .warning)]
    var driver = Driver(content, options: ConsoleOptions(view: .events))
    driver.press("Enter")
    #expect(driver.screen.contains("a<U+001B>[2Jb<U+202E>c"))
  }
}

@Suite("What several consoles keep")
struct KeptTests {
  private static func kept(
    theme: String = "dark", _ searches: [String: String], _ tables: [String: TableSettings] = [:]
  ) -> ConsolePreferences {
    ConsolePreferences(theme: theme, view: .users, searches: searches, tables: tables)
  }

  @Test("is what each of them changed, and the rest as the others wrote it")
  func merged() {
    var arranged = TableSettings()
    arranged.sort = ListSort("name")
    let base = Self.kept(["a": "1", "b": "2", "c": "3"]).kept
    // The other changed a, dropped b and added d; this one changed c, added e and a table.
    let other = Self.kept(theme: "light", ["a": "9", "c": "3", "d": "4"]).kept
    let own = Self.kept(["a": "1", "b": "2", "c": "7", "e": "5"], ["users": arranged])
    let merged = own.merged(into: other, since: base)
    #expect(merged.searches == ["a": "9", "c": "7", "d": "4", "e": "5"])
    #expect(merged.tables == ["users": arranged])
    #expect(merged.theme == "light" && merged.view == .users)
  }

  @Test("what was dropped here is dropped in the file, whatever else stands there")
  func dropped() {
    let base = Self.kept(["a": "1"]).kept
    let merged = Self.kept([:]).merged(into: Self.kept(["a": "1", "b": "2"]).kept, since: base)
    #expect(merged.searches == ["b": "2"])
    #expect(ConsolePreferences.read(merged.text) == merged.kept)
  }
}
