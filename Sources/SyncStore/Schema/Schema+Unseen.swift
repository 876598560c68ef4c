extension Schema {
  /// Adds that were sent, never shown, and given up: a target whose reads lag behind its writes may
  /// show them yet.
  static let unseen = """
    CREATE TABLE unseen_add (
      connector_id INTEGER NOT NULL,
      dn_path TEXT NOT NULL,
      object_type TEXT NOT NULL,
      dn TEXT NOT NULL,
      display TEXT NOT NULL,
      is_released INTEGER NOT NULL,
      cause_id INTEGER,
      time INTEGER NOT NULL,
      PRIMARY KEY (connector_id, dn_path, object_type)
    ) WITHOUT ROWID;
    """
}
