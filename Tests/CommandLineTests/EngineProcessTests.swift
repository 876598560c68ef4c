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
