import Cells
import Testing

@testable import Console
@testable import SyncStore

@Suite("Comparing two runs")
struct ComparingTests {
  private static func driver(_ operations: [OperationRow] = Fixture.history(20)) -> Driver {
    var content = Fixture.content()
    content.operations = operations
    return Driver(content, columns: 110, rows: 30)
  }

  @Test("a marked cycle is compared with the one under the cursor, however far away, earlier first")
  func marked() {
    var driver = Self.driver()
    // Cycles 4 to 1, five steps each: the cursor is at step 20, and 3 is of cycle 1.
    driver.press("G Up Up m g =")
    #expect(driver.screen.contains("Cycle 1 and cycle 4"))
    #expect(driver.screen.contains("lockstep compare c1 c4"))
    driver.press("Esc G Up Up m g")
    #expect(!driver.screen.contains("◆"))
    driver.press("=")
    #expect(driver.screen.contains("lockstep compare c3 c4"))
  }

  @Test("two marked ones are compared wherever the cursor is, in the order of time")
  func two() {
    var driver = Self.driver()
    driver.press("m")
    for _ in 0..<4 { driver.press("Down") }
    driver.press("m G =")
    #expect(driver.screen.contains("lockstep compare c3 c4"))
  }

  @Test("two steps of one cycle are compared as steps, and so are runs of single profiles")
  func steps() {
    var driver = Self.driver()
    driver.press("m Down =")
    #expect(driver.screen.contains("Step 18 and step 20"))
    #expect(driver.screen.contains("lockstep compare 18 20"))
    var alone = Self.driver([
      Fixture.operation(9, cycle: nil, .deltaImport), Fixture.operation(8, cycle: nil, .export),
      Fixture.operation(7, cycle: 1), Fixture.operation(4, cycle: nil, .deltaImport),
    ])
    alone.press("=")
    #expect(alone.screen.contains("lockstep compare 4 9"))
    alone.press("Esc Down Down m g =")
    #expect(alone.screen.contains("lockstep compare 7 9"))
  }

  @Test(
    "what was only rehearsed is no cycle before one that was meant, and is named where it is chosen"
  )
  func rehearsed() {
    var rows = Fixture.history(15)
    for index in rows.indices where rows[index].cycleID == 2 { rows[index].isRehearsal = true }
    var driver = Self.driver(rows)
    driver.press("=")
    #expect(driver.screen.contains("Cycle 1 and cycle 3"))
    #expect(driver.screen.contains("lockstep compare c1 c3"))
    driver.press("Esc")
    for _ in 0..<5 { driver.press("Down") }
    driver.press("m g =")
    #expect(driver.screen.contains("Cycle 2 (rehearsed) and cycle 3"))
    driver.press("Esc")
    for _ in 0..<5 { driver.press("Down") }
    driver.press("m =")
    #expect(driver.screen.contains("Cycle 1 and cycle 2 (rehearsed)"))
  }

  @Test("where nothing can be compared the reason is told, and the next key takes it away")
  func reasons() {
    var driver = Self.driver([Fixture.operation(1)])
    driver.press("=")
    #expect(driver.screen.contains("Compare: No run before it is at hand; m on another row marks"))
    driver.press("m")
    #expect(!driver.screen.contains("No run before"))
    driver.press("=")
    #expect(driver.screen.contains("The marked run is the one under the cursor"))
    var many = Self.driver()
    many.press("m m m =")
    #expect(many.screen.contains("3 rows are marked, and two can be compared"))
    var none = Self.driver([])
    none.press("=")
    #expect(none.screen.contains("There is no run here"))
  }

  @Test("help and hints say how the second one is chosen")
  func help() throws {
    let action = try #require(Action.all.first { $0.id == .compare })
    #expect(action.help.contains("marked by m") && action.help.contains("else with the one before"))
    #expect(RunReference("c12")?.text == "c12" && RunReference("R5")?.text == "r5")
    #expect(RunReference("7")?.words == "step 7" && RunReference("latest")?.text == "latest")
  }
}

@Suite("What a command says, in a pane")
struct ToolTests {
  private static func driver(_ output: ToolOutput) -> Driver {
    var content = Fixture.content()
    content.operations = Fixture.history(10)
    var driver = Driver(content, columns: 100, rows: 24)
    driver.toolOutput = output
    driver.press("=")
    return driver
  }

  @Test("a line of thousands of values is cut where nobody would read on, and copied whole")
  func longLine() {
    let line = "member: " + String(repeating: "CN=Ann 欧阳,DC=test; ", count: 1500) + "error"
    var driver = Self.driver(ToolOutput(lines: [line, "second"], status: 0))
    #expect(driver.screen.contains("member: CN=Ann 欧阳,DC=test; CN=Ann"))
    driver.press("G")
    #expect(driver.cursorLine.hasPrefix("second"))
    #expect(driver.screen.contains("more characters"))
    // What a value says is not what the command says of itself.
    driver.press("g n")
    #expect(driver.screen.contains("No other error here"))
    driver.press("y")
    #expect(driver.effects.last == .copy(line))
    #expect(
      driver.screen.contains("Copied: member: CN=Ann") && driver.screen.contains("…\n F Full"))
  }

  @Test("beyond some thousand lines the pane says what prints all of them")
  func manyLines() {
    let lines = (1...10_000).map { "line \($0)" }
    var driver = Self.driver(ToolOutput(lines: lines, status: 0))
    driver.press("G")
    #expect(driver.screen.contains("line 4000\n… 6,000 more lines: lockstep compare c1 c2 prints"))
  }

  @Test("lines are broken anew for another width, and after it was run again")
  func anew() {
    var driver = Self.driver(
      ToolOutput(lines: [String(repeating: "word ", count: 30) + "end"], status: 1))
    #expect(driver.screen.contains("ended with status 1"))
    #expect(driver.row(of: "end") != nil)
    let rows = driver.screen.split(separator: "\n").count { $0.contains("word") }
    driver.send(.input(.resize(Size(columns: 40, rows: 24))))
    #expect(driver.screen.split(separator: "\n").count { $0.contains("word") } > rows)
    driver.toolOutput = ToolOutput(lines: ["quite another"], status: 0)
    driver.press("r")
    #expect(driver.screen.contains("quite another") && !driver.screen.contains("word"))
  }
}
