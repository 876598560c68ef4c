import Directory
import Foundation
import SyncRules
import SyncStore

/// Full Import and Delta Import: reads a directory and stages what it says.
struct ImportStep {
  let context: StepContext
  let isFull: Bool

  var connector: ActiveConnector { context.connector }

  /// How many objects a transaction of a full import takes at least: neighbours in an index then
  /// share a page's write.
  private static let fullBatch = 4000

  /// Runs the step.
  ///
  /// - Throws: ``ConnectorFailure``, ``StepStopped``, ``StoreError``.
  func run() async throws -> StepResult {
    do {
      return try await read()
    } catch let failure as ConnectorFailure
      where [.serverBehind, .filesDoubted].contains(failure.result)
    {
      throw try held(failure)
    }
  }

  private func read() async throws -> StepResult {
    let began = Timestamp.now
    let store = context.store
    let id = connector.id
    let state = try store.look { try $0.connectorState(id) }
    let watermark = isFull ? nil : try checked(state)
    let loss = try loss()
    var request = ImportRequest(
      watermark: watermark, staged: StagedInStore(store: store, connector: id),
      stagedUpTo: try readBefore(state)
    ) {
      try store.look { try $0.stagedCount(connector: id) }
    }
    request.stagedAt = try readLast()
    request.readTypes = context.plan.typesRead(of: connector)
    request.wasSetBack = loss?.isUnread == true
    if isFull { context.expect(try store.look { try $0.stagedCount(connector: id) }) }
    let reader = try await connector.engine.connector.openImport(request)
    let followsRename = try store.look { try $0.isRenameDue(id) }
    // Until it has ended, what is stored may be neither the old state nor the new one.
    if isFull && (state?.fullImportReason == nil || followsRename) {
      try store.transaction {
        try $0.requireFullImport(id, because: "a full import of \(connector.name) did not finish")
      }
    }
    let warden = try ImportGuard(context, isFull: isFull)
    let beganEmpty = try isFull && !connector.hasObjects(store)
    try JoinIndexes.expectImport(of: id, indexing: indexed, isEmpty: beganEmpty, store)
    var shown =
      isFull
      ? try await stage(reader, beganEmpty: beganEmpty) : try await stageDelta(reader, warden)
    // One that was broken off has shown nothing of what it did not come to.
    try context.checkStop()
    try await lookAgain(reader, &shown)
    if !shown.hasCaughtUp { shown.loss = loss?.words }
    shown.followsRename = followsRename
    let result = try finish(shown, beganEmpty: beganEmpty, warden: warden)
    // What it could not read, or held, may be what was sent; errors of single objects say nothing of
    // the others.
    guard !isFull, !connector.engine.isSource,
      [StepResult.success.result, "completed-sync-errors"].contains(result.result)
    else { return result }
    try settleUnshown(sentBefore: began)
    return try context.errorCount() > 0 ? StepResult(result: "completed-sync-errors") : result
  }

  /// What an import has shown.
  struct Shown {
    /// When it began to be read.
    let began = Timestamp.now
    var seen = SeenObjects()
    /// Whether all that it did not show is gone.
    var endsPresence = false
    /// Why that may be there nevertheless.
    var doubt: String?
    /// Whether a server that was set back has all again that it had told before.
    var hasCaughtUp = false
    /// What the server was found to have lost before; nil if that is nothing, or settled.
    var loss: String?
    /// Whether it told where a delta begins.
    var bringsWatermark = false
    /// Whether it was due since something was renamed during the one before.
    var followsRename = false

    mutating func note(_ batch: ImportBatch) {
      endsPresence = endsPresence || batch.endsPresencePhase
      doubt = doubt ?? batch.doubt
      hasCaughtUp = hasCaughtUp || batch.hasCaughtUp
      bringsWatermark = bringsWatermark || batch.watermark != nil
    }
  }

  /// How long a target that may show writes late is given to show one.
  static let patience: Double = 3600

  /// Seconds for which references that a target took may not be shown yet; nil for a target that shows
  /// at once what it took.
  private var lateness: Double? {
    connector.engine.connector.capabilities.mayShowWritesLate ? context.lateness : nil
  }

  /// Compares with what was sent what a delta did not tell of: the target took it and changed nothing.
  private func settleUnshown(sentBefore began: Timestamp) throws {
    let isLate = connector.engine.connector.capabilities.mayShowWritesLate
    let moment = began.adding(seconds: isLate ? -Self.patience : 0)
    // What lacks references alone may have been told before these were shown.
    let ofReferences = lateness.map { began.adding(seconds: -$0) } ?? moment
    var after: Int64? = 0
    while let last = after {
      try context.checkStop()
      after = try context.store.transaction { tx in
        var stager = try Stager(tx, staging, seen: SeenObjects())
        stager.blame = { try context.blame(&$0, tx) }
        return try stager.settleUnshown(
          sentBefore: moment, references: ofReferences, after: last, limit: 1000)
      }
    }
  }

  /// Compares with what was sent the objects that were told before what they refer to.
  func settleAwaiting(_ seen: SeenObjects) throws {
    var rest = seen.awaiting.sorted()[...]
    while !rest.isEmpty {
      try context.checkStop()
      let some = rest.prefix(1000)
      rest = rest.dropFirst(some.count)
      try context.store.transaction { tx in
        var stager = try Stager(tx, staging, seen: SeenObjects())
        stager.blame = { try context.blame(&$0, tx) }
        try stager.settleAwaiting(some)
      }
    }
  }

  /// Settles references by names which those that were meant have lost; the answer is a name of which
  /// only another full import can tell who was meant, if there is one.
  func settleOutdated(_ seen: SeenObjects) throws -> String? {
    guard isFull else { return nil }
    var unknown: String?
    var rest = seen.outdatedReferrers[...]
    while !rest.isEmpty {
      try context.checkStop()
      let some = rest.prefix(1000)
      rest = rest.dropFirst(some.count)
      let found = try context.store.transaction { tx in
        var stager = try Stager(tx, staging, seen: seen)
        return try stager.settleOutdated(some)
      }
      unknown = unknown ?? found
    }
    return unknown
  }

  /// What staging must know of the connector.
  private var staging: StagingContext {
    var staging = StagingContext(
      step: context.step, connector: connector.id,
      relevant: context.plan.relevantAttributes(of: connector), indexed: indexed,
      flowsReferences: context.plan.flowsReferences(connector),
      isTarget: !connector.engine.isSource)
    staging.scopedReferences = context.plan.scopedReferences(of: connector)
    staging.lateSince = lateness.map { Timestamp.now.adding(seconds: -$0) }
    staging.equalities = connector.schema.attributes.mapValues(\.equality)
      .filter { $0.value != .exact }
    return staging
  }

  /// The attributes under whose values outbound joins find the connector's objects.
  private var indexed: Set<AttributeName> {
    context.plan.rules.indexedConnectorAttributes(connector: connector.name)
  }

  /// The watermark of a delta import, if it may be used.
  private func checked(_ state: ConnectorState?) throws -> Watermark {
    func refused(_ reason: String) -> ConnectorFailure {
      ConnectorFailure(
        .fullImportRequired, message: "A delta import is not possible: \(reason)",
        hint: "Run a full import of \(connector.name)")
    }
    if let reason = state?.fullImportReason { throw refused(reason) }
    guard let state, let watermark = state.watermark else {
      throw refused("connector \(connector.name) has no watermark")
    }
    if !connector.isServer(known: state.watermarkIdentity) {
      throw refused(
        "another server answers (\(connector.serverIdentity), before \(state.watermarkIdentity))")
    }
    if let last = try context.store.look({ [try $0.lastRead(connector.id)] })[0],
      last.adding(seconds: Self.memory) < .now || last > .now.adding(seconds: Self.ahead)
    {
      throw refused(
        "\(connector.name) was last asked for changes on \(last.description.prefix(10)), and may have "
          + "forgotten by now whom it deleted since")
    }
    return watermark
  }

  /// For how many seconds a directory is believed to know whom it deleted.
  ///
  /// Active Directory does for 60 days at least where nobody has changed that, others for less.
  private static let memory = 30.0 * 86_400

  /// By how many seconds a moment that was noted may lie ahead: the clock was wrong by then.
  private static let ahead = 86_400.0

  /// Stages a delta in windows; each is read whole before the first of its changes is staged, so
  /// that too many deletes are noticed in time.
  private func stageDelta(
    _ reader: any ImportReader, _ warden: ImportGuard
  ) async throws -> Shown {
    var shown = Shown()
    var read = 0
    var watch = try DeltaWatch(warden)
    var isOver = false
    while !isOver {
      var window: [ImportBatch] = []
      var count = 0
      while count < DeltaWatch.window, !isOver {
        try context.checkStop()
        guard let batch = try await Self.next(reader, atLeast: 0) else {
          isOver = true
          break
        }
        count += batch.changes.count
        window.append(batch)
        if batch.endsWindow { break }
      }
      try await weigh(window, &watch, afterStaging: read, isOver ? nil : reader)
      for (index, batch) in window.enumerated() {
        try context.checkStop()
        shown.seen = try store(batch, seen: shown.seen, read: &read, beganEmpty: false)
        shown.note(batch)
        if !isOver || index < window.count - 1 { try checkErrorLimit() }
      }
      watch.noteStaged()
    }
    return shown
  }

  /// Counts the deletes of a window; too many are counted to the end, as far as nothing must be
  /// staged to read on, since a person decides by how many there are.
  ///
  /// When a delta is stopped in its middle, only a full import can tell how many there were.
  ///
  /// - Parameter rest: What comes after the window.
  private func weigh(
    _ window: [ImportBatch], _ watch: inout DeltaWatch, afterStaging read: Int,
    _ rest: (any ImportReader)?
  ) async throws {
    for batch in window { try watch.count(batch) }
    guard var finding = try watch.finding() else { return }
    if let rest, window.last?.endsWindow != true {
      try await count(rest, &watch)
      finding = try watch.finding() ?? finding
    }
    if read > 0 {
      try context.store.transaction {
        try $0.requireFullImport(
          connector.id, because: "a delta import of \(connector.name) told too many deletes")
      }
    }
    try watch.refuse(finding)
  }

  /// Counts the deletes of what can be read without staging anything.
  private func count(_ rest: any ImportReader, _ watch: inout DeltaWatch) async throws {
    do {
      while let batch = try await Self.next(rest, atLeast: 0) {
        try context.checkStop()
        try watch.count(batch)
        if batch.endsWindow { return }
      }
    } catch is ConnectorFailure {
      // There were too many before.
    }
  }

  /// Ends the step if so many objects could not be read that it is of no use to go on to others.
  ///
  /// Not looked at after the last batch: an import that has read everything is a whole one.
  private func checkErrorLimit() throws {
    // What was read and is not what was sent is no reason to read no more.
    guard try context.errorCount() > context.errorLimit,
      try context.store.look({ [step = context.step] in try $0.discoveryErrorCount(step: step) })
        > context.errorLimit
    else { return }
    try context.checkErrorLimit("could not be read, and there are others that were not")
  }

  private func stage(
    _ reader: any ImportReader, beganEmpty: Bool
  ) async throws -> Shown {
    var shown = Shown()
    var read = 0
    var batch = try await Self.next(reader, atLeast: Self.fullBatch)
    while let current = batch {
      try context.checkStop()
      if current.endsPresencePhase == false {
        // The next batch is read while this one is stored.
        async let following = Self.next(reader, atLeast: Self.fullBatch)
        shown.seen = try store(current, seen: shown.seen, read: &read, beganEmpty: beganEmpty)
        batch = try await following
      } else {
        shown.seen = try store(current, seen: shown.seen, read: &read, beganEmpty: beganEmpty)
        batch = try await Self.next(reader, atLeast: 0)
      }
      shown.note(current)
      if batch != nil { try checkErrorLimit() }
    }
    return shown
  }

  /// The next batch, with those that must be stored together with it.
  private static func next(
    _ reader: any ImportReader, atLeast count: Int
  ) async throws -> ImportBatch? {
    guard var batch = try await reader.next() else { return nil }
    while batch.isContinued || batch.changes.count < count, let more = try await reader.next() {
      batch.changes += more.changes
      batch.errors += more.errors
      batch.reports += more.reports
      batch.watermark = more.watermark ?? batch.watermark
      batch.endsPresencePhase = batch.endsPresencePhase || more.endsPresencePhase
      batch.doubt = batch.doubt ?? more.doubt
      batch.hasCaughtUp = batch.hasCaughtUp || more.hasCaughtUp
      batch.fractionRead = more.fractionRead
      batch.isContinued = more.isContinued
      batch.endsWindow = more.endsWindow
    }
    return batch
  }

  func store(
    _ batch: ImportBatch, seen: SeenObjects, read: inout Int, beganEmpty: Bool
  ) throws -> SeenObjects {
    var staging = staging
    staging.beganEmpty = beganEmpty
    staging.isFull = isFull
    read += batch.changes.count
    if let fraction = batch.fractionRead, fraction > 0.02 {
      context.expect(Int(Double(read) / fraction))
    }
    let (nowSeen, metKnownObjects) = try context.store.transaction { tx in
      var stager = try Stager(tx, staging, seen: seen)
      stager.blame = { try context.blame(&$0, tx) }
      let (nowSeen, result) = try stager.stage(batch)
      if result.errors > 0 && !isFull { try requireFullImportIfNeeded(tx) }
      if batch.endsPresencePhase && !isFull {
        // What is gone is told by what was not seen now, and a later delta does not tell it again.
        try tx.requireFullImport(
          connector.id,
          because: "a delta import of \(connector.name) ended before what is gone was removed")
      }
      if let watermark = batch.watermark {
        try tx.setWatermark(
          watermark, identity: connector.serverIdentity, connector: connector.id)
      }
      try context.progress(tx, phase: "staging", amount: batch.changes.count)
      return (nowSeen, result.metKnownObjects)
    }
    if beganEmpty && metKnownObjects { try context.store.completeIndexes() }
    return nowSeen
  }
}
