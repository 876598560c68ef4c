import Directory

/// Objects without a metaverse object, and what they wait for.
extension StoreTransaction {
  /// Has an object tried again when a metaverse object gets or loses one of these values.
  public func wait(_ id: Int64, for keys: [JoinKey]) throws {
    for key in keys {
      try execute(
        "INSERT OR IGNORE INTO cs_wait(attribute_id, value, object_id) VALUES (?, ?, ?)",
        [try dictionaries.id(key.attribute, db), key.value, id])
    }
  }

  /// Whether any object waits for anything.
  public func hasWaiting() throws -> Bool {
    try integer("SELECT 1 FROM cs_wait LIMIT 1") != nil
  }

  /// Has every object tried again that waits for one of these values.
  public func wake(_ keys: some Sequence<JoinKey>) throws {
    for key in keys {
      guard let attribute = try dictionaries.existingID(key.attribute, db) else { continue }
      try execute(
        """
        INSERT OR IGNORE INTO cs_retry(connector_id, object_id)
        SELECT o.connector_id, o.id FROM cs_wait w JOIN cs_object o ON o.id = w.object_id
        WHERE w.attribute_id = ? AND w.value = ? AND o.mv_id IS NULL
        """, [attribute, key.value])
      try execute(
        "DELETE FROM cs_wait WHERE attribute_id = ? AND value = ?", [attribute, key.value])
    }
  }

  /// Has an object tried again by the next synchronization of its connector, if its directory
  /// holds it and nothing is linked to it.
  public func retry(_ id: Int64) throws {
    try execute(
      """
      INSERT OR IGNORE INTO cs_retry(connector_id, object_id)
      SELECT connector_id, id FROM cs_object WHERE id = ? AND mv_id IS NULL AND image IS NOT NULL
      """, [id])
  }

  /// Notes that objects are tried now, for whatever reason: what happens from now on may have them
  /// tried again.
  public func retried(_ ids: some Collection<Int64>, connector: Int64) throws {
    guard !ids.isEmpty,
      try integer("SELECT 1 FROM cs_retry WHERE connector_id = ? LIMIT 1", [connector]) != nil
    else { return }
    try execute(
      """
      DELETE FROM cs_retry WHERE connector_id = ?
      AND object_id IN (SELECT value FROM json_each(?))
      """, [connector, Self.list(ids)])
  }

  /// Whether a connector space has objects that are to be tried again; one that is linked by now,
  /// is gone, or is synchronized for another reason needs it no more.
  public func hasRetries(connector: Int64) throws -> Bool {
    guard try integer("SELECT 1 FROM cs_retry WHERE connector_id = ? LIMIT 1", [connector]) != nil
    else { return false }
    try execute(
      """
      DELETE FROM cs_retry WHERE connector_id = ? AND NOT EXISTS (SELECT 1 FROM cs_object o
        WHERE o.id = object_id AND o.mv_id IS NULL AND o.image IS NOT NULL
        AND o.pending_import = 0)
      """, [connector])
    return try integer("SELECT 1 FROM cs_retry WHERE connector_id = ? LIMIT 1", [connector]) != nil
  }

  /// Whether a synchronization would try an object again.
  public func isToBeRetried(_ id: Int64) throws -> Bool {
    try integer(
      """
      SELECT 1 FROM cs_object o JOIN cs_retry r
        ON r.connector_id = o.connector_id AND r.object_id = o.id
      WHERE o.id = ? AND o.mv_id IS NULL AND o.image IS NOT NULL AND o.pending_import = 0
      """, [id]) != nil
  }

  /// Notes that these objects, which are linked now, wait for nothing.
  public func endWaiting(of ids: some Collection<Int64>) throws {
    guard !ids.isEmpty else { return }
    try execute(
      "DELETE FROM cs_wait WHERE object_id IN (SELECT value FROM json_each(?))",
      [Self.list(ids)])
  }
}
