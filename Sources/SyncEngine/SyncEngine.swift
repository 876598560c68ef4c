import Directory
import Foundation
public import SyncRules
public import SyncStore
import Synchronization

/// The engine: runs cycles and run profiles, keeps the schedule, obeys commands from the store.
///
/// One engine works on a store at a time; its lease proves that. Everything it does it commits in
/// batches, so it may end at any moment: the next engine goes on from what is stored.
public final class SyncEngine: Sendable {
  let store: SyncStore
  let options: EngineOptions
  let connectors: [EngineConnector]
  let rules: RuleSet
  let stopSignal: StopSignal
  /// Where this engine reports to if it only rehearses; nil if its work is meant.
  let report: RehearsalReport?
  /// Whether it reads targets to compare them with what the rules want.
  let verifies: Bool
  /// What the watches of directories have noticed.
  let changes: ChangeDesk
  private let lease: EngineLease
  private let hasPrepared = Atomic(false)
  /// Whether somebody may still be there by a source that is not configured any more; there is none
  /// such that comes while the engine runs.
  private let mayRetire = Atomic(true)
  /// Whether it was asked to stay, which an engine with other options does.
  private let isServiceWanted = Atomic(false)
  /// When it began, by a clock that nobody sets, and which time was believed then.
  let began = Mutex<(believed: Timestamp, instant: ContinuousClock.Instant)?>(nil)
  /// What was last said to be wrong with a configuration that was changed.
  private let toldWrong = Mutex<String?>(nil)

  /// An engine on `store`, which `lease` gives it the right to.
  public init(
    store: SyncStore, lease: EngineLease, connectors: [EngineConnector], rules: RuleSet,
    options: EngineOptions
  ) {
    self.store = store
    self.lease = lease
    self.connectors = connectors
    self.rules = rules
    self.options = options
    stopSignal = StopSignal()
    report = nil
    verifies = false
    changes = ChangeDesk(connectors)
  }

  /// An engine that does on `copy` what `engine` would do, through connectors that can't write.
  init(rehearsing engine: SyncEngine, on copy: SyncStore, verifies: Bool = false) throws {
    self.verifies = verifies
    // What is only rehearsed leaves all that was noticed to the cycles that are meant.
    changes = ChangeDesk([])
    store = copy
    lease = engine.lease
    connectors = engine.connectors.map { connector in
      var connector = connector
      connector.connector = ReadOnlyConnector(connector.connector.readOnly)
      return connector
    }
    rules = engine.rules
    options = engine.options
    stopSignal = engine.stopSignal
    report = RehearsalReport(store: engine.store, youngest: try engine.store.youngest())
  }

  /// Ends the step that runs between two batches; ``run()`` then returns.
  public func stop() { stopSignal.set(.shutDown) }

  /// Works until told to stop, until there has been nothing to do for the time in the options, or
  /// until the configuration is another one; a command that waits then is left to the next engine.
  ///
  /// Passwords are synchronized beside it, and directories watched for changes, as the options and
  /// the connectors say.
  ///
  /// - Throws: ``StoreError`` if the store can't be used any more.
  @discardableResult
  public func run() async throws -> EngineEnd {
    if options.continuation == nil {
      try begin()
    } else {
      try await writeWhenThereIsRoom { try begin() }
    }
    let desk = PasswordDesk()
    guard !options.passwordChannels.isEmpty else {
      return try await whileWatching { try await self.keepDirectory(desk) }
    }
    return try await withThrowingTaskGroup(of: EngineEnd?.self) { group in
      group.addTask {
        do {
          try await self.keepPasswordsWhateverTheDisk(desk)
        } catch {
          // A store that one of them can't use is of no use to the other.
          self.stopSignal.set(.shutDown)
          throw error
        }
        return nil
      }
      group.addTask {
        defer { desk.end() }
        return try await self.whileWatching { try await self.keepDirectory(desk) }
      }
      var end = EngineEnd.done
      for try await result in group {
        guard let result else { continue }
        end = result
        // Passwords may be waiting for a controller or a target that does not answer.
        group.cancelAll()
      }
      return end
    }
  }

  private func begin() throws {
    try prepare()
    try log(.information, 2001, beginning)
  }

  private func keepDirectory(_ desk: PasswordDesk) async throws -> EngineEnd {
    // By a clock that nobody sets: one that was set back would have nothing end.
    let clock = ContinuousClock()
    var idleSince = clock.now
    var purgeAgain = clock.now
    while stopSignal.reason != .shutDown {
      do {
        stopSignal.clearUser()
        let isAsked = try store.look { try $0.hasCommand(directoryShare) }
        let configuration = try lookAtConfiguration(atOnce: isAsked)
        if configuration == .changed { return .configurationChanged }
        // One that comes only now has the configuration looked at for it first.
        if isAsked, try await obeyNext(configuration, desk) {
          if isServiceWanted.load(ordering: .relaxed) { return .serviceWanted }
          idleSince = clock.now
          continue
        }
        if configuration != .changing, try await keepSchedule() {
          idleSince = clock.now
          continue
        }
        if configuration != .changing, try await followChanges() {
          idleSince = clock.now
          continue
        }
        if clock.now >= purgeAgain {
          // A piece at a time; once nothing is left, it is enough to look each minute.
          if try !purge(forSeconds: 0.1) { continue }
          purgeAgain = clock.now + .seconds(60)
        }
        let now = clock.now
        if try desk.isBusy || store.look({ try $0.hasCommand() }) { idleSince = now }
        if let limit = options.idleExitSeconds, now - idleSince > .seconds(limit) {
          break
        }
      } catch let error as StoreError where error.code == .diskFull {
        try await waitForRoom(error)
        // What was begun when there was none is not gone on with.
        try await writeWhenThereIsRoom {
          try store.transaction { _ = try $0.closeAbandoned(isAlive: true) }
        }
      }
      try? await Task.sleep(for: .milliseconds(150))
    }
    try await writeWhenThereIsRoom {
      try refuseWaiting()
      try log(.information, 2002, "The engine stopped")
    }
    return .done
  }

  private var beginning: String {
    switch options.continuation {
    case .configuration:
      "lockstep.toml or the rules changed; the engine goes on by what they say now"
    case .service: "The engine stays from now on, and keeps the schedule"
    case nil: "The engine started (Lockstep \(options.version))"
    }
  }

  /// Says once what is wrong with a configuration that was changed: by the one that was read before
  /// the schedule is kept, and nothing is done that a person asks for.
  func lookAtConfiguration(atOnce: Bool) throws -> ConfigurationState {
    guard let watch = options.configuration else { return .same }
    let state = watch.look(atOnce: atOnce)
    guard state != .changing else { return state }
    var wrong: String?
    if case .wrong(let text) = state { wrong = text }
    // Told only once it stands in the store, where a full disk may not let it.
    try toldWrong.withLock { told in
      guard wrong != told else { return }
      try store.transaction { tx in
        try tx.set("engine.wrong-configuration", wrong)
        guard let wrong else { return }
        try tx.log(
          .error, code: 6126, source: "ADSync",
          CommandStatus.wrongConfiguration + wrong
            + " (the engine keeps the schedule by the one that it read before)")
      }
      told = wrong
    }
    return state
  }

  /// Closes what an engine that vanished left open, and enters the connectors and the rules as they
  /// are configured now.
  ///
  /// - Throws: ``StoreError``.
  public func prepare() throws {
    try store.removeCopies()
    try store.transaction { tx in
      try noteTime(tx)
      for step in try tx.closeAbandoned() {
        try tx.log(
          .error, code: 6329, source: "ADSync",
          "The engine ended during \(step); the step is closed as stopped-server")
      }
      try giveBackWish(tx)
      // They were meant for an engine that is gone, unless this one takes over from it.
      let isFirst =
        !hasPrepared.exchange(true, ordering: .acquiringAndReleasing) && options.continuation == nil
      while isFirst, let command = try tx.takeStopCommand() {
        try tx.finish(
          command: command.id, .refused, outcome: "The engine that it was for had ended already")
      }
      let new = try connectors.map(\.name).filter { try !tx.isConfigured($0) }
      let turned = try connectors.first { try tx.hasOtherRole($0.name, isSource: $0.isSource) }
      let ids = try connectors.map {
        try tx.register(
          name: $0.name, type: $0.type, isSource: $0.isSource, fingerprint: $0.fingerprint)
      }
      try tx.retireConnectors(except: ids)
      // What was told of one that had left is of before.
      for name in new {
        if let id = try tx.connectorID(name) { try tx.setDue(id, changes: [], effects: []) }
      }
      if let name = new.first {
        // What was synchronized without it did not flow there, and was not looked for there.
        try requireFullSync(because: "connector \(name) was added", tx)
      } else if let turned {
        try requireFullSync(
          because: "connector \(turned.name) became a \(turned.isSource ? "source" : "target")", tx)
      } else {
        try requireRetirement(tx)
      }
      try registerPasswordChannels(tx)
      for (id, connector) in zip(ids, connectors) {
        if connector.isSource {
          try tx.forgetExports(toSource: id)
        } else {
          try tx.expectExports(to: id)
        }
        try tx.set(connector.limits, connector: id)
        try tx.set(nil, watchOf: id)
      }
      try noteRules(of: ids, tx)
      try tx.set("engine.staging-configured", options.isStaging ? "true" : "false")
      try tx.set("engine.lock-file", lease.file)
      try tx.set("engine.keeps-schedule", options.keepsSchedule ? "true" : "false")
      try tx.set("engine.wrong-configuration", nil)
      try tx.set("engine.pid", String(ProcessInfo.processInfo.processIdentifier))
    }
    try assessRules()
  }

  /// Makes full synchronizations due with which those leave who came from a source that is not in
  /// lockstep.toml any more, if there are any.
  ///
  /// While somebody can't be synchronized who may be one of them, nobody would leave: an engine that
  /// stays asks again before each cycle.
  func requireRetirement(_ tx: StoreTransaction) throws {
    guard mayRetire.load(ordering: .relaxed) else { return }
    guard let gone = try tx.retiredSource() else {
      return mayRetire.store(false, ordering: .relaxed)
    }
    guard try !tx.hasFailingDisconnectors() else { return }
    try requireFullSync(because: "\(gone) is not in lockstep.toml any more", tx)
  }

  /// Makes a full synchronization due on every connector on which none is.
  func requireFullSync(because reason: String, _ tx: StoreTransaction) throws {
    for connector in connectors {
      guard let id = try tx.connectorID(connector.name),
        try tx.connectorState(id)?.fullSyncReason == nil
      else { continue }
      try tx.requireFullSync(id, because: reason)
    }
  }

  /// Rules that are not those of the last synchronizations make full ones due, and that is said.
  private func noteRules(of ids: [Int64], _ tx: StoreTransaction) throws {
    let known = try tx.setting("rules.fingerprint")
    let evaluation = String(RuleSet.evaluation)
    if try tx.setting("rules.evaluation") != evaluation {
      try tx.set("rules.evaluation", evaluation)
      if known != nil {
        try requireFullSync(because: "this version of Lockstep works some rules out otherwise", tx)
      }
    }
    guard known != rules.fingerprint else { return try KeptRules.complete(rules, tx) }
    try tx.set("rules.fingerprint", rules.fingerprint)
    try tx.set(StoreTransaction.assessedRules, nil)
    try KeptRules.keep(rules, tx)
    if !options.ruleFaults.isEmpty {
      let few = options.ruleFaults.prefix(5).joined(separator: "; ")
      let rest = options.ruleFaults.count - 5
      try tx.log(
        .warning, code: 6126, source: "ADSync",
        "The synchronization rules ask for what can't work, and each export will tell it of every "
          + "object: \(few)\(rest > 0 ? "; and \(rest) more" : ""). "
          + "lockstep rules lint names them with their places")
    }
    guard known != nil else { return }
    for id in ids { try tx.requireFullSync(id, because: "the synchronization rules changed") }
    try tx.log(
      .warning, code: 6126, source: "ADSync",
      "The synchronization rules changed and are not applied yet: a full synchronization is due on "
        + connectors.map(\.name).joined(separator: ", ")
        + ". lockstep due tells which attributes it concerns, and with --rehearse what it would send"
    )
  }

  func log(_ level: EventRow.Level, _ code: Int, _ message: String) throws {
    try store.transaction { try $0.log(level, code: code, source: "ADSync", message) }
  }

  private func refuseWaiting() throws {
    try store.transaction { tx in
      while let command = try tx.takeCommand() {
        try tx.finish(
          command: command.id, .refused, outcome: "The engine was shutting down; ask again")
      }
    }
  }

  // MARK: Commands

  /// Takes the next command and does it; the answer is whether there was one.
  private func obeyNext(
    _ configuration: ConfigurationState, _ desk: PasswordDesk
  ) async throws -> Bool {
    let next = try store.transaction { [try take(configuration, $0)] }[0]
    guard let taken = next else { return false }
    let end: (state: CommandStatus.State, outcome: String)
    var isBrokenOff = false
    do {
      if case .wrong(let text) = configuration, taken.command.needsConfiguration {
        throw EngineError(
          message: CommandStatus.wrongConfiguration + text, hint: "Nothing was done")
      }
      end = (.finished, try await obey(taken, desk))
    } catch let error as EngineError {
      end = (.refused, error.description)
    } catch let error as StoreError where error.code == .diskFull {
      options.tell("\(error)")
      isBrokenOff = true
      end = (.refused, error.description)
    }
    try await writeWhenThereIsRoom {
      try store.transaction { tx in
        if isBrokenOff { _ = try tx.closeAbandoned(isAlive: true) }
        try tx.finish(command: taken.id, end.state, outcome: end.outcome)
      }
    }
    return true
  }

  /// The next command that can be done; while files are being written, none that is done by what
  /// they will say, and none that was asked for after it.
  private func take(
    _ configuration: ConfigurationState, _ tx: StoreTransaction
  ) throws -> TakenCommand? {
    guard let taken = try tx.takeCommand(directoryShare) else { return nil }
    guard configuration == .changing, taken.command.needsConfiguration else { return taken }
    try tx.putBack(command: taken.id)
    return try tx.takeStopCommand()
  }

  private func obey(_ taken: TakenCommand, _ desk: PasswordDesk) async throws -> String {
    switch taken.command {
    case .cycle(let policy):
      let cycle = try await runCycle(policy, requestedBy: taken.requestedBy, command: taken.id)
      return "Cycle \(cycle) ended: " + (try store.look { try $0.outcome(ofCycle: cycle) })
    case .run(let name, let type):
      let run = try await runProfile(
        connector: name, type, requestedBy: taken.requestedBy, command: taken.id)
      return "Run \(run) ended: " + (try store.look { try $0.outcome(ofRun: run) })
    case .stop:
      guard desk.isBusy else { return "Nothing was running" }
      desk.stopTurns()
      return "The synchronization of passwords ends, and waits for no answer; its next turn goes on"
    case .passwords:
      throw EngineError(
        message: "No synchronization of passwords is configured",
        hint: "Set it up under [password_sync] in lockstep.toml")
    case .readConfiguration: return "The engine works by the configuration as it is"
    case .releaseDeletes(let name, let most, let seen):
      let count = try store.transaction { tx in
        guard let id = try tx.connectorID(name) else { throw Self.unknown(name) }
        let count = try tx.releaseDeletes(
          connector: id, until: min(seen ?? taken.filed, taken.filed), by: taken.requestedBy)
        if let most, count > most {
          throw EngineError(
            message: "\(name) holds \(count) deletes back by now, where \(most) were agreed to; "
              + "none was released",
            hint: "Look at them again, and release them if all are meant")
        }
        guard count > 0 else {
          let left = try tx.unreleasedDeleteCount(connector: id)
          throw EngineError(
            message: left == 0
              ? "No delete of \(name) is held"
              : "All \(left) deletes that \(name) holds back came after you asked; none was released",
            hint: "See lockstep held for what is held")
        }
        try tx.log(
          .warning, code: 116, "\(taken.requestedBy) released \(count) deletes of \(name)")
        return count
      }
      return "\(count) deletes of \(name) go out with its next export"
    case .purge(let moment):
      return try purge(before: moment, requestedBy: taken.requestedBy)
    case .release(let held): return try release(held, taken)
    case .preview(let order): return try await preview(order, taken)
    case .verify(let name, let basis):
      _ = try await verify(name, basis, requestedBy: taken.requestedBy, command: taken.id)
      return "\(name) was compared with what the rules want; nothing was sent"
    case .staging(let isOn): return try setStaging(isOn, by: taken.requestedBy)
    case .rehearse(let policy):
      let cycle = try await rehearse(policy, requestedBy: taken.requestedBy, command: taken.id)
      return "Rehearsal, cycle \(cycle), ended"
    case .becomeService:
      guard !options.keepsSchedule || options.idleExitSeconds != nil else {
        return "The engine stays already, and keeps the schedule"
      }
      isServiceWanted.store(true, ordering: .relaxed)
      return "The engine stays from now on, and keeps the schedule"
    case .shutDown:
      stopSignal.set(.shutDown)
      return "The engine ends"
    }
  }

  static func unknown(_ connector: String) -> EngineError {
    EngineError(
      message: "There is no connector called \(connector)",
      hint: "See lockstep connectors for those that there are")
  }

  // MARK: Schedule

  /// Starts a cycle if its time has come; the answer is whether one ran.
  private func keepSchedule() async throws -> Bool {
    guard options.keepsSchedule else { return false }
    let schedule = try store.look { try $0.schedule() }
    guard schedule.isEnabled else { return false }
    let last = try store.look { tx in
      try tx.setting("schedule.last-start").flatMap { Int64($0) }.map {
        Timestamp(milliseconds: $0)
      }
    }
    // A start in the future is a clock that was wrong then: the cycle is due.
    if let last, case let elapsed = Timestamp.now.seconds(since: last), elapsed >= 0,
      elapsed < Double(schedule.intervalSeconds)
    {
      return false
    }
    _ = try await runCycle(
      schedule.nextPolicy ?? .delta, requestedBy: StoreTransaction.scheduleRequester)
    return true
  }
}
