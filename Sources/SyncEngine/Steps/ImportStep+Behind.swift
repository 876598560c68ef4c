import Directory
import SyncStore

/// A server that has less than was read of the directory before: it is held for a person to say
/// whether that is right.
extension ImportStep {
  /// How far the directory was read before; nil if a person says that it is right as it is now.
  func readBefore(_ state: ConnectorState?) throws -> Watermark? {
    guard let state, state.watermarkIdentity == connector.serverIdentity else { return nil }
    return try context.store.look { try isReleasedBehind($0) } ? nil : state.watermark
  }

  /// Whether a person has said that a directory with less than before is right as it is now.
  func isReleasedBehind(_ tx: StoreTransaction) throws -> Bool {
    try tx.importHolds(connector: connector.id).contains {
      $0.kind == StoreTransaction.ImportHold.behind && $0.releasedBy != nil
    }
  }

  /// The failure of an import whose server has less than was read before, which is kept for a person
  /// to say whether that is right; it ends by itself when a server is read that has it all.
  func held(_ failure: ConnectorFailure) throws -> ConnectorFailure {
    var failure = failure
    failure.hint +=
      " If the server that was read before is gone for ever, what was never replicated is lost, and "
      + "if the directory was restored from a copy, so is what came later. Then have it read as it is "
      + "now: lockstep release import \(connector.name)"
    let hold = StoreTransaction.ImportHold(
      connector: connector.id, kind: StoreTransaction.ImportHold.behind, count: 0,
      message: failure.message, needsFullImport: true)
    try context.store.transaction { tx in
      let isKnown = try tx.importHolds(connector: connector.id).contains {
        $0.kind == hold.kind && $0.releasedBy == nil && $0.message == hold.message
      }
      guard !isKnown else { return }
      try tx.hold(hold)
      try tx.log(.warning, code: 116, hold.message)
    }
    return failure
  }

  /// The server that was read to its end is not behind, or a person's word was for this import.
  func endBehind(_ tx: StoreTransaction) throws {
    try tx.endHolds(
      connector: connector.id, kinds: [StoreTransaction.ImportHold.behind], ofFullImports: true)
  }
}
