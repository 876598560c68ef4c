import Configuration
import Directory
import SyncStore

/// A server that has less than was read of the directory before, or files that contradict what was
/// read of them: it is held for a person to say whether that is right.
extension ImportStep {
  /// How far the directory was read before; nil if a person says that it is right as it is now.
  func readBefore(_ state: ConnectorState?) throws -> Watermark? {
    guard let state, connector.isServer(known: state.watermarkIdentity) else { return nil }
    return try context.store.look { try isReleasedBehind($0) } ? nil : state.watermark
  }

  /// When the directory was read last.
  ///
  /// Where an earlier version did not note that, what is held of its files was so when it was held.
  func readLast() throws -> Timestamp? {
    try context.store.look { tx in
      try tx.lastRead(connector.id)
        ?? tx.importHolds(connector: connector.id)
        .first { $0.kind == StoreTransaction.ImportHold.files }?.since
    }
  }

  /// Whether a person has said that a directory with less than before is right as it is now.
  func isReleasedBehind(_ tx: StoreTransaction) throws -> Bool {
    try tx.importHolds(connector: connector.id).contains { $0.isBehind && $0.releasedBy != nil }
  }

  /// The failure of an import whose server has less than was read before, which is kept for a person
  /// to say whether that is right.
  ///
  /// Of a server that is slower than another one it ends by itself when one is read that has it all;
  /// of one that had told it itself, when it shows all objects again.
  func held(_ failure: ConnectorFailure) throws -> ConnectorFailure {
    var failure = failure
    let isOfFiles = failure.result == .filesDoubted
    let release = "lockstep release import \(ShellText.quoted(connector.name))"
    failure.hint +=
      isOfFiles
      ? " If they are right as they are now, have them read so: " + release
      : " If the server that was read before is gone for ever, what was never replicated is lost, and "
        + "if the directory was restored from a copy, so is what came later. Then have it read as it "
        + "is now: " + release
    let lost = failure.setBack
    let kind =
      isOfFiles
      ? StoreTransaction.ImportHold.files
      : lost == nil ? StoreTransaction.ImportHold.behind : StoreTransaction.ImportHold.setBack
    let hold = StoreTransaction.ImportHold(
      connector: connector.id, kind: kind, count: 0, message: lost ?? failure.message,
      needsFullImport: true)
    try context.store.transaction { tx in
      // From where it was read no delta tells what it has not; and once it has got as far again,
      // nobody sees that it had not.
      try tx.requireFullImport(
        connector.id,
        because: isOfFiles
          ? "the files of \(connector.name) contradicted what was read of them before"
          : "the server of \(connector.name) had less than was read of it before")
      let isKnown = try tx.importHolds(connector: connector.id).contains {
        $0.kind == hold.kind && $0.releasedBy == nil && $0.message == hold.message
      }
      guard !isKnown else { return }
      try tx.hold(hold)
      try tx.log(.warning, code: 116, failure.message)
    }
    return failure
  }

  /// What is held of a server that was found to have less than it had told itself.
  struct Loss {
    /// What was found, in words.
    var words: String
    /// Whether nothing has been read since.
    var isUnread: Bool
  }

  /// What the server was found to have lost, unless a person says that it is right as it is now.
  func loss() throws -> Loss? {
    let holds = try context.store.look { try $0.importHolds(connector: connector.id) }
      .filter { $0.releasedBy == nil }
    guard let hold = holds.first(where: { $0.kind == StoreTransaction.ImportHold.setBack }) else {
      return nil
    }
    return Loss(
      words: hold.message, isUnread: !holds.contains { !$0.isBehind && $0.needsFullImport })
  }

  /// The server that was read to its end is not behind, or a person's word was for this import.
  ///
  /// - Parameter lacks: Whether it does not show what it may have lost; a person has to say that this
  ///   is right.
  func endBehind(lacks: Bool, _ tx: StoreTransaction) throws {
    try tx.endHolds(
      connector: connector.id,
      kinds: [StoreTransaction.ImportHold.behind, StoreTransaction.ImportHold.files],
      ofFullImports: true)
    try tx.endHolds(
      connector: connector.id, kinds: [StoreTransaction.ImportHold.setBack], ofFullImports: true,
      releasedOnly: lacks)
  }
}
