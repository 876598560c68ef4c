import Directory
import SyncStore

/// What still refers to objects that the target has removed: told only once all else was sent, since a
/// group that must have a member may have got another one by then.
final class StaleReferences {
  private var entries: [(operation: ExportOperation, kept: [KeptReference])] = []

  var isEmpty: Bool { entries.isEmpty }

  /// Keeps what the target said to the delete of an object.
  func add(_ kept: [KeptReference], by operation: ExportOperation) {
    entries.append((operation, kept))
  }

  /// Takes all out.
  func takeAll() -> [(operation: ExportOperation, kept: [KeptReference])] {
    defer { entries = [] }
    return entries
  }
}

extension ExportStep {
  /// Has what still refers to removed objects looked for once more, and tells what is left.
  func settleKept() async throws {
    do {
      try await askAgain(kept.takeAll())
    } catch {
      try tellKept()
      throw error
    }
    try tellKept()
  }

  /// Sends deletes that are done once more, and keeps what is left of them, also where it can't.
  private func askAgain(
    _ entries: [(operation: ExportOperation, kept: [KeptReference])]
  ) async throws {
    let size = connector.engine.connector.capabilities.exportBatchSize
    var start = 0
    defer { for entry in entries[start...] { kept.add(entry.kept, by: entry.operation) } }
    while start < entries.count {
      try context.checkStop()
      let some = entries[start..<min(start + size, entries.count)]
      let again = some.map { entry in
        var operation = entry.operation
        operation.isRetry = true
        return operation
      }
      let outcomes = try await connector.engine.connector.export(again)
      start = some.endIndex
      for (entry, outcome) in zip(some, outcomes) {
        switch outcome {
        case .done: break
        case .removed(let left): kept.add(left, by: entry.operation)
        case .accepted, .failed, .partly, .unknown: kept.add(entry.kept, by: entry.operation)
        }
      }
    }
  }

  /// Tells what still refers to removed objects.
  func tellKept() throws {
    guard !kept.isEmpty else { return }
    try store.transaction { tx in
      var tally = CounterTally()
      for entry in kept.takeAll() {
        for reference in entry.kept { try tell(reference, tx, &tally) }
      }
      try tx.add(tally, step: context.step)
    }
  }

  /// Tells of an object that it keeps a reference to one that is gone; who is not known here is
  /// nobody's to tell of.
  private func tell(
    _ reference: KeptReference, _ tx: StoreTransaction, _ tally: inout CounterTally
  ) throws {
    guard let id = try tx.objectID(connector: connector.id, anchor: reference.anchor),
      let object = try tx.object(id)
    else { return }
    tally.count(.exportFailure)
    let failure = reference.failure
    var error = StepError(
      .export, failure.type, objectID: id, dn: object.dn, message: failure.message,
      hint: "Take the value out in the target by hand; where there must be one, give it another "
        + "first. Whoever gets the name of what was deleted has its place otherwise")
    error.attribute = failure.attribute ?? ""
    error.value = failure.value ?? ""
    error.code = failure.code
    try tx.record(error, step: context.step, connector: connector.id)
  }
}
