import Directory
import SyncStore
import Workspace

/// One connector-space object with everything about it, or the list of those that a text names.
enum ObjectReport {
  /// How many values of an attribute are read, and how many of them people are shown.
  private struct Limits {
    var read = 50
    var shown = 20
  }

  /// - Parameter showsAll: Whether all values of an attribute are told, however many.
  static func make(
    _ store: any StoreReading, text: String, showsAll: Bool = false
  ) throws -> Report {
    let limits = showsAll ? Limits(read: .max / 2, shown: .max / 2) : Limits()
    var search = try ObjectSearch(text, in: store, withPast: false)
    if search.rows.isEmpty { search = try ObjectSearch(text, in: store, withPast: true) }
    guard !search.rows.isEmpty else { throw ObjectSearch.nothing(text) }
    let found = search.rows
    guard found.count == 1 || search.metaverse != nil else {
      return Report(json: ObjectMatchesJSON(found)) { width in
        ["\(found.count) objects are called so; give a number or a DN to see one:"]
          + list(found).lines(width: width)
      }
    }
    let details = try found.compactMap { try store.object(id: $0.id, valueLimit: limits.read) }
    return Report(json: details.map(ObjectJSON.init)) { _ in
      let lines =
        details.count == 1
        ? details.flatMap { Self.lines($0, limits.shown) } : picture(details, limits.shown)
      let isCut = lines.contains { $0.drop { $0 == " " }.hasPrefix("… ") }
      return isCut ? lines + ["", "--all shows all values."] : lines
    }
  }

  /// Objects as a table.
  static func list(_ rows: [ObjectRow]) -> Table {
    var table = Table(columns: [
      .number("Object"), .flexible("Connector"), .text("Type"), .flexible("Name", shortest: 10),
      .flexible("DN"), .text("Import").droppable(1),
      .text("Export").droppable(2), .flexible("Error"),
    ])
    table.rows = rows.map {
      [
        String($0.id), $0.connector, $0.objectType, $0.display, $0.dn, pending($0.pendingImport),
        pending($0.pendingExport), $0.isGone ? "gone" : $0.error,
      ]
    }
    return table
  }

  private static func pending(_ word: String) -> String { word == "none" ? "" : word }

  /// One object of a connector space, whole.
  private static func lines(_ object: ObjectDetail, _ limit: Int) -> [String] {
    var lines =
      heading(object) + ["Attributes"] + object.attributes.flatMap { attribute($0, limit) }
    lines += metaverse(object, limit)
    if !object.counterparts.isEmpty {
      lines.append("Counterparts")
      lines += object.counterparts.map {
        "  \(SafeText.line($0.connector)): \(SafeText.line($0.dn)) (object \($0.id))"
      }
    }
    return lines + history(object.history, of: [object], limit)
  }

  /// What several directories hold of one person: first the person, then each directory's part.
  private static func picture(_ objects: [ObjectDetail], _ limit: Int) -> [String] {
    guard let first = objects.first else { return [] }
    var lines = metaverse(first, limit)
    for object in objects {
      lines += [""] + heading(object) + object.attributes.flatMap { attribute($0, limit) }
    }
    let past = objects.flatMap(\.history).sorted { $0.stepID > $1.stepID }
    return lines + [""] + history(past, of: objects, limit)
  }

  private static func heading(_ object: ObjectDetail) -> [String] {
    let anchor =
      object.anchor.isEmpty ? "no anchor yet" : "anchor " + SafeText.line(object.anchor)
    let lines = [
      SafeText.line(object.row.dn),
      "  \(SafeText.line(object.row.objectType)) of \(SafeText.line(object.row.connector)), object "
        + "\(object.row.id), \(anchor), \(SafeText.line(object.link))",
    ]
    return lines + object.errors.flatMap { ErrorsReport.lines($0).map { "  " + $0 } }
  }

  private static func metaverse(_ object: ObjectDetail, _ limit: Int) -> [String] {
    guard !object.metaverse.isEmpty else { return [] }
    let type = object.metaverseType.isEmpty ? "" : ", " + SafeText.line(object.metaverseType)
    return ["Metaverse object \(object.metaverseID.map(String.init) ?? "")" + type]
      + object.metaverse.flatMap { attribute($0, limit) }
  }

  private static func history(
    _ rows: [ObjectHistoryRow], of objects: [ObjectDetail], _ limit: Int
  ) -> [String] {
    guard !rows.isEmpty else { return [] }
    let more = objects.first(where: \.hasMoreHistory).map {
      ["  There are older steps; 'lockstep history \($0.row.id) --limit' shows them."]
    }
    let lines = rows.flatMap { ObjectHistoryReport.lines($0, valueLimit: limit) }
    return ["History"] + lines.map { "  " + $0 } + (more ?? [])
  }

  private static func attribute(_ row: AttributeRow, _ limit: Int) -> [String] {
    let winner = row.contributors.first.map(contributor) ?? row.origin
    let origin = winner.isEmpty ? "" : "   [" + SafeText.line(winner) + "]"
    let names = row.targetNames
    let values = row.values.prefix(limit).enumerated().map { index, value in
      index < names.count && !names[index].isEmpty
        ? SafeText.line(names[index]) : AttributeText.value(value, of: row.name)
    }
    // An attribute of the metaverse is told without values if a rule says that it has none.
    let isEmptied = values.isEmpty && row.contributors.first?.empties == true
    var lines =
      isEmptied
      ? ["  " + SafeText.line(row.name) + ": (none)" + origin]
      : values.count == 1 && row.before == nil && row.pendingExport == nil
        ? ["  " + SafeText.line(row.name) + ": " + values[0] + origin]
        : ["  " + SafeText.line(row.name) + origin] + values.map { "    " + $0 }
    if row.valueCount > values.count {
      lines.append("    … \(row.valueCount - values.count) more")
    }
    lines += row.contributors.dropFirst().map { "    also " + SafeText.line(contributor($0)) }
    if let before = row.before {
      lines += change("at the last synchronization", shown: before, other: row.values, row, limit)
    }
    if let pending = row.pendingExport {
      lines += change("to be exported", shown: pending, other: row.values, row, limit)
    }
    return lines
  }

  /// Who gave a value, the moment in the local zone as all that stands beside it.
  private static func contributor(_ row: ContributorRow) -> String {
    row.text { TimeText.local($0) }
  }

  /// Values beside those that the directory has now: of several, only those that differ.
  private static func change(
    _ label: String, shown: [AttributeValue], other: [AttributeValue], _ row: AttributeRow,
    _ limit: Int
  ) -> [String] {
    func text(_ value: AttributeValue) -> String {
      let name = row.pendingNames[value.text] ?? ""
      return name.isEmpty ? AttributeText.value(value, of: row.name) : SafeText.line(name)
    }
    guard shown.count > 1 || other.count > 1 || row.valueCount > 1 else {
      return ["    \(label): " + (shown.first.map(text) ?? "(none)")]
    }
    let (wanted, there) = (Set(shown), Set(other))
    let coming = shown.filter { !there.contains($0) }
    let going = other.filter { !wanted.contains($0) }
    let counts =
      row.pendingCounts ?? PendingCounts(added: coming.count, removed: going.count)
    let lines =
      going.map { "      - " + text($0) } + coming.map { "      + " + text($0) }
    let rest = counts.added + counts.removed - min(lines.count, limit)
    return ["    \(label):"] + lines.prefix(limit) + (rest > 0 ? ["      … \(rest) more"] : [])
  }
}
