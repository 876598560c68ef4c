import Configuration
import Directory
import SyncStore
import Workspace

/// The objects that a step counted under one counter, as that step saw them.
enum ChangesReport {
  /// - Parameter read: the first rows under a counter, so many at most.
  static func make(
    _ store: any StoreReading, step: OperationRow, counter name: String, target: String? = nil,
    withValues: Bool, limit: Int, read: (CounterRow, Int) throws -> [StepChangeRow]
  ) throws -> Report {
    let counters = try store.counters(step: step.id)
    let named = counters.filter { counter in
      guard let target else { return counter.name == name }
      guard case .outbound(let connector) = counter.group else { return false }
      return counter.name == name && connector.lowercased() == target.lowercased()
    }
    // Some names are those of two counters, of what came in and of what goes to a target.
    let inbound = named.filter { if case .outbound = $0.group { false } else { true } }
    let wanted = inbound.isEmpty ? named : inbound
    guard !wanted.isEmpty else { throw unknown(name, step, counters) }
    var entries: [Entry] = []
    for counter in wanted where counter.hasDetail {
      for row in try read(counter, limit - entries.count) {
        let deltas = withValues ? try store.deltas(change: row.id) : nil
        entries.append(Entry(row: row, deltas: deltas))
      }
    }
    let found = entries
    let total = wanted.reduce(0) { $0 + $1.count }
    return Report(rows: found.map(ChangeJSON.init), hasMore: total > found.count) { width in
      var lines = withValues ? detailed(found) : listed(found, width: width)
      if lines.isEmpty { lines = [absence(step)] }
      if total > found.count && !found.isEmpty {
        lines += ["", "\(found.count) of \(total) shown."]
      }
      return lines + others(named.filter { !wanted.contains($0) })
    }
  }

  /// Where else the name counts objects.
  private static func others(_ counters: [CounterRow]) -> [String] {
    counters.compactMap { counter in
      guard case .outbound(let target) = counter.group, counter.count > 0 else { return nil }
      return "\(counter.count) more are counted so towards \(SafeText.line(target)): --target "
        + ShellText.quoted(target)
    }
  }

  private static func absence(_ step: OperationRow) -> String {
    step.isThinned
      ? "The objects of this step are older than the history's age limit, and gone."
      : "This counter keeps no list of its objects."
  }

  struct Entry {
    let row: StepChangeRow
    let deltas: [AttributeDelta]?
  }

  private static func listed(_ entries: [Entry], width: Int?) -> [String] {
    guard !entries.isEmpty else { return [] }
    var table = Table(columns: [
      .number("Object"), .text("Type"), .flexible("Name", shortest: 10), .flexible("DN"),
      .flexible("Connector"),
    ])
    table.rows = entries.map {
      [
        String($0.row.objectID), $0.row.objectType, $0.row.display, $0.row.dn, $0.row.connector,
      ]
    }
    return table.lines(width: width)
  }

  private static func detailed(_ entries: [Entry]) -> [String] {
    entries.flatMap { entry in
      [SafeText.line(entry.row.dn) + " (" + entry.row.objectType + ")"]
        + (entry.deltas ?? []).flatMap { AttributeText.delta($0) }
    }
  }

  private static func unknown(
    _ name: String, _ step: OperationRow, _ counters: [CounterRow]
  ) -> WorkspaceError {
    let names = counters.map(\.name).joined(separator: ", ")
    return WorkspaceError(
      .notFound, message: "Step \(step.id) counted nothing under '\(name)'",
      hint: names.isEmpty ? "It counted nothing at all" : "It has these counters: " + names)
  }
}

/// An object of a step, as `--json` spells it.
struct ChangeJSON: Encodable {
  let object: Int64
  let dn: String
  let display: String
  let type: String
  let connector: String
  let changes: [DeltaJSON]?

  init(_ entry: ChangesReport.Entry) {
    object = entry.row.objectID
    dn = entry.row.dn
    display = entry.row.display
    type = entry.row.objectType
    connector = entry.row.connector
    changes = entry.deltas?.map(DeltaJSON.init)
  }
}

/// A change of one attribute, as `--json` spells it.
struct DeltaJSON: Encodable {
  let attribute: String
  let before: [String]
  let after: [String]
  let rule: String?

  init(_ delta: AttributeDelta) {
    attribute = delta.name
    before = delta.before.map(\.text)
    after = delta.after.map(\.text)
    rule = delta.rule.nonEmpty
  }
}

extension ChangeJSON: CSVRow {
  static var fields: [CSVField<Self>] {
    [
      CSVField("object", \.object), CSVField("dn", \.dn), CSVField("display", \.display),
      CSVField("type", \.type), CSVField("connector", \.connector),
      CSVField("changes", \.changes?.text),
    ]
  }
}

extension [DeltaJSON] {
  /// What was changed, in one field.
  var text: String {
    map { $0.attribute + ": " + $0.before.csv + " → " + $0.after.csv }.joined(separator: "; ")
  }
}
