public import Directory
import GRDB

/// Rows that one transaction adds, written many with one statement: what a statement costs beside
/// its rows is about as much as a row.
///
/// An object has its number at once; its row is there after ``flush()``.
public struct NewRows {
  private let tx: StoreTransaction
  private var metaverse = RowBuffer(.metaverse)
  private var values = RowBuffer(.values)
  private var objects = RowBuffer(.objects)
  private var changes = RowBuffer(.changes)
  private var references = RowBuffer(.references)
  private var anchoredReferences = RowBuffer(.anchoredReferences)
  private var lastMetaverse: Int64?
  private var lastObject: Int64?
  private var unseen: [Int64: Bool] = [:]

  /// No rows yet.
  public init(_ tx: StoreTransaction) { self.tx = tx }

  /// Makes a metaverse object that joins find under `keys`.
  public mutating func insertMetaverse(
    objectType: String, image: EncodedImage, display: String, keys: [JoinKey]
  ) throws -> Int64 {
    let id = try lastMetaverse ?? tx.lastNumber(in: "mv_object") + 1
    lastMetaverse = id + 1
    try metaverse.add(tx) {
      $0.add(id)
      $0.add(objectType)
      $0.add(display)
      $0.add(image.bytes)
      $0.add(Timestamp.now.milliseconds)
    }
    for key in keys {
      let attribute = try tx.dictionaries.id(key.attribute, tx.db)
      try values.add(tx) {
        $0.add(attribute)
        $0.add(key.value)
        $0.add(id)
      }
    }
    return id
  }

  /// Makes an object in a target's connector space that is to be created there.
  ///
  /// One that was sent before under this name, and given up, may be there: it is sent as that.
  public mutating func provision(
    connector: Int64, dn: DistinguishedName, objectType: String, display: String,
    desired: EncodedImage, metaverse: Int64, rule: Int64
  ) throws -> Int64 {
    let state: ExportState =
      try takeOverUnseenAdd(connector: connector, dn: dn, objectType: objectType)
      ? .unknown : .idle
    let id = try lastObject ?? tx.lastNumber(in: "cs_object") + 1
    lastObject = id + 1
    try objects.add(tx) {
      $0.add(id)
      $0.add(connector)
      $0.add(dn.text)
      $0.add(dn.path)
      $0.add(objectType)
      $0.add(display)
      $0.add(desired.bytes)
      $0.add(metaverse)
      $0.add(rule)
      $0.add(Int64(state.rawValue))
    }
    return id
  }

  private mutating func takeOverUnseenAdd(
    connector: Int64, dn: DistinguishedName, objectType: String
  ) throws -> Bool {
    let hasAny = try unseen[connector] ?? tx.hasUnseenAdds(connector: connector)
    unseen[connector] = hasAny
    return try hasAny
      && tx.takeOverUnseenAdd(connector: connector, dn: dn, objectType: objectType)
  }

  /// Adds a reference that a source's directory shows; whom it means is found when it is written.
  mutating func insertReference(
    of source: Int64, _ attribute: Int64, _ key: String, connector: Int64, state: Int
  ) throws {
    let hasName = isName(key)
    let address = hasName ? DistinguishedName.path(of: key) : key
    func fill(_ row: inout RowBuffer) {
      row.add(source)
      row.add(attribute)
      row.add(key)
      row.add(connector)
      row.add(connector)
      row.add(address)
      row.add(Int64(state))
    }
    if hasName { try references.add(tx, fill) } else { try anchoredReferences.add(tx, fill) }
  }

  /// Records what a step did to an object.
  public mutating func record(_ change: ObjectChange, step: Int64) throws {
    let deltas = try change.encoded?.bytes ?? tx.coding.encode(change.deltas)
    try changes.add(tx) {
      $0.add(step)
      $0.add(change.target)
      $0.add(Int64(change.counter.rawValue))
      $0.add(change.objectID)
      $0.add(change.dn)
      $0.add(change.display)
      $0.add(change.objectType)
      $0.add(deltas)
      $0.add(change.metaverse)
      $0.add(change.linkRule == 0 ? nil : change.linkRule)
      $0.add(change.reason.isEmpty ? nil : change.reason)
    }
  }

  /// Writes what is not written yet.
  public mutating func flush() throws {
    try metaverse.flush(tx)
    try values.flush(tx)
    try objects.flush(tx)
    try references.flush(tx)
    try anchoredReferences.flush(tx)
    try changes.flush(tx)
  }
}

extension StoreTransaction {
  /// The largest number that a table ever gave.
  fileprivate func lastNumber(in table: String) throws -> Int64 {
    try integer("SELECT seq FROM sqlite_sequence WHERE name = ?", [table]) ?? 0
  }
}

/// Rows of one table that are not written yet.
private struct RowBuffer {
  /// The statements of a table, for one row and for many.
  struct Statements: Sendable {
    let one: String
    let many: String

    /// `start` up to `VALUES`, and the places of one row.
    init(_ start: String, _ row: String) {
      one = "\(start) \(row)"
      many = "\(start) " + Array(repeating: row, count: RowBuffer.rows).joined(separator: ", ")
    }
  }

  /// How many rows go with one statement.
  static let rows = 32

  private let statements: Statements
  private var values: [SQLValue] = []
  private var count = 0

  init(_ statements: Statements) { self.statements = statements }

  /// Adds a row, to which `fill` adds its values one after the other.
  mutating func add(_ tx: StoreTransaction, _ fill: (inout RowBuffer) -> Void) throws {
    fill(&self)
    count += 1
    guard count == Self.rows else { return }
    try tx.execute(statements.many, values: values[...])
    clear()
  }

  mutating func add(_ number: Int64) { values.append(.integer(number)) }
  mutating func add(_ text: String) { values.append(.text(text)) }
  mutating func add(_ bytes: [UInt8]) { values.append(.blob(bytes)) }
  mutating func add(_ number: Int64?) { values.append(number.map { .integer($0) } ?? .null) }
  mutating func add(_ text: String?) { values.append(text.map { .text($0) } ?? .null) }

  mutating func flush(_ tx: StoreTransaction) throws {
    guard count > 0 else { return }
    let width = values.count / count
    for start in stride(from: 0, to: values.count, by: width) {
      try tx.execute(statements.one, values: values[start..<start + width])
    }
    clear()
  }

  private mutating func clear() {
    values.removeAll(keepingCapacity: true)
    count = 0
  }
}

/// With `OR FAIL` SQLite need not be able to undo a statement alone, for which it would copy every
/// page that one touches: a row that is refused ends the whole transaction.
extension RowBuffer.Statements {
  fileprivate static let metaverse = Self(
    "INSERT OR FAIL INTO mv_object(id, object_type, display, image, created) VALUES",
    "(?, ?, ?, ?, ?)")
  fileprivate static let values = Self(
    "INSERT OR IGNORE INTO mv_value(attribute_id, value, mv_id) VALUES", "(?, ?, ?)")
  fileprivate static let objects = Self(
    """
    INSERT OR FAIL INTO cs_object(id, connector_id, dn, dn_path, object_type, display, desired,
      pending_export, mv_id, link_kind, link_rule, last_sync, export_state) VALUES
    """, "(?, ?, ?, ?, ?, ?, ?, 1, ?, 3, ?, 0, ?)")
  fileprivate static let references = Self(addReference, reference(StoreTransaction.isNamed))
  fileprivate static let anchoredReferences = Self(
    addReference, reference(StoreTransaction.isAnchored))
  /// A value that an entry has twice is one.
  private static let addReference = """
    INSERT OR IGNORE INTO cs_reference(source_id, attribute_id, value, connector_id, target_id,
      state) VALUES
    """
  private static func reference(_ condition: String) -> String {
    "(?, ?, ?, ?, (SELECT id FROM cs_object WHERE connector_id = ? AND \(condition)), ?)"
  }
  fileprivate static let changes = Self(
    """
    INSERT OR FAIL INTO step_change(step_id, target_id, counter, object_id, dn, display,
      object_type, deltas, mv_id, link_rule, reason) VALUES
    """, "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
}
