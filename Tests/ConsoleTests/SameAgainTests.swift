import Directory
import Synchronization
import Testing

@testable import Console
@testable import SyncStore

@Suite("What is asked for again, or kept from before")
struct SameAgainTests {
  private func command(_ text: String, _ driver: inout Driver) {
    driver.press(":")
    driver.type(text)
    driver.press("Enter")
  }

  @Test("expressions that begin alike are two")
  func expressions() {
    let beginning = "IIF(IsPresent([displayName]),[displayName],"
    var driver = Driver()
    driver.toolOutput = ToolOutput(lines: ["first"], status: 0)
    command("expression " + beginning + "\"a\")", &driver)
    driver.toolOutput = ToolOutput(lines: ["second"], status: 0)
    command("expression " + beginning + "\"b\")", &driver)
    #expect(driver.screen.contains("second"))
    #expect(driver.state.stacks[.operations]?.count == 3)
  }

  @Test("the same command runs again in its place")
  func again() {
    var driver = Driver()
    driver.toolOutput = ToolOutput(lines: ["first"], status: 0)
    command("why ann", &driver)
    driver.toolOutput = ToolOutput(lines: ["second"], status: 0)
    command("why ann", &driver)
    #expect(driver.screen.contains("second") && !driver.screen.contains("first"))
    #expect(driver.state.stacks[.operations]?.count == 2)
  }

  @Test("the digit of the operations leads back to the history, from its panes as well")
  func history() {
    var driver = Driver()
    driver.press("Tab Tab")
    driver.press("1")
    guard case .operations(let operations) = driver.state.screen else {
      Issue.record("another screen")
      return
    }
    #expect(operations.pane == .history)
  }

  @Test(
    "the beginning of several profiles is none of them, and is left to the table",
    arguments: [
      ("delta", nil), ("full", nil), ("d", nil), ("export", StepType.export), ("exp", .export),
      ("fi", .fullImport), ("delta-i", .deltaImport), ("", nil),
      ("full-synchronization", .fullSynchronization),
    ] as [(String, StepType?)])
  func profiles(_ word: String, _ type: StepType?) {
    #expect(StepType.named(word) == type)
    var filter = OperationFilter()
    let rest = filter.take(["profile:" + word], now: Fixture.now, clock: .utc)
    #expect(rest == (type == nil ? ["profile:" + word] : []))
  }

  @Test("columns and an order that there are not show the table as it usually is")
  func settings() {
    var settings = TableSettings()
    settings.columns = ["colour", "shape"]
    settings.sort = ListSort("colour")
    let tables = ["operations": settings, "errors": settings, "objects": settings]
    var driver = Driver(options: ConsoleOptions(tables: tables), columns: 132)
    #expect(driver.screen.contains("Connector") && driver.screen.contains("Status"))
    #expect(driver.cursorLine.contains("tenant"))
    #expect(driver.state.screen.model.tableInfo?.settings.sort == nil)
    #expect(driver.state.screen.model.tableInfo?.shown.isEmpty == false)
    driver.press("2 Enter")
    #expect(driver.screen.contains("Distinguished name") && driver.screen.contains("Ann Lee"))
  }

  @Test("f goes on from the level that was typed, and takes it out")
  func level() {
    var driver = Driver()
    driver.press("7 /")
    driver.type("level:error request")
    driver.press("Enter f")
    guard case .events(let events) = driver.state.screen else {
      Issue.record("another screen")
      return
    }
    #expect(events.query.atLeast == .information && events.filterText == "request")
    driver.press("/")
    for _ in 0..<7 { driver.press("Backspace") }
    driver.type("level:warning")
    driver.press("Enter f")
    guard case .events(let events) = driver.state.screen else { return }
    #expect(events.query.atLeast == .error && events.filterText.isEmpty)
  }

  @Test("the key that the terminal takes itself can be given to no other action")
  func suspend() {
    var keys = KeyBindings()
    #expect(keys.bind("suspend", to: ["C-z", "F9"]) == nil && keys.conflict == nil)
    #expect(keys.bind("suspend", to: ["F9"]) == nil && keys.conflict == nil)
    #expect(keys.bind("redraw", to: ["C-z"]) == nil)
    #expect(keys.conflict?.action == "redraw")
    #expect(keys.conflict?.reason.contains("goes back to the shell") == true)
  }
}
