public import Directory
import GRDB

/// The server that a connector met, and what it is known to hold.
extension StoreTransaction {
  /// The server that a connector's last full import met, and under which settings.
  public func knownServer(
    of connector: Int64
  ) throws -> (identity: String, fingerprint: String)? {
    try row(
      "SELECT identity, fingerprint FROM known_server WHERE connector_id = ?", [connector]
    ).map { ($0[0], $0[1]) }
  }

  /// Keeps which server a connector's full import met.
  public func setKnownServer(
    of connector: Int64, identity: String, fingerprint: String
  ) throws {
    try execute(
      """
      INSERT OR REPLACE INTO known_server(connector_id, identity, fingerprint) VALUES (?, ?, ?)
      """, [connector, identity, fingerprint])
  }

  /// What a whole import has not seen, by object type, with how many there are of each type.
  public func unseen(
    connector: Int64, _ seen: SeenObjects
  ) throws -> [String: (missing: Int, all: Int)] {
    var result: [String: (missing: Int, all: Int)] = [:]
    var after: Int64 = 0
    while true {
      let page = try rows(
        """
        SELECT id, object_type FROM cs_object
        WHERE connector_id = ? AND image IS NOT NULL AND id > ? ORDER BY id LIMIT 10000
        """, [connector, after])
      guard let last = page.last else { return result }
      for row in page {
        let type: String = row[1]
        result[type, default: (0, 0)].all += 1
        if !seen.contains(row[0]) { result[type, default: (0, 0)].missing += 1 }
      }
      after = last[0]
    }
  }

  /// What a whole import has not seen, by number, at most `limit`.
  public func unseenObjects(
    connector: Int64, _ seen: SeenObjects, limit: Int
  ) throws -> [Int64] {
    var found: [Int64] = []
    var after: Int64 = 0
    while found.count < limit {
      let page: [Int64] = try rows(
        """
        SELECT id FROM cs_object
        WHERE connector_id = ? AND image IS NOT NULL AND id > ? ORDER BY id LIMIT 10000
        """, [connector, after]
      ).map { $0[0] }
      guard let last = page.last else { break }
      found += page.filter { !seen.contains($0) }.prefix(limit - found.count)
      after = last
    }
    return found
  }

  /// What a whole import has not seen, at most `limit`, by what directories know it.
  ///
  /// What is known to be outside the scope, and what has no anchor yet, is left out; what was made in a
  /// target, and never shown, is among them.
  public func unshown(
    connector: Int64, _ seen: SeenObjects, limit: Int
  ) throws -> [UnshownObject] {
    let staged = try unseenObjects(connector: connector, seen, limit: limit)
    let made = try unshownExports(connector: connector).filter { !seen.contains($0) }
    let all = staged + made.prefix(limit - staged.count)
    return try addressed(all.filter { !seen.isOutside($0) })
  }

  /// What a target took before a delta began that has not shown it, at most `limit`, by what
  /// directories know it.
  public func unshownExports(
    connector: Int64, sentBefore moment: Timestamp, _ seen: SeenObjects, limit: Int
  ) throws -> [UnshownObject] {
    let rows = try rows(
      """
      SELECT id FROM cs_object INDEXED BY cs_to_write
      WHERE connector_id = ? AND pending_export IN (1, 2) AND export_state = 1
        AND anchor IS NOT NULL AND exported_at < ? ORDER BY id LIMIT ?
      """, [connector, moment.milliseconds, limit])
    return try addressed(rows.map { $0[0] as Int64 }.filter { !seen.contains($0) })
  }

  private func addressed(_ ids: [Int64]) throws -> [UnshownObject] {
    try ids.compactMap { id in
      let row = try row(
        "SELECT anchor, object_type FROM cs_object WHERE id = ? AND anchor IS NOT NULL", [id])
      return row.map { UnshownObject(anchor: Anchor($0[0]), objectType: $0[1]) }
    }
  }

  /// Whether a connector showed an object, and has not told that it is gone.
  public func isStaged(_ id: Int64) throws -> Bool {
    try integer("SELECT 1 FROM cs_object WHERE id = ? AND image IS NOT NULL", [id]) != nil
  }

  /// The number of the staged object of this name.
  public func stagedID(connector: Int64, dn: DistinguishedName) throws -> Int64? {
    try integer(
      "SELECT id FROM cs_object WHERE connector_id = ? AND dn_path = ? AND image IS NOT NULL",
      [connector, dn.path])
  }

  /// The staged object that an address means, with its name.
  public func staged(
    connector: Int64, _ address: ObjectAddress
  ) throws -> (id: Int64, dn: String)? {
    if let anchor = address.anchor,
      let row = try row(
        """
        SELECT id, dn FROM cs_object WHERE connector_id = ? AND anchor = ? AND image IS NOT NULL
        """, [connector, anchor.text])
    {
      return (row[0], row[1])
    }
    guard let dn = address.dn, let id = try stagedID(connector: connector, dn: dn) else {
      return nil
    }
    return (id, dn.text)
  }
}
