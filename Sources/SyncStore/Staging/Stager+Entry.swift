import Directory
import GRDB

/// Whole objects.
extension Stager {
  mutating func stage(_ entry: DirectoryEntry) throws {
    let (plain, references) = split(entry.attributes)
    let bytes = try tx.coding.encode(plain)
    if context.beganEmpty, try insert(entry, plain: plain, references: references, bytes: bytes) {
      return
    }
    try rows.flush()
    result.metKnownObjects = true
    var stored = try find(anchor: entry.anchor)
    if stored == nil, context.isTarget, let provisioned = try findProvisioned(entry) {
      try tx.execute(
        "UPDATE cs_object SET anchor = ? WHERE id = ?", [entry.anchor.text, provisioned.id])
      stored = provisioned
      stored?.anchor = entry.anchor.text
    }
    // Where the name is the anchor, what comes under the name of a deleted object is another one.
    if let gone = stored, gone.pendingImport == .delete, gone.anchor == entry.dn.normalized {
      try yieldAnchor(entry.anchor)
      stored = nil
    }
    guard let stored else {
      _ = try insert(entry, plain: plain, references: references, bytes: bytes)
      return
    }
    if isAnother(entry, than: stored) { return try record(sharedAnchor(entry, with: stored)) }
    seen.insert(stored.id)
    if !references.isEmpty { seen.tell(stored.id) }
    let changes = try stageReferences(of: stored.id, references)
    try update(
      stored, dn: entry.dn, objectType: entry.objectType, plain: plain, bytes: bytes,
      references: changes, isEntry: true)
  }

  /// Whether an entry is not the object that has its anchor: this import has shown that already, as one
  /// of another type.
  private func isAnother(_ entry: DirectoryEntry, than stored: Stored) -> Bool {
    stored.objectType != entry.objectType && stored.imageBytes != nil
      && stored.pendingImport != .delete && seen.contains(stored.id)
  }

  private func sharedAnchor(_ entry: DirectoryEntry, with stored: Stored) -> DiscoveryError {
    var error = DiscoveryError(
      .duplicateAnchor, dn: entry.dn.text, location: "",
      message: "The directory has two objects of the anchor \(entry.anchor.text): the "
        + "\(entry.objectType) \(entry.attributes.display(dn: entry.dn)), and the "
        + "\(stored.objectType) \(stored.display), which stays",
      hint: "An anchor is to be one object's: have the directory give each object an id of its own")
    error.anchor = entry.anchor
    return error
  }

  /// Stages an object that is new; the answer is false if it is there already.
  private mutating func insert(
    _ entry: DirectoryEntry, plain: [Attribute], references: [Attribute], bytes: [UInt8]
  ) throws -> Bool {
    let display = entry.attributes.display(dn: entry.dn)
    try tx.execute(
      """
      INSERT OR IGNORE INTO cs_object(connector_id, anchor, dn, dn_path, object_type, display, image,
        pending_import, last_sync, last_password_sync) VALUES (?, ?, ?, ?, ?, ?, ?, 1, ?, ?)
      """,
      [
        context.connector, entry.anchor.text, entry.dn.text, entry.dn.path,
        entry.objectType, display, bytes.data, syncTime(plain, Self.syncNames),
        syncTime(plain, Self.passwordNames),
      ])
    guard tx.db.changesCount == 1 else { return false }
    let id = tx.db.lastInsertedRowID
    seen.insert(id)
    if !references.isEmpty { seen.tell(id) }
    try resolveReferences(to: id, dn: entry.dn, anchor: entry.anchor)
    try indexValues(of: id, plain)
    let changes = try addReferences(of: id, references)
    let before = context.beganEmpty ? nil : try takePlace(id, under: entry.dn)
    let counter: Counter = before == nil ? .stageAdd : .stageDeleteAdd
    result.tally.count(counter)
    try rows.record(
      ObjectChange(
        counter, objectID: id, dn: entry.dn.text, display: display,
        objectType: entry.objectType,
        deltas: ObjectChange.deltas(from: before ?? [], to: plain) + changes.deltas),
      step: context.step)
    return true
  }

  /// Brings a stored object to what its directory says now; `isEntry` tells whether it said so as
  /// a whole, or told one change.
  mutating func update(
    _ stored: Stored, dn: DistinguishedName, objectType: String, plain: [Attribute],
    bytes: [UInt8], references: ReferenceChanges, isEntry: Bool
  ) throws {
    let isSame =
      stored.imageBytes == bytes && stored.bears(dn) && stored.objectType == objectType
    if isSame && references.isEmpty && stored.pendingImport != .delete {
      result.tally.count(.stageNoChange)
      if stored.hasDesired && stored.exportState == .unconfirmed { try settle(stored) }
      return
    }
    let old = try stored.imageBytes.map { try tx.coding.decodeList($0) } ?? []
    let deltas = ObjectChange.deltas(from: old, to: plain) + references.deltas
    let counter: Counter =
      stored.imageBytes == nil ? .stageAdd : !stored.bears(dn) ? .stageRename : .stageUpdate
    let shown = AttributeSet(distinct: plain)
    let display = shown.display(dn: dn)
    // Other rules may be for another type.
    let needsSync =
      stored.pendingImport != .none || stored.objectType != objectType
      || needsSynchronization(stored, deltas, dn)
    let pending: Pending =
      !needsSync
      ? .none
      : stored.pendingImport == .add || stored.pendingImport == .deleteAdd
        ? stored.pendingImport : try isUnknown(stored) ? .add : .update
    let confirmed = try confirmed(stored, shown)
    let isConfirmed = confirmed != nil
    if stored.pendingImport == .none, pending != .none {
      try tx.noteBefore(stored.id, image: stored.imageBytes, dn: stored.dn)
    }
    let sql = UpdateStatement.text(
      isNamed: stored.bears(dn) && stored.objectType == objectType,
      isDisplayed: stored.display.utf8.elementsEqual(display.utf8), isConfirmed: isConfirmed)
    try tx.execute(
      sql,
      [
        pending.rawValue, dn.text, dn.path, objectType, display, Blob(bytes: bytes),
        syncTime(plain, Self.syncNames), syncTime(plain, Self.passwordNames),
        Timestamp.now.milliseconds, stored.id,
      ])
    if !stored.bears(dn) {
      if context.isTarget, stored.exportState == .unknown, stored.imageBytes != nil,
        try DistinguishedName(stored.dn) != dn
      {
        try tx.noteLeft(stored.dn, now: dn, connector: context.connector)
      }
      try renameReferences(to: stored.id, dn: dn, isEntry: isEntry)
      try noteRivals(of: stored.id, under: dn)
    }
    if stored.imageBytes == nil || !stored.bears(dn), let anchor = stored.anchor {
      try resolveReferences(to: stored.id, dn: dn, anchor: Anchor(anchor))
    }
    let hadImage = stored.imageBytes != nil || stored.pendingImport != .none
    try reindexValues(of: stored.id, plain, deltas, hadImage: hadImage)
    result.tally.count(counter)
    try tx.record(
      ObjectChange(
        counter, objectID: stored.id, dn: dn.text, display: display, objectType: objectType,
        deltas: deltas), step: context.step)
    if confirmed?.withdraws == true { try tx.forgetWithdrawn(of: stored.id) }
    if stored.hasDesired && !isConfirmed { try settle(stored, showing: shown) }
    if let time = earlierPassword(deltas, from: old, to: plain) {
      try tx.owePassword(ofTarget: stored.id, showing: time)
    }
  }

  /// When a target that was set back says that it took an object's password; 0 for never.
  ///
  /// Nil where that is no earlier than it said before. Both times are of its own clock.
  private func earlierPassword(
    _ deltas: [ObjectChange.Delta], from old: [Attribute], to plain: [Attribute]
  ) -> Int64? {
    guard context.isTarget,
      deltas.contains(where: { Self.isTime($0.name.text, Self.passwordNames) }),
      let before = syncTime(old, Self.passwordNames), let now = syncTime(plain, Self.passwordNames)
    else { return nil }
    return now < before ? now : nil
  }

  /// Whether an object came and went since the last synchronization, and none has ever taken it.
  private func isUnknown(_ stored: Stored) throws -> Bool {
    guard stored.pendingImport == .delete else { return false }
    return try tx.integer("SELECT 1 FROM cs_before WHERE object_id = ?", [stored.id]) == nil
  }

  /// How an object compares of which a target shows all that it was sent last; nil if it does not.
  private func confirmed(
    _ stored: Stored, _ shown: AttributeSet
  ) throws -> StoreTransaction.ExportDifferences? {
    guard stored.hasDesired, stored.exportState == .unconfirmed,
      let found = try tx.exportDifferences(of: stored.id, showing: shown, by: comparison),
      found.open.isEmpty
    else { return nil }
    return found
  }

  /// A linked object whose change no inbound rule reads needs no synchronization.
  private func needsSynchronization(
    _ stored: Stored, _ deltas: [ObjectChange.Delta], _ dn: DistinguishedName
  ) -> Bool {
    guard stored.isLinked && stored.hasDesired else { return true }
    if stored.pendingImport == .delete { return true }
    // A name is no attribute of which a change would tell.
    if context.readsNames, stored.imageBytes == nil || !stored.bears(dn) { return true }
    return deltas.contains { context.relevant.contains($0.name) }
  }

  /// Where targets tell when they last took an object that is kept in step, and its password: those
  /// that speak SCIM in an extension, Graph among a user's properties.
  private static let syncNames = ["lastSyncTime", "onPremisesLastSyncDateTime"]
  private static let passwordNames = ["lastPasswordSyncTime", "lastPasswordChangeDateTime"]

  /// The time in the first attribute whose name, or whose last part after a colon, is one of
  /// `names`; 0 for an object of a target that has none, nil for an object of a source.
  private func syncTime(_ attributes: [Attribute], _ names: [String]) -> Int64? {
    guard context.isTarget else { return nil }
    for attribute in attributes {
      guard case .string(let text)? = attribute.values.first, text.utf8.count >= 20 else {
        continue
      }
      if Self.isTime(attribute.name.text, names) { return Timestamp(text)?.milliseconds ?? 0 }
    }
    return 0
  }

  private static func isTime(_ key: String, _ names: [String]) -> Bool {
    names.contains { key.hasSuffix($0) && (key == $0 || key.hasSuffix(":" + $0)) }
  }

  // MARK: Values that joins look up

  private func indexValues(of id: Int64, _ plain: [Attribute]) throws {
    guard !context.indexed.isEmpty else { return }
    for attribute in plain where context.indexed.contains(attribute.name) {
      for value in attribute.values {
        try tx.execute(
          """
          INSERT OR IGNORE INTO cs_value(connector_id, attribute_id, value, object_id)
          VALUES (?, ?, ?, ?)
          """,
          [
            context.connector, try tx.dictionaries.id(attribute.name, tx.db), value.searchKey, id,
          ])
      }
    }
  }

  private func reindexValues(
    of id: Int64, _ plain: [Attribute], _ deltas: [ObjectChange.Delta], hadImage: Bool
  ) throws {
    guard deltas.contains(where: { context.indexed.contains($0.name) }) else { return }
    if hadImage { try tx.execute("DELETE FROM cs_value WHERE object_id = ?", [id]) }
    try indexValues(of: id, plain)
  }
}

/// The statements that bring an object's row to what its directory says.
///
/// SQLite writes anew every index that has a column which is set, whatever its value: what is as it was
/// is not set.
private enum UpdateStatement {
  /// The statement for an object whose name and type, and whose display name, are as they were or not,
  /// and which shows all that its target was sent or not.
  static func text(isNamed: Bool, isDisplayed: Bool, isConfirmed: Bool) -> String {
    texts[(isNamed ? 1 : 0) + (isDisplayed ? 2 : 0) + (isConfirmed ? 4 : 0)]
  }

  private static let texts = (0..<8).map { number in
    let name = number & 1 != 0 ? "" : "dn = ?2, dn_path = ?3, object_type = ?4, "
    let display = number & 2 != 0 ? "" : "display = ?5, "
    let times =
      number & 4 != 0
      ? """
      last_sync = CASE WHEN ?7 = 0 THEN ?9 ELSE ?7 END, sync_time_is_own = ?7 = 0,
      pending_export = 0, export_state = 0, export_error_id = \(StoreTransaction.keptError),
      is_released = 0,
      sync_error_id = \(StoreTransaction.withoutDrift),
      """
      : """
      last_sync = CASE WHEN ?7 = 0 AND sync_time_is_own <> 0 THEN last_sync ELSE ?7 END,
      sync_time_is_own = CASE WHEN ?7 = 0 THEN sync_time_is_own ELSE 0 END,
      """
    return """
      UPDATE cs_object SET
        \(name)\(display)image = ?6, pending_import = ?1, \(times)
        last_password_sync = COALESCE(NULLIF(?8, 0), last_password_sync)
      WHERE id = ?10
      """
  }
}
