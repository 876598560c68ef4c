import Directory
import SyncStore

/// Keeps what joins look up complete: rules may join by attributes today that they did not ask for
/// when the objects were stored.
///
/// Without it a join would not find the partner that is there, and make it a second time.
struct JoinIndexes {
  let store: SyncStore
  let facts: PlanFacts

  /// How many objects are indexed in one transaction.
  private static let batch = 5000

  /// Indexes the attributes that rules join by and that are not indexed yet, and drops the others;
  /// `between` is called between two transactions, and may end it by an error: what is missing is
  /// then made the next time.
  func update(between: () throws -> Void) throws {
    for (connector, wanted) in facts.indexedConnector.sorted(by: { $0.key < $1.key }) {
      try update(.connector(connector), to: wanted, between)
    }
    try update(.metaverse, to: facts.indexedMetaverse, between)
  }

  /// Notes what an import of a connector space indexes, as whose rules `wanted` is: of a space that
  /// is empty yet all that is wanted, of another one nothing that it does not go on with.
  static func expectImport(
    of connector: Int64, indexing wanted: Set<AttributeName>, isEmpty: Bool, _ store: SyncStore
  ) throws {
    let space = JoinSpace.connector(connector)
    try store.transaction { tx in
      let known = try tx.indexedAttributes(of: space)
      let kept = isEmpty ? wanted : wanted.filter { known?.contains($0.key) == true }
      guard isEmpty || known != nil, known != Set(kept.map(\.key)) else { return }
      if !isEmpty { try tx.dropIndex(of: space, but: kept) }
      try tx.setIndexed(kept, of: space)
    }
  }

  private func update(
    _ space: JoinSpace, to wanted: Set<AttributeName>, _ between: () throws -> Void
  ) throws {
    let known = try store.look { [try $0.indexedAttributes(of: space)] }[0]
    guard known != Set(wanted.map(\.key)) else { return }
    let complete = wanted.filter { known?.contains($0.key) == true }
    // First what is left is said to be all: ended in its midst, this begins anew.
    try store.transaction { tx in
      try tx.dropIndex(of: space, but: complete)
      try tx.setIndexed(complete, of: space)
    }
    let missing = wanted.subtracting(complete)
    var after: Int64? = missing.isEmpty ? nil : 0
    while let last = after {
      after = try store.transaction {
        try $0.index(missing, in: space, after: last, limit: Self.batch)
      }
      try between()
    }
    try store.transaction { try $0.setIndexed(wanted, of: space) }
  }
}
