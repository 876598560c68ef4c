import Directory
import Testing

@testable import SyncStore

@Suite("The ledger of passwords")
final class PasswordLedgerTests {
  private let test: TestStore
  private let channel: Int64
  private let start = Timestamp(milliseconds: 1_700_000_000_000)

  init() throws {
    let test = try TestStore()
    self.test = test
    channel = try test.store.transaction {
      try $0.registerPasswordChannel(
        source: test.source, target: test.target, domain: "example.com", intervalSeconds: 120)
    }
  }

  private func at(_ seconds: Double) -> Timestamp { start.adding(seconds: seconds) }

  private func note(
    _ anchor: String, _ status: PasswordStatus = .unknown, stamp: String = "1",
    due: Timestamp? = nil, target: (id: Int64, anchor: String)? = nil, object: Int64? = nil
  ) -> PasswordNote {
    var note = PasswordNote(
      anchor: anchor, dn: "CN=\(anchor),DC=example,DC=com", status: status, stamp: stamp,
      changed: start)
    note.due = due
    note.object = object
    if let target { (note.targetObject, note.targetAnchor) = (target.id, target.anchor) }
    return note
  }

  private func write(_ notes: PasswordNote..., at now: Timestamp? = nil) throws {
    try test.store.transaction { tx in
      for note in notes { try tx.note(note, channel: channel, at: now ?? start) }
    }
  }

  private func record(_ anchor: String) throws -> PasswordRecord {
    try #require(try test.store.look { [try $0.password(anchor, channel: channel)] }[0])
  }

  private func line(_ anchor: String, stamp: String = "1", request: String) -> PasswordRequestLine {
    PasswordRequestLine(
      anchor: anchor, dn: "CN=\(anchor)", changed: start, stamp: stamp, request: request)
  }

  private func send(_ lines: PasswordRequestLine..., now: Timestamp) throws -> Int64 {
    try test.store.transaction { try $0.beginPasswordBatch(channel, lines, at: now) }
  }

  private func answer(
    _ line: PasswordRequestLine, at index: Int = 0, batch: Int64, _ outcome: PasswordOutcome,
    now: Timestamp
  ) throws {
    try test.store.transaction {
      try $0.answerPassword(
        line, at: index, batch: batch, channel: channel, outcome, now: now)
      try $0.endPasswordBatch(batch, at: now)
    }
  }

  private func due(at seconds: Double, since start: Double = 400) throws -> [String] {
    try test.store.look {
      try $0.duePasswords(
        channel, at: at(seconds), unansweredSince: at(start), limit: 9)
    }.map(\.anchor)
  }

  private func row(_ anchor: String) throws -> PasswordRow {
    try #require(
      try test.reader.passwords(channel: channel, .all, text: "", after: nil, limit: 100)
        .first { $0.id.anchor == anchor })
  }

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
    #expect(try due(at: 500, since: 2).isEmpty)
    #expect(try test.store.look { try $0.retryingPasswords(channel) } == 1)
    let batch = try send(line, now: at(500))
    try answer(line, batch: batch, PasswordOutcome(status: .success), now: at(501))
    #expect(try record("a").attempts == 0)
    #expect(try test.store.look { try $0.retryingPasswords(channel) } == 0)
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

  @Test("Passwords whose answer an ended engine did not learn are due at once, with their number")
  func abandoned() throws {
    try write(note("a", due: start), note("b", due: start), note("c", due: start))
    let (a, b) = (line("a", request: "r1"), line("b", request: "r2"))
    let batch = try send(a, b, now: at(1))
    try test.store.transaction {
      try $0.answerPassword(
        a, at: 0, batch: batch, channel: channel, PasswordOutcome(status: .success), now: at(2))
    }
    let count = try test.store.transaction {
      try $0.closeAbandonedPasswordBatches(channel, at: at(100))
    }
    #expect(count == 1)
    #expect(try record("a").due == nil)
    #expect(try record("b").due == at(100) && record("b").request == "r2")
    #expect(
      try test.store.transaction { try $0.closeAbandonedPasswordBatches(channel, at: at(200)) }
        == 0)
    let shown = try #require(
      try test.reader.passwordBatches(anchor: nil, before: nil, limit: 5).first)
    #expect(shown.lines.map(\.answer) == [.success, nil] && !shown.error.isEmpty)
  }

  @Test("A batch is shown with its passwords in order, newest first, and by account")
  func batches() throws {
    try write(note("a", due: start), note("b", due: start))
    let first = try send(
      line("b", request: "r1"), line("a", request: "r2"), now: at(1))
    let second = try send(line("b", request: "r3"), now: at(2))
    let all = try test.reader.passwordBatches(anchor: nil, before: nil, limit: 9)
    #expect(all.map(\.id) == [second, first])
    #expect(all[1].lines.map(\.anchor) == ["b", "a"])
    #expect(
      try test.reader.passwordBatches(anchor: "a", before: nil, limit: 9).map(\.id) == [first])
    #expect(
      try test.reader.passwordBatches(anchor: nil, before: second, limit: 9).map(\.id) == [first])
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
      try $0.countFullPasswordSync(channel, by: 2)
      try $0.endFullPasswordSync(channel, at: at(12))
    }
    memory = try #require(try test.store.look { [try $0.passwordChannel(channel)] }[0])
    #expect(memory.fullStarted == nil && memory.fullDone == 2)
    let left = try test.reader.passwords(channel: channel, .all, text: "", after: nil, limit: 9)
    #expect(left.map(\.id.anchor) == ["kept", "met"])
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
    let count = try test.store.transaction { try $0.notePasswordsOfLost(channel) }
    #expect(count == 3)
    #expect(try record("1").status == .success)
    #expect(try record("2").status == .targetNotExportedToDirectory)
    #expect(try record("3").status == .targetNotExportedToDirectory)
    #expect(try record("4").status == .sourceConnectorNotPresent)
    #expect(try test.store.transaction { try $0.notePasswordsOfLost(channel) } == 0)
  }

  @Test("Channels are shown with the count of each status, as they are configured now")
  func channels() throws {
    try write(
      note("a", .success), note("b", .success), note("c", .missingAttribute),
      note("d", .unknown, due: start))
    try test.store.transaction { try $0.beginPasswordTurn(channel, at: at(1)) }
    var shown = try #require(try test.reader.passwordChannels().first)
    #expect(shown.source == "source" && shown.target == "target" && shown.domain == "example.com")
    #expect(shown.state == .working && shown.waiting == 1 && shown.retrying == 0)
    #expect(shown.byStatus == [.success: 2, .missingAttribute: 1, .unknown: 1])
    #expect(shown.total == 4)
    try test.store.transaction { try $0.endPasswordTurn(channel, at: at(2)) }
    shown = try #require(try test.reader.passwordChannels().first)
    #expect(shown.state == .waiting && shown.turnEnded == at(2))
    try test.store.transaction { try $0.retirePasswordChannels(except: []) }
    #expect(try test.reader.passwordChannels().isEmpty)
    let again = try test.store.transaction {
      try $0.registerPasswordChannel(
        source: test.source, target: test.target, domain: "other.example", intervalSeconds: 60)
    }
    #expect(again == channel)
    #expect(try test.reader.passwordChannels().map(\.intervalSeconds) == [60])
  }

  @Test(
    "Accounts are shown by how far they are",
    arguments: [
      (PasswordFilter.all, ["a", "b", "c", "d"]), (.current, ["a"]), (.waiting, ["b"]),
      (.failed, ["b"]), (.never, ["b", "c", "d"]), (.older, []), (.excluded, ["c", "d"]),
    ])
  func filters(filter: PasswordFilter, anchors: [String]) throws {
    try write(
      note("a", due: start), note("b", due: start), note("c", .filteredByTarget),
      note("d", .noTargetConnection))
    let (a, b) = (line("a", request: "r1"), line("b", request: "r2"))
    let batch = try send(a, b, now: at(1))
    try answer(a, batch: batch, PasswordOutcome(status: .success), now: at(2))
    try answer(
      b, at: 1, batch: batch, PasswordOutcome(status: .error, words: "no", due: at(99)), now: at(2))
    let shown = try test.reader.passwords(
      channel: channel, filter, text: "", after: nil, limit: 9)
    #expect(shown.map(\.id.anchor) == anchors)
  }

  @Test("Pages go on after an account, and a text is looked for in the DN")
  func pages() throws {
    for anchor in ["a", "b", "c"] { try write(note(anchor)) }
    let second = try test.reader.passwords(channel: channel, .all, text: "", after: "a", limit: 1)
    #expect(second.map(\.id.anchor) == ["b"])
    let found = try test.reader.passwords(
      channel: channel, .all, text: "cn=C", after: nil, limit: 9)
    #expect(found.map(\.id.anchor) == ["c"])
    #expect(try test.reader.findPasswords("b").map(\.id.anchor) == ["b"])
    #expect(try test.reader.findPasswords("nobody").isEmpty)
  }

  private func ids(
    _ source: ListSource, sort: ListSort? = nil, _ terms: ListTerm...
  ) throws -> [Int64] {
    var found: [Int64] = []
    try test.reader.arrange(source, by: ListArrangement(sort: sort, terms: terms)) {
      found += $0
      return true
    }
    return found
  }

  @Test("The ledger and its batches are lists like all others: in any order, narrowed by any field")
  func lists() throws {
    try write(note("a", due: start), note("b", due: start), note("c", .filteredByTarget))
    let (a, b) = (line("a", request: "r1"), line("b", request: "r2"))
    let first = try send(a, b, now: at(1))
    try answer(a, batch: first, PasswordOutcome(status: .success), now: at(2))
    try answer(
      b, at: 1, batch: first, PasswordOutcome(status: .error, words: "no", due: at(99)), now: at(2))
    let second = try send(b, now: at(50))
    let numbers = try test.reader.passwords(after: nil, limit: 9).map(\.number)
    #expect(numbers.count == 3)
    #expect(try test.reader.passwords(after: numbers[0], limit: 1).map(\.id.anchor) == ["b"])
    #expect(
      try test.reader.passwords(after: nil, limit: 9).allSatisfy { $0.domain == "example.com" })
    #expect(try ids(.passwords(.all)) == numbers)
    #expect(try ids(.passwords(.waiting)) == [numbers[1]])
    #expect(
      try ids(.passwords(.all), sort: ListSort("tries", isDescending: true))[0] == numbers[1])
    #expect(
      try ids(.passwords(.all), sort: ListSort("lag", isDescending: true)).last == numbers[0])
    #expect(try ids(.passwords(.all), ListTerm("target", .equals, .text("this"))) == [numbers[0]])
    #expect(try ids(.passwords(.all), ListTerm(nil, .contains, .text("cn=c"))) == [numbers[2]])
    #expect(try ids(.passwordBatches) == [second, first])
    #expect(try ids(.passwordBatches, ListTerm("failed", .atLeast, .number(1))) == [first])
    #expect(try ids(.passwordBatches, ListTerm("users", .equals, .number(1))) == [second])
    #expect(try ids(.passwordBatches, ListTerm("account", .contains, .text("cn=a"))) == [first])
    guard
      case .passwords(let rows) = try test.reader.rows(
        of: .passwords(.all), ids: [numbers[2], numbers[0]]),
      case .passwordBatches(let batches) = try test.reader.rows(
        of: .passwordBatches, ids: [first, second])
    else {
      Issue.record("other rows were read")
      return
    }
    #expect(rows.map(\.id.anchor) == ["c", "a"])
    #expect(batches.map(\.id) == [first, second] && batches.map(\.failures) == [1, 0])
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

  @Test("Every field of both lists can be sorted by, either way")
  func everyField() throws {
    try write(note("a", due: start), note("b"))
    _ = try send(line("a", request: "r1"), now: at(1))
    _ = try send(line("b", request: "r2"), now: at(2))
    for source in [ListSource.passwords(.all), .passwordBatches] {
      for field in ListField.of(source) {
        let up = try ids(source, sort: ListSort(field.name))
        let down = try ids(source, sort: ListSort(field.name, isDescending: true))
        #expect(up.count == 2 && up.reversed() == down, "\(source) by \(field.name)")
      }
    }
  }

  @Test("The status names the worst channel, and without an engine none works")
  func worst() throws {
    #expect(try test.reader.status().passwords == .stopped)
    try test.store.transaction { try $0.execute("DELETE FROM password_channel") }
    #expect(try test.reader.status().passwords == nil)
  }

  @Test("Old batches are purged with their lines, young ones and the ledger stay")
  func purge() throws {
    try write(note("a", due: start))
    let line = line("a", request: "r1")
    let old = try send(line, now: at(1))
    try answer(line, batch: old, PasswordOutcome(status: .success), now: at(2))
    let young = try send(line, now: at(50))
    try answer(line, batch: young, PasswordOutcome(status: .success), now: at(51))
    let result = try test.store.transaction { try $0.purgeHistory(before: at(10), limit: 100) }
    #expect(result.isDone && result.others == 2)
    #expect(
      try test.reader.passwordBatches(anchor: nil, before: nil, limit: 9).map(\.id) == [young])
    #expect(try record("a").status == .success)
  }

  @Test(
    "The first directory synchronization is complete when both ends were read and taken in full")
  func directory() throws {
    func isComplete() throws -> Bool {
      try test.store.look {
        try $0.hasCompletedDirectorySync(source: test.source, target: test.target)
      }
    }
    #expect(try !isComplete())
    for connector in [test.source, test.target] {
      #expect(try !isComplete())
      try test.store.transaction {
        try $0.fullImportDone(connector)
        try $0.fullSyncDone(connector)
      }
    }
    #expect(try isComplete())
  }

  @Test("A step counts as ended with its cycle")
  func endedSteps() throws {
    func last() throws -> Int64 { try test.store.look { try $0.lastEndedStep() } }
    #expect(try last() == 0)
    let alone = try test.step()
    #expect(try last() == 0)
    try test.end(alone)
    #expect(try last() == alone)
    let cycle = try test.store.transaction {
      try $0.beginCycle(.delta, requestedBy: "test", reason: "")
    }
    let inCycle = try test.step(cycle: cycle)
    try test.end(inCycle)
    #expect(try last() == alone)
    try test.store.transaction { try $0.endCycle(cycle) }
    #expect(try last() == inCycle)
  }
}
