import GRDB

extension StoreTransaction {
  /// Under which keys the settings keep the indexes that are left out.
  private static let leftOut = "index left out: "

  /// The indexes of references whose order is not that in which a first import stages them.
  private static let unordered = ["cs_reference_target", "cs_reference_dirty"]

  /// Leaves out indexes of references that are about to be staged in bulk, if there are none yet.
  ///
  /// Each such row goes to a page of its own in the index, so that every transaction writes nearly
  /// the whole index again; made in the end, from its rows in order, it costs a small part of that.
  /// What the indexes are for works without them, and slowly. ``SyncStore/completeIndexes()`` makes
  /// them; so does opening the store, if this engine can't.
  func leaveOutReferenceIndexes() throws {
    guard try row("SELECT 1 FROM cs_reference LIMIT 1") == nil,
      // Who judges a password meanwhile reads references of the metaverse, and names an index.
      try row("SELECT 1 FROM mv_object LIMIT 1") == nil
    else { return }
    for index in Self.unordered {
      guard
        let sql: String = try row(
          "SELECT sql FROM sqlite_schema WHERE type = 'index' AND name = ?", [index])?[0]
      else { continue }
      try set(Self.leftOut + index, sql)
      try db.execute(sql: "DROP INDEX \(index)")
    }
  }

  /// How the indexes are made that are left out, and the settings that tell of them.
  func indexesLeftOut() throws -> [(key: String, sql: String)] {
    try rows(
      "SELECT key, value FROM setting WHERE key >= ?1 AND key < ?1 || 'z'", [Self.leftOut]
    ).map { ($0[0], $0[1]) }
  }
}

extension SyncStore {
  /// Makes the indexes that were left out, one a transaction; none is the usual case, and found out
  /// at once.
  ///
  /// - Throws: ``StoreError``; what is not made then is made the next time.
  public func completeIndexes() throws {
    let missing = try look { try $0.indexesLeftOut() }
    guard !missing.isEmpty else { return }
    do {
      // Nobody else writes meanwhile, and what does not fit into little memory is sorted in a file.
      try queue.inDatabase { _ in
        journal?.rest()
        let sorting = try DatabaseQueue(
          path: file, configuration: StoreConfiguration.sorting(options.durability))
        defer { try? sorting.close() }
        for (key, sql) in missing {
          try sorting.write { db in
            try db.execute(sql: sql)
            try db.execute(sql: "DELETE FROM setting WHERE key = ?", arguments: [key])
          }
        }
      }
    } catch {
      throw StoreError(error, doing: "make an index in the store", file: file)
    }
  }
}
