import Configuration
import Foundation
import SyncStore
import Workspace

/// The engine of a workspace as faces see it: a lease, a store, and a program that can be started.
struct EngineProcess: Sendable {
  let workspace: Workspace

  /// Seconds that an engine may take until it works: it creates or upgrades the store first.
  static let startLimit = 30.0
  /// Seconds after which a store that can't be read is not one that is being made.
  static let settleLimit = 5.0

  /// The engine's process id, or nil if none holds the lease.
  var pid: Int32? { FileLock.holder(of: workspace.leaseFile) }

  /// The store, once an engine works on this workspace; starts one that leaves when idle.
  ///
  /// - Throws: ``WorkspaceError`` or ``StoreError`` with the reason that the engine gave.
  func ensureRunning(stays: Bool = false) throws -> StoreReader {
    if pid != nil { return try store(startedAs: nil) }
    try checkStore()
    var arguments = ["run", "--workspace", workspace.folder]
    if !stays {
      let seconds = String(workspace.settings.idleExitSeconds)
      arguments += ["--command-first", "--idle-exit", seconds + "s"]
    }
    let started = try DaemonProcess.start(
      arguments, logFile: workspace.logFile, folder: workspace.folder)
    return try store(startedAs: started)
  }

  /// A store that can't be opened is told before anything is started for it.
  ///
  /// - Returns: the store, or nil where an engine has to make it first.
  @discardableResult func checkStore() throws -> StoreReader? {
    switch opened {
    case .success(let store): return store
    case .failure(let error) where Self.passes(error): return nil
    case .failure(let error): throw error
    }
  }

  private var opened: Result<StoreReader, StoreError> {
    do throws(StoreError) {
      return .success(try StoreReader(file: workspace.settings.storeFile))
    } catch {
      return .failure(error)
    }
  }

  /// Whether an engine that has just begun to work will put an end to `error`.
  private static func passes(_ error: StoreError) -> Bool {
    error.code == .missing || error.code == .busy
  }

  private func store(startedAs started: DaemonProcess?) throws -> StoreReader {
    let limit = Date(timeIntervalSinceNow: Self.startLimit)
    let settled = Date(timeIntervalSinceNow: Self.settleLimit)
    while true {
      if pid != nil {
        switch opened {
        case .success(let store): return store
        case .failure(let error):
          // An engine that has just begun to work may be in the middle of making the store.
          if Date() > (Self.passes(error) ? limit : settled) { throw error }
        }
      } else if let started, !started.isAlive {
        // Another face may have started one at the same moment; then that one holds the lease.
        if pid == nil { throw failure(of: started) }
      }
      if Date() > limit { throw late }
      usleep(20_000)
    }
  }

  private func failure(of started: DaemonProcess) -> WorkspaceError {
    guard var error = started.lastError() else {
      return WorkspaceError(
        .engineUnavailable, message: "The engine ended as soon as it was started",
        hint: "See \(workspace.logFile)")
    }
    error.message = "The engine did not start: " + error.message
    return error
  }

  private var late: WorkspaceError {
    WorkspaceError(
      .engineUnavailable,
      message: "The engine did not begin to work within \(Int(Self.startLimit)) seconds",
      hint: "See \(workspace.logFile)")
  }
}
