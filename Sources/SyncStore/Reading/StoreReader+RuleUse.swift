import Directory
import GRDB

/// Which rules have had an effect.
extension StoreReader {
  /// Adds to `use` what the next `scan` objects or recorded changes tell.
  ///
  /// - Returns: where to go on; nil at the end.
  public func ruleUse(
    _ use: inout RuleUse, at position: RuleUsePosition, scan: Int
  ) throws -> RuleUsePosition? {
    var copy = use
    defer { use = copy }
    return try read { tx in
      var next = position
      if position.change == .max {
        if position.metaverse == 0 { copy.links = try Self.links(tx) }
        let last = try Self.values(&copy, after: position.metaverse, scan: scan, tx)
        if let last { next.metaverse = last } else { next.change -= 1 }
        return next
      }
      guard let last = try Self.changes(&copy, before: position.change, scan: scan, tx) else {
        return nil
      }
      next.change = last
      return next
    }
  }

  private static func links(_ tx: StoreTransaction) throws -> [String: Int] {
    let rows = try tx.rows(
      """
      SELECT r.name, COUNT(*) FROM cs_object o JOIN rule r ON r.id = o.link_rule
      WHERE o.mv_id IS NOT NULL GROUP BY r.name
      """)
    return Dictionary(rows.map { ($0[0], $0[1]) }, uniquingKeysWith: +)
  }

  private static func values(
    _ use: inout RuleUse, after: Int64, scan: Int, _ tx: StoreTransaction
  ) throws -> Int64? {
    let rows = try tx.rows(
      "SELECT id, image FROM mv_object WHERE id > ? ORDER BY id LIMIT ?", [after, scan])
    for row in rows {
      for attribute in try tx.coding.decodeMetaverse(row.bytes(1) ?? []) {
        if !attribute.values.isEmpty {
          use.values[try tx.dictionaries.ruleName(attribute.rule, tx.db), default: 0] += 1
        }
        for other in attribute.losers {
          let name = try tx.dictionaries.ruleName(other.rule, tx.db)
          if other.reason == .united {
            use.values[name, default: 0] += 1
          } else {
            use.lost[name, default: 0] += 1
          }
        }
      }
    }
    return rows.count == scan ? rows.last?[0] : nil
  }

  private static func changes(
    _ use: inout RuleUse, before: Int64, scan: Int, _ tx: StoreTransaction
  ) throws -> Int64? {
    let rows = try tx.rows(
      """
      SELECT h.id, h.deltas, s.is_rehearsal FROM step_change h JOIN step s ON s.id = h.step_id
      WHERE h.id < ? ORDER BY h.id DESC LIMIT ?
      """, [before, scan])
    // What was only rehearsed has brought nothing about.
    for row in rows where row[2] as Int64 == 0 {
      for delta in try tx.coding.decodeDeltas(row.bytes(1) ?? []) where !delta.rule.isEmpty {
        use.changes[delta.rule, default: 0] += 1
      }
    }
    return rows.count == scan ? rows.last?[0] : nil
  }
}
