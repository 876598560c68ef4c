public import Directory
import Foundation
import GRDB

/// What the rules want of a target.
extension StoreTransaction {
  /// Makes an object in a target's connector space that is to be created there.
  ///
  /// One that was sent before under this name, and given up, may be there: it is sent as that.
  public func provision(
    connector: Int64, dn: DistinguishedName, objectType: String, display: String,
    desired: EncodedImage, metaverse: Int64, rule: Int64
  ) throws -> Int64 {
    var rows = NewRows(self)
    let id = try rows.provision(
      connector: connector, dn: dn, objectType: objectType, display: display, desired: desired,
      metaverse: metaverse, rule: rule)
    try rows.flush()
    return id
  }

  /// Sets what the rules want an object to say, and with that what is to be exported.
  ///
  /// A delete that is taken back leaves no error of its own; whether one arrived that got no answer
  /// is for an import to tell.
  public func setDesired(_ desired: EncodedImage, of id: Int64) throws {
    try manageReferences(try coding.decodeDesired(desired.bytes), of: id)
    try execute(
      """
      UPDATE cs_object SET desired = ?, is_released = 0,
        export_state = CASE WHEN export_state = 1 OR pending_export = 4 AND anchor IS NOT NULL
          THEN 0 WHEN export_state > 1 THEN iif(anchor IS NULL, 2, 0) ELSE export_state END,
        export_error_id = CASE WHEN pending_export = 4 AND anchor IS NOT NULL THEN NULL
          ELSE export_error_id END,
        pending_export = CASE WHEN pending_export = 4 THEN 0 ELSE pending_export END
      WHERE id = ?
      """, [Blob(bytes: desired.bytes), id])
    try renewCause(of: id)
    try settleExport(of: id)
  }

  /// Takes over reference attributes that no rule wrote until now: what the target shows there is
  /// to go, unless a reference of the metaverse wants it; and gives up those that rules wrote until
  /// now.
  private func manageReferences(_ desired: DesiredImage, of id: Int64) throws {
    var known: DesiredImage?
    try each("SELECT desired FROM cs_object WHERE id = ? AND desired IS NOT NULL", [id]) {
      known = try coding.decodeDesired($0.bytes(0) ?? [])
    }
    try manageMadeReferences(known, desired, of: id)
    for name in known?.references ?? []
    where !desired.references.contains(name) && !name.isMadeOutbound {
      let attribute = try dictionaries.id(name, db)
      if desired.manages(name) {
        try unwantReferences(of: id, attribute)
      } else {
        try execute(
          "DELETE FROM export_reference WHERE source_id = ? AND attribute_id = ?", [id, attribute])
      }
    }
    let new = desired.references + desired.attributes.filter { $0.values.isEmpty }.map(\.name)
    let taken = try new.filter { !$0.isMadeOutbound && known?.manages($0) != true }.compactMap {
      try dictionaries.existingID($0, db)
    }
    try takeOverReferences(of: id, taken)
  }

  /// Has the references go that the target shows in some attributes.
  private func takeOverReferences(of id: Int64, _ attributes: [Int64]) throws {
    guard !attributes.isEmpty else { return }
    // Most often there are none in any attribute, and that is told at once.
    guard try integer("SELECT 1 FROM cs_reference WHERE source_id = ? LIMIT 1", [id]) != nil else {
      return
    }
    func take(_ condition: String, _ argument: any SQLBindable) throws {
      try execute(
        """
        INSERT OR IGNORE INTO export_reference(source_id, attribute_id, target_id, state)
        SELECT source_id, attribute_id, target_id, 2 FROM cs_reference
        WHERE source_id = ? AND attribute_id \(condition)
          AND target_id IS NOT NULL AND state <> 2
        """, [id, argument])
    }
    if attributes.count == 1 {
      try take("= ?", attributes[0])
    } else {
      try take("IN (SELECT value FROM json_each(?))", Self.list(attributes))
    }
  }

  /// Where an expression begins, or ends, to make the references of an attribute, those that came
  /// otherwise go; what is wanted now flows anew.
  private func manageMadeReferences(
    _ known: DesiredImage?, _ desired: DesiredImage, of id: Int64
  ) throws {
    guard let known else { return }
    let (before, now) = (Set(known.references), Set(desired.references))
    for name in before.symmetricDifference(now) {
      guard let attribute = name.madeFor, desired.manages(attribute) else { continue }
      try unwantReferences(of: id, try dictionaries.id(attribute, db))
    }
  }

  /// Has all references of an object in an attribute go: what was not sent yet is not sent, what
  /// the target shows is taken out; so is what it took, if it shows nothing there at all.
  private func unwantReferences(of id: Int64, _ attribute: Int64) throws {
    if try !showsAny([id, attribute]) {
      try execute(
        """
        UPDATE export_reference SET state = 2
        WHERE source_id = ? AND attribute_id = ? AND state = 3
        """, [id, attribute])
    }
    try execute(
      """
      DELETE FROM export_reference WHERE source_id = ? AND attribute_id = ? AND state IN (1, 3)
      """, [id, attribute])
    try execute(
      """
      UPDATE export_reference SET state = 2
      WHERE source_id = ? AND attribute_id = ? AND state = 0
      """, [id, attribute])
  }

  /// Has an object deleted in its target, and keeps why; one that was never sent is just forgotten.
  public func deprovision(_ object: ConnectorSpaceObject, because cause: String) throws {
    if object.image == nil && object.anchor == nil && object.exportState == .idle {
      try remove(object.id)
      return
    }
    try execute("DELETE FROM export_reference WHERE source_id = ?", [object.id])
    try dropMadeReferences(of: object.id)
    try execute(
      """
      UPDATE cs_object SET desired = NULL, pending_export = 4, is_released = 0, mv_id = NULL,
        link_kind = 0, export_error_id = NULL WHERE id = ?
      """, [object.id])
    // One that was to be deleted before, and then was not, waits since now.
    try execute("DELETE FROM export_cause WHERE object_id = ?", [object.id])
    try setCause(cause, .deletes, of: object.id, connector: object.connector)
  }

  /// Lets an object of a target be: the rules want nothing of it any more, and it stays there.
  ///
  /// Whether others should refer to it is for the caller to say (``reconsiderReferences(to:)``).
  public func letGo(_ id: Int64) throws {
    try execute("DELETE FROM export_reference WHERE source_id = ?", [id])
    try dropMadeReferences(of: id)
    try execute(
      """
      UPDATE cs_object SET desired = NULL, pending_export = 0, export_state = 0, mv_id = NULL,
        link_kind = 0, link_rule = 0, export_error_id = NULL WHERE id = ?
      """, [id])
  }

  /// Forgets what was to be exported to a source, as rules once had it: nothing is written there.
  ///
  /// What its directory shows stays, and stays linked.
  public func forgetExports(toSource id: Int64) throws {
    let isAny = try ["pending_export IN (1, 2)", "pending_export = 4"].contains { which in
      try integer(
        "SELECT 1 FROM cs_object WHERE connector_id = ? AND \(which) LIMIT 1", [id]) != nil
    }
    guard isAny else { return }
    let made = try rows(
      """
      SELECT id FROM cs_object WHERE connector_id = ? AND image IS NULL AND anchor IS NULL
        AND desired IS NOT NULL
      """, [id])
    for row in made { try remove(row[0]) }
    let written = try rows(
      "SELECT id FROM cs_object WHERE connector_id = ? AND (desired IS NOT NULL OR pending_export <> 0)",
      [id])
    for row in written {
      let object: Int64 = row[0]
      try execute("DELETE FROM export_reference WHERE source_id = ?", [object])
      try dropMadeReferences(of: object)
      try execute("DELETE FROM export_cause WHERE object_id = ?", [object])
      try execute(
        """
        UPDATE cs_object SET desired = NULL, pending_export = 0, export_state = 0, is_released = 0,
          export_error_id = NULL WHERE id = ?
        """, [object])
    }
  }

  // MARK: References

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
    let last = try integer(
      """
      SELECT contributor_id FROM mv_reference INDEXED BY mv_reference_contributor
      WHERE contributor_id > ? ORDER BY contributor_id LIMIT 1 OFFSET ?
      """, [after, limit])
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
  public func changedReferences(
    connector: Int64, outbound: some Collection<String>, limit: Int
  ) throws -> [ChangedReference] {
    try changedReferences(
      """
      connector_id = ?1 AND state <> 0 AND source_id NOT IN
        (SELECT id FROM cs_object WHERE connector_id = ?1 AND sync_error_id IS NOT NULL
          AND pending_import <> 0 AND NOT EXISTS (SELECT 1 FROM step_error e
            WHERE e.id = sync_error_id AND e.rule IN (SELECT value FROM json_each(?3))))
      """, connector, limit, try Self.list(outbound))
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
  public func changedMadeReferences(connector: Int64, limit: Int) throws -> [ChangedReference] {
    try changedReferences(
      """
      connector_id = ?1 AND state <> 0 AND attribute_id IN
        (SELECT id FROM attribute WHERE \(MadeDirection.outbound.condition))
      """, connector, limit)
  }

  private func changedReferences(
    _ condition: String, _ connector: Int64, _ limit: Int, _ argument: String? = nil
  ) throws -> [ChangedReference] {
    var result: [ChangedReference] = []
    try each(
      """
      SELECT source_id, attribute_id, value, target_id, state FROM cs_reference
      WHERE \(condition) ORDER BY source_id LIMIT ?2
      """, [connector, limit] + (argument.map { [$0] } ?? [])
    ) { row in
      result.append(
        ChangedReference(
          source: row.int64(0), attribute: try dictionaries.name(row.int64(1), db),
          value: row.text(2), target: row.optionalInt64(3), isRemoved: row.int(4) == 2))
    }
    return result
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

  /// Lets a reference flow into the metaverse; the answer is whether it is one more there.
  @discardableResult public func flow(
    _ attribute: AttributeName, from source: Int64, to target: Int64, contributor: Int64,
    rule: Int64, precedence: Int
  ) throws -> Bool {
    let key: [(any SQLBindable)?] = [
      source, try dictionaries.id(attribute, db), target, contributor, rule, precedence,
      Timestamp.now.milliseconds,
    ]
    try execute(
      """
      INSERT OR IGNORE INTO mv_reference(source_id, attribute_id, target_id, contributor_id,
        rule_id, precedence, state, since) VALUES (?, ?, ?, ?, ?, ?, 1, ?)
      """, key)
    guard db.changesCount == 0 else { return true }
    try execute(
      """
      UPDATE mv_reference SET
        state = CASE WHEN state = 0 AND precedence = ?6 THEN 0 ELSE 1 END,
        since = CASE WHEN rule_id = ?5 THEN since ELSE ?7 END, rule_id = ?5, precedence = ?6
      WHERE source_id = ?1 AND attribute_id = ?2 AND target_id = ?3 AND contributor_id = ?4
      """, key)
    return false
  }

  /// The rule that gave a reference, and its precedence; nil if there is none.
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
        export_state = CASE WHEN export_state > 1 AND anchor IS NULL THEN 2 ELSE 0 END,
        is_released = CASE pending_export WHEN 4 THEN is_released ELSE 0 END
      WHERE id = ?
        AND (pending_export = 0 OR export_state <> 0 OR is_released <> 0 AND pending_export <> 4)
      """, [source])
    try renewCause(of: source)
    if wanted != 1 && wanted != 2 { unsettled.insert(source) }
    return true
  }

  /// Whether the target shows any reference of an object in an attribute.
  ///
  /// One that shows none of a list may show none at all: what it took is there nevertheless.
  private func showsAny(_ key: [(any SQLBindable)?]) throws -> Bool {
    try integer(
      "SELECT 1 FROM cs_reference WHERE source_id = ? AND attribute_id = ? LIMIT 1",
      Array(key.prefix(2))) != nil
  }
}
