import Cells
import Console
import Directory
import Foundation
import TestSupport
import Testing

@testable import SyncStore
@testable import lockstep

/// The reports that are tables.
enum TableReport: String, CaseIterable, CustomTestStringConvertible {
  case history, events, families, errors, held, objects, metaverse, connectors, users, passwords
  case batches, batch, coverage, objectHistory

  var testDescription: String { rawValue }

  /// A report of random rows, and how many.
  func make(_ rows: inout RandomRows, _ count: ClosedRange<Int>) throws -> (Report, Int) {
    func both<Row>(_ list: [Row], _ make: ([Row]) throws -> Report) rethrows -> (Report, Int) {
      (try make(list), list.count)
    }
    switch self {
    case .history:
      return both(rows.list(count) { $0.operation() }) {
        HistoryReport.make($0, total: nil, hasMore: false)
      }
    case .events:
      return both(rows.list(count) { $0.event() }) { EventsReport.make($0, hasMore: false) }
    case .families: return both(rows.list(count) { $0.family() }) { FamiliesReport.make($0) }
    case .errors:
      return try both(rows.list(count) { $0.error() }) {
        try ErrorsReport.make(FakeStore(), $0, hasMore: false)
      }
    case .held: return both(rows.list(count) { $0.object() }) { HeldReport.objects($0, "g1") }
    case .objects:
      return both(rows.list(count) { $0.object() }) { ObjectsReport.make($0, hasMore: false) }
    case .metaverse:
      return both(rows.list(count) { $0.metaverse() }) {
        ObjectsReport.metaverse($0, hasMore: false)
      }
    case .connectors: return both(rows.list(count) { $0.connector() }) { ConnectorsReport.make($0) }
    case .users:
      let header = UsersHeader(
        total: 0, byState: [:], lastDirectorySync: nil, lastPasswordSync: nil, olderThanInterval: 0)
      return both(rows.list(count) { $0.user() }) { UsersReport.make(header, $0, hasMore: false) }
    case .passwords:
      return both(rows.list(count) { $0.password() }) {
        PasswordReport.list($0, hasMore: false, now: .sample)
      }
    case .batches:
      return both(rows.list(count) { $0.batch() }) { PasswordBatchReport.list($0, hasMore: false) }
    case .batch:
      let batch = rows.batch()
      return (PasswordBatchReport.batch(batch), batch.lines.count)
    case .coverage:
      return both(rows.list(count) { $0.rule() }) { CoverageReport.make($0, RuleUse()) }
    case .objectHistory:
      let history = rows.list(count) { $0.history() }
      let store = FakeStore { content in
        var detail = ObjectDetail.sample(1, dn: "CN=Ann")
        detail.history = history
        content.objects = [detail]
      }
      return (
        try ObjectHistoryReport.make(store, text: "CN=Ann", filter: .init(), limit: 100),
        history.count
      )
    }
  }

  /// The lines that people see above and below the rows; nil where a row has several lines.
  var otherLines: Int? {
    switch self {
    case .errors, .objectHistory, .batch: nil
    case .users: 4
    default: 1
    }
  }

  /// The rows as `--json` has them.
  func rows(_ value: PrintedValue) -> [PrintedValue] {
    self == .users ? value["users"].items : value.items
  }
}

@Suite("Tables of any rows, as text, as JSON and as CSV")
struct AnyRowReportTests {
  @Test(
    "Each row is one record to programs, under one heading for each value, whatever it holds",
    arguments: TableReport.allCases, 1...12)
  func records(kind: TableReport, seed: Int) throws {
    var rows = RandomRows(seed: seed)
    let (report, count) = try kind.make(&rows, 0...6)
    let json = kind.rows(try PrintedValue(report))
    let csv = try #require(CommaText.records(try report.text(as: .csv, width: nil)))
    #expect(json.count == count && csv.count == count + 1)
    let heading = try #require(csv.first).map { String(decoding: $0, as: UTF8.self) }
    #expect(Set(heading).count == heading.count)
    for (record, row) in zip(csv.dropFirst(), json) {
      #expect(record.count == heading.count)
      for (name, field) in zip(heading, record) {
        guard name != "error" || kind != .objectHistory else { continue }
        guard name != "lastResult", let expected = row[name].field else { continue }
        // A number is the same one, with or without a point.
        if let one = Double(expected), one == Double(String(decoding: field, as: UTF8.self)) {
          continue
        }
        let marked = "'" + expected
        #expect(
          field == Array(expected.utf8) || field == Array(marked.utf8), "\(name) of \(row)")
      }
    }
  }

  @Test(
    "A heading of CSV is a key of JSON, and no key is left out that has one value",
    arguments: TableReport.allCases)
  func headings(kind: TableReport) throws {
    var rows = RandomRows(seed: 1)
    rows.isWhole = true
    let (report, _) = try kind.make(&rows, 3...3)
    let heading = try #require(report.csv?.first)
    let row = try #require(kind.rows(try PrintedValue(report)).first)
    let derived: Set<String> = kind == .connectors ? ["lastResult"] : []
    #expect(Set(heading).subtracting(derived).subtracting(row.keys) == [])
    for key in row.keys where row[key].field != nil {
      #expect(heading.contains(key), "\(key)")
    }
  }

  @Test(
    "Each row is one line to people, and no line steers their terminal",
    arguments: TableReport.allCases, 20...29)
  func lines(kind: TableReport, seed: Int) throws {
    var rows = RandomRows(seed: seed)
    let (report, count) = try kind.make(&rows, 1...6)
    for width in [nil, 20, 40, 80, 200] {
      let text = try report.text(as: .text, width: width)
      #expect(text.hasSuffix("\n"))
      #expect(Sanitizer.drawableLines(text) == text && !text.contains("\t"))
      let lines = text.dropLast().split(separator: "\n", omittingEmptySubsequences: false)
      if let others = kind.otherLines, count > 0 {
        #expect(lines.count == count + others, "\(text)")
      }
      if kind.otherLines != nil { #expect(lines.allSatisfy { $0.last != " " }, "\(text)") }
    }
  }

  @Test(
    "A line that is longer than the terminal could be no shorter, and has all that it needs",
    arguments: TableReport.allCases, 40...49)
  func widths(kind: TableReport, seed: Int) throws {
    guard kind.otherLines == 1 else { return }
    var rows = RandomRows(seed: seed)
    let (report, _) = try kind.make(&rows, 1...6)
    let narrowest = report.lines(1).map { TextWidth.of($0) }.max() ?? 0
    let widest = report.lines(nil).map { TextWidth.of($0) }.max() ?? 0
    var before = 0
    for width in [1, 20, 40, 60, 80, 120, 200, 1000] {
      let longest = report.lines(width).map { TextWidth.of($0) }.max() ?? 0
      #expect(longest <= max(width, narrowest), "\(width)")
      #expect(longest <= widest && longest >= min(before, narrowest), "\(width)")
      before = longest
    }
    // With room enough nothing is cut.
    #expect(report.lines(100_000) == report.lines(nil))
  }

  @Test("What a program reads is what the store holds, to the last byte", arguments: 60...80)
  func exact(seed: Int) throws {
    var rows = RandomRows(seed: seed)
    rows.isWhole = true
    let (object, error, event) = (rows.object(), rows.error(), rows.event())
    let history = rows.history()
    for (report, texts) in [
      (ObjectsReport.make([object], hasMore: false), [object.dn, object.display, object.error]),
      (
        try ErrorsReport.make(FakeStore(), [error], hasMore: false),
        [
          error.dn, error.display, error.message, error.value, error.expression, error.otherDN,
          error.hint, error.code, error.location, error.rule,
        ]
      ),
      (EventsReport.make([event], hasMore: false), [event.message, event.source]),
      (
        Report(json: [ObjectHistoryJSON(history)]) { _ in [] },
        [history.dn, history.summary, history.rule, history.reason]
          + history.changes.flatMap { [$0.name] + ($0.before + $0.after).map(\.text) }
      ),
    ] {
      let found = try PrintedValue(report).texts
      for text in texts { #expect(found.contains(Array(text.utf8)), "\(text.debugDescription)") }
      // And a terminal that shows it is not steered either.
      let json = try report.text(as: .json, width: nil)
      #expect(json.unicodeScalars.allSatisfy { $0 == "\n" || !Sanitizer.mayMislead($0) })
    }
  }

  @Test("One who has no rows is told so in words, and programs by an empty list")
  func empty() throws {
    for kind in TableReport.allCases where kind != .batch {
      var rows = RandomRows(seed: 1)
      let (report, _) = try kind.make(&rows, 0...0)
      #expect(kind.rows(try PrintedValue(report)) == [])
      #expect(try report.text(as: .text, width: 40).count > 10, "\(kind)")
      #expect(CommaText.records(try report.text(as: .csv, width: nil))?.count == 1)
    }
  }
}
