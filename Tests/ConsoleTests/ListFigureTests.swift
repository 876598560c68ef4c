import Cells
import Directory
import TestSupport
import Testing

@testable import Console
@testable import SyncStore

/// Says whether a cell of so many columns shows what a row has.
private typealias Check<Row> = (_ row: Row, _ cell: String, _ width: Int) -> Bool

@Suite("What stands in lists, beside the rows of the store")
struct ListFigureTests {
  private static let sizes = [(80, 24), (40, 10), (118, 31), (200, 60), (300, 40)]
  private static let now = Fixture.now
  private static let texts = [
    "Ann Lee", "Bo", "CN=Somebody with a long name,OU=Far away,OU=Staff,DC=contoso,DC=test",
    "日本語の名前", "Zoë", "cd-error",
  ]

  private func verify<Row>(
    _ kind: TableKind, _ content: FakeStore.Content, _ rows: [Row],
    _ checks: [String: Check<Row>]
  ) {
    for (columns, lines) in Self.sizes {
      var driver = Driver(content, columns: columns, rows: lines)
      driver.press(kind.keys)
      var seen: Set<Int> = []
      for _ in 0..<rows.count + 1 {
        let sheet = kind.sheet(driver)
        for index in sheet.indices where seen.insert(index).inserted {
          for field in sheet.fields {
            let (cell, width) = (sheet.cell(field, index), sheet.width(field))
            let isRight = checks[field].map { $0(rows[index], cell, width) } ?? false
            #expect(isRight, "\(kind) \(field) in \(width) at \(columns): \(cell)")
          }
        }
        driver.press("Down")
      }
      #expect(seen.count == rows.count, "\(kind) at \(columns)x\(lines)")
    }
  }

  private static func text<Row>(_ path: @escaping (Row) -> String) -> Check<Row> {
    { row, cell, width in Naive.shows(cell, path(row), width) }
  }
  private static func number<Row>(_ path: @escaping (Row) -> Int) -> Check<Row> {
    { row, cell, width in Naive.shows(cell, path(row), width) }
  }
  private static func time<Row>(_ path: @escaping (Row) -> Timestamp?) -> Check<Row> {
    { row, cell, width in Naive.shows(cell, path(row), width, now: now) }
  }

  @Test("The events", arguments: 1...2)
  func events(seed: Int) {
    var random = SeededRandom(scattering: seed)
    let rows = (1...16).reversed().map { number -> EventRow in
      let level = random.choose([EventRow.Level.information, .warning, .error])
      var row = Fixture.event(Int64(number), random.choose([656, 657, 904, 6, 65_535]), "", level)
      row.message =
        random.choose(Self.texts) + random.choose(["", "\nmore", "\r\nmore", "\u{85}x"])
      row.time = Self.now.adding(seconds: Double(number - 16) * random.choose([1, 7000, 90_000]))
      return row
    }
    var content = Fixture.content()
    content.events = rows
    verify(
      .events, content, rows,
      [
        "time": Self.time(\.time), "id": Self.text { String($0.code) },
        "source": Self.text(\.source),
        "level": { row, cell, width in
          switch row.level {
          case .information: cell == (width < 13 ? "info" : "information")
          case .warning: cell == "! warning"
          case .error: cell == "✗ error"
          }
        },
        "message": Self.text { row in
          String(row.message.unicodeScalars.prefix { !["\n", "\r", "\u{85}"].contains($0) })
        },
      ])
  }

  @Test("The metaverse", arguments: 1...2)
  func metaverse(seed: Int) {
    var random = SeededRandom(scattering: seed)
    let rows = (1...14).map { number in
      MetaverseRow(
        id: Int64(number), objectType: random.choose(["person", "group", "a-long-type-of-things"]),
        display: random.choose(Self.texts + [""]), objectID: 7,
        connectors: random.some(["contoso.test", "tenant", "fabrikam.test"]),
        error: random.choose(["", "AttributeValueMustBeUnique"]))
    }
    var content = Fixture.content()
    content.metaverse = rows
    verify(
      .metaverse, content, rows,
      [
        "name": Self.text { $0.display.isEmpty ? "(no name)" : $0.display },
        "kind": Self.text(\.objectType),
        "connectors": Self.text {
          $0.connectors.isEmpty ? "none" : $0.connectors.joined(separator: ", ")
        },
        "error": Self.text { $0.error.isEmpty ? "" : "! " + $0.error },
      ])
  }

  @Test("The ledger of passwords", arguments: 1...3)
  func passwords(seed: Int) {
    var random = SeededRandom(scattering: seed)
    let rows = (1...12).map { number -> PasswordRow in
      var row = Fixture.password(
        Int64(number), random.choose(Self.texts), random.choose(PasswordStatus.allCases),
        changed: -random.choose([10, 4000, 100_000, 9_000_000]),
        taken: random.chance(30) ? nil : -random.choose([1, 3000, 95_000]),
        attempts: random.choose([0, 1, 12]), reason: random.choose(Self.texts + [""]),
        isCurrent: random.chance(50))
      if random.chance(20) { row.changed = nil }
      if random.chance(20) { row.display = "" }
      return row
    }
    var content = Fixture.passwordContent()
    content.passwords = rows
    verify(
      .passwords, content, rows,
      [
        "name": Self.text { $0.display.isEmpty ? $0.dn : $0.display },
        // Its mark is told elsewhere; here it is enough that there is one.
        "status": { row, cell, width in
          Naive.shows(String(cell.prefix(1)) + " " + row.status.rawValue, cell, 1000)
            || Naive.shows(cell, String(cell.prefix(1)) + " " + row.status.rawValue, width)
        },
        "target": { row, cell, _ in
          cell == (row.isCurrent ? "this" : row.syncedChanged == nil ? "none" : "older")
        },
        "changed": Self.time(\.changed), "taken": Self.time(\.succeeded), "due": Self.time(\.due),
        "lag": { row, cell, _ in
          let isOwed = ![
            PasswordStatus.filteredByTarget, .missingAttribute, .noTargetConnection,
            .sourceConnectorNotPresent, .targetNotExportedToDirectory,
          ].contains(row.status)
          guard let changed = row.changed, row.isCurrent || isOwed else { return cell == "-" }
          let end = row.isCurrent ? row.succeeded : Self.now
          return end.map { Naive.showsAge(cell, $0.seconds(since: changed)) } ?? (cell == "-")
        },
        "tries": Self.number(\.attempts), "upn": Self.text(\.userPrincipalName),
        "reason": Self.text(\.reason),
      ])
  }

  @Test("Batches of passwords", arguments: 1...2)
  func batches(seed: Int) {
    var random = SeededRandom(scattering: seed)
    let answers: [PasswordStatus?] = [.success, .success, .error, .retryRequestedByTarget, nil]
    let rows = (1...12).reversed().map { number -> PasswordBatchRow in
      let started = Self.now.adding(seconds: Double(number - 13) * 5000)
      let lines = (0..<Int.random(in: 0...50, using: &random)).map { place in
        var line = Fixture.line(Int64(place), "User \(place)", random.choose(answers))
        line.dn = random.choose(Self.texts)
        return line
      }
      var row = PasswordBatchRow(
        id: Int64(number), channel: 1, started: started,
        ended: random.chance(20) ? nil : started.adding(seconds: 1.25), error: "", lines: lines,
        domain: "contoso.test")
      row.hasEngine = random.chance(60)
      if random.chance(20) { row.error = "The tenant does not answer" }
      return row
    }
    var content = Fixture.passwordContent()
    content.batches = rows
    func failed(_ row: PasswordBatchRow) -> Int {
      row.lines.count { line in
        row.error.isEmpty ? line.answer != nil && line.answer != .success : line.answer != .success
      }
    }
    verify(
      .batches, content, rows,
      [
        "sent": Self.time(\.started), "users": Self.number(\.lines.count),
        "failed": Self.number(failed), "error": Self.text(\.error),
        "took": { row, cell, _ in
          if let ended = row.ended {
            // What failed as a whole was never answered.
            if !row.error.isEmpty { return cell.isEmpty }
            return Naive.showsDuration(cell, ended.seconds(since: row.started))
          }
          return row.hasEngine
            ? Naive.showsDuration(
              String(cell.dropFirst(2)), Self.now.seconds(since: row.started))
            : cell == "! no answer"
        },
        "account": Self.text { row in
          let failed = row.ended == nil ? nil : row.lines.first { $0.answer != .success }
          let more = row.lines.count > 1 ? " and \(row.lines.count - 1) more" : ""
          return ((failed ?? row.lines.first)?.dn ?? "") + more
        },
      ])
  }

  @Test("Errors, of a step and of a family", arguments: [TableKind.errors, .family], 1...2)
  func errors(kind: TableKind, seed: Int) {
    var random = SeededRandom(scattering: seed)
    let rows = (1...9).map { number -> ErrorRow in
      var row = Fixture.error(Int64(number), dn: random.choose(Self.texts + ["", "CN={8c1f}"]))
      (row.display, row.location) = (random.choose(["", "Ann Lee"]), "people.ldif:\(number)")
      row.retries = random.choose([0, 1, 999, 12_345])
      row.firstOccurred = Self.now.adding(seconds: -random.choose([0, 90_000, 5_000_000]))
      return row
    }
    var content = kind.content([])
    content.errors = rows
    content.operations[0].errors = rows.count
    verify(
      kind, content, rows,
      [
        "object": Self.text { row in
          if row.dn.hasPrefix("CN={"), !row.display.isEmpty { return row.display }
          return row.dn.isEmpty ? row.location : row.dn
        },
        "error": Self.text(\.type), "first": Self.time(\.firstOccurred),
        "retries": Self.number(\.retries),
      ])
  }

  @Test("Objects that a step counted")
  func changes() {
    var random = SeededRandom(seed: 4)
    let rows = (1...12).map { number in
      StepChangeRow(
        id: Int64(number), objectID: Int64(number), dn: random.choose(Self.texts),
        display: random.choose(Self.texts + [""]), objectType: random.choose(["user", "group"]),
        connector: random.choose(["contoso.test", "a-directory-of-a-long-name.test"]))
    }
    var content = Fixture.content()
    content.changes = rows
    verify(
      .changes, content, rows,
      [
        "name": Self.text { $0.display.isEmpty ? $0.dn : $0.display },
        "type": Self.text(\.objectType), "connector": Self.text(\.connector),
        "dn": Self.text(\.dn),
      ])
  }
}
