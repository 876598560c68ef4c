extension Schema {
  /// Names that objects of a target had when they were sent a delete or another name and no answer came.
  ///
  /// What referred to them there may do so still. `name_now` is what the object is called, if it is there.
  static let leftNames = """
    CREATE TABLE left_name (
      connector_id INTEGER NOT NULL,
      name TEXT NOT NULL,
      name_now TEXT,
      PRIMARY KEY (connector_id, name)
    ) WITHOUT ROWID;
    """
}
