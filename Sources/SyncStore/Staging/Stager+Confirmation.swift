public import Directory
import GRDB

/// Comparing what a target says with what the rules want it to say.
extension Stager {
  /// Settles an object's pending export against its new image: confirmed, still to be sent, or
  /// sent and not found.
  ///
  /// - Parameters:
  ///   - shown: What the target shows, where that is at hand.
  ///   - isAllTold: Whether the import has told all: until then an object that refers to what did not
  ///     come yet is not settled.
  ///   - ofReferences: Whether only an object is settled that lacks nothing but references.
  mutating func settle(
    _ stored: Stored, showing shown: AttributeSet? = nil, isAllTold: Bool = false,
    ofReferences: Bool = false
  ) throws {
    try forgetUnshown(of: stored.id, isTaken: stored.exportState != .accepted)
    let found = try tx.exportDifferences(of: stored.id, showing: shown, by: comparison)
    let open = try tx.settleExport(of: stored.id, found)
    if stored.exportState == .accepted {
      // What a target has yet to carry out is no difference; how long it may take is for the export.
      return try settleAccepted(stored, open, withdraws: found?.withdraws == true)
    }
    guard stored.exportState == .unconfirmed else {
      if open.isEmpty, stored.exportState == .unknown {
        try noteConfirmation(of: stored.id, withdraws: found?.withdraws == true)
      }
      return
    }
    // References that still wait for their target were never sent.
    let unsent = try tx.unsentReferences(of: stored.id)
    let missing = open.filter { !unsent.contains($0.name) }
    if !isAllTold, try awaitsReferred(stored.id, missing) { return seen.noteAwaiting(stored.id) }
    if try isLate(stored.id, missing) || ofReferences && !missing.allSatisfy(\.isUnspelled) {
      return
    }
    try tx.execute("UPDATE cs_object SET export_state = 0 WHERE id = ?", [stored.id])
    guard let first = missing.first else {
      try tx.execute(
        "UPDATE cs_object SET sync_error_id = \(StoreTransaction.withoutDrift) WHERE id = ?",
        [stored.id])
      try noteConfirmation(of: stored.id, withdraws: found?.withdraws == true)
      return
    }
    let told = try told(missing, of: stored.id)
    var error = StepError(
      .synchronization, .exportedChangeNotReimported, objectID: stored.id, dn: stored.dn,
      message: "The target took the export and shows now " + told.joined(separator: "; "),
      hint: (missing.allSatisfy { $0.before.isEmpty && !$0.after.isEmpty }
        ? "Something at the target takes the value away, or the connector's account may write it and "
          + "not read it: give it that right, or take it out of the rules. "
        : "Something at the target rewrites the value: let it be, or take it out of the rules. ")
        + "It is sent again with the next export")
    error.attribute = first.name.text
    error.value = Self.words(first.before)
    try blame?(&error)
    try tx.record(error, step: context.step, connector: context.connector)
  }

  /// Settles an object whose references came to mean something else: what it awaited, and what it
  /// was sent, if the target shows all of it by now.
  func settleReferrer(_ id: Int64) throws {
    guard let found = try tx.exportDifferences(of: id, by: comparison) else { return }
    if try tx.settleExport(of: id, found).isEmpty, found.state != .idle {
      try noteConfirmation(of: id, withdraws: found.withdraws)
    }
  }

  /// How the target compares what it shows with what it was sent.
  var comparison: StoreTransaction.ExportComparison { .asTarget(context.equalities) }

  /// Whether what an object lacks may be among what it refers to and this import has not told yet.
  private func awaitsReferred(_ id: Int64, _ missing: [ObjectChange.Delta]) throws -> Bool {
    let references = missing.filter(\.isUnspelled)
    guard !references.isEmpty, try referencesWait() else { return false }
    return try references.contains { delta in
      try tx.integer(
        """
        SELECT 1 FROM cs_reference
        WHERE source_id = ? AND attribute_id = ? AND target_id IS NULL AND state <> 2 LIMIT 1
        """, [id, try tx.dictionaries.id(delta.name, tx.db)]) != nil
    }
  }

  /// Whether what an object lacks may not have come into sight yet: references alone, sent a moment
  /// ago to a target that is read from copies.
  ///
  /// Other values come with what tells that they changed; references are read of the object as the
  /// copy that is asked has it.
  private func isLate(_ id: Int64, _ missing: [ObjectChange.Delta]) throws -> Bool {
    guard let since = context.lateSince, !missing.isEmpty, missing.allSatisfy(\.isUnspelled) else {
      return false
    }
    return try tx.integer(
      "SELECT 1 FROM cs_object WHERE id = ? AND exported_at BETWEEN ? AND ?",
      [id, since.milliseconds, Timestamp.now.milliseconds]) != nil
  }

  /// Settles objects that referred to what had not come when they were told.
  public mutating func settleAwaiting(_ ids: ArraySlice<Int64>) throws {
    for id in ids {
      // Who was told to be gone since has nothing to be compared.
      if let stored = try find(id), stored.imageBytes != nil {
        try settle(stored, isAllTold: true)
      }
    }
  }

  /// Settles what was sent before a moment and this import did not show.
  ///
  /// A delta does not tell of a write that changed nothing. At most `limit` objects after the object
  /// `after` are settled; the answer is the last one, or nil at the end.
  ///
  /// - Parameter later: Before when what lacks references alone was sent, no earlier than `moment`.
  public mutating func settleUnshown(
    sentBefore moment: Timestamp, references later: Timestamp? = nil, after: Int64, limit: Int
  ) throws -> Int64? {
    // By name: SQLite would rather look through all that the target shows, with each delta.
    let rows = try tx.rows(
      """
      SELECT id, exported_at FROM cs_object INDEXED BY cs_to_write
      WHERE connector_id = ? AND pending_export IN (1, 2) AND export_state = 1
        AND image IS NOT NULL AND exported_at < ? AND id > ? ORDER BY id LIMIT ?
      """, [context.connector, (later ?? moment).milliseconds, after, limit])
    for row in rows {
      guard let stored = try find(row[0] as Int64) else { continue }
      try settle(
        stored, isAllTold: true, ofReferences: row[1] as Int64 >= moment.milliseconds)
    }
    return rows.last.map { $0[0] }
  }

  /// Forgets references that were to go and that the target does not show: those that were sent, and,
  /// unless it has yet to carry out what it accepted, all where it shows others.
  private func forgetUnshown(of id: Int64, isTaken: Bool) throws {
    try tx.execute(
      """
      DELETE FROM export_reference INDEXED BY export_reference_sent
      WHERE source_id = ?1 AND state > 2 AND state = 4
        AND NOT EXISTS (SELECT 1 FROM cs_reference c WHERE c.source_id = ?1
          AND c.attribute_id = export_reference.attribute_id
          AND c.target_id = export_reference.target_id)
      """, [id])
    guard isTaken else { return }
    try tx.execute(
      """
      DELETE FROM export_reference INDEXED BY export_reference_unwanted
      WHERE source_id = ?1 AND state = 2
        AND NOT EXISTS (SELECT 1 FROM cs_reference c WHERE c.source_id = ?1
          AND c.attribute_id = export_reference.attribute_id
          AND c.target_id = export_reference.target_id)
        AND EXISTS (SELECT 1 FROM cs_reference c WHERE c.source_id = ?1
          AND c.attribute_id = export_reference.attribute_id)
      """, [id])
  }

  private func settleAccepted(
    _ stored: Stored, _ open: [ObjectChange.Delta], withdraws: Bool
  ) throws {
    // References that still wait for their target were never sent.
    let unsent = try tx.unsentReferences(of: stored.id)
    guard !open.contains(where: { !unsent.contains($0.name) }) else { return }
    try tx.execute(
      "UPDATE cs_object SET export_state = 0, export_error_id = NULL WHERE id = ?", [stored.id])
    try noteConfirmation(of: stored.id, withdraws: withdraws)
  }

  /// Notes that the target shows what it was sent, for a target that does not tell when it last took
  /// a synchronized write.
  private func noteConfirmation(of id: Int64, withdraws: Bool) throws {
    if withdraws { try tx.forgetWithdrawn(of: id) }
    try tx.execute(
      """
      UPDATE cs_object SET last_sync = ?, sync_time_is_own = 1
      WHERE id = ? AND (last_sync = 0 OR sync_time_is_own <> 0)
      """, [Timestamp.now.milliseconds, id])
  }

  /// So many attributes are told with their values; the others are named.
  private static let toldLimit = 5

  /// What the target shows of each attribute, and what was sent.
  private func told(_ missing: [ObjectChange.Delta], of id: Int64) throws -> [String] {
    let references = Dictionary(
      try tx.referenceDrift(of: id, sentOnly: true).map { ($0.name, $0) },
      uniquingKeysWith: { first, _ in first })
    let told = missing.prefix(Self.toldLimit).map { delta in
      references[delta.name].map(Self.referenceWords)
        ?? "\(delta.name.text): \(Self.words(delta.before)) where \(Self.words(delta.after)) was sent"
    }
    let rest = missing.dropFirst(Self.toldLimit).map(\.name.text)
    return rest.isEmpty ? told : told + ["also other values of " + rest.joined(separator: ", ")]
  }

  /// Whether what was told so names an attribute.
  static func tells(_ message: String, of name: AttributeName) -> Bool {
    message.contains(" \(name.text): ") || message.contains(" \(name.text),")
      || message.hasSuffix(" " + name.text)
  }

  /// Whether what was told so names an attribute with all that is wanted of it: it was sent, and the
  /// target made something else of it.
  static func tells(_ message: String, unshown delta: ObjectChange.Delta) -> Bool {
    guard delta.after.count <= Self.spelled, !(delta.before.isEmpty && delta.after.isEmpty),
      let name = message.firstRange(of: " \(delta.name.text): ")
    else { return false }
    // Behind it another attribute is told.
    let rest = message[name.upperBound...]
    let own = rest.firstRange(of: "; ").map { rest[..<$0.lowerBound] } ?? rest
    return own.contains(" where \(words(delta.after)) was sent")
  }

  private static func referenceWords(_ delta: ObjectChange.Delta) -> String {
    var parts: [String] = []
    if !delta.after.isEmpty { parts.append("without \(words(delta.after))") }
    if !delta.before.isEmpty { parts.append("still with \(words(delta.before))") }
    return "\(delta.name.text): " + parts.joined(separator: " and ")
  }

  /// So many values of an attribute are told.
  private static let spelled = 3

  private static func words(_ values: [AttributeValue]) -> String {
    guard !values.isEmpty else { return "nothing" }
    let more = values.count > spelled ? " and \(values.count - spelled) more" : ""
    return values.prefix(spelled).map { "\"\($0.text)\"" }.joined(separator: ", ") + more
  }
}

extension ObjectChange.Delta {
  /// Whether it names references that differ, which come without their values.
  fileprivate var isUnspelled: Bool { before.isEmpty && after.isEmpty }
}

extension StoreTransaction {
  /// What the rules want of an object, against what its target shows.
  struct ExportDifferences {
    /// What differs: before is what the target shows, after is what is wanted.
    ///
    /// References that differ are named without their values.
    var open: [ObjectChange.Delta]
    /// Whether the target holds the object, as far as is known.
    var isStaged: Bool
    /// What the object awaited when this was found out, as `Pending` has it.
    var pending: Int
    /// How far its export had come.
    var state = ExportState.idle
    /// Whether it had an error of synchronization.
    var hasError = false
    /// Whether rules take back values that they gave beside the target's own.
    var withdraws = false
  }

  /// How what a target shows is compared with what rules want.
  ///
  /// A target that ignores case may show another than it was sent. That is sent once, since rules
  /// may want another case, and then it is what they want.
  enum ExportComparison {
    /// Value by value, for rules that want something new.
    case exactly
    /// As the target compares, once it was sent what it is to show.
    case asTarget([AttributeName: ValueEquality])
    /// With the same result as before.
    case asBefore

    /// Which values are one; nil if only those that are the same.
    func equality(
      ofNoneOpen isNoneOpen: Bool, wasSent: Bool
    ) -> ((AttributeName) -> ValueEquality)? {
      switch self {
      case .exactly: nil
      case .asTarget(let known):
        !isNoneOpen && !wasSent ? nil : { known[$0] ?? .exact }
      case .asBefore: isNoneOpen ? { .any(of: $0) } : nil
      }
    }
  }

  /// Compares what the rules want with what the target shows and sets what is to be exported.
  ///
  /// The answer is what differs, as ``ExportDifferences`` tells it.
  @discardableResult
  public func settleExport(of id: Int64) throws -> [ObjectChange.Delta] {
    try settleExport(of: id, exportDifferences(of: id, by: .asBefore))
  }

  /// Sets what is to be exported by what was found to differ.
  func settleExport(of id: Int64, _ found: ExportDifferences?) throws -> [ObjectChange.Delta] {
    guard let found else { return [] }
    let pending: Pending = !found.isStaged ? .add : found.open.isEmpty ? .none : .update
    try setPendingExport(id, pending, was: found.pending)
    if found.hasError, pending == .update { try endDrift(of: id, found.open) }
    return found.open
  }

  /// Compares what the rules want with what the target shows; nil where the rules want nothing, or
  /// the object's end.
  ///
  /// - Parameter shown: What the target shows, where that is at hand; nil to read it.
  func exportDifferences(
    of id: Int64, showing shown: AttributeSet? = nil, by comparison: ExportComparison
  ) throws -> ExportDifferences? {
    let found = try first(
      """
      SELECT desired, pending_export, image IS NOT NULL, CASE WHEN ? THEN image END,
        sync_error_id IS NOT NULL, export_state
      FROM cs_object WHERE id = ? AND desired IS NOT NULL
      """, [shown == nil, id]
    ) { ($0.bytes(0) ?? [], $0.int(1), $0.bool(2), $0.bytes(3), $0.bool(4), $0.int(5)) }
    guard let (wanted, pending, isStaged, image, hasError, state) = found,
      pending != Pending.delete.rawValue
    else { return nil }
    let desired = try coding.decodeDesired(wanted)
    // What a target shows just now is there, though it is not written down yet.
    guard isStaged || shown != nil else {
      let all = desired.attributes.filter { !$0.values.isEmpty }
        .map { ObjectChange.Delta($0.name, before: [], after: $0.values) }
      return ExportDifferences(open: all, isStaged: false, pending: pending)
    }
    let present = try shown ?? coding.decode(image ?? [])
    var open = Self.differences(desired, present)
      .filter { !Self.isOfTarget($0, desired, present) }
    let equality = comparison.equality(
      ofNoneOpen: pending == Pending.none.rawValue, wasSent: state != ExportState.idle.rawValue)
    if let equality { open.removeAll { equality($0.name).holds($0.before, $0.after) } }
    for attribute in try waitingAttributes(of: id) {
      open.append(.init(try dictionaries.name(attribute, db), before: [], after: []))
    }
    return ExportDifferences(
      open: open, isStaged: true, pending: pending, state: ExportState(rawValue: state) ?? .idle,
      hasError: hasError, withdraws: desired.unions.contains { !$0.withdrawn.isEmpty })
  }

  /// Forgets what rules took back, once the target shows it no more: whoever adds it there again is
  /// not they, and it stays.
  func forgetWithdrawn(of id: Int64) throws {
    let bytes = try first(
      "SELECT desired FROM cs_object WHERE id = ? AND desired IS NOT NULL", [id]
    ) { $0.bytes(0) ?? [] }
    guard let bytes else { return }
    var desired = try coding.decodeDesired(bytes)
    for place in desired.unions.indices { desired.unions[place].withdrawn = [] }
    try execute(
      "UPDATE cs_object SET desired = ? WHERE id = ?",
      [Blob(bytes: try coding.encode(desired)), id])
  }

  /// Ends the error that a target does not show what was sent of some attributes, once it shows all
  /// of them, though something else still waits: other attributes, or references to what the target
  /// has yet to get.
  private func endDrift(of id: Int64, _ open: [ObjectChange.Delta]) throws {
    let told = try first(
      """
      SELECT e.attribute, e.message FROM cs_object o JOIN step_error e ON e.id = o.sync_error_id
      WHERE o.id = ? AND e.type = '\(SyncErrorType.exportedChangeNotReimported.text)'
      """, [id]
    ) { (AttributeName($0.text(0)), $0.text(1)) }
    guard let (first, message) = told else { return }
    for delta in open where delta.name == first || Stager.tells(message, of: delta.name) {
      guard delta.before.isEmpty, delta.after.isEmpty, try !isLacking(id, delta.name) else {
        return
      }
    }
    try execute(
      "UPDATE cs_object SET sync_error_id = \(Self.withoutDrift) WHERE id = ?", [id])
  }

  /// Whether an object's target lacks a reference that it could have, or has one that is to go.
  private func isLacking(_ id: Int64, _ name: AttributeName) throws -> Bool {
    try integer(
      """
      SELECT 1 FROM export_reference r INDEXED BY export_reference_pending
      JOIN cs_object t ON t.id = r.target_id
      WHERE r.source_id = ? AND r.attribute_id = ? AND r.state <> 0
        AND (r.state <> 1 OR t.anchor IS NOT NULL) LIMIT 1
      """, [id, try dictionaries.id(name, db)]) != nil
  }

  /// The attributes in which references of an object wait, by one look each: of a large group very
  /// many may.
  private func waitingAttributes(of id: Int64) throws -> [Int64] {
    var found: [Int64] = []
    while let next = try integer(
      """
      SELECT attribute_id FROM export_reference INDEXED BY export_reference_pending
      WHERE source_id = ? AND state <> 0 AND attribute_id > ? ORDER BY attribute_id LIMIT 1
      """, [id, found.last ?? 0])
    {
      found.append(next)
    }
    return found
  }

  /// What of `desired` the image does not show.
  static func differences(_ desired: DesiredImage, _ image: AttributeSet) -> [ObjectChange.Delta] {
    desired.attributes(showing: image).compactMap { attribute in
      let shown = image[attribute.name]
      guard shown != attribute.values else { return nil }
      return ObjectChange.Delta(attribute.name, before: shown, after: attribute.values)
    }
  }

  /// Whether nothing differs but that the target has values of its own beside those that are wanted, as
  /// classes above them, which stay.
  private static func isOfTarget(
    _ delta: ObjectChange.Delta, _ desired: DesiredImage, _ image: AttributeSet
  ) -> Bool {
    let equality = ValueEquality.any(of: delta.name)
    return equality == .among && equality.holds(delta.before, delta.after)
      && desired.takenBack(delta.name, from: image).isEmpty
  }

  /// What of an object its target does not show, as it was found when they were compared last.
  func differences(of object: ConnectorSpaceObject) throws -> [ObjectChange.Delta] {
    let (desired, image) = (object.desired ?? DesiredImage(), object.image ?? AttributeSet())
    let found = Self.differences(desired, image)
    guard !found.isEmpty else { return [] }
    let isOpen =
      try integer("SELECT pending_export FROM cs_object WHERE id = ?", [object.id])
      != Int64(Pending.none.rawValue)
    return found.filter { delta in
      guard ValueEquality.any(of: delta.name).holds(delta.before, delta.after) else { return true }
      return isOpen && !Self.isOfTarget(delta, desired, image)
    }
  }

  /// Reference attributes of an object of which nothing was sent and something waits.
  func unsentReferences(of id: Int64) throws -> Set<AttributeName> {
    let rows = try rows(
      """
      SELECT attribute_id FROM export_reference INDEXED BY export_reference_pending
      WHERE source_id = ? AND state <> 0
      GROUP BY attribute_id HAVING MAX(state) <= 2
      """, [id])
    return Set(try rows.map { try dictionaries.name($0[0], db) })
  }

  private func setPendingExport(_ id: Int64, _ pending: Pending, was: Int) throws {
    guard pending.rawValue != was else { return }
    guard pending == .none else {
      try execute(
        "UPDATE cs_object SET pending_export = ? WHERE id = ?", [pending.rawValue, id])
      return
    }
    // The target shows what is wanted: no attempt awaits an answer or its confirmation any more,
    // whatever told of it, and what was released needs no sending.
    try execute(
      """
      UPDATE cs_object SET pending_export = 0, export_error_id = \(Self.keptError), is_released = 0,
        export_state = 0,
        sync_error_id = \(Self.withoutDrift)
      WHERE id = ?
      """, [id])
  }

  /// An object's synchronization error, unless it is that its target does not show what was sent.
  static let withoutDrift = """
    CASE (SELECT type FROM step_error WHERE id = sync_error_id)
      WHEN '\(SyncErrorType.exportedChangeNotReimported.text)' THEN NULL ELSE sync_error_id END
    """

  /// Takes out of the metaverse what the reference from one connector-space object to another
  /// brought in.
  ///
  /// By both ends: a group refers to very many, and very many may refer to a manager.
  func unflow(connectorReferenceFrom source: Int64, to target: Int64) throws {
    try execute(
      """
      UPDATE mv_reference INDEXED BY mv_reference_target SET state = 2 WHERE contributor_id = ?1
      AND source_id = (SELECT mv_id FROM cs_object WHERE id = ?1)
      AND target_id = (SELECT mv_id FROM cs_object WHERE id = ?2)
      """, [source, target])
  }
}
