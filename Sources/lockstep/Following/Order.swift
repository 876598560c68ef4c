import SyncStore
import Workspace

/// Asks the engine for something that is done at once and shows no progress.
struct Order {
  let engine: EngineProcess
  let store: StoreReader
  let requestedBy: String

  /// Orders to an engine, which is started if none works.
  init(_ engine: EngineProcess, requestedBy: String = Requester.text) throws {
    self.engine = engine
    self.requestedBy = requestedBy
    store = try engine.ensureRunning()
  }

  /// Orders to an engine that works already on `store`.
  init(_ engine: EngineProcess, store: StoreReader) {
    self.engine = engine
    self.store = store
    requestedBy = Requester.text
  }

  /// Files `command` and waits until the engine has done it; gives what it says of that.
  ///
  /// - Throws: ``WorkspaceError`` if the engine refused it, or vanished.
  func outcome(of command: EngineCommand) async throws -> String {
    let status = try await end(of: command)
    guard status.state == .finished else {
      let words = status.outcome.isEmpty ? "the engine did not say why" : status.outcome
      throw WorkspaceError(
        status.isConfigurationWrong ? .usage : .stopped, message: "Refused: " + words, hint: "")
    }
    return status.outcome
  }

  /// Files `command` and waits for what becomes of it; Ctrl-C takes it back.
  ///
  /// - Throws: ``WorkspaceError`` if the engine vanished, or the person left.
  func end(of command: EngineCommand) async throws -> CommandStatus {
    let id = try store.file(command, requestedBy: requestedBy)
    let interrupts = Interrupts()
    defer { interrupts.stop() }
    let follower = Follower(
      store: store, isEngineAlive: { engine.pid != nil }, interrupts: { interrupts.count },
      takesBack: true, requestedBy: requestedBy, display: SilentProgress(),
      startEngine: { _ = try engine.ensureRunning() })
    switch try await follower.follow(id) {
    case .ended(let status): return status
    case .left: throw Self.left
    case .withdrawn: throw Self.withdrawn
    case .engineGone:
      throw WorkspaceError(
        .engineUnavailable, message: "The engine vanished before it did what it was asked for",
        hint: "See \(engine.workspace.logFile)")
    }
  }

  /// How a command ends that was taken back.
  static let withdrawn = WorkspaceError(
    .interrupted, message: "Taken back: the engine had not begun it, and nothing was done", hint: ""
  )
  /// How a command ends that the engine goes on with.
  static let left = WorkspaceError(
    .interrupted, message: "The engine is at it already, and goes on",
    hint: "'lockstep activity' shows what becomes of it")
}
