extension Schema {
  /// What objects without a metaverse object wait for, so that they are tried again when it comes
  /// and not with every synchronization.
  ///
  /// Values of metaverse objects are removed one by one, by what they were: an index by object is
  /// of no use any more.
  static let waiting = """
    CREATE TABLE cs_wait (
      attribute_id INTEGER NOT NULL,
      value TEXT NOT NULL,
      object_id INTEGER NOT NULL,
      PRIMARY KEY (attribute_id, value, object_id)
    ) WITHOUT ROWID;
    CREATE INDEX cs_wait_object ON cs_wait (object_id);
    CREATE TABLE cs_retry (
      connector_id INTEGER NOT NULL,
      object_id INTEGER NOT NULL,
      PRIMARY KEY (connector_id, object_id)
    ) WITHOUT ROWID;
    INSERT INTO cs_retry SELECT connector_id, id FROM cs_object
      WHERE mv_id IS NULL AND image IS NOT NULL;
    DROP INDEX mv_value_object;
    """
}
