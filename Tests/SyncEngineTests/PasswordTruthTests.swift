import Directory
import PasswordSync
import SyncStore
import Synchronization
import Testing

@testable import SyncEngine

@Suite("Ledger and events say what became of each password")
struct PasswordTruthTests {
  private let world: PasswordWorld

  init() throws { world = try PasswordWorld() }

  private func started(_ names: String...) async throws {
    for name in names { try world.addUser(name) }
    try await world.cycle(.initial)
  }

  // MARK: What is kept back

  @Test("What the target takes from nobody is filtered and no failure, and is offered once a day")
  func filtered() async throws {
    world.configure = { $0.sendsMustChange = true }
    try world.addUser("ann")
    world.source.touch("ann") { $0.mustChangePassword = true }
    try await world.cycle(.initial)
    let ann = try world.targetAnchor("ann")
    world.target.state.withLock { $0.answers[ann] = .filtered("the feature is off") }
    #expect(try await world.turn() == .ended(taken: 0, failed: 0, filtered: 1))
    #expect(try world.status("ann") == .filteredByTarget)
    #expect(try world.row("ann").reason == "the feature is off" && world.row("ann").attempts == 0)
    #expect(try world.events(605).isEmpty && world.state.retrying == 0 && world.state.waiting == 0)
    // To be told of the account again is no reason to offer it again.
    world.source.touch("ann")
    world.wait(86_399)
    #expect(try await world.turn() == .ended(taken: 0, failed: 0))
    #expect(try world.status("ann") == .filteredByTarget)
    world.target.state.withLock { $0.answers = [:] }
    world.wait(1)
    #expect(try await world.turn() == .ended(taken: 1, failed: 0))
    #expect(try world.status("ann") == .success && world.takes("ann-secret", of: "ann"))
  }

  @Test("What the target filtered goes at once when a person says so")
  func filteredByOrder() async throws {
    world.configure = { $0.sendsMustChange = true }
    try world.addUser("ann")
    world.source.touch("ann") { $0.mustChangePassword = true }
    try await world.cycle(.initial)
    let ann = try world.targetAnchor("ann")
    world.target.state.withLock { $0.answers[ann] = .filtered("off") }
    try await world.turn()
    world.target.state.withLock { $0.answers = [:] }
    world.wait(1)
    #expect(try await world.turn(PasswordWishes(isImpatient: true)) == .ended(taken: 1, failed: 0))
  }

  @Test(
    "An option that lets more passwords go sends those that were kept back, without a change of theirs",
    arguments: [true, false])
  func options(isMustChange: Bool) async throws {
    try world.addUser("ann")
    try world.addUser("bob")
    world.source.touch("ann") {
      if isMustChange { $0.mustChangePassword = true } else { $0.requiresSmartCard = true }
    }
    try await world.cycle(.initial)
    #expect(try await world.turn() == .ended(taken: 1, failed: 0))
    #expect(try world.status("ann") == .filteredByTarget)
    world.configure = {
      if isMustChange { $0.sendsMustChange = true } else { $0.sendsSmartCard = true }
    }
    #expect(try await world.turn() == .ended(taken: 1, failed: 0))
    #expect(try world.status("ann") == .success && world.takes("ann-secret", of: "ann"))
    // Looked at once, not in each turn; and the other option finds nobody.
    let reads = world.source.state.withLock { $0.singleReads.count }
    world.configure = { ($0.sendsMustChange, $0.sendsSmartCard) = (true, true) }
    #expect(try await world.turn() == .ended(taken: 0, failed: 0))
    #expect(world.source.state.withLock { $0.singleReads.count } == reads)
  }

  // MARK: Pairs

  @Test("An end between 656 and 657 is told by the next engine, of the same users")
  func abandoned() async throws {
    let fuse = Atomic(false)
    var options = StoreOptions()
    options.onCommit = { moment in
      if moment == .before, fuse.load(ordering: .acquiring) { throw Burnt() }
    }
    let world = try PasswordWorld(options: options)
    for name in ["ann", "bob"] { try world.addUser(name) }
    try await world.cycle(.initial)
    let channel = try world.channel()
    world.target.state.withLock { $0.onBatch = { fuse.store(true, ordering: .releasing) } }
    await #expect(throws: (any Error).self) { _ = try await channel.turn() }
    fuse.store(false, ordering: .releasing)
    world.target.state.withLock { $0.onBatch = nil }
    #expect(try world.names(656).count == 2 && world.names(657).isEmpty)
    let next = try world.channel()
    #expect(try world.names(657) == world.names(656))
    #expect(
      try world.events(657).first?.contains("Result : Failed., Extended Error: It was broken off")
        == true)
    #expect(try world.events(652).count == 1 && world.events(605).count == 1)
    #expect(try await next.turn() == .ended(taken: 2, failed: 0))
    #expect(try world.names(657) == world.names(656) && world.target.setCount == 2)
    // What is closed is told once.
    _ = try world.channel()
    #expect(try world.events(657).count == 2)
  }

  private struct Burnt: Error {}

  @Test("Requests and results are information, as in the original, whatever they say")
  func levels() async throws {
    try await started("ann", "bob")
    let ann = try world.targetAnchor("ann")
    world.target.state.withLock { $0.answers[ann] = .failed("no") }
    try await world.turn()
    #expect(try world.levels(656) == [.information] && world.levels(657) == [.information])
    #expect(try world.levels(605) == [.warning])
  }

  // MARK: Other events

  @Test("What can't be set up to decide is told as that, and mended without a loss")
  func context() async throws {
    try await started("ann")
    try await world.turn()
    world.source.set("new", of: "ann", at: world.now)
    world.configure = { $0.targetConnector = "nobody" }
    let channel = try world.channel()
    guard case .failed(let words) = try await channel.turn() else {
      Issue.record("did not fail")
      return
    }
    #expect(words.contains("nobody"))
    #expect(try world.events(612).count == 1 && world.events(603).isEmpty)
    world.configure = { _ in }
    #expect(try await world.turn() == .ended(taken: 1, failed: 0))
  }

  @Test("A single account whose hash can't be read is told once")
  func singleObject() async throws {
    try world.addUser("ann")
    world.source.touch("ann") { account in
      account.hash = nil
      account.problem = "its layers do not come apart"
    }
    try await world.cycle(.initial)
    for _ in 1...3 {
      #expect(try await world.turn() == .ended(taken: 0, failed: 0))
      world.wait(3600)
    }
    #expect(
      try world.events(664) == [
        "Password synchronization failed for a single object: its layers do not come apart. "
          + "DN = CN=ann,OU=Staff,DC=contoso,DC=test"
      ])
  }

  @Test("Objects of which only the password's time changed are counted and not sent")
  func onlyTime() async throws {
    try await started("ann", "bob", "cyd")
    let channel = try world.channel()
    #expect(try await channel.turn() == .ended(taken: 3, failed: 0))
    world.wait(600)
    for name in ["ann", "bob"] {
      world.source.touch(name) { [now = world.now] in $0.changed = now }
    }
    world.source.touch("cyd")
    #expect(try await channel.turn() == .ended(taken: 0, failed: 0))
    let text = "Count of objects of domain contoso.test of which only pwdLastSet changed: 2"
    #expect(try world.events(668) == [text])
    world.source.touch("ann")
    #expect(try await channel.turn() == .ended(taken: 0, failed: 0))
    #expect(try world.events(668) == [text])
  }
}
