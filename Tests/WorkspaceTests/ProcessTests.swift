import CSystem
import Foundation
import Testing

@testable import Workspace

@Suite("Locks and log lines")
struct ProcessTests {
  @Test("A lock is free, held by this process, and free again")
  func lock() throws {
    let file = NSTemporaryDirectory() + "lock-" + UUID().uuidString
    defer { unlink(file) }
    #expect(FileLock.state(of: file) == .free)
    let lock = cs_try_lock(file)
    #expect(lock >= 0)
    #expect(FileLock.state(of: file) == .held(pid: getpid()))
    #expect(FileLock.holder(of: file) == getpid())
    cs_unlock(lock)
    #expect(FileLock.state(of: file) == .free)
  }

  @Test("A lock file with the number of a process that is gone is free")
  func stale() throws {
    let file = NSTemporaryDirectory() + "lock-" + UUID().uuidString
    defer { unlink(file) }
    // Process ids are at most 2^22 on Linux.
    try "4194305\n".write(toFile: file, atomically: true, encoding: .utf8)
    #expect(FileLock.state(of: file) == .free)
  }

  @Test("A lock file that can't be read tells nothing, and that is said")
  func unreadable() throws {
    let file = NSTemporaryDirectory() + "lock-" + UUID().uuidString
    defer { unlink(file) }
    #expect(try FileLock.knownHolder(of: file) == nil)
    #expect(try FileLock.knownHolder(of: "/dev/null/engine.lock") == nil, "no such folder")
    // A link is not followed, whoever asks; a folder can be opened and not read.
    symlink("/dev/null", file)
    #expect(FileLock.state(of: file) == .unknown(ELOOP) && FileLock.holder(of: file) == nil)
    let error = #expect(throws: WorkspaceError.self) { _ = try FileLock.knownHolder(of: file) }
    #expect(error?.status == .system)
    #expect(
      error?.message.contains(file + " can't be read: ") == true, "\(String(describing: error))")
    unlink(file)
    mkdir(file, 0o700)
    defer { rmdir(file) }
    #expect(FileLock.state(of: file) == .unknown(EISDIR))
  }

  @Test("A log that can't be made is told by its name, and the program is not blamed")
  func logRefused() throws {
    let folder = NSTemporaryDirectory() + "log-" + UUID().uuidString
    let log = folder + "/engine.log"
    let error = try #require(DaemonProcess.refusal(ofLog: log, error: ENOENT))
    #expect(error.status == .system)
    #expect(error.message.hasPrefix("The log \(log) can't be written: "), "\(error)")
    // One that can be made is not what failed.
    mkdir(folder, 0o700)
    defer { rmdir(folder) }
    #expect(DaemonProcess.refusal(ofLog: log, error: ENOENT) == nil)
    #expect(DaemonProcess.refusal(ofLog: "/nowhere/engine.log", error: -1) == nil)
  }

  @Test("A failure's line gives back the error and its status")
  func failureLine() {
    let error = WorkspaceError(.store, message: "Could not open\nthe store", hint: "Move it")
    let line = LogLine.text(time: "2026-11-22T20:00:00.000Z", .error, LogLine.failure(error))
    #expect(!line.contains("\n"))
    #expect(LogLine.isError(line[...]))
    let read = LogLine.error(line[...])
    #expect(read.status == .store)
    #expect(read.message == "Could not open the store. Move it")
  }

  @Test("What is withheld of the environment is not handed on, and all else is")
  func environment() {
    let all = ["PATH": "/bin", "LDAP_PASSWORD": "secret", "TZ": "", "LC_ALL": "C=D"]
    #expect(
      DaemonProcess.environment(all, withholding: ["LDAP_PASSWORD", "NONE"]).sorted()
        == ["LC_ALL=C=D", "PATH=/bin", "TZ="])
  }

  @Test("A line without a status means that the engine is not there")
  func plainLine() {
    let read = LogLine.error("2026-11-22T20:00:00.000Z error Fatal: out of luck")
    #expect(read.status == .engineUnavailable)
    #expect(read.message == "Fatal: out of luck")
    #expect(!LogLine.isError("2026-11-22T20:00:00.000Z info no error here"))
  }

  @Test("Exit statuses have the numbers that are promised")
  func statuses() {
    #expect(ExitStatus.allCases.map(\.rawValue) == [0, 1, 2, 3, 4, 5, 6, 7, 8, 130])
    #expect(ExitStatus.table.split(separator: "\n").count == 10)
  }

  @Test("Nothing answers at a tenant that does not run")
  func tenantAbsent() throws {
    let folder = NSTemporaryDirectory() + "tenant-" + UUID().uuidString
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try WorkspaceCreation(folder: folder).make(rules: "", token: "x")
    let workspace = try Workspace.open(folder)
    try "http://127.0.0.1:1/scim/v2\n".write(
      toFile: workspace.tenantAddressFile, atomically: true, encoding: .utf8)
    let tenant = try TenantProcess(workspace)
    #expect(tenant.pid == nil)
    #expect(tenant.url == nil)
  }

  @Test("The address that a tenant has left is not believed of the one that starts after it")
  func staleAddress() throws {
    let folder = NSTemporaryDirectory() + "tenant-" + UUID().uuidString
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try WorkspaceCreation(folder: folder).make(rules: "", token: "x")
    let workspace = try Workspace.open(folder)
    let tenant = try TenantProcess(workspace)
    // The new one takes its lock before it listens.
    let lock = cs_try_lock(workspace.tenantLockFile)
    #expect(lock >= 0)
    defer { cs_unlock(lock) }
    for (left, believed) in [
      ("", false), ("\n1", false), ("\n\(getpid())", true), ("\n\(getpid())0", false),
    ] {
      try ("http://127.0.0.1:1/scim/v2" + left + "\n").write(
        toFile: workspace.tenantAddressFile, atomically: true, encoding: .utf8)
      #expect((tenant.url == "http://127.0.0.1:1/scim/v2") == believed, "\(left)")
      #expect((tenant.url == nil) != believed, "\(left)")
    }
  }
}
