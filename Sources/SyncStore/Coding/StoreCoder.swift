public import Directory

/// Bytes as the store keeps them: an image, or what a step changed.
public struct EncodedImage: Hashable, Sendable {
  var bytes: [UInt8]
}

/// Writes and reads what the store keeps, away from the store and on any core: it has the numbers
/// that were given when it was made.
public struct StoreCoder: Sendable {
  let table: NameTable

  private var coding: AttributeCoding { AttributeCoding(table: table, source: nil) }

  /// The numbers of all rules.
  public var rules: Set<Int64> { Set(table.ruleIDs.values) }

  /// The number of a rule; nil if it had none when this was made.
  public func ruleID(_ key: String) -> Int64? { table.ruleIDs[key] }

  /// The bytes of a metaverse object; nil if a name has no number yet, and only the store can give
  /// it one.
  public func encode(_ attributes: [MetaverseAttribute]) -> EncodedImage? {
    (try? coding.encode(attributes)).map { EncodedImage(bytes: $0) }
  }

  /// The bytes of what rules want; nil as for a metaverse object.
  public func encode(_ desired: DesiredImage) -> EncodedImage? {
    (try? coding.encode(desired)).map { EncodedImage(bytes: $0) }
  }

  /// The bytes of what a step changed; nil as for a metaverse object.
  public func encode(_ deltas: [ObjectChange.Delta]) -> EncodedImage? {
    (try? coding.encode(deltas)).map { EncodedImage(bytes: $0) }
  }

  /// The object that a row holds.
  ///
  /// - Throws: ``StoreError`` if its bytes can't be read back.
  public func decode(_ stored: StoredObject) throws -> ConnectorSpaceObject {
    var object = stored.object
    object.image = try stored.image.map { try coding.decode($0) }
    object.last = try stored.last.map { try coding.decode($0) }
    object.desired = try object.encodedDesired.map { try coding.decodeDesired($0.bytes) }
    return object
  }

  /// The metaverse object that a row holds.
  ///
  /// - Throws: ``StoreError`` if its bytes can't be read back.
  public func decode(_ stored: StoredMetaverse) throws -> MetaverseObject {
    MetaverseObject(
      id: stored.id, objectType: stored.objectType,
      attributes: try coding.decodeMetaverse(stored.image))
  }
}

extension StoreTransaction {
  /// A coder that knows every name and rule the store has, those of `names` and `rules` included.
  ///
  /// - Parameter rules: The key and the name of each.
  public func coder(
    numbering names: some Sequence<AttributeName>, rules: some Sequence<(key: String, name: String)>
  ) throws -> StoreCoder {
    for name in names { _ = try dictionaries.id(name, db) }
    for rule in rules { _ = try dictionaries.ruleID(rule.key, name: rule.name, db) }
    return StoreCoder(table: dictionaries.table)
  }

  /// A coder that knows every name and rule the store has.
  public func coder() throws -> StoreCoder {
    try dictionaries.loadAll(db)
    return StoreCoder(table: dictionaries.table)
  }
}
