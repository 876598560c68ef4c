import Directory
import Synchronization
import Testing

@testable import Console
@testable import SyncStore

@Suite("Who else is here, and what they do")
struct ActivityTests {
  private static func command(
    _ id: Int64, _ command: EngineCommand?, by person: String = "console bob",
    _ state: CommandStatus.State = .finished, outcome: String = ""
  ) -> FiledCommand {
    FiledCommand(
      id: id, command: command, requestedBy: person,
      filed: Fixture.now.adding(seconds: Double(id) - 100), state: state, outcome: outcome)
  }

  private static let other = OtherConsole(
    person: "bob", terminal: "pts/3", since: Fixture.now.adding(seconds: -600), isReadOnly: true)

  @Test("The header counts the other consoles, A names them with place and time")
  func presence() {
    var driver = Driver(columns: 160)
    driver.others = [Self.other]
    driver.wait(3)
    #expect(driver.screen.contains("1 other console"))
    driver.press("A")
    #expect(driver.screen.contains("● bob on pts/3  since 2026-11-22 19:50:00  read-only"))
    driver.press("A")
    #expect(driver.state.stacks[.operations]?.count == 2)
    driver.press("Esc")
    driver.others = []
    driver.wait(3)
    #expect(!driver.screen.contains("other console"))
    driver.press(":")
    driver.type("activity")
    driver.press("Enter")
    #expect(driver.screen.contains("No other console is open"))
    #expect(driver.screen.contains("Nothing was asked of it yet."))
  }

  @Test("What another asks of the engine is told with name and time; what was before is not")
  func news() {
    var content = Fixture.content()
    content.asked = [Self.command(4, .cycle(.initial))]
    var driver = Driver(content)
    driver.wait(1)
    #expect(!driver.screen.contains("cycle asked for by"))
    driver.store.content.withLock {
      $0.asked.insert(Self.command(5, .cycle(.delta), .filed), at: 0)
      $0.counter += 1
    }
    driver.wait(1)
    #expect(driver.screen.contains("Delta cycle asked for by console bob, 19:58"))
    driver.store.content.withLock {
      $0.asked.insert(Self.command(6, .stop), at: 0)
      $0.asked.insert(Self.command(7, nil), at: 0)
      $0.counter += 1
    }
    driver.wait(1)
    #expect(driver.screen.contains("Something asked for by console bob and 1 more, 19:58"))
  }

  @Test("What this console asked for itself is no news, also under the same name")
  func own() {
    var driver = Driver(Fixture.content())
    driver.wait(1)
    driver.send(.filed(.cycle(.delta), 9))
    driver.store.content.withLock {
      $0.asked = [Self.command(9, .cycle(.delta), by: "console", .filed)]
      $0.counter += 1
    }
    driver.wait(1)
    #expect(!driver.screen.contains("cycle asked for by"))
  }

  @Test("The list says who asked for what and what came of it; what was refused is a problem")
  func list() {
    var content = Fixture.content()
    content.asked = [
      Self.command(3, .cycle(.delta), .taken),
      Self.command(
        2, .run(connector: "tenant", .export), by: "command line root", .refused,
        outcome: "Staging mode is on"),
      Self.command(1, .passwords(.full)),
    ]
    var driver = Driver(content, columns: 100)
    driver.press("A")
    #expect(driver.screen.contains("▶ taken  Delta cycle  console bob"))
    #expect(driver.screen.contains("✗ refused  Export on tenant  command line root"))
    #expect(driver.screen.contains("    Staging mode is on"))
    driver.press("n y")
    #expect(driver.effects.last == .copy("Staging mode is on"))
  }

  @Test("What an engine had taken that is gone is not said to be done")
  func brokenOff() {
    var content = Fixture.content()
    content.asked = [Self.command(3, .cycle(.delta), .taken)]
    content.asked[0].isBrokenOff = true
    var driver = Driver(content, columns: 100)
    driver.press("A")
    #expect(driver.screen.contains("■ broken off  Delta cycle  console bob"))
  }
}

@Suite("Taking back what was changed here")
struct ReversalTests {
  private func scheduled(_ driver: Driver) -> ScheduleChange? {
    if case .schedule(let change)? = driver.effects.last { change } else { nil }
  }

  @Test("A change of the interval is taken back after a question, and only once")
  func interval() throws {
    var driver = Driver()
    driver.press("M i")
    driver.type("30m")
    driver.press("Enter y")
    #expect(scheduled(driver)?.intervalSeconds == 1800)
    driver.store.content.withLock { $0.status.schedule.intervalSeconds = 1800 }
    driver.wait(3)
    driver.press("B")
    #expect(driver.screen.contains("A cycle begins every 3h again."))
    driver.press("y")
    #expect(scheduled(driver)?.intervalSeconds == 10_800)
    driver.wait(6)
    driver.press("B")
    #expect(driver.screen.contains("Take back: No schedule or staging mode was changed here"))
  }

  @Test("Pause, next policy and staging mode are taken back one after the other, the last first")
  func several() {
    var driver = Driver()
    driver.press("M p y")
    driver.store.content.withLock { $0.status.schedule.isEnabled = false }
    driver.wait(3)
    driver.press("M s y")
    driver.store.content.withLock { $0.status.isStaging = true }
    driver.wait(3)
    driver.press("B")
    #expect(driver.screen.contains("Staging mode is turned off again: the next cycle exports."))
    #expect(driver.screen.contains("Nothing is pending now"))
    driver.press("y")
    #expect(driver.effects.last == .file(.staging(false)))
    driver.press("B")
    #expect(driver.screen.contains("The schedule is resumed again."))
    driver.press("y")
    #expect(scheduled(driver)?.isEnabled == true)
  }

  @Test("What can't be taken back is not remembered, and a read-only console takes nothing back")
  func cycles() {
    var driver = Driver()
    driver.press("F y")
    driver.press("B")
    #expect(driver.screen.contains("No schedule or staging mode was changed here"))
    var reader = Driver(options: ConsoleOptions(readOnly: true))
    reader.press("B")
    #expect(reader.screen.contains("read-only"))
  }
}

@Suite("Marked rows")
struct MarkTests {
  @Test("m marks and goes on, ' and \" go from mark to mark, m again takes the mark away")
  func marks() {
    var driver = Driver(columns: 110)
    driver.press("4 m Down m")
    #expect(driver.screen.contains("2 marked"))
    driver.press("\"")
    #expect(driver.cursorLine.contains("◆ Cy Oz"))
    driver.press("\"")
    #expect(driver.cursorLine.contains("◆ Ann Lee"))
    driver.press("\"")
    #expect(driver.screen.contains("No marked row above"))
    driver.press("'")
    #expect(driver.cursorLine.contains("Cy Oz"))
    driver.press("m")
    #expect(driver.screen.contains("1 marked"))
    driver.press("g m")
    #expect(!driver.screen.contains("1 marked") && !driver.screen.contains("◆"))
    driver.press("'")
    #expect(driver.screen.contains("No row is marked; m marks one"))
  }

  @Test(
    "e writes only the marked rows, in the order of the screen",
    arguments: ["1", "2", "4", "6", "7"])
  func export(_ view: String) throws {
    var driver = Driver(columns: 110)
    driver.press("\(view) m e")
    guard case .export(let export, _)? = driver.effects.last else {
      Issue.record("nothing was exported")
      return
    }
    let reader = ExportReader(
      store: driver.store, services: ConsoleServices(rules: { Fixture.rules }), clock: .utc,
      now: Fixture.now)
    var rows = 0
    try reader.forEach(export) { _ in rows += 1 }
    #expect(rows == 1)
    driver.press("g m e")
    guard case .export(let all, _)? = driver.effects.last else { return }
    rows = 0
    try reader.forEach(all) { _ in rows += 1 }
    #expect(rows > 1)
  }

  @Test("Marks stay with their rows when the list is sorted, and errors have marks of their own")
  func stay() {
    var driver = Driver(columns: 110)
    driver.press("4 Down m :")
    driver.type("sort name:desc")
    driver.press("Enter g")
    #expect(driver.screen.contains("1 marked"))
    driver.press("'")
    let marked = driver.screen.split(separator: "\n").filter { $0.contains("◆") }
    #expect(marked.count == 1 && marked.first?.contains("Bo Ek") == true)
    driver.press("1 Enter m")
    #expect(driver.screen.split(separator: "\n").filter { $0.contains("◆ CN=Ann") }.count == 1)
    driver.press("Tab m")
    #expect(driver.state.view == .operations)
  }
}
