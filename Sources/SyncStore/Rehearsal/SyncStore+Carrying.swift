import Directory
import GRDB

/// Carrying what a copy of the store recorded into the store itself.
extension SyncStore {
  /// The numbers of the youngest objects: those that a copy makes later are not this store's.
  public func youngest() throws -> YoungestObjects {
    try look { tx in
      func last(_ table: String) throws -> Int64 {
        try tx.integer("SELECT seq FROM sqlite_sequence WHERE name = ?", [table]) ?? 0
      }
      return YoungestObjects(
        connectorSpace: try last("cs_object"), metaverse: try last("mv_object"))
    }
  }

  /// Enters what `copy` recorded of its step `step` as what this store's step `own` did.
  ///
  /// Every table `step_…` whose rows belong to a step is carried, whatever its other columns. Objects that
  /// only the copy has, those above `youngest`, get negative numbers: this store will give theirs
  /// to others.
  public func carry(
    step: Int64, of copy: SyncStore, as own: Int64, youngest: YoungestObjects
  ) throws {
    try carryNames(of: copy)
    let tables = try copy.look { try Self.stepTables($0) }
    for table in tables {
      var after: Int64 = 0
      while true {
        let rows = try copy.look { try table.rows(of: step, after: after, $0) }
        guard let last = rows.last else { break }
        try transaction { tx in
          for row in rows { try table.insert(row, as: own, youngest: youngest, tx) }
        }
        guard table.hasNumbers, let id = Int64(last.values[0]) else { break }
        after = id
      }
    }
    try carryStep(step, of: copy, as: own)
  }

  /// Names that the copy numbered first.
  private func carryNames(of copy: SyncStore) throws {
    let (attributes, rules) = try copy.look { tx in
      (
        try tx.rows("SELECT id, name FROM attribute"), try tx.rows("SELECT id, key, name FROM rule")
      )
    }
    try transaction { tx in
      for row in attributes {
        try tx.execute(
          "INSERT OR IGNORE INTO attribute(id, name) VALUES (?, ?)",
          [row[0] as Int64, row[1] as String])
        try Self.check(
          try tx.integer("SELECT id FROM attribute WHERE name = ?", [row[1] as String]), is: row[0])
      }
      for row in rules {
        try tx.execute(
          "INSERT OR IGNORE INTO rule(id, key, name) VALUES (?, ?, ?)",
          [row[0] as Int64, row[1] as String, row[2] as String])
        try Self.check(
          try tx.integer("SELECT id FROM rule WHERE key = ?", [row[1] as String]), is: row[0])
      }
    }
    dictionaries.forget()
  }

  /// What the copy recorded names attributes and rules by their numbers.
  private static func check(_ number: Int64?, is other: Int64) throws {
    guard number != other else { return }
    throw StoreError(
      .busy, message: "The store came to know other attributes or rules while this was rehearsed",
      hint: "Rehearse it again; nothing but the rehearsal's steps was written")
  }

  private func carryStep(_ step: Int64, of copy: SyncStore, as own: Int64) throws {
    let kept: Set<String> = [
      "id", "run_id", "connector_id", "type", "started", "ended", "result", "is_rehearsal",
    ]
    let columns = try copy.look { try Self.columns(of: "step", $0) }.filter { !kept.contains($0) }
    let row = try copy.look { tx in
      try tx.row("SELECT \(columns.joined(separator: ", ")) FROM step WHERE id = ?", [step])
    }
    guard let row else { return }
    try transaction { tx in
      try tx.execute(
        "UPDATE step SET \(columns.map { $0 + " = ?" }.joined(separator: ", ")) WHERE id = ?",
        values: (row.values + [.integer(own)])[...])
    }
  }

  private static func columns(of table: String, _ tx: StoreTransaction) throws -> [String] {
    try tx.rows("SELECT name FROM pragma_table_info('\(table)')").map { $0[0] }
  }

  private static func stepTables(_ tx: StoreTransaction) throws -> [StepTable] {
    let names = try String.fetchAll(
      tx.db,
      sql: """
        SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'step!_%' ESCAPE '!'
        ORDER BY name
        """)
    return try names.compactMap { name in
      let columns = try columns(of: name, tx)
      return columns.contains("step_id") ? StepTable(name: name, columns: columns) : nil
    }
  }
}

/// The youngest objects of a store, by their numbers.
public struct YoungestObjects: Hashable, Sendable {
  /// The youngest of all connector spaces.
  public var connectorSpace: Int64
  /// The youngest of the metaverse.
  public var metaverse: Int64
}

/// A table whose rows belong to steps.
private struct StepTable: Sendable {
  var name: String
  var columns: [String]

  /// Whether its rows have numbers of their own, which each store gives anew.
  var hasNumbers: Bool { columns.first == "id" }

  func rows(of step: Int64, after: Int64, _ tx: StoreTransaction) throws -> [StoreRow] {
    let list = columns.joined(separator: ", ")
    let page = hasNumbers ? "AND id > ? ORDER BY id LIMIT 1000" : "AND ? = 0"
    return try tx.rows(
      "SELECT \(list) FROM \(name) WHERE step_id = ? \(page)", [step, after])
  }

  func insert(
    _ row: StoreRow, as own: Int64, youngest: YoungestObjects, _ tx: StoreTransaction
  ) throws {
    var names: [String] = []
    var values: [SQLValue] = []
    for (column, value) in zip(columns, row.values) where column != "id" || !hasNumbers {
      names.append(column)
      switch column {
      case "step_id": values.append(.integer(own))
      case "object_id", "other_object_id":
        values.append(Self.number(value, youngest.connectorSpace))
      case "mv_id": values.append(Self.number(value, youngest.metaverse))
      default: values.append(value)
      }
    }
    let places = names.map { _ in "?" }.joined(separator: ", ")
    try tx.execute(
      "INSERT INTO \(name)(\(names.joined(separator: ", "))) VALUES (\(places))",
      values: values[...])
  }

  private static func number(_ value: SQLValue, _ youngest: Int64) -> SQLValue {
    guard let id = Int64(value), id > youngest else { return value }
    return .integer(-id)
  }
}
