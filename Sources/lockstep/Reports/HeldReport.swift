import Configuration
import Directory
import SyncStore

/// What waits for a person's word.
enum HeldReport {
  static func make(
    groups: [HeldGroup], imports: [HeldImport], unshown: [UnshownObjects] = [],
    due: [DueStep] = [], releases: [ReleaseRow]
  ) -> Report {
    var json = HeldJSON(groups: groups, imports: imports, due: due, releases: releases)
    json.unshown = unshown.map(HeldJSON.Unshown.init)
    var report = Report(json: json) { width in
      var lines: [String] = []
      if !groups.isEmpty {
        lines += table(groups).lines(width: width)
        lines.append("'lockstep held --group N' lists a group, 'lockstep release gN' lets it go.")
      }
      for item in imports { lines += line(item) }
      if groups.isEmpty && imports.isEmpty { lines.append("Nothing is held.") }
      if !unshown.isEmpty { lines += ["", "Not shown any more:"] + unshown.map(line) }
      if !due.isEmpty { lines += ["", "Due:"] + due.map { "  " + DueReport.line($0) } }
      if !releases.isEmpty { lines += ["", "Released before:"] + releases.map(line) }
      return lines
    }
    report.csv = json.groups.table
    return report
  }

  /// The objects of one group.
  static func objects(_ rows: [ObjectRow], _ group: String, hasMore: Bool = false) -> Report {
    Report(rows: rows.map(HeldObjectJSON.init), hasMore: hasMore) { width in
      guard !rows.isEmpty else { return ["Nothing of group \(SafeText.line(group)) is held."] }
      var table = Table(columns: [
        .number("Object"), .text("Type"), .flexible("Name", shortest: 10), .flexible("DN"),
        .text("Change"),
      ])
      table.rows = rows.map {
        [String($0.id), $0.objectType, $0.display, $0.dn, $0.pendingExport]
      }
      return table.lines(width: width) + (hasMore ? ["", "--limit shows more."] : [])
    }
  }

  private static func table(_ groups: [HeldGroup]) -> Table {
    var table = Table(columns: [
      .text("Group"), .flexible("Connector"), .text("Kind"), .number("Objects"),
      .flexible("Cause", shortest: 20), .flexible("Such as", shortest: 8),
    ])
    table.rows = groups.map {
      [
        "g\($0.id)", $0.connector, $0.kind.rawValue, String($0.count), $0.cause,
        $0.samples.joined(separator: ", "),
      ]
    }
    return table
  }

  private static func line(_ item: UnshownObjects) -> String {
    "  " + SafeText.line(item.connector) + ", since " + TimeText.local(item.since) + ": "
      + SafeText.line(item.message) + ". " + SafeText.line(item.hint) + "."
  }

  private static func line(_ item: HeldImport) -> [String] {
    let what = "Import of " + SafeText.line(item.connector) + ": " + SafeText.line(item.message)
    if let person = item.releasedBy {
      return [what + ". Released by " + SafeText.line(person) + "; the next import is believed."]
    }
    let meant =
      item.isOfFiles
      ? "the files are right as they are now"
      : item.isBehind
        ? "it was restored, or the server that was read before is gone for ever"
        : "it is meant"
    let name = SafeText.line(ShellText.quoted(item.connector))
    let line = what + ". If \(meant): lockstep release import \(name)"
    guard !item.samples.isEmpty else { return [line] }
    let samples = item.samples.map { SafeText.line($0) }.joined(separator: ", ")
    return [
      line, "  Such as \(samples); to list them: lockstep objects \(name) --scope not-shown",
    ]
  }

  private static func line(_ row: ReleaseRow) -> String {
    // Of a server or of files that are right as they are, no objects are counted.
    "  " + TimeText.local(row.time) + "  " + SafeText.line(row.person) + ": "
      + (row.count == 0 ? "" : "\(row.count) of ") + SafeText.line(row.connector) + ", "
      + SafeText.line(row.what)
  }
}

/// What is held, as `--json` spells it.
struct HeldJSON: Encodable {
  /// A group of held changes.
  struct Group: Encodable {
    let id: Int64
    let connector: String
    let kind: String
    let count: Int
    let cause: String
    let since: String
    let samples: [String]
  }
  /// An import that is not believed.
  struct Import: Encodable {
    let connector: String
    let kind: String
    let count: Int
    let message: String
    let since: String
    let releasedBy: String?
    let samples: [String]
  }
  /// A release.
  struct Release: Encodable {
    let connector: String
    let time: String
    let by: String
    let what: String
    let count: Int
  }
  /// Objects that stay though they are not shown any more.
  struct Unshown: Encodable {
    let connector: String
    let since: String
    let message: String

    init(_ item: UnshownObjects) {
      (connector, since, message) = (item.connector, item.since.description, item.message)
    }
  }
  let groups: [Group]
  let imports: [Import]
  var unshown: [Unshown] = []
  let due: [DueJSON]
  let releases: [Release]

  init(
    groups: [HeldGroup], imports: [HeldImport], due: [DueStep], releases: [ReleaseRow]
  ) {
    self.due = due.map(DueJSON.init)
    self.groups = groups.map {
      Group(
        id: $0.id, connector: $0.connector, kind: $0.kind.rawValue, count: $0.count,
        cause: $0.cause, since: $0.since.description, samples: $0.samples)
    }
    self.imports = imports.map {
      Import(
        connector: $0.connector, kind: $0.kind, count: $0.count, message: $0.message,
        since: $0.since.description, releasedBy: $0.releasedBy, samples: $0.samples)
    }
    self.releases = releases.map {
      Release(
        connector: $0.connector, time: $0.time.description, by: $0.person, what: $0.what,
        count: $0.count)
    }
  }
}

/// An object of a held group, as `--json` spells it.
struct HeldObjectJSON: Encodable {
  let object: Int64
  let dn: String
  let display: String
  let type: String
  let change: String

  init(_ row: ObjectRow) {
    object = row.id
    dn = row.dn
    display = row.display
    type = row.objectType
    change = row.pendingExport
  }
}

extension HeldJSON.Group: CSVRow {
  static var fields: [CSVField<Self>] {
    [
      CSVField("id", \.id), CSVField("connector", \.connector), CSVField("kind", \.kind),
      CSVField("count", \.count), CSVField("cause", \.cause), CSVField("since", \.since),
      CSVField("samples", \.samples),
    ]
  }
}

extension HeldObjectJSON: CSVRow {
  static var fields: [CSVField<Self>] {
    [
      CSVField("object", \.object), CSVField("dn", \.dn), CSVField("display", \.display),
      CSVField("type", \.type), CSVField("change", \.change),
    ]
  }
}
