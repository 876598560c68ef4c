import Directory
import SyncStore

/// Counts the deletes that a delta tells before they are staged.
struct DeltaWatch {
  private let warden: ImportGuard
  private var deletes: Int
  /// How many of them are staged.
  private var staged: Int
  /// One of them that must be there.
  private var canary: String?

  /// Changes that are read before any of them is staged: deltas are short as a rule, and a long one
  /// must fit into memory.
  static let window = 20_000

  /// A watch that counts on from what deltas staged that ended in their midst.
  init(_ warden: ImportGuard) throws {
    self.warden = warden
    deletes = try warden.unweighedDeletes([.stageDelete, .stageDeleteAdd])
    staged = deletes
  }

  /// Notes that all that was looked at is staged.
  mutating func noteStaged() { staged = deletes }

  /// Counts the deletes of a batch.
  mutating func count(_ batch: ImportBatch) throws {
    let gone = batch.changes.compactMap { change in
      switch change {
      case .delete(let address), .leave(let address), .letGo(let address): address
      default: nil
      }
    }
    guard !gone.isEmpty else { return }
    let (there, canary) = try warden.look(for: gone)
    deletes += there
    self.canary = self.canary ?? canary
  }

  /// What is wrong with all that was counted; nil if nothing is, or a person has released it.
  func finding() throws -> ImportGuard.Finding? {
    try warden.finding(deletes, canary: canary, staged: staged)
  }

  /// Holds the delta for its deletes.
  ///
  /// - Throws: ``ConnectorFailure``, which is how the import ends; ``StoreError``.
  func refuse(_ finding: ImportGuard.Finding) throws -> Never { try warden.refuse(finding) }
}

extension ImportGuard {
  /// How many of those that a delta tells to be gone are there, and one that must never go.
  fileprivate func look(for gone: [ObjectAddress]) throws -> (there: Int, canary: String?) {
    let id = context.connector.id
    let staged = try context.store.look { tx in
      try gone.compactMap { try tx.staged(connector: id, $0) }
    }
    let canaries = Set(context.connector.engine.canaries.map(\.normalized))
    let canary = staged.first {
      (try? DistinguishedName($0.dn)).map { canaries.contains($0.normalized) } ?? false
    }
    return (staged.count, canary?.dn)
  }

  fileprivate func finding(_ deletes: Int, canary: String?, staged: Int) throws -> Finding? {
    if let canary, !isReleased(deletes) { return canaryFinding(canary, deletes, staged: staged) }
    return try limitFinding(deletes, staged: staged)
  }

  fileprivate func refuse(_ finding: Finding) throws -> Never {
    try context.store.completeIndexes()
    try context.store.transaction { try settle([finding], $0) }
    let result = result(finding)
    throw ConnectorFailure(
      .init(result.result), message: result.message,
      hint: "What else the delta tells waits, too; a full import takes it and leaves the deletes: "
        + "lockstep run \(context.connector.name) full-import. " + result.hint)
  }
}
