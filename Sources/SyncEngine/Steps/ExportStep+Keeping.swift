import Directory
import SyncStore

/// What became of requests, as the store keeps it.
extension ExportStep {
  func keep(
    _ outcome: ExportOutcome, of request: Request, _ tx: StoreTransaction,
    _ tally: inout CounterTally
  ) throws {
    let anothers = try failureIfAnothers(outcome, request, tx)
    let outcome = anothers.map(ExportOutcome.failed) ?? outcome
    let counter: Counter
    switch request.operation.kind {
    // One that was found by its anchor is not made once more.
    case .add: counter = outcome.isOf(request.operation.anchor) ? .exportUpdate : .exportAdd
    case .modify: counter = .exportUpdate
    case .delete: counter = .exportDelete
    }
    switch outcome {
    case .accepted:
      try record(counter, request, tx, &tally)
      try tx.referencesTaken(request.item)
      if request.leavesRest {
        try tx.exportLeft(request.id, as: request.item.object.exportState)
      } else {
        try tx.exportAccepted(request.id)
      }
    case .done(let anchor):
      try record(counter, request, tx, &tally)
      if counter == .exportDelete {
        try tx.exportDeleted(request.id)
      } else if request.leavesRest {
        try tx.referencesTaken(request.item)
        try tx.exportLeft(request.id, as: request.item.object.exportState)
      } else {
        try tx.referencesTaken(request.item)
        try tx.exportTaken(request.id, anchor: anchor)
        stale.note(awaited: request.awaited)
      }
    case .removed(let kept):
      try record(counter, request, tx, &tally)
      try tx.exportDeleted(request.id)
      stale.note(kept)
    case .failed(let failure):
      if failure.type == .existingObject { stale.note(hidden: request.id) }
      tally.count(.exportFailure)
      // What the target made is looked for by the next export, and not made once more.
      let mayBeThere = request.operation.isRetry || anothers != nil
      try tx.exportRefused(request.id, isRetry: mayBeThere, isNamed: request.isNamedAdd)
      try tx.record(error(failure, request, tx), step: context.step, connector: connector.id)
      if counter == .exportDelete, !failure.isTransient { try takeAccess(of: request.id, tx) }
    case .partly(let part):
      tally.count(.exportFailure)
      let taken = request.without(part.lacking)
      if !taken.isEmpty { try record(counter, taken, tx, &tally) }
      try tx.referencesTaken(taken.item)
      try tx.exportTaken(inPart: request.id, anchor: part.anchor)
      try tx.record(error(part.failure, request, tx), step: context.step, connector: connector.id)
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

  /// Has nobody refer to an object any more whose delete the target refuses: its memberships were to
  /// end with it, and it stays.
  private func takeAccess(of id: Int64, _ tx: StoreTransaction) throws {
    for source in Set(try tx.reconsiderReferences(to: id).map(\.source)).sorted() {
      _ = try tx.settleExport(of: source)
    }
  }

  /// The failure that it is if the target says that it is an object which it has for somebody else: who
  /// has it would lose it without a word.
  private func failureIfAnothers(
    _ outcome: ExportOutcome, _ request: Request, _ tx: StoreTransaction
  ) throws -> ObjectFailure? {
    let told: Anchor? =
      switch outcome {
      case .done(let anchor): anchor
      case .partly(let part): part.anchor
      case .accepted, .failed, .unknown, .removed: nil
      }
    if case .delete = request.operation.kind { return nil }
    guard let told, let other = try tx.rival(of: request.id, anchor: told) else { return nil }
    return ObjectFailure(
      .duplicateAnchor, code: "",
      message: "\(connector.name) took it and says that it is the object \(told.text), "
        + "which is that of \(other)", conflictingAnchor: told)
  }

  /// Records what the target took; an add in the place of what this step deleted is one with that.
  private func record(
    _ counter: Counter, _ request: Request, _ tx: StoreTransaction, _ tally: inout CounterTally
  ) throws {
    var change = change(counter, request)
    try name(&change.deltas, request.item, tx)
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

  /// Puts the names of objects in the place of the anchors by which the target was told of them, as
  /// synchronizations show references: what an object was called then is to be read without it, too.
  private func name(
    _ deltas: inout [ObjectChange.Delta], _ item: PendingExport, _ tx: StoreTransaction
  ) throws {
    let references = item.addedReferences + item.removedReferences
    guard !references.isEmpty else { return }
    let names = try tx.names(of: Set(references.map(\.target)))
    var meant: [String: AttributeValue] = [:]
    for reference in references {
      meant[reference.anchor.text] = names[reference.target]?.reference
    }
    func named(_ value: AttributeValue) -> AttributeValue {
      guard case .reference(let anchor) = value else { return value }
      return meant[anchor] ?? value
    }
    for index in deltas.indices {
      deltas[index].before = deltas[index].before.map(named)
      deltas[index].after = deltas[index].after.map(named)
    }
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

  /// What to do where the object that has the value is to get another one; nil where it is not.
  private func waitingHint(
    _ request: Request, _ failure: ObjectFailure, attribute: String, other: Int64?,
    _ tx: StoreTransaction
  ) throws -> String? {
    // What was made in this very step has what it is to have, though no import has shown it yet.
    guard let other, let holder = try tx.object(other), holder.id != request.id,
      holder.image != nil || holder.exportState == .idle, !attribute.isEmpty,
      case let name = AttributeName(attribute),
      let wanted = holder.desired?.attributes(showing: holder.image ?? AttributeSet())
        .first(where: { $0.name == name })?.values,
      case let held = holder.image?[name] ?? [], wanted != held
    else { return nil }
    let own = request.item.object.image?[name] ?? []
    let isExchange = !own.isEmpty && wanted.contains(where: own.contains)
    // Names are exchanged once both are sent in one step; until that was tried nobody need do a thing.
    if isExchange, holder.objectType == request.item.object.objectType,
      request.nameChange(refusedBy: failure)?.canLeave == true, !names.hasTried(request.id)
    {
      return "\(holder.display) has the value and is to get the one of this object: an export that "
        + "sends both exchanges them"
    }
    return isExchange
      ? "\(holder.display) has the value and is to get the one of this object: each waits for the "
        + "other. Give one of the two another value in the source directory, run a Delta cycle, and "
        + "then give it the right one"
      : "It waits for \(holder.display), who has the value and is to get another: see why that does "
        + "not go out (lockstep why \(holder.id))"
  }

  private func error(
    _ failure: ObjectFailure, _ request: Request, _ tx: StoreTransaction
  ) throws -> StepError {
    var error = StepError(
      .export, failure.type, objectID: request.id, dn: request.item.object.dn,
      message: failure.message,
      hint: failure.isOfCredentials ? ExportHints.credentials : ExportHints.hint(for: failure.type))
    error.attribute = failure.attribute ?? ""
    error.value = failure.value ?? ""
    error.code = failure.code
    error.otherObjectID = try failure.conflictingAnchor.flatMap {
      try tx.objectID(connector: connector.id, anchor: $0)
    }
    if let other = error.otherObjectID, try tx.awaitsDelete(other) {
      error.hint =
        "The other object is to be deleted: lockstep why \(other) tells what its delete waits for. "
        + "Once it is deleted, this one is sent again"
    } else if [.attributeValueMustBeUnique, .existingObject].contains(failure.type),
      let hint = try waitingHint(
        request, failure, attribute: error.attribute, other: error.otherObjectID, tx)
    {
      error.hint = hint
    }
    try context.blame(&error, tx)
    return error
  }
}

extension ExportOutcome {
  /// Whether the target says that it is the object `anchor`.
  fileprivate func isOf(_ anchor: Anchor?) -> Bool {
    guard let anchor else { return false }
    return switch self {
    case .done(let told): told == anchor
    case .partly(let part): part.anchor == anchor
    case .accepted, .failed, .unknown, .removed: false
    }
  }
}
