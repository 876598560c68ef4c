import Cells
import Synchronization
import Testing

@testable import Console
@testable import SyncStore

@Suite("Going forward again")
struct ForwardTests {
  @Test("> opens what Esc left, as it was, as far as one went back")
  func forward() {
    var driver = Driver(columns: 140, rows: 30)
    driver.press("2 Enter Enter Right Down Down")
    let there = driver.screen
    driver.press("Esc Esc")
    #expect(!driver.screen.contains("Connector space of"))
    #expect(driver.screen.contains("> Forward"))
    driver.press(">")
    #expect(driver.screen.contains("Connector space of contoso.test"))
    driver.press(">")
    #expect(driver.screen == there)
    driver.press(">")
    #expect(driver.screen.contains("Forward: There is nothing that you came back from"))
  }

  @Test("> opens what a view's own key left, one after the other")
  func root() {
    var driver = Driver(columns: 100, rows: 30)
    driver.press("2 Enter Enter 2")
    #expect(!driver.screen.contains("Connector space of"))
    driver.press("> >")
    #expect(driver.state.stacks[.connectors]?.count == 3)
    #expect(driver.state.screen.model.scope == .inspector)
  }

  @Test("who goes another way leaves nothing to go forward to")
  func elsewhere() {
    var driver = Driver(columns: 100, rows: 30)
    driver.press("2 Enter Esc")
    #expect(driver.state.canGoForward)
    driver.press("H Esc >")
    #expect(driver.state.screen.model.scope == .held)
    #expect(!driver.screen.contains("> Forward"))
  }

  @Test("what was left hears of what is committed, and of what became of commands")
  func news() {
    var driver = Driver(columns: 100, rows: 30)
    driver.press("2 Enter Enter Esc")
    driver.store.content.withLock {
      $0.details[7]?.row.display = "Ann Other"
      $0.details[7]?.row.dn = "CN=Ann Other,DC=test"
      $0.counter += 1
    }
    driver.wait(3)
    driver.press(">")
    #expect(driver.screen.contains("CN=Ann Other,DC=test"))
  }
}
