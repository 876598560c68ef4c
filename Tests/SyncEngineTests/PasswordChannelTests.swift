import Directory
import Foundation
import PasswordSync
import SyncStore
import Synchronization
import Testing

@testable import SyncEngine

@Suite("Passwords go from the source to the target")
struct PasswordChannelTests {
  private let world: PasswordWorld

  init() throws { world = try PasswordWorld() }

  private func started(_ names: String...) async throws {
    for name in names { try world.addUser(name) }
    try await world.cycle(.initial)
    #expect(try await world.turn() == .ended(taken: names.count, failed: 0))
  }

  // MARK: Before the first turn

  @Test("Nothing is sent before the first directory synchronization, and that is told once")
  func paused() async throws {
    try world.addUser("ann")
    for _ in 1...2 {
      guard case .refused = try await world.turn() else {
        Issue.record("not refused")
        return
      }
    }
    #expect(world.target.batchSizes.isEmpty)
    #expect(try world.state.state == .paused)
    // A restart tells it again, another turn does not.
    let channel = try world.channel()
    _ = try await channel.turn()
    let count = try world.events(613).count
    _ = try await channel.turn()
    #expect(try world.events(613).count == count && count > 0)
    try await world.cycle(.initial)
    #expect(try await channel.turn() == .ended(taken: 1, failed: 0))
    #expect(try world.takes("ann-secret", of: "ann"))
  }

  @Test("The first turn is a full synchronization, told from its start to its end")
  func firstTurn() async throws {
    try await started("ann", "bob")
    for code in [601, 617, 618, 619, 622, 623, 650, 651, 656, 657] {
      #expect(try world.events(code).count == 1, "event \(code)")
    }
    #expect(
      try world.events(622)
        == ["Full password hash synchronization completed for domain: contoso.test"])
    #expect(
      try world.events(623)
        == ["Full password hash synchronization completed for forest: contoso.test"])
    #expect(try world.events(650) == ["Provision credentials batch start. Count: 2"])
    #expect(try world.events(651) == ["Provision credentials batch end. Count: 2"])
    #expect(try world.state.fullEnded != nil && world.state.fullDone == 2)
    #expect(try world.state.state == .waiting)
  }

  @Test("In staging mode nothing is sent, and afterwards everything that changed")
  func staging() async throws {
    try await started("ann")
    world.world.isStaging = true
    world.source.set("new", of: "ann", at: world.now)
    guard case .refused = try await world.turn() else {
      Issue.record("not refused")
      return
    }
    #expect(try world.state.state == .paused)
    #expect(try world.takes("ann-secret", of: "ann"))
    world.world.isStaging = false
    #expect(try await world.turn() == .ended(taken: 1, failed: 0))
    #expect(try world.takes("new", of: "ann"))
  }

  @Test("Staging mode that is turned on while passwords are sent ends the turn after the batch")
  func stagingMeanwhile() async throws {
    for number in 1...120 { try world.addUser("u\(number)") }
    try await world.cycle(.initial)
    let store = world.store
    world.target.state.withLock {
      $0.onBatch = { try? store.transaction { try $0.set("engine.staging", "true") } }
    }
    #expect(try await world.turn() == .stopped)
    #expect(world.target.batchSizes == [50])
    try store.transaction { try $0.set("engine.staging", nil) }
    world.target.state.withLock { $0.onBatch = nil }
    #expect(try await world.turn() == .ended(taken: 70, failed: 0))
    #expect(world.target.setCount == 120)
  }

  @Test("On a host in FIPS mode nothing is sent unless it is allowed, and the override is named")
  func fips() async throws {
    try world.addUser("ann")
    try await world.cycle(.initial)
    world.configure = { $0.isFIPS = { true } }
    guard case .refused(let reason) = try await world.turn() else {
      Issue.record("not refused")
      return
    }
    #expect(reason.contains("FIPS") && reason.contains("allow_in_fips"))
    #expect(try world.state.state == .refused)
    #expect(try world.events(607).count == 1)
    #expect(world.target.batchSizes.isEmpty)
    world.configure = {
      $0.isFIPS = { true }
      $0.allowsFIPS = true
    }
    #expect(try await world.turn() == .ended(taken: 1, failed: 0))
  }

  @Test("The kernel's word and the environment's say whether a host is in FIPS mode")
  func fipsMode() throws {
    let file = world.world.folder.appending(path: "fips_enabled").path
    #expect(!FIPSMode.isOn(kernel: file))
    for (text, isOn) in [("1\n", true), ("0\n", false), ("", false)] {
      try text.write(toFile: file, atomically: true, encoding: .utf8)
      #expect(FIPSMode.isOn(kernel: file) == isOn)
    }
  }

  // MARK: Changes

  @Test("A password that changed is sent in the next turn, and nothing else")
  func change() async throws {
    try await started("ann", "bob")
    #expect(try await world.turn() == .ended(taken: 0, failed: 0))
    world.wait(60)
    world.source.set("new", of: "bob", at: world.now)
    #expect(try await world.turn() == .ended(taken: 1, failed: 0))
    #expect(world.target.batchSizes == [2, 1])
    #expect(try world.takes("new", of: "bob") && !world.takes("bob-secret", of: "bob"))
    #expect(try world.takes("ann-secret", of: "ann"))
  }

  @Test("Sign-ins, renames and other changes of an account send nothing")
  func touches() async throws {
    try await started("ann")
    for _ in 1...3 { world.source.touch("ann") }
    world.source.touch("ann") { $0.name.dn = "CN=Ann Other,OU=Staff,DC=contoso,DC=test" }
    #expect(try await world.turn() == .ended(taken: 0, failed: 0))
    #expect(world.target.batchSizes == [1])
    #expect(try world.row("ann").dn == "CN=Ann Other,OU=Staff,DC=contoso,DC=test")
  }

  @Test("At most 50 passwords go in a batch, in the order in which they were set")
  func batches() async throws {
    world.source.state.withLock { $0.pageSize = 70 }
    for number in 1...120 {
      try world.addUser("u\(number)")
      world.wait(number == 60 ? -5000 : 1)
    }
    try await world.cycle(.initial)
    #expect(try await world.turn() == .ended(taken: 120, failed: 0))
    #expect(world.target.batchSizes == [50, 20, 50])
    let times = world.target.state.withLock { $0.batches.map { $0.map(\.changed) } }
    #expect((times[0] + times[1]) == (times[0] + times[1]).sorted())
    #expect(times[2] == times[2].sorted())
    #expect(try world.events(619).count == 2)
  }

  @Test("The time of the last password is that of the user in the target")
  func usersView() async throws {
    try await started("ann")
    let users = try world.world.reader.users(
      order: .displayName, descending: false, text: "", state: nil, after: nil, limit: 9)
    #expect(users.map(\.lastPasswordSync) == [world.now])
  }

  // MARK: Whose password goes

  @Test("Who is in scope of no rule with passwords is not sent, and is when the rules take them in")
  func outOfScope() async throws {
    try await started("ann")
    try world.addUser("bob")
    world.world.source.change("g-bob") { $0["hidden"] = ["yes"] }
    try await world.cycle()
    #expect(try await world.turn() == .ended(taken: 0, failed: 0))
    #expect(try world.status("bob") == .noTargetConnection)
    #expect(try !world.row("bob").reason.isEmpty)
    world.world.source.change("g-bob") { $0["hidden"] = [] }
    try await world.cycle()
    #expect(try await world.turn() == .ended(taken: 1, failed: 0))
    #expect(try world.takes("bob-secret", of: "bob"))
    #expect(try world.status("bob") == .success)
  }

  @Test("Rules without passwords send none", arguments: ["In - User", "Out - User"])
  func rulesWithout(rule: String) async throws {
    world.world.rulesText = world.world.rulesText.replacing(
      "name = \"\(rule)\"\npassword_sync = true", with: "name = \"\(rule)\"")
    try world.addUser("ann")
    try await world.cycle(.initial)
    #expect(try await world.turn() == .ended(taken: 0, failed: 0))
    #expect(try world.status("ann") == .noTargetConnection)
    #expect(try world.row("ann").reason.contains(rule.hasPrefix("In") ? "inbound" : "outbound"))
  }

  @Test("Whom the directory synchronization does not know is sent as soon as it does")
  func unknownAccount() async throws {
    try await started("ann")
    world.source.set("early", of: "bob", at: world.now)
    #expect(try await world.turn() == .ended(taken: 0, failed: 0))
    #expect(try world.status("bob") == .sourceConnectorNotPresent)
    world.world.source.put(try world.world.user("bob"))
    try await world.cycle()
    #expect(try await world.turn() == .ended(taken: 1, failed: 0))
    #expect(try world.takes("early", of: "bob"))
  }

  @Test("Who is missing in the target waits for the export, and is sent after it")
  func notExported() async throws {
    try await started("ann")
    world.world.target.state.withLock { $0.refuseValue = "bob" }
    try world.addUser("bob")
    try await world.cycle()
    #expect(try await world.turn() == .ended(taken: 0, failed: 0))
    #expect(try world.status("bob") == .targetNotExportedToDirectory)
    world.world.target.state.withLock { $0.refuseValue = nil }
    try await world.cycle()
    #expect(try await world.turn() == .ended(taken: 1, failed: 0))
    #expect(try world.takes("bob-secret", of: "bob"))
  }

  @Test("Who was made anew in the target gets the password again")
  func madeAnew() async throws {
    try await started("ann")
    let before = try world.targetAnchor("ann")
    world.world.target.remove(before)
    try await world.cycle()
    try await world.cycle()
    #expect(try world.targetAnchor("ann") != before)
    #expect(try await world.turn() == .ended(taken: 1, failed: 0))
    #expect(try world.takes("ann-secret", of: "ann"))
  }

  @Test("A password that must be changed is kept back, and sent with that word if it is to be")
  func mustChange() async throws {
    try await started("ann")
    world.source.touch("ann") { $0.mustChangePassword = true }
    world.source.set("start-1", of: "ann", at: world.now)
    #expect(try await world.turn() == .ended(taken: 0, failed: 0))
    #expect(try world.status("ann") == .filteredByTarget)
    #expect(try world.takes("ann-secret", of: "ann"))
    world.configure = { $0.sendsMustChange = true }
    world.source.touch("ann")
    #expect(try await world.turn() == .ended(taken: 1, failed: 0))
    #expect(world.target.state.withLock { $0.batches.last?.first?.mustChange } == true)
    #expect(
      try world.events(657).last?.contains("PwdChangeOnLogon=True, Result : Success.") == true)
  }

  @Test("That a password must be changed is told when it is said later, and that it need not be")
  func mustChangeLater() async throws {
    world.configure = { $0.sendsMustChange = true }
    try await started("ann")
    for mustChange in [true, false] {
      world.source.touch("ann") { $0.mustChangePassword = mustChange }
      #expect(try await world.turn() == .ended(taken: 1, failed: 0))
      let sent = world.target.state.withLock { $0.batches.last?.first?.mustChange }
      #expect(sent == mustChange)
    }
    #expect(try await world.turn() == .ended(taken: 0, failed: 0))
  }

  @Test("A password that must be changed later is kept back where such are, and then is the same")
  func mustChangeKept() async throws {
    try await started("ann")
    world.source.touch("ann") { $0.mustChangePassword = true }
    #expect(try await world.turn() == .ended(taken: 0, failed: 0))
    #expect(try world.status("ann") == .filteredByTarget && !world.row("ann").isCurrent)
    world.source.touch("ann") { $0.mustChangePassword = false }
    #expect(try await world.turn() == .ended(taken: 0, failed: 0))
    #expect(try world.status("ann") == .success && world.row("ann").isCurrent)
    #expect(world.target.setCount == 1)
  }

  @Test("Which of two passwords is the earlier one is asked by the stamps that the source gave")
  func comparedStamps() async throws {
    try await started("ann")
    world.source.touch("ann") { $0.mustChangePassword = true }
    try await world.turn()
    world.source.state.withLock { $0.isEarlier = true }
    world.source.set("new", of: "ann", at: world.now)
    try await world.turn()
    #expect(world.source.state.withLock { $0.compared } == ["set 1", "set 3"])
  }

  @Test("The hash of a smart-card account is kept back unless it is to be sent")
  func smartCard() async throws {
    try world.addUser("ann")
    world.source.touch("ann") { $0.requiresSmartCard = true }
    try await world.cycle(.initial)
    #expect(try await world.turn() == .ended(taken: 0, failed: 0))
    #expect(try world.status("ann") == .filteredByTarget)
    world.configure = { $0.sendsSmartCard = true }
    world.source.touch("ann")
    #expect(try await world.turn() == .ended(taken: 1, failed: 0))
  }

  @Test("An account without a hash is told with the reason")
  func noHash() async throws {
    try world.addUser("ann")
    world.source.set(nil, of: "ann", at: world.now)
    world.source.touch("ann") { $0.problem = "the secret is damaged" }
    try await world.cycle(.initial)
    #expect(try await world.turn() == .ended(taken: 0, failed: 0))
    #expect(try world.status("ann") == .missingAttribute)
    #expect(try world.row("ann").reason == "the secret is damaged")
    world.source.set("first", of: "ann", at: world.now)
    #expect(try await world.turn() == .ended(taken: 1, failed: 0))
  }

  // MARK: Full and single

  @Test("A full synchronization sends all passwords again, each once")
  func full() async throws {
    try await started("ann", "bob")
    world.wait(600)
    #expect(try await world.turn(PasswordWishes(isFull: true)) == .ended(taken: 2, failed: 0))
    #expect(world.target.batchSizes == [2, 2])
    #expect(world.target.setCount == 4)
    #expect(try await world.turn() == .ended(taken: 0, failed: 0))
  }

  @Test("A full synchronization that was interrupted goes on where it was")
  func interruptedFull() async throws {
    world.source.state.withLock { $0.pageSize = 50 }
    for number in 1...150 { try world.addUser("u\(number)") }
    try await world.cycle(.initial)
    let stop = world.stop
    world.target.state.withLock { $0.onBatch = { stop.set(.user) } }
    let source = world.source
    world.target.state.withLock { state in
      state.onBatch = {
        source.state.withLock { $0.failure = PasswordSourceFailure("gone", hint: "wait") }
      }
    }
    guard case .failed = try await world.turn() else {
      Issue.record("did not fail")
      return
    }
    #expect(try world.events(611).count == 1 && world.events(621).count == 1)
    #expect(world.target.batchSizes == [50])
    world.target.state.withLock { $0.onBatch = nil }
    source.state.withLock { $0.failure = nil }
    world.wait(120)
    #expect(try await world.turn() == .ended(taken: 100, failed: 0))
    #expect(world.target.setCount == 150)
    #expect(try world.events(617).count == 1 && world.events(623).count == 1)
  }

  @Test("One account is sent again when a person asks for it")
  func single() async throws {
    try await started("ann", "bob")
    let wishes = PasswordWishes(accounts: ["g-ann"])
    #expect(try await world.turn(wishes) == .ended(taken: 1, failed: 0))
    #expect(world.source.state.withLock { $0.singleReads } == ["g-ann"])
    let unknown = PasswordWishes(accounts: ["g-nobody"])
    #expect(try await world.turn(unknown) == .ended(taken: 0, failed: 0))
  }

  // MARK: Signs of life

  @Test("After half an hour without a password the target is pinged")
  func ping() async throws {
    try await started("ann")
    #expect(world.target.state.withLock { $0.pings } == 0)
    world.wait(1799)
    try await world.turn()
    #expect(world.target.state.withLock { $0.pings } == 0)
    world.wait(1)
    try await world.turn()
    try await world.turn()
    #expect(world.target.state.withLock { $0.pings } == 1)
    #expect(try world.events(653) == ["Provision credentials ping start."])
    #expect(try world.events(654) == ["Provision credentials ping end."])
    #expect(try world.state.lastContact == world.now)
  }

  @Test("A ping that fails is told with the target's words")
  func pingFails() async throws {
    try await started("ann")
    world.wait(3600)
    world.target.state.withLock { $0.failure = PasswordTargetFailure("busy", hint: "wait") }
    #expect(try await world.turn() == .failed("busy. wait"))
    #expect(try world.events(655) == ["Failed credential provisioning ping. Error: busy. wait"])
    #expect(try world.state.state == .failed && world.state.reason == "busy. wait")
    world.target.state.withLock { $0.failure = nil }
    #expect(try await world.turn() == .ended(taken: 0, failed: 0))
    #expect(try world.state.state == .waiting && world.state.reason.isEmpty)
  }
}
