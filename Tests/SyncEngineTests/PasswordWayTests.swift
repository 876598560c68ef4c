import Directory
import PasswordSync
import SyncStore
import Synchronization
import Testing

@testable import SyncEngine

@Suite("Where a target keeps passwords, and what it has of them")
struct PasswordWayTests {
  private let world: PasswordWorld

  init() throws { world = try PasswordWorld() }

  private func started() async throws {
    for name in ["ann", "bob"] { try world.addUser(name) }
    try await world.cycle(.initial)
    #expect(try await world.turn() == .ended(taken: 2, failed: 0))
  }

  private func configure(_ way: String) { world.target.state.withLock { $0.way = way } }

  @Test("Another attribute of the target has nothing yet, and is given all passwords")
  func otherAttribute() async throws {
    configure("hash binary")
    try await started()
    #expect(try await world.turn() == .ended(taken: 0, failed: 0))
    configure("otherHash binary")
    #expect(try await world.turn() == .ended(taken: 2, failed: 0))
    #expect(try world.events(617).count == 2)
    #expect(try await world.turn() == .ended(taken: 0, failed: 0))
  }

  @Test("What was sent before the way was noted counts as sent that way")
  func unknownBefore() async throws {
    try await started()
    configure("hash binary")
    #expect(try await world.turn() == .ended(taken: 0, failed: 0))
    configure("hash hexadecimal")
    let order = PasswordWishes(isFull: true)
    #expect(try await world.turn(order) == .ended(taken: 2, failed: 0))
    #expect(try world.events(617).count == 2)
  }

  @Test("An account without a way keeps the user to whom it went before, whatever the reason")
  func keepsUser() async throws {
    try await started()
    let user = try #require(try world.row("ann").targetObject)
    world.source.set("new", of: "ann", at: world.now)
    let withPasswords = world.world.rulesText
    for rule in ["Out - User", "In - User"] {
      world.world.rulesText = withPasswords.replacing(
        "name = \"\(rule)\"\npassword_sync = true", with: "name = \"\(rule)\"")
      try await world.cycle()
      #expect(try await world.turn() == .ended(taken: 0, failed: 0))
      let ann = try world.row("ann")
      #expect(ann.status == .noTargetConnection && ann.targetObject == user)
      // The second look is one at the store alone.
      #expect(ann.reason.contains(rule.hasPrefix("In") ? "inbound" : "outbound"))
    }
    world.world.rulesText = withPasswords
    try await world.cycle()
    #expect(try await world.turn() == .ended(taken: 1, failed: 0))
    #expect(try world.takes("new", of: "ann"))
  }

  @Test("Whose hash was taken away is found by a reading of all that does not meet the account")
  func takenAway() async throws {
    try await started()
    world.source.state.withLock { state in
      state.accounts["g-ann"]?.hash = nil
      state.accounts["g-ann"]?.stamp = ""
    }
    world.wait(60)
    #expect(try await world.turn() == .ended(taken: 0, failed: 0))
    #expect(try world.status("ann") == .success)
    // Only bob is told of, and cy, of whom nothing is known, is none of those.
    try world.addUser("cy")
    world.source.touch("bob")
    world.source.state.withLock { ($0.isWhole, $0.singleReads) = (true, []) }
    #expect(try await world.turn() == .ended(taken: 0, failed: 0))
    #expect(world.source.state.withLock { $0.singleReads } == ["g-ann"])
    #expect(try world.status("ann") == .missingAttribute && world.status("bob") == .success)
    world.wait(60)
    world.source.state.withLock { $0.singleReads = [] }
    world.source.touch("bob")
    #expect(try await world.turn() == .ended(taken: 0, failed: 0))
    #expect(world.source.state.withLock { $0.singleReads } == [])
  }
}
