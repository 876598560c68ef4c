import Directory
import GRDB

/// What an import changed among an object's references.
struct ReferenceChanges {
  var deltas: [ObjectChange.Delta] = []
  var isEmpty: Bool { deltas.isEmpty }
}

/// References, a row each.
extension Stager {
  /// Makes the stored references of an object those that its directory shows.
  mutating func stageReferences(
    of id: Int64, _ references: [Attribute]
  ) throws -> ReferenceChanges {
    var wanted: [Int64: [ExactText: AttributeValue]] = [:]
    for attribute in references {
      let attributeID = try tx.dictionaries.id(attribute.name, tx.db)
      for value in attribute.values {
        wanted[attributeID, default: [:]][ExactText(referenceKey(value.text))] = value
      }
    }
    var changes: [Int64: (added: [AttributeValue], removed: [AttributeValue])] = [:]
    let present = try tx.rows(
      "SELECT attribute_id, value FROM cs_reference WHERE source_id = ? AND state <> 2", [id])
    for row in present {
      let attributeID: Int64 = row[0]
      let key: String = row[1]
      if made.contains(attributeID) { continue }
      if wanted[attributeID]?.removeValue(forKey: ExactText(key)) != nil { continue }
      try removeReference(id, attributeID, key)
      changes[attributeID, default: ([], [])].removed.append(.reference(key))
    }
    for (attributeID, values) in wanted.sorted(by: { $0.key < $1.key }) {
      for (key, value) in values.sorted(by: { $0.key.text < $1.key.text }) {
        try addReference(id, attributeID, key.text)
        changes[attributeID, default: ([], [])].added.append(value)
      }
    }
    return try referenceChanges(changes)
  }

  /// Stages the references of an object that is new.
  ///
  /// Into a space that was empty they are written later, many with one statement: objects of the same
  /// batch that they mean are there then.
  mutating func addReferences(
    of id: Int64, _ references: [Attribute]
  ) throws -> ReferenceChanges {
    var result = ReferenceChanges()
    for attribute in references {
      let attributeID = try tx.dictionaries.id(attribute.name, tx.db)
      let state = flows(attributeID) ? 1 : 0
      for value in attribute.values {
        let key = referenceKey(value.text)
        if context.beganEmpty, !context.isTarget {
          try rows.insertReference(
            of: id, attributeID, key, connector: context.connector, state: state)
        } else {
          try addReference(id, attributeID, key)
        }
      }
      result.deltas.append(.init(attribute.name, before: [], after: attribute.values))
    }
    return result
  }

  func referenceChanges(
    _ changes: [Int64: (added: [AttributeValue], removed: [AttributeValue])]
  ) throws -> ReferenceChanges {
    var result = ReferenceChanges()
    for (attributeID, change) in changes.sorted(by: { $0.key < $1.key }) {
      result.deltas.append(
        .init(
          try tx.dictionaries.name(attributeID, tx.db), before: change.removed.sorted(),
          after: change.added.sorted()))
    }
    return result
  }

  /// Whether references in an attribute are read by the rules.
  private func flows(_ attributeID: Int64) -> Bool {
    context.flowsReferences || made.contains(attributeID)
  }

  func addReference(_ id: Int64, _ attributeID: Int64, _ key: String) throws {
    let target = try tx.referenceTarget(key, connector: context.connector)
    if target == nil { waiting.areThere = true }
    try tx.putReference(
      of: id, attributeID, key, connector: context.connector, to: target,
      state: flows(attributeID) ? 1 : 0)
    if let target, context.isTarget { try confirmReference(id, attributeID, target) }
  }

  func removeReference(_ id: Int64, _ attributeID: Int64, _ key: String) throws {
    let target = try tx.integer(
      "SELECT target_id FROM cs_reference WHERE source_id = ? AND attribute_id = ? AND value = ?",
      [id, attributeID, key])
    if context.flowsReferences {
      try tx.execute(
        """
        UPDATE cs_reference SET state = 2 WHERE source_id = ? AND attribute_id = ? AND value = ?
        """, [id, attributeID, key])
    } else {
      try tx.execute(
        "DELETE FROM cs_reference WHERE source_id = ? AND attribute_id = ? AND value = ?",
        [id, attributeID, key])
    }
    if let target { try missReference(id, attributeID, target) }
  }

  /// A new object may be what references of other objects have been waiting for.
  func resolveReferences(to id: Int64, dn: DistinguishedName, anchor: Anchor) throws {
    guard try referencesWait() else { return }
    try nameAwaited(anchor, dn, of: id)
    for key in [dn.normalized, anchor.text] {
      var waiting: [(source: Int64, attribute: Int64, isGone: Bool)] = []
      try tx.each(
        """
        SELECT source_id, attribute_id, state = 2 FROM cs_reference
        WHERE connector_id = ? AND value = ? AND target_id IS NULL
        """, [context.connector, key]
      ) { waiting.append(($0.int64(0), $0.int64(1), $0.bool(2))) }
      guard !waiting.isEmpty else { continue }
      try tx.execute(
        """
        UPDATE cs_reference SET target_id = ?1, state = CASE WHEN state = 2 THEN 2
          WHEN attribute_id IN (SELECT value FROM json_each(?2)) THEN 1 ELSE ?3 END
        WHERE connector_id = ?4 AND value = ?5 AND target_id IS NULL
        """,
        [
          id, StoreTransaction.list(made), context.flowsReferences ? 1 : 0, context.connector, key,
        ])
      for (source, attribute, isGone) in waiting where !isGone {
        try confirmReference(source, attribute, id)
        unsettled.insert(source)
      }
    }
  }

  func referencesWait() throws -> Bool {
    // Into an empty space they are written later than the objects that they mean.
    if context.beganEmpty { return true }
    if let known = waiting.areThere { return known }
    let found =
      try tx.integer(
        """
        SELECT 1 FROM cs_reference INDEXED BY cs_reference_open
        WHERE connector_id = ? AND target_id IS NULL LIMIT 1
        """, [context.connector]) != nil
    waiting.areThere = found
    return found
  }

  /// Directories rewrite references to an object that gets another name.
  ///
  /// - Parameter isEntry: Whether the directory told the object as it is now. References of an
  ///   object that it told in the same import are then also as they are now: they mean whoever
  ///   bears the name in the end, not the object that bore it when they were staged.
  mutating func renameReferences(to id: Int64, dn: DistinguishedName, isEntry: Bool) throws {
    let rows = try tx.rows(
      "SELECT source_id, attribute_id, value, state FROM cs_reference WHERE target_id = ?", [id])
    for row in rows {
      let value: String = row[2]
      guard isName(value), ExactText(value) != ExactText(dn.normalized) else { continue }
      if row[3] as Int == 2 {
        try dropReplaced(row[0], row[1], value, by: dn.normalized)
        continue
      }
      try noteUnannounced(row[0], row[1])
      if made.contains(row[1]) || isEntry && seen.wasTold(row[0]) {
        let reference = SeenObjects.OutdatedReference(
          source: row[0], attributeID: row[1], target: id)
        guard try mayBeOutdated(reference, by: value, now: dn.normalized) else {
          try rebind(row[0], row[1], value, from: id)
          continue
        }
        seen.noteOutdated(reference, by: value)
      }
      try tx.makeRoom(row[0], row[1], dn.normalized, for: id)
      try tx.execute(
        """
        UPDATE OR REPLACE cs_reference SET value = ?
        WHERE source_id = ? AND attribute_id = ? AND value = ?
        """, [dn.normalized, row[0] as Int64, row[1] as Int64, value])
    }
  }

  /// Whether an object may have got its name only after what refers to it by the old one was told:
  /// a full import takes long, and tells each but once.
  ///
  /// Nobody bears the old name now, and what refers does not show the new one.
  private func mayBeOutdated(
    _ reference: SeenObjects.OutdatedReference, by old: String, now new: String
  ) throws -> Bool {
    guard context.isFull, !made.contains(reference.attributeID),
      try tx.referenceTarget(old, connector: context.connector) == nil
    else { return false }
    return try tx.integer(
      """
      SELECT 1 FROM cs_reference
      WHERE source_id = ? AND attribute_id = ? AND value = ? AND state <> 2
      """, [reference.source, reference.attributeID, new]) == nil
  }

  /// Settles what objects refer to by names which those that were meant lost, now that all is told:
  /// whoever bears such a name is meant; the answer is a name that nobody bears, if there is one.
  ///
  /// Of such a one nobody knows whether it was rewritten at once, after it was told.
  public mutating func settleOutdated(_ ids: some Sequence<Int64>) throws -> String? {
    var unknown: String?
    for id in ids {
      for (reference, name) in seen.outdatedReferences(of: id) {
        guard try tx.referenceTarget(name, connector: context.connector) != nil else {
          unknown = unknown ?? name
          continue
        }
        let keys = try tx.rows(
          """
          SELECT value FROM cs_reference
          WHERE source_id = ? AND attribute_id = ? AND target_id = ? AND state <> 2
          """, [id, reference.attributeID, reference.target])
        for key in keys {
          try rebind(id, reference.attributeID, key[0], from: reference.target, as: name)
        }
      }
    }
    try settleReferrers()
    return unknown
  }

  /// Has a reference mean the object that bears its name now, if one does, instead of another.
  ///
  /// - Parameter name: The name that was told of it; nil if that is `key`.
  private func rebind(
    _ source: Int64, _ attributeID: Int64, _ key: String, from old: Int64, as name: String? = nil
  ) throws {
    try tx.unflow(connectorReferenceFrom: source, to: old)
    try tx.execute(
      "UPDATE cs_reference SET state = 1 WHERE source_id = ? AND target_id = ? AND state = 0",
      [source, old])
    try missReference(source, attributeID, old)
    try tx.execute(
      "DELETE FROM cs_reference WHERE source_id = ? AND attribute_id = ? AND value = ?",
      [source, attributeID, key])
    try addReference(source, attributeID, name ?? key)
    unsettled.insert(source)
  }

  /// A reference that went as the old name and came as the new one has not gone.
  private func dropReplaced(
    _ id: Int64, _ attributeID: Int64, _ old: String, by new: String
  ) throws {
    try tx.execute(
      """
      DELETE FROM cs_reference WHERE source_id = ?1 AND attribute_id = ?2 AND value = ?3
      AND EXISTS (SELECT 1 FROM cs_reference WHERE source_id = ?1 AND attribute_id = ?2
        AND value = ?4 AND state <> 2)
      """, [id, attributeID, old, new])
  }

  // MARK: What the rules want, against what the target shows

  /// The target shows a reference: one that was wanted is there, one that was not is to go.
  private func confirmReference(_ id: Int64, _ attributeID: Int64, _ target: Int64) throws {
    guard !made.contains(attributeID) else { return }
    try tx.execute(
      """
      UPDATE export_reference SET state = 0
      WHERE source_id = ? AND attribute_id = ? AND target_id = ? AND state IN (1, 3)
      """, [id, attributeID, target])
    guard tx.db.changesCount == 0,
      try tx.integer(
        """
        SELECT 1 FROM export_reference
        WHERE source_id = ? AND attribute_id = ? AND target_id = ?
        """, [id, attributeID, target]) == nil
    else { return }
    guard try isManaged(id, attributeID) else { return }
    try tx.execute(
      """
      INSERT INTO export_reference(source_id, attribute_id, target_id, state) VALUES (?, ?, ?, 2)
      """, [id, attributeID, target])
  }

  /// The target no longer shows a reference: one that is wanted must be sent again.
  func missReference(_ id: Int64, _ attributeID: Int64, _ target: Int64) throws {
    try tx.execute(
      """
      DELETE FROM export_reference
      WHERE source_id = ? AND attribute_id = ? AND target_id = ? AND state IN (2, 4)
      """, [id, attributeID, target])
    try setExportReference(id, attributeID, target, 1)
  }

  private func setExportReference(
    _ id: Int64, _ attributeID: Int64, _ target: Int64, _ state: Int
  ) throws {
    try tx.execute(
      """
      UPDATE export_reference SET state = ?
      WHERE source_id = ? AND attribute_id = ? AND target_id = ?
      """, [state, id, attributeID, target])
  }

  private func isManaged(_ id: Int64, _ attributeID: Int64) throws -> Bool {
    guard
      let desired = try tx.row("SELECT desired FROM cs_object WHERE id = ?", [id])?.bytes(0)
    else { return false }
    let name = try tx.dictionaries.name(attributeID, tx.db)
    return try tx.coding.decodeDesired(desired).manages(name)
  }
}

extension StoreTransaction {
  /// Adds a reference, or brings one back that was taken out.
  ///
  /// One that meant another object under this name, and was taken out, is kept until that object is
  /// taken out of the metaverse, too.
  func putReference(
    of source: Int64, _ attributeID: Int64, _ key: String, connector: Int64, to target: Int64?,
    state: Int
  ) throws {
    let row: [(any SQLBindable)?] = [source, attributeID, key, connector, target, state]
    let statement = """
      INSERT INTO cs_reference(source_id, attribute_id, value, connector_id, target_id, state)
      VALUES (?, ?, ?, ?, ?, ?)
      ON CONFLICT(source_id, attribute_id, value)
      DO UPDATE SET target_id = excluded.target_id, state = excluded.state
      WHERE state <> 2 OR target_id IS NULL OR target_id IS excluded.target_id
      """
    try execute(statement, row)
    guard db.changesCount == 0 else { return }
    try makeRoom(source, attributeID, key, for: target)
    try execute(
      "DELETE FROM cs_reference WHERE source_id = ? AND attribute_id = ? AND value = ?",
      [source, attributeID, key])
    try execute(statement, row)
  }

  /// Puts a reference aside that means another object than `target` under a name; the caller writes
  /// over what is left there.
  ///
  /// That one may bear the name yet: two that swap their names are told one after the other, and
  /// neither may lose its place. If the reference was taken out, that is yet to be synchronized.
  func makeRoom(
    _ source: Int64, _ attributeID: Int64, _ name: String, for target: Int64?
  ) throws {
    try execute(
      """
      UPDATE OR REPLACE cs_reference SET value = '=' || target_id
      WHERE source_id = ?1 AND attribute_id = ?2 AND value = ?3 AND target_id IS NOT NULL
        AND target_id IS NOT ?4 AND (state <> 2 OR NOT EXISTS
          (SELECT 1 FROM cs_reference o WHERE o.source_id = ?1 AND o.attribute_id = ?2
            AND o.value = '=' || cs_reference.target_id))
      """, [source, attributeID, name, target])
  }
}
