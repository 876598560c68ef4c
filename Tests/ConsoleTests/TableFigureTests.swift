import Cells
import Directory
import TestSupport
import Testing

@testable import Console
@testable import SyncStore

/// Says whether a cell of so many columns shows what a row has.
private typealias Check<Row> = (_ row: Row, _ cell: String, _ width: Int) -> Bool

@Suite("What stands in tables, beside the rows of the store")
struct TableFigureTests {
  private static let sizes = [
    Size(columns: 80, rows: 24), Size(columns: 132, rows: 43), Size(columns: 200, rows: 60),
    Size(columns: 40, rows: 10), Size(columns: 97, rows: 19), Size(columns: 300, rows: 30),
  ]
  private static let now = Fixture.now
  /// The person's clocks, an hour and a half ahead.
  private static let offset = 5400
  private static let options = ConsoleOptions(
    clock: LocalTime(changes: [.init(from: Timestamp(milliseconds: 0), offset: offset)]))

  private static let texts = [
    "Ann Lee", "Bo", "a-rather-long-name-that-no-column-has-room-for-where-it-is-narrow",
    "日本語の名前", "Zoë", "x", "欧陽修欧陽修欧陽修欧陽修欧陽修欧陽修",
  ]
  private static let numbers = [0, 1, 7, 999, 1000, 54_321, 1_234_567, 987_654_321]
  private static let ages: [Double] = [
    0, 5, 59, 60, 3599, 3600, 70_000, 86_400, 90_000, 3_000_000, 40_000_000,
  ]

  /// Values that stand in the rows of a table.
  private struct Source {
    var random: SeededRandom
    mutating func text() -> String { random.choose(texts) }
    mutating func number() -> Int { random.choose(numbers) }
    mutating func moment() -> Timestamp { now.adding(seconds: -random.choose(ages)) }
    mutating func maybe() -> Timestamp? { random.chance(30) ? nil : moment() }
  }

  /// Shows rows at each size, and looks at every cell that is to be seen of them.
  private func verify<Row>(
    _ kind: TableKind, _ content: FakeStore.Content, _ rows: [Row],
    _ checks: [String: Check<Row>]
  ) {
    for size in Self.sizes {
      var driver = Driver(
        content, options: Self.options, columns: size.columns, rows: size.rows)
      driver.press(kind.keys)
      var seen: Set<Int> = []
      for _ in 0..<rows.count + 1 {
        let sheet = kind.sheet(driver)
        for index in sheet.indices where seen.insert(index).inserted {
          for field in sheet.fields {
            let (cell, width) = (sheet.cell(field, index), sheet.width(field))
            // The count of rows above stands over the end of the headings, not of rows.
            let isRight = checks[field].map { $0(rows[index], cell, width) } ?? false
            #expect(isRight, "\(kind) \(field) in \(width) at \(size.columns): \(cell)")
          }
        }
        driver.press("Down")
      }
      #expect(seen.count == rows.count, "\(kind) at \(size)")
    }
  }

  private static func text<Row>(_ path: @escaping (Row) -> String) -> Check<Row> {
    { row, cell, width in Naive.shows(cell, path(row), width) }
  }
  private static func number<Row>(_ path: @escaping (Row) -> Int) -> Check<Row> {
    { row, cell, width in Naive.shows(cell, path(row), width) }
  }
  private static func time<Row>(_ path: @escaping (Row) -> Timestamp?) -> Check<Row> {
    { row, cell, width in Naive.shows(cell, path(row), width, now: now, offset: offset) }
  }

  private static let marks: [ResultSeverity: String] = [
    .success: "✓ ", .running: "▶ ", .warning: "! ", .error: "! ", .stopped: "✗ ",
  ]
  private static let results = [
    "success", "completed-export-errors", "completed-warnings", "stopped-server", "in-progress",
    "no-start-connection", "completed-discovery-errors", "stopped-database-disk-full",
  ]

  @Test("The history", arguments: 1...2)
  func operations(seed: Int) {
    var source = Source(random: SeededRandom(scattering: seed))
    let rows = (1...14).reversed().map { number -> OperationRow in
      var row = Fixture.operation(Int64(number), cycle: Int64(number / 4))
      row.type = source.random.choose(StepType.allCases)
      row.connector = source.text()
      row.result = source.random.choose(Self.results)
      row.started = source.moment()
      let length = Double(source.random.choose([40, 950, 9949, 59_499, 61_000, 7_265_000])) / 1000
      row.ended = row.result == "in-progress" ? nil : row.started.adding(seconds: length)
      (row.adds, row.updates) = (source.number(), source.number())
      (row.deletes, row.errors) = (source.number(), source.number())
      return row
    }
    var content = Fixture.content()
    content.operations = rows
    let short = [
      "Full Import": "Full Imp.", "Delta Import": "Delta Imp.", "Full Synchronization": "Full Sync",
      "Delta Synchronization": "Delta Sync", "Export": "Export",
    ]
    verify(
      .operations, content, rows,
      [
        "connector": Self.text(\.connector), "started": Self.time(\.started),
        "adds": Self.number(\.adds), "updates": Self.number(\.updates),
        "deletes": Self.number(\.deletes), "errors": Self.number(\.errors),
        "profile": { row, cell, width in
          let name = row.type.profileName
          return cell == (name.count <= width ? name : short[name])
        },
        "status": { row, cell, width in
          let mark = Self.marks[row.severity] ?? ""
          let brief = row.result.replacing("completed-", with: "")
          let fits = row.result.count <= width - 2
          return Naive.shows(cell, mark + (fits ? row.result : brief), width)
        },
        "duration": { row, cell, _ in
          Naive.showsDuration(cell, (row.ended ?? Self.now).seconds(since: row.started))
        },
      ])
  }

  @Test("The connectors", arguments: 1...2)
  func connectors(seed: Int) {
    var source = Source(random: SeededRandom(scattering: 10 + seed))
    let rows = (1...6).map { number -> ConnectorRow in
      var row = Fixture.connector(Int64(number), source.text(), isSource: number % 2 == 0)
      (row.objects, row.connectors) = (source.number(), source.number())
      (row.disconnectors, row.filtered) = (source.number(), source.number())
      (row.pendingImports, row.pendingExports) = (source.number(), source.number())
      (row.heldDeletes, row.heldChanges) = (source.number(), source.number())
      row.openErrors = source.number()
      row.lastSteps[0].result = source.random.choose(Self.results)
      if number == 3 { row.lastSteps = [] }
      return row
    }
    var content = Fixture.content()
    content.connectors = rows
    verify(
      .connectors, content, rows,
      [
        "connector": Self.text(\.name), "type": Self.text(\.type),
        "direction": Self.text { $0.isSource ? "source" : "target" },
        "objects": Self.number(\.objects), "connectors": Self.number(\.connectors),
        "disconnectors": Self.number(\.disconnectors), "filtered": Self.number(\.filtered),
        "imports": Self.number(\.pendingImports), "exports": Self.number(\.pendingExports),
        "held": Self.number { $0.heldDeletes + $0.heldChanges },
        "errors": Self.number(\.openErrors),
        "result": Self.text { row in
          row.lastSteps.first.map { (Self.marks[$0.severity] ?? "") + $0.result } ?? "never run"
        },
      ])
  }

  @Test("The objects of a connector space", arguments: 1...2)
  func objects(seed: Int) {
    var source = Source(random: SeededRandom(scattering: 20 + seed))
    let pending = ["none", "add", "update", "delete-add", "delete"]
    let words = [
      "none": "", "add": "+ add", "update": "~ update", "delete-add": "± replace",
      "delete": "- delete",
    ]
    let rows = (1...15).map { number -> ObjectRow in
      var row = Fixture.object(Int64(number), source.text())
      if source.random.chance(20) { row.display = "" }
      row.objectType = source.random.choose(["user", "group", "organizationalUnit"])
      row.isConnector = source.random.chance(50)
      row.pendingImport = source.random.choose(pending)
      row.pendingExport = source.random.choose(pending)
      row.error = source.random.choose(["", "AttributeValueMustBeUnique", "cd-error"])
      return row
    }
    var content = Fixture.content()
    content.objects = rows
    verify(
      .objects, content, rows,
      [
        "name": Self.text { $0.display.isEmpty ? $0.dn : $0.display },
        "type": Self.text(\.objectType),
        "link": Self.text { $0.isConnector ? "connector" : "disconnector" },
        "import": Self.text { words[$0.pendingImport] ?? "" },
        "export": { row, cell, width in
          Naive.shows(cell, words[row.pendingExport] ?? "", width)
        },
        "error": Self.text { $0.error.isEmpty ? "" : "! " + $0.error }, "dn": Self.text(\.dn),
      ])
  }

  @Test("The users", arguments: 1...2)
  func users(seed: Int) {
    var source = Source(random: SeededRandom(scattering: 30 + seed))
    let rows = (1...14).map { number -> UserRow in
      let state = source.random.choose(UserRow.State.allCases)
      var row = Fixture.user(Int64(number), "\(number + 10) " + source.text(), state)
      (row.lastSync, row.lastSent) = (source.maybe(), source.maybe())
      row.lastPasswordSync = source.maybe()
      row.isActive = source.random.choose([true, false, nil])
      return row
    }
    var content = Fixture.content()
    content.users = rows
    let marks = ["Synced": "✓ ", "In cloud": "• ", "Pending": "▶ ", "Error": "✗ "]
    verify(
      .users, content, rows,
      [
        "name": Self.text(\.displayName), "upn": Self.text(\.userPrincipalName),
        "state": Self.text { (marks[$0.state.rawValue] ?? "?") + $0.state.rawValue },
        "synced": { row, cell, width in
          guard let synced = row.lastSync else {
            return cell == (row.state == .inCloud ? "never" : "unknown")
          }
          return Naive.shows(cell, synced, width, now: Self.now, offset: Self.offset)
        },
        "age": { row, cell, width in
          if row.state == .inCloud { return cell == (width < 10 ? "-" : "cloud only") }
          guard let synced = row.lastSync else { return cell == "-" }
          return Naive.showsAge(cell, Self.now.seconds(since: synced))
        },
        "sent": { row, cell, _ in
          switch row.state {
          case .synced: return cell == "✓ confirmed"
          case .inCloud: return cell == "cloud only"
          case .pending where row.waiting == .toBeSent: return cell == "to be sent"
          default:
            guard let sent = row.lastSent else { return cell == "not sent" }
            let time = Naive.civil(sent, Self.offset).time
            return cell.hasSuffix("only sent") || cell.hasSuffix("only sent " + time)
          }
        },
        "password": { row, cell, width in
          guard let last = row.lastPasswordSync else { return cell == "never" }
          return Naive.shows(cell, last, width, now: Self.now, offset: Self.offset)
        },
        "signin": Self.text { row in
          row.isActive.map { $0 ? "allowed" : "blocked" } ?? "unknown"
        },
      ])
  }
}
