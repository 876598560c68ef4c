import Directory
import Foundation
import SyncStore

/// Export: sends what waits, and keeps what the directory answers.
struct ExportStep {
  let context: StepContext
  /// What was refused for a name.
  let names = RefusedNames()
  /// What was refused for a mail address.
  let addresses = RefusedAddresses()
  /// What was refused since others were not sent yet.
  let others = RefusedForOthers()
  /// What may refer to what the target does not have.
  let stale = StaleReferences()

  var connector: ActiveConnector { context.connector }
  var store: SyncStore { context.store }

  /// Runs the step.
  ///
  /// - Throws: ``ConnectorFailure``, ``StepStopped``, ``StoreError``.
  func run() async throws -> StepResult {
    let id = connector.id
    if let reason = try store.look({ [try $0.connectorState(id)?.fullImportReason] })[0] {
      return StepResult(
        result: ConnectorFailure.Result.fullImportRequired.text,
        message: "What \(connector.name) holds is not known, so nothing is sent to it: \(reason)",
        hint: "Run a full import of it first")
    }
    try endPatience()
    stale.before = try store.look { try $0.keptReferences(connector: id) }
    let moment = try waitsSince()
    try store.transaction { try $0.resendReferences(connector: id, takenBefore: moment) }
    let warden = ExportGuard(context: context)
    let held = try warden.weigh()
    let releasedOnly = held.contains { $0.kind == .deletes }
    // What waits for its target, or for a person, is not sent now.
    let (changes, deletes) = try store.look { tx in
      (
        try tx.pendingExportCount(connector: id, takenBefore: moment),
        try tx.pendingDeleteCount(connector: id, releasedOnly: releasedOnly)
      )
    }
    context.expect(changes + deletes)
    // Before anybody gets one of these names.
    try await settleLeft()
    do {
      try await sendDeletes(releasedOnly: releasedOnly)
      try await sendChanges(takenBefore: moment)
      try await sendReferences()
      try await settleDeletes(releasedOnly: releasedOnly)
    } catch {
      try tellRefused()
      try tellAddresses()
      try tellOthers()
      try tellKept()
      throw error
    }
    try await settleKept()
    if let result = try warden.result(held) { return result }
    return try context.errorCount() > 0
      ? StepResult(result: "completed-export-errors") : .success
  }

  private func sendChanges(takenBefore moment: Timestamp?) async throws {
    // What takes access away comes before what gives it.
    let urgent = try store.look {
      try $0.urgentExports(connector: connector.id, takenBefore: moment)
    }
    try await send(urgent)
    let size = connector.engine.connector.capabilities.exportBatchSize
    var order = ExportOrder(
      of: self, types: try orderedTypes(), but: Set(urgent), takenBefore: moment)
    try await send { underWay in
      try context.checkStop()
      guard let ids = try order.next(size, underWay) else { return nil }
      return try requests(try store.look { try $0.pendingExports(ids) })
    }
    try await settleChanges()
    try await settleNames()
    try await settleAddresses()
  }

  /// Since when what was taken waits for a target that may show writes late; nil for others, to which
  /// all is sent that they do not show.
  ///
  /// An import compares what it does not show after half of that time. Later it is sent again all the
  /// same: the imports may have failed.
  private func waitsSince() throws -> Timestamp? {
    guard connector.engine.connector.capabilities.mayShowWritesLate else {
      // Where imports break off, all would go again with each cycle, and be taken again.
      return try store.look { [try $0.lastEndedImport(connector: connector.id)] }[0]
    }
    return Timestamp.now.adding(seconds: -2 * ImportStep.patience)
  }

  /// What the target accepted long ago and does not show is an error, and is sent again.
  private func endPatience() throws {
    let seconds = connector.engine.connector.capabilities.secondsToShow
    let moment = Timestamp.now.adding(seconds: -seconds)
    while true {
      try context.checkStop()
      let count = try store.transaction { tx in
        let overdue = try tx.overdueExports(connector: connector.id, before: moment, limit: 1000)
        for (id, accepted) in overdue { try giveUp(id, accepted: accepted, tx) }
        return overdue.count
      }
      if count < 1000 { return }
    }
  }

  private func giveUp(_ id: Int64, accepted: Timestamp, _ tx: StoreTransaction) throws {
    guard let object = try tx.object(id) else { return }
    let names = try tx.openAttributes(of: id).map(\.text)
    let what =
      object.image == nil
      ? "does not show it"
      : "does not show what was sent of " + names.prefix(5).joined(separator: ", ")
    var error = StepError(
      .export, .exportedChangeNotReimported, objectID: id, dn: object.dn,
      message: "\(connector.name) accepted the export at \(accepted) and \(what) since",
      hint: "Look in the target's own log of provisioning. It is sent again with this export")
    error.attribute = names.first ?? ""
    try context.blame(&error, tx)
    try tx.record(error, step: context.step, connector: connector.id)
    try tx.endAcceptance(of: id)
  }

  /// Containers come before what they are to hold, and objects that hold many references after those
  /// that they may refer to.
  private func orderedTypes() throws -> [String] {
    let types = try store.look { try $0.typesToExport(connector: connector.id) }
    func rank(_ type: String) -> Int {
      Self.containers.contains(type) ? 0 : type == "group" ? 2 : 1
    }
    return (0...2).flatMap { wanted in types.filter { rank($0) == wanted } }
  }

  /// Types of objects that others are in, in every directory (RFC 4519 §3, [MS-ADSC] §2).
  private static let containers: Set<String> = [
    "domain", "organization", "country", "locality", "organizationalUnit", "container",
  ]

  /// Sends the references that waited for objects which are there by now.
  private func sendReferences() async throws {
    var after: Int64 = 0
    let limit = connector.engine.connector.capabilities.exportBatchSize
    try await send { _ in
      try context.checkStop()
      let pending = try store.look {
        try $0.pendingReferenceExports(connector: connector.id, after: after, limit: limit)
      }
      guard let last = pending.last else { return nil }
      after = last.object.id
      return try requests(pending, referencesOnly: true)
    }
  }
}
