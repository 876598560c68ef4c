import Directory
import SyncStore

/// Counts the deletes that a delta tells before they are staged.
struct DeltaWatch {
  private let warden: ImportGuard
  private var deletes: Int
  /// How many of them are staged.
  private var staged: Int

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
  ///
  /// - Throws: ``ConnectorFailure`` if there are more than pass, or one must never go.
  mutating func look(at batch: ImportBatch) throws {
    let gone = batch.changes.compactMap { change in
      switch change {
      case .delete(let address), .leave(let address), .letGo(let address): address
      default: nil
      }
    }
    guard !gone.isEmpty else { return }
    deletes += try warden.judge(gone, before: deletes, staged: staged)
  }
}

extension ImportGuard {
  /// Judges deletes that a delta tells; the answer is how many are of objects that are there.
  ///
  /// - Parameters:
  ///   - before: How many came already.
  ///   - stagedBefore: How many of those are staged.
  /// - Throws: ``ConnectorFailure`` if there are too many, or one must never go.
  func judge(_ gone: [ObjectAddress], before: Int, staged stagedBefore: Int) throws -> Int {
    let id = context.connector.id
    let staged = try context.store.look { tx in
      try gone.compactMap { try tx.staged(connector: id, $0) }
    }
    let count = before + staged.count
    let canaries = Set(context.connector.engine.canaries.map(\.normalized))
    let canary = staged.first {
      (try? DistinguishedName($0.dn)).map { canaries.contains($0.normalized) } ?? false
    }
    var finding = try limitFinding(count, staged: stagedBefore)
    if let canary, !isReleased(count) {
      finding = canaryFinding(canary.dn, count, staged: stagedBefore)
    }
    guard let finding else { return staged.count }
    try context.store.transaction { try settle([finding], $0) }
    let result = result(finding)
    throw ConnectorFailure(
      .init(result.result), message: result.message,
      hint: "What else the delta tells waits, too; a full import takes it and leaves the deletes: "
        + "lockstep run \(context.connector.name) full-import. " + result.hint)
  }
}
