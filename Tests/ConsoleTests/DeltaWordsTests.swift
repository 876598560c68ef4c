import Testing

@testable import Console
@testable import SyncStore

@Suite("What is said of the deletes of a Delta cycle")
struct DeltaWordsTests {
  @Test("the help says truly of which deletes D asks, and how many of others go out")
  func deltaHelp() {
    var content = Fixture.content()
    content.status.schedule.deletionThreshold = 120
    var driver = Driver(content, columns: 100, rows: 100)
    driver.press("?")
    let words = driver.screen.split(whereSeparator: { " \n│".contains($0) }).joined(separator: " ")
    #expect(
      words.contains(
        "asks first if deletes wait already, and sends those that it finds itself up to the limit "
          + "(120 or half of the target, or its own)"), "\(words)")
    // Where the store has not been read, there is no figure that could be wrong.
    driver = Driver(columns: 100, rows: 100, answers: false)
    driver.press("?")
    #expect(!driver.screen.contains("half of the target"))
  }

  @Test("the question before D says what becomes of deletes that the cycle itself finds")
  func deltaLimit() {
    var content = Fixture.content()
    content.status.passingDeletes = ["tenant": 3]
    // 37 of them are held.
    content.waiting = [WaitingExports(connector: "tenant", adds: 0, updates: 0, deletes: 40)]
    var driver = Driver(content, columns: 100, rows: 30)
    driver.press("D")
    #expect(driver.screen.contains("What it finds changed is sent as well, also deletes."))
    #expect(driver.screen.contains("More than 500 deletes on one target"))
  }
}
