extension Schema {
  /// What a change of the rules is, and what it does, until a full synchronization has done it.
  static let due = """
    CREATE TABLE due_change (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      connector_id INTEGER NOT NULL,
      rule TEXT NOT NULL,
      what TEXT NOT NULL,
      before TEXT NOT NULL,
      after TEXT NOT NULL
    );
    CREATE INDEX due_change_connector ON due_change (connector_id, id);
    CREATE TABLE due_effect (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      connector_id INTEGER NOT NULL,
      kind TEXT NOT NULL,
      object_type TEXT NOT NULL,
      attribute TEXT NOT NULL,
      count INTEGER NOT NULL,
      looked INTEGER NOT NULL,
      total INTEGER NOT NULL,
      samples TEXT NOT NULL
    );
    CREATE INDEX due_effect_connector ON due_effect (connector_id, id);
    """
}
