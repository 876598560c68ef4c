public import Directory

/// A connector-space object as its row holds it: its images are bytes yet, for whichever core has
/// time to decode them (``StoreCoder/decode(_:)-(StoredObject)``).
public struct StoredObject: Sendable {
  /// All of it but the images.
  var object: ConnectorSpaceObject
  var image: [UInt8]?
  var last: [UInt8]?

  /// Its number.
  public var id: Int64 { object.id }
  /// The metaverse object that it is linked to, or nil.
  public var metaverse: Int64? { object.metaverse }
}

/// A metaverse object as its row holds it.
public struct StoredMetaverse: Sendable {
  /// Its number.
  public var id: Int64
  /// Its type.
  public var objectType: String
  var image: [UInt8]
}

/// What an object is called.
public struct ObjectName: Sendable {
  /// Its connector.
  public var connector: Int64
  /// Its name.
  public var dn: String
  /// What a person calls it.
  public var display: String
  /// Its type.
  public var objectType: String

  /// The object as the history shows a reference to it.
  public var reference: AttributeValue { .reference(display.isEmpty ? dn : display) }
}

/// A value that a join looks up.
///
/// Two are equal that look-ups can't tell from one another.
public struct JoinKey: Hashable, Sendable {
  /// The attribute.
  public let attribute: AttributeName
  /// The value as look-ups spell it.
  public let value: String
  /// A digest, of this process, of the value as it is spelled itself.
  public let exact: Int
  /// Whether only the same bytes are meant, whatever else a look-up finds: of bytes spelled out,
  /// lower case is not the same.
  public let isBinary: Bool

  /// A key of these parts.
  public init(_ attribute: AttributeName, _ value: AttributeValue) {
    self.attribute = attribute
    let text = value.portableText
    self.value = text.lowercased()
    exact = text.hashValue
    isBinary = if case .binary = value { true } else { false }
  }

  /// Whether look-ups of both find the same.
  public static func == (a: JoinKey, b: JoinKey) -> Bool {
    // Of texts that Unicode takes for the same, look-ups find those that are spelled the same.
    a.attribute == b.attribute && a.value == b.value
      && a.value.utf8.elementsEqual(b.value.utf8)
  }

  /// Hashes what equality compares.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(attribute)
    hasher.combine(value)
  }
}

/// What a join looks up: objects of a type that hold a value, and one of each other condition's.
public struct JoinQuery: Hashable, Sendable {
  /// The value by which they are found.
  public let key: JoinKey
  /// The values of the other conditions, of one attribute each.
  public let others: [[JoinKey]]
  /// The type; ``anyType`` for any type of metaverse objects.
  public let objectType: String

  /// What stands in the place of a type and means all of them.
  public static let anyType = "*"

  /// A query of these parts.
  public init(_ key: JoinKey, others: [[JoinKey]] = [], objectType: String) {
    self.key = key
    self.others = others
    self.objectType = objectType
  }
}

/// Reading for many objects at once: a statement a batch, not one an object.
extension StoreTransaction {
  static let storedColumns = """
    o.id, o.connector_id, o.anchor, o.dn, o.object_type, o.display, o.image, o.pending_import,
    o.desired, o.pending_export, o.export_state, o.mv_id, o.link_kind, o.connector_state,
    o.sync_error_id IS NOT NULL, o.reference_flows,
    CASE WHEN o.image IS NULL AND o.pending_import <> 0
      THEN (SELECT b.image FROM cs_before b WHERE b.object_id = o.id) END,
    CASE WHEN o.pending_import <> 0
      THEN (SELECT b.dn FROM cs_before b WHERE b.object_id = o.id) END,
    o.link_rule
    """

  func stored(_ row: SQLRow) -> StoredObject {
    StoredObject(
      object: ConnectorSpaceObject(
        id: row.int64(0), connector: row.int64(1),
        anchor: row.optionalText(2).map { Anchor($0) }, dn: row.text(3), objectType: row.text(4),
        display: row.text(5), image: nil, lastDN: row.optionalText(17),
        hasPendingImport: row.int64(7) != 0,
        isDeleteAdd: row.int(7) == Pending.deleteAdd.rawValue, desired: nil,
        encodedDesired: row.bytes(8).map { EncodedImage(bytes: $0) },
        awaitsDelete: row.int(9) == Pending.delete.rawValue,
        exportState: ExportState(rawValue: row.int(10)) ?? .idle,
        metaverse: row.optionalInt64(11), linkKind: LinkKind(rawValue: row.int(12)) ?? .none,
        linkRule: row.int64(18),
        isFiltered: row.int(13) == ConnectorSpaceObject.filteredState,
        isLetGo: row.int(13) == ConnectorSpaceObject.letGoState, hasSyncError: row.int64(14) != 0,
        referenceFlows: row.int64(15)),
      image: row.bytes(6), last: row.bytes(16))
  }

  /// The number of the last of `limit` objects of a connector space in `scope` after the object
  /// `after`, by number; nil if there are fewer.
  public func lastObject(
    connector: Int64, _ scope: SynchronizationScope, after: Int64, limit: Int
  ) throws -> Int64? {
    try integer(
      """
      SELECT \(scope.order) FROM \(scope.source) WHERE \(scope.condition)
      ORDER BY \(scope.order) LIMIT 1 OFFSET ?
      """, [connector, after, limit - 1])
  }

  /// The first `limit` objects of a connector space in `scope` after the object `after`, by number.
  public func storedObjects(
    connector: Int64, _ scope: SynchronizationScope, after: Int64, limit: Int
  ) throws -> [StoredObject] {
    let last = try lastObject(connector: connector, scope, after: after, limit: limit)
    return try storedObjects(connector: connector, scope, after: after, through: last ?? .max)
  }

  /// The objects of a connector space in `scope` after the object `after` up to `last`, by number.
  public func storedObjects(
    connector: Int64, _ scope: SynchronizationScope, after: Int64, through last: Int64
  ) throws -> [StoredObject] {
    var result: [StoredObject] = []
    try each(
      """
      SELECT \(Self.storedColumns) FROM \(scope.source) WHERE \(scope.condition)
      AND \(scope.order) <= ? ORDER BY \(scope.order)
      """, [connector, after, last]
    ) { result.append(stored($0)) }
    return result
  }

  /// The objects with these numbers, as far as there are any, by number.
  public func storedObjects(_ ids: some Sequence<Int64>) throws -> [StoredObject] {
    var result: [StoredObject] = []
    try each(
      """
      SELECT \(Self.storedColumns) FROM json_each(?) list JOIN cs_object o ON o.id = list.value
      """, [Self.list(ids)]
    ) { result.append(stored($0)) }
    return result.sorted { $0.id < $1.id }
  }

  /// The numbers of the objects that are linked to these metaverse objects.
  public func linkedIDs(
    to metaverse: some Sequence<Int64>
  ) throws -> [(metaverse: Int64, object: Int64)] {
    var result: [(metaverse: Int64, object: Int64)] = []
    try each(
      """
      SELECT o.mv_id, o.id FROM json_each(?) list JOIN cs_object o ON o.mv_id = list.value
      ORDER BY o.mv_id, o.id
      """, [Self.list(metaverse)]
    ) { result.append(($0.int64(0), $0.int64(1))) }
    return result
  }

  /// The metaverse objects that these objects are linked to.
  public func metaverseIDs(of ids: some Sequence<Int64>) throws -> [Int64: Int64] {
    var result: [Int64: Int64] = [:]
    try each(
      """
      SELECT o.id, o.mv_id FROM json_each(?) list JOIN cs_object o ON o.id = list.value
      WHERE o.mv_id IS NOT NULL
      """, [Self.list(ids)]
    ) { result[$0.int64(0)] = $0.int64(1) }
    return result
  }

  /// By which rules the references of these objects flow, as ``setReferenceFlows(_:of:isFirst:)``
  /// keeps it, for those that their directory shows.
  public func referenceFlows(
    of ids: some Sequence<Int64>
  ) throws -> [(id: Int64, metaverse: Int64?, flows: Int64)] {
    var result: [(id: Int64, metaverse: Int64?, flows: Int64)] = []
    try each(
      """
      SELECT o.id, o.mv_id, o.reference_flows FROM json_each(?) list
      JOIN cs_object o ON o.id = list.value WHERE o.image IS NOT NULL
      """, [Self.list(ids)]
    ) { result.append(($0.int64(0), $0.optionalInt64(1), $0.int64(2))) }
    return result
  }

  /// The numbers of the objects of a connector that are linked to these metaverse objects.
  public func linkedIDs(
    to metaverse: some Sequence<Int64>, connector: Int64
  ) throws -> [(metaverse: Int64, object: Int64)] {
    var result: [(metaverse: Int64, object: Int64)] = []
    try each(
      """
      SELECT o.mv_id, o.id FROM json_each(?) list JOIN cs_object o ON o.mv_id = list.value
      WHERE o.connector_id = ? ORDER BY o.mv_id, o.id
      """, [Self.list(metaverse), connector]
    ) { result.append(($0.int64(0), $0.int64(1))) }
    return result
  }

  /// How objects of a connector are linked to these metaverse objects, by the metaverse object.
  public func links(
    to metaverse: some Sequence<Int64>, connector: Int64
  ) throws -> [Int64: (kind: LinkKind, rule: Int64)] {
    var result: [Int64: (kind: LinkKind, rule: Int64)] = [:]
    try each(
      """
      SELECT o.mv_id, o.link_kind, o.link_rule
      FROM json_each(?) list JOIN cs_object o ON o.mv_id = list.value
      WHERE o.connector_id = ? ORDER BY o.mv_id, o.id DESC
      """, [Self.list(metaverse), connector]
    ) { result[$0.int64(0)] = (LinkKind(rawValue: $0.int(1)) ?? .none, $0.int64(2)) }
    return result
  }

  /// What objects are called, without all that they say.
  public func names(of ids: some Sequence<Int64>) throws -> [Int64: ObjectName] {
    var result: [Int64: ObjectName] = [:]
    try each(
      """
      SELECT o.id, o.connector_id, o.dn, o.display, o.object_type
      FROM json_each(?) list JOIN cs_object o ON o.id = list.value
      """, [Self.list(ids)]
    ) {
      result[$0.int64(0)] = ObjectName(
        connector: $0.int64(1), dn: $0.text(2), display: $0.text(3), objectType: $0.text(4))
    }
    return result
  }

  /// What the objects of a connector are called that metaverse objects are made of, or were before
  /// they were gone.
  public func counterparts(
    of metaverse: some Sequence<Int64>, connector: Int64
  ) throws -> [Int64: ObjectName] {
    var result: [Int64: ObjectName] = [:]
    let list = Self.list(metaverse)
    // What is still linked comes last, and so counts.
    for source in [
      "past_object o ON o.mv_id = list.value",
      "past_link l ON l.mv_id = list.value JOIN cs_object o ON o.id = l.object_id",
      "cs_object o ON o.mv_id = list.value",
    ] {
      try each(
        """
        SELECT list.value, o.dn, o.display, o.object_type
        FROM json_each(?) list JOIN \(source) WHERE +o.connector_id = ?
        """, [list, connector]
      ) {
        result[$0.int64(0)] = ObjectName(
          connector: connector, dn: $0.text(1), display: $0.text(2), objectType: $0.text(3))
      }
    }
    return result
  }

  /// The metaverse objects with these numbers, as far as there are any.
  public func storedMetaverse(_ ids: some Sequence<Int64>) throws -> [StoredMetaverse] {
    var result: [StoredMetaverse] = []
    try each(
      """
      SELECT m.id, m.object_type, m.image FROM json_each(?) list JOIN mv_object m ON m.id = list.value
      """, [Self.list(ids)]
    ) {
      result.append(
        StoredMetaverse(id: $0.int64(0), objectType: $0.text(1), image: $0.bytes(2) ?? []))
    }
    return result
  }

  /// How many objects a look-up of a join takes at most: more than one is too many.
  static let joinLimit = 10

  /// The metaverse objects that a join looks up, at most a few.
  public func metaverseHolding(_ query: JoinQuery) throws -> [Int64] {
    guard let attribute = try dictionaries.existingID(query.key.attribute, db),
      let others = try others(query, "mv_value w WHERE w.mv_id = v.mv_id")
    else { return [] }
    var own: [(any SQLBindable)?] = [attribute, query.key.value]
    let isForAny = query.objectType == JoinQuery.anyType
    if !isForAny { own.append(query.objectType) }
    var result: [Int64] = []
    try each(
      """
      SELECT v.mv_id FROM mv_value v JOIN mv_object m ON m.id = v.mv_id
      WHERE v.attribute_id = ? AND v.value = ?\(isForAny ? "" : " AND m.object_type = ? COLLATE NOCASE")\(others.sql)
      ORDER BY v.mv_id LIMIT \(Self.joinLimit)
      """, own + others.arguments
    ) { result.append($0.int64(0)) }
    return result
  }

  /// The objects of a connector space that a join looks up, at most a few; those that are linked to
  /// nothing come first.
  public func objectsHolding(_ query: JoinQuery, connector: Int64) throws -> [Int64] {
    guard let attribute = try dictionaries.existingID(query.key.attribute, db),
      let others = try others(
        query, "cs_value w WHERE w.object_id = v.object_id AND w.connector_id = v.connector_id")
    else { return [] }
    let own: [(any SQLBindable)?] = [connector, attribute, query.key.value, query.objectType]
    var result: [Int64] = []
    try each(
      """
      SELECT v.object_id FROM cs_value v JOIN cs_object o ON o.id = v.object_id
      WHERE v.connector_id = ? AND v.attribute_id = ? AND v.value = ?
        AND o.object_type = ? COLLATE NOCASE\(others.sql)
      ORDER BY o.mv_id IS NOT NULL, v.object_id LIMIT \(Self.joinLimit)
      """, own + others.arguments
    ) { result.append($0.int64(0)) }
    return result
  }

  /// What the other conditions of a join ask for of each object; nil if nothing can fulfil them.
  private func others(
    _ query: JoinQuery, _ table: String
  ) throws -> (sql: String, arguments: [(any SQLBindable)?])? {
    var sql = ""
    var arguments: [(any SQLBindable)?] = []
    for keys in query.others {
      guard let name = keys.first?.attribute, let attribute = try dictionaries.existingID(name, db)
      else { return nil }
      let values = Array(repeating: "?", count: keys.count).joined(separator: ", ")
      sql += " AND EXISTS (SELECT 1 FROM \(table) AND w.attribute_id = ?"
      sql += " AND w.value IN (\(values)))"
      arguments.append(attribute)
      for key in keys { arguments.append(key.value) }
    }
    return (sql, arguments)
  }

  /// Whether a connector space has an object that its directory shows and nothing is linked to.
  public func hasDisconnectors(connector: Int64) throws -> Bool {
    try integer(
      """
      SELECT 1 FROM cs_object WHERE connector_id = ? AND mv_id IS NULL AND image IS NOT NULL LIMIT 1
      """, [connector]) != nil
  }

  static func list(_ ids: some Sequence<Int64>) -> String {
    "[" + ids.map { String($0) }.joined(separator: ",") + "]"
  }
}
