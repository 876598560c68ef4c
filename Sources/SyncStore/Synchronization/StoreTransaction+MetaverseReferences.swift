public import Directory
import GRDB

/// References of the metaverse on their way out: of those that rules give to one attribute of an
/// object, the ones of the strongest rule count.
extension StoreTransaction {
  private static let mergedKey = "references that rules unite"

  /// Keeps in which attributes of the metaverse the references of all rules count together, not only
  /// the strongest rule's, for whoever shows them.
  public func note(merged names: Set<AttributeName>) throws {
    let text = names.map(\.text).sorted().joined(separator: "\n")
    guard try setting(Self.mergedKey) ?? "" != text else { return }
    try set(Self.mergedKey, text)
  }

  /// The attributes that were noted so.
  func mergedReferences() throws -> Set<AttributeName> {
    let text = try setting(Self.mergedKey) ?? ""
    return Set(text.split(separator: "\n").map { AttributeName(String($0)) })
  }

  /// An attribute of a metaverse object that holds references.
  public struct MetaverseReferences: Hashable, Sendable {
    /// The object that refers.
    public var source: Int64
    /// The attribute.
    public var attribute: AttributeName

    /// The attribute `attribute` of the object `source`.
    public init(source: Int64, attribute: AttributeName) {
      self.source = source
      self.attribute = attribute
    }
  }

  /// A row of the metaverse's references that must be looked at on its way out.
  public struct ChangedMetaverseReference: Sendable {
    /// The object that refers, and its attribute.
    public var holder: MetaverseReferences
    /// The object that is meant.
    public var target: Int64
    /// The connector-space object that it comes from.
    public var contributor: Int64
    /// The rank of the rule that gives it (``ReferenceRank``); the smaller counts.
    public var precedence: Int
    /// Whether it is gone.
    public var isRemoved: Bool
  }

  /// Whether a row of `mv_reference` that was taken out may yet be given again, so that it counts
  /// until then: of the object that gave it, and is still linked, references are to be taken in.
  ///
  /// Those that outbound rules made are taken in before anything is taken out.
  ///
  /// The index has to be named: left to itself, SQLite goes through all members of a group for each that
  /// left it. So ``SyncStore/completeIndexes()`` comes before this.
  static let isAwaited = """
    (EXISTS (SELECT 1 FROM cs_object o JOIN connector k ON k.id = o.connector_id
        CROSS JOIN cs_reference r INDEXED BY cs_reference_dirty
          ON r.connector_id = o.connector_id AND r.source_id = o.id
        WHERE o.id = mv_reference.contributor_id AND o.mv_id = mv_reference.source_id
          AND k.is_active <> 0 AND r.state <> 0 AND r.state = 1)
      AND EXISTS (SELECT 1 FROM mv_object m WHERE m.id = mv_reference.target_id)
      AND attribute_id NOT IN (SELECT id FROM attribute
        WHERE \(MadeDirection.outbound.condition)))
    """

  /// What is true of a row of `mv_reference` that counts.
  static let counts = "(state <> 2 OR \(isAwaited))"

  /// Metaverse references that changed, or whose objects got or lost a counterpart in a target: of
  /// the object `first` and those after it.
  ///
  /// What may yet be given again is not taken out before.
  ///
  /// - Parameter objects: If not nil, only what refers from one of these metaverse objects, or to one.
  public func changedMetaverseReferences(
    from first: Int64, about objects: Set<Int64>? = nil, limit: Int
  ) throws -> [ChangedMetaverseReference] {
    var result: [ChangedMetaverseReference] = []
    var arguments: [(any SQLBindable)?] = [first, limit]
    if let objects { arguments.append(Self.list(objects)) }
    try each(
      """
      SELECT source_id, attribute_id, target_id, contributor_id, precedence, state
      FROM mv_reference
      WHERE state <> 0 AND source_id >= ?1 AND NOT (state = 2 AND \(Self.isAwaited))
        \(objects == nil ? "" : Self.isAbout(3))
      ORDER BY source_id LIMIT ?2
      """, arguments
    ) { row in
      result.append(
        ChangedMetaverseReference(
          holder: .init(
            source: row.int64(0), attribute: try dictionaries.name(row.int64(1), db)),
          target: row.int64(2), contributor: row.int64(3), precedence: row.int(4),
          isRemoved: row.int(5) == 2))
    }
    return result
  }

  /// Notes that a changed metaverse reference has been looked at.
  public func settle(_ reference: ChangedMetaverseReference) throws {
    let key: [(any SQLBindable)?] = [
      reference.holder.source, try dictionaries.id(reference.holder.attribute, db),
      reference.target, reference.contributor,
    ]
    let condition =
      "source_id = ? AND attribute_id = ? AND target_id = ? AND contributor_id = ?"
    if reference.isRemoved {
      try execute("DELETE FROM mv_reference WHERE " + condition, key)
    } else {
      try execute("UPDATE mv_reference SET state = 0 WHERE " + condition, key)
    }
  }

  /// The rank of the strongest rule that gives any reference to an attribute; nil if none
  /// does.
  public func strongest(of holder: MetaverseReferences) throws -> Int? {
    try integer(
      """
      SELECT precedence FROM mv_reference
      WHERE source_id = ? AND attribute_id = ? AND \(Self.counts) ORDER BY precedence LIMIT 1
      """, [holder.source, try dictionaries.id(holder.attribute, db)]
    ).map { Int($0) }
  }

  /// The rank of the strongest rule that gives one reference; nil if none does.
  public func strongest(of reference: ChangedMetaverseReference) throws -> Int? {
    try integer(
      """
      SELECT MIN(precedence) FROM mv_reference
      WHERE source_id = ? AND attribute_id = ? AND target_id = ? AND \(Self.counts)
      """,
      [
        reference.holder.source, try dictionaries.id(reference.holder.attribute, db),
        reference.target,
      ]
    ).map { Int($0) }
  }

  /// The metaverse objects that an attribute means by rules up to a rank, of those that a target has;
  /// at most `limit` of them.
  public func meant(
    by holder: MetaverseReferences, upTo rank: Int, shownIn target: Int64, limit: Int
  ) throws -> [Int64] {
    try rows(
      """
      SELECT DISTINCT r.target_id FROM mv_reference r
      WHERE r.source_id = ? AND r.attribute_id = ? AND r.state <> 2 AND r.precedence <= ?
        AND EXISTS (SELECT 1 FROM cs_object o WHERE o.mv_id = r.target_id AND o.connector_id = ?)
      ORDER BY r.target_id LIMIT ?
      """, [holder.source, try dictionaries.id(holder.attribute, db), rank, target, limit]
    ).map { $0[0] }
  }

  /// Has the references looked at that a stronger rule overrides now, if rules as strong as
  /// `strongest` gave none to the attribute before.
  public func overrideWeaker(than strongest: Int, of holder: MetaverseReferences) throws {
    let key: [(any SQLBindable)?] = [
      holder.source, try dictionaries.id(holder.attribute, db), strongest,
    ]
    let condition = "source_id = ? AND attribute_id = ? AND precedence"
    // Seldom is there anything to override, and that is told at once.
    guard
      try integer("SELECT 1 FROM mv_reference WHERE \(condition) > ? AND state = 0 LIMIT 1", key)
        != nil,
      try integer("SELECT 1 FROM mv_reference WHERE \(condition) <= ? AND state = 0 LIMIT 1", key)
        == nil
    else { return }
    try execute("UPDATE mv_reference SET state = 1 WHERE \(condition) > ? AND state = 0", key)
  }

  /// Has the references looked at that may count now that one comes by a weaker rule than before:
  /// those of the rules in between.
  public func reconsider(
    weakerThan before: Int, upTo now: Int, of holder: MetaverseReferences
  ) throws {
    try execute(
      """
      UPDATE mv_reference SET state = 1 WHERE source_id = ? AND attribute_id = ?
        AND precedence > ? AND precedence <= ? AND state = 0
      """, [holder.source, try dictionaries.id(holder.attribute, db), before, now])
  }

  /// Has the references looked at that count now, once all of stronger rules are gone.
  public func promote(_ strongest: Int, of holder: MetaverseReferences) throws {
    let key: [(any SQLBindable)?] = [
      holder.source, try dictionaries.id(holder.attribute, db), strongest,
    ]
    let condition = "source_id = ? AND attribute_id = ? AND precedence"
    guard try integer("SELECT 1 FROM mv_reference WHERE \(condition) < ? LIMIT 1", key) == nil
    else { return }
    try execute("UPDATE mv_reference SET state = 1 WHERE \(condition) = ? AND state = 0", key)
  }
}
