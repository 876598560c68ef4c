import Directory
import PasswordSync
import Secrets
import SyncStore
import Synchronization
import Testing

@testable import SyncEngine

@Suite("What replicas and accounts say that are not as they were told")
struct PasswordReplicaTests {
  private let world: PasswordWorld

  init() throws { world = try PasswordWorld() }

  /// Users whose passwords the target has, and then a new one of ann's that waits for another try.
  private func waiting() async throws -> (old: SourceAccount, anchor: String) {
    for name in ["ann", "bob"] { try world.addUser(name) }
    try await world.cycle(.initial)
    #expect(try await world.turn() == .ended(taken: 2, failed: 0))
    let old = try #require(world.source.state.withLock { $0.accounts["g-ann"] })
    let anchor = try world.targetAnchor("ann")
    world.target.state.withLock { $0.answers[anchor] = .retry("not yet") }
    world.wait(600)
    world.source.set("ann-new", of: "ann", at: world.now)
    #expect(try await world.turn() == .ended(taken: 0, failed: 1))
    world.target.state.withLock { $0.answers = [:] }
    return (old, anchor)
  }

  @Test("A replica that lags brings no older password back, and the new one goes when it is there")
  func older() async throws {
    let (old, _) = try await waiting()
    world.source.state.withLock { $0.replica["g-ann"] = old }
    for _ in 1...3 {
      world.wait(3600)
      #expect(try await world.turn() == .ended(taken: 0, failed: 0))
    }
    // Nor does a person's impatience help, or keep it looking at the same for ever.
    var wishes = PasswordWishes()
    wishes.isImpatient = true
    #expect(try await world.turn(wishes) == .ended(taken: 0, failed: 0))
    #expect(try world.row("ann").due != nil)
    world.source.state.withLock { $0.replica = [:] }
    world.wait(3600)
    #expect(try await world.turn() == .ended(taken: 1, failed: 0))
    #expect(try world.takes("ann-new", of: "ann"))
  }

  @Test("An earlier password is told as held back, and sent when a person names the account")
  func named() async throws {
    let (old, _) = try await waiting()
    world.source.touch("ann") { $0 = old }
    #expect(try await world.turn() == .ended(taken: 0, failed: 0))
    #expect(try world.row("ann").reason.contains("contoso.test tells of an earlier password"))
    #expect(try world.state.doubted == 1)
    let order = PasswordWishes(accounts: ["g-ann"])
    #expect(try await world.turn(order) == .ended(taken: 1, failed: 0))
    #expect(try world.status("ann") == .success && world.row("ann").reason.isEmpty)
    #expect(try world.takes("ann-secret", of: "ann") && world.state.doubted == 0)
  }

  @Test("Why an account is held back is no longer said once its password is told again")
  func toldAgain() async throws {
    try world.addUser("ann")
    try await world.cycle(.initial)
    #expect(try await world.turn() == .ended(taken: 1, failed: 0))
    let known = try #require(world.source.state.withLock { $0.accounts["g-ann"] })
    world.source.touch("ann") { account in
      (account.stamp, account.changed) = ("set 0", known.changed?.adding(seconds: -600))
    }
    #expect(try await world.turn() == .ended(taken: 0, failed: 0))
    #expect(try world.status("ann") == .success && !world.row("ann").reason.isEmpty)
    world.source.touch("ann") { $0 = known }
    #expect(try await world.turn() == .ended(taken: 0, failed: 0))
    #expect(try world.row("ann").reason.isEmpty && world.target.setCount == 1)
  }

  @Test("An account that a replica does not have yet is not forgotten while the directory has it")
  func absent() async throws {
    _ = try await waiting()
    world.source.state.withLock { $0.replica["g-ann"] = .some(nil) }
    world.wait(3600)
    #expect(try await world.turn() == .ended(taken: 0, failed: 0))
    #expect(try world.events(606).isEmpty)
    world.source.state.withLock { $0.replica = [:] }
    world.wait(3600)
    #expect(try await world.turn() == .ended(taken: 1, failed: 0))
    #expect(try world.takes("ann-new", of: "ann"))
  }

  @Test("One account that can't be read lets the others go before it the next time")
  func refused() async throws {
    _ = try await waiting()
    let bob = try world.targetAnchor("bob")
    world.target.state.withLock { $0.answers[bob] = .retry("not yet") }
    world.source.set("bob-new", of: "bob", at: world.now)
    #expect(try await world.turn() == .ended(taken: 0, failed: 1))
    world.target.state.withLock { $0.answers = [:] }
    world.source.state.withLock { $0.refused = ["g-ann"] }
    // Ann is due first, and holds up this turn; in the next one bob comes before her.
    world.wait(120)
    for _ in 1...2 {
      guard case .failed = try await world.turn() else {
        Issue.record("the failure is not told")
        return
      }
      world.wait(120)
    }
    #expect(try world.takes("bob-new", of: "bob"))
    world.source.state.withLock { $0.refused = [] }
    world.wait(3600)
    #expect(try await world.turn() == .ended(taken: 1, failed: 0))
    #expect(try world.takes("ann-new", of: "ann"))
  }

  @Test("One account that can't be read when its way opens holds up nobody's change, nor the next")
  func refusedAtOpening() async throws {
    let names = ["ann", "bob", "cyd"]
    try world.addUser("dan")
    try await world.cycle(.initial)
    #expect(try await world.turn() == .ended(taken: 1, failed: 0))
    for name in names { world.source.set(name + "-secret", of: name, at: world.now) }
    #expect(try await world.turn() == .ended(taken: 0, failed: 0))
    for name in names { world.world.source.put(try world.world.user(name)) }
    try await world.cycle()
    world.source.state.withLock { $0.refused = ["g-bob"] }
    world.source.set("dan-new", of: "dan", at: world.now)
    guard case .failed(let words) = try await world.turn() else {
      Issue.record("the failure is not told")
      return
    }
    #expect(words.contains("CN=bob,"))
    #expect(try world.takes("dan-new", of: "dan") && world.takes("ann-secret", of: "ann"))
    #expect(try world.status("bob") == .error && world.row("bob").reason.contains("can't be read"))
    #expect(try await world.turn() == .ended(taken: 1, failed: 0))
    #expect(try world.takes("cyd-secret", of: "cyd"))
    world.source.state.withLock { $0.refused = [] }
    world.wait(120)
    #expect(try await world.turn() == .ended(taken: 1, failed: 0))
    #expect(try world.takes("bob-secret", of: "bob"))
  }

  @Test("What can't be read for a while is the password that the target has, if no other is told")
  func unreadForAWhile() async throws {
    try world.addUser("ann")
    try await world.cycle(.initial)
    #expect(try await world.turn() == .ended(taken: 1, failed: 0))
    let whole = try #require(world.source.state.withLock { $0.accounts["g-ann"] })
    for _ in 1...2 {
      world.source.touch("ann") { account in
        (account.hash, account.stamp, account.changed) = (nil, "", nil)
        account.problem = "the controller did not give it"
      }
      #expect(try await world.turn() == .ended(taken: 0, failed: 0))
      #expect(try world.status("ann") == .missingAttribute && world.row("ann").isCurrent)
    }
    #expect(try world.events(664).count == 1)
    world.source.touch("ann") { $0 = whole }
    #expect(try await world.turn() == .ended(taken: 0, failed: 0))
    #expect(try world.status("ann") == .success && world.target.setCount == 1)
  }

  @Test("A hash that could not be read is read again within the hour")
  func problem() async throws {
    try world.addUser("ann")
    world.source.touch("ann") { account in
      account.hash = nil
      account.problem = "its layers do not come apart"
    }
    try await world.cycle(.initial)
    #expect(try await world.turn() == .ended(taken: 0, failed: 0))
    #expect(try world.status("ann") == .missingAttribute)
    var whole = try #require(world.source.state.withLock { $0.accounts["g-ann"] })
    whole.hash = PasswordHash.ntHash(of: "ann-secret")
    whole.problem = ""
    world.source.state.withLock { $0.replica["g-ann"] = whole }
    world.wait(3599)
    #expect(try await world.turn() == .ended(taken: 0, failed: 0))
    world.wait(1)
    #expect(try await world.turn() == .ended(taken: 1, failed: 0))
    #expect(try world.takes("ann-secret", of: "ann"))
  }

  @Test("The password of an account that its source calls disabled is sent once it is enabled")
  func disabled() async throws {
    try world.addUser("ann")
    world.source.touch("ann") { $0.isDisabled = true }
    try await world.cycle(.initial)
    #expect(try await world.turn() == .ended(taken: 0, failed: 0))
    #expect(try world.status("ann") == .filteredByTarget)
    world.source.touch("ann") { $0.isDisabled = false }
    #expect(try await world.turn() == .ended(taken: 1, failed: 0))
    #expect(try world.takes("ann-secret", of: "ann"))
  }

  @Test("A first cycle that is still under way is waited for, since its users are not there yet")
  func underWay() async throws {
    try world.addUser("ann")
    try await world.cycle(.initial)
    let channel = try world.channel()
    let cycle = try world.store.transaction {
      try $0.beginCycle(.delta, requestedBy: "test", reason: "")
    }
    guard case .refused(let reason) = try await channel.turn() else {
      Issue.record("the turn was not refused")
      return
    }
    #expect(reason.contains("has not ended"))
    try world.store.transaction { try $0.endCycle(cycle) }
    #expect(try await channel.turn() == .ended(taken: 1, failed: 0))
  }
}
