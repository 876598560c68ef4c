import Directory
import SyncStore

/// The objects for which an import is held that it did not show: once each is deleted by what a later
/// one told, or shown again, nothing is left for a person to say.
extension ImportGuard {
  private static let ofLack = [
    GuardedKind.deletes.rawValue, StoreTransaction.ImportHold.server,
  ]

  /// Keeps which objects this import does not show, where it is held for them.
  func noteLack(_ findings: [Finding], _ seen: SeenObjects, _ tx: StoreTransaction) throws {
    guard findings.contains(where: { Self.ofLack.contains($0.kind) }) else { return }
    let id = context.connector.id
    try tx.setLack(
      connector: id,
      try tx.unseenObjects(connector: id, seen, limit: StoreTransaction.mostOfLack))
  }

  /// Ends what an earlier import is held for if nothing is left of what it did not show, also what a
  /// person has released of it: that was not said of what is deleted later.
  func endSettled(by seen: SeenObjects, _ tx: StoreTransaction) throws {
    let id = context.connector.id
    guard let ids = try tx.lack(connector: id) else { return }
    let holds = try tx.importHolds(connector: id).filter(\.isForLack)
    guard !holds.isEmpty else { return try tx.setLack(connector: id, nil) }
    // Of more than are known by number a person has to say what is right.
    guard
      holds.contains(where: { $0.kind == GuardedKind.deletes.rawValue && $0.count == ids.count })
    else { return }
    guard try !ids.contains(where: { try !seen.contains($0) && tx.isStaged($0) }) else { return }
    try tx.endHolds(
      connector: id,
      kinds: [GuardedKind.deletes.rawValue, StoreTransaction.ImportHold.setBack],
      ofFullImports: true)
    try tx.setLack(connector: id, nil)
    try tx.log(
      .information, code: 116,
      "\(context.connector.name) is held no more for objects that it did not show: each was told "
        + "since, as deleted or as it is")
  }
}
