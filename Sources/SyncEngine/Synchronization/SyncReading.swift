import Directory
import SyncRules
import SyncStore

/// What deciding about an object reads of the store: live inside a transaction, or from what was
/// loaded for a whole batch.
protocol SyncReading {
  /// A connector-space object.
  func object(_ id: Int64) throws -> ConnectorSpaceObject?
  /// A metaverse object.
  func metaverse(_ id: Int64) throws -> MetaverseObject?
  /// The objects that are linked to a metaverse object, by number.
  func linked(to metaverse: Int64) throws -> [ConnectorSpaceObject]
  /// The metaverse objects that a join looks up, at most a few.
  func metaverseHolding(_ query: JoinQuery) throws -> [Int64]
  /// The objects of a connector space that a join looks up, at most a few.
  func objectsHolding(_ query: JoinQuery, connector: Int64) throws -> [Int64]
  /// Says that ``objectsHolding(_:connector:)`` will be asked for some of these, so that
  /// what is not loaded yet is loaded at once.
  func expect(_ queries: [JoinQuery], connector: Int64) throws
  /// The references of an object in one attribute, at most `limit` of them.
  func references(
    of id: Int64, _ attribute: AttributeName, limit: Int
  ) throws -> [AttributeValue]
  /// How many references an object has in one attribute.
  func referenceCount(of id: Int64, _ attribute: AttributeName) throws -> Int
  /// Those of some groups of a connector space, by their normalized names, that hold an object as a
  /// direct member.
  func groups(of id: Int64, among names: Set<String>, connector: Int64) throws -> Set<String>
  /// The metaverse objects that a metaverse object refers to in an attribute, at most `limit`.
  func metaverseReferences(
    of id: Int64, _ attribute: AttributeName, limit: Int
  ) throws -> [AttributeValue]
  /// How many references a metaverse object has in one attribute.
  func metaverseReferenceCount(of id: Int64, _ attribute: AttributeName) throws -> Int
}

extension StoreTransaction: SyncReading {
  func expect(_ queries: [JoinQuery], connector: Int64) {}
}

/// What a decision depends on, or what storing one has changed.
///
/// Values that joins look up are kept as hashes: a collision only has an object decided again.
struct Footprint: Sendable {
  private(set) var metaverse: [Int64] = []
  private(set) var objects: [Int64] = []
  private(set) var keys: [Int] = []

  mutating func note(metaverse id: Int64) { if metaverse.last != id { metaverse.append(id) } }
  mutating func note(object id: Int64) { if objects.last != id { objects.append(id) } }
  mutating func note(_ key: JoinKey) { note(key, connector: 0) }

  /// Text meets text whatever its case, and bytes, as which it may be taken, only as it is spelled:
  /// the SIDs of a domain look alike in lower case.
  mutating func note(_ key: JoinKey, connector: Int64) {
    if !key.isBinary { keys.append(Self.hash(key.attribute, key.value, connector)) }
    keys.append(Self.hash(key.attribute, key.exact, connector))
  }

  private static func hash(
    _ attribute: AttributeName, _ value: some Hashable, _ space: Int64
  ) -> Int {
    var hasher = Hasher()
    hasher.combine(attribute)
    hasher.combine(value)
    hasher.combine(space)
    return hasher.finalize()
  }
}

/// What the objects of a batch have changed so far.
struct Changes: Sendable {
  private var metaverse: Set<Int64> = []
  private var objects: Set<Int64> = []
  private var keys: Set<Int> = []

  mutating func add(_ written: Footprint) {
    metaverse.formUnion(written.metaverse)
    objects.formUnion(written.objects)
    keys.formUnion(written.keys)
  }

  /// Whether something that was read has changed since.
  func touch(_ read: Footprint) -> Bool {
    if !metaverse.isEmpty, read.metaverse.contains(where: metaverse.contains) { return true }
    if !objects.isEmpty, read.objects.contains(where: objects.contains) { return true }
    return !keys.isEmpty && read.keys.contains(where: keys.contains)
  }
}
