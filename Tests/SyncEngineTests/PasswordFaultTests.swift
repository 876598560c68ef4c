import Directory
import Foundation
import PasswordSync
import SyncStore
import Synchronization
import Testing

@testable import SyncEngine

@Suite("Whatever goes wrong, no password is lost, doubled or late without a word")
struct PasswordFaultTests {
  private let world: PasswordWorld

  init() throws { world = try PasswordWorld() }

  private func started(_ names: String...) async throws {
    for name in names { try world.addUser(name) }
    try await world.cycle(.initial)
  }

  @Test("What the target asks to have again is sent later, with growing delays, until it is taken")
  func retries() async throws {
    try await started("ann", "bob")
    let ann = try world.targetAnchor("ann")
    world.target.state.withLock { $0.answers[ann] = .retry("not yet") }
    #expect(try await world.turn() == .ended(taken: 1, failed: 1))
    #expect(try world.status("ann") == .retryRequestedByTarget)
    #expect(try world.row("ann").reason == "not yet")
    var delays: [Double] = []
    for attempt in 1...7 {
      let due = try #require(try world.row("ann").due)
      delays.append(due.seconds(since: world.now))
      world.wait(delays[attempt - 1] - 1)
      #expect(try await world.turn() == .ended(taken: 0, failed: 0))
      world.wait(1)
      #expect(try await world.turn() == .ended(taken: 0, failed: 1))
      #expect(try world.row("ann").attempts == attempt + 1)
    }
    #expect(delays == [120, 240, 480, 960, 1920, 3600, 3600])
    world.target.state.withLock { $0.answers = [:] }
    world.wait(3600)
    #expect(try await world.turn() == .ended(taken: 1, failed: 0))
    #expect(try world.takes("ann-secret", of: "ann"))
    #expect(world.target.setCount == 2)
    #expect(try world.events(605).count == 1 && world.events(606).count == 1)
    let numbers = world.target.state.withLock { state in
      Set(state.batches.flatMap { $0 }.filter { $0.targetAnchor == ann }.map(\.request))
    }
    #expect(numbers.count == 1)
  }

  @Test("What is refused is told in the target's words, and the others are taken")
  func refused() async throws {
    try await started("ann", "bob")
    let ann = try world.targetAnchor("ann")
    world.target.state.withLock { $0.answers[ann] = .failed("no rights") }
    #expect(try await world.turn() == .ended(taken: 1, failed: 1))
    #expect(try world.status("ann") == .error && world.row("ann").reason == "no rights")
    let told = try #require(try world.events(657).last)
    #expect(told.contains("Result : Failed., Extended Error: no rights"))
    #expect(told.contains("Result : Success."))
  }

  @Test("A person's order does not wait for the time of another try")
  func impatient() async throws {
    try await started("ann")
    let ann = try world.targetAnchor("ann")
    world.target.state.withLock { $0.answers[ann] = .retry("") }
    try await world.turn()
    world.wait(1)
    #expect(try await world.turn(PasswordWishes(isImpatient: true)) == .ended(taken: 0, failed: 1))
    world.target.state.withLock { $0.answers = [:] }
    world.wait(1)
    #expect(try await world.turn(PasswordWishes(isImpatient: true)) == .ended(taken: 1, failed: 0))
  }

  @Test("A new password does not wait for the old one's time, and has a number of its own")
  func newWhileWaiting() async throws {
    try await started("ann")
    let ann = try world.targetAnchor("ann")
    world.target.state.withLock { $0.answers[ann] = .retry("") }
    try await world.turn()
    world.target.state.withLock { $0.answers = [:] }
    world.source.set("newer", of: "ann", at: world.now)
    #expect(try await world.turn() == .ended(taken: 1, failed: 0))
    #expect(try world.takes("newer", of: "ann"))
    let numbers = world.target.state.withLock { $0.batches.flatMap { $0 }.map(\.request) }
    #expect(Set(numbers).count == 2)
    #expect(try world.row("ann").attempts == 0)
  }

  @Test("A target that is away gets everything when it is back, and each once")
  func targetAway() async throws {
    world.source.state.withLock { $0.pageSize = 80 }
    for number in 1...200 { try world.addUser("u\(number)") }
    try await world.cycle(.initial)
    world.target.state.withLock {
      $0.failure = PasswordTargetFailure("connection refused", hint: "start it")
    }
    #expect(try await world.turn() == .failed("connection refused. start it"))
    #expect(
      try world.events(652)
        == ["Failed credential provisioning batch. Error: connection refused. start it"])
    #expect(try world.events(0).count == 1)
    #expect(try world.names(657) == world.names(656))
    #expect(
      try world.events(657).first?.contains("Result : Failed., Extended Error: connection refused")
        == true)
    #expect(try world.events(0)[0].contains("scheduled for retry. DN = CN=u1,"))
    #expect(try world.state.state == .failed)
    // Reading goes no further than what could not be sent.
    #expect(world.source.state.withLock { $0.pages } == 1)
    world.target.state.withLock { $0.failure = nil }
    world.wait(120)
    #expect(try await world.turn() == .ended(taken: 200, failed: 0))
    #expect(world.target.setCount == 200)
    #expect(world.target.state.withLock { $0.count.values.max() } == 1)
  }

  @Test("A batch whose answer was lost is sent again under its numbers, and is done once")
  func lostAnswer() async throws {
    try await started("ann", "bob")
    world.target.state.withLock { $0.dropAnswers = 1 }
    guard case .failed = try await world.turn() else {
      Issue.record("did not fail")
      return
    }
    #expect(try world.status("ann") == .error)
    world.wait(120)
    #expect(try await world.turn() == .ended(taken: 2, failed: 0))
    #expect(world.target.batchSizes == [2, 2])
    #expect(world.target.setCount == 2)
    #expect(try world.status("ann") == .success)
  }

  @Test("An unreadable source is told, and nothing of it is passed over")
  func sourceFails() async throws {
    try await started("ann")
    try await world.turn()
    world.source.set("new", of: "ann", at: world.now)
    world.source.state.withLock { $0.failure = PasswordSourceFailure("8453", hint: "give rights") }
    #expect(try await world.turn() == .failed("8453. give rights"))
    #expect(
      try world.events(611)
        == ["Password synchronization failed for domain: contoso.test.\n8453. give rights"])
    world.source.state.withLock { $0.failure = nil }
    #expect(try await world.turn() == .ended(taken: 1, failed: 0))
    #expect(try world.takes("new", of: "ann"))
  }

  @Test("Where the source can't go on, all is read anew and nothing sent twice")
  func uselessState() async throws {
    try await started("ann", "bob")
    try await world.turn()
    world.source.state.withLock {
      $0.failure = PasswordSourceFailure("unknown cookie", hint: "", isStateUseless: true)
    }
    _ = try await world.turn()
    world.source.state.withLock { $0.failure = nil }
    world.source.set("new", of: "bob", at: world.now)
    #expect(try await world.turn() == .ended(taken: 1, failed: 0))
    #expect(world.target.batchSizes == [2, 1])
  }

  @Test(
    "An account that is gone when its time comes is forgotten with its object, and the others are sent"
  )
  func goneAccount() async throws {
    try await started("ann", "bob")
    world.target.state.withLock { $0.failure = PasswordTargetFailure("away", hint: "") }
    _ = try await world.turn()
    world.source.remove("ann")
    world.target.state.withLock { $0.failure = nil }
    world.wait(120)
    #expect(try await world.turn() == .ended(taken: 1, failed: 0))
    #expect(try world.takes("bob-secret", of: "bob"))
    // The directory synchronization has it yet: the replica may be the one that is late.
    #expect(try world.row("ann").due != nil && world.events(606).count == 1)
    world.world.source.remove("g-ann")
    try await world.cycle()
    world.wait(3600)
    #expect(try await world.turn() == .ended(taken: 0, failed: 0))
    #expect(try world.row("ann").due == nil)
    #expect(try world.status("ann") == .sourceConnectorNotPresent)
    var wishes = PasswordWishes()
    wishes.accounts = ["g-ann"]
    #expect(try await world.turn(wishes) == .ended(taken: 0, failed: 0))
    #expect(throws: World.Missing.self) { try world.row("ann") }
  }

  @Test("A target that answers for too few fails the batch")
  func tooFewAnswers() async throws {
    try await started("ann")
    let world = world
    world.configure = { $0.target = SilentTarget() }
    guard case .failed(let words) = try await world.turn() else {
      Issue.record("did not fail")
      return
    }
    #expect(words.contains("0 of 1"))
    world.configure = { _ in }
    world.wait(120)
    #expect(try await world.turn() == .ended(taken: 1, failed: 0))
  }

  private struct SilentTarget: PasswordTarget {
    func provision(_ changes: [PasswordChange]) async throws -> [PasswordAnswer] { [] }
    func ping() async throws {}
  }

  @Test(
    "An end at any commit loses no password and has none set twice",
    arguments: [StoreOptions.CommitMoment.before, .after])
  func crashes(moment: StoreOptions.CommitMoment) async throws {
    let fuse = Fuse()
    var options = StoreOptions()
    options.onCommit = { now in if now == moment { try fuse.burn() } }
    var crashes = 0
    for length in 1...400 {
      let world = try PasswordWorld(options: options)
      world.source.state.withLock { $0.pageSize = 3 }
      for number in 1...5 { try world.addUser("u\(number)") }
      try await world.cycle(.initial)
      let channel = try world.channel()
      fuse.light(length)
      var isWhole = false
      do {
        if case .ended = try await channel.turn() { isWhole = true }
      } catch {}
      fuse.light(nil)
      if !isWhole { crashes += 1 }
      // The next engine, and its turns until everything is done.
      for _ in 1...3 {
        world.wait(4000)
        _ = try await world.turn()
      }
      for number in 1...5 {
        #expect(try world.takes("u\(number)-secret", of: "u\(number)"), "end at \(length)")
        #expect(try world.status("u\(number)") == .success)
      }
      #expect(world.target.setCount == 5, "end at \(length)")
      if isWhole { break }
    }
    #expect(crashes > 5)
  }

  /// Burns down commit by commit; where it ends, so does the engine.
  private final class Fuse: Sendable {
    private let left = Mutex<Int?>(nil)
    struct Burnt: Error {}
    func light(_ length: Int?) { left.withLock { $0 = length } }
    func burn() throws {
      try left.withLock { left in
        guard let count = left else { return }
        left = count - 1
        if count <= 1 { throw Burnt() }
      }
    }
  }
}

@Suite("The events about passwords")
struct PasswordEventTests {
  private let moment = Timestamp(milliseconds: 1_367_426_048_000)

  private func line(_ dn: String) -> PasswordEvents.Line {
    .init(anchor: "H552hI9GwEykZwosf74JeOQ==", dn: dn, changed: moment, mustChange: false)
  }

  @Test("A request has a line for each user, and the forest after them")
  func requests() {
    let text = PasswordEvents.requests(
      [line("CN=Viola Hanson,OU=Cloud Objects,DC=contoso,DC=local"), line("CN=B")],
      domain: "contoso.local", connector: "ad")
    #expect(
      text == """
        Password Change Request - Anchor : H552hI9GwEykZwosf74JeOQ==, Dn : CN=Viola Hanson,OU=Cloud Objects,DC=contoso,DC=local, Change Date : 05/01/2013 16:34:08
        Password Change Request - Anchor : H552hI9GwEykZwosf74JeOQ==, Dn : CN=B, Change Date : 05/01/2013 16:34:08

        <forest-info>
          <partition-name>CONTOSO.LOCAL</partition-name>
          <connector-id>ad</connector-id>
        </forest-info>
        """)
  }

  @Test(
    "A result has the outcome in its line",
    arguments: [
      (PasswordOutcome(status: .success), "Result : Success."),
      (PasswordOutcome(status: .error), "Result : Failed."),
      (
        PasswordOutcome(status: .error, words: "no such\nuser"),
        "Result : Failed., Extended Error: no such\u{FFFD}user"
      ),
    ])
  func results(outcome: PasswordOutcome, end: String) {
    let text = PasswordEvents.results(
      [(line("CN=B"), outcome)], domain: "contoso.local", connector: "ad")
    let first = text.split(separator: "\n").first.map(String.init)
    #expect(
      first
        == "Password Change Result - Anchor : H552hI9GwEykZwosf74JeOQ==, Dn : CN=B, "
        + "PwdChangeOnLogon=False, " + end)
  }

  @Test(
    "A request pairs with its result line by line, whatever the name is",
    arguments: [
      #"CN=Hanson\, Viola,OU=a"#, #"CN="Quoted, Name",OU=a"#, "CN=line\nbreak,OU=a",
      "CN=\u{1B}[31mred\u{2028}x,OU=a", "CN=, Result : Success.,OU=a",
    ])
  func pairing(dn: String) {
    let lines = [line("CN=first"), line(dn), line("CN=last")]
    let asked = PasswordEvents.requests(lines, domain: "d", connector: "c")
      .components(separatedBy: "\n").prefix { $0.hasPrefix("Password Change Request") }
    let told = PasswordEvents.results(
      lines.map { ($0, PasswordOutcome(status: .success)) }, domain: "d", connector: "c"
    ).components(separatedBy: "\n").prefix { $0.hasPrefix("Password Change Result") }
    #expect(asked.count == 3 && told.count == 3)
    func name(_ text: String, _ end: String) -> Substring? {
      guard let from = text.range(of: "Dn : "), let to = text.range(of: end, options: .backwards)
      else { return nil }
      return text[from.upperBound..<to.lowerBound]
    }
    for (request, result) in zip(asked, told) {
      #expect(name(request, ", Change Date : ") == name(result, ", PwdChangeOnLogon="))
      #expect(name(request, ", Change Date : ") != nil)
    }
  }
}
