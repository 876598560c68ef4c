import Cells
import Directory
public import SyncStore

/// A command that was filed and whose outcome is not known yet.
struct WatchedCommand: Hashable, Sendable {
  var id: Int64
  var command: EngineCommand
  /// Whether an engine was started to take it.
  var hasEngine: Bool
  /// When it was filed; nil while nobody looked.
  var since: Timestamp?
  /// Whether an engine was seen to have taken it.
  var isTaken = false
  /// The last thing that had been asked for when it was found in the hands of an engine that seemed to
  /// be gone; nil if it was not.
  var lostAfter: Int?
  /// Why no engine could be started to take it, while it is being taken back.
  var withdrawal: String?
}

extension ConsoleState {
  private var isEngineAbsent: Bool { status?.state ?? .absent == .absent }

  /// A command has been filed: an engine is started if none is there to take it.
  mutating func filed(_ command: EngineCommand, _ id: Int64) -> [Effect] {
    ownCommands.insert(id)
    leaveFiling(command)
    settleReversal(isDone: true) { $0 == .ask(command) }
    releaseFiled(command, id)
    let starts = isEngineAbsent && command != .stop
    watched.append(WatchedCommand(id: id, command: command, hasEngine: starts, since: now))
    isWatchStale = true
    isHeaderStale = true
    // It is in a store: what could not be had for want of one can be had now.
    for slot in pending.keys where pending[slot]?.retryAt != nil { pending[slot]?.retryAt = now }
    forEachScreen { $0.filed(command, id) }
    if stacks[.operations]?.count == 1, command.isSeenInHistory {
      // Who asks for a run wants to see how it goes, whatever run was looked at before.
      if case .operations(var operations)? = stacks[.operations]?[0] {
        operations.goToNewest()
        stacks[.operations]?[0] = .operations(operations)
      }
    }
    return starts ? [.startEngine] : []
  }

  /// Lets every screen of every view take part in something, also those that one may go back to.
  mutating func forEachScreen(_ change: (inout any ScreenModel) -> Void) {
    for view in ViewID.allCases {
      for path in [\ConsoleState.stacks, \ConsoleState.leftScreens] {
        for index in self[keyPath: path][view]?.indices ?? 0..<0 {
          guard var model = self[keyPath: path][view]?[index].model else { continue }
          change(&model)
          self[keyPath: path][view]?[index].model = model
        }
      }
    }
  }

  /// What became of the oldest command.
  mutating func outcome(_ status: CommandStatus?) -> [Effect] {
    isWatchStale = false
    guard let first = watched.first else { return [] }
    guard let status else {
      drop()
      let words = "The store does not know the " + first.command.words + " any more"
      _ = releaseEnded(first.id, "the store does not know it any more")
      giveUp([first], words)
      return []
    }
    guard status.id == first.id else { return [] }
    switch status.state {
    case .filed: return engineFor(first)
    case .taken:
      watched[0].isTaken = true
      noteLost(first)
    case .finished, .refused:
      drop()
      forEachScreen { $0.ended(status) }
      if releaseEnded(status.id, status.state == .refused ? status.outcome : nil) { break }
      let words = watched.isEmpty ? "" : " the earlier " + first.command.words
      if status.state == .refused {
        tell("The engine refused" + words + ": " + status.outcome, .toastError)
      } else if !status.outcome.isEmpty {
        tell(status.outcome, .toastInfo)
      }
    }
    return []
  }

  private mutating func drop() {
    watched.removeFirst()
    isWatchStale = !watched.isEmpty
  }

  /// The engine that was there when a command was filed may have been about to leave.
  private mutating func engineFor(_ first: WatchedCommand) -> [Effect] {
    guard isEngineAbsent, !first.hasEngine, first.command != .stop else { return [] }
    watched[0].hasEngine = true
    isHeaderStale = true
    return [.startEngine]
  }

  /// What an engine had taken that is gone will not be finished; only a look at the engine after
  /// the one at the command can tell.
  ///
  /// Where none has been had yet, nobody knows that it is gone.
  private mutating func noteLost(_ first: WatchedCommand) {
    guard status?.state == .absent else {
      watched[0].lostAfter = nil
      isHeaderStale = isHeaderStale || status == nil
      return
    }
    guard let lostAfter = first.lostAfter, headerTicket > lostAfter else {
      watched[0].lostAfter = first.lostAfter ?? lastTicket
      isHeaderStale = true
      return
    }
    drop()
    let words =
      "The engine ended before it had finished the " + first.command.words
      + "; the next one goes on from what is stored"
    tell(words, .toastError)
    _ = releaseEnded(first.id, "the engine ended")
    giveUp([first], words)
  }

  /// No engine could be started: what was filed for it is taken back, or one that somebody starts
  /// another day would do it.
  mutating func engineFailed(_ fault: Fault) -> [Effect] {
    let words = "No engine could be started: " + fault.message + ". " + fault.hint
    tell(words, .toastError)
    let left = watched.indices.filter {
      watched[$0].hasEngine && !watched[$0].isTaken && watched[$0].withdrawal == nil
    }
    for index in left { watched[index].withdrawal = words }
    giveUp(left.map { watched[$0] }, words)
    return left.map { .withdraw(watched[$0].id) }
  }

  /// What became of a command that was to be taken back.
  mutating func withdrawn(_ id: Int64, _ outcome: Result<Bool, StoreError>) {
    if let what = takenBack.removeValue(forKey: id) {
      settleTakenBack(id, what, outcome)
      return
    }
    guard let index = watched.firstIndex(where: { $0.id == id }),
      let words = watched[index].withdrawal
    else { return }
    let what = watched[index].command.words
    switch outcome {
    case .success(true):
      watched.remove(at: index)
      isWatchStale = !watched.isEmpty
      if releaseEnded(id, words) { break }
      tell(words + " The " + what + " is asked for no more.", .toastError)
    case .success(false):
      // An engine has taken it after all.
      watched[index].withdrawal = nil
      isWatchStale = true
    case .failure(let error):
      watched[index].withdrawal = nil
      tell(
        words + " The " + what + " stays asked for, and the next engine does it: "
          + error.message + ". " + error.hint, .toastError)
    }
  }

  /// Tells screens that wait for what commands bring that nobody works on these now.
  mutating func giveUp(_ commands: [WatchedCommand], _ reason: String) {
    for command in commands { forEachScreen { $0.givenUp(command.id, reason) } }
  }

  /// Tells of what others started; for a screen reader also of what begins and ends.
  mutating func announce(_ status: EngineStatus, _ progress: RunProgress?) {
    let before = self.progress?.step
    if let step = progress?.step, step.id != before?.id {
      let isOurs = step.requestedBy == options.requestedBy
      let isNew = step.number != toldRun
      toldRun = step.number
      let time = options.clock.dateAndTime(step.started).suffix(8).prefix(5)
      // Who was told of as having asked for it need not be told of again when it begins.
      let isTold = toldBy == step.requestedBy
      if isNew { toldBy = nil }
      if isNew, !isOurs, !isTold, self.status != nil {
        let what = step.policy.map { $0.rawValue + " cycle" } ?? step.type.profileName
        tell("\(what) started by \(step.requestedBy), \(time)")
      } else if options.plain {
        tell("Running: " + step.type.profileName + " on " + step.connector)
      }
    } else if options.plain, let before, progress == nil {
      tell("Ended: " + before.type.profileName + " on " + before.connector)
    }
    if options.plain, let old = self.status, old.openErrors != status.openErrors {
      tell("Open errors: " + Format.count(status.openErrors))
    }
  }

  /// A rule file has been edited.
  mutating func edited(_ file: String, _ isChanged: Bool, _ fault: Fault?) {
    if let fault {
      tell(fault.message + ". " + fault.hint, .toastError)
      return
    }
    let due = action(.held)?.keys.first.map { "; \($0.name) shows what is due" } ?? ""
    let words = "; the engine goes on by it, also one at work" + due
    tell(file + (isChanged ? " is taken" + words : " is as it was"))
    guard isChanged else { return }
    forEachScreen { $0.rulesEdited() }
  }

  /// The schedule has been changed.
  mutating func scheduled(_ outcome: Result<ScheduleSettings, StoreError>) {
    isHeaderStale = true
    let isDone = if case .success = outcome { true } else { false }
    settleReversal(isDone: isDone) { if case .schedule = $0 { true } else { false } }
    switch outcome {
    case .failure(let error):
      tell("The schedule was not changed: " + error.message + ". " + error.hint, .toastError)
    case .success(let settings):
      let state = settings.isEnabled ? "" : ", paused"
      tell("The schedule is now: every " + Format.span(settings.intervalSeconds) + state)
    }
  }

  /// Asks the engine for something and says so.
  mutating func ask(_ command: EngineCommand) -> [Effect] {
    // Whatever way leads here.
    guard !options.readOnly else {
      refuse(command, "this console was started read-only", .toastWarning)
      return []
    }
    if let reason = storeReason(for: command) {
      refuse(command, reason, .toastError)
      return []
    }
    if isWaiting(command) { return remind(of: command) }
    switch command {
    case .cycle(let policy):
      tell(policy.rawValue + " cycle asked for" + (isEngineAbsent ? "; the engine starts" : ""))
    case .stop: tell("Asked to stop; what was done until now is kept")
    case .releaseDeletes(let connector, _, _):
      tell("Held deletes of " + connector + " go out with the next export")
    case .run(let connector, let type): tell(type.profileName + " on " + connector + " asked for")
    case .purge: tell("History before that time is purged when nothing runs")
    case .release: tell("The release was asked for")
    case .rehearse(let policy): tell("A rehearsal of a " + policy.rawValue + " cycle was asked for")
    case .verify(let connector, _): tell("A comparison of " + connector + " was asked for")
    case .preview(let order): tell("A preview of object \(order.object) was asked for")
    case .staging(let isOn): tell("Staging mode was asked to be " + (isOn ? "on" : "off"))
    case .passwords(.now): tell("A look for changed passwords was asked for")
    case .passwords(.full): tell("A full synchronization of passwords was asked for")
    case .passwords(.account): tell("The password of this account was asked for")
    case .readConfiguration: tell("The engine was asked to read the configuration")
    case .becomeService: tell("The engine was asked to stay, and to keep the schedule")
    case .shutDown: tell("The engine was asked to end")
    }
    return file(command)
  }

  /// Tells why a command is not even filed, also the screen that waits for what comes of it.
  private mutating func refuse(_ command: EngineCommand, _ reason: String, _ role: Role) {
    let words = "Not asked for: " + reason
    tell(words, role)
    forEachScreen { $0.notFiled(command, words) }
  }

  private mutating func file(_ command: EngineCommand) -> [Effect] {
    filing.append(command)
    return [.file(command)]
  }

  /// Forgets that a command is on its way into the store.
  mutating func leaveFiling(_ command: EngineCommand) {
    if let index = filing.firstIndex(of: command) { filing.remove(at: index) }
  }

  /// Whether the same cycle waits already: another one after it would find nothing to do, and a key
  /// that is held down asks thirty times a second.
  private func isWaiting(_ command: EngineCommand) -> Bool {
    switch command {
    case .cycle, .rehearse: break
    default: return false
    }
    // An engine does what passwords need beside its cycles, and only the oldest command is followed.
    let isFollowed = !watched.contains { if case .passwords = $0.command { true } else { false } }
    return filing.contains(command)
      || isFollowed
        && watched.contains {
          $0.command == command && !$0.isTaken && $0.withdrawal == nil
        }
  }

  private mutating func remind(of command: EngineCommand) -> [Effect] {
    let starts = isEngineAbsent && !filing.contains(command)
    if starts {
      for index in watched.indices where watched[index].command == command {
        watched[index].hasEngine = true
      }
    }
    tell(
      "The " + command.words + " was asked for already, and has not begun"
        + (starts ? "; the engine starts" : ""))
    return starts ? [.startEngine] : []
  }

  /// Asks for several releases, one after the other.
  mutating func release(_ commands: [EngineCommand]) -> [Effect] {
    guard !options.readOnly else {
      tell("Not asked for: this console was started read-only", .toastWarning)
      return []
    }
    if let reason = commands.first.flatMap({ storeReason(for: $0) }) {
      tell("Not asked for: " + reason, .toastError)
      return []
    }
    releases.append(ReleaseBatch(commands))
    tell("Asked for " + Format.count(commands.count, "release"))
    return commands.flatMap { file($0) }
  }
}

extension OperationRow {
  /// What tells the cycle, or the run that belongs to none, from others.
  var number: Int64 { cycleID ?? -runID }
}

extension EngineCommand {
  /// Whether what comes of it stands in the history of runs.
  var isSeenInHistory: Bool {
    switch self {
    case .cycle, .run, .rehearse, .verify: true
    default: false
    }
  }

  /// What was asked for, in words.
  public var words: String {
    switch self {
    case .cycle(let policy): policy.rawValue + " cycle"
    case .run(let connector, let type): type.profileName + " on " + connector
    case .stop: "stop"
    case .releaseDeletes, .release: "release"
    case .purge: "purge"
    case .rehearse(let policy): "rehearsal of a " + policy.rawValue + " cycle"
    case .verify(let connector, _): "comparison of " + connector
    case .preview: "preview"
    case .staging: "change of staging mode"
    case .passwords: "synchronization of passwords"
    case .readConfiguration: "reading of the configuration"
    case .becomeService: "start of the service"
    case .shutDown: "shut-down"
    }
  }
}
