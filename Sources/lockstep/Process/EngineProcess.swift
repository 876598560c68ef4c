import Configuration
import Foundation
import SyncStore
import Workspace

/// The engine of a workspace as faces see it: a lease, a store, and a program that can be started.
struct EngineProcess: Sendable {
  let workspace: Workspace
  /// The program that an engine started now would be; nil if there is none.
  var program = try? DaemonProcess.program()
  /// Whether it is told on standard error that a store takes long to be upgraded.
  var tellsUpgrade = true

  /// Seconds that an engine may take until it works: it creates the store first.
  static let startLimit = 30.0
  /// Seconds that it may take to upgrade a store, which is copied first.
  static let upgradeLimit = 3600.0
  /// Seconds after which a store that can't be read is not one that is being made.
  static let settleLimit = 5.0

  /// The engine's process id, or nil if none holds the lease.
  var pid: Int32? { FileLock.holder(of: workspace.leaseFile) }

  /// The store, once an engine works on this workspace; starts one that leaves when idle.
  ///
  /// - Throws: ``WorkspaceError`` or ``StoreError`` with the reason that the engine gave.
  func ensureRunning() throws -> StoreReader {
    if pid != nil { return try store(startedAs: nil) }
    let seconds = String(workspace.settings.idleExitSeconds)
    return try store(startedAs: start(["--command-first", "--idle-exit", seconds + "s"]))
  }

  /// The store, once an engine works on this workspace, and whether it is one that was started here,
  /// which stays.
  ///
  /// - Throws: ``WorkspaceError`` or ``StoreError`` with the reason that the engine gave.
  func ensureStaying() throws -> (store: StoreReader, isStarted: Bool) {
    if pid != nil { return (try store(startedAs: nil), false) }
    let started = try start([])
    let store = try store(startedAs: started)
    // Another face may have started one at the same moment.
    return (store, pid == started.pid)
  }

  private func start(_ arguments: [String]) throws -> DaemonProcess {
    try FolderAccount.check(workspace.folder, starting: "an engine")
    try checkStore()
    return try DaemonProcess.start(
      ["run", "--workspace", workspace.folder] + arguments, logFile: workspace.logFile,
      folder: workspace.folder)
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
    [.missing, .olderVersion, .busy].contains(error.code)
  }

  private func store(startedAs started: DaemonProcess?) throws -> StoreReader {
    var limit = Date(timeIntervalSinceNow: Self.startLimit)
    var isUpgrading = false
    let settled = Date(timeIntervalSinceNow: Self.settleLimit)
    while true {
      if let holder = pid {
        switch opened {
        case .success(let store):
          // One that was started here works once it has noted itself: it may have no room for that.
          guard let started, holder == started.pid, Date() < limit, isBeginning(started, store)
          else { return store }
        case .failure(let error):
          // One that works by the former program never upgrades the store.
          if error.code != .busy, isOfAnOlderVersion(error), holder != started?.pid,
            EngineAge.isOlder(holder, lockFile: workspace.leaseFile, program: program)
          {
            throw EngineAge.refusal(holder)
          }
          if !isUpgrading, Date() > limit, isOfAnOlderVersion(error) {
            isUpgrading = true
            limit = Date(timeIntervalSinceNow: Self.upgradeLimit)
            if tellsUpgrade {
              StandardStreams.complain(
                "lockstep: the engine upgrades the store, which takes a while for a large one")
            }
          }
          // An engine that has just begun to work may be in the middle of making the store.
          if Date() > (Self.passes(error) ? limit : settled) { throw error }
        }
      } else if let started, !started.isAlive {
        // Another face may have started one at the same moment; then that one holds the lease.
        if pid == nil { throw failure(of: started) }
      } else if started == nil, Date() > settled {
        throw WorkspaceError(
          .engineUnavailable, message: "The engine ended while its store was waited for",
          hint: "Ask again: another engine is started then")
      }
      if Date() > limit { throw late }
      usleep(20_000)
    }
  }

  /// Whether an engine that held the lease a moment ago, and may have ended since, has not noted itself.
  private func isBeginning(_ started: DaemonProcess, _ store: StoreReader) -> Bool {
    (try? store.status().pid).map { $0 != started.pid } ?? false
  }

  /// Whether the store is there, and is being copied or upgraded, or is about to be.
  private func isOfAnOlderVersion(_ error: StoreError) -> Bool {
    [.olderVersion, .busy].contains(error.code)
  }

  private func failure(of started: DaemonProcess) -> WorkspaceError {
    guard var error = started.lastError() else {
      if let folder = FullDisk.among([workspace.logFile, workspace.settings.storeFile]) {
        // Its reason had no room either.
        return WorkspaceError(
          .system, message: "The engine did not start: there is no room on the disk of \(folder)",
          hint: "Free space there, and start it again; nothing half-done is stored")
      }
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
