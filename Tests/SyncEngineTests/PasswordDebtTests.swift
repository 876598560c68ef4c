import Directory
import PasswordSync
import SyncStore
import Synchronization
import Testing

@testable import SyncEngine

@Suite("What a target is owed is sent, and not called sent")
struct PasswordDebtTests {
  private let world: PasswordWorld

  init() throws { world = try PasswordWorld() }

  private func started(_ names: [String]) async throws {
    for name in names { try world.addUser(name) }
    try await world.cycle(.initial)
    #expect(try await world.turn() == .ended(taken: names.count, failed: 0))
    world.wait(600)
  }

  /// How often the password of a user was set.
  private func count(_ name: String) throws -> Int? {
    let anchor = try world.targetAnchor(name)
    return world.target.state.withLock { $0.count[anchor] }
  }

  @Test("What a full synchronization is asked to send again is sent though the account was touched")
  func retried() async throws {
    try await started(["ann"])
    let ann = try world.targetAnchor("ann")
    world.target.state.withLock { $0.answers[ann] = .retry("not yet") }
    #expect(try await world.turn(PasswordWishes(isFull: true)) == .ended(taken: 0, failed: 1))
    world.target.state.withLock { $0.answers = [:] }
    world.wait(120)
    world.source.touch("ann")
    #expect(try await world.turn() == .ended(taken: 1, failed: 0))
    #expect(try count("ann") == 2)
    world.source.touch("ann")
    #expect(try await world.turn() == .ended(taken: 0, failed: 0))
  }

  @Test("A full synchronization that is begun anew sends all that its first part could not")
  func readAnew() async throws {
    let names = (1...60).map { "u\($0)" }
    try await started(names)
    world.target.state.withLock { $0.failure = PasswordTargetFailure("away", hint: "") }
    guard case .failed = try await world.turn(PasswordWishes(isFull: true)) else {
      Issue.record("did not fail")
      return
    }
    #expect(try world.row("u1").answered != world.now)
    world.target.state.withLock { $0.failure = nil }
    world.source.state.withLock {
      $0.failure = PasswordSourceFailure("begin anew", hint: "", isStateUseless: true)
    }
    _ = try await world.turn()
    world.source.state.withLock { $0.failure = nil }
    world.wait(4000)
    #expect(try await world.turn() == .ended(taken: 60, failed: 0))
    #expect(try world.state.fullDone == 60)
    for name in names { #expect(try count(name) == 2) }
  }

  @Test("Whom a full synchronization finds without a way is sent when there is one")
  func kept() async throws {
    try await started(["ann", "bob"])
    for name in ["ann", "bob"] { world.source.touch(name) { $0.isDisabled = true } }
    world.source.touch("bob") { $0.isDisabled = false }
    #expect(try await world.turn(PasswordWishes(isFull: true)) == .ended(taken: 1, failed: 0))
    world.source.touch("ann") { $0.isDisabled = false }
    #expect(try await world.turn() == .ended(taken: 1, failed: 0))
    #expect(try count("ann") == 2 && count("bob") == 2)
    // Without a full synchronization between, the target has it yet.
    world.source.touch("ann") { $0.isDisabled = true }
    #expect(try await world.turn() == .ended(taken: 0, failed: 0))
    world.source.touch("ann") { $0.isDisabled = false }
    #expect(try await world.turn() == .ended(taken: 0, failed: 0))
    #expect(try world.status("ann") == .success)
  }

  @Test("A password that comes back after another whose answer was lost is sent again")
  func comesBack() async throws {
    try await started(["ann"])
    let old = try #require(world.source.state.withLock { $0.accounts["g-ann"] })
    world.source.set("another", of: "ann", at: world.now)
    world.target.state.withLock { $0.dropAnswers = 1 }
    guard case .failed = try await world.turn() else {
      Issue.record("did not fail")
      return
    }
    #expect(try world.takes("another", of: "ann"))
    // A source without times, which tells of the hash alone.
    world.source.touch("ann") { account in
      account = old
      account.changed = nil
    }
    world.wait(120)
    #expect(try await world.turn() == .ended(taken: 1, failed: 0))
    #expect(try world.takes("ann-secret", of: "ann"))
  }

  /// Has the source fail as soon as the target has taken a batch.
  private func failAfterBatch() {
    let source = world.source
    world.target.state.withLock { state in
      state.onBatch = {
        source.state.withLock { $0.failure = PasswordSourceFailure("gone", hint: "wait") }
      }
    }
  }

  private func recover() {
    world.target.state.withLock { $0.onBatch = nil }
    world.source.state.withLock { $0.failure = nil }
  }

  @Test("A full synchronization that is ordered while another is under way begins anew")
  func orderedAnew() async throws {
    world.source.state.withLock { $0.pageSize = 50 }
    try await started((1...100).map { "u\($0)" })
    failAfterBatch()
    let first = PasswordWishes(isFull: true, filed: world.now)
    guard case .failed = try await world.turn(first) else {
      Issue.record("did not fail")
      return
    }
    recover()
    world.wait(3600)
    // The same order, put back, goes on; a later one does not rest on what was sent before it.
    let later = PasswordWishes(isFull: true, filed: world.now)
    world.wait(1)
    #expect(try await world.turn(later) == .ended(taken: 100, failed: 0))
    #expect(try world.events(617).count == 3)
    #expect(try count("u1") == 3 && count("u100") == 2)
  }

  @Test("A full synchronization whose order is put back goes on where it was")
  func putBack() async throws {
    world.source.state.withLock { $0.pageSize = 50 }
    try await started((1...100).map { "u\($0)" })
    failAfterBatch()
    let order = PasswordWishes(isFull: true, filed: world.now)
    world.wait(1)
    _ = try await world.turn(order)
    recover()
    world.wait(120)
    #expect(try await world.turn(order) == .ended(taken: 50, failed: 0))
    #expect(try count("u1") == 2 && count("u100") == 2)
  }
}
