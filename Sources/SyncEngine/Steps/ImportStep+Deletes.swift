import Directory
import SyncStore

/// What a target said that it had deleted.
extension ImportStep {
  /// Tells what a target shows that it said it had deleted, and has it deleted once more.
  ///
  /// Where deleted objects may be brought back as what they were, nobody knows whether a person did
  /// that: it is only told then.
  ///
  /// - Parameters:
  ///   - began: When the import began to be read.
  ///   - isAllTold: Whether what it did not show is gone.
  func settleDeletes(began: Timestamp, isAllTold: Bool) throws {
    guard !connector.engine.isSource else { return }
    let isLate = connector.engine.connector.capabilities.mayShowWritesLate
    let moment = began.adding(seconds: isLate ? -Self.patience : 0)
    var hasMore = true
    while hasMore {
      try context.checkStop()
      hasMore = try context.store.transaction { tx in
        let (undone, hasMore) = try tx.takeUndoneDeletes(
          connector: connector.id, before: moment, limit: 1000)
        for delete in undone { try tell(delete, tx) }
        return hasMore
      }
    }
    guard isAllTold else { return }
    try context.store.transaction {
      try $0.forgetConfirmedDeletes(connector: connector.id, before: moment)
    }
  }

  private func tell(_ delete: UndoneDelete, _ tx: StoreTransaction) throws {
    let isAgain = !connector.engine.connector.capabilities.bringsBackDeleted
    let name = connector.name
    let error = StepError(
      .synchronization, .exportedChangeNotReimported, objectID: delete.object.id,
      dn: delete.object.dn,
      message: "\(name) said at \(delete.time) that it had deleted the object, and shows it still",
      hint: isAgain
        ? "It is deleted again with the next export. If it stays nevertheless, delete it in "
          + "\(name) by hand"
        : "If nobody has restored it there on purpose, delete it in \(name) by hand")
    try tx.record(error, step: context.step, connector: connector.id)
    if isAgain {
      try tx.deleteAgain(
        delete.object.id, because: "\(name) said that it had deleted it, and shows it still")
    }
  }
}
