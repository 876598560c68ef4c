import Directory
public import SyncStore

/// Verification: what a target holds now against what the rules want it to hold.
///
/// The target is read by a full import on a copy of the store, through a connector that can't write;
/// so what differs is judged by the very means that judge it after an export. The import and what it
/// found are kept as a rehearsed run; nothing is staged, and nothing is sent.
extension SyncEngine {
  /// Compares what a target holds with what the rules want, and answers with the number of the run
  /// whose counters of drift tell the outcome.
  ///
  /// - Throws: ``EngineError`` if there is no such target, or a source can't be read;
  ///   ``StoreError``, also when there is no room for a copy of the store.
  public func verify(_ connector: String, _ basis: VerificationBasis) async throws -> Int64 {
    try await verify(connector, basis, requestedBy: "the program")
  }

  func verify(
    _ name: String, _ basis: VerificationBasis, requestedBy: String, command: Int64? = nil
  ) async throws -> Int64 {
    let copy = try copyOfStore()
    defer {
      try? copy.close()
      try? store.removeCopies()
    }
    let double = try SyncEngine(rehearsing: self, on: copy, verifies: true)
    guard
      let target = double.connectors.first(where: { $0.name.lowercased() == name.lowercased() })
    else { throw Self.unknown(name) }
    guard !target.isSource else {
      throw EngineError(
        message: "\(target.name) is a source: the rules want nothing of it",
        hint: "Name a target; see lockstep connectors for those that there are")
    }
    if basis == .sources { try await double.workOutAnew(requestedBy) }
    return try await double.runStep(target, .fullImport, nil, requestedBy, command: command).run
  }

  /// Reads what changed in the sources and works out what the rules make of it.
  private func workOutAnew(_ requestedBy: String) async throws {
    for source in connectors where source.isSource {
      let outcome = try await importInCycle(source, isFull: false, nil, requestedBy)
      try refuse(source, outcome, "could not be read")
    }
    for connector in connectors.filter(\.isSource) + connectors.filter({ !$0.isSource }) {
      let outcome = try await synchronizeInCycle(connector, isFull: false, nil, requestedBy)
      try refuse(connector, outcome, "could not be synchronized")
    }
  }

  private func refuse(
    _ connector: EngineConnector, _ outcome: StepOutcome, _ what: String
  ) throws {
    let result = outcome.result
    guard ResultSeverity(result: result.result) == .stopped else { return }
    throw EngineError(
      message: "\(connector.name) \(what), so nothing was compared (\(result.result))"
        + (result.message.isEmpty ? "" : ": " + result.message),
      hint: result.hint.isEmpty ? "Try again" : result.hint)
  }
}
