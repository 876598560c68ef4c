extension Schema {
  /// What objects were when a synchronization took them last, as long as another one is due.
  ///
  /// In rows of their own: beside what an object is now it would make the row twice as long for a
  /// while, so that the page that holds it is split, and its neighbours are written, twice a change.
  static let before = """
    CREATE TABLE cs_before (object_id INTEGER PRIMARY KEY, image BLOB, dn TEXT NOT NULL);
    INSERT INTO cs_before(object_id, image, dn)
      SELECT id, synced, synced_dn FROM cs_object
      WHERE pending_import <> 0 AND synced_dn IS NOT NULL;
    UPDATE cs_object SET synced = NULL, synced_dn = NULL
      WHERE pending_import <> 0 AND synced_dn IS NOT NULL;
    ALTER TABLE cs_object RENAME COLUMN synced TO unused_image;
    ALTER TABLE cs_object RENAME COLUMN synced_dn TO unused_dn;
    """
}
