extension Schema {
  /// Two moments in milliseconds since 1970.
  ///
  /// When a step was last heard of: one that nobody closed ended then. And since when a
  /// contributor's rule gives a reference; 0 where that is not known.
  static let seen = """
    ALTER TABLE step ADD COLUMN seen INTEGER;
    ALTER TABLE mv_reference ADD COLUMN since INTEGER NOT NULL DEFAULT 0;
    """
}
