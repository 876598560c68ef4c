import Directory
import SyncStore

/// How an import ends: what is gone, what it means, and what the next one must know.
extension ImportStep {
  func finish(
    _ shown: Shown, beganEmpty: Bool, warden: ImportGuard
  ) throws -> StepResult {
    let (seen, endsPresence) = (shown.seen, shown.endsPresence)
    try context.store.completeIndexes()
    let clean = try context.store.look { try $0.discoveryErrorCount(step: context.step) } == 0
    if isFull && seen.count == 0 && clean, let result = try emptyResult(warden) { return result }
    // A presence phase tells what is there, also of what it could not read: what it did not tell is
    // gone as long as each of those is known.
    let isWhole = clean || !isFull && endsPresence && !seen.metUnknown
    let missing =
      isFull || endsPresence
      ? try context.store.look { try $0.unseen(connector: connector.id, seen) } : [:]
    let unshown = missing.reduce(0) { $0 + $1.value.missing }
    var findings = try warden.changeFindings(beganEmpty: beganEmpty)
    if (isFull || endsPresence) && isWhole {
      let canaries = try warden.missingCanaries(seen)
      // A delta that compares and finds nothing at all is believed no more than a full import.
      let nothing = !isFull && seen.count == 0 && unshown > 0
      let found =
        try nothing
        ? warden.emptyFinding(staged: unshown)
        : warden.finding(
          missing: missing, missingCanaries: canaries, seen: seen,
          doubt: shown.doubt ?? shown.loss)
      if let finding = found {
        findings.insert(finding, at: 0)
      } else if unshown > 0 {
        try removeUnseen(seen)
      }
    } else if let finding = warden.strangerFinding(missing: missing) {
      findings.insert(finding, at: 0)
    }
    let unknown = try settleOutdated(seen)
    try settleAwaiting(seen)
    try context.store.transaction { tx in
      // What was read before a person's word is nothing to compare the next import with.
      if try !shown.bringsWatermark && isReleasedBehind(tx) {
        try tx.forgetWatermark(connector: connector.id)
      }
      // A delta that tells changes alone does not say what is there.
      try endBehind(
        lacks: shown.loss != nil && (unshown > 0 || !isFull && !endsPresence), tx)
      if clean && findings.isEmpty {
        try tx.forgetUnarrived(
          connector: connector.id,
          keepsWord: connector.engine.connector.capabilities.mayShowWritesLate)
      }
      try tx.noteRead(connector.id)
      if isFull {
        // What is gone since a backup may be among what could not be read.
        let isRead = clean || unshown == 0
        let isRestored = try !isRead && tx.isRestored(connector.id)
        try tx.fullImportDone(connector.id)
        if isRestored { try tx.noteRestored(connector.id) }
        // Where something is renamed in each of them, deltas must get their turn.
        if let unknown, !(shown.followsRename && shown.bringsWatermark) {
          try tx.requireFullImport(connector.id, asRenamed: unknown)
        }
        if clean && findings.isEmpty {
          let isLate = connector.engine.connector.capabilities.mayShowWritesLate
          try tx.settleUnseenExports(
            connector: connector.id,
            takenBefore: isLate ? shown.began.adding(seconds: -Self.patience) : nil, seen: seen)
        }
      }
      if !isFull && endsPresence {
        if !isWhole && unshown > 0 {
          try tx.requireFullImport(
            connector.id,
            because: "a delta import of \(connector.name) could not read all that is there, and no "
              + "later one tells what is gone")
        } else if findings.allSatisfy({ $0.result == "stopped-object-limit" }),
          try clean || !tx.hasError(step: context.step, type: .needFullObject)
        {
          // Too many changes are staged and held; what is gone was removed all the same.
          try tx.fullImportDone(connector.id)
        }
      }
      if isWhole {
        if endsPresence, findings.allSatisfy({ $0.result == "stopped-object-limit" }) {
          try tx.noteLackWeighed(connector: connector.id, by: context.step)
        }
        try warden.settle(findings, endsPresence: endsPresence, tx)
      } else {
        try warden.settleUnread(findings, endsPresence: endsPresence, tx)
      }
      if isFull || endsPresence {
        try warden.noteLack(findings, seen, tx)
      } else if findings.isEmpty {
        try warden.endSettled(by: seen, tx)
      }
    }
    if !clean && isFull { try warden.endRefuted(by: seen, missing: missing) }
    // What an import shows that is not believed proves nothing.
    if findings.isEmpty, shown.doubt == nil {
      try settleDeletes(began: shown.began, isAllTold: (isFull || endsPresence) && isWhole)
    }
    // A full import that could not read all may have missed where the other one is.
    let transient = try clean || !isFull ? noteTransient(seen) : nil
    if let finding = findings.first { return warden.result(finding) }
    if !clean {
      return unreadResult(missing: isWhole ? 0 : unshown)
    }
    if try context.errorCount() > 0 { return StepResult(result: "completed-sync-errors") }
    return transient ?? .success
  }

  /// How an import ends some of whose objects could not be read: it removes nothing, unless it is
  /// known which those are.
  private func unreadResult(missing: Int) -> StepResult {
    var result = StepResult(result: "completed-discovery-errors")
    guard missing > 0 else { return result }
    result.message =
      "\(missing) objects were not shown, and stay, because others could not be read: nobody "
      + "knows whether they are among those"
    result.hint =
      "Correct what the errors tell; the next full import removes what is gone"
      + (isFull ? "" : ", and the next cycle runs one")
    return result
  }

  /// How an import ends after which two objects bear one name; nil if there are none.
  ///
  /// A delta that does not tell what became of the first was not all: a full import finds out.
  private func noteTransient(_ seen: SeenObjects) throws -> StepResult? {
    let names = try context.store.look { tx in
      // What an import noted that ended in its midst is not known any more.
      try tx.unweighedImports(connector: connector.id, before: context.step).isEmpty
        ? try tx.transient(seen.displaced.sorted())
        : try tx.transient(connector: connector.id)
    }
    guard let name = names.first else { return nil }
    let message =
      "\(connector.name) told another object under the name \(name), and not what became of the one "
      + "that bore it" + (names.count > 1 ? "; so with \(names.count - 1) more" : "")
    guard !isFull else {
      return StepResult(
        result: "completed-transient-objects", message: message,
        hint: "See in the directory why two objects have one name")
    }
    try context.store.transaction { try $0.requireFullImport(connector.id, because: message) }
    return StepResult(
      result: "completed-transient-objects", message: message,
      hint: "The next cycle imports everything and finds out")
  }

  /// How an import ends that showed nothing at all; nil if that is as it was, or a person says that
  /// it is right.
  private func emptyResult(_ warden: ImportGuard) throws -> StepResult? {
    let staged = try context.store.look { try $0.stagedCount(connector: connector.id) }
    guard staged > 0 || connector.engine.isSource, let finding = warden.emptyFinding(staged: staged)
    else { return nil }
    try context.store.transaction { tx in
      try endBehind(lacks: true, tx)
      try tx.fullImportDone(connector.id)
      // From where it ended no delta tells what it should have shown.
      try tx.forgetWatermark(connector: connector.id)
      guard staged > 0 else { return }
      try warden.settle([finding], endsPresence: false, tx)
      try warden.noteLack([finding], SeenObjects(), tx)
    }
    return warden.result(finding)
  }

  /// A change of an object that was never imported can only be made good by importing everything.
  func requireFullImportIfNeeded(_ tx: StoreTransaction) throws {
    guard try tx.hasError(step: context.step, type: .needFullObject) else { return }
    try tx.requireFullImport(
      connector.id, because: "a change told of an object that \(connector.name) never showed")
  }

  /// Obsoletion: what a whole import has not seen is gone.
  private func removeUnseen(_ seen: SeenObjects) throws {
    var staging = StagingContext(
      step: context.step, connector: connector.id, relevant: [], indexed: [],
      flowsReferences: context.plan.flowsReferences(connector),
      isTarget: !connector.engine.isSource)
    staging.scopedReferences = context.plan.scopedReferences(of: connector)
    var after: Int64? = 0
    while let last = after {
      try context.checkStop()
      after = try context.store.transaction { tx in
        var stager = try Stager(tx, staging, seen: seen)
        let (next, _) = try stager.stageObsolete(after: last, limit: 5000)
        try context.progress(tx, phase: "completing-obsoletion", amount: 0)
        return next
      }
    }
  }
}
