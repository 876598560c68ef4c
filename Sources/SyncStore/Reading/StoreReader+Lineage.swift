import Directory
import GRDB

/// A metaverse object's values with who contributed them.
extension StoreReader {
  static func lineage(
    of id: Int64, limit: Int, _ tx: StoreTransaction
  ) throws -> [AttributeRow] {
    guard let object = try tx.metaverse(id) else { return [] }
    var rows = try object.attributes.map { attribute in
      let contributors = try contributors(of: attribute, tx)
      return AttributeRow(
        name: attribute.name.text, values: attribute.values, before: nil, pendingExport: nil,
        origin: contributors.first?.text ?? "", targetNames: [],
        valueCount: attribute.values.count, contributors: contributors)
    }
    rows += try tx.referenceLineage(of: id, limit: limit)
    for index in rows.indices { rows[index].cut(to: limit) }
    return rows.sorted { $0.name.lowercased() < $1.name.lowercased() }
  }

  private static func contributors(
    of attribute: MetaverseAttribute, _ tx: StoreTransaction
  ) throws -> [ContributorRow] {
    var winner = try contributor(
      attribute.contributor, rule: attribute.rule, time: attribute.time, tx)
    winner.empties = attribute.values.isEmpty
    return try [winner]
      + attribute.losers.map { loser in
        var row = try contributor(loser.contributor, rule: loser.rule, tx)
        row.reason = loser.reason.text
        row.values = loser.values
        return row
      }
  }

  fileprivate static func contributor(
    _ object: Int64, rule: Int64, time: Timestamp? = nil, _ tx: StoreTransaction
  ) throws -> ContributorRow {
    let row = try tx.row(
      """
      SELECT c.name, o.dn FROM cs_object o JOIN connector c ON c.id = o.connector_id WHERE o.id = ?
      """, [object])
    return ContributorRow(
      connector: row?[0] ?? "(an object that is gone)", object: object, dn: row?[1] ?? "",
      rule: try tx.dictionaries.ruleName(rule, tx.db), time: time)
  }

  /// References are rows, of which those with the strongest rule count, or all where rules unite them.
  fileprivate static func reference(
    _ attribute: Int64, of id: Int64, limit: Int, _ tx: StoreTransaction
  ) throws -> AttributeRow {
    let givers = try tx.rows(
      """
      SELECT contributor_id, rule_id, precedence, COUNT(*), NULLIF(MAX(since), 0)
      FROM mv_reference
      WHERE source_id = ? AND attribute_id = ? AND state <> 2
      GROUP BY precedence, contributor_id, rule_id ORDER BY precedence, contributor_id
      """, [id, attribute])
    let strongest: Int64 = givers.first?[2] ?? 0
    let name = try tx.dictionaries.name(attribute, tx.db)
    let weakest = try tx.mergedReferences().contains(name) ? Int64.max : strongest
    let contributors = try givers.map { row in
      var giver = try contributor(row[0], rule: row[1], tx)
      giver.references = row[3]
      let rank: Int64 = row[2]
      if rank > weakest {
        giver.reason =
          rank < KeptReferences.rank
          ? "a rule with a lower precedence number has references"
          : "its expression asked that this flow be ignored, and another rule has references"
      } else {
        giver.time = (row[4] as Int64?).map { Timestamp(milliseconds: $0) }
      }
      return giver
    }
    let targets = try tx.rows(
      """
      SELECT m.display FROM mv_object m WHERE m.id IN (
        SELECT target_id FROM mv_reference
        WHERE source_id = ? AND attribute_id = ? AND state <> 2 AND precedence <= ?) LIMIT ?
      """, [id, attribute, weakest, limit])
    let counting = contributors.filter(\.reason.isEmpty)
    // Several may give the same one.
    var count = counting.reduce(0) { $0 + $1.references }
    if counting.count > 1 {
      let distinct = try tx.integer(
        """
        SELECT COUNT(DISTINCT target_id) FROM mv_reference
        WHERE source_id = ? AND attribute_id = ? AND state <> 2 AND precedence <= ?
        """, [id, attribute, weakest])
      count = Int(distinct ?? 0)
    }
    return AttributeRow(
      name: name.text,
      values: targets.map { .reference($0[0]) }, before: nil, pendingExport: nil,
      origin: contributors.first?.text ?? "", targetNames: targets.map { $0[0] },
      valueCount: count, contributors: contributors)
  }
}

extension StoreTransaction {
  /// The reference attributes of a metaverse object with who gives them, in no special order.
  ///
  /// - Parameter limit: How many targets of each are named.
  public func referenceLineage(of id: Int64, limit: Int) throws -> [AttributeRow] {
    let references = try rows(
      "SELECT DISTINCT attribute_id FROM mv_reference WHERE source_id = ? AND state <> 2", [id])
    // What outbound rules made is the targets' alone.
    let made = try madeAttributes(.outbound)
    return try references.filter { !made.contains($0[0]) }.map {
      try StoreReader.reference($0[0], of: id, limit: limit, self)
    }
  }
}
