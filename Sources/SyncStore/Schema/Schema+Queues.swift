extension Schema {
  /// Indexes that hold just what waits: a queue of pending work is read in its order, a page at a
  /// time, whatever else the connector space holds.
  ///
  /// SQLite takes a partial index only where the query says the index's own condition, word by word
  /// (sqlite.org/partialindex.html §3): a condition of the form `= 4` does not prove `<> 0`.
  static let queues = """
    DROP INDEX cs_pending_export;
    CREATE INDEX cs_to_write ON cs_object (connector_id, object_type, id)
      WHERE pending_export IN (1, 2);
    CREATE INDEX cs_to_delete ON cs_object (connector_id, id) WHERE pending_export = 4;
    CREATE INDEX export_reference_new ON export_reference (source_id) WHERE state = 1;
    CREATE INDEX export_reference_sent ON export_reference (source_id) WHERE state > 2;
    """
}
