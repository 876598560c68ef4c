extension Schema {
  /// The metaverse in the order of names, for searches that begin with one.
  static let search = """
    CREATE INDEX mv_display ON mv_object (display COLLATE NOCASE, id);
    """

  /// Disconnectors that no rule has in scope, to be counted and listed.
  static let filtered = """
    CREATE INDEX cs_filtered ON cs_object (connector_id, id)
      WHERE mv_id IS NULL AND connector_state = 2;
    """
}
