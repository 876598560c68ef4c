import Configuration
import Directory
import SyncStore

/// Stands between a directory and its connector space: an import that shows far less than the last
/// one, lacks an entry that must be there, or comes from another server stages no delete until a
/// person says that it is right.
struct ImportGuard {
  let context: StepContext
  let isFull: Bool
  /// What a person released for this import: it is believed as far as that goes.
  private let released: [StoreTransaction.ImportHold]
  private let knownServer: (identity: String, fingerprint: String)?

  var connector: ActiveConnector { context.connector }

  init(_ context: StepContext, isFull: Bool) throws {
    self.context = context
    self.isFull = isFull
    let id = context.connector.id
    // What a full import lacked and a person released is for the next full one: a delta tells deletes
    // of its own.
    released = try context.store.look { try $0.importHolds(connector: id) }
      .filter {
        $0.releasedBy != nil && (isFull || !$0.needsFullImport) && !$0.isBehind
      }
    knownServer = try context.store.look { [try $0.knownServer(of: id)] }[0]
  }

  /// What an import is held for.
  struct Finding: Error {
    var kind: String
    var result: String
    var count: Int
    var message: String
    /// How many of them are held already.
    var known = 0
    /// Whether it would be no finding, were it not said that they may be there.
    var isDoubt = false
  }

  /// Whether what a person released covers `count` deletes.
  func isReleased(_ count: Int) -> Bool {
    context.isVerification || !released.isEmpty && count <= released.reduce(0) { $0 + $1.count }
  }

  // MARK: Deletes

  /// What is wrong with taking `missing` objects for deleted; nil if nothing is, or a person has
  /// released it.
  ///
  /// - Parameters:
  ///   - seen: What it showed.
  ///   - doubt: Why they may be there nevertheless, as far as their connector says so.
  func finding(
    missing: [String: (missing: Int, all: Int)], missingCanaries: [String], seen: SeenObjects,
    doubt: String? = nil
  ) throws -> Finding? {
    let count = missing.reduce(0) { $0 + $1.value.missing }
    guard count > 0, !isReleased(count) else { return nil }
    let missing = try ofThoseBefore(missing)
    let total = missing.reduce(0) { $0 + $1.value.all }
    if let name = missingCanaries.first { return canaryFinding(name, count) }
    if isOtherServer { return serverFinding(count) }
    if let doubt { return doubtFinding(doubt, count) }
    // Another object in the place of one is seen, and lacks nothing.
    let staged = try unweighedDeletes([.stageDelete], isOfLack: true)
    if let finding = try limitFinding(count + staged, of: total + staged, staged: staged) {
      return finding
    }
    let few = connector.engine.isSource ? Self.fewOfAType : Self.fewOfTargetsType
    let gone = missing.sorted { $0.key < $1.key }.first {
      $0.value.all >= few && $0.value.missing == $0.value.all && $0.value.all < total
    }
    if let gone { return typeFinding(gone.key, gone.value.all, count) }
    return try hasOldSettings ? containerFinding(seen, count) : nil
  }

  /// What an import lacks, of all that there were before it: as many others in their place make up
  /// for nobody.
  ///
  /// What imports staged that ended in their midst, and were not weighed, was not there before either,
  /// unless they are all that there ever were.
  private func ofThoseBefore(
    _ missing: [String: (missing: Int, all: Int)]
  ) throws -> [String: (missing: Int, all: Int)] {
    let new = try context.store.look { tx in
      let steps = try tx.importsOfUnweighedDeletes(
        connector: connector.id, before: context.step, isOfLack: true)
      return try tx.newcomers(of: steps + [context.step])
    }
    guard new.values.reduce(0, +) < missing.reduce(0, { $0 + $1.value.all }) else {
      return missing
    }
    return Dictionary(
      uniqueKeysWithValues: missing.map { type, found in
        (type, (found.missing, max(found.missing, found.all - new[type, default: 0])))
      })
  }

  /// As many objects of a type do not vanish together by themselves.
  private static let fewOfAType = 20
  /// In a target nobody but this program makes and deletes them as a rule; what is believed to be gone
  /// there is made once more, and stands there twice when it is shown again.
  private static let fewOfTargetsType = 2

  /// How many deletes imports staged that ended in their midst, and that were not weighed since.
  ///
  /// - Parameter isOfLack: Whether they are weighed with what an import does not show, rather than
  ///   with deletes that it tells.
  func unweighedDeletes(_ counters: [Counter], isOfLack: Bool = false) throws -> Int {
    try context.store.look { tx in
      let steps = try tx.importsOfUnweighedDeletes(
        connector: connector.id, before: context.step, isOfLack: isOfLack)
      return try steps.reduce(0) { sum, step in
        try counters.reduce(sum) { try $0 + tx.count($1, step: step) }
      }
    }
  }

  /// What is wrong with so many deletes; nil if they are within the limit.
  ///
  /// - Parameter staged: How many of them are staged already.
  func limitFinding(_ count: Int, of known: Int? = nil, staged: Int = 0) throws -> Finding? {
    let limit = try context.store.look {
      [try $0.limit(connector: connector.id, .importing, .deletes)]
    }[0]
    guard let limit else { return nil }
    // Counting a million objects takes a moment, so it is done only where a share is asked for.
    // What is staged is gone from it, and what this import brought was not there before.
    let moved = try staged - context.store.look { try $0.count(.stageAdd, step: context.step) }
    let total = try known ?? context.store.look { try limit.total(of: connector.id, $0) } + moved
    guard limit.isExceeded(by: count, of: total), !isReleased(count) else { return nil }
    let all =
      try known ?? context.store.look { try $0.stagedCount(connector: connector.id) } + moved
    return Finding(
      kind: GuardedKind.deletes.rawValue, result: "stopped-deletion-limit", count: count,
      message: "\(connector.name) does not show \(count) of its \(all) objects any more, more "
        + "than \(limit.words(exceededBy: count, of: total)); \(Self.unstaged(but: staged))")
  }

  private static func unstaged(but staged: Int) -> String {
    staged == 0
      ? "no delete was staged"
      : "\(staged) of them were staged before, and no other was"
  }

  func canaryFinding(_ name: String, _ count: Int, staged: Int = 0) -> Finding {
    Finding(
      kind: GuardedKind.deletes.rawValue, result: "stopped-deletion-limit", count: count,
      message: "\(connector.name) does not show \(name), which must be there"
        + (count > 1 ? ", nor \(count - 1) others" : "") + "; \(Self.unstaged(but: staged))")
  }

  /// What is wrong with an import some of whose objects could not be read, from another server.
  func strangerFinding(missing: [String: (missing: Int, all: Int)]) -> Finding? {
    guard isOtherServer else { return nil }
    let count = missing.reduce(0) { $0 + $1.value.missing }
    return count == 0 || isReleased(count) ? nil : serverFinding(count)
  }

  private func serverFinding(_ count: Int) -> Finding {
    Finding(
      kind: StoreTransaction.ImportHold.server, result: "stopped-deletion-limit", count: count,
      message: "Another server answers behind \(connector.name) (\(connector.serverIdentity), "
        + "before \(knownServer?.identity ?? "none")) and does not show \(count) objects; no "
        + "delete was staged, and nothing is synchronized")
  }

  private func doubtFinding(_ doubt: String, _ count: Int) -> Finding {
    Finding(
      kind: GuardedKind.deletes.rawValue, result: "stopped-deletion-limit", count: count,
      message:
        "\(connector.name) does not show \(count) objects, and \(doubt); no delete was staged",
      isDoubt: true)
  }

  private func typeFinding(_ type: String, _ all: Int, _ count: Int) -> Finding {
    Finding(
      kind: GuardedKind.deletes.rawValue, result: "stopped-deletion-limit", count: count,
      message: "\(connector.name) shows none of its \(all) objects of type \(type) any more, as "
        + "when the right to read them is lost; no delete was staged")
  }

  /// An import without any object.
  func emptyFinding(staged: Int) -> Finding? {
    guard !isReleased(staged) else { return nil }
    return Finding(
      kind: GuardedKind.deletes.rawValue, result: "completed-no-objects", count: staged,
      message: "The directory showed no object at all; nothing is taken for deleted")
  }

  /// Another server than at the last full import, though nobody has changed the settings since.
  private var isOtherServer: Bool {
    guard let knownServer else { return false }
    return !connector.isServer(known: knownServer.identity) && hasOldSettings
  }

  /// Whether nobody has changed the settings since the last full import: who leaves a container out does
  /// not lose the right to read it.
  private var hasOldSettings: Bool { knownServer?.fingerprint == connector.engine.fingerprint }

  /// The entries that must be there and are not among what this import has seen.
  func missingCanaries(_ seen: SeenObjects) throws -> [String] {
    try context.store.look { tx in
      try connector.engine.canaries.filter { name in
        guard let id = try tx.stagedID(connector: connector.id, dn: name) else { return true }
        return !seen.contains(id)
      }.map(\.text)
    }
  }

  // MARK: Other changes

  /// What there was too much of among what is staged now, also by imports before this one that
  /// ended in their midst; nothing for a first import.
  func changeFindings(beganEmpty: Bool) throws -> [Finding] {
    guard !beganEmpty && !context.isVerification else { return [] }
    return try context.store.look { tx in
      let steps = try tx.unweighedImports(connector: connector.id, before: context.step)
      guard try steps.isEmpty || !isFirst(steps + [context.step], tx) else { return [] }
      return try changeFindings(of: steps + [context.step], tx)
    }
  }

  /// Whether what is staged is all from these imports: together they are the first.
  private func isFirst(_ steps: [Int64], _ tx: StoreTransaction) throws -> Bool {
    let adds = try steps.reduce(0) { try $0 + tx.count(.stageAdd, step: $1) }
    return try adds >= tx.stagedCount(connector: connector.id)
  }

  /// What there was too much of among what imports staged that ended in their midst, before a
  /// synchronization takes it; nothing if one of them was the first.
  func unweighedFindings() throws -> [Finding] {
    try context.store.look { tx in
      let steps = try tx.unweighedImports(connector: connector.id, before: context.step)
      guard try !steps.isEmpty && !isFirst(steps, tx) else { return [] }
      return try changeFindings(of: steps, tx)
    }
  }

  private func changeFindings(
    of steps: [Int64], _ tx: StoreTransaction
  ) throws -> [Finding] {
    let counters: [(GuardedKind, Counter)] = [
      (.adds, .stageAdd), (.updates, .stageUpdate), (.renames, .stageRename),
    ]
    return try counters.compactMap { kind, counter in
      guard let limit = try tx.limit(connector: connector.id, .importing, kind) else {
        return nil
      }
      let counted = kind == .adds ? [counter, .stageDeleteAdd] : [counter]
      var count = try counted.reduce(0) { sum, counter in
        try steps.reduce(sum) { try $0 + tx.count(counter, step: $1) }
      }
      let total = try limit.total(of: connector.id, tx)
      guard limit.isExceeded(by: count, of: total) else { return nil }
      if !connector.engine.isSource {
        // What was exported comes back, and is no surprise.
        let isLate = connector.engine.connector.capabilities.mayShowWritesLate
        count -= try tx.confirmations(
          of: steps, counted, connector: connector.id,
          lag: isLate ? 2 * ImportStep.patience : 0)
        guard limit.isExceeded(by: count, of: total) else { return nil }
      }
      let hold = try unreleased(tx).first { $0.kind == kind.rawValue }
      // What puts it right again is a change, too.
      if let hold, try isOvercome(hold, tx) { return nil }
      let upTo = try hold == nil ? 0 : heldUpTo(kind.rawValue, tx)
      let known = try counted.reduce(0) { sum, counter in
        try steps.filter { $0 <= upTo }.reduce(sum) { try $0 + tx.count(counter, step: $1) }
      }
      return Finding(
        kind: kind.rawValue, result: "stopped-object-limit", count: count,
        message: "\(connector.name) told \(count) \(kind.rawValue), more than "
          + "\(limit.words(exceededBy: count, of: total)); they are staged, and nothing is "
          + "synchronized", known: min(known, count))
    }
  }

  // MARK: Keeping

  /// Keeps what the import is held for, and says it in the log; what a person released before is
  /// used up.
  ///
  /// It belongs into the transaction that ends the import: one that has come to its end and is not
  /// held is believed.
  func settle(_ findings: [Finding], endsPresence: Bool = false, _ tx: StoreTransaction) throws {
    // Too many adds, or updates, say nothing of who answers.
    if isFull && !findings.contains(where: { Self.ofDeletes.contains($0.kind) }) {
      try noteServer(tx)
    }
    let before = try unreleased(tx)
    try tx.endHolds(connector: connector.id, kinds: Self.ofDeletes, ofFullImports: isFull)
    try endOvercome(but: findings, tx)
    try hold(findings, before: before, endsPresence: endsPresence, tx)
  }

  /// The kinds of holds for what an import did not show.
  private static let ofDeletes = [
    GuardedKind.deletes.rawValue, StoreTransaction.ImportHold.server,
  ]

  private func noteServer(_ tx: StoreTransaction) throws {
    try tx.setKnownServer(
      of: connector.id, identity: connector.serverIdentity,
      fingerprint: connector.engine.fingerprint)
  }

  private func unreleased(_ tx: StoreTransaction) throws -> [StoreTransaction.ImportHold] {
    try tx.importHolds(connector: connector.id).filter { $0.releasedBy == nil }
  }

  /// Settles an import some of whose objects could not be read: they end no hold and excuse nothing,
  /// but a delta has used up what a person released for it.
  func settleUnread(_ findings: [Finding], endsPresence: Bool, _ tx: StoreTransaction) throws {
    let before = try unreleased(tx)
    if isFull, released.contains(where: { $0.kind == StoreTransaction.ImportHold.server }),
      !findings.contains(where: { Self.ofDeletes.contains($0.kind) })
    {
      // A person has said that it is the right one.
      try noteServer(tx)
    }
    if !isFull && !endsPresence {
      try tx.endHolds(
        connector: connector.id, kinds: Self.ofDeletes, ofFullImports: false, releasedOnly: true)
    }
    try endOvercome(but: findings, tx)
    try hold(findings, before: before, endsPresence: endsPresence, tx)
  }

  /// Ends what earlier imports are held for where too much of it is not staged any more: somebody
  /// put it right where it comes from, or raised the limit.
  private func endOvercome(but findings: [Finding], _ tx: StoreTransaction) throws {
    for hold in try unreleased(tx) where !findings.contains(where: { $0.kind == hold.kind }) {
      guard try isOvercome(hold, tx) else { continue }
      try tx.endHolds(connector: connector.id, kinds: [hold.kind], ofFullImports: true)
      try tx.log(
        .information, code: 116,
        "\(connector.name) is held for too many \(hold.kind) no more: what is staged of them is "
          + "within the limit")
    }
  }

  /// Whether what is left of the adds, updates or renames that an import is held for would pass.
  private func isOvercome(
    _ hold: StoreTransaction.ImportHold, _ tx: StoreTransaction
  ) throws -> Bool {
    guard let kind = GuardedKind(rawValue: hold.kind), kind != .deletes else { return false }
    guard let limit = try tx.limit(connector: connector.id, .importing, kind) else { return true }
    // Of a target no more is staged than what rules read: whatever else changed there is held, too.
    let tellsAll = connector.engine.isSource || kind == .adds
    let plan = context.plan
    let left =
      tellsAll
      ? try tx.stagedChanges(
        connector: connector.id, kind,
        tellsReferences: plan.flowsReferences(connector)
          || plan.scopedReferences(of: connector).isEmpty)
      : hold.count
    return !limit.isExceeded(by: left, of: try limit.total(of: connector.id, tx))
  }

  /// Keeps what is held before a synchronization, and says it in the log; what is held already is
  /// weighed again by each synchronization.
  func hold(_ findings: [Finding], _ tx: StoreTransaction) throws {
    let before = try unreleased(tx)
    try hold(
      findings.filter { $0.known < $0.count }, before: before, endsPresence: false, tx)
  }

  /// Up to which step what is held of a kind was counted.
  private func heldUpTo(_ kind: String, _ tx: StoreTransaction) throws -> Int64 {
    Int64(try tx.setting(heldKey(kind)) ?? "") ?? 0
  }

  private func heldKey(_ kind: String) -> String { "connector.\(connector.id).held-up-to.\(kind)" }

  /// Keeps what the import is held for, and says it in the log.
  ///
  /// - Parameters:
  ///   - before: What is held and not released.
  ///   - endsPresence: Whether it told what is there by showing it, as a full one does.
  private func hold(
    _ findings: [Finding], before: [StoreTransaction.ImportHold], endsPresence: Bool,
    _ tx: StoreTransaction
  ) throws {
    for finding in findings {
      let isOfChanges = finding.result == "stopped-object-limit"
      var hold = StoreTransaction.ImportHold(
        connector: connector.id, kind: finding.kind, count: finding.count,
        message: finding.message, needsFullImport: (isFull || endsPresence) && !isOfChanges)
      // Those that were held before are staged, too, and are synchronized with these.
      if let earlier = before.first(where: { $0.kind == finding.kind }) {
        if isOfChanges {
          hold.count += max(0, earlier.count - finding.known)
          hold.message += "; with those that were held before, \(hold.count)"
        }
        if try tx.whole(hold).count <= earlier.count {
          // Who has seen so many held and releases them means these, too.
          hold.since = earlier.since
        }
      }
      try tx.hold(hold)
      if isOfChanges { try tx.set(heldKey(finding.kind), String(context.step)) }
      try tx.log(.warning, code: 116, hold.message)
    }
  }

  /// Ends what an earlier import is held for if a full one with objects that could not be read, which
  /// removes nothing, shows the others again.
  ///
  /// What a person released stays so.
  func endRefuted(
    by seen: SeenObjects, missing: [String: (missing: Int, all: Int)]
  ) throws {
    guard released.isEmpty,
      try !ofThoseBefore(missing).allSatisfy({ $0.value.missing == $0.value.all }),
      try finding(missing: missing, missingCanaries: missingCanaries(seen), seen: seen) == nil
    else { return }
    try context.store.transaction { tx in
      try tx.endHolds(connector: connector.id, kinds: Self.ofDeletes, ofFullImports: true)
    }
  }

  /// The step's result for what the import is held for.
  func result(_ finding: Finding) -> StepResult {
    StepResult(
      result: finding.result, message: finding.message,
      hint: (finding.isDoubt
        ? "If nothing was lost there, they were deleted, and it may be released. " : "")
        + "See that the account still has its rights, the containers exist and the server is the "
        + "right one. If it is meant: lockstep release import "
        + ShellText.quoted(connector.name))
  }
}
