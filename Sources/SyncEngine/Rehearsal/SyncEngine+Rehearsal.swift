import Directory
public import SyncStore

/// Where a rehearsal reports to: the store that it is a rehearsal of.
struct RehearsalReport: Sendable {
  /// The store.
  var store: SyncStore
  /// The youngest objects that the store knows.
  var youngest: YoungestObjects
}

/// Cycles that are only rehearsed: all is read and computed, nothing is sent.
///
/// The work is done by an engine on a copy of the store, whose connectors hold no way to write to
/// their directories. What its steps recorded is then carried into the store, marked as rehearsed.
extension SyncEngine {
  /// Rehearses a cycle and answers with its number.
  ///
  /// - Throws: ``StoreError``, also when there is no room for a copy of the store.
  public func rehearse(_ policy: CyclePolicy) async throws -> Int64 {
    try await rehearse(policy, requestedBy: "the program")
  }

  /// A copy of the store to try things on; that there is no room for it is no fault of the store.
  func copyOfStore() throws -> SyncStore {
    do {
      return try store.copy()
    } catch let error as StoreError where [.diskFull, .inaccessible].contains(error.code) {
      throw EngineError(message: error.message, hint: error.hint)
    }
  }

  func rehearse(
    _ asked: CyclePolicy, requestedBy: String, command: Int64? = nil
  ) async throws -> Int64 {
    // Due in the cycle that is rehearsed, too.
    try store.transaction { try requireRetirement($0) }
    let copy = try copyOfStore()
    defer {
      try? copy.close()
      try? store.removeCopies()
    }
    let (cycle, policy) = try store.transaction { tx -> (Int64, CyclePolicy) in
      let (policy, reason) = try tx.cyclePolicy(try Self.meant(asked, tx))
      let cycle = try tx.beginCycle(
        policy, requestedBy: requestedBy, reason: reason, isRehearsal: true)
      if let command { try tx.attach(command: command, cycle: cycle, run: nil) }
      try tx.log(
        .information, code: 904,
        "Rehearsal of \(policy.rawValue) cycle \(cycle) started, asked for by \(requestedBy)")
      return (cycle, policy)
    }
    let double = try SyncEngine(rehearsing: self, on: copy)
    try await double.runSteps(of: cycle, policy, requestedBy)
    try store.transaction { tx in
      try tx.endCycle(cycle)
      try tx.log(.information, code: 904, "Rehearsal, cycle \(cycle), ended: nothing was sent")
    }
    return cycle
  }
}
