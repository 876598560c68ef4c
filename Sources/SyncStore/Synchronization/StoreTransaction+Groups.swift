import Directory
import GRDB

/// Members of groups, for scopes that ask for them.
extension StoreTransaction {
  /// Those of some groups of a connector space, by their normalized names, that hold an object as a
  /// direct member.
  public func groups(
    of id: Int64, among names: Set<String>, connector: Int64
  ) throws -> Set<String> {
    try groups(of: [id], among: names, connector: connector)[id] ?? []
  }

  /// The same for several objects; those that are a member of none are left out.
  ///
  /// Until a full import that broke off has come to its end, who seems to have left is a member: he may
  /// have been read by the name that he had before.
  public func groups(
    of ids: [Int64], among names: Set<String>, connector: Int64
  ) throws -> [Int64: Set<String>] {
    let groups = try groups(named: names, connector: connector).filter { $0.value.isStaged }
    guard !groups.isEmpty else { return [:] }
    var found: [Int64: Set<String>] = [:]
    // By the members: a group may have more of them than a batch has objects.
    try each(
      """
      SELECT target_id, source_id FROM cs_reference
      WHERE target_id IN (SELECT value FROM json_each(?1)) AND (state <> 2 OR ?4)
        AND +source_id IN (SELECT value FROM json_each(?2))
        AND +attribute_id IN (SELECT value FROM json_each(?3))
      """,
      [
        Self.list(ids), Self.list(groups.keys), try memberAttributes(), try isHalfRead(connector),
      ]
    ) { row in
      guard let name = groups[row.int64(1)]?.name else { return }
      found[row.int64(0), default: []].insert(name)
    }
    return found
  }

  /// The names of the groups of its connector space that hold an object as a direct member.
  func groups(of id: Int64, limit: Int) throws -> [String] {
    try rows(
      """
      SELECT DISTINCT g.dn FROM cs_reference r
      JOIN cs_object g ON g.id = r.source_id
      WHERE r.target_id = ?1 AND r.state <> 2 AND g.image IS NOT NULL
        AND r.attribute_id IN (SELECT value FROM json_each(?2)) LIMIT ?3
      """, [id, try memberAttributes(), limit]
    ).map { $0[0] }
  }

  /// Has the objects synchronized again that became members of some groups, or are none any more:
  /// those whose references are yet to be looked at, and all of a group that has come or gone, or got
  /// its name or lost it.
  ///
  /// To be called before what a synchronization looks at is settled.
  public func keepPending(membersOf names: Set<String>, connector: Int64) throws {
    let attributes = try memberAttributes()
    let named = try groups(named: names, connector: connector)
    let condition = """
      source_id IN (SELECT value FROM json_each(?1))
        AND attribute_id IN (SELECT value FROM json_each(?2)) AND target_id IS NOT NULL
      """
    func keep(_ references: String, of groups: some Collection<Int64>) throws {
      guard !groups.isEmpty else { return }
      let ids = try rows(
        """
        SELECT id FROM cs_object WHERE pending_import = 0 AND image IS NOT NULL
          AND id IN (SELECT target_id FROM cs_reference \(references) AND \(condition))
        """, [Self.list(groups), attributes, connector])
      for row in ids { try keepPending(row[0] as Int64) }
    }
    try keep("WHERE connector_id = ?3 AND state <> 0", of: named.keys)
    let changed = try renamedGroups(names, connector: connector, attributes)
    let gone = named.filter { !$0.value.isStaged }.keys
    try keep("WHERE connector_id = ?3", of: changed.union(gone))
  }

  /// The objects of a connector space with one of some normalized names, by number; also one that is
  /// gone, until that is synchronized.
  private func groups(
    named names: Set<String>, connector: Int64
  ) throws -> [Int64: (name: String, isStaged: Bool)] {
    var found: [Int64: (name: String, isStaged: Bool)] = [:]
    for name in names {
      try each(
        "SELECT id, image IS NOT NULL FROM cs_object WHERE connector_id = ? AND dn_path = ?",
        [connector, DistinguishedName.path(of: name)]
      ) { found[$0.int64(0)] = (name, $0.bool(1)) }
    }
    return found
  }

  /// The groups that bore one of some normalized names when they were synchronized last and bear
  /// another now, or the other way round.
  private func renamedGroups(
    _ names: Set<String>, connector: Int64, _ attributes: String
  ) throws -> Set<Int64> {
    var found: Set<Int64> = []
    try each(
      """
      SELECT o.id, o.dn, b.dn FROM cs_object o JOIN cs_before b ON b.object_id = o.id
      WHERE o.connector_id = ?1 AND o.pending_import <> 0 AND b.dn <> o.dn
        AND EXISTS (SELECT 1 FROM cs_reference WHERE source_id = o.id
          AND attribute_id IN (SELECT value FROM json_each(?2)))
      """, [connector, attributes]
    ) { row in
      let now = try DistinguishedName(row.text(1)).normalized
      let before = try DistinguishedName(row.text(2)).normalized
      if now != before, names.contains(now) || names.contains(before) { found.insert(row.int64(0)) }
    }
    return found
  }

  private func memberAttributes() throws -> String {
    Self.list(try KnownAttributes.members.compactMap { try dictionaries.existingID($0, db) })
  }
}
