import Directory
import Foundation
import SyncStore
import Synchronization

/// How a step ended.
struct StepResult: Sendable {
  var result: String
  var message = ""
  var hint = ""

  static let success = StepResult(result: "success")

  init(result: String, message: String = "", hint: String = "") {
    self.result = result
    self.message = message
    self.hint = hint
  }

  init(_ failure: ConnectorFailure) {
    result = failure.result.text
    message =
      failure.message + (failure.serverWords.isEmpty ? "" : ": " + failure.serverWords)
    hint = failure.hint
  }
}

/// Whether the engine is to end what it does, and why; set from anywhere, looked at between
/// batches.
final class StopSignal: Sendable {
  enum Reason: Int, Sendable {
    case none, user, shutDown
  }
  private let state = Atomic(0)

  var reason: Reason { Reason(rawValue: state.load(ordering: .acquiring)) ?? .none }

  /// Asks for an end; a shut-down is not taken back by a mere stop.
  func set(_ reason: Reason) { _ = state.max(reason.rawValue, ordering: .acquiringAndReleasing) }

  /// Forgets a person's stop once the run has ended.
  func clearUser() {
    _ = state.compareExchange(
      expected: Reason.user.rawValue, desired: Reason.none.rawValue,
      ordering: .acquiringAndReleasing)
  }

  /// Whether somebody asks for an end, be it by a command in `desk`, which is taken by that.
  func isAsked(at desk: SyncStore) throws -> Bool {
    if reason == .none, try desk.look({ try $0.hasStopCommand() }) { try take(desk) }
    return reason != .none
  }

  /// The same for who stands beside a step: it waits for none of the step's transactions.
  func isAsked(beside desk: SyncStore) throws -> Bool {
    if reason == .none, try desk.snapshot({ try $0.hasStopCommand() }) { try take(desk) }
    return reason != .none
  }

  private func take(_ desk: SyncStore) throws {
    try desk.transaction { tx in
      while let command = try tx.takeStopCommand() {
        set(command.command == .shutDown ? .shutDown : .user)
        try tx.finish(command: command.id, .finished, outcome: "The run ends between two batches")
      }
    }
  }
}

/// A step was asked to end.
struct StepStopped: Error {
  var reason: StopSignal.Reason
  var result: StepResult {
    reason == .shutDown
      ? StepResult(
        result: "stopped-service-shutdown", message: "The engine was told to shut down",
        hint: "What was done is stored; the next cycle goes on")
      : StepResult(
        result: "stopped-user-termination-from-wmi-or-ui", message: "A person stopped the run",
        hint: "What was done is stored; the next cycle goes on")
  }
}

/// What every step needs: its place in the store, the plan, how to stop, how far it has come.
final class StepContext {
  let store: SyncStore
  let plan: SyncPlan
  let connector: ActiveConnector
  let step: Int64
  let batchSize: Int
  /// The store that a rehearsal reports to, and its step there.
  var report: (store: SyncStore, step: Int64)?
  /// Whether the step reads a target to compare it with what the rules want: what it shows is
  /// believed, since nothing comes of it.
  var isVerification = false
  /// Errors after which the step ends.
  var errorLimit = EngineOptions.usualErrorLimit
  /// Seconds for which two objects that exchange their names are waited for once the step is to end.
  var exchangePatience = EngineOptions.usualExchangePatience
  /// Seconds for which references that were sent may not be shown yet; nil for none.
  var lateness = Optional(EngineOptions.usualLateness)
  /// Whether the step sends, and ends once a person asks for staging mode.
  var heedsStaging = false
  private let stop: StopSignal
  private var knownFacts: PlanFacts?
  private var reportedAt: ContinuousClock.Instant?
  private var done = 0
  private var total: Int?
  private var samples: [(time: ContinuousClock.Instant, done: Int)] = []

  init(
    store: SyncStore, plan: SyncPlan, connector: ActiveConnector, step: Int64, batchSize: Int,
    stop: StopSignal
  ) {
    self.store = store
    self.plan = plan
    self.connector = connector
    self.step = step
    self.batchSize = batchSize
    self.stop = stop
  }

  /// What the plan says, worked out when it is first asked for.
  func facts(_ tx: StoreTransaction) throws -> PlanFacts {
    if let knownFacts { return knownFacts }
    let facts = try PlanFacts(plan, tx)
    knownFacts = facts
    return facts
  }

  /// Ends the step here if someone asked for it.
  func checkStop() throws {
    if try stop.isAsked(at: report?.store ?? store) { throw StepStopped(reason: stop.reason) }
    guard heedsStaging, try store.look({ try $0.isStagingMeant() }) else { return }
    throw ConnectorFailure.staging(
      "Staging mode was asked for: nothing more is sent, and what is pending is kept")
  }

  /// Whether the step is to end, as far as that is known.
  var isStopping: Bool { stop.reason != .none }

  func expect(_ total: Int?) { self.total = total }

  /// Says inside `tx` that `amount` more objects are done.
  func progress(_ tx: StoreTransaction, phase: String, amount: Int) throws {
    let phase = isStopping ? StepWatch.stopping : phase
    done += amount
    let now = ContinuousClock.now
    samples.append((now, done))
    while samples.count > 2, now - samples[0].time > .seconds(10) { samples.removeFirst() }
    let span = samples.first.map { (now - $0.time) / .seconds(1) } ?? 0
    let rate = span > 0.2 ? Double(done - samples[0].done) / span : 0
    let total = total.map { max($0, done) }
    try tx.setProgress(step: step, phase: phase, done: done, total: total, rate: rate)
    guard let report, reportedAt.map({ now - $0 >= .seconds(0.5) }) ?? true else { return }
    reportedAt = now
    try report.store.transaction {
      try $0.setProgress(step: report.step, phase: phase, done: done, total: total, rate: rate)
    }
  }

  /// Ends the step if more has failed than it may, with what happens and what to do next.
  func checkErrorLimit(_ failed: String, consequence: String = "") throws {
    guard try errorCount() > errorLimit else { return }
    throw ConnectorFailure(
      .init("stopped-error-limit"), message: "More than \(errorLimit) objects \(failed)",
      hint: "Look at the first errors: they most likely have one cause. \(consequence)To go on in "
        + "spite of them, raise error_limit under [engine] in lockstep.toml")
  }

  func errorCount() throws -> Int { try store.look { try $0.errorCount(step: step) } }
}

extension ConnectorFailure {
  /// Nothing is exported, because this engine stands by.
  static func staging(_ message: String) -> ConnectorFailure {
    ConnectorFailure(
      .init("stopped-export-disabled"), message: message,
      hint: "Turn it off when this engine is to write: lockstep staging off, and in lockstep.toml")
  }
}
