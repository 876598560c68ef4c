import CSystem
import Foundation
import GRDB
import Testing

@testable import SyncStore
@testable import Workspace
@testable import lockstep

@Suite("The engine as commands find it")
struct EngineProcessTests {
  private func inFolder(_ work: (_ folder: String) throws -> Void) throws {
    let folder = NSTemporaryDirectory() + "lockstep-engine-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try work(folder)
  }

  private func setTime(of file: String, _ seconds: Int) {
    let time = timespec(tv_sec: seconds, tv_nsec: 0)
    #expect(utimensat(AT_FDCWD, file, [time, time], 0) == 0)
  }

  @Test("One that began before its program was replaced is of an older version")
  func age() throws {
    try inFolder { folder in
      let (lock, program) = (folder + "/engine.lock", folder + "/lockstepd")
      for file in [lock, program] { try Data("x".utf8).write(to: URL(fileURLWithPath: file)) }
      setTime(of: lock, 4_000_000_000)
      #expect(!EngineAge.isOlder(getpid(), lockFile: lock, program: program))
      setTime(of: lock, 1_000_000)
      #expect(EngineAge.isOlder(getpid(), lockFile: lock, program: program))
      // When it was built says nothing.
      setTime(of: program, 500_000)
      #expect(EngineAge.isOlder(getpid(), lockFile: lock, program: program))
      #expect(!EngineAge.isOlder(getpid(), lockFile: lock, program: nil))
    }
  }

  @Test("An older one is told at once, where the store is of its version")
  func older() throws {
    try inFolder { folder in
      try WorkspaceCreation(folder: folder).make(rules: "", token: "x")
      let workspace = try Workspace.open(folder)
      let queue = try DatabaseQueue(path: workspace.settings.storeFile)
      try Schema.migrator.migrate(queue, upTo: "flows of references")
      try queue.close()
      let lock = try #require(try FileLock.take(workspace.leaseFile))
      setTime(of: workspace.leaseFile, 1_000_000)
      let engine = EngineProcess(
        workspace: workspace, program: folder + "/" + WorkspaceLocation.configurationFile)
      let error = #expect(throws: WorkspaceError.self) { _ = try engine.ensureRunning() }
      #expect(error?.status == .engineUnavailable)
      #expect(error?.message.contains("process \(getpid()), is of an older version") == true)
      #expect(error?.hint.contains("service stop") == true)
      withExtendedLifetime(lock) {}
    }
  }

  @Test(
    "One that ends before it has noted itself in the store was not started",
    .enabled(if: Bench.areBuilt))
  func endsAtOnce() throws {
    try Bench.use { bench in
      try WorkspaceCreation(folder: bench.folder).make(rules: Bench.oneRule, token: "x")
      #expect(try bench.run("staging", "on").status == 0)
      #expect(try bench.run("service", "stop").status == 0)
      // Takes the lease, and finds a moment later that it can't write.
      let program = bench.folder + "/engine"
      try bench.write(
        """
        #!/bin/sh
        exec 9<>"$3/engine.lock"
        flock -x 9
        echo $$ >"$3/engine.lock"
        sleep 1
        echo "2026-11-22T20:00:00.000Z error Could not write: no room [status 5]"

        """, to: "engine")
      chmod(program, 0o755)
      let answer = try bench.run(
        ["LOCKSTEPD=" + program, Bench.programs + "/lockstep", "service", "start"],
        program: "/usr/bin/env")
      #expect(answer.status == ExitStatus.store.rawValue, "\(answer.output)")
      #expect(answer.errors.contains("The engine did not start: Could not write: no room"))
      #expect(answer.output.isEmpty)
    }
  }

  @Test("An engine whose store takes no order gets a signal")
  func endedBySignal() throws {
    var sent: [Int32] = []
    func end(refusing code: Int32? = nil, _ file: () throws -> Bool) throws {
      try WorkingEngine.end(4711, filing: file) { pid, number in
        #expect(pid == 4711)
        sent.append(number)
        errno = code ?? 0
        return code == nil ? 0 : -1
      }
    }
    try end { true }
    #expect(sent.isEmpty)
    try end { throw StoreError(.diskFull, message: "no room", hint: "") }
    #expect(sent == [SIGTERM])
    try end { false }
    try end(refusing: ESRCH) { false }
    #expect(sent == [SIGTERM, SIGTERM, SIGTERM])
    let error = #expect(throws: WorkspaceError.self) { try end(refusing: EPERM) { false } }
    #expect(error?.status == .system && error?.message.contains("process 4711") == true)
  }

  @Test("A disk that is nearly full is told of before it is")
  func scarce() {
    func warning(_ free: UInt64?) -> String? {
      FullDisk.warning(of: "/b/store.sqlite") { $0 == "/b" ? free : nil }
    }
    #expect(warning(nil) == nil && warning(FullDisk.scarce) == nil)
    #expect(
      warning(FullDisk.scarce - 1)?.hasPrefix("Only 63 MB are free on the disk of /b") == true)
    #expect(warning(0)?.hasPrefix("There is no room on the disk of /b") == true)
  }

  @Test("A disk is full that has no room for a store, and the first such one is told")
  func fullDisk() {
    func among(_ free: [String: UInt64]) -> String? {
      FullDisk.among(["/a/engine.log", "/b/store.sqlite"]) { free[$0] }
    }
    #expect(among(["/a": 0, "/b": 0]) == "/a")
    #expect(among(["/a": FullDisk.least, "/b": FullDisk.least - 1]) == "/b")
    #expect(among(["/a": .max, "/b": FullDisk.least]) == nil)
    #expect(among([:]) == nil)
    #expect(FullDisk.among(["/proc/self/none/x"]) == nil)
  }

  @Test(
    "A store that could not be made is not left as one of an older version",
    .enabled(if: Bench.areBuilt))
  func unfinished() throws {
    try Bench.use { bench in
      try WorkspaceCreation(folder: bench.folder).make(rules: Bench.oneRule, token: "x")
      let script = "trap '' XFSZ; ulimit -f 60; exec \"$0\" run --workspace \"$1\" --idle-exit 1s"
      let answer = try bench.run(
        ["-c", script, Bench.programs + "/lockstepd", bench.folder], program: "/bin/sh")
      #expect(answer.status != 0)
      let left = try FileManager.default.contentsOfDirectory(atPath: bench.folder)
      let ofStore = left.filter { $0.hasPrefix("store.sqlite") }
      #expect(ofStore == ["store.sqlite.lock"], "\(left) \(answer.errors)")
      let health = try bench.run("health")
      #expect(!(health.output + health.errors).contains("older version"), "\(health.output)")
    }
  }

  @Test("None is started in another account's folder; root may lend one")
  func account() throws {
    try inFolder { folder in
      var found = stat()
      #expect(stat(folder, &found) == 0)
      try FolderAccount.check(folder, starting: "an engine")
      guard geteuid() == 0 else { return }
      try FolderAccount.check(folder, starting: "an engine", account: 65_533)
      chown(folder, 65_534, 65_534)
      let error = #expect(throws: WorkspaceError.self) {
        try FolderAccount.check(folder, starting: "an engine")
      }
      #expect(error?.status == .usage)
      #expect(error?.hint.hasPrefix("Run it as ") == true)
      try FolderAccount.check(folder, starting: "an engine", account: 65_534)
    }
  }

  @Test("A command that would start one there makes nothing", .enabled(if: Bench.areBuilt))
  func startsNone() throws {
    guard geteuid() == 0 else { return }
    try Bench.use { bench in
      try WorkspaceCreation(folder: bench.folder).make(rules: Bench.oneRule, token: "x")
      for path in ["", "/lockstep.toml"] { chown(bench.folder + path, 65_534, 65_534) }
      for command in ["initial", "tenant"] {
        let answer = try bench.run(command == "tenant" ? ["tenant", "start"] : [command])
        #expect(answer.status == 2 && answer.errors.contains("sudo -u"), "\(answer.errors)")
      }
      #expect(!FileManager.default.fileExists(atPath: bench.folder + "/tenant.sqlite"))
      #expect(!FileManager.default.fileExists(atPath: bench.folder + "/store.sqlite"))
      #expect(!FileManager.default.fileExists(atPath: bench.folder + "/engine.log"))
    }
  }
}
