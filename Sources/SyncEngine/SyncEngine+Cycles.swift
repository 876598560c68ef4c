import Directory
import Foundation
public import SyncStore

/// Cycles: every connector is imported and synchronized, every target exported, and what was
/// exported is confirmed by an import.
extension SyncEngine {
  /// Runs a cycle and answers with its number.
  ///
  /// What is due in full on a connector is done so in a Delta, too, on that one alone; the cycle
  /// says why. One in which all is due on every connector is Initial.
  ///
  /// - Throws: ``StoreError``.
  public func runCycle(_ policy: CyclePolicy) async throws -> Int64 {
    try await runCycle(policy, requestedBy: StoreTransaction.programRequester)
  }

  /// Runs a cycle that something else than a person or the schedule may be the cause of.
  func runCycle(
    _ asked: CyclePolicy, requestedBy: String, because cause: String = "", command: Int64? = nil
  ) async throws -> Int64 {
    let (cycle, policy) = try await writeWhenThereIsRoom {
      try store.transaction { tx in
        try giveBackWish(tx)
        try requireRetirement(tx)
        let (policy, need) = try tx.cyclePolicy(try Self.meant(asked, tx))
        let reason = [cause, need].filter { !$0.isEmpty }.joined(separator: "; ")
        let cycle = try tx.beginCycle(policy, requestedBy: requestedBy, reason: reason)
        try tx.set("schedule.last-start", String(Timestamp.now.milliseconds))
        if let command { try tx.attach(command: command, cycle: cycle, run: nil) }
        try tx.log(
          .information, code: 904,
          "\(policy.rawValue) cycle \(cycle) started, asked for by \(requestedBy)"
            + (reason.isEmpty ? "" : ": " + reason))
        try takeWish(tx)
        return (cycle, policy)
      }
    }
    let hasRead = try await runSteps(of: cycle, policy, requestedBy)
    if stopSignal.reason == .user {
      // Who stopped it does not want another one at once.
      changes.rest(Double(try store.look { try $0.schedule() }.intervalSeconds))
    }
    try await writeWhenThereIsRoom {
      try store.transaction { tx in
        try tx.endCycle(cycle)
        // A cycle that was broken off, or could read nothing, leaves the wish for it to the next.
        if stopSignal.reason != .none || !hasRead { try giveBackWish(tx) }
        try tx.set(Self.takenWish, nil)
        let outcome = try tx.outcome(ofCycle: cycle)
        try tx.log(.information, code: 904, "\(policy.rawValue) cycle \(cycle) ended: \(outcome)")
      }
    }
    // What was stopped, or is held, is still due, and may do something else by now.
    try await writeWhenThereIsRoom { try assessRules() }
    do {
      _ = try purge(forSeconds: 1)
    } catch let error as StoreError where error.code == .diskFull {
      // What is old goes later.
      options.tell("\(error)")
    }
    return cycle
  }

  /// The policy of the next cycle where one is asked for: what was wished for it, but never less than
  /// was asked for.
  static func meant(_ asked: CyclePolicy, _ tx: StoreTransaction) throws -> CyclePolicy {
    asked == .initial ? asked : try tx.schedule().nextPolicy ?? asked
  }

  private static let takenWish = "schedule.policy-underway"

  /// Takes the wish for the next cycle's policy, which is this one's: another that comes while it runs
  /// is for the one after it.
  private func takeWish(_ tx: StoreTransaction) throws {
    var schedule = try tx.schedule()
    guard let wish = schedule.nextPolicy else { return }
    try tx.set(Self.takenWish, wish.rawValue)
    schedule.nextPolicy = nil
    try tx.set(schedule)
  }

  /// Leaves the wish that a cycle took and did not fulfil to the next one, unless there is another by
  /// now.
  func giveBackWish(_ tx: StoreTransaction) throws {
    guard let taken = try tx.setting(Self.takenWish) else { return }
    try tx.set(Self.takenWish, nil)
    var schedule = try tx.schedule()
    schedule.nextPolicy = schedule.nextPolicy ?? CyclePolicy(rawValue: taken)
    try tx.set(schedule)
  }

  /// Runs the steps of a cycle; the answer is whether any source could be read.
  @discardableResult
  func runSteps(
    of cycle: Int64, _ policy: CyclePolicy, _ requestedBy: String
  ) async throws -> Bool {
    let isFull = policy == .initial
    let ordered = connectors.filter(\.isSource) + connectors.filter { !$0.isSource }
    let isStaging = try report == nil && store.look { try $0.isStagingMeant() }
    let exporting = ordered.filter {
      $0.connector.capabilities.export && !$0.isSource && !isStaging
    }
    var hasRead = false
    for connector in ordered {
      let outcome = try await importInCycle(connector, isFull: isFull, cycle, requestedBy)
      if stopSignal.reason != .none { return hasRead }
      if connector.isSource, outcome.result.hasRead { hasRead = true }
    }
    try await writeWhenThereIsRoom {
      try synchronizationsBegin(cycle)
      if !isFull && report == nil { try tellWhatCameUp(in: cycle) }
    }
    var stopped: (name: String, outcome: StepOutcome)?
    for connector in ordered {
      let outcome = try await synchronizeInCycle(connector, isFull: isFull, cycle, requestedBy)
      if stopSignal.reason != .none { return hasRead }
      guard ResultSeverity(result: outcome.result.result) == .stopped else { continue }
      // One that did a part of its work says more than one that began with none of it.
      if stopped == nil
        || outcome.result.endedInItsMidst && stopped?.outcome.result.endedInItsMidst == false
      {
        stopped = (connector.name, outcome)
      }
    }
    if let stopped {
      // What earlier cycles left pending is sent though nothing may be synchronized now, unless it is
      // a half, or as old as a backup.
      if let why = try restoredSource().map({ "\($0.message). \($0.hint)" })
        ?? halfCycle().map({ Self.halfWords($0, stopped.name, stopped.outcome) })
      {
        try await sendNothing(cycle, exporting, because: why)
        return hasRead
      }
    } else {
      try await writeWhenThereIsRoom { try synchronizationsAreDone() }
    }
    for connector in exporting {
      let outcome = try await runStep(connector, .export, cycle, requestedBy)
      if stopSignal.reason != .none { return hasRead }
      // What was only rehearsed has not arrived, so nothing could confirm it.
      guard report == nil, try store.look({ try $0.hasExported(step: outcome.step) }) else {
        continue
      }
      try await importInCycle(connector, isFull: false, cycle, requestedBy)
      if stopSignal.reason != .none { return hasRead }
    }
    return hasRead
  }

  /// Says for which reasons a Delta cycle synchronizes more than what changed that came up only when
  /// its directories were asked.
  private func tellWhatCameUp(in cycle: Int64) throws {
    try store.transaction { tx in
      let reason = try tx.addReasons(toCycle: cycle)
      guard !reason.isEmpty else { return }
      try tx.log(.warning, code: 6126, source: "ADSync", "In cycle \(cycle) is due: \(reason)")
    }
  }

  /// Says why a cycle exports nothing.
  private func sendNothing(
    _ cycle: Int64, _ exporting: [EngineConnector], because why: String
  ) async throws {
    guard !exporting.isEmpty else { return }
    try await writeWhenThereIsRoom {
      try log(.warning, 6803, "Nothing is exported in cycle \(cycle): \(why)")
    }
  }

  /// Why nothing is sent where what is pending is a part of what cycle `half` worked out.
  private static func halfWords(
    _ half: String, _ name: String, _ outcome: StepOutcome
  ) -> String {
    guard outcome.result.endedInItsMidst else {
      return
        "cycle \(half) was synchronized in part only, and the synchronization of \(name), step "
        + "\(outcome.step), may not go on: \(outcome.result.message). \(outcome.result.hint)"
    }
    return "the synchronization of \(name), step \(outcome.step), ended in its midst"
      + (outcome.result.result == "stopped-error-limit"
        ? " with too many errors. Nothing leaves until they are mended (lockstep errors), or "
          + "error_limit under [engine] in lockstep.toml is raised"
        : ". The next cycle finishes it first")
  }

  /// Imports as the cycle's policy says; where a full import is due, or a delta can't be had,
  /// everything is read.
  @discardableResult
  func importInCycle(
    _ connector: EngineConnector, isFull: Bool, _ cycle: Int64?, _ requestedBy: String
  ) async throws -> StepOutcome {
    let delta = connector.connector.capabilities.deltaImport
    let isFull = try isFull || state(of: connector)?.fullImportReason != nil
    if !isFull && delta {
      let outcome = try await runStep(connector, .deltaImport, cycle, requestedBy)
      let refused = ConnectorFailure.Result.fullImportRequired.text
      guard outcome.result.result == refused, stopSignal.reason == .none else { return outcome }
    } else if !isFull {
      try await writeWhenThereIsRoom {
        try log(
          .information, 904,
          "\(connector.name) can't be asked for what changed, so everything in it is read")
      }
    }
    let outcome = try await runStep(connector, .fullImport, cycle, requestedBy)
    if delta, stopSignal.reason == .none, try mayLackRenames(connector, outcome) {
      let told = try await runStep(connector, .deltaImport, cycle, requestedBy)
      if ResultSeverity(result: told.result.result) == .stopped { try missRenames(connector) }
    }
    return outcome
  }

  /// Notes that nobody knows who was renamed while a source was read.
  private func missRenames(_ connector: EngineConnector) throws {
    guard let id = try state(of: connector)?.id else { return }
    try store.transaction {
      try $0.requireFullImport(
        id, because: "a delta import did not tell who was renamed while \(connector.name) was read")
    }
  }

  /// Whether a full import of a source may have read somebody before a rename and a group after it,
  /// which then looks as if it had lost a member; a delta tells who was renamed meanwhile.
  private func mayLackRenames(
    _ connector: EngineConnector, _ outcome: StepOutcome
  ) throws -> Bool {
    guard connector.isSource, ResultSeverity(result: outcome.result.result) != .stopped,
      let state = try state(of: connector), state.watermark != nil, state.fullImportReason == nil
    else { return false }
    return try store.look {
      try $0.hasUpdated(step: outcome.step) && $0.hasRemovedReferences(connector: state.id)
    }
  }

  /// Synchronizes as the cycle's policy says; where a full synchronization is due, everything.
  func synchronizeInCycle(
    _ connector: EngineConnector, isFull: Bool, _ cycle: Int64?, _ requestedBy: String
  ) async throws -> StepOutcome {
    let isFull = try isFull || state(of: connector)?.fullSyncReason != nil
    return try await runStep(
      connector, isFull ? .fullSynchronization : .deltaSynchronization, cycle, requestedBy)
  }

  private func state(of connector: EngineConnector) throws -> ConnectorState? {
    try store.look { tx in
      [try tx.connectorID(connector.name).flatMap { try tx.connectorState($0) }]
    }[0]
  }
}

extension StepResult {
  /// Whether an import read what there is, also where a person must say first that it is meant.
  fileprivate var hasRead: Bool {
    ResultSeverity(result: result) != .stopped
      || ["stopped-deletion-limit", "stopped-object-limit"].contains(result)
  }

  /// Whether a synchronization did a part of its work: not one that began with none of it.
  fileprivate var endedInItsMidst: Bool {
    ResultSeverity(result: result) == .stopped && result != "stopped-object-limit"
  }
}
