public import Directory

/// Names that objects of a target have left while no answer came to what was sent.
///
/// Directories that refer by name, and do not follow them by themselves, are rewritten by the connector
/// in the same call. Where that was cut off, an import shows what was sent as done, and nothing is sent
/// again.
extension StoreTransaction {
  /// A name that was left.
  public struct LeftName: Hashable, Sendable {
    /// The name.
    public var name: DistinguishedName
    /// What the object is called now; nil if it is gone.
    public var now: DistinguishedName?
  }

  /// Notes that an object has left its name.
  func noteLeft(_ name: String, now: DistinguishedName? = nil, connector: Int64) throws {
    try execute(
      "INSERT OR REPLACE INTO left_name(connector_id, name, name_now) VALUES (?, ?, ?)",
      [connector, name, now?.text])
  }

  /// The names that objects have left.
  public func leftNames(connector: Int64) throws -> [LeftName] {
    let rows = try rows("SELECT name, name_now FROM left_name WHERE connector_id = ?", [connector])
    return rows.compactMap { row in
      guard let name = try? DistinguishedName(row[0] as String) else { return nil }
      return LeftName(
        name: name, now: (row[1] as String?).flatMap { try? DistinguishedName($0) })
    }
  }

  /// The names that were left with `left`: its own, and those of what stands below the object now.
  public func names(leftWith left: LeftName, connector: Int64) throws -> [DistinguishedName] {
    guard let now = left.now else { return [left.name] }
    let (first, end) = now.pathsBelow
    let below = try rows(
      """
      SELECT dn FROM cs_object WHERE connector_id = ? AND dn_path >= ? AND dn_path < ?
      AND image IS NOT NULL ORDER BY dn_path
      """, [connector, first, end])
    return [left.name]
      + (try below.compactMap {
        try DistinguishedName($0[0] as String).replacing(now, by: left.name)
      })
  }

  /// Forgets names that nothing refers to any more.
  public func endLeft(_ left: [LeftName], connector: Int64) throws {
    for one in left {
      try execute(
        "DELETE FROM left_name WHERE connector_id = ? AND name = ?", [connector, one.name.text])
    }
  }
}
