import Directory
import GRDB

/// Searches in the metaverse.
extension StoreReader {
  /// Objects that pass `query`, in the order of their names, after the place `after`.
  ///
  /// A clause that asks for equality with a value that joins look for is answered from their index;
  /// else the objects whose names begin as asked are looked through, `scan` of them at most, so
  /// that others can read between two parts.
  public func metaverse(
    _ query: MetaverseQuery, after: MetaversePosition?, limit: Int, scan: Int
  ) throws -> MetaversePage {
    try read { tx in
      if let found = try Self.candidates(query, tx) {
        return try Self.page(found, query, after: after, limit: limit, tx)
      }
      return try Self.look(query, after: after, limit: limit, scan: scan, tx)
    }
  }

  /// How many objects that a join finds are looked for: more than are named.
  private static let mostMatches = 10

  /// The metaverse objects of a type that fulfil all conditions of a join, the first ten of them.
  public func joinMatches(type: String, _ conditions: [JoinLookup]) throws -> [String] {
    try read { tx in
      var seen: Set<Int64> = []
      var names: [String] = []
      for query in conditions.queries(type: type) {
        for id in try tx.metaverseHolding(query) where seen.insert(id).inserted {
          guard names.count < Self.mostMatches else { return names }
          guard let values = try tx.metaverse(id)?.values,
            conditions.allSatisfy({ $0.matches(values) })
          else { continue }
          let display = try tx.metaverseDisplay(id) ?? ""
          names.append(display.isEmpty ? "metaverse object \(id)" : display)
        }
      }
      return names
    }
  }

  /// The objects that a clause finds by the index of joins; nil if no clause can.
  private static func candidates(
    _ query: MetaverseQuery, _ tx: StoreTransaction
  ) throws -> [Int64]? {
    guard let indexed = try tx.indexedAttributes(of: .metaverse) else { return nil }
    for clause in query.clauses where clause.comparison == .equals {
      let name = AttributeName(clause.attribute)
      guard indexed.contains(name.key), let id = try tx.dictionaries.existingID(name, tx.db) else {
        continue
      }
      let found = try tx.rows(
        "SELECT mv_id FROM mv_value WHERE attribute_id = ? AND value = ? LIMIT ?",
        [id, clause.value.lowercased(), mostCandidates + 1])
      // More are better looked through in the order of names; none may be left out.
      if found.count <= mostCandidates { return found.map { $0[0] } }
    }
    return nil
  }

  /// Objects that a clause may find by the index of joins.
  private static let mostCandidates = 10_000

  private static func page(
    _ candidates: [Int64], _ query: MetaverseQuery, after: MetaversePosition?, limit: Int,
    _ tx: StoreTransaction
  ) throws -> MetaversePage {
    var found: [MetaverseRow] = []
    let check = Check(query)
    for id in candidates {
      guard
        let row = try tx.row(
          "SELECT id, object_type, display, image FROM mv_object WHERE id = ?", [id]),
        try check.passes(row, tx)
      else { continue }
      found.append(try self.row(row, tx))
    }
    found.sort { ($0.display.lowercased(), $0.id) < ($1.display.lowercased(), $1.id) }
    if let after {
      let place = (after.display.lowercased(), after.id)
      found.removeAll { ($0.display.lowercased(), $0.id) <= place }
    }
    let rows = Array(found.prefix(limit))
    let next =
      rows.count < found.count
      ? rows.last.map { MetaversePosition(display: $0.display, id: $0.id) } : nil
    return MetaversePage(rows: rows, next: next)
  }

  private static func look(
    _ query: MetaverseQuery, after: MetaversePosition?, limit: Int, scan: Int,
    _ tx: StoreTransaction
  ) throws -> MetaversePage {
    var page = MetaversePage(rows: [], next: nil)
    let check = Check(query)
    var left = scan
    for range in NameRange.beginning(with: query.name) {
      let isBegun = after.map { NameRange.isLess(range.from, than: $0.display) } ?? false
      if isBegun, let after, !NameRange.isLess(after.display, than: range.end) { continue }
      let rows = try tx.rows(
        """
        SELECT id, object_type, display, image FROM mv_object
        WHERE (display COLLATE NOCASE, id) > (?, ?)
        AND display COLLATE NOCASE >= ? AND display COLLATE NOCASE < ?
        ORDER BY display COLLATE NOCASE, id LIMIT ?
        """, [after?.display ?? "", after?.id ?? 0, range.from, range.end, left])
      for row in rows {
        guard try check.passes(row, tx) else { continue }
        page.rows.append(try self.row(row, tx))
        guard page.rows.count < limit else {
          page.next = MetaversePosition(display: row[2], id: row[0])
          return page
        }
      }
      left -= rows.count
      if left == 0 {
        page.next = rows.last.map { MetaversePosition(display: $0[2], id: $0[0]) }
        return page
      }
    }
    return page
  }

  static func metaverse(_ ids: [Int64], _ tx: StoreTransaction) throws -> [MetaverseRow] {
    try tx.rows(
      """
      SELECT id, object_type, display FROM mv_object WHERE id IN (SELECT value FROM json_each(?))
      """, [list(ids)]
    ).map { try row($0, tx) }
  }

  /// What SQL can tell of the objects `m` that pass.
  static func condition(
    _ query: MetaverseQuery, _ tx: StoreTransaction
  ) throws -> (sql: String, arguments: [(any SQLBindable)?]) {
    var parts = ["1"]
    var arguments: [(any SQLBindable)?] = []
    if let type = query.objectType {
      parts.append("m.object_type = ? COLLATE NOCASE")
      arguments.append(type)
    }
    if !query.name.isEmpty {
      let ranges = NameRange.beginning(with: query.name)
      let part = "m.display COLLATE NOCASE >= ? AND m.display COLLATE NOCASE < ?"
      parts.append("(" + ranges.map { _ in part }.joined(separator: " OR ") + ")")
      for range in ranges { arguments += [range.from, range.end] }
    }
    if let found = try candidates(query, tx) {
      parts.append("m.id IN (SELECT value FROM json_each(?))")
      arguments.append(list(found))
    }
    return (parts.joined(separator: " AND "), arguments)
  }

  /// Whether the object of a number passes the clauses.
  static func passes(_ id: Int64, _ check: Check, _ tx: StoreTransaction) throws -> Bool {
    let row = try tx.row(
      "SELECT id, object_type, display, image FROM mv_object WHERE id = ?", [id])
    return try row.map { try check.passes($0, tx) } ?? false
  }

  private static func row(_ row: StoreRow, _ tx: StoreTransaction) throws -> MetaverseRow {
    let objects = try tx.rows(
      """
      SELECT o.id, c.name, COALESCE(e.type, x.type, '') FROM cs_object o
      JOIN connector c ON c.id = o.connector_id
      LEFT JOIN step_error e ON e.id = o.sync_error_id
      LEFT JOIN step_error x ON x.id = o.export_error_id
      WHERE o.mv_id = ? ORDER BY c.is_source DESC, o.id
      """, [row[0] as Int64])
    return MetaverseRow(
      id: row[0], objectType: row[1], display: row[2], objectID: objects.first?[0],
      connectors: objects.map { $0[1] },
      error: objects.lazy.map { $0[2] as String }.first { !$0.isEmpty } ?? "")
  }

  // MARK: Clauses

  /// A query whose patterns have been read.
  struct Check {
    let query: MetaverseQuery
    /// The pattern of each clause that has one.
    let patterns: [TextPattern?]

    init(_ query: MetaverseQuery) {
      self.query = query
      patterns = query.clauses.map { clause in
        let isPattern = clause.comparison == .matches || clause.comparison == .matchesNot
        return isPattern ? try? TextPattern(clause.value) : nil
      }
    }

    func passes(_ row: StoreRow, _ tx: StoreTransaction) throws -> Bool {
      if let type = query.objectType, (row[1] as String).lowercased() != type.lowercased() {
        return false
      }
      if !query.name.isEmpty,
        !(row[2] as String).lowercased().hasPrefix(query.name.lowercased())
      {
        return false
      }
      guard !query.clauses.isEmpty else { return true }
      let attributes = try tx.coding.decodeMetaverse(row.bytes(3) ?? [])
      for (clause, pattern) in zip(query.clauses, patterns) {
        let name = AttributeName(clause.attribute)
        let values = attributes.first { $0.name == name }?.values ?? []
        if !passes(values, clause, pattern) { return false }
      }
      return true
    }

    private func passes(
      _ values: [AttributeValue], _ clause: MetaverseQuery.Clause, _ pattern: TextPattern?
    ) -> Bool {
      let wanted = clause.value.lowercased()
      func any(_ isMatch: (String) -> Bool) -> Bool {
        values.contains { isMatch($0.text.lowercased()) }
      }
      switch clause.comparison {
      case .equals: return any { $0 == wanted }
      case .differs: return !any { $0 == wanted }
      case .begins: return any { $0.hasPrefix(wanted) }
      case .contains: return any { $0.contains(wanted) }
      case .matches: return any { pattern?.matches($0) ?? false }
      case .matchesNot: return !any { pattern?.matches($0) ?? false }
      case .atLeast: return any { ordered($0, wanted) >= 0 }
      case .atMost: return any { ordered($0, wanted) <= 0 }
      case .isPresent: return !values.isEmpty
      case .isAbsent: return values.isEmpty
      }
    }

    /// Numbers by their size, everything else by its letters.
    private func ordered(_ a: String, _ b: String) -> Int {
      if let a = Int64(a), let b = Int64(b) { return a < b ? -1 : a == b ? 0 : 1 }
      return a < b ? -1 : a == b ? 0 : 1
    }
  }
}

/// The application log.
extension StoreReader {
  /// Events that pass `filter`, newest first.
  public func events(_ filter: EventFilter, before: Int64?, limit: Int) throws -> [EventRow] {
    let (condition, arguments) = Self.condition(filter)
    return try read { tx in
      try tx.rows(
        """
        SELECT id, time, level, code, source, message FROM event WHERE id < ? AND \(condition)
        ORDER BY id DESC LIMIT ?
        """, [before ?? Int64.max] + arguments + [limit]
      ).map(Self.event)
    }
  }

  /// What is true of the events that pass.
  static func condition(_ filter: EventFilter) -> (sql: String, arguments: [(any SQLBindable)?]) {
    var parts = ["time <= ?"]
    var arguments: [(any SQLBindable)?] = [filter.until?.milliseconds ?? Int64.max]
    if !filter.codes.isEmpty {
      parts.append("code IN (\(filter.codes.map(String.init).joined(separator: ", ")))")
    }
    switch filter.atLeast {
    case .information: break
    case .warning: parts.append("level <> 'information'")
    case .error: parts.append("level = 'error'")
    }
    if !filter.text.isEmpty {
      parts.append(ListFunctions.contains("message"))
      arguments.append(filter.text.lowercased())
    }
    return (parts.joined(separator: " AND "), arguments)
  }

  static func events(_ ids: [Int64], _ tx: StoreTransaction) throws -> [EventRow] {
    try tx.rows(
      """
      SELECT id, time, level, code, source, message FROM event
      WHERE id IN (SELECT value FROM json_each(?))
      """, [list(ids)]
    ).map(event)
  }

  private static func event(_ row: StoreRow) -> EventRow {
    EventRow(
      id: row[0], time: Timestamp(milliseconds: row[1]),
      level: .init(rawValue: row[2]) ?? .information, code: row[3], source: row[4],
      message: row[5])
  }
}
