import Cells
import Synchronization
import Testing

@testable import Console
@testable import SyncStore

@Suite("The rules")
struct RulesTests {
  @Test("The rules at 80x24")
  func screen() {
    var driver = Driver(columns: 80, rows: 24)
    driver.press("6")
    let expected = #"""
       Lockstep                ● engine idle   3 open errors   next Delta in 02:41:10
       1 Operations 2 Connectors 3 Metaverse 4 Users 5 Passwords  6 Rules  7 Events
      ───────────────────────────────────────────────────────── lockstep rules list ──
      Synchronization rules  2 rules
      Prec. Way   Rule                                 Connector     Types
        100 in    In from contoso.test - User          contoso.test  user → person
        110 out   Out to tenant - Group                tenant        group → group
















       F Full  D Delta  S Stop  ⏎ Open  r Again  E Edit  / Filter  ? Help  q Quit
      """#
    #expect(driver.screen == expected)
  }

  @Test("A rule at 80x24")
  func rule() {
    var driver = Driver(columns: 80, rows: 24)
    driver.press("6 Enter")
    let expected = #"""
       Lockstep                ● engine idle   3 open errors   next Delta in 02:41:10
       1 Operations 2 Connectors 3 Metaverse 4 Users 5 Passwords  6 Rules  7 Events
      ── Rules ▸ In from contoso.test - User ─────────────────────────────────────────
      In from contoso.test - User
      Inbound from contoso.test  user → person  Provision  precedence 100
      Makes a person of every user.

      Scope
            sAMAccountName ISNOTNULL
        and hidden ISNULL
        or  mail ISNOTNULL

      Join
            objectGUID = sourceAnchor

      Flows
      displayName                displayName
      mail                       IIF(IsPresent([mail]),
                                 [mail], NULL)  (expression, once)
      domain                     contoso.test  (constant)

      /w/rules/standard.toml:12

       F Full  D Delta  S Stop  ⏎ Open  Esc Back  E Edit  x Try  ? Help  q Quit
      """#
    #expect(driver.screen == expected)
  }

  @Test("the list is narrowed by name, connector, file and the attributes that rules write")
  func filter() {
    var driver = Driver()
    driver.press("6 /")
    driver.type("out tenant")
    #expect(driver.row(of: "Out to tenant - Group") != nil)
    #expect(driver.row(of: "In from contoso.test - User") == nil)
    driver.press("C-u")
    driver.type("displayname")
    #expect(driver.row(of: "Out to tenant - Group") == nil)
    #expect(driver.row(of: "In from contoso.test - User") != nil)
  }

  @Test("v shows what each rule has brought about, and which nothing is known of")
  func coverage() {
    var content = Fixture.content()
    var driver = Driver(content, columns: 120)
    driver.press("6 v")
    #expect(driver.screen.contains("! none known"))
    #expect(driver.screen.contains(" lockstep rules coverage "))
    content.ruleUse.links = ["In from contoso.test - User": 1004]
    content.ruleUse.values = ["In from contoso.test - User": 1]
    driver = Driver(content, columns: 120)
    driver.press("6 v")
    #expect(driver.screen.contains("1,004 links, 1 value"))
    #expect(driver.row(of: "disabled") != nil)
  }

  @Test("a rule that decides who has passwords sent is not said to do nothing")
  func passwordRule() throws {
    let passwords = RuleItem(
      id: "3", name: "In from contoso.test - User Password", isInbound: true,
      connector: "contoso.test", source: "user", target: "person", link: "Join", precedence: 101)
    let column = try #require(RulesScreen.columns(RuleUse()).first { $0.field == "effect" })
    let scene = Scene(now: Fixture.now, clock: .utc, glyphs: .unicode)
    #expect(column.value(passwords, 40, scene).text == "! none known")
    let outbound = RuleItem(
      id: "4", name: "Out to tenant - User", isInbound: false, connector: "tenant",
      source: "person", target: "user", link: "Join", precedence: 102)
    #expect(column.value(outbound, 40, scene).text == "none in the history kept")
    #expect(column.value(outbound, 40, scene).role == .textDim)
    var deciding = passwords
    deciding.hasPasswordSync = true
    #expect(column.value(deciding, 40, scene).text == "decides whose passwords go")
    deciding.isDisabled = true
    #expect(column.value(deciding, 40, scene).text == "disabled")
  }

  @Test("what rules brought about can be sorted, narrowed and written to a file")
  func coverageArranged() throws {
    var content = Fixture.content()
    content.ruleUse.links = ["In from contoso.test - User": 9, "Out to tenant - Group": 1004]
    var driver = Driver(content, columns: 140)
    driver.press("6 v :")
    driver.type("sort links:desc")
    driver.press("Enter")
    #expect(driver.cursorLine.contains("Out to tenant - Group"))
    driver.press("r")
    #expect(driver.cursorLine.contains("Out to tenant - Group"))
    driver.press("/")
    driver.type("links<10")
    driver.press("Enter")
    #expect(driver.cursorLine.contains("In from contoso.test - User"))
    #expect(driver.row(of: "Out to tenant - Group") == nil)
    driver.press(":")
    driver.type("filter effect:link")
    driver.press("Enter")
    #expect(driver.cursorLine.contains("9 links"))
    let export = try #require(driver.state.screen.model.export(scene: driver.state.scene))
    let reader = ExportReader(
      store: driver.store, services: ConsoleServices(rules: { Fixture.rules }), clock: .utc,
      now: Fixture.now)
    #expect(reader.header(export).titles.contains("Effect"))
    var rows: [[String]] = []
    try reader.forEach(export) { rows.append($0) }
    #expect(rows.count == 1 && rows[0].contains("9 links"))
  }

  @Test("Enter on an expression tries it on the object that was looked at last")
  func tryOut() {
    var driver = Driver(columns: 100)
    driver.toolOutput = ToolOutput(lines: ["[mail] = null"], status: 0)
    driver.press("2 Enter Enter 6 Enter")
    while !driver.cursorLine.contains("IsPresent") { driver.press("Down") }
    driver.press("Enter")
    #expect(driver.screen.contains("for Ann Lee"))
    driver.press("C-u")
    driver.type("Trim([mail])")
    driver.press("Enter")
    #expect(driver.screen.contains("Expression Trim([mail])"))
    #expect(driver.screen.contains("[mail] = null"))
    guard case .tool(let tool) = driver.state.screen else { return }
    #expect(
      tool.arguments == ["expression", "Trim([mail])", "--object", "7"])
    #expect(
      tool.twin
        == "lockstep expression 'Trim([mail])' --object 7")
  }

  @Test("x tries an expression on the object under the cursor, from any list")
  func anywhere() {
    var driver = Driver(columns: 100)
    driver.press("2 Enter Down x")
    #expect(driver.screen.contains("for Bo Ek"))
  }

  @Test("E edits the rule's file at its line; what came back is told")
  func edit() {
    var driver = Driver()
    driver.press("6 E")
    #expect(driver.effects.last == .edit(file: "/w/rules/standard.toml", line: 12))
    driver.send(
      .edited(
        file: "/w/rules/standard.toml", false,
        Fault(message: "Not taken: standard.toml:12:3: no such operator", hint: "E goes on.")))
    #expect(driver.screen.contains("Not taken: standard.toml:12:3: no such operator"))
    driver.send(.edited(file: "/w/rules/standard.toml", true, nil))
    #expect(driver.screen.contains("is taken; the engine goes on by it, also one at work"))
    #expect(driver.screen.contains("shows what is due"))
    driver.send(.edited(file: "/w/rules/standard.toml", false, nil))
    #expect(driver.screen.contains("is as it was"))
    driver.press("/")
    driver.type("nobody")
    driver.press("Enter E")
    #expect(driver.screen.contains("No rule is selected"))
  }

  @Test("after an edit the list is sorted and the rule is open as before, and both are read again")
  func editStays() {
    var driver = Driver(columns: 120)
    driver.press("6 /")
    driver.type("flows>0")
    driver.press("Enter Enter")
    let reads = driver.reads
    driver.send(.edited(file: "/w/rules/standard.toml", true, nil))
    #expect(driver.screen.contains("Inbound from contoso.test"))
    #expect(driver.reads[.detail] == (reads[.detail] ?? 0) + 1)
    driver.press("Esc")
    #expect(driver.screen.contains("/flows>0"))
    #expect(driver.reads[.list] == (reads[.list] ?? 0) + 1)
  }

  @Test("a read-only console edits nothing")
  func readOnly() {
    var driver = Driver(options: ConsoleOptions(readOnly: true))
    driver.press("6 E")
    #expect(driver.screen.contains("Edit: This console was started read-only"))
  }

  @Test("rules that were changed elsewhere are read again once the engine has said something")
  func changedElsewhere() {
    var driver = Driver()
    driver.press("6")
    driver.wait(6)
    driver.answers = false
    func isAsked() -> Bool { driver.held.contains { $0.ticket.slot == .list } }
    driver.wait(6)
    #expect(!isAsked(), "nothing was committed")
    driver.send(.polled(99))
    #expect(isAsked())
    // Not with every commit: files are read each time.
    driver.answers = true
    driver.answerHeld()
    driver.answers = false
    driver.send(.polled(100))
    #expect(!isAsked())
    driver.wait(6)
    #expect(isAsked())
  }

  @Test("words for a shell are quoted where they must be")
  func quoting() {
    #expect(ToolScreen.quoted("a-b.c") == "a-b.c")
    #expect(ToolScreen.quoted("") == "''")
    #expect(ToolScreen.quoted("it's") == "'it'\\''s'")
  }

  @Test("Leaving what takes long ends it")
  func leaving() {
    var driver = Driver(answers: false)
    driver.press("6 v")
    let uses = driver.held.filter { $0.request == .ruleUse }.map(\.ticket)
    #expect(uses.count == 1)
    driver.press("1")
    #expect(driver.effects.contains(.forget(uses[0])))
    driver.press("2 c")
    let tools = driver.held.filter { $0.request == .tool(["check"]) }.map(\.ticket)
    #expect(tools.count == 1)
    driver.press("Esc")
    #expect(driver.effects.last == .forget(tools[0]))
  }

  @Test("A command that takes long is not told as a store that does")
  func slowCommand() {
    var driver = Driver()
    driver.press("2")
    driver.answers = false
    driver.press("c")
    driver.wait(3)
    let held = driver.held
    driver.held = []
    for load in held where load.request != .tool(["check"]) {
      driver.answer(load.ticket, load.request)
    }
    #expect(driver.screen.contains("at work"))
    #expect(!driver.screen.contains("Waiting for the store"))
  }
}
