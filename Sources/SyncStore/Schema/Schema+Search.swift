extension Schema {
  /// The metaverse in the order of names, for searches that begin with one.
  static let search = """
    CREATE INDEX mv_display ON mv_object (display COLLATE NOCASE, id);
    """
}
