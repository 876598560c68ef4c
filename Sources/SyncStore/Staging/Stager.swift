public import Directory
import GRDB

/// Stages one batch of an import: compares it with what is stored, and stores what differs, with
/// the statistics, inside one transaction.
public struct Stager {
  let tx: StoreTransaction
  let context: StagingContext
  var seen: SeenObjects
  var result = StagingResult()
  /// Under what references are kept that rules made: no directory tells of them.
  let made: Set<Int64>
  /// What is yet to be written of new objects.
  var rows: NewRows
  /// Whether the target may show adds that were given up.
  private let awaitsUnseenAdds: Bool
  /// Whether any reference may mean an object that is not there yet.
  let waiting = WaitingReferences()
  /// Objects whose references changed and whose exports are yet to be settled.
  let unsettled = UnsettledExports()

  /// Names in an error the rule that gave its attribute, which no store knows.
  public var blame: ((inout StepError) throws -> Void)?

  /// A stager inside `tx`; `seen` holds what this import has seen so far.
  public init(_ tx: StoreTransaction, _ context: StagingContext, seen: SeenObjects) throws {
    self.tx = tx
    self.context = context
    self.seen = seen
    rows = NewRows(tx)
    made = try tx.madeAttributes()
    awaitsUnseenAdds = try context.isTarget && tx.hasUnseenAdds(connector: context.connector)
  }

  /// Whether references wait for objects, as far as is known within a batch.
  ///
  /// Most of the time none does, and nothing need be asked for each object that comes.
  final class WaitingReferences {
    var areThere: Bool?
  }

  /// Objects whose exports are settled once a batch is staged.
  ///
  /// To settle one looks at all its references that wait, and a large group may be met once for each
  /// of its members.
  final class UnsettledExports {
    fileprivate var ids: Set<Int64> = []
    func insert(_ id: Int64) { ids.insert(id) }
  }

  /// Settles the exports of all whose references changed.
  func settleReferrers() throws {
    for id in unsettled.ids.sorted() { try settleReferrer(id) }
    unsettled.ids = []
  }

  /// The row of a staged object, as far as staging needs it.
  struct Stored {
    var id: Int64
    var anchor: String?
    var dn: String
    var objectType: String
    var display: String
    var imageBytes: [UInt8]?
    var pendingImport: Pending
    var pendingExport: Pending
    var exportState: ExportState
    var hasDesired: Bool
    var isLinked: Bool

    /// Whether its name is spelled so: one of other bytes is another one to whoever looks it up in the
    /// store, though it looks the same.
    func bears(_ name: DistinguishedName) -> Bool { ExactText(dn) == ExactText(name.text) }
  }

  /// From how many changes on a batch comes in bulk.
  private static let bulk = 1000

  /// Stages `batch` and answers with what this import has seen by now and what was counted.
  public mutating func stage(_ batch: ImportBatch) throws -> (SeenObjects, StagingResult) {
    if context.beganEmpty, batch.changes.count >= Self.bulk {
      try tx.leaveOutReferenceIndexes()
    }
    if !context.isFull { try endErrors(batch) }
    for change in batch.changes {
      let isEntry = if case .entry = change { true } else { false }
      if !isEntry {
        try rows.flush()
        result.metKnownObjects = true
      }
      switch change {
      case .entry(let entry): try stage(entry)
      case .present(let anchor):
        if let stored = try find(anchor: anchor) {
          seen.insert(stored.id)
        }
      case .modify(let address, let changes): try modify(address, changes)
      case .rename(let address, let newDN): try rename(address, to: newDN)
      case .delete(let address): try delete(address)
      case .leave(let address): try leave(address, letsGo: false)
      case .letGo(let address): try leave(address, letsGo: true)
      case .outside(let anchor):
        if let stored = try find(anchor: anchor) { seen.noteOutside(stored.id) }
      }
    }
    try rows.flush()
    try settleReferrers()
    for report in batch.reports { try record(report) }
    for error in batch.errors { try record(error) }
    try tx.add(result.tally, step: context.step)
    return (seen, result)
  }

  /// Notes that a target refused after all what it had accepted: it is sent again.
  private func record(_ report: ExportReport) throws {
    guard let (id, dn) = try tx.acceptedObject(report, connector: context.connector) else { return }
    let failure = report.failure
    var row = StepError(
      .export, failure.type, objectID: id, dn: dn, message: failure.message,
      hint: "The target accepted it, and refused it afterwards. It is sent again with the next "
        + "export; correct the value if the words tell which")
    row.attribute = failure.attribute ?? ""
    row.value = failure.value ?? ""
    row.code = failure.code
    try tx.record(row, step: context.step, connector: context.connector)
    try tx.endAcceptance(of: id)
  }

  mutating func record(_ error: DiscoveryError) throws {
    var row = StepError(
      .discovery, error.type, objectID: nil, dn: error.dn.beginning(2000),
      message: error.message.beginning(2000), hint: error.hint)
    row.attribute = (error.attribute ?? "").beginning(500)
    row.value = (error.value ?? "").beginning(2000)
    row.location = error.location
    row.anchor = error.anchor
    try tx.record(row, step: context.step, connector: context.connector)
    result.errors += 1
    guard let anchor = error.anchor else { return seen.noteUnknown() }
    if let stored = try find(anchor: anchor) { seen.insert(stored.id) }
  }

  static let columns = """
    id, anchor, dn, object_type, display, image, pending_import, pending_export, export_state,
    desired IS NOT NULL, mv_id IS NOT NULL
    """

  func find(anchor: Anchor) throws -> Stored? {
    try tx.first(
      "SELECT \(Self.columns) FROM cs_object WHERE connector_id = ? AND anchor = ?",
      [context.connector, anchor.text], stored)
  }

  func find(_ id: Int64) throws -> Stored? {
    try tx.first("SELECT \(Self.columns) FROM cs_object WHERE id = ?", [id], stored)
  }

  /// The object that an address means; a DN of a deleted object finds nothing.
  func find(_ address: ObjectAddress) throws -> Stored? {
    if let anchor = address.anchor, let found = try find(anchor: anchor) { return found }
    guard let dn = address.dn else { return nil }
    return try tx.first(
      """
      SELECT \(Self.columns) FROM cs_object
      WHERE connector_id = ? AND dn_path = ? AND image IS NOT NULL
      """, [context.connector, dn.path], stored)
  }

  /// The object that was provisioned under an entry's name and has no anchor yet.
  ///
  /// One of the entry's type comes before others, and one that was given up, too.
  func findProvisioned(_ entry: DirectoryEntry) throws -> Stored? {
    let found = try provisioned(dn: entry.dn, objectType: entry.objectType)
    guard awaitsUnseenAdds, found?.objectType != entry.objectType,
      try tx.recallUnseenAdd(
        connector: context.connector, dn: entry.dn, objectType: entry.objectType)
    else { return found }
    return try provisioned(dn: entry.dn, objectType: entry.objectType)
  }

  private func provisioned(dn: DistinguishedName, objectType: String) throws -> Stored? {
    try tx.first(
      """
      SELECT \(Self.columns) FROM cs_object
      WHERE connector_id = ? AND dn_path = ? AND anchor IS NULL
        AND (desired IS NOT NULL OR pending_export = 4)
      ORDER BY object_type = ? DESC LIMIT 1
      """, [context.connector, dn.path, objectType], stored)
  }

  private func stored(_ row: SQLRow) -> Stored {
    Stored(
      id: row.int64(0), anchor: row.optionalText(1), dn: row.text(2), objectType: row.text(3),
      display: row.text(4), imageBytes: row.bytes(5),
      pendingImport: Pending(rawValue: row.int(6)) ?? .none,
      pendingExport: Pending(rawValue: row.int(7)) ?? .none,
      exportState: ExportState(rawValue: row.int(8)) ?? .idle, hasDesired: row.bool(9),
      isLinked: row.bool(10))
  }

  func split(_ attributes: AttributeSet) -> (plain: [Attribute], references: [Attribute]) {
    var plain: [Attribute] = []
    plain.reserveCapacity(attributes.attributes.count)
    var references: [Attribute] = []
    for attribute in attributes.attributes {
      if case .reference? = attribute.values.first {
        references.append(attribute)
      } else {
        plain.append(attribute)
      }
    }
    return (plain, references)
  }
}
