public import Directory
import Foundation
import GRDB

/// References on their way from connector spaces through the metaverse to the targets.
extension StoreTransaction {
  /// Takes back that other objects of a target should refer to this one, which belonged to another
  /// metaverse object until now, or belongs to none any more; the answer is which did.
  @discardableResult
  public func reconsiderReferences(
    to id: Int64
  ) throws -> [(source: Int64, attribute: AttributeName)] {
    var wanted: [(source: Int64, attribute: AttributeName)] = []
    try each(
      """
      SELECT source_id, attribute_id FROM export_reference
      WHERE target_id = ? AND state <> 2 ORDER BY source_id
      """, [id]
    ) { wanted.append(($0.int64(0), try dictionaries.name($0.int64(1), db))) }
    guard !wanted.isEmpty else { return [] }
    try execute(
      """
      DELETE FROM export_reference WHERE target_id = ?1 AND state <> 2 AND NOT EXISTS
        (SELECT 1 FROM cs_reference c WHERE c.source_id = export_reference.source_id
          AND c.attribute_id = export_reference.attribute_id AND c.target_id = ?1)
        AND (state <> 3 OR EXISTS
          (SELECT 1 FROM cs_reference c WHERE c.source_id = export_reference.source_id
            AND c.attribute_id = export_reference.attribute_id))
      """, [id])
    try execute("UPDATE export_reference SET state = 2 WHERE target_id = ?", [id])
    return wanted
  }

  /// Has references of a connector space looked at again, those of the objects after the object
  /// `after`, about `limit` of them; the answer is the last object, nil at the end.
  ///
  /// With ``takeBackReferences(connector:but:after:limit:)`` every one flows anew, as after a change
  /// of the rules. This comes first: what is looked at counts until then, though it is taken back.
  public func lookAgainAtReferences(
    connector: Int64, after: Int64, limit: Int
  ) throws -> Int64? {
    let last = try integer(
      """
      SELECT source_id FROM cs_reference WHERE source_id > ? ORDER BY source_id LIMIT 1 OFFSET ?
      """, [after, limit])
    try execute(
      """
      UPDATE cs_reference SET state = 1
      WHERE connector_id = ? AND state = 0 AND source_id > ? AND source_id <= ?
      """, [connector, after, last ?? .max])
    return last
  }

  /// Takes back what the objects of a connector after the object `after` gave of references, about
  /// `limit` of them; the answer is the last object, nil at the end.
  ///
  /// Of `others`, what an object gave stays until its own rules say otherwise; so does all that one
  /// gave which can't be synchronized, since what it gives is not taken in (``changedReferences``).
  public func takeBackReferences(
    connector: Int64, but others: Set<AttributeName> = [], after: Int64, limit: Int
  ) throws -> Int64? {
    let numbers = try others.compactMap { try dictionaries.existingID($0, db) }.sorted()
    let list = numbers.map(String.init).joined(separator: ", ")
    let last = try lastContributor(after: after, limit: limit)
    try execute(
      """
      UPDATE mv_reference INDEXED BY mv_reference_contributor SET state = 2
      WHERE contributor_id > ? AND contributor_id <= ?
        AND EXISTS (SELECT 1 FROM cs_object o WHERE o.id = contributor_id AND o.connector_id = ?
          AND NOT (o.sync_error_id IS NOT NULL AND o.pending_import <> 0))
      \(list.isEmpty ? "" : "AND attribute_id NOT IN (\(list))")
      """, [after, last ?? .max, connector])
    return last
  }

  /// Takes back what the objects of connectors that are not configured any more gave of references, as
  /// ``takeBackReferences(connector:but:after:limit:)`` does; nil at once if there are no such
  /// connectors.
  public func takeBackRetiredReferences(after: Int64, limit: Int) throws -> Int64? {
    guard try integer("SELECT 1 FROM connector WHERE is_active = 0 LIMIT 1") != nil else {
      return nil
    }
    let last = try lastContributor(after: after, limit: limit)
    try execute(
      """
      UPDATE mv_reference INDEXED BY mv_reference_contributor SET state = 2
      WHERE contributor_id > ? AND contributor_id <= ?
        AND EXISTS (SELECT 1 FROM cs_object o JOIN connector k ON k.id = o.connector_id
          WHERE o.id = contributor_id AND k.is_active = 0)
      """, [after, last ?? .max])
    return last
  }

  /// The object with which a page of those that gave references ends; nil at the end of all.
  private func lastContributor(after: Int64, limit: Int) throws -> Int64? {
    try integer(
      """
      SELECT contributor_id FROM mv_reference INDEXED BY mv_reference_contributor
      WHERE contributor_id > ? ORDER BY contributor_id LIMIT 1 OFFSET ?
      """, [after, limit])
  }

  /// A row of a connector space's references that a synchronization must look at.
  public struct ChangedReference: Sendable {
    /// The object that refers.
    public var source: Int64
    /// The attribute.
    public var attribute: AttributeName
    /// The address that it holds.
    public var value: String
    /// The object that is meant, if it is staged.
    public var target: Int64?
    /// Whether the directory no longer shows it.
    public var isRemoved: Bool
  }

  /// References of a connector space that changed, or whose objects got or lost a link.
  ///
  /// Those of an object that can't be synchronized wait until it can: the object stays as it is.
  /// Where it is one of `outbound`, the rules of targets, that failed, they are taken in, though not
  /// out (``unableToLeave(_:outbound:)``): what fails may depend on them, and would do so for ever.
  ///
  /// Those of an attribute from which something was taken out wait until a full import of the
  /// connector has ended that is due: of whom a group shows no more it may show the new name, and not
  /// be known by that before.
  ///
  /// - Parameter objects: If not nil, only what refers from one of these, or to one.
  public func changedReferences(
    connector: Int64, outbound: some Collection<String>, about objects: Set<Int64>? = nil,
    limit: Int
  ) throws -> [ChangedReference] {
    let isHalfRead = try isHalfRead(connector)
    return try changedReferences(
      """
      connector_id = ?1 AND state <> 0 AND source_id NOT IN
        (SELECT id FROM cs_object WHERE connector_id = ?1 AND sync_error_id IS NOT NULL
          AND pending_import <> 0 AND NOT EXISTS (SELECT 1 FROM step_error e
            WHERE e.id = sync_error_id AND e.rule IN (SELECT value FROM json_each(?3))))
      \(isHalfRead ? Self.losesNothing : "")
      """, connector, about: objects, limit, try Self.list(outbound))
  }

  /// That a directory takes nothing out of the attribute of a reference: what rules made goes when they
  /// say so.
  private static let losesNothing = """
    AND (source_id, attribute_id) NOT IN
      (SELECT r.source_id, r.attribute_id FROM cs_reference r
        WHERE r.connector_id = ?1 AND r.state <> 0 AND r.state = 2
          AND r.attribute_id NOT IN (SELECT id FROM attribute WHERE name >= '=' AND name < '>'))
    """

  /// Whether anything was taken out of a connector's references that is yet to be synchronized.
  public func hasRemovedReferences(connector: Int64) throws -> Bool {
    try integer(
      "SELECT 1 FROM cs_reference WHERE connector_id = ? AND state <> 0 AND state = 2 LIMIT 1",
      [connector]) != nil
  }

  /// Those of some metaverse objects with which a rule of `outbound` failed when one of the objects
  /// that give them their values was synchronized.
  public func unableToLeave(
    _ metaverse: some Collection<Int64>, outbound: some Collection<String>
  ) throws -> Set<Int64> {
    Set(
      try rows(
        """
        SELECT o.mv_id FROM json_each(?) list JOIN cs_object o ON o.mv_id = list.value
        JOIN step_error e ON e.id = o.sync_error_id
        WHERE o.pending_import <> 0 AND e.rule IN (SELECT value FROM json_each(?))
        """, [Self.list(metaverse), Self.list(outbound)]
      ).map { $0[0] })
  }

  /// Names as the store takes them as one.
  static func list(_ names: some Collection<String>) throws -> String {
    String(decoding: try JSONEncoder().encode(Array(names)), as: UTF8.self)
  }

  /// Those of a target's references that outbound rules made and that a synchronization must look
  /// at.
  ///
  /// - Parameter objects: If not nil, only what refers from one of these, or to one.
  public func changedMadeReferences(
    connector: Int64, about objects: Set<Int64>? = nil, limit: Int
  ) throws -> [ChangedReference] {
    try changedReferences(
      """
      connector_id = ?1 AND state <> 0 AND attribute_id IN
        (SELECT id FROM attribute WHERE \(MadeDirection.outbound.condition))
      """, connector, about: objects, limit)
  }

  private func changedReferences(
    _ condition: String, _ connector: Int64, about objects: Set<Int64>?, _ limit: Int,
    _ argument: String? = nil
  ) throws -> [ChangedReference] {
    var result: [ChangedReference] = []
    var arguments: [(any SQLBindable)?] = [connector, limit]
    if argument != nil || objects != nil { arguments.append(argument) }
    if let objects { arguments.append(Self.list(objects)) }
    try each(
      """
      SELECT source_id, attribute_id, value, target_id, state FROM cs_reference
      WHERE \(condition)\(objects == nil ? "" : Self.isAbout(4)) ORDER BY source_id LIMIT ?2
      """, arguments
    ) { row in
      result.append(
        ChangedReference(
          source: row.int64(0), attribute: try dictionaries.name(row.int64(1), db),
          value: row.text(2), target: row.optionalInt64(3), isRemoved: row.int(4) == 2))
    }
    return result
  }

  /// That a reference leads from one of the objects that the list in a place names, or to one.
  static func isAbout(_ place: Int) -> String {
    """
     AND (source_id IN (SELECT value FROM json_each(?\(place)))
      OR target_id IN (SELECT value FROM json_each(?\(place))))
    """
  }

  /// Notes that a changed reference has been looked at.
  public func settle(_ reference: ChangedReference) throws {
    let attribute = try dictionaries.id(reference.attribute, db)
    let key: [(any SQLBindable)?] = [reference.source, attribute, reference.value]
    if reference.isRemoved {
      try execute(
        "DELETE FROM cs_reference WHERE source_id = ? AND attribute_id = ? AND value = ?", key)
    } else {
      try execute(
        """
        UPDATE cs_reference SET state = 0 WHERE source_id = ? AND attribute_id = ? AND value = ?
        """, key)
    }
  }

  /// Lets a reference flow into the metaverse; the answer is the rank of the rule that gave it
  /// before, nil if it is one more there.
  ///
  /// - Parameter precedence: The rule's rank (``ReferenceRank``).
  @discardableResult public func flow(
    _ attribute: AttributeName, from source: Int64, to target: Int64, contributor: Int64,
    rule: Int64, precedence: Int
  ) throws -> Int? {
    let key: [(any SQLBindable)?] = [
      source, try dictionaries.id(attribute, db), target, contributor, rule, precedence,
      Timestamp.now.milliseconds,
    ]
    try execute(
      """
      INSERT OR IGNORE INTO mv_reference(source_id, attribute_id, target_id, contributor_id,
        rule_id, precedence, state, since) VALUES (?, ?, ?, ?, ?, ?, 1, ?)
      """, key)
    guard db.changesCount == 0 else { return nil }
    let before = try integer(
      """
      SELECT precedence FROM mv_reference
      WHERE source_id = ? AND attribute_id = ? AND target_id = ? AND contributor_id = ?
      """, Array(key.prefix(4)))
    try execute(
      """
      UPDATE mv_reference SET
        state = CASE WHEN state = 0 AND precedence = ?6 THEN 0 ELSE 1 END,
        since = CASE WHEN rule_id = ?5 THEN since ELSE ?7 END, rule_id = ?5, precedence = ?6
      WHERE source_id = ?1 AND attribute_id = ?2 AND target_id = ?3 AND contributor_id = ?4
      """, key)
    return before.map { Int($0) }
  }

  /// The rule that gave a reference, and its rank; nil if there is none.
  public func giver(
    of attribute: AttributeName, from source: Int64, to target: Int64, contributor: Int64
  ) throws -> (rule: Int64, precedence: Int)? {
    try row(
      """
      SELECT rule_id, precedence FROM mv_reference WHERE source_id = ? AND attribute_id = ?
        AND target_id = ? AND contributor_id = ? AND state <> 2
      """, [source, try dictionaries.id(attribute, db), target, contributor]
    ).map { ($0[0], $0[1]) }
  }

  /// Takes a reference out of the metaverse; the answer is whether it was there.
  @discardableResult public func unflow(
    _ attribute: AttributeName, from source: Int64, to target: Int64, contributor: Int64
  ) throws -> Bool {
    try execute(
      """
      UPDATE mv_reference SET state = 2 WHERE source_id = ? AND attribute_id = ?
        AND target_id = ? AND contributor_id = ? AND state <> 2
      """, [source, try dictionaries.id(attribute, db), target, contributor])
    return db.changesCount > 0
  }

  /// Wants, or no longer wants, an object of a target to refer to another; the answer is whether
  /// that is a change.
  ///
  /// - Parameter unsettled: Gets the objects whose exports the caller is to settle once it is through:
  ///   that looks at all that waits of an object.
  public func setReference(
    _ attribute: AttributeName, of source: Int64, to target: Int64, isWanted: Bool,
    unsettled: inout Set<Int64>
  ) throws -> Bool {
    let attributeID = try dictionaries.id(attribute, db)
    let key: [(any SQLBindable)?] = [source, attributeID, target]
    let condition = "source_id = ? AND attribute_id = ? AND target_id = ?"
    let state = try integer("SELECT state FROM export_reference WHERE " + condition, key)
    let isShown =
      try integer(
        "SELECT 1 FROM cs_reference WHERE source_id = ? AND attribute_id = ? AND target_id = ?",
        key) != nil
    let wasTaken = state == 2 || state == 3
    let mayBeThere = try isShown || wasTaken && !showsAny(key)
    let wanted: Int? = isWanted ? (isShown ? 0 : 1) : (mayBeThere ? 2 : nil)
    // 3 and 4 are 1 and 2 once they were sent and await their confirmation.
    guard state.map({ $0 > 2 ? Int($0) - 2 : Int($0) }) != wanted else { return false }
    if let wanted {
      try execute(
        """
        INSERT INTO export_reference(source_id, attribute_id, target_id, state)
        VALUES (?, ?, ?, \(wanted)) ON CONFLICT DO UPDATE SET state = \(wanted)
        """, key)
    } else {
      try execute("DELETE FROM export_reference WHERE " + condition, key)
    }
    // What was sent, or released, is another change than what is to be sent now; only an add that got
    // no answer may be there all the same.
    try execute(
      """
      UPDATE cs_object SET
        pending_export = CASE pending_export WHEN 0 THEN 2 ELSE pending_export END,
        export_state = CASE WHEN export_state > 1 AND anchor IS NULL
          OR export_state = 2 AND image IS NULL THEN 2 ELSE 0 END,
        is_released = CASE pending_export WHEN 4 THEN is_released ELSE 0 END
      WHERE id = ?
        AND (pending_export = 0 OR export_state <> 0 OR is_released <> 0 AND pending_export <> 4)
      """, [source])
    try renewCause(of: source)
    if wanted != 1 && wanted != 2 { unsettled.insert(source) }
    return true
  }

  /// Whether an object of a target is to refer to another, be it that it does already.
  public func wantsReference(
    _ attribute: AttributeName, of source: Int64, to target: Int64
  ) throws -> Bool {
    try integer(
      """
      SELECT 1 FROM export_reference
      WHERE source_id = ? AND attribute_id = ? AND target_id = ? AND state IN (0, 1, 3)
      """, [source, try dictionaries.id(attribute, db), target]) != nil
  }

  /// Whether the target shows any reference of an object in an attribute.
  ///
  /// One that shows none of a list may show none at all: what it took is there nevertheless.
  func showsAny(_ key: [(any SQLBindable)?]) throws -> Bool {
    try integer(
      "SELECT 1 FROM cs_reference WHERE source_id = ? AND attribute_id = ? LIMIT 1",
      Array(key.prefix(2))) != nil
  }
}
