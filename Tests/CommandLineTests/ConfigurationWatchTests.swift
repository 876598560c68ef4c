import Directory
import Foundation
import SyncEngine
import SyncRules
import Synchronization
import Testing

@testable import Workspace
@testable import lockstepd

@Suite("Files of a workspace that change under a working engine")
struct ConfigurationWatchTests {
  /// Clocks that a test moves.
  private final class Moment: Sendable {
    private let passed = Mutex(Duration.zero)
    private let isLater = Mutex(false)
    private let start = (ContinuousClock.now, Timestamp.now)
    var now: ContinuousClock.Instant { start.0 + passed.withLock { $0 } }
    /// What is written in a test is new by this, until ``letAge()``.
    var date: Timestamp { start.1.adding(seconds: isLater.withLock { $0 } ? 36_000 : 0) }
    func pass(_ span: Duration) { passed.withLock { $0 += span } }
    func letAge() { isLater.withLock { $0 = true } }
  }

  private func withWatch(
    _ body: (ConfigurationWatch, String, Moment) throws -> Void
  ) throws {
    let folder = NSTemporaryDirectory() + "watch-" + UUID().uuidString
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try WorkspaceCreation(folder: folder).make(rules: Bench.oneRule, token: "a-token-for-this-test")
    let moment = Moment()
    let watch = try ConfigurationWatch(folder, now: { moment.now }, date: { moment.date })
    try body(watch, folder, moment)
  }

  private func write(_ text: String, _ file: String) throws {
    try text.write(toFile: file, atomically: true, encoding: .utf8)
  }

  @Test("Nothing was changed")
  func same() throws {
    try withWatch { watch, _, moment in
      #expect(watch.look(atOnce: false) == .same)
      moment.pass(.seconds(10))
      #expect(watch.look(atOnce: true) == .same)
      #expect(watch.advance() == nil)
    }
  }

  @Test("Rules that are written are given a moment, and then are the engine's")
  func settles() throws {
    try withWatch { watch, folder, moment in
      let second = Bench.oneRule.replacing("\"In\"", with: "\"In again\"")
        .replacing("100", with: "101")
      try write(second, folder + "/rules/second.toml")
      #expect(watch.look(atOnce: false) == .changing)
      moment.pass(.seconds(1))
      // Still at it: the moment begins again.
      try write(second + "\n", folder + "/rules/second.toml")
      #expect(watch.look(atOnce: false) == .changing)
      moment.pass(.milliseconds(1500))
      #expect(watch.look(atOnce: false) == .changing)
      moment.pass(.milliseconds(600))
      #expect(watch.look(atOnce: false) == .changed)
      #expect(watch.current.rules.rules.count == 1)
      #expect(watch.advance()?.rules.rules.count == 1)
      #expect(watch.current.rules.rules.count == 2)
      moment.pass(.seconds(1))
      #expect(watch.look(atOnce: false) == .same)
    }
  }

  @Test("Who waits for it has it at once, but for what was touched a moment ago")
  func atOnce() throws {
    try withWatch { watch, folder, moment in
      try write(Bench.oneRule.replacing("100", with: "99"), folder + "/rules/standard.toml")
      #expect(watch.look(atOnce: true) == .changing)
      moment.letAge()
      #expect(watch.look(atOnce: true) == .changed)
      _ = watch.advance()
      #expect(watch.current.rules.rules.map(\.precedence) == [99])
    }
  }

  @Test("Who waits is not kept from files whose time is yet to come")
  func future() throws {
    try withWatch { watch, folder, moment in
      try write(Bench.oneRule.replacing("100", with: "99"), folder + "/rules/standard.toml")
      #expect(watch.look(atOnce: true) == .changing)
      moment.pass(.seconds(3))
      #expect(watch.look(atOnce: true) == .changed)
    }
  }

  @Test("A folder without a rule in force is wrong, and the engine's rules stay")
  func noRules() throws {
    try withWatch { watch, folder, moment in
      moment.letAge()
      let file = folder + "/rules/standard.toml"
      try FileManager.default.moveItem(atPath: file, toPath: folder + "/away.toml")
      guard case .wrong(let gone) = watch.look(atOnce: true) else {
        Issue.record("an empty folder was taken for rules")
        return
      }
      #expect(gone.contains("holds no rule: every object would be deleted"))
      try write(Bench.oneRule + "disabled = true\n", file)
      guard case .wrong(let disabled) = watch.look(atOnce: true) else {
        Issue.record("rules that are all disabled were taken")
        return
      }
      #expect(disabled.contains("disabled: every object would be deleted"))
      #expect(watch.advance() == nil && watch.current.rules.rules.count == 1)
      try write(Bench.oneRule, file)
      #expect(watch.look(atOnce: true) == .changed)
    }
  }

  @Test("What is wrong is told with its place, until it is put right or taken back")
  func wrong() throws {
    try withWatch { watch, folder, moment in
      moment.letAge()
      let file = folder + "/rules/standard.toml"
      try write(Bench.oneRule.replacing("precedence", with: "precedense"), file)
      guard case .wrong(let text) = watch.look(atOnce: true) else {
        Issue.record("a misspelt key was taken")
        return
      }
      #expect(text.contains("standard.toml:8:1") && text.contains("precedence"))
      #expect(watch.advance() == nil)
      moment.pass(.seconds(5))
      #expect(watch.look(atOnce: false) == .wrong(text))
      try write(Bench.oneRule.replacing("100", with: "99"), file)
      #expect(watch.look(atOnce: true) == .changed)
    }
  }

  @Test("What is wrong with a secret's file is seen to be right without another touch of the rest")
  func secretPutRight() throws {
    try withWatch { watch, folder, moment in
      moment.letAge()
      let file = folder + "/lockstep.toml"
      let text = try String(contentsOfFile: file, encoding: .utf8)
      let secret = folder + "/tenant.token"
      #expect(chmod(secret, 0o644) == 0)
      try write(text + "\n# a note\n", file)
      guard case .wrong(let reason) = watch.look(atOnce: true) else {
        Issue.record("a secret that others can read was taken")
        return
      }
      #expect(reason.contains("tenant.token"))
      #expect(chmod(secret, 0o600) == 0)
      // It is not read with each look.
      #expect(watch.look(atOnce: true) == .wrong(reason))
      moment.pass(.seconds(5))
      #expect(watch.look(atOnce: false) == .wrong(reason))
      #expect(watch.look(atOnce: true) == .changed)
    }
  }

  @Test("Where nobody waits, it is seen after a while")
  func secretPutRightUnasked() throws {
    try withWatch { watch, folder, moment in
      let file = folder + "/lockstep.toml"
      let secret = folder + "/tenant.token"
      #expect(chmod(secret, 0o644) == 0)
      try write(String(contentsOfFile: file, encoding: .utf8) + "\n# a note\n", file)
      #expect(watch.look(atOnce: false) == .changing)
      moment.pass(.seconds(3))
      guard case .wrong = watch.look(atOnce: false) else {
        Issue.record("a secret that others can read was taken")
        return
      }
      #expect(chmod(secret, 0o600) == 0)
      moment.pass(.seconds(11))
      #expect(watch.look(atOnce: false) == .changed)
    }
  }

  @Test("The tenant of a workspace stays the same one as long as its settings do")
  func tenant() throws {
    try withWatch { watch, folder, moment in
      moment.letAge()
      let tenant = try #require(watch.current.tenant)
      let file = folder + "/lockstep.toml"
      let text = try String(contentsOfFile: file, encoding: .utf8)
      try write(text + "\n# a note\n", file)
      #expect(watch.look(atOnce: true) == .changed)
      _ = watch.advance()
      #expect(watch.current.tenant === tenant)
      try write(text.replacing("tenant.sqlite", with: "other.sqlite"), file)
      #expect(watch.look(atOnce: true) == .changed)
      _ = watch.advance()
      #expect(watch.current.tenant !== tenant)
    }
  }

  @Test("Another store is not gone over to under way")
  func store() throws {
    try withWatch { watch, folder, moment in
      moment.letAge()
      let file = folder + "/lockstep.toml"
      let text = try String(contentsOfFile: file, encoding: .utf8)
      try write(text.replacing("store.sqlite", with: "other.sqlite"), file)
      guard case .wrong(let reason) = watch.look(atOnce: true) else {
        Issue.record("another store was taken")
        return
      }
      #expect(reason.contains("lockstep service stop"))
    }
  }
}
