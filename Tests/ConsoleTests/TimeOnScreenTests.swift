import Cells
import Directory
import Synchronization
import Testing

@testable import Console
@testable import SyncStore

@Suite("Times on the screen, by the person's clocks")
struct TimeOnScreenTests {
  /// A moment, the offset that the clocks of its zone have then, and those clocks.
  struct Case: Sendable, CustomStringConvertible {
    var description: String
    var clock: LocalTime
    var now: String
    var moment: String
    var offset: Int
  }

  private static func at(_ text: String) -> Timestamp { Timestamp(text) ?? Fixture.now }

  private static func clock(_ first: Int, _ changes: [(String, Int)]) -> LocalTime {
    LocalTime(
      changes: [.init(from: at("1970-01-01T00:00:00Z"), offset: first)]
        + changes.map { .init(from: at($0.0), offset: $0.1) })
  }

  private static let berlin = clock(
    3600, [("2026-03-29T01:00:00Z", 7200), ("2026-10-25T01:00:00Z", 3600)])
  private static let apia = clock(46_800, [])
  private static let honolulu = clock(-36_000, [])
  private static let chatham = clock(45_900, [("2026-04-04T14:00:00Z", 45_900)])

  private static let cases = [
    // The hour that is there twice, and the one that is not there.
    Case(
      description: "before autumn", clock: berlin, now: "2026-10-25T12:00:00Z",
      moment: "2026-10-25T00:30:00Z", offset: 7200),
    Case(
      description: "after autumn", clock: berlin, now: "2026-10-25T12:00:00Z",
      moment: "2026-10-25T01:30:00Z", offset: 3600),
    Case(
      description: "before spring", clock: berlin, now: "2026-03-29T12:00:00Z",
      moment: "2026-03-29T00:59:59Z", offset: 3600),
    Case(
      description: "after spring", clock: berlin, now: "2026-03-29T12:00:00Z",
      moment: "2026-03-29T01:00:00Z", offset: 7200),
    // Yesterday for UTC, today for the person; and the other way round.
    Case(
      description: "today in the east", clock: apia, now: "2026-06-15T12:00:00Z",
      moment: "2026-06-15T11:00:00Z", offset: 46_800),
    Case(
      description: "yesterday in the east", clock: apia, now: "2026-06-15T11:30:00Z",
      moment: "2026-06-15T10:30:00Z", offset: 46_800),
    Case(
      description: "today in the west", clock: honolulu, now: "2026-06-15T09:00:00Z",
      moment: "2026-06-14T10:00:01Z", offset: -36_000),
    Case(
      description: "a quarter of an hour", clock: chatham, now: "2026-06-15T09:00:00Z",
      moment: "2026-06-15T08:59:59Z", offset: 45_900),
    // Ends of months and years, and the day that is not there every year.
    Case(
      description: "new year", clock: berlin, now: "2026-12-31T23:30:00Z",
      moment: "2026-12-31T23:00:00Z", offset: 3600),
    Case(
      description: "leap day", clock: honolulu, now: "2028-03-01T09:00:00Z",
      moment: "2028-03-01T09:59:59Z", offset: -36_000),
    Case(
      description: "no leap day", clock: .utc, now: "2100-03-01T00:00:00Z",
      moment: "2100-02-28T23:59:59Z", offset: 0),
    Case(
      description: "a clock ahead", clock: berlin, now: "2026-06-15T09:00:00Z",
      moment: "2026-06-16T09:00:00Z", offset: 7200),
  ]

  private func driver(_ item: Case, _ columns: Int, _ keys: String) -> Driver {
    let moment = Self.at(item.moment)
    var content = Places.content()
    content.operations[0].started = moment
    content.operations[0].ended = moment.adding(seconds: 2)
    content.users[0].lastSync = moment
    content.users[0].lastPasswordSync = moment
    content.events[0].time = moment
    content.passwords[0].changed = moment
    content.batches[0].started = moment
    content.errors[0].firstOccurred = moment
    content.status.lastCycle = CycleSummary(
      id: 1, policy: .delta, requestedBy: "schedule", reason: "", started: moment, ended: moment,
      steps: [content.operations[0]])
    var driver = Driver(
      content, options: ConsoleOptions(clock: item.clock), columns: columns, rows: 30)
    driver.send(.tick(Self.at(item.now)))
    driver.press(keys)
    return driver
  }

  @Test("Each column of times shows the day and the time of its place", arguments: cases)
  func columns(item: Case) {
    let (moment, now) = (Self.at(item.moment), Self.at(item.now))
    for columns in [40, 80, 120, 300] {
      for (kind, field) in [
        (TableKind.operations, "started"), (.users, "synced"), (.users, "password"),
        (.events, "time"), (.passwords, "changed"), (.batches, "sent"), (.errors, "first"),
      ] {
        let sheet = kind.sheet(driver(item, columns, kind.keys))
        let width = sheet.width(field)
        guard width > 0 else { continue }
        #expect(
          Naive.shows(sheet.cell(field, 0), moment, width, now: now, offset: item.offset),
          "\(kind) \(field) in \(width): \(sheet.cell(field, 0))")
      }
    }
  }

  @Test(
    "The header, an event and an account tell the same moment by the same clocks", arguments: cases)
  func elsewhere(item: Case) {
    let (day, time) = Naive.civil(Self.at(item.moment), item.offset)
    #expect(driver(item, 120, "7 Enter").screen.contains("\(day) \(time)"))
    #expect(driver(item, 120, "5 Enter").screen.contains("Changed        \(day) \(time)"))
    let isToday = Naive.civil(Self.at(item.now), item.offset).day == day
    let header = driver(item, 200, "1").screen.prefix(200)
    #expect(header.contains(isToday ? time : String(day.dropFirst(5))), "\(header)")
  }

  @Test(
    "At midnight of the person's day the times of the day before become dates",
    arguments: [
      ("06-15", berlin, "2026-06-15T22:00:00Z"), ("06-15", apia, "2026-06-15T11:00:00Z"),
      ("06-14", honolulu, "2026-06-15T10:00:00Z"),
    ])
  func midnight(day: String, clock: LocalTime, midnight: String) {
    let end = Self.at(midnight)
    var content = Fixture.content()
    content.operations[0].started = end.adding(seconds: -10)
    content.operations[0].ended = end.adding(seconds: -9)
    var driver = Driver(content, options: ConsoleOptions(clock: clock))
    driver.send(.tick(end.adding(seconds: -1)))
    #expect(Sheet(driver).cell("started", 0) == "23:59:50")
    driver.send(.tick(end))
    #expect(Sheet(driver).cell("started", 0) == day)
  }

  @Test(
    "A moment to go to is meant by the clocks of its own day",
    arguments: [
      ("2026-10-25", "2026-10-25T22:59:59Z"), ("2026-10-24", "2026-10-24T21:59:59Z"),
      ("2026-03-28", "2026-03-28T22:59:59Z"), ("2026-03-29", "2026-03-29T21:59:59Z"),
      ("2026-07-01T12:00:00", "2026-07-01T10:00:00Z"), ("2026-01-01T12:00", "2026-01-01T11:00:59Z"),
    ])
  func goesTo(text: String, wanted: String) {
    var driver = Driver(options: ConsoleOptions(clock: Self.berlin))
    driver.press("@")
    driver.type(text)
    driver.press("Enter")
    guard case .operations(let screen) = driver.state.screen else { return }
    let until = screen.filter.until?.milliseconds ?? 0
    #expect(until / 1000 == Self.at(wanted).milliseconds / 1000, "\(text)")
    // It is shown as the clocks have it.
    let (day, time) = Naive.civil(
      Timestamp(milliseconds: until), Self.berlin.offset(at: Timestamp(milliseconds: until)))
    #expect(driver.screen.contains("until \(day) \(time)"))
  }

  @Test(
    "Moments beyond all calendars are drawn, and stop nothing",
    arguments: [
      Int64.min, Int64.min + 1, -62_135_596_800_001, -1, 0, 253_402_300_800_000, .max - 1, .max,
    ])
  func extremes(milliseconds: Int64) {
    let moment = Timestamp(milliseconds: milliseconds)
    let item = Case(
      description: "", clock: Self.berlin, now: "2026-06-15T09:00:00Z", moment: "", offset: 0)
    for keys in Places.ways.values {
      var content = Places.content()
      for index in content.operations.indices { content.operations[index].started = moment }
      for index in content.users.indices { content.users[index].lastSync = moment }
      for index in content.events.indices { content.events[index].time = moment }
      for index in content.passwords.indices { content.passwords[index].changed = moment }
      for index in content.batches.indices { content.batches[index].started = moment }
      for index in content.errors.indices { content.errors[index].firstOccurred = moment }
      content.status.nextCycle = moment
      content.details[7]?.history[0].time = moment
      content.groups[0].since = moment
      content.channels[0].turnEnded = moment
      var driver = Driver(content, options: ConsoleOptions(clock: item.clock), columns: 132)
      driver.press(keys)
      #expect(Console.view(driver.state, size: driver.state.size).buffer.offence == nil)
      #expect(driver.state.checkInvariants() == nil)
    }
  }

  @Test("The countdown of the header counts down to nothing, and says then that it is due")
  func countdown() {
    var content = Fixture.content()
    content.status.nextCycle = Fixture.now.adding(seconds: 3723)
    var driver = Driver(content, columns: 120)
    for (passed, text) in [
      (0.0, "next Delta in 01:02:03"), (3, "next Delta in 01:02:00"),
      (3663, "next Delta in 00:01:00"), (3722, "next Delta in 00:00:01"), (3723, "next Delta due"),
      (9000, "next Delta due"),
    ] {
      driver.send(.tick(Fixture.now.adding(seconds: passed)))
      #expect(driver.screen.contains(text), "\(passed)")
    }
    driver.store.content.withLock {
      $0.status.state = .running
      $0.counter += 1
    }
    driver.wait(3)
    #expect(driver.screen.contains("next Delta after this"))
  }
}
