public import Directory
import GRDB

/// Metaverse objects.
extension StoreTransaction {
  /// The object with this number.
  public func metaverse(_ id: Int64) throws -> MetaverseObject? {
    guard let row = try row("SELECT object_type, image FROM mv_object WHERE id = ?", [id]) else {
      return nil
    }
    return MetaverseObject(
      id: id, objectType: row[0], attributes: try coding.decodeMetaverse(row.bytes(1) ?? []))
  }

  /// Objects of a type that fulfil all conditions of a join.
  public func findMetaverse(objectType: String, _ conditions: [JoinLookup]) throws -> [Int64] {
    guard let first = conditions.first,
      let attribute = try dictionaries.existingID(first.attribute, db)
    else { return [] }
    var found: [Int64] = []
    for value in first.values {
      let rows = try rows(
        "SELECT mv_id FROM mv_value WHERE attribute_id = ? AND value = ? LIMIT 10",
        [attribute, value.searchKey])
      for row in rows {
        let id: Int64 = row[0]
        guard !found.contains(id), let object = try metaverse(id),
          object.objectType == objectType,
          conditions.allSatisfy({ $0.matches(object.values) })
        else { continue }
        found.append(id)
      }
    }
    return found
  }

  /// Makes an object; `indexed` names the attributes that joins look up.
  public func insertMetaverse(
    objectType: String, _ attributes: [MetaverseAttribute], display: String,
    indexed: Set<AttributeName>
  ) throws -> Int64 {
    try execute(
      "INSERT INTO mv_object(object_type, display, image, created) VALUES (?, ?, ?, ?)",
      [
        objectType, display, try coding.encode(attributes).data, Timestamp.now.milliseconds,
      ])
    let id = db.lastInsertedRowID
    try index(id, attributes, indexed)
    return id
  }

  /// Brings an object to `attributes`; look-up values are renewed if `reindex`.
  public func updateMetaverse(
    _ id: Int64, _ attributes: [MetaverseAttribute], display: String,
    indexed: Set<AttributeName>, reindex: Bool
  ) throws {
    try execute(
      "UPDATE mv_object SET image = ?, display = ? WHERE id = ?",
      [try coding.encode(attributes).data, display, id])
    guard reindex else { return }
    try execute("DELETE FROM mv_value WHERE mv_id = ?", [id])
    try index(id, attributes, indexed)
  }

  /// Deletes an object; references to and from it go out of the targets with the next pass.
  public func deleteMetaverse(_ id: Int64) throws {
    try execute("DELETE FROM mv_value WHERE mv_id = ?", [id])
    try execute("UPDATE mv_reference SET state = 2 WHERE source_id = ?", [id])
    try execute("UPDATE mv_reference SET state = 2 WHERE target_id = ?", [id])
    try execute("DELETE FROM mv_object WHERE id = ?", [id])
  }

  private func index(
    _ id: Int64, _ attributes: [MetaverseAttribute], _ indexed: Set<AttributeName>
  ) throws {
    for attribute in attributes where indexed.contains(attribute.name) {
      let name = try dictionaries.id(attribute.name, db)
      for value in attribute.values {
        try execute(
          "INSERT OR IGNORE INTO mv_value(attribute_id, value, mv_id) VALUES (?, ?, ?)",
          [name, value.searchKey, id])
      }
    }
  }

  /// The number under which the store knows a rule.
  public func ruleID(_ key: String, name: String) throws -> Int64 {
    try dictionaries.ruleID(key, name: name, db)
  }
}
