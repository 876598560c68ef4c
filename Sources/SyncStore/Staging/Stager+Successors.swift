import Directory
import GRDB

/// Objects that come under the name of another one: a delete and an add that belong together, as
/// MIIS's `delete-add`, or a name of which the directory has not told who bears it now.
extension Stager {
  /// The staged object that bears the name of one that is gone.
  func heir(of stored: Stored) throws -> Int64? {
    try tx.integer(
      """
      SELECT id FROM cs_object
      WHERE connector_id = ? AND dn_path = ? AND image IS NOT NULL AND id <> ?
      """, [context.connector, try DistinguishedName(stored.dn).path, stored.id])
  }

  /// Notes of a new object that it takes the place of one that was deleted; the answer is what that
  /// one said, nil if there was none.
  ///
  /// The delete is no longer counted for itself, if this import staged it.
  mutating func takePlace(_ id: Int64, under dn: DistinguishedName) throws -> [Attribute]? {
    try noteRivals(of: id, under: dn)
    guard
      let gone = try tx.row(
        """
        SELECT id, (SELECT b.image FROM cs_before b WHERE b.object_id = cs_object.id)
        FROM cs_object WHERE connector_id = ? AND dn_path = ? AND pending_import = 4 ORDER BY id DESC LIMIT 1
        """, [context.connector, dn.path])
    else { return nil }
    try tx.execute("UPDATE cs_object SET pending_import = 3 WHERE id = ?", [id])
    if try tx.takeBack(.stageDelete, of: gone[0], step: context.step) != nil {
      result.tally.count(.stageDelete, amount: -1)
    }
    return try gone.bytes(1).map { try tx.coding.decodeList($0) } ?? []
  }

  /// Notes of an object that is gone that a new one has taken its place already; the answer is
  /// whether both are counted as one with that.
  mutating func givePlace(of gone: Stored, _ old: [Attribute], to heir: Int64) throws -> Bool {
    guard
      let row = try tx.row(
        """
        SELECT dn, display, object_type, image FROM cs_object WHERE id = ? AND pending_import = 1
        """, [heir])
    else { return false }
    try tx.execute("UPDATE cs_object SET pending_import = 3 WHERE id = ?", [heir])
    guard let added = try tx.takeBack(.stageAdd, of: heir, step: context.step) else { return false }
    result.tally.count(.stageAdd, amount: -1)
    result.tally.count(.stageDeleteAdd)
    let new = try row.bytes(3).map { try tx.coding.decodeList($0) } ?? []
    let references = added.filter { item in !new.contains { $0.name.text == item.name } }
    try tx.record(
      ObjectChange(
        .stageDeleteAdd, objectID: heir, dn: row[0], display: row[1], objectType: row[2],
        deltas: ObjectChange.deltas(from: old, to: new)
          + references.map { .init(AttributeName($0.name), before: [], after: $0.after) }),
      step: context.step)
    return true
  }

  /// Notes that the directory told an object under a name that another one bears.
  mutating func noteRivals(of id: Int64, under dn: DistinguishedName) throws {
    guard !context.isTarget else { return }
    let others = try tx.rows(
      """
      SELECT id FROM cs_object
      WHERE connector_id = ? AND dn_path = ? AND image IS NOT NULL AND id <> ?
      """, [context.connector, dn.path, id])
    for row in others { seen.noteDisplaced(row[0]) }
  }
}

extension StoreTransaction {
  /// The names that several staged objects of a connector bear.
  public func transient(connector: Int64) throws -> [String] {
    try rows(
      """
      SELECT MIN(dn) FROM cs_object INDEXED BY cs_dn WHERE connector_id = ? AND image IS NOT NULL
      GROUP BY dn_path HAVING COUNT(*) > 1
      """, [connector]
    ).map { $0[0] }
  }

  /// Of objects whose name another one took, those that still bear it: the directory has not told
  /// what became of them.
  public func transient(_ ids: some Sequence<Int64>) throws -> [String] {
    try ids.compactMap { id in
      try row(
        """
        SELECT dn FROM cs_object o WHERE id = ? AND image IS NOT NULL AND EXISTS
          (SELECT 1 FROM cs_object b INDEXED BY cs_dn WHERE b.connector_id = o.connector_id
            AND b.dn_path = o.dn_path AND b.image IS NOT NULL AND b.id <> o.id)
        """, [id])?[0]
    }
  }
}
