import Directory
import GRDB

/// Changes that a directory tells one by one.
extension Stager {
  mutating func modify(_ address: ObjectAddress, _ changes: [AttributeChange]) throws {
    guard let stored = try find(address), let bytes = stored.imageBytes else {
      try record(
        DiscoveryError(
          .needFullObject, dn: address.text, location: "",
          message: "A change of an object that was never imported",
          hint: "Run a full import of this connector"))
      return
    }
    seen.insert(stored.id)
    var image = try tx.coding.decode(bytes)
    var references: [Int64: (added: [AttributeValue], removed: [AttributeValue])] = [:]
    for change in changes {
      if try isReference(change, of: stored.id) {
        let attributeID = try tx.dictionaries.id(change.name, tx.db)
        let done = try modifyReferences(of: stored.id, attributeID, change.operation)
        references[attributeID, default: ([], [])].added += done.added
        references[attributeID, default: ([], [])].removed += done.removed
      } else {
        apply(change, to: &image)
      }
    }
    references = references.filter { !$0.value.added.isEmpty || !$0.value.removed.isEmpty }
    let dn = try DistinguishedName(stored.dn)
    let plain = image.attributes
    try update(
      stored, dn: dn, objectType: stored.objectType, plain: plain,
      bytes: try tx.coding.encode(plain), references: try referenceChanges(references),
      isEntry: false)
  }

  private func apply(_ change: AttributeChange, to image: inout AttributeSet) {
    switch change.operation {
    case .replace(let values): image[change.name] = values
    case .update(let added, let removed):
      image[change.name] =
        AttributeValue.values(image[change.name], without: removed) + added
    }
  }

  /// Values tell; where there are none, what is stored does.
  private func isReference(_ change: AttributeChange, of id: Int64) throws -> Bool {
    let values =
      switch change.operation {
      case .replace(let values): values
      case .update(let added, let removed): added + removed
      }
    if let first = values.first {
      if case .reference = first { return true }
      return false
    }
    guard let attributeID = try tx.dictionaries.existingID(change.name, tx.db) else { return false }
    return try tx.row(
      "SELECT 1 FROM cs_reference WHERE source_id = ? AND attribute_id = ? LIMIT 1",
      [id, attributeID]) != nil
  }

  private func modifyReferences(
    of id: Int64, _ attributeID: Int64, _ operation: AttributeChange.Operation
  ) throws -> (added: [AttributeValue], removed: [AttributeValue]) {
    var added: [AttributeValue] = []
    var removed: [AttributeValue] = []
    func has(_ key: String) throws -> Bool {
      try tx.row(
        """
        SELECT 1 FROM cs_reference
        WHERE source_id = ? AND attribute_id = ? AND value = ? AND state <> 2
        """, [id, attributeID, key]) != nil
    }
    func add(_ value: AttributeValue) throws {
      let key = referenceKey(value.text)
      guard try !has(key) else { return }
      try addReference(id, attributeID, key)
      added.append(value)
    }
    func remove(_ key: String) throws {
      guard try has(key) else { return }
      try removeReference(id, attributeID, key)
      removed.append(.reference(key))
    }
    switch operation {
    case .update(let new, let old):
      for value in old { try remove(referenceKey(value.text)) }
      for value in new { try add(value) }
    case .replace(let values):
      let keys = Set(values.map { ExactText(referenceKey($0.text)) })
      let present = try tx.rows(
        """
        SELECT value FROM cs_reference WHERE source_id = ? AND attribute_id = ? AND state <> 2
        """, [id, attributeID])
      for row in present {
        let key: String = row[0]
        if !keys.contains(ExactText(key)) { try remove(key) }
      }
      for value in values { try add(value) }
    }
    return (added, removed)
  }

  /// Gives an object, and all below it, the name that its directory now uses.
  mutating func rename(_ address: ObjectAddress, to newDN: DistinguishedName) throws {
    guard let stored = try find(address), stored.imageBytes != nil else {
      try record(
        DiscoveryError(
          .needFullObject, dn: address.text, location: "",
          message: "A rename of an object that was never imported",
          hint: "Run a full import of this connector"))
      return
    }
    let oldDN = try DistinguishedName(stored.dn)
    if !stored.bears(newDN) { try rename(stored, to: newDN) }
    for id in try below(oldDN) {
      guard let child = try find(id),
        let moved = try DistinguishedName(child.dn).replacing(oldDN, by: newDN)
      else { continue }
      try rename(child, to: moved)
    }
  }

  /// The numbers of the staged objects below a name, those above before those below them.
  private func below(_ dn: DistinguishedName) throws -> [Int64] {
    let (first, end) = dn.pathsBelow
    return try tx.rows(
      """
      SELECT id FROM cs_object WHERE connector_id = ? AND dn_path >= ? AND dn_path < ?
      AND image IS NOT NULL ORDER BY dn_path
      """, [context.connector, first, end]
    ).map { $0[0] }
  }

  private mutating func rename(_ stored: Stored, to dn: DistinguishedName) throws {
    // A full import tells whatever is there as a whole; what it only renames may be gone since.
    if !context.isFull { seen.insert(stored.id) }
    var image = try tx.coding.decode(stored.imageBytes ?? [])
    image.rename(from: try DistinguishedName(stored.dn), to: dn)
    try update(
      try anchored(stored, at: dn), dn: dn, objectType: stored.objectType, plain: image.attributes,
      bytes: try tx.coding.encode(image.attributes), references: ReferenceChanges(),
      isEntry: false)
  }

  /// The object with the anchor that it has under a new name, where its name is its anchor.
  private func anchored(_ stored: Stored, at dn: DistinguishedName) throws -> Stored {
    guard let anchor = stored.anchor, anchor == (try DistinguishedName(stored.dn).normalized) else {
      return stored
    }
    // One that is gone may still hold the name; whoever has it now is another object.
    try yieldAnchor(Anchor(dn.normalized))
    try tx.execute(
      "UPDATE OR IGNORE cs_object SET anchor = ? WHERE id = ?", [dn.normalized, stored.id])
    var moved = stored
    moved.anchor = dn.normalized
    return moved
  }

  /// Takes an anchor from an object that its directory has deleted.
  func yieldAnchor(_ anchor: Anchor) throws {
    try tx.execute(
      "UPDATE cs_object SET anchor = NULL WHERE connector_id = ? AND anchor = ? AND image IS NULL",
      [context.connector, anchor.text])
  }

  mutating func delete(_ address: ObjectAddress) throws {
    if context.isTarget, let anchor = address.anchor {
      try tx.forgetSentDelete(of: anchor, connector: context.connector)
    }
    guard let stored = try find(address) else {
      result.tally.count(.filteredDeletions)
      return try forgetAwaited(address.anchor)
    }
    guard stored.imageBytes != nil else {
      result.tally.count(.filteredDeletions)
      try forgetAwaited(stored.anchor.map { Anchor($0) })
      return try forgetUnseen(stored)
    }
    try delete(stored)
  }

  /// A target has deleted what it took and no import has shown yet: it is to be made again, as what
  /// may be there, for a target that is copied to several places may not know at one of them yet.
  private func forgetUnseen(_ stored: Stored) throws {
    guard context.isTarget, stored.hasDesired, stored.anchor != nil,
      stored.pendingExport != .delete, stored.pendingImport == .none
    else { return }
    try tx.execute(
      "UPDATE cs_object SET anchor = NULL, pending_export = 1, export_state = 2 WHERE id = ?",
      [stored.id])
    let sources = try tx.rows(
      "SELECT source_id, attribute_id FROM cs_reference WHERE target_id = ?", [stored.id])
    for row in sources { try loseReference(row[0], row[1], stored.id) }
  }

  mutating func delete(_ stored: Stored) throws {
    let old = try stored.imageBytes.map { try tx.coding.decodeList($0) } ?? []
    if stored.pendingImport == .none {
      try tx.noteBefore(stored.id, image: stored.imageBytes, dn: stored.dn)
    }
    if context.isTarget, stored.pendingExport == .delete, stored.exportState == .unknown {
      try tx.noteLeft(stored.dn, connector: context.connector)
    }
    try tx.execute(
      "UPDATE cs_object SET image = NULL, pending_import = 4 WHERE id = ?", [stored.id])
    try forgetLetGo(stored)
    // What a directory does not announce: nobody refers to this object any more.
    let heir = try heir(of: stored)
    if heir != nil { try inheritReferences(of: stored) }
    let sources = try tx.rows(
      "SELECT source_id, attribute_id FROM cs_reference WHERE target_id = ?", [stored.id])
    for row in sources { try loseReference(row[0], row[1], stored.id) }
    if let heir, try givePlace(of: stored, old, to: heir) { return }
    result.tally.count(.stageDelete)
    try tx.record(
      ObjectChange(
        .stageDelete, objectID: stored.id, dn: stored.dn, display: stored.display,
        objectType: stored.objectType,
        deltas: old.map { .init($0.name, before: $0.values, after: []) }), step: context.step)
  }

  /// Another object bears the name of the one that is gone: references by name mean that one now.
  private func inheritReferences(of stored: Stored) throws {
    let key = try DistinguishedName(stored.dn).normalized
    let sources = try tx.rows(
      """
      SELECT source_id, attribute_id FROM cs_reference
      WHERE target_id = ? AND value = ? AND state <> 2
      """, [stored.id, key])
    for row in sources {
      let (source, attributeID): (Int64, Int64) = (row[0], row[1])
      try tx.unflow(connectorReferenceFrom: source, to: stored.id)
      try missReference(source, attributeID, stored.id)
      try addReference(source, attributeID, key)
      unsettled.insert(source)
    }
  }

  /// Takes away a reference to an object that is gone, here and in the metaverse.
  private func loseReference(_ source: Int64, _ attributeID: Int64, _ target: Int64) throws {
    try tx.unflow(connectorReferenceFrom: source, to: target)
    waiting.areThere = nil
    if made.contains(attributeID) {
      try tx.execute(
        """
        UPDATE cs_reference SET target_id = NULL
        WHERE source_id = ? AND attribute_id = ? AND target_id = ? AND state <> 2
        """, [source, attributeID, target])
    } else if !context.isTarget, seen.wasTold(source) {
      // Told in this same import, it means an object that is not read any more, or one that comes
      // under the name only now.
      try tx.execute(
        """
        UPDATE cs_reference SET target_id = NULL
        WHERE source_id = ? AND attribute_id = ? AND target_id = ? AND state <> 2
        """, [source, attributeID, target])
    }
    try tx.execute(
      "DELETE FROM cs_reference WHERE source_id = ? AND attribute_id = ? AND target_id = ?",
      [source, attributeID, target])
    try missReference(source, attributeID, target)
    unsettled.insert(source)
    try noteUnannounced(source, attributeID)
  }

  /// A reference changed of which the directory says nothing: the scope of an inbound rule may ask
  /// for it.
  func noteUnannounced(_ source: Int64, _ attributeID: Int64) throws {
    guard !context.scopedReferences.isEmpty,
      context.scopedReferences.contains(try tx.dictionaries.name(attributeID, tx.db))
    else { return }
    try tx.keepPending(source)
  }

  /// Stages the delete of every object that this import has not seen, from the object after
  /// `after` on, at most `limit` objects looked at; the answer is the last one looked at, or nil
  /// at the end.
  public mutating func stageObsolete(after: Int64, limit: Int) throws -> (
    last: Int64?, result: StagingResult
  ) {
    let rows = try tx.rows(
      """
      SELECT id FROM cs_object WHERE connector_id = ? AND image IS NOT NULL AND id > ?
      ORDER BY id LIMIT ?
      """, [context.connector, after, limit])
    for row in rows where !seen.contains(row[0]) {
      guard let stored = try find(row[0] as Int64), stored.anchor != nil else { continue }
      if seen.isOutside(stored.id) {
        try leave(stored, letsGo: true)
      } else {
        try delete(stored)
      }
    }
    try settleReferrers()
    try tx.add(result.tally, step: context.step)
    return (rows.last.map { $0[0] }, result)
  }
}
