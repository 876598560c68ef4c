import Cells
import Directory
import Synchronization
import Testing

@testable import Console
@testable import SyncStore

@Suite("What grows old while it is looked at")
struct AgeingTests {
  @Test("the figures of users are read anew each minute, the users only where stale ones are shown")
  func users() {
    var driver = Driver(options: ConsoleOptions(view: .users))
    driver.wait(2)
    let (figures, rows) = (driver.reads[.detail] ?? 0, driver.reads[.list] ?? 0)
    driver.wait(30)
    #expect(driver.reads[.detail] == figures)
    driver.wait(31)
    #expect(driver.reads[.detail] == figures + 1 && driver.reads[.list] == rows)
    driver.wait(60)
    #expect(driver.reads[.detail] == figures + 2)
  }

  @Test("a filter by a span says as of when it was read")
  func spans() {
    var driver = Driver(columns: 132)
    for text in ["started>2m", "since:2d", "!started<2h"] {
      driver.press("/")
      driver.type(text)
      driver.press("Enter")
      #expect(driver.screen.contains("/\(text) as of 2026-11-22 20:00"), "\(text)")
      driver.press("Esc")
    }
    for text in ["started>2026-11-20", "adds<2m", "tenant"] {
      driver.press("/")
      driver.type(text)
      driver.press("Enter")
      #expect(!driver.screen.contains("as of"), "\(text)")
      driver.press("Esc")
    }
    driver.press("7 /")
    driver.type("time>2d")
    driver.press("Enter")
    #expect(driver.screen.contains("/time>2d as of 2026-11-22 20:00"))
  }

  @Test("of an old time the year stays where there is room for it")
  func years() throws {
    let old = try #require(Timestamp("2019-03-14T20:01:02Z"))
    func text(_ moment: Timestamp, _ width: Int) -> String {
      LocalTime.utc.fitting(moment, width: width, now: Fixture.now)
    }
    #expect(text(old, 19) == "2019-03-14 20:01:02")
    #expect(text(old, 16) == "2019-03-14 20:01")
    for width in 10...15 { #expect(text(old, width) == "2019-03-14") }
    #expect(text(old, 8) == "2019-03")
    // Across the turn of a year nobody takes December for that of this year.
    let january = try #require(Timestamp("2026-01-02T08:00:00Z"))
    let december = try #require(Timestamp("2025-12-31T23:59:00Z"))
    #expect(LocalTime.utc.fitting(december, width: 12, now: january) == "12-31 23:59")
  }

  @Test("the title of what a running step counts follows the step")
  func changes() {
    var content = Fixture.content()
    content.operations[0] = Fixture.operation(
      5, connector: "tenant", .export, result: "in-progress")
    var driver = Driver(content)
    driver.press("Tab Up Enter")
    let before = driver.screen
    #expect(driver.state.screen.model.scope == .changes)
    driver.store.content.withLock { content in
      for index in content.counters[5, default: []].indices {
        content.counters[5]?[index].count += 500
      }
      content.counter += 1
    }
    driver.wait(2)
    #expect(before.contains("  998 objects") || before.contains("  2 objects"))
    #expect(driver.screen.contains("1,498 objects") || driver.screen.contains("502 objects"))
  }

  @Test("an error of an earlier step that is there still says when it was met last")
  func stillOpen() {
    var now = Fixture.error(9, step: 6)
    now.retries = 12
    var detail = Fixture.detail
    detail.errors = [now]
    var inspector = InspectorScreen(error: Fixture.error(1))
    inspector.receive(.object(detail), for: Want(slot: .detail, request: .object(7)))
    let scene = Scene(now: Fixture.now, clock: .utc, glyphs: .ascii)
    func text() -> String {
      inspector.lines(width: 100, scene: scene).flatMap(\.spans).map(\.text).joined()
    }
    #expect(text().contains("Still open: last seen 2026-11-22 20:00:00, retries 12"))
    detail.errors = [Fixture.error(1)]
    inspector.receive(.object(detail), for: Want(slot: .detail, request: .object(7)))
    #expect(!text().contains("Still open") && !text().contains("any more"))
    detail.errors = []
    inspector.receive(.object(detail), for: Want(slot: .detail, request: .object(7)))
    #expect(text().contains("does not have this error any more"))
  }

  @Test("a part of the history is counted every few seconds at most, all of it at each commit")
  func counting() {
    func commit(_ driver: inout Driver) {
      driver.store.content.withLock { $0.counter += 1 }
      driver.wait(1)
    }
    var driver = Driver()
    driver.wait(2)
    var count = driver.reads[.count] ?? 0
    for _ in 0..<3 { commit(&driver) }
    #expect(driver.reads[.count] == count + 3)
    driver.press("f")
    driver.wait(1)
    count = driver.reads[.count] ?? 0
    for _ in 0..<3 { commit(&driver) }
    #expect(driver.reads[.count] == count)
    driver.wait(5)
    #expect(driver.reads[.count] == count + 1)
  }
}
