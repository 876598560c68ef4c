import ArgumentParser
import Directory
import Foundation
import SyncStore
import Workspace

/// Asks the engine for work, follows it, and prints how it ended.
struct Work {
  let options: FollowOptions

  init(_ options: FollowOptions) { self.options = options }

  /// Files `command` and follows it.
  ///
  /// - Throws: ``ExitCode`` with the status of the result, or what went wrong before there was one.
  func perform(_ command: EngineCommand) async throws {
    let status = try await status(of: command)
    if status != .success { throw status.asError }
  }

  /// Files `command`, follows it, prints the result, and says how it ended.
  func status(of command: EngineCommand) async throws -> ExitStatus {
    let workspace = try options.place.open()
    let engine = EngineProcess(workspace: workspace)
    let store = try engine.ensureRunning()
    if options.noWait {
      let id = try store.file(command, requestedBy: Requester.text)
      let report = Report(json: ["command": id]) { _ in
        ["The engine has been asked. 'lockstep service status' shows how far it is."]
      }
      try StandardStreams.print(report, asJSON: options.json)
      return .success
    }
    guard let end = try await end(of: command, engine, store, workspace) else {
      return .interrupted
    }
    return try print(end, from: store)
  }

  /// Files `command` and follows it to its end; nil if the person left.
  ///
  /// - Throws: ``WorkspaceError`` if the engine vanished.
  func end(
    of command: EngineCommand, _ engine: EngineProcess, _ store: StoreReader,
    _ workspace: Workspace,
    starting start: (() throws -> StoreReader)? = nil
  ) async throws -> CommandStatus? {
    let id = try store.file(command, requestedBy: Requester.text)
    let interrupts = Interrupts()
    defer { interrupts.stop() }
    let follower = Follower(
      store: store, isEngineAlive: { engine.pid != nil }, interrupts: { interrupts.count },
      stopsOnInterrupt: options.stopOnInterrupt, requestedBy: Requester.text, display: display,
      startEngine: { _ = try start?() ?? engine.ensureRunning() })
    switch try await follower.follow(id) {
    case .left: return nil
    case .withdrawn:
      StandardStreams.complain("Taken back: the engine had not begun it, and nothing was done.")
      return nil
    case .engineGone:
      throw WorkspaceError(
        .engineUnavailable, message: "The engine vanished before the run was finished",
        hint: "See \(workspace.logFile); the next run closes this one and goes on from what it "
          + "stored")
    case .ended(let status): return status
    }
  }

  private var display: any ProgressDisplay {
    if isatty(STDERR_FILENO) == 1 { return TerminalProgress() }
    return options.json ? SilentProgress() : PlainProgress()
  }

  private func print(_ status: CommandStatus, from store: any StoreReading) throws -> ExitStatus {
    guard let outcome = try WorkOutcome(status, from: store) else { throw Self.refused(status) }
    try StandardStreams.print(outcome.report, asJSON: options.json)
    return outcome.status
  }

  /// Why the engine did not do what it was asked for.
  static func refused(_ status: CommandStatus) -> WorkspaceError {
    if status.isConfigurationWrong {
      return WorkspaceError(.usage, message: status.outcome, hint: "")
    }
    let words = status.outcome.isEmpty ? "the engine did not say why" : status.outcome
    return WorkspaceError(
      .stopped, message: "The engine did not start the run: " + words,
      hint: "'lockstep service status' shows what it does")
  }
}

/// The result of a cycle or a run, as a report and as a status.
struct WorkOutcome {
  let report: Report
  let status: ExitStatus

  /// The outcome of the work that a command started; nil if it started none.
  init?(_ command: CommandStatus, from store: any StoreReading) throws {
    if let id = command.cycleID, let cycle = try store.cycle(id: id) {
      status = Self.status(of: cycle.severity)
      let messages =
        try Self.messages(cycle.steps, from: store)
        + Self.advice(cycle.steps, cycle.errors, from: store)
        + CycleNotes.lines(cycle, store)
      report = Report(json: CycleJSON(cycle)) { width in
        HistoryReport.lines(cycle, width: width) + messages
      }
    } else if let id = command.runID {
      let steps = try StepReference.steps(ofRun: id, in: store)
      guard let worst = steps.map(\.severity).max() else { return nil }
      status = Self.status(of: worst)
      let messages = try Self.messages(steps, from: store) + Self.advice(steps, from: store)
      report = Report(json: steps.map(StepJSON.init)) { width in
        HistoryReport.table(steps).lines(width: width) + messages
      }
    } else {
      return nil
    }
  }

  /// The status for the worst result of the steps.
  static func status(of severity: ResultSeverity) -> ExitStatus {
    switch severity {
    case .success, .warning: .success
    case .error: .completedWithErrors
    case .stopped: .stopped
    // The command is over, so a step that seems to run has lost its engine.
    case .running: .engineUnavailable
    }
  }

  /// Why steps ended early.
  private static func messages(
    _ steps: [OperationRow], from store: any StoreReading
  ) throws -> [String] {
    try steps.filter { $0.severity == .stopped }.compactMap { step in
      let (message, hint) = try store.stepMessage(step: step.id)
      guard !message.isEmpty else { return nil }
      return "Step \(step.id): " + SafeText.line(ServerWords.sentences(message, hint))
    }
  }

  private static func advice(
    _ steps: [OperationRow], _ kept: CycleErrors? = nil, from store: any StoreReading
  ) throws -> [String] {
    let failed = steps.filter { $0.errors > 0 }
    guard let first = failed.first else { return [] }
    let count = failed.reduce(0) { $0 + $1.errors }
    // What a copy met is open nowhere.
    if steps.allSatisfy(\.isRehearsal) {
      return [
        "\(count) errors were met in these steps, an object's once in each: 'lockstep show "
          + "\(first.id)' lists those of step \(first.id)."
      ]
    }
    let open = try kept?.open ?? store.status().openErrors
    let news = kept.map { ", \($0.new) of them new, and \($0.gone) others are gone" } ?? ""
    return [
      "\(count) errors were met in these steps, an object's once in each; \(open) are open now\(news): "
        + "'lockstep errors' lists them, 'lockstep show \(first.id)' those of step \(first.id)."
    ]
  }
}
