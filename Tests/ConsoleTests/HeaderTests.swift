import Cells
import Directory
import Testing

@testable import Console
@testable import SyncStore

@Suite("The first line")
struct HeaderTests {
  private func line(
    columns: Int, _ change: (inout EngineStatus) -> Void = { _ in }
  ) -> String {
    var content = Fixture.content()
    change(&content.status)
    let driver = Driver(content, columns: columns, rows: 24)
    return driver.screen.split(separator: "\n").first.map(String.init) ?? ""
  }

  private func ended(_ result: String) -> CycleSummary {
    CycleSummary(
      id: 1, policy: .delta, requestedBy: "schedule", reason: "", started: Fixture.now,
      ended: Fixture.now, steps: [Fixture.operation(1, result: result)])
  }

  @Test("tells of open errors in the smallest terminal too")
  func smallest() {
    #expect(line(columns: 40) == " Lockstep      ● engine idle   3 errors")
    #expect(line(columns: 40) { $0.openErrors = 1 }.hasSuffix("1 open error"))
    #expect(line(columns: 40) { $0.openErrors = 1_234_567 }.hasSuffix("1234k errors"))
  }

  @Test("What waits for a person's word is told before errors, in the smallest terminal too")
  func held() {
    func held(_ deletes: Int, _ changes: Int = 0, _ errors: Int = 5) -> String {
      line(columns: 40) {
        ($0.heldDeletes, $0.heldChanges, $0.openErrors) = (deletes, changes, errors)
      }
    }
    #expect(held(198).hasSuffix("● idle   198 held   5 errors"))
    #expect(held(198, 0, 0).hasSuffix("198 held deletes"))
    #expect(held(0, 12).contains("12 chg. held"))
    #expect(held(123_456, 7).contains("123k del. held"))
    #expect(
      line(columns: 140) { ($0.heldDeletes, $0.openErrors) = (198, 5) }
        .contains("198 held deletes   5 open errors"))
  }

  @Test("The list of connectors shows what is held in the smallest terminal too")
  func heldOfConnector() throws {
    var content = Fixture.content()
    content.connectors = [Fixture.connector(2, "tenant", isSource: false, held: 198)]
    var driver = Driver(content, columns: 40, rows: 10)
    driver.press("2")
    #expect(driver.screen.contains("Held"))
    #expect(driver.cursorLine.contains("198"))
  }

  @Test("shortens its words before it leaves out the next cycle and how the last one ended")
  func shortened() {
    let line = line(columns: 80) {
      $0.heldDeletes = 37
      $0.lastCycle = ended("no-start-connection")
    }
    #expect(line.contains("37 del. held"))
    #expect(line.contains("next 02:41") && line.contains("last ✗ "))
    let wide = self.line(columns: 140) {
      $0.heldDeletes = 37
      $0.lastCycle = ended("no-start-connection")
    }
    #expect(
      wide.contains("37 held deletes   3 open errors   next Delta in 02:41:10   last Delta ✗ "))
  }

  @Test("says that a schedule that is on is kept by no engine")
  func notKept() {
    let status: (inout EngineStatus) -> Void = { $0.nextCycle = nil }
    #expect(line(columns: 132, status).contains("no engine keeps the schedule"))
    #expect(line(columns: 60, status).contains("no service"))
    #expect(
      line(columns: 132) {
        $0.nextCycle = nil
        $0.schedule.isEnabled = false
      }.contains("schedule off"))
  }
}
