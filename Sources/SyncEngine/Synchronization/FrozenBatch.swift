import Directory
import SyncStore

/// A loaded batch as decisions on all cores read it: behind one pointer, so that none of its tables
/// is copied for each of them.
final class FrozenBatch: SyncReading, Sendable {
  private let batch: LoadedBatch

  init(_ batch: LoadedBatch) { self.batch = batch }

  func object(_ id: Int64) throws -> ConnectorSpaceObject? { try batch.object(id) }

  func metaverse(_ id: Int64) throws -> MetaverseObject? { try batch.metaverse(id) }

  func linked(to metaverse: Int64) throws -> [ConnectorSpaceObject] {
    try batch.linked(to: metaverse)
  }

  func metaverseHolding(_ query: JoinQuery) throws -> [Int64] {
    try batch.metaverseHolding(query)
  }

  func objectsHolding(_ query: JoinQuery, connector: Int64) throws -> [Int64] {
    try batch.objectsHolding(query, connector: connector)
  }

  func expect(_ queries: [JoinQuery], connector: Int64) throws {
    try batch.expect(queries, connector: connector)
  }

  func references(
    of id: Int64, _ attribute: AttributeName, limit: Int
  ) throws -> [AttributeValue] {
    try batch.references(of: id, attribute, limit: limit)
  }

  func referenceCount(of id: Int64, _ attribute: AttributeName) throws -> Int {
    try batch.referenceCount(of: id, attribute)
  }

  func groups(of id: Int64, among names: Set<String>, connector: Int64) throws -> Set<String> {
    try batch.groups(of: id, among: names, connector: connector)
  }

  func metaverseReferences(
    of id: Int64, _ attribute: AttributeName, limit: Int
  ) throws -> [AttributeValue] {
    try batch.metaverseReferences(of: id, attribute, limit: limit)
  }

  func metaverseReferenceCount(of id: Int64, _ attribute: AttributeName) throws -> Int {
    try batch.metaverseReferenceCount(of: id, attribute)
  }
}
