import CSystem
import Configuration
import Foundation

/// The embedded tenant of a workspace, a process of its own.
public struct TenantProcess: Sendable {
  /// What the configuration says of it.
  public let settings: EmbeddedTenant
  private let workspace: Workspace

  /// Seconds that it may take until it answers.
  private static let startLimit = 20.0

  /// The embedded tenant of `workspace`.
  ///
  /// - Throws: ``WorkspaceError`` if it has none.
  public init(_ workspace: Workspace) throws(WorkspaceError) {
    guard let settings = workspace.settings.tenant else {
      throw WorkspaceError(
        .usage, message: "The workspace \(workspace.folder) has no embedded tenant",
        hint: "A [tenant] section in lockstep.toml gives it one")
    }
    self.settings = settings
    self.workspace = workspace
  }

  /// Its process id, or nil if it does not run.
  public var pid: Int32? { FileLock.holder(of: workspace.tenantLockFile) }

  /// Its process id, or nil if it does not run.
  ///
  /// - Throws: ``WorkspaceError`` if that can't be known.
  public func knownPid() throws(WorkspaceError) -> Int32? {
    try FileLock.knownHolder(of: workspace.tenantLockFile)
  }

  /// The URL at which it answers, or nil if it does not run or is not ready.
  public var url: String? {
    guard let pid,
      let text = try? String(contentsOfFile: workspace.tenantAddressFile, encoding: .utf8)
    else { return nil }
    // What another tenant has left may by now be the address of any program: it would be sent the
    // token, and passwords.
    let lines = text.split(whereSeparator: \.isNewline)
    guard lines.count >= 2, Int32(lines[1]) == pid else { return nil }
    return String(lines[0])
  }

  /// The URL at which it answers, once it does; it is started if it does not run.
  ///
  /// - Parameter options: further arguments for a tenant that is started.
  /// - Throws: ``WorkspaceError`` with the reason that it gave.
  public func ensureRunning(options: [String] = []) async throws -> String {
    var started: DaemonProcess?
    if pid == nil {
      // Root could make it in any folder; others have to be let in by its owner.
      if geteuid() == 0 { try FolderAccount.check(workspace.folder, starting: "a tenant") }
      started = try DaemonProcess.start(
        ["tenant", "--workspace", workspace.folder] + options, logFile: workspace.tenantLogFile,
        folder: workspace.folder, withholding: workspace.settings.secretVariables)
    }
    let limit = Date(timeIntervalSinceNow: Self.startLimit)
    while true {
      if let url, answers(url) { return url }
      if let started, !started.isAlive, pid == nil {
        var error =
          started.lastError()
          ?? WorkspaceError(
            .system, message: "it ended at once", hint: "See \(workspace.tenantLogFile)")
        error.message = "The embedded tenant did not start: " + error.message
        throw error
      }
      guard Date() < limit else {
        throw WorkspaceError(
          .system, message: "The embedded tenant did not answer within 20 seconds",
          hint: "See \(workspace.tenantLogFile)")
      }
      try await Task.sleep(for: .milliseconds(20))
    }
  }

  /// Ends it and waits until it has ended.
  ///
  /// - Throws: ``WorkspaceError`` if it does not end within 20 seconds.
  public func stop() async throws {
    guard let pid else { return }
    guard kill(pid, SIGTERM) == 0 || errno == ESRCH else {
      throw WorkspaceError(
        .system,
        message: "The embedded tenant, process \(pid), can't be ended: "
          + String(cString: strerror(errno)),
        hint: "End it as the account that it runs by, or as root")
    }
    let limit = Date(timeIntervalSinceNow: Self.startLimit)
    while self.pid == pid {
      guard Date() < limit else {
        throw WorkspaceError(
          .system, message: "The embedded tenant, process \(pid), does not end",
          hint: "See \(workspace.tenantLogFile)")
      }
      try await Task.sleep(for: .milliseconds(20))
    }
  }

  /// Whether something takes connections at the port of `url`, on the address that the tenant
  /// listens on; an unspecified one stands for this machine.
  private func answers(_ url: String) -> Bool {
    guard let port = URLComponents(string: url)?.port, let number = UInt16(exactly: port) else {
      return false
    }
    var four = sockaddr_in()
    four.sin_family = sa_family_t(AF_INET)
    four.sin_port = number.bigEndian
    if inet_pton(AF_INET, settings.address, &four.sin_addr) == 1 {
      return Self.connects(AF_INET, &four)
    }
    var six = sockaddr_in6()
    six.sin6_family = sa_family_t(AF_INET6)
    six.sin6_port = number.bigEndian
    return inet_pton(AF_INET6, settings.address, &six.sin6_addr) == 1
      && Self.connects(AF_INET6, &six)
  }

  private static func connects<Address>(_ family: Int32, _ address: inout Address) -> Bool {
    let descriptor = socket(family, Int32(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    let length = socklen_t(MemoryLayout<Address>.size)
    return withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, length) }
    } == 0
  }
}
