import Directory
import SyncStore

/// What a target said that it had deleted.
extension ImportStep {
  /// Tells what a target shows that it said it had deleted.
  ///
  /// It is not deleted once more: many directories let a person bring back what was deleted, as the
  /// object that it was, and some give its id to another one.
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
        let found = try tx.undoneDeletes(connector: connector.id, before: moment, limit: 1000)
        for delete in found.undone { try tell(delete, tx) }
        return found.hasMore
      }
    }
    try context.store.transaction { tx in
      if isAllTold { try tx.forgetConfirmedDeletes(connector: connector.id, before: moment) }
      try tx.endUndoneDeletes(connector: connector.id)
    }
  }

  private func tell(_ delete: UndoneDelete, _ tx: StoreTransaction) throws {
    let name = connector.name
    let error = StepError(
      .synchronization, .exportedChangeNotReimported, objectID: delete.object.id,
      dn: delete.object.dn,
      message: "\(name) said at \(delete.time), in step \(delete.step), that it had deleted the "
        + "object, and shows it still",
      hint: "Unless somebody has brought it back there on purpose, delete it in \(name) by hand. "
        + "It is told until the object is gone or wanted again, for a month at most")
    try tx.record(error, step: context.step, connector: connector.id)
  }
}
