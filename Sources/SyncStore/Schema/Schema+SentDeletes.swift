extension Schema {
  /// Deletes that a target said it had carried out, until an import tells that the object is gone.
  static let sentDeletes = """
    CREATE TABLE sent_delete (
      connector_id INTEGER NOT NULL,
      anchor TEXT NOT NULL,
      step_id INTEGER NOT NULL,
      time INTEGER NOT NULL,
      PRIMARY KEY (connector_id, anchor)
    ) WITHOUT ROWID;
    CREATE INDEX sent_delete_time ON sent_delete (connector_id, time);
    """
}
