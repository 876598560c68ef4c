import Directory
import SyncStore
import Workspace

/// Everything that steps did to an object and to its counterparts, across runs, newest first.
enum ObjectHistoryReport {
  static func make(
    _ store: any StoreReading, text: String, filter: OperationFilter, limit: Int
  ) throws -> Report {
    let search = try ObjectSearch(text, in: store, withPast: true)
    guard !search.rows.isEmpty else { throw ObjectSearch.nothing(text) }
    // One who was one person keeps one history, however many directories hold a part of it.
    var objects = search.rows
    if let metaverse = try search.metaverseEver(in: store) {
      let known = Set(objects.map(\.id))
      objects += try store.linkedEver(to: metaverse).filter { !known.contains($0.id) }
    } else if objects.count > 1 {
      return Report(json: ObjectMatchesJSON(objects)) { width in
        ["\(objects.count) objects are called so; give a number or a DN to see one:"]
          + ObjectReport.list(objects).lines(width: width)
      }
    }
    let reach = filter == OperationFilter() ? limit + 1 : 100_000
    let all = try store.history(of: objects.map(\.id), limit: reach).filter { $0.passes(filter) }
    let rows = Array(all.prefix(limit))
    let shown = objects
    return Report(rows: rows.map(ObjectHistoryJSON.init), hasMore: all.count > limit) { _ in
      let heading = shown.map(title)
      guard !rows.isEmpty else {
        return heading + ["No step that is still in the history touched it."]
      }
      let more = all.count > limit ? ["", "There is more; --limit shows it."] : []
      return heading + [""] + rows.flatMap { lines($0) } + more
    }
  }

  private static func title(_ row: ObjectRow) -> String {
    SafeText.line(row.connector) + ": " + SafeText.line(row.dn) + " (object \(row.id)"
      + (row.isGone ? ", gone)" : ")")
  }

  /// One step's doing as a line, and a line for each value that it changed, of an attribute at most
  /// `valueLimit`.
  static func lines(_ row: ObjectHistoryRow, valueLimit: Int = .max) -> [String] {
    var words = SafeText.line(row.summary.isEmpty ? row.counter : row.summary)
    if row.error != nil { words = "error: " + words }
    if row.space != row.connector, !row.space.isEmpty { words += " of " + SafeText.line(row.space) }
    if !row.rule.isEmpty { words += ", by " + SafeText.line(row.rule) }
    if let metaverse = row.metaverseID { words += ", metaverse object \(metaverse)" }
    let head =
      "\(TimeText.local(row.time))  step \(row.stepID)  \(SafeText.line(row.connector)), "
      + "\(row.type.profileName): " + words
    let reason = row.reason.isEmpty ? [] : ["  " + SafeText.line(row.reason)]
    return [head] + reason
      + row.changes.flatMap { AttributeText.delta($0, valueLimit: valueLimit) }
  }
}

extension ObjectHistoryRow {
  /// Whether the step is one that the options of the history ask for.
  func passes(_ filter: OperationFilter) -> Bool {
    if let wanted = filter.connector, wanted.lowercased() != connector.lowercased(),
      wanted.lowercased() != space.lowercased()
    {
      return false
    }
    if let type = filter.type, type != self.type { return false }
    if let since = filter.since, time < since { return false }
    return filter.atLeast == nil || error != nil
  }
}

extension ObjectHistoryJSON: CSVRow {
  static var fields: [CSVField<Self>] {
    [
      CSVField("step", \.step), CSVField("run", \.run), CSVField("cycle", \.cycle),
      CSVField("time", \.time), CSVField("connector", \.connector),
      CSVField("profile", \.profile), CSVField("object", \.object), CSVField("space", \.space),
      CSVField("dn", \.dn), CSVField("counter", \.counter), CSVField("summary", \.summary),
      CSVField("rule", \.rule), CSVField("reason", \.reason),
      CSVField("metaverseObject", \.metaverseObject), CSVField("changes", \.changes.text),
      CSVField("error", \.error?.type),
    ]
  }
}
