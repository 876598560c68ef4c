import Directory
import PasswordSync
import SyncStore
import Synchronization
import Testing

@testable import SyncEngine

@Suite("A source that lags brings no earlier password back")
struct PasswordLagTests {
  private let world: PasswordWorld

  init() throws { world = try PasswordWorld() }

  /// Ann as her password was, and as the one that the target has made it.
  private func changed() async throws -> (old: SourceAccount, new: SourceAccount) {
    for name in ["ann", "bob"] { try world.addUser(name) }
    try await world.cycle(.initial)
    #expect(try await world.turn() == .ended(taken: 2, failed: 0))
    let old = try account()
    world.wait(600)
    world.source.set("ann-new", of: "ann", at: world.now)
    #expect(try await world.turn() == .ended(taken: 1, failed: 0))
    world.wait(600)
    return (old, try account())
  }

  private func account() throws -> SourceAccount {
    try #require(world.source.state.withLock { $0.accounts["g-ann"] })
  }

  private func tell(_ account: SourceAccount) { world.source.touch("ann") { $0 = account } }

  @Test("An earlier password that is told is not sent, and forgotten when the new one is told")
  func told() async throws {
    let (old, new) = try await changed()
    tell(old)
    #expect(try await world.turn() == .ended(taken: 0, failed: 0))
    #expect(try world.takes("ann-new", of: "ann") && world.status("ann") == .success)
    #expect(try world.row("ann").due == world.now.adding(seconds: 120))
    #expect(try world.events(605).count == 1 && world.events(605)[0].contains("CN=ann,"))
    // Told again, it is the same doubt.
    world.wait(60)
    tell(old)
    #expect(try await world.turn() == .ended(taken: 0, failed: 0))
    #expect(try world.events(605).count == 1)
    tell(new)
    #expect(try await world.turn() == .ended(taken: 0, failed: 0))
    #expect(try world.row("ann").due == nil && world.events(606).count == 1)
    #expect(world.target.setCount == 3)
  }

  @Test("That the source has caught up is seen without a word of it, within the hour")
  func caughtUp() async throws {
    let (old, new) = try await changed()
    tell(old)
    #expect(try await world.turn() == .ended(taken: 0, failed: 0))
    world.wait(120)
    #expect(try await world.turn() == .ended(taken: 0, failed: 0))
    #expect(try world.row("ann").due == world.now.adding(seconds: 120))
    world.source.state.withLock { $0.accounts["g-ann"] = new }
    world.wait(3600)
    #expect(try await world.turn() == .ended(taken: 0, failed: 0))
    #expect(try world.row("ann").due == nil && world.events(606).count == 1)
    #expect(world.target.setCount == 3)
  }

  @Test("What is told for a day is believed: the source was restored")
  func restored() async throws {
    let (old, _) = try await changed()
    tell(old)
    for _ in 1...23 {
      #expect(try await world.turn() == .ended(taken: 0, failed: 0))
      world.wait(3600)
    }
    #expect(try world.takes("ann-new", of: "ann"))
    world.wait(3600)
    #expect(try await world.turn() == .ended(taken: 1, failed: 0))
    #expect(try world.takes("ann-secret", of: "ann") && world.status("ann") == .success)
    #expect(try await world.turn() == .ended(taken: 0, failed: 0))
  }

  @Test("A full synchronization from a source that lags sends the new password when it is there")
  func full() async throws {
    let (old, new) = try await changed()
    tell(old)
    #expect(try await world.turn(PasswordWishes(isFull: true)) == .ended(taken: 1, failed: 0))
    #expect(try world.takes("ann-new", of: "ann"))
    tell(new)
    #expect(try await world.turn() == .ended(taken: 1, failed: 0))
    #expect(try world.target.setCount == 5 && world.takes("ann-new", of: "ann"))
  }

  @Test("A later password whose time is earlier is sent where stamps say that it is later")
  func versions() async throws {
    let (old, _) = try await changed()
    world.source.state.withLock { $0.isEarlier = false }
    world.source.set("third", of: "ann", at: old.changed ?? world.now)
    #expect(try await world.turn() == .ended(taken: 1, failed: 0))
    #expect(try world.takes("third", of: "ann"))
    world.source.state.withLock { $0.isEarlier = true }
    world.source.set("fourth", of: "ann", at: world.now)
    #expect(try await world.turn() == .ended(taken: 0, failed: 0))
    #expect(try world.takes("third", of: "ann"))
  }

  @Test("A time that is yet to come holds up no password")
  func future() async throws {
    _ = try await changed()
    world.source.touch("ann") { $0.changed = $0.changed?.adding(seconds: 86_400 * 365) }
    world.source.touch("ann") { $0.stamp = "set in a year" }
    #expect(try await world.turn() == .ended(taken: 1, failed: 0))
    world.source.set("next", of: "ann", at: world.now)
    #expect(try await world.turn() == .ended(taken: 1, failed: 0))
    #expect(try world.takes("next", of: "ann"))
  }
}
