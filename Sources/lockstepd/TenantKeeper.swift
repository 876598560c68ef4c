import Directory
import Foundation
import Synchronization
import Workspace

/// Keeps the embedded tenant at hand while the engine works.
///
/// The tenant is a process of its own. It is started when a step needs it and it does not run; at
/// the end it is ended if it was started here.
final class TenantKeeper: Sendable {
  private let process: TenantProcess
  private let leaseFile: String
  private let started = Mutex<Int32?>(nil)

  /// The keeper of the tenant of `workspace`.
  ///
  /// - Throws: ``WorkspaceError`` if the workspace has none.
  init(_ workspace: Workspace) throws {
    process = try TenantProcess(workspace)
    leaseFile = workspace.leaseFile
  }

  /// What the configuration says of the tenant.
  var settings: EmbeddedTenant { process.settings }

  /// The URL at which the tenant answers; it is started if it does not run.
  ///
  /// - Throws: ``WorkspaceError`` with the reason that it gave.
  func url() async throws -> String {
    let ranBefore = process.pid != nil
    let url = try await process.ensureRunning(options: ["--with-engine"])
    if !ranBefore, let pid = process.pid {
      started.withLock { $0 = pid }
      Log.info("embedded tenant started, process \(pid), \(url)")
    }
    return url
  }

  /// Refuses an address at which the tenant has ended, however that came about.
  ///
  /// By now any program may listen there, and would be sent the token, and passwords.
  func check(_ url: String) throws(ServiceGone) {
    guard process.url == url else {
      throw ServiceGone("the embedded tenant does not run any more at \(url)")
    }
  }

  /// Ends the tenant if it was started here, and no engine of another process may need it; with
  /// the last of those it leaves by itself.
  func end() async {
    guard let pid = started.withLock({ $0 }), process.pid == pid else { return }
    if let engine = FileLock.holder(of: leaseFile), engine != getpid() { return }
    do {
      try await process.stop()
      Log.info("embedded tenant ended")
    } catch {
      Log.warning("\(error)")
    }
  }
}
