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

  /// Files `command` and waits for what becomes of it.
  ///
  /// - Throws: ``WorkspaceError`` if the engine vanished.
  func end(of command: EngineCommand) async throws -> CommandStatus {
    let id = try store.file(command, requestedBy: requestedBy)
    let follower = Follower(
      store: store, isEngineAlive: { engine.pid != nil }, interrupts: { 0 },
      requestedBy: requestedBy, display: SilentProgress(),
      startEngine: { _ = try engine.ensureRunning() })
    guard case .ended(let status) = try await follower.follow(id) else {
      throw WorkspaceError(
        .engineUnavailable, message: "The engine vanished before it did what it was asked for",
        hint: "See \(engine.workspace.logFile)")
    }
    return status
  }
}
