import Directory
import SyncStore
import Workspace

/// One connector-space object with everything about it, or the list of those that a text names.
enum ObjectReport {
  /// How many values of an attribute are printed.
  static let valueLimit = 50

  static func make(_ store: any StoreReading, text: String) throws -> Report {
    let found = try candidates(store, text)
    if found.count == 1, let row = found.first,
      let detail = try store.object(id: row.id, valueLimit: valueLimit)
    {
      return Report(json: [ObjectJSON(detail)]) { _ in lines(detail) }
    }
    guard !found.isEmpty else {
      throw WorkspaceError(
        .notFound, message: "No object is called '\(text)'",
        hint: "Give its DN, its anchor, its user principal name or its display name in full")
    }
    return Report(json: found.map { ObjectRowJSON($0) }) { width in
      ["\(found.count) objects are called so; give a DN to see one:"]
        + list(found).lines(width: width)
    }
  }

  /// The objects that `text` may mean.
  ///
  /// A number is an object's number. A DN means one object only, even if it is also the beginning
  /// of other names.
  private static func candidates(_ store: any StoreReading, _ text: String) throws -> [ObjectRow] {
    if let id = Int64(text), let detail = try store.object(id: id, valueLimit: 1) {
      return [detail.row]
    }
    let rows = try store.find(text)
    let exact = rows.filter { $0.dn.lowercased() == text.lowercased() }
    return exact.count == 1 ? exact : rows
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
        pending($0.pendingExport), $0.error,
      ]
    }
    return table
  }

  private static func pending(_ word: String) -> String { word == "none" ? "" : word }

  private static func lines(_ object: ObjectDetail) -> [String] {
    var lines = [
      SafeText.line(object.row.dn),
      "  \(object.row.objectType) of \(SafeText.line(object.row.connector)), object "
        + "\(object.row.id), anchor \(SafeText.line(object.anchor)), \(SafeText.line(object.link))",
    ]
    for error in object.errors {
      lines += ErrorsReport.lines(error).map { "  " + $0 }
    }
    lines.append("Attributes")
    lines += object.attributes.flatMap(attribute)
    if !object.metaverse.isEmpty {
      lines.append("Metaverse object \(object.metaverseID.map(String.init) ?? "")")
      lines += object.metaverse.flatMap(attribute)
    }
    if !object.counterparts.isEmpty {
      lines.append("Counterparts")
      lines += object.counterparts.map {
        "  \(SafeText.line($0.connector)): \(SafeText.line($0.dn)) (object \($0.id))"
      }
    }
    if !object.history.isEmpty { lines.append("History") }
    for entry in object.history {
      lines.append(
        "  \(TimeText.local(entry.time))  step \(entry.stepID)  \(SafeText.line(entry.connector)), "
          + "\(entry.type.profileName), \(entry.counter)")
      lines += entry.changes.flatMap(AttributeText.delta).map { "  " + $0 }
    }
    return lines
  }

  private static func attribute(_ row: AttributeRow) -> [String] {
    let origin = row.origin.isEmpty ? "" : "   [" + SafeText.line(row.origin) + "]"
    let names = row.targetNames
    let values = row.values.enumerated().map { index, value in
      index < names.count && !names[index].isEmpty
        ? SafeText.line(names[index]) : AttributeText.value(value)
    }
    var lines =
      values.count == 1 && row.before == nil && row.pendingExport == nil
      ? ["  " + SafeText.line(row.name) + ": " + values[0] + origin]
      : ["  " + SafeText.line(row.name) + origin] + values.map { "    " + $0 }
    if row.valueCount > row.values.count {
      lines.append("    … \(row.valueCount - row.values.count) more")
    }
    if let before = row.before {
      lines.append("    at the last synchronization: " + joined(before))
    }
    if let pending = row.pendingExport { lines.append("    to be exported: " + joined(pending)) }
    return lines
  }

  private static func joined(_ values: [AttributeValue]) -> String {
    values.isEmpty ? "(none)" : values.map(AttributeText.value).joined(separator: "; ")
  }
}
