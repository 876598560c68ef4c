import Cells
import Directory
import Synchronization
import Testing

@testable import Console
@testable import SyncStore

@Suite("From a failure to its cause")
struct WalkTests {
  @Test("Enter, Enter, Enter: the run, its error, the object; Esc walks back to the same row")
  func threeKeys() {
    var driver = Driver()
    driver.press("Enter")
    #expect(driver.cursorLine.contains("CN=Ann Lee"))
    driver.press("Down")
    let error = driver.cursorLine
    #expect(error.contains("CN=Bo Ek"))
    driver.press("Up Enter")
    #expect(driver.screen.contains("! AttributeValueMustBeUnique  at export on tenant"))
    #expect(driver.screen.contains("Change the address of one of the two."))
    driver.press("Enter")
    #expect(driver.screen.contains("pending import Ann Li → Ann Lee"))
    driver.press("Esc")
    #expect(driver.cursorLine.contains("CN=Ann Lee"))
    driver.press("Esc")
    #expect(driver.cursorLine.contains("tenant       Export"))
    driver.press("Esc")
    #expect(driver.screen.contains("This is the first screen"))
  }

  @Test("Enter on a counter lists the objects that it counted, and on one what changed")
  func counter() {
    var driver = Driver()
    driver.press("Tab")
    driver.press("Up Enter")
    #expect(driver.screen.contains("Adds of Export on tenant"))
    #expect(driver.screen.contains("CN=User 1,DC=test"))
    driver.press("Enter")
    #expect(driver.screen.contains("Ann Li → Ann Lee  In: user"))
    #expect(driver.screen.contains("2 values (1 added, 1 removed, 1 kept)"))
    #expect(driver.screen.contains("- a") && driver.screen.contains("+ c"))
    driver.press("Enter")
    #expect(driver.screen.contains("user in contoso.test, Joined"))
    driver.press("Esc Esc Esc")
    #expect(driver.cursorLine.contains("Adds"))
  }

  @Test("what a step made of a long value is shown whole, in as many lines as it takes")
  func longDelta() {
    var content = Fixture.content()
    let (old, new) = (
      (1...30).map { "old\($0)" }.joined(separator: " "),
      (1...30).map { "new\($0)" }.joined(separator: " ")
    )
    content.deltas = [
      1: [AttributeDelta(name: "description", before: [.string(old)], after: [.string(new)])]
    ]
    var driver = Driver(content)
    driver.press("Tab Up Enter Enter")
    #expect(driver.screen.contains("old30") && driver.screen.contains("new30"))
    driver.press("Down y")
    #expect(driver.effects.last == .copy(new))
    let huge = String(repeating: "x", count: 100_000)
    driver.store.content.withLock {
      $0.deltas = [1: [AttributeDelta(name: "description", before: [], after: [.string(huge)])]]
    }
    driver.press("Esc Enter G")
    // The words on what was copied are gone by then.
    driver.wait(6)
    #expect(driver.cursorLine.hasSuffix("…"))
  }

  @Test("the twin of what a step changed names the target that it counted towards")
  func twin() {
    let counter = Fixture.counter(.outbound("my tenant"), "provisioned-add-flow", "Adds", 1)
    let screen = DeltasScreen(
      step: Fixture.cycle[0], counter: counter, change: Fixture.content().changes[0])
    #expect(
      screen.twin
        == "lockstep show 5 --object --counter provisioned-add-flow --target 'my tenant'")
  }

  @Test("what narrows the errors of a step is shown beside them, and that none is left")
  func narrowedErrors() {
    var driver = Driver(columns: 100)
    driver.press("Enter /")
    driver.type("lee")
    driver.press("Enter")
    #expect(driver.screen.contains(" 2 errors /lee "))
    #expect(driver.row(of: "CN=Bo Ek") == nil)
    driver.press("/ C-u")
    driver.type("nobody")
    driver.press("Enter")
    #expect(driver.screen.contains("None of them passes the filter nobody"))
    #expect(!driver.screen.contains("No errors."))
  }

  @Test("Enter where there is nothing to open says so")
  func nothingToOpen() {
    var driver = Driver()
    driver.press("7 Enter Enter")
    #expect(driver.screen.contains("Open: There is nothing to open here"))
    driver.press("1 Enter Enter Enter Enter")
    #expect(driver.screen.contains("There is nothing to open on this line"))
    driver.press("H Enter")
    #expect(driver.screen.contains("There is nothing to open on this line"))
  }

  @Test("Three times Enter from the first row ends at a failed object, without errors at a list")
  func threeEnters() {
    var driver = Driver()
    driver.press("Enter Enter Enter")
    #expect(driver.screen.contains("pending import Ann Li → Ann Lee"))
    var content = Fixture.content()
    content.operations[0].errors = 0
    content.operations[0].result = "success"
    content.counters[5] = [Fixture.counter(.export, "export-add", "Adds", 998)]
    driver = Driver(content)
    driver.press("Enter")
    #expect(driver.cursorLine.contains("Adds"))
    driver.press("Enter Enter")
    #expect(driver.screen.contains("Ann Li → Ann Lee  In: user"))
  }

  @Test("The statistics begin at what failed; Enter goes on to the errors themselves")
  func failuresFirst() {
    var driver = Driver()
    driver.press("Tab")
    #expect(driver.cursorLine.contains("Failures"))
    driver.press("Enter")
    #expect(driver.cursorLine.contains("CN=Ann Lee"))
    driver.press("Left Up Tab Left")
    #expect(driver.cursorLine.contains("Adds"))
  }

  @Test("counters that are zero are hidden")
  func zero() {
    let driver = Driver()
    #expect(driver.screen.contains("Export Statistics"))
    #expect(!driver.screen.contains("  Updates   "))
  }

  @Test("counters that share a caption are told apart by their elements' names")
  func captions() {
    var content = Fixture.content()
    content.counters[5] = [
      Fixture.counter(.inbound, "disconnector-joined-no-flow", "Joins", 3),
      Fixture.counter(.inbound, "disconnector-joined-flow", "Joins", 4),
    ]
    let driver = Driver(content, columns: 140)
    #expect(driver.screen.contains("Joins (disconnector-joined-flow)"))
  }

  @Test("a counter without objects says so")
  func noDetail() {
    var content = Fixture.content()
    content.counters[5] = [
      Fixture.counter(.staging, "stage-no-change", "Unchanged", 9, detail: false)
    ]
    var driver = Driver(content)
    driver.press("Tab Down Enter")
    #expect(driver.screen.contains("Unchanged is counted only"))
  }

  @Test("a step that ended early shows why and what to do")
  func stopped() {
    var content = Fixture.content()
    content.operations[0].result = "stopped-connectivity"
    content.messages = [
      5: (message: "The tenant refused the token: 401", hint: "Set tenant.token anew.")
    ]
    let driver = Driver(content)
    #expect(driver.screen.contains("✗ stopped-conn"))
    #expect(driver.screen.contains("The tenant refused the token: 401"))
    #expect(driver.screen.contains("Set tenant.token anew."))
  }

  @Test("of a message that there is no room for, the end is told")
  func longMessage() {
    var content = Fixture.content()
    let words = (1...60).map { "word\($0)" }.joined(separator: " ")
    content.messages = [5: (message: words, hint: "Look.")]
    let driver = Driver(content)
    #expect(driver.screen.contains("word1 ") && !driver.screen.contains("word60"))
    #expect(driver.screen.split(separator: "\n").contains { $0.hasSuffix(" …") })
  }

  @Test("n and N go to the next and the previous step with errors")
  func problems() {
    var driver = Driver()
    driver.press("n")
    #expect(driver.cursorLine.contains("sync-errors"))
    driver.press("n")
    #expect(driver.screen.contains("No step with errors below"))
    driver.press("N")
    #expect(driver.cursorLine.contains("export-errors"))
  }

  /// A history of 3,000 steps, of which 2,500 and 700 ended with errors.
  private static func longHistory() -> FakeStore.Content {
    var content = Fixture.content()
    content.operations = Fixture.history(3000).map { step in
      guard [2500, 700].contains(step.id) else { return step }
      var step = step
      step.result = "completed-\(step.id)-errors"
      step.errors = 1
      return step
    }
    return content
  }

  @Test("n and N find every step with errors of a long history, wherever one comes from")
  func farProblems() {
    var driver = Driver(Self.longHistory(), columns: 120)
    driver.press("G N")
    #expect(driver.cursorLine.contains("700-errors"))
    driver.press("N")
    #expect(driver.cursorLine.contains("2500-errors"))
    driver.press("N")
    #expect(driver.screen.contains("No step with errors above"))
    driver.press("G g n")
    #expect(driver.cursorLine.contains("2500-errors"))
    driver.press("n")
    #expect(driver.cursorLine.contains("700-errors"))
    driver.press("n")
    #expect(driver.screen.contains("No step with errors below"))
    #expect(driver.cursorLine.contains("700-errors"))
  }

  @Test("' and \" find every marked row of a long history")
  func farMarks() {
    var driver = Driver(Self.longHistory(), columns: 120)
    driver.press("Down m")
    let first = driver.state.screen.model.copyText
    driver.press("n m G '")
    #expect(driver.screen.contains("No marked row below"))
    driver.press("\"")
    #expect(driver.cursorLine.contains("2500-errors"))
    driver.press("\"")
    #expect(driver.state.screen.model.copyText == first)
    guard case .operations(let operations) = driver.state.screen else { return }
    #expect(operations.step?.id == 2999)
    driver.press("\"")
    #expect(driver.screen.contains("No marked row above"))
  }

  @Test("how many rows stand above those that are shown is told")
  func above() {
    var driver = Driver(Self.longHistory(), columns: 120)
    #expect(!driver.screen.contains("↑"))
    driver.press("PgDn PgDn")
    #expect(driver.screen.contains(#/ ↑[0-9]+/#))
    driver.press("g")
    #expect(!driver.screen.contains("↑"))
  }

  @Test("a search that goes on reading says so, and a movement ends it")
  func lookingOn() {
    var driver = Driver(Self.longHistory(), columns: 120)
    driver.press("G")
    driver.answers = false
    driver.press("N")
    #expect(driver.screen.contains("looking on"))
    driver.press("Up")
    #expect(!driver.screen.contains("looking on"))
    driver.answers = true
    driver.answerHeld()
    #expect(!driver.cursorLine.contains("700-errors"))
  }

  @Test("an error of something that could not be staged has no object to show")
  func unstaged() {
    var content = Fixture.content()
    var error = Fixture.error(1, object: nil, dn: "")
    error.location = "people.ldif:120"
    content.errors = [error]
    var driver = Driver(content)
    driver.press("Enter Enter")
    #expect(driver.screen.contains("Read from       people.ldif:120"))
    driver.press("Right")
    #expect(driver.screen.contains("could not be staged"))
    #expect(driver.store.content.withLock { $0.calls["object"] } == nil)
  }
}
