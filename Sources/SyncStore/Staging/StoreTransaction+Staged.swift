public import Directory
import GRDB

/// What connectors ask about the objects that are staged of their directory.
extension StoreTransaction {
  /// The names of those of `anchors` that are staged.
  public func stagedNames(
    connector: Int64, _ anchors: [Anchor]
  ) throws -> [Anchor: DistinguishedName] {
    var names: [Anchor: DistinguishedName] = [:]
    for anchor in anchors {
      let row = try row(
        "SELECT dn FROM cs_object WHERE connector_id = ? AND anchor = ? AND image IS NOT NULL",
        [connector, anchor.text])
      if let row { names[anchor] = try DistinguishedName(row[0] as String) }
    }
    return names
  }

  /// The anchors of the staged objects below a name, those above before those below them.
  public func staged(connector: Int64, below dn: DistinguishedName) throws -> [Anchor] {
    let (first, end) = dn.pathsBelow
    return try rows(
      """
      SELECT anchor FROM cs_object WHERE connector_id = ? AND dn_path >= ? AND dn_path < ?
      AND image IS NOT NULL AND anchor IS NOT NULL ORDER BY dn_path
      """, [connector, first, end]
    ).map { Anchor($0[0]) }
  }

  /// The anchors of the staged objects that refer to one of `anchors`, each once.
  public func referrers(connector: Int64, to anchors: [Anchor]) throws -> [Anchor] {
    var found: [Anchor] = []
    var known: Set<Int64> = []
    for anchor in anchors {
      guard let id = try objectID(connector: connector, anchor: anchor) else { continue }
      let rows = try rows(
        """
        SELECT DISTINCT s.id, s.anchor FROM cs_reference r JOIN cs_object s ON s.id = r.source_id
        WHERE r.target_id = ? AND r.state <> 2 AND s.image IS NOT NULL AND s.anchor IS NOT NULL
        """, [id])
      for row in rows where known.insert(row[0]).inserted { found.append(Anchor(row[1])) }
    }
    return found
  }

  /// The anchors of the staged objects that refer to something that is not staged, by attribute.
  ///
  /// - Parameter names: Only to what bears one of these names; nil for all.
  public func waiting(
    connector: Int64, for names: [DistinguishedName]?
  ) throws -> [AttributeName: [Anchor]] {
    let open = """
      SELECT DISTINCT r.attribute_id, s.anchor
      FROM cs_reference r JOIN cs_object s ON s.id = r.source_id
      WHERE r.connector_id = ? AND r.target_id IS NULL AND r.state <> 2
      AND s.image IS NOT NULL AND s.anchor IS NOT NULL
      """
    let found =
      if let names {
        try names.flatMap { try rows(open + " AND r.value = ?", [connector, $0.normalized]) }
      } else {
        try rows(open, [connector])
      }
    var waiting: [Int64: Set<Anchor>] = [:]
    for row in found { waiting[row[0], default: []].insert(Anchor(row[1])) }
    var result: [AttributeName: [Anchor]] = [:]
    for (attribute, anchors) in waiting {
      result[try dictionaries.name(attribute, db)] = anchors.sorted { $0.text < $1.text }
    }
    return result
  }
}
