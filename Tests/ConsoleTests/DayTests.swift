import Directory
import Testing

@testable import Console

@Suite("Days by the person's clocks")
struct DayTests {
  /// Clocks that change in spring and autumn, by so many seconds.
  struct Zone: Sendable, CustomStringConvertible {
    var description: String
    var standard: Int
    var summer: Int
    var spring: String
    var autumn: String

    func clock() throws -> LocalTime {
      LocalTime(changes: [
        .init(from: Timestamp(milliseconds: 0), offset: standard),
        .init(from: try #require(Timestamp(spring)), offset: summer),
        .init(from: try #require(Timestamp(autumn)), offset: standard),
      ])
    }
  }

  static let zones = [
    Zone(
      description: "Berlin", standard: 3600, summer: 7200, spring: "2026-03-29T01:00:00Z",
      autumn: "2026-10-25T01:00:00Z"),
    Zone(
      description: "New York", standard: -18_000, summer: -14_400, spring: "2026-03-08T07:00:00Z",
      autumn: "2026-11-01T06:00:00Z"),
    Zone(
      description: "Los Angeles", standard: -28_800, summer: -25_200,
      spring: "2026-03-08T10:00:00Z", autumn: "2026-11-01T09:00:00Z"),
    Zone(
      description: "Kathmandu", standard: 20_700, summer: 20_700, spring: "2026-03-29T01:00:00Z",
      autumn: "2026-10-25T01:00:00Z"),
    // The south has its summer at the turn of the year, and Lord Howe's clocks move half an hour.
    Zone(
      description: "Lord Howe", standard: 39_600, summer: 37_800, spring: "2026-04-04T15:00:00Z",
      autumn: "2026-10-03T15:30:00Z"),
  ]

  private func days() -> [String] {
    let first = Timestamp("2026-01-01T00:00:00Z")?.milliseconds ?? 0
    return (0..<365).map {
      String(Timestamp(milliseconds: first + $0 * 86_400_000).description.prefix(10))
    }
  }

  private func moment(_ text: String, _ clock: LocalTime, isEnd: Bool = false) throws -> Timestamp {
    let now = try #require(Timestamp("2026-06-15T12:00:00Z"))
    return try #require(SearchText.moment(text, now: now, clock: clock, isEnd: isEnd), "\(text)")
  }

  @Test(
    "What is before the year 1 or after 9999 is no moment",
    arguments: ["999999w", "0000-01-01", "99999w ago", "730000d 1h"])
  func outside(text: String) throws {
    let now = try #require(Timestamp("2026-06-15T12:00:00Z"))
    let zone = try Self.zones[0].clock()
    let found = SearchText.moment(text, now: now, clock: zone)
    if let found {
      let hasYear = found.description.prefix(4).allSatisfy { $0.isNumber }
      #expect(hasYear, "\(found)")
    }
    if text == "999999w" { #expect(found == nil) }
    for (edge, isMoment) in [("0001-01-02", true), ("9999-12-30", true)] {
      #expect(
        (SearchText.moment(edge, now: now, clock: zone) != nil) == isMoment, "\(edge)")
    }
    // The last moment of the last year is in another one by clocks that are behind.
    let behind = LocalTime(changes: [.init(from: Timestamp(milliseconds: 0), offset: -3600)])
    #expect(SearchText.moment("9999-12-31", now: now, clock: behind, isEnd: true) == nil)
  }

  @Test("Each day ends where the next begins, also when clocks change in it", arguments: zones)
  func whole(zone: Zone) throws {
    let clock = try zone.clock()
    let days = days()
    for (day, next) in zip(days, days.dropFirst()) {
      let end = try moment(day, clock, isEnd: true)
      #expect(end.milliseconds + 1 == (try moment(next, clock)).milliseconds, "\(zone) \(day)")
      #expect(clock.dateAndTime(end) == day + " 23:59:59")
    }
  }

  @Test("A day and a time mean the moment at which the clocks show them", arguments: zones)
  func shown(zone: Zone) throws {
    let clock = try zone.clock()
    for day in days() {
      for time in ["00:00", "00:59", "04:00", "12:30", "23:59"] {
        let begin = try moment("\(day)T\(time)", clock)
        #expect(clock.dateAndTime(begin) == "\(day) \(time):00", "\(zone)")
        #expect(try moment("\(day) \(time)", clock) == begin)
        let end = try moment("\(day)T\(time)", clock, isEnd: true)
        #expect(end.milliseconds - begin.milliseconds == 59_999)
        let exact = try moment("\(day)T\(time):00", clock, isEnd: true)
        #expect(exact == begin)
      }
    }
  }

  @Test(
    "What names no moment is none",
    arguments: [
      "", " ", "T", "2026", "2026-11", "2026-13-01", "2026-02-30", "25:00", "14:60", "14:3",
      "1:2:3:4", ":30", "14:", "2026-11-22T14:30Z",
      "2026-11-22T14:30+01:00",
      "yesterday", "-2d", "2x", "ago", "2d ago ago", "2026-11-22 14:30 15:30", "１４:30",
    ])
  func none(text: String) throws {
    let now = try #require(Timestamp("2026-06-15T12:00:00Z"))
    for isEnd in [false, true] {
      #expect(SearchText.moment(text, now: now, clock: .utc, isEnd: isEnd) == nil)
    }
  }

  @Test(
    "A moment in few columns is at most as wide as they are, and tells as much as fits",
    arguments: 8...30)
  func fitting(width: Int) throws {
    let now = try #require(Timestamp("2026-06-15T12:00:00Z"))
    for seconds in stride(from: -400.0 * 86_400, through: 86_400, by: 40_000) {
      let moment = now.adding(seconds: seconds)
      let text = LocalTime.utc.fitting(moment, width: width, now: now)
      let full = LocalTime.utc.dateAndTime(moment)
      #expect(text.count <= width && full.contains(text))
      if width >= 19 { #expect(text == full) }
      // Of what is long past the year matters more than the time.
      guard seconds > -182 * 86_400 || full.hasPrefix("2026") else {
        #expect(text.hasPrefix(full.prefix(width >= 10 ? 10 : 7)))
        continue
      }
      if width >= 11 { #expect(text.contains(full.dropFirst(5).prefix(11))) }
      let isToday = full.hasPrefix("2026-06-15")
      if width < 11 { #expect(text == (isToday ? full.suffix(8) : full.dropFirst(5).prefix(5))) }
    }
  }

  @Test("The clocks of a moment are those of the last change before it")
  func offsets() throws {
    let moments = [0, 1000, 2000, 5000].map { Timestamp(milliseconds: $0) }
    let clock = LocalTime(
      changes: zip(moments, [10, 20, 30, 40]).map { .init(from: $0, offset: $1) })
    for (milliseconds, offset) in [
      (-1, 10), (0, 10), (999, 10), (1000, 20), (1999, 20), (2000, 30), (4999, 30), (5000, 40),
      (.max, 40), (.min, 10),
    ] as [(Int64, Int)] {
      #expect(clock.offset(at: Timestamp(milliseconds: milliseconds)) == offset)
    }
    #expect(LocalTime.utc.offset(at: moments[0]) == 0)
  }
}
