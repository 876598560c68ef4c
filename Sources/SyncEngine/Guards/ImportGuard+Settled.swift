import Directory
import SyncStore

/// The objects for which an import is held that it did not show: once each is deleted by what a later
/// one told, or shown again, nothing is left for a person to say.
extension ImportGuard {
  /// So many are known by number; of more a person has to say what is right.
  private static let most = 1000

  private var lackKey: String { "connector.\(context.connector.id).held-lack" }

  /// Keeps which objects this import does not show, where it is held for them.
  func noteLack(_ findings: [Finding], _ seen: SeenObjects, _ tx: StoreTransaction) throws {
    guard let finding = findings.first(where: { $0.kind == GuardedKind.deletes.rawValue }) else {
      return
    }
    let ids =
      finding.count <= Self.most
      ? try tx.unseenObjects(connector: context.connector.id, seen, limit: Self.most + 1) : []
    try tx.set(
      lackKey, ids.count == finding.count ? ids.map(String.init).joined(separator: " ") : nil)
  }

  /// Ends what an earlier import is held for if nothing is left of what it did not show, also what a
  /// person has released of it: that was not said of what is deleted later.
  func endSettled(by seen: SeenObjects, _ tx: StoreTransaction) throws {
    guard let text = try tx.setting(lackKey) else { return }
    let id = context.connector.id
    let ids = text.split(separator: " ").compactMap { Int64($0) }
    let hold = try tx.importHolds(connector: id).first {
      $0.kind == GuardedKind.deletes.rawValue && $0.needsFullImport && $0.count == ids.count
    }
    guard hold != nil else { return try tx.set(lackKey, nil) }
    guard try !ids.contains(where: { try !seen.contains($0) && tx.isStaged($0) }) else { return }
    try tx.endHolds(
      connector: id,
      kinds: [GuardedKind.deletes.rawValue, StoreTransaction.ImportHold.setBack],
      ofFullImports: true)
    try tx.set(lackKey, nil)
    try tx.log(
      .information, code: 116,
      "\(context.connector.name) is held no more for objects that it did not show: each was told "
        + "since, as deleted or as it is")
  }
}
