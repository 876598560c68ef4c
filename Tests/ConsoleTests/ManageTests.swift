import Cells
import Directory
import Synchronization
import Testing

@testable import Console
@testable import SyncStore

@Suite("Running profiles, rehearsing, managing")
struct ManageTests {
  @Test("r runs one profile on the connector under the cursor")
  func run() {
    var driver = Driver()
    driver.press("2 r d")
    #expect(driver.effects.last == .file(.run(connector: "contoso.test", .deltaImport)))
    driver.press("Down r Down Down Enter")
    #expect(driver.effects.last == .file(.run(connector: "tenant", .fullSynchronization)))
  }

  @Test("an export asks first, and a source has none")
  func export() {
    var driver = Driver()
    driver.press("2 r e")
    #expect(driver.screen.contains("Export: nothing is ever written to a source"))
    driver.press("Esc Down r e")
    #expect(driver.screen.contains("Export to tenant?"))
    driver.press("Enter")
    #expect(!driver.effects.contains(.file(.run(connector: "tenant", .export))))
    driver.press("r e y")
    #expect(driver.effects.last == .file(.run(connector: "tenant", .export)))
  }

  @Test("A list that is being written is ended by the same key")
  func endExport() {
    var driver = Driver()
    driver.press("7 e")
    guard case .export? = driver.effects.last else {
      Issue.record("\(driver.effects)")
      return
    }
    driver.send(.exporting(rows: 20_000))
    #expect(driver.screen.contains("20,000 rows written so far; the same key again ends it"))
    driver.press("e")
    #expect(driver.effects.last == .endExport)
    driver.send(.exporting(rows: 40_000))
    driver.send(.notExported(Fault(message: "writing was stopped", hint: "It is gone.")))
    #expect(driver.screen.contains("Nothing written: writing was stopped. It is gone."))
    driver.press("e")
    guard case .export? = driver.effects.last else {
      Issue.record("\(driver.effects)")
      return
    }
  }

  @Test("The question before an export says how much is sent")
  func exportCount() {
    var content = Fixture.content()
    content.waiting = [WaitingExports(connector: "tenant", adds: 1, updates: 3, deletes: 0)]
    var driver = Driver(content)
    driver.press("2 Down r e")
    #expect(driver.screen.contains("What is pending is sent now, but for what is held:"))
    #expect(driver.screen.contains("tenant: 1 add, 3 updates, 0 deletes."))
    driver.press("y")
    #expect(driver.effects.last == .file(.run(connector: "tenant", .export)))
  }

  @Test("The question about held deletes counts them as they are by then")
  func heldByThen() {
    var driver = Driver()
    driver.press("2 Down s")
    driver.store.content.withLock { content in
      for index in content.connectors.indices where content.connectors[index].heldDeletes > 0 {
        content.connectors[index].heldDeletes = 52
      }
      content.counter += 1
    }
    driver.wait(3)
    driver.press("R")
    #expect(driver.screen.contains("will delete 52 objects from tenant"))
  }

  @Test("T rehearses a cycle")
  func rehearse() {
    var driver = Driver()
    driver.press("T i")
    #expect(driver.effects == [.file(.rehearse(.initial))])
  }

  @Test("the schedule is paused and resumed after a question")
  func pause() {
    var driver = Driver()
    driver.press("M p")
    #expect(driver.screen.contains("Pause the schedule?"))
    driver.press("y")
    #expect(driver.effects == [.schedule(ScheduleChange(isEnabled: false))])
    driver.send(.scheduled(.success(ScheduleSettings(isEnabled: false))))
    #expect(driver.screen.contains("The schedule is now: every 3h, paused"))
  }

  @Test("the interval is typed, and what is no span is refused with the form of one")
  func interval() {
    var driver = Driver()
    driver.press("M i")
    driver.type("soon")
    driver.press("Enter")
    #expect(driver.screen.contains("The interval is a span from 1m to 30d"))
    driver.press("M i")
    driver.type("30m")
    driver.press("Enter")
    #expect(driver.screen.contains("every 30m instead of every 3h"))
    driver.press("y")
    #expect(driver.effects == [.schedule(ScheduleChange(intervalSeconds: 1800))])
  }

  @Test("staging mode is entered and left after a question")
  func staging() {
    var driver = Driver()
    driver.press("M s y")
    #expect(driver.effects == [.file(.staging(true))])
    var content = Fixture.content()
    content.status.isStaging = true
    driver = Driver(content)
    driver.press("M s")
    #expect(driver.screen.contains("Nothing is pending now"))
    driver.press("y")
    #expect(driver.effects == [.file(.staging(false))])
  }

  @Test(
    "The question before staging mode is left counts what is sent, and grows grave with deletes")
  func leaveStaging() {
    var content = Fixture.content()
    content.status.isStaging = true
    content.waiting = [WaitingExports(connector: "tenant", adds: 1998, updates: 4, deletes: 0)]
    var driver = Driver(content)
    driver.press("M s")
    #expect(driver.screen.contains("tenant: 1,998 adds, 4 updates, 0 deletes."))
    driver.press("Esc")
    #expect(driver.effects.isEmpty)
    // As many as are held stay.
    driver.store.content.withLock { $0.waiting[0].deletes = 74 }
    driver.press("M s y Enter")
    #expect(driver.screen.contains("37 deletes. Not sent: 37"))
    #expect(driver.effects.isEmpty)
    driver.press("Backspace")
    driver.type("DELETE")
    driver.press("Enter")
    #expect(driver.effects == [.file(.staging(false))])
  }

  @Test("Deletes that stay held when staging mode is left are named apart, and need no word")
  func leaveStagingWithHeld() {
    var content = Fixture.content()
    content.status.isStaging = true
    content.connectors[1].heldDeletes = 198
    content.waiting = [WaitingExports(connector: "tenant", adds: 3, updates: 1, deletes: 198)]
    var driver = Driver(content)
    driver.press("M s")
    #expect(
      driver.screen.contains("tenant: 3 adds, 1 update, 0 deletes. Not sent: 198 held deletes."))
    #expect(!driver.screen.contains("DELETE"))
    driver.press("y")
    #expect(driver.effects == [.file(.staging(false))])
    content = Fixture.content()
    content.status.isStaging = true
    content.connectors[1].heldDeletes = 198
    content.waiting = [WaitingExports(connector: "tenant", adds: 3, updates: 1, deletes: 200)]
    driver = Driver(content)
    driver.press("M s y Enter")
    #expect(driver.screen.contains("2 deletes. Not sent: 198 held deletes."))
    #expect(driver.effects.isEmpty)
  }

  @Test("Who has pressed another key before the count came agrees to nothing")
  func leftStaging() {
    var content = Fixture.content()
    content.status.isStaging = true
    var driver = Driver(content)
    driver.answers = false
    driver.press("M s 4")
    driver.answerHeld()
    #expect(!driver.screen.contains("Leave staging mode?"))
  }

  @Test("a read-only console manages nothing, and says why", arguments: ["M i", "M u", "2 r"])
  func readOnly(_ keys: String) {
    var driver = Driver(options: ConsoleOptions(readOnly: true))
    driver.press(keys)
    #expect(driver.effects.allSatisfy { if case .save = $0 { true } else { false } })
    #expect(driver.screen.contains("started read-only"))
  }

  @Test("Esc leaves a menu, and changes nothing")
  func leave() {
    var driver = Driver()
    driver.press("M Esc")
    #expect(!driver.screen.contains("Manage ─"))
    #expect(driver.effects.isEmpty)
  }

  @Test("a schedule that could not be changed is told")
  func refused() {
    var driver = Driver()
    driver.send(
      .scheduled(.failure(StoreError(.busy, message: "The store is busy", hint: "Wait"))))
    #expect(driver.screen.contains("The schedule was not changed: The store is busy"))
  }

  @Test("c checks the connections in a pane, and r does it again")
  func check() {
    var driver = Driver(columns: 100)
    driver.toolOutput = ToolOutput(lines: ["good tenant", "error: LDAP: no route"], status: 1)
    driver.press("2 c")
    #expect(driver.screen.contains("ended with status 1"))
    #expect(driver.screen.contains("error: LDAP: no route"))
    driver.press("n")
    #expect(driver.cursorLine.contains("no route"))
    driver.toolOutput = ToolOutput(lines: ["good tenant"], status: 0)
    driver.press("r")
    #expect(driver.screen.contains("✓ well"))
  }

  @Test("what a command prints in columns stands in columns, and what is wrapped keeps its indent")
  func columns() {
    var driver = Driver(columns: 40)
    driver.toolOutput = ToolOutput(
      lines: [
        "   6  [displayName]    = \"Ann\"",
        "      " + (1...9).map { "word\($0)" }.joined(separator: " "),
      ], status: 0)
    driver.press("2 c")
    #expect(driver.screen.contains("   6  [displayName]    = \"Ann\""))
    #expect(driver.screen.contains("\n      word1 word2 word3 word4 word5\n      word6 word7"))
  }

  @Test("a schedule that no engine keeps is not said to run")
  func unkept() {
    var content = Fixture.content()
    content.status.keepsSchedule = false
    var driver = Driver(content, columns: 100)
    driver.press("M")
    #expect(driver.screen.contains("it is on, and no engine keeps it: k"))
    driver = Driver(columns: 100)
    driver.press("M")
    #expect(driver.screen.contains("Pause the schedule  it runs"))
    #expect(!driver.screen.contains("Keep an engine"))
  }

  @Test("k has an engine stay, after it was told what that begins")
  func keep() {
    var content = Fixture.passwordContent()
    content.status.keepsSchedule = false
    var driver = Driver(content, columns: 100)
    driver.press("M k")
    let words = driver.screen.split(separator: "\n").joined(separator: " ")
    #expect(words.contains("Have an engine stay?"))
    #expect(words.contains("The engine that works now stays"))
    #expect(words.contains("A Delta cycle begins every 3h"))
    #expect(words.contains("Changed passwords are looked for, and sent."))
    #expect(driver.effects.isEmpty)
    driver.press("y")
    #expect(driver.effects.last == .file(.becomeService))
  }

  @Test("k starts an engine where there is none")
  func keepNone() {
    var content = Fixture.content()
    content.status = Fixture.status(.absent)
    var driver = Driver(content, columns: 100)
    driver.press("M k y")
    #expect(driver.effects.last == .file(.becomeService))
    driver.send(.filed(.becomeService, 1))
    #expect(driver.effects.last == .startEngine)
  }

  @Test("a target is compared with what the rules want; a source has nothing to compare")
  func verify() {
    var driver = Driver(options: ConsoleOptions(view: .connectors))
    driver.press("r v")
    #expect(driver.effects.isEmpty)
    driver.press("Esc Down r v")
    #expect(driver.effects == [.file(.verify(connector: "tenant", .stored))])
    driver.press(":")
    driver.type("verify TENANT")
    driver.press("Enter :")
    driver.type("verify")
    driver.press("Enter")
    #expect(driver.effects.count == 3)
    #expect(driver.effects.allSatisfy { $0 == .file(.verify(connector: "tenant", .stored)) })
    driver.press(":")
    driver.type("verify contoso.test")
    driver.press("Enter")
    #expect(driver.effects.count == 3)
    #expect(driver.screen.contains("Verify: name a target: tenant"))
  }

  @Test("The question of staging mode says that passwords stop too, where there are any")
  func stagingPasswords() {
    var driver = Driver(Fixture.passwordContent(), columns: 100)
    driver.press("M s")
    #expect(driver.screen.contains("Passwords are not sent either."))
    driver = Driver(columns: 100)
    driver.press("M s")
    #expect(driver.screen.contains("Go into staging mode?"))
    #expect(!driver.screen.contains("Passwords are not sent either."))
  }

  @Test("another word than the one that is asked for is told, and does nothing")
  func wrongWord() {
    var driver = Driver(options: ConsoleOptions(view: .connectors))
    driver.press("Down R")
    driver.type("DELTE")
    driver.press("Enter")
    #expect(driver.screen.contains("That is not DELETE; nothing is done"))
    driver.press("Backspace")
    #expect(!driver.screen.contains("That is not DELETE"))
    for _ in 0..<4 { driver.press("Backspace") }
    driver.press("Enter")
    #expect(driver.screen.contains("Nothing was typed; nothing is done"))
    #expect(driver.effects.isEmpty)
  }

  @Test("Enter is no yes, and says so")
  func enterLeaves() {
    var driver = Driver()
    driver.press("F Enter")
    #expect(driver.effects.isEmpty)
    #expect(driver.screen.contains("Left as it is; only y does it"))
  }

  private static func selected(_ driver: Driver) -> Int? {
    guard case .operations(let screen) = driver.state.screen else { return nil }
    return screen.list.selected
  }

  @Test("Who asks for a run is shown the newest steps; who reads a step's errors stays there")
  func newest() {
    var content = Fixture.content()
    content.operations = Fixture.history(60)
    var driver = Driver(content)
    for _ in 0..<40 { driver.press("Down") }
    #expect(driver.screen.contains(" newer"))
    driver.press("D")
    driver.send(.filed(.cycle(.delta), 1))
    #expect(Self.selected(driver) == 0)
    #expect(!driver.screen.contains(" newer"))
    for _ in 0..<3 { driver.press("Down") }
    driver.press("Tab")
    driver.send(.filed(.cycle(.delta), 2))
    #expect(Self.selected(driver) == 3)
  }

  @Test("a line of a command is bad, doubtful or neither by how the command marks it")
  func roles() {
    let output = ToolOutput(lines: [], status: 0)
    for line in [
      "BAD   tenant: gave no answer. Look at the network", "lockstep: there is no workspace",
      "/w/rules/a.toml:3:1: error: In from x: no such attribute", "  ✗ out of scope [scope]",
      "   1  Left([mail], -1)  fails: a length is not negative", "error at column 3: no ]",
    ] {
      #expect(output.role(line) == .runError, "\(line)")
    }
    for line in [
      "/w/a.toml:3:1: warning: In from x: never used", "WARN  cloud: groups have no place",
    ] {
      #expect(output.role(line) == .runWarning, "\(line)")
    }
    for line in [
      "good  rules: 9 rules: 0 errors, 2 warnings", "9 rules: 0 errors, 2 warnings",
      "good  tenant: answers; the last request failed by design", "mail: error@contoso.test in c3",
    ] {
      #expect(output.role(line) == .text, "\(line)")
    }
    var driver = Driver(columns: 100)
    driver.toolOutput = ToolOutput(
      lines: [
        "good  contoso.test: 0 errors", "BAD   tenant: no route to host",
        "good  rules: 9 rules: 0 errors, 2 warnings",
      ], status: 3)
    driver.press("2 c n")
    #expect(driver.cursorLine.contains("no route"))
    driver.press("n")
    #expect(driver.screen.contains("No other error here"))
  }

  @Test("spans are read as they are written", arguments: [60, 1800, 10_800, 129_600, 604_800, 90])
  func spans(_ seconds: Int) {
    #expect(SpanText.seconds(Format.span(seconds)) == seconds)
  }

  @Test("what is no span is none", arguments: ["", "5", "h", "3x", "-3h", "3 hours", "9999999d"])
  func noSpans(_ text: String) { #expect(SpanText.seconds(text) == nil) }
}
