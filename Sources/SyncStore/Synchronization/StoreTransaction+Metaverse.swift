import Directory
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

  /// Makes an object that joins find under `keys`.
  public func insertMetaverse(
    objectType: String, image: EncodedImage, display: String, keys: [JoinKey]
  ) throws -> Int64 {
    var rows = NewRows(self)
    let id = try rows.insertMetaverse(
      objectType: objectType, image: image, display: display, keys: keys)
    try rows.flush()
    return id
  }

  /// Brings an object to a new image; joins find it no longer under `removed`, and under `added`.
  public func updateMetaverse(
    _ id: Int64, image: EncodedImage, display: String, removed: [JoinKey], added: [JoinKey]
  ) throws {
    try execute(
      "UPDATE mv_object SET image = ?, display = ? WHERE id = ?",
      [Blob(bytes: image.bytes), display, id])
    try remove(removed, from: id)
    try add(added, to: id)
  }

  /// Deletes an object that joins found under `keys`; references to and from it go out of the
  /// targets with the next pass.
  public func deleteMetaverse(_ id: Int64, keys: [JoinKey]) throws {
    try noteNames(of: id)
    try remove(keys, from: id)
    try execute("UPDATE mv_reference SET state = 2 WHERE source_id = ?", [id])
    try execute("UPDATE mv_reference SET state = 2 WHERE target_id = ?", [id])
    try execute("DELETE FROM mv_object WHERE id = ?", [id])
  }

  /// By which of its attributes people call an object.
  private static let calledBy: Set<AttributeName> = ["accountName", "mail", "userPrincipalName"]

  /// Notes what an object that goes was called, so that its past is found by that.
  private func noteNames(of id: Int64) throws {
    for attribute in try metaverse(id)?.attributes ?? []
    where Self.calledBy.contains(attribute.name) {
      for value in attribute.values {
        try execute(
          """
          INSERT OR REPLACE INTO past_name(name, object_id, mv_id, step_id)
          VALUES (?, 0, ?, COALESCE((SELECT MAX(id) FROM step), 0))
          """, [value.text.lowercased(), id])
      }
    }
  }

  func add(_ keys: [JoinKey], to id: Int64) throws {
    for key in keys {
      try execute(
        "INSERT OR IGNORE INTO mv_value(attribute_id, value, mv_id) VALUES (?, ?, ?)",
        [try dictionaries.id(key.attribute, db), key.value, id])
    }
  }

  private func remove(_ keys: [JoinKey], from id: Int64) throws {
    for key in keys {
      try execute(
        "DELETE FROM mv_value WHERE attribute_id = ? AND value = ? AND mv_id = ?",
        [try dictionaries.id(key.attribute, db), key.value, id])
    }
  }

  /// The bytes of a metaverse object; names that are new get a number.
  public func encode(_ attributes: [MetaverseAttribute]) throws -> EncodedImage {
    EncodedImage(bytes: try coding.encode(attributes))
  }

  /// The bytes of what rules want; names that are new get a number.
  public func encode(_ desired: DesiredImage) throws -> EncodedImage {
    EncodedImage(bytes: try coding.encode(desired))
  }

  /// The number under which the store knows a rule.
  public func ruleID(_ key: String, name: String) throws -> Int64 {
    try dictionaries.ruleID(key, name: name, db)
  }
}
