import Directory
import Foundation
import SyncStore

/// Export: sends what waits, and keeps what the directory answers.
struct ExportStep {
  let context: StepContext

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
    let (changes, deletes) = try store.transaction { tx in
      try tx.resendReferences(connector: id)
      return (
        try tx.pendingExportCount(connector: id, deletes: false),
        try tx.pendingExportCount(connector: id, deletes: true)
      )
    }
    context.expect(changes + deletes)
    let warden = ExportGuard(context: context)
    let held = try warden.weigh()
    try await sendDeletes(releasedOnly: held.contains { $0.kind == .deletes })
    for type in try orderedTypes() {
      let waiting = try await sendAll(referencesOnly: false) { tx, after, limit in
        try tx.pendingExports(connector: id, objectType: type, after: after, limit: limit)
      }
      try await sendWaiting(waiting)
    }
    _ = try await sendAll(referencesOnly: true) { tx, after, limit in
      try tx.pendingReferenceExports(connector: id, after: after, limit: limit)
    }
    if let result = try warden.result(held) { return result }
    return try context.errorCount() > 0
      ? StepResult(result: "completed-export-errors") : .success
  }

  /// Objects that hold many references come after those that they may refer to.
  private func orderedTypes() throws -> [String] {
    let types = try store.look { try $0.typesToExport(connector: connector.id) }
    let last = ["group"]
    return types.filter { !last.contains($0) } + types.filter { last.contains($0) }
  }

  // MARK: Adds and updates

  /// Sends what `page` gives; the answer is what was left for later, because it refers to objects
  /// that the target is yet to get.
  private func sendAll(
    referencesOnly: Bool,
    _ page: (StoreTransaction, Int64, Int) throws -> [PendingExport]
  ) async throws -> [Int64] {
    var after: Int64 = 0
    var waiting: [Int64] = []
    let limit = connector.engine.connector.capabilities.exportBatchSize
    while true {
      try context.checkStop()
      let pending = try store.look { try page($0, after, limit) }
      guard let last = pending.last else { return waiting }
      after = last.object.id
      let later = Set(referencesOnly ? [] : pending.filter(\.canWait).map(\.object.id))
      waiting += pending.map(\.object.id).filter(later.contains)
      try await send(
        requests(pending.filter { !later.contains($0.object.id) }, referencesOnly: referencesOnly))
    }
  }

  struct Request {
    var item: PendingExport
    var operation: ExportOperation
    var id: Int64 { item.object.id }
  }

  func requests(_ items: [PendingExport], referencesOnly: Bool = false) -> [Request] {
    items.compactMap { item in
      operation(item, referencesOnly: referencesOnly).map { Request(item: item, operation: $0) }
    }
  }

  private func operation(_ item: PendingExport, referencesOnly: Bool) -> ExportOperation? {
    let object = item.object
    guard let dn = try? DistinguishedName(object.dn) else { return nil }
    let desired = (object.desired ?? DesiredImage()).attributes
    var kind: ExportOperation.Kind
    if object.anchor == nil {
      var attributes = AttributeSet(desired.filter { !$0.values.isEmpty })
      // All at once: to add one takes as long as the attribute has values.
      for (name, references) in Dictionary(grouping: item.addedReferences, by: \.attribute) {
        attributes.add(references.map { .reference($0.anchor.text) }, to: name)
      }
      kind = .add(attributes)
    } else {
      let image = object.image ?? AttributeSet()
      var changes =
        referencesOnly
        ? []
        : desired.filter { image[$0.name] != $0.values }
          .map { AttributeChange($0.name, .replace($0.values)) }
      changes += referenceChanges(item)
      if changes.isEmpty { return nil }
      kind = .modify(changes)
    }
    return ExportOperation(
      id: object.id, kind: kind, objectType: object.objectType, anchor: object.anchor, dn: dn,
      isRetry: object.exportState == .unknown)
  }

  private func referenceChanges(_ item: PendingExport) -> [AttributeChange] {
    var changes: [AttributeName: (added: [AttributeValue], removed: [AttributeValue])] = [:]
    for reference in item.addedReferences {
      changes[reference.attribute, default: ([], [])].added
        .append(.reference(reference.anchor.text))
    }
    for reference in item.removedReferences {
      changes[reference.attribute, default: ([], [])].removed
        .append(.reference(reference.anchor.text))
    }
    return changes.sorted { $0.key < $1.key }.map { name, change in
      connector.schema[name].isMultiValued
        ? AttributeChange(name, .update(added: change.added, removed: change.removed))
        : AttributeChange(name, .replace(Array(change.added.suffix(1))))
    }
  }

  func send(_ requests: [Request]) async throws {
    guard !requests.isEmpty else { return }
    // Stored before a byte leaves: whatever happens next, it is known that they may have arrived.
    try store.transaction { try $0.markSending(requests.map(\.id)) }
    let outcomes = try await connector.engine.connector.export(requests.map(\.operation))
    var lost: ObjectFailure?
    try store.transaction { tx in
      var tally = CounterTally()
      for (request, outcome) in zip(requests, outcomes) {
        try keep(outcome, of: request, tx, &tally)
        if case .failed(let failure) = outcome, failure.type == .connectivityError {
          lost = failure
        }
      }
      try tx.add(tally, step: context.step)
      try context.progress(tx, phase: "exporting", amount: requests.count)
    }
    if let lost {
      throw ConnectorFailure(
        .stoppedConnectivity, message: "\(connector.name) could not be reached any more",
        serverWords: lost.message,
        hint: "See that the target is up; what was not sent is sent with the next export")
    }
    if try context.errorCount() > StepContext.errorLimit {
      throw ConnectorFailure(
        .init("stopped-error-limit"),
        message: "More than \(StepContext.errorLimit) objects were refused",
        hint: "Look at the first errors: they most likely have one cause")
    }
  }

  private func keep(
    _ outcome: ExportOutcome, of request: Request, _ tx: StoreTransaction,
    _ tally: inout CounterTally
  ) throws {
    switch outcome {
    case .done(let anchor):
      let counter: Counter
      switch request.operation.kind {
      case .add: counter = .exportAdd
      case .modify: counter = .exportUpdate
      case .delete: counter = .exportDelete
      }
      try record(counter, request, tx, &tally)
      if counter == .exportDelete {
        try tx.exportDeleted(request.id)
      } else {
        try tx.referencesTaken(request.item)
        try tx.exportTaken(request.id, anchor: anchor)
      }
    case .failed(let failure):
      tally.count(.exportFailure)
      try tx.exportRefused(request.id, isRetry: request.operation.isRetry)
      try tx.record(error(failure, request, tx), step: context.step, connector: connector.id)
    case .unknown(let reason):
      tally.count(.exportFailure)
      var error = StepError(
        .export, .connectivityError, objectID: request.id, dn: request.item.object.dn,
        message: "It was sent and no answer came: \(reason)",
        hint: "The next export finds out whether it arrived, and sends it again if not")
      error.code = "unknown"
      try tx.record(error, step: context.step, connector: connector.id)
    }
  }

  /// Records what the target took; an add in the place of what this step deleted is one with that.
  private func record(
    _ counter: Counter, _ request: Request, _ tx: StoreTransaction, _ tally: inout CounterTally
  ) throws {
    var change = change(counter, request)
    if counter == .exportAdd,
      let gone = try tx.deletedObject(
        request.operation.dn, connector: connector.id, step: context.step),
      let deleted = try tx.takeBack(.exportDelete, of: gone, step: context.step)
    {
      tally.count(.exportDelete, amount: -1)
      change.counter = .exportDeleteAdd
      change.deltas = ObjectChange.deltas(
        from: deleted.map { Attribute(AttributeName($0.name), $0.before) },
        to: change.deltas.map { Attribute($0.name, $0.after) })
    }
    tally.count(change.counter)
    try tx.record(change, step: context.step)
  }

  private func change(_ counter: Counter, _ request: Request) -> ObjectChange {
    let object = request.item.object
    let image = object.image ?? AttributeSet()
    var deltas: [ObjectChange.Delta] = []
    switch request.operation.kind {
    case .add(let attributes):
      deltas = attributes.attributes.map { .init($0.name, before: [], after: $0.values) }
    case .modify(let changes):
      deltas = changes.map { change in
        switch change.operation {
        case .replace(let values):
          .init(change.name, before: image[change.name], after: values)
        case .update(let added, let removed): .init(change.name, before: removed, after: added)
        }
      }
    case .delete:
      deltas = image.attributes.map { .init($0.name, before: $0.values, after: []) }
    }
    return ObjectChange(
      counter, objectID: object.id, dn: object.dn, display: object.display,
      objectType: object.objectType, deltas: deltas)
  }

  private func error(
    _ failure: ObjectFailure, _ request: Request, _ tx: StoreTransaction
  ) throws -> StepError {
    var error = StepError(
      .export, failure.type, objectID: request.id, dn: request.item.object.dn,
      message: failure.message, hint: ExportHints.hint(for: failure.type))
    error.attribute = failure.attribute ?? ""
    error.value = failure.value ?? ""
    error.code = failure.code
    error.otherObjectID = try failure.conflictingAnchor.flatMap {
      try tx.objectID(connector: connector.id, anchor: $0)
    }
    if let other = error.otherObjectID, try tx.awaitsDelete(other) {
      error.hint =
        "The other object is to be deleted, and its delete waits: see lockstep held. "
        + "Once it is deleted, this one is sent again"
    }
    return error
  }

  // MARK: Deletes

  private func sendDeletes(releasedOnly: Bool) async throws {
    var after: Int64 = 0
    let limit = connector.engine.connector.capabilities.exportBatchSize
    while true {
      try context.checkStop()
      let pending = try store.look {
        try $0.pendingDeletes(
          connector: connector.id, releasedOnly: releasedOnly, after: after, limit: limit)
      }
      guard let last = pending.last else { return }
      after = last.object.id
      let requests = pending.compactMap { item -> Request? in
        // Without an anchor nobody knows whether it ever arrived; the next import tells.
        guard item.object.anchor != nil else { return nil }
        guard let dn = try? DistinguishedName(item.object.dn) else { return nil }
        return Request(
          item: item,
          operation: ExportOperation(
            id: item.object.id, kind: .delete, objectType: item.object.objectType,
            anchor: item.object.anchor, dn: dn, isRetry: item.object.exportState == .unknown))
      }
      try await send(requests)
    }
  }
}

/// What to do next about a refused object, by the type of its error.
enum ExportHints {
  static func hint(for type: SyncErrorType) -> String {
    switch type {
    case .attributeValueMustBeUnique:
      "Another object of the target has this value: correct or remove it at one of the two in "
        + "the source directory"
    case .identityDataValidationFailed:
      "The target does not take this value: correct it in the source directory"
    case .exceededAllowedLength:
      "Shorten the value, or remove some of the values, in the source directory"
    case .dnAttributesFailure:
      "A referenced object is missing in the target: export it first, or take the reference out"
    case .missingObject:
      "The object is gone from the target: the next full import notices, and it is made again"
    case .permissionIssue: "Give the connector's account the right to write this object"
    case .readOnlyAttribute: "Take the attribute out of the outbound rules"
    case .connectivityError: "It is sent again with the next export"
    default: "It is tried again with each export; correct the value if the words tell which"
    }
  }
}
