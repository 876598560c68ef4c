import Directory
import GRDB
import Testing

@testable import SyncStore

@Suite("The ledger of passwords")
final class PasswordLedgerTests: PasswordLedger {
  @Test("A password that was taken is current, with the time from its change until then")
  func success() throws {
    try write(note("a", due: start))
    let line = line("a", request: "r1")
    let batch = try send(line, now: at(60))
    #expect(try record("a").request == "r1")
    #expect(try record("a").due == start)
    try answer(line, batch: batch, PasswordOutcome(status: .success), now: at(61))
    let known = try record("a")
    #expect(known.status == .success && known.syncedStamp == "1" && known.due == nil)
    #expect(known.request == nil && known.attempts == 0 && known.answered == at(61))
    let shown = try row("a")
    #expect(shown.isCurrent && shown.succeeded == at(61) && shown.requested == at(60))
    #expect(shown.lag(now: at(9000)) == 61)
  }

  @Test("Sent again, a password is one that the target has since it took it first")
  func again() throws {
    try write(note("a", due: start))
    let line = line("a", request: "r1")
    try answer(
      line, batch: try send(line, now: at(60)), PasswordOutcome(status: .success), now: at(61))
    try answer(
      line, batch: try send(line, now: at(900)), PasswordOutcome(status: .success), now: at(901))
    #expect(try row("a").succeeded == at(61) && row("a").answered == at(901))
    #expect(try row("a").lag(now: at(9000)) == 61)
    try write(note("a", stamp: "2", due: at(1000)))
    let next = self.line("a", stamp: "2", request: "r2")
    try answer(
      next, batch: try send(next, now: at(1000)), PasswordOutcome(status: .success), now: at(1001))
    #expect(try row("a").succeeded == at(1001))
  }

  @Test("Who is owed the password again is not said to have it")
  func owed() throws {
    try write(note("a", due: start))
    let line = line("a", request: "r1")
    let batch = try send(line, now: at(60))
    try answer(line, batch: batch, PasswordOutcome(status: .success), now: at(61))
    var again = note("a", .error)
    again.isOwed = true
    try write(again)
    #expect(try !row("a").isCurrent && row("a").held == .older)
    for (filter, count) in [(PasswordFilter.current, 0), (.older, 1)] {
      let rows = try test.reader.passwords(
        channel: channel, filter, text: "", after: nil, limit: 9)
      #expect(rows.count == count)
    }
    let held = try test.store.look { tx in
      try tx.rows("SELECT \(PasswordRow.held) FROM password p").map { $0[0] as String }
    }
    #expect(held == ["older"])
  }

  @Test("Who is kept back while the target has an earlier password is counted, and nobody else")
  func outdated() throws {
    func outdated() throws -> Int { try test.reader.passwordChannels()[0].outdated }
    for anchor in ["a", "b", "c"] {
      try write(note(anchor, due: start))
      let line = line(anchor, request: "r" + anchor)
      try answer(
        line, batch: try send(line, now: at(60)), PasswordOutcome(status: .success), now: at(61))
    }
    try write(note("d", .filteredByTarget), note("e", .missingAttribute))
    #expect(try outdated() == 0)
    // The same password, of an account that was disabled.
    try write(note("c", .filteredByTarget))
    #expect(try outdated() == 0)
    try write(note("a", .filteredByTarget, stamp: "2"), note("b", .missingAttribute, stamp: ""))
    #expect(try outdated() == 2)
    var owed = note("a", .filteredByTarget, stamp: "2")
    owed.isOwed = true
    try write(owed)
    #expect(try outdated() == 1)
    try write(note("b", .unknown, stamp: "2", due: start))
    #expect(try outdated() == 0)
  }

  @Test("What is kept back or has no way is not late")
  func notLate() throws {
    let statuses: [PasswordStatus] = [.filteredByTarget, .noTargetConnection, .missingAttribute]
    for status in statuses { try write(note(status.rawValue, status)) }
    try write(note("a", .error))
    for status in statuses { #expect(try row(status.rawValue).lag(now: at(9000)) == nil) }
    #expect(try row("a").lag(now: at(9000)) == 9000)
    let order = try test.store.look { tx in
      try tx.rows("SELECT anchor FROM password p ORDER BY \(PasswordRow.lag) DESC LIMIT 1")
        .map { $0[0] as String }
    }
    #expect(order == ["a"])
  }

  @Test("A failure of the whole batch is no answer of the target")
  func unanswered() throws {
    try write(note("a", due: start))
    let line = line("a", request: "r1")
    let failed = PasswordOutcome(status: .error, words: "away", due: at(500))
    for isAnswered in [false, true] {
      let batch = try send(line, now: at(1))
      try test.store.transaction {
        try $0.answerPassword(
          line, at: 0, batch: batch, channel: channel, failed, isAnswered: isAnswered, now: at(1))
      }
      #expect(try record("a").answered == (isAnswered ? at(1) : nil))
      // What was refused may be refused for its number.
      #expect(try record("a").request == (isAnswered ? nil : "r1"))
    }
    #expect(try record("a").attempts == 2)
  }

  @Test("What failed is due again, and counts its attempts until it succeeds")
  func retry() throws {
    try write(note("a", due: start))
    let line = line("a", request: "r1")
    for attempt in 1...3 {
      let batch = try send(line, now: at(Double(attempt)))
      try answer(
        line, batch: batch,
        PasswordOutcome(status: .retryRequestedByTarget, words: "later", due: at(500)),
        now: at(Double(attempt)))
      #expect(try record("a").attempts == attempt)
    }
    #expect(try record("a").request == "r1")
    #expect(try row("a").reason == "later")
    #expect(try due(at: 499).isEmpty)
    #expect(try due(at: 500) == ["a"])
    #expect(try test.store.look { try $0.retryingPasswords(channel) } == 1)
    let batch = try send(line, now: at(500))
    try answer(line, batch: batch, PasswordOutcome(status: .success), now: at(501))
    #expect(try record("a").attempts == 0)
    #expect(try test.store.look { try $0.retryingPasswords(channel) } == 0)
  }

  @Test(
    "What the target takes from nobody counts no attempt, waits for no one, and can be looked at")
  func filtered() throws {
    try write(note("a", due: start), note("b", due: start))
    let (a, b) = (line("a", request: "r1"), line("b", request: "r2"))
    let words = PasswordOutcome(status: .error, words: "no", due: at(9))
    try answer(a, batch: try send(a, now: at(1)), words, now: at(1))
    let kept = PasswordOutcome(status: .filteredByTarget, words: "off", due: at(86_400))
    try answer(a, batch: try send(a, now: at(2)), kept, now: at(2))
    #expect(try record("a").attempts == 0 && record("a").due == at(86_400))
    let waiting = try test.reader.passwords(
      channel: channel, .waiting, text: "", after: nil, limit: 9)
    #expect(waiting.map(\.id.anchor) == ["b"])
    #expect(try test.reader.passwordChannels().first?.waiting == 1)
    try answer(b, batch: try send(b, now: at(3)), words, now: at(3))
    let count = try test.store.transaction {
      try $0.reconsiderFilteredPasswords(channel, at: at(4))
    }
    #expect(count == 1)
    #expect(try record("a").due == at(4) && record("b").due == at(9))
  }

  @Test(
    "What failed with its whole batch goes when the outage ends, and what failed by itself waits")
  func outage() throws {
    try write(note("a", due: start), note("b", due: start), note("c", due: start))
    let lines = ["a", "b", "c"].map { line($0, request: "r" + $0) }
    let failed = PasswordOutcome(status: .error, words: "away", due: at(500))
    for (index, line) in lines.enumerated() {
      let batch = try send(line, now: at(1))
      try test.store.transaction {
        try $0.answerPassword(line, at: 0, batch: batch, channel: channel, failed, now: at(1))
        try $0.endPasswordBatch(batch, error: index == 2 ? "" : "away", at: at(1))
      }
    }
    // A batch of one that failed once, and was answered by itself later.
    try answer(lines[1], batch: try send(lines[1], now: at(2)), failed, now: at(2))
    #expect(try test.store.transaction { try $0.endPasswordOutage(channel, at: at(3)) } == 1)
    #expect(try due(at: 3) == ["a"])
    #expect(try due(at: 500) == ["a", "b", "c"])
  }

  @Test("What is due comes page by page, each once, those that wait longest first")
  func pages() throws {
    for number in 1...7 { try write(note("\(number)", due: at(number < 4 ? 1 : 2))) }
    try write(note("8", due: at(-1)), note("9", due: at(3)), note("0"))
    var met: [String] = []
    var last: PasswordDue?
    for _ in 1...9 {
      let page = try test.store.look {
        try $0.duePasswords(channel, at: at(2), after: last, limit: 2)
      }
      guard let end = page.last else { break }
      last = end
      met += page.passwords.map(\.anchor)
    }
    #expect(met == ["8", "1", "2", "3", "4", "5", "6", "7"])
  }

  @Test("Nothing waits for longer than it may, whatever the clock was")
  func setBack() throws {
    try write(
      note("a", .error, due: at(3600)), note("b", .error, due: at(3601)),
      note("c", .filteredByTarget, due: at(3601)), note("d", .filteredByTarget, due: at(86_401)))
    try test.store.transaction {
      try $0.shortenPasswordWaits(channel, at: start, longest: 3600, filtered: 86_400)
    }
    #expect(try due(at: 0) == ["b", "d"])
    #expect(try record("a").due == at(3600) && record("c").due == at(3601))
  }

  @Test("A deleted account is forgotten, and told if its password was yet to be sent")
  func deleted() throws {
    try write(note("a", due: start), note("b", .success))
    func forget(_ anchor: String) throws -> String? {
      try test.store.transaction { try $0.forgetDeletedPassword(anchor, channel: channel) }
    }
    #expect(try forget("a") == "CN=a,DC=example,DC=com")
    #expect(try forget("b") == nil && forget("nobody") == nil)
    #expect(
      try test.reader.passwords(channel: channel, .all, text: "", after: nil, limit: 9).isEmpty)
  }

  @Test("Another password than the one that was asked for gets a request of its own")
  func anotherPassword() throws {
    try write(note("a", due: start))
    _ = try send(line("a", request: "r1"), now: at(1))
    try write(note("a", stamp: "1", due: at(2)))
    #expect(try record("a").request == "r1")
    try write(note("a", stamp: "2", due: at(3)))
    let known = try record("a")
    #expect(known.request == nil && known.requestStamp == nil && known.stamp == "2")
  }

  @Test("The target has the password that was asked for, not one that was set in the meantime")
  func changedUnderway() throws {
    try write(note("a", due: start))
    let line = line("a", request: "r1")
    let batch = try send(line, now: at(1))
    try answer(line, batch: batch, PasswordOutcome(status: .success), now: at(2))
    try write(note("a", stamp: "2", due: at(3)))
    let known = try record("a")
    #expect(known.syncedStamp == "1" && known.stamp == "2" && known.due == at(3))
    #expect(try !row("a").isCurrent)
    let older = try test.reader.passwords(channel: channel, .older, text: "", after: nil, limit: 9)
    #expect(older.map(\.id.anchor) == ["a"])
  }

  @Test(
    "An answer to a password settles nothing of one that was set while it was on its way",
    arguments: [PasswordStatus.success, .error, .filteredByTarget])
  func changedBeforeAnswer(_ status: PasswordStatus) throws {
    try write(note("a", due: start))
    let line = line("a", request: "r1")
    let batch = try send(line, now: at(1))
    try write(note("a", stamp: "2", due: at(2)))
    try answer(line, batch: batch, PasswordOutcome(status: status, due: at(99)), now: at(3))
    let known = try record("a")
    #expect(known.stamp == "2" && known.due == at(2) && known.attempts == 0)
    #expect(known.status == .unknown && known.syncedStamp == (status == .success ? "1" : nil))
    #expect(try !row("a").isCurrent)
    #expect(try due(at: 5) == ["a"])
  }

  @Test("Passwords whose answer an ended engine did not learn are due at once, with their number")
  func abandoned() throws {
    try write(note("a", due: start), note("b", due: start), note("c", due: start))
    var (a, b) = (line("a", request: "r1"), line("b", request: "r2"))
    a.sourceAnchor = "A=="
    (b.sourceAnchor, b.mustChange) = ("B==", true)
    let batch = try send(a, b, now: at(1))
    try test.store.transaction {
      try $0.answerPassword(
        a, at: 0, batch: batch, channel: channel, PasswordOutcome(status: .success), now: at(2))
    }
    let closed = try test.store.transaction {
      try $0.closeAbandonedPasswordBatches(channel, words: "gone", at: at(100))
    }
    b.stamp = ""
    #expect(closed == [[b]])
    #expect(try record("a").due == nil)
    #expect(try record("b").due == at(100) && record("b").request == "r2")
    #expect(
      try test.store.transaction {
        try $0.closeAbandonedPasswordBatches(channel, words: "gone", at: at(200))
      }.isEmpty)
    let shown = try #require(
      try test.reader.passwordBatches(account: nil, before: nil, limit: 5).first)
    #expect(shown.lines.map(\.answer) == [.success, nil] && shown.error == "gone")
  }

  @Test(
    "A full synchronization reads from the beginning and forgets strangers that it did not meet")
  func full() throws {
    try write(note("gone", .sourceConnectorNotPresent), note("kept", .success))
    try test.store.transaction {
      try $0.setPasswordCursor("c9", channel: channel)
      try $0.beginFullPasswordSync(channel, at: at(10))
    }
    var memory = try #require(try test.store.look { [try $0.passwordChannel(channel)] }[0])
    #expect(memory.cursor == nil && memory.fullStarted == at(10) && memory.fullFloor == at(10))
    try write(note("met", .sourceConnectorNotPresent), at: at(11))
    try test.store.transaction {
      // The one was met before, after a break.
      try $0.countFullPasswordSync(channel, ["met", "kept", "another"])
      try $0.endFullPasswordSync(channel, at: at(12))
    }
    memory = try #require(try test.store.look { [try $0.passwordChannel(channel)] }[0])
    #expect(memory.fullStarted == nil && memory.fullDone == 2)
    let left = try test.reader.passwords(channel: channel, .all, text: "", after: nil, limit: 9)
    #expect(left.map(\.id.anchor) == ["kept", "met"])
  }

  /// Notes what is lost, two accounts at a time.
  private func noteLost() throws -> Int {
    var (count, after): (Int, String?) = (0, "")
    while let last = after {
      let found = try test.store.look { try $0.lostPasswords(channel, after: last, limit: 2) }
      count += try test.store.transaction { try $0.notePasswordsOfLost(channel, found.anchors) }
      after = found.last
    }
    return count
  }

  @Test("Where the target's object is gone or another one, its password is owed again")
  func lostTargets() throws {
    try test.stage(
      [.entry(test.entry("a")), .entry(test.entry("b"))], connector: test.target)
    try test.stage([.entry(test.entry("s"))])
    let (a, b) = (
      try test.id("a", connector: test.target), try test.id("b", connector: test.target)
    )
    let source = try test.id("s")
    try write(
      note("1", .success, target: (a, "a-a"), object: source),
      note("2", .success, target: (b, "another"), object: source),
      note("3", .success, target: (4711, "c"), object: source),
      note("4", .success, object: 4712))
    // Faces show what the channel's next turn notes.
    let shown = try test.reader.passwords(channel: channel, .all, text: "", after: nil, limit: 9)
    #expect(
      shown.map(\.status) == [
        .success, .targetNotExportedToDirectory, .targetNotExportedToDirectory,
        .sourceConnectorNotPresent,
      ])
    #expect(shown.map { $0.targetObject == nil } == [false, true, true, true])
    #expect(shown.map { $0.object == nil } == [false, false, false, true])
    #expect(
      shown.map(\.reason) == [
        "", "Its object is gone from the target", "Its object is gone from the target",
        "Its object is gone from the source",
      ])
    #expect(shown.allSatisfy { $0.held == .none || $0.id.anchor == "1" })
    #expect(try test.reader.passwordsToSend() == [channel: 1])
    let count = try noteLost()
    #expect(count == 3)
    #expect(try test.reader.passwordsToSend() == [channel: 1])
    #expect(try record("1").status == .success)
    #expect(try record("2").status == .targetNotExportedToDirectory)
    #expect(try record("3").status == .targetNotExportedToDirectory)
    #expect(try record("4").status == .sourceConnectorNotPresent)
    #expect(try noteLost() == 0)
  }

  @Test("Whose link goes to another object of the target is owed the password there")
  func movedLink() throws {
    try test.stage(
      [.entry(test.entry("a")), .entry(test.entry("b"))], connector: test.target)
    try test.stage([.entry(test.entry("s"))])
    let a = try test.id("a", connector: test.target)
    let b = try test.id("b", connector: test.target)
    let source = try test.id("s")
    func link(_ object: Int64, _ metaverse: Int64?) throws {
      try test.store.transaction {
        try $0.execute("UPDATE cs_object SET mv_id = ? WHERE id = ?", [metaverse, object])
      }
    }
    try link(source, 1)
    try link(a, 1)
    try link(b, 2)
    try write(note("1", due: start, target: (a, "a-a"), object: source))
    let line = line("1", request: "r1")
    try answer(
      line, batch: try send(line, now: at(1)), PasswordOutcome(status: .success), now: at(1))
    let failed = PasswordOutcome(status: .error, words: "away", due: at(500))
    try answer(line, batch: try send(line, now: at(2)), failed, now: at(2))
    #expect(try noteLost() == 0)
    // Without a link at all it is left for when there is one.
    try link(source, nil)
    #expect(try noteLost() == 0)
    try link(source, 2)
    #expect(try noteLost() == 1)
    let known = try record("1")
    #expect(known.status == .targetNotExportedToDirectory && known.due == nil)
    #expect(known.syncedStamp == nil && known.syncedAnchor == nil && known.request == nil)
    #expect(known.attempts == 0)
    // The object that took it is gone, and the new one never took any.
    let row = try #require(
      try test.reader.passwords(channel: channel, .never, text: "", after: nil, limit: 9).first)
    #expect(row.id.anchor == "1" && row.succeeded == nil && row.held == .none)
    #expect(try noteLost() == 0)
  }

  @Test("An account keeps its number when it is looked at again, and nobody gets it after it")
  func numbers() throws {
    try write(note("a"), note("b"))
    let before = try row("a").number
    try write(note("a", stamp: "2"))
    #expect(try row("a").number == before)
    let last = try row("b").number
    try test.store.transaction { try $0.forgetPassword("b", channel: channel) }
    try write(note("b"))
    #expect(try row("b").number > last)
  }
}
