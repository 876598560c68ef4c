import Directory
import PasswordSync
import SyncStore
import Synchronization
import Testing

@testable import SyncEngine

@Suite("A target that is away, or takes a batch in parts only, and a clock that is set back")
struct PasswordOutageTests {
  private let world: PasswordWorld

  init() throws { world = try PasswordWorld() }

  private func started(_ names: String...) async throws {
    for name in names { try world.addUser(name) }
    try await world.cycle(.initial)
  }

  private func away(_ isAway: Bool) {
    world.target.state.withLock {
      $0.failure = isAway ? PasswordTargetFailure("connection refused", hint: "start it") : nil
    }
  }

  // MARK: Outages

  @Test("When a target is back all that waited for it goes at once, whatever time each had")
  func back() async throws {
    try await started("ann", "bob", "cyd")
    var channel = try world.channel()
    #expect(try await channel.turn() == .ended(taken: 3, failed: 0))
    away(true)
    for name in ["ann", "bob", "cyd"] {
      world.source.set("new", of: name, at: world.now)
      // One that was restarted: the one before would not read on.
      channel = try world.channel()
      guard case .failed = try await channel.turn() else {
        Issue.record("did not fail")
        return
      }
      world.wait(10)
    }
    // Of its own, each of them would wait for a time of its own.
    let dues = try ["ann", "bob", "cyd"].compactMap { try world.row($0).due }
    #expect(Set(dues).count == 3 && dues.allSatisfy { $0 > world.now.adding(seconds: 60) })
    away(false)
    #expect(try await channel.turn() == .ended(taken: 3, failed: 0))
    for name in ["ann", "bob", "cyd"] { #expect(try world.takes("new", of: name)) }
  }

  @Test("A target that has never answered is asked whether it is there before it is offered any")
  func neverAnswered() async throws {
    world.hasAnswered = false
    try await started("ann")
    away(true)
    guard case .failed = try await world.turn() else {
      Issue.record("did not fail")
      return
    }
    #expect(try world.events(656).isEmpty && world.events(655).count == 1)
    away(false)
    #expect(try await world.turn() == .ended(taken: 1, failed: 0))
    #expect(world.target.state.withLock { $0.pings } == 1)
  }

  @Test("A target that asks to be left alone is, until the time is over or a person says otherwise")
  func leftAlone() async throws {
    try await started("ann")
    let channel = try world.channel()
    #expect(try await channel.turn() == .ended(taken: 1, failed: 0))
    func isLeftAlone() async throws -> Bool {
      let before = try world.events(653).count
      let turn = try await channel.turn()
      return try turn == .failed("busy. wait") && world.events(653).count == before
    }
    for isOrdered in [true, false] {
      world.target.state.withLock { state in
        state.failure = PasswordTargetFailure("busy", hint: "wait")
        state.failure?.waitSeconds = 3600
      }
      world.wait(1)
      world.source.set("new \(isOrdered)", of: "ann", at: world.now)
      #expect(try await channel.turn() == .failed("busy. wait"))
      away(false)
      for _ in 1...3 {
        #expect(try await isLeftAlone())
        world.wait(120)
      }
      // Nor is it asked for a sign of life where the source fails.
      world.wait(1800)
      world.source.state.withLock { $0.failure = PasswordSourceFailure("gone", hint: "") }
      #expect(try await isLeftAlone())
      world.source.state.withLock { $0.failure = nil }
      if !isOrdered { world.wait(1800) }
      let wishes = PasswordWishes(isImpatient: isOrdered)
      #expect(try await channel.turn(wishes) == .ended(taken: 1, failed: 0))
    }
  }

  @Test("A target that is away is asked whether it is there, and offered nothing until it is")
  func probed() async throws {
    try await started("ann", "bob")
    let channel = try world.channel()
    away(true)
    for _ in 1...3 {
      guard case .failed = try await channel.turn() else {
        Issue.record("did not fail")
        return
      }
      world.wait(120)
    }
    #expect(try world.events(656).count == 1 && world.events(657).count == 1)
    #expect(try world.events(655).count == 2 && world.row("ann").attempts == 1)
    away(false)
    #expect(try await channel.turn() == .ended(taken: 2, failed: 0))
    #expect(world.target.state.withLock { $0.pings } == 1)
  }

  @Test("What the target refused for itself keeps its time when an outage of the target ends")
  func ownDelay() async throws {
    try await started("ann", "bob")
    let channel = try world.channel()
    let ann = try world.targetAnchor("ann")
    world.target.state.withLock { $0.answers[ann] = .retry("not yet") }
    #expect(try await channel.turn() == .ended(taken: 1, failed: 1))
    let due = try world.row("ann").due
    away(true)
    world.source.set("new", of: "bob", at: world.now)
    _ = try await channel.turn()
    away(false)
    world.wait(1)
    #expect(try await channel.turn() == .ended(taken: 1, failed: 0))
    #expect(try world.takes("new", of: "bob") && world.row("ann").due == due)
  }

  @Test("The sign of life that finds the target back has the passwords sent in the same turn")
  func backAtPing() async throws {
    try await started("ann")
    away(true)
    _ = try await world.turn()
    away(false)
    world.wait(1800)
    // An engine that was restarted knows nothing of the outage but what the ledger says.
    let channel = try world.channel()
    try world.store.transaction {
      try $0.putOffPassword("g-ann", channel: 1, until: world.now.adding(seconds: 3600))
    }
    #expect(try await channel.turn() == .ended(taken: 1, failed: 0))
  }

  @Test("A source lets go of what it has read when a turn ends, however it does")
  func letsGo() async throws {
    try await started("ann")
    let channel = try world.channel()
    func rests() -> Int { world.source.state.withLock { $0.rests } }
    away(true)
    _ = try await channel.turn()
    #expect(rests() == 1)
    away(false)
    world.wait(120)
    #expect(try await channel.turn() == .ended(taken: 1, failed: 0))
    #expect(rests() == 2)
    let desk = world.desk
    for name in 1...60 { try world.addUser("u\(name)") }
    try await world.cycle()
    world.target.state.withLock { $0.onBatch = { desk.end() } }
    #expect(try await channel.turn() == .stopped)
    #expect(rests() == 3)
  }

  // MARK: Batches that are refused

  @Test("A batch that is refused for one password is halved until that one is alone")
  func halved() async throws {
    for number in 1...50 { try world.addUser("u\(number)") }
    try await world.cycle(.initial)
    let guilty = try world.targetAnchor("u23")
    world.target.state.withLock { $0.poison = [guilty] }
    #expect(try await world.turn() == .ended(taken: 49, failed: 1))
    #expect(try world.status("u23") == .error && world.row("u23").reason.contains("malformed"))
    #expect(world.target.setCount == 49)
    #expect(try world.events(656).count == 1 && world.events(657).count == 1)
    #expect(try world.events(652).isEmpty && world.names(656) == world.names(657))
    // 50 in 1 + 2 × 6 requests at most.
    #expect(world.target.state.withLock { $0.requests } <= 13)
    world.target.state.withLock { $0.poison = [] }
    world.wait(120)
    #expect(try await world.turn() == .ended(taken: 1, failed: 0))
  }

  @Test("Where every password of a batch is refused the turn ends, and the others are not tried")
  func allRefused() async throws {
    for number in 1...120 { try world.addUser("u\(number)") }
    try await world.cycle(.initial)
    let anchors = try (1...120).map { try world.targetAnchor("u\($0)") }
    world.target.state.withLock { $0.poison = Set(anchors) }
    #expect(try await world.turn() == .failed("malformed. See why"))
    #expect(world.target.state.withLock { $0.requests } < 100)
    world.target.state.withLock { $0.poison = [] }
    world.wait(7200)
    #expect(try await world.turn() == .ended(taken: 120, failed: 0))
  }

  @Test("A few that are refused, each alone, are failures of theirs, and the turn goes on")
  func fewRefused() async throws {
    try await started("ann", "bob")
    #expect(try await world.turn() == .ended(taken: 2, failed: 0))
    world.wait(60)
    world.source.set("new", of: "ann", at: world.now)
    world.source.set("new", of: "bob", at: world.now)
    let guilty = [try world.targetAnchor("ann"), try world.targetAnchor("bob")]
    world.target.state.withLock { $0.poison = Set(guilty) }
    #expect(try await world.turn() == .ended(taken: 0, failed: 2))
    #expect(try world.status("ann") == .error && world.status("bob") == .error)
  }

  // MARK: Clocks

  @Test("What was answered by a clock that was ahead is sent again by a full synchronization")
  func clockAhead() async throws {
    try await started("ann")
    world.wait(86_400)
    #expect(try await world.turn() == .ended(taken: 1, failed: 0))
    world.wait(-86_000)
    #expect(try await world.turn(PasswordWishes(isFull: true)) == .ended(taken: 1, failed: 0))
    #expect(try await world.turn() == .ended(taken: 0, failed: 0))
  }

  @Test("A clock that is set back holds up neither retries nor the sign of life")
  func clock() async throws {
    try await started("ann", "bob")
    let ann = try world.targetAnchor("ann")
    world.target.state.withLock { $0.answers[ann] = .retry("not yet") }
    #expect(try await world.turn() == .ended(taken: 1, failed: 1))
    world.target.state.withLock { $0.answers = [:] }
    world.wait(-6 * 3600)
    #expect(try await world.turn() == .ended(taken: 1, failed: 0))
    #expect(try world.takes("ann-secret", of: "ann"))
    world.wait(-6 * 3600)
    #expect(try await world.turn() == .ended(taken: 0, failed: 0))
    #expect(world.target.state.withLock { $0.pings } == 1)
    #expect(try world.state.lastContact == world.now)
  }

  @Test("After a clock was set back, what was sent since a full synchronization is not sent again")
  func clockAfterFull() async throws {
    try await started("ann")
    #expect(try await world.turn() == .ended(taken: 1, failed: 0))
    world.wait(60)
    #expect(try await world.turn(PasswordWishes(isFull: true)) == .ended(taken: 1, failed: 0))
    world.wait(-6 * 3600)
    world.source.set("new", of: "ann", at: world.now)
    #expect(try await world.turn() == .ended(taken: 1, failed: 0))
    world.source.touch("ann")
    #expect(try await world.turn() == .ended(taken: 0, failed: 0))
  }

  // MARK: Sources

  @Test("The target hears of the channel every half hour though its source fails")
  func signOfLife() async throws {
    try await started("ann")
    try await world.turn()
    world.source.state.withLock { $0.failure = PasswordSourceFailure("8453", hint: "give rights") }
    for _ in 1...4 {
      world.wait(900)
      #expect(try await world.turn() == .failed("8453. give rights"))
    }
    #expect(world.target.state.withLock { $0.pings } == 2)
    #expect(try world.events(663).count == 2 && world.events(654).count == 2)
    #expect(try world.state.lastContact == world.now && world.state.state == .failed)
    away(true)
    world.wait(1800)
    // Both are told, each by its event.
    #expect(try await world.turn() == .failed("8453. give rights"))
    #expect(try world.events(655).count == 1 && world.state.reason == "8453. give rights")
  }

  @Test("A controller that was passed over is told")
  func passedOver() async throws {
    try await started("ann")
    world.source.state.withLock {
      $0.notices = ["dc1: no answer in 60 s; dc2 is asked in its place"]
    }
    #expect(try await world.turn() == .ended(taken: 1, failed: 0))
    _ = try await world.turn()
    #expect(
      try world.events(616) == [
        "Preferred domain controller of domain contoso.test failed: "
          + "dc1: no answer in 60 s; dc2 is asked in its place"
      ])
  }

  @Test("A delete that the source tells takes the account out of ledger and queue")
  func deleted() async throws {
    try await started("ann", "bob", "cyd")
    let bob = try world.targetAnchor("bob")
    world.target.state.withLock { $0.answers[bob] = .retry("not yet") }
    #expect(try await world.turn() == .ended(taken: 2, failed: 1))
    for name in ["ann", "bob", "nobody"] {
      world.source.remove(name)
      world.source.state.withLock { $0.deleted.append("g-" + name) }
    }
    #expect(try await world.turn() == .ended(taken: 0, failed: 0))
    #expect(throws: World.Missing.self) { try world.row("ann") }
    #expect(throws: World.Missing.self) { try world.row("bob") }
    #expect(try world.status("cyd") == .success)
    #expect(try world.events(606).map { $0.contains("CN=bob,") } == [true])
    // Whoever is brought back is sent anew.
    world.source.set("again", of: "ann", at: world.now)
    #expect(try await world.turn() == .ended(taken: 1, failed: 0))
  }

  @Test("Many that are due are read together")
  func together() async throws {
    for number in 1...120 { try world.addUser("u\(number)") }
    try await world.cycle(.initial)
    away(true)
    _ = try await world.turn()
    away(false)
    world.wait(120)
    #expect(try await world.turn() == .ended(taken: 120, failed: 0))
    #expect(world.source.state.withLock { $0.readings } == 1)
    #expect(world.target.batchSizes == [50, 50, 20])
  }
}
