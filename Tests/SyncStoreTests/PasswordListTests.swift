import Directory
import Testing

@testable import SyncStore

@Suite("The ledger of passwords, as it is shown")
final class PasswordListTests: PasswordLedger {
  @Test("A batch is shown with its passwords in order, newest first, and by account")
  func batches() throws {
    try write(note("a", due: start), note("b", due: start))
    let first = try send(
      line("b", request: "r1"), line("a", request: "r2"), now: at(1))
    let second = try send(line("b", request: "r3"), now: at(2))
    let all = try test.reader.passwordBatches(account: nil, before: nil, limit: 9)
    #expect(all.map(\.id) == [second, first])
    #expect(all[1].lines.map(\.anchor) == ["b", "a"])
    func of(_ channel: Int64) throws -> [Int64] {
      let account = PasswordRow.ID(channel: channel, anchor: "a")
      return try test.reader.passwordBatches(account: account, before: nil, limit: 9).map(\.id)
    }
    #expect(try of(channel) == [first])
    #expect(try of(channel + 1) == [], "another channel takes the same account elsewhere")
    #expect(
      try test.reader.passwordBatches(account: nil, before: second, limit: 9).map(\.id) == [first])
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

  @Test("A channel is behind from the end of a run until it has looked at what that brought")
  func behind() throws {
    func isBehind() throws -> Bool? { try test.reader.passwordChannels().first?.isBehind }
    #expect(try isBehind() == false)
    try test.stage([.entry(test.entry("a"))])
    let last = try test.store.look { try $0.lastEndedStep() }
    #expect(try isBehind() == (last > 0))
    try test.store.transaction { try $0.setPasswordDirectoryMark(max(last, 1), channel: channel) }
    #expect(try isBehind() == false)
    #expect(last > 0)
  }

  @Test("What is kept back, or has no object at one end, is not counted as what is sent")
  func sending() throws {
    try test.stage([.entry(test.entry("t"))], connector: test.target)
    try test.stage([.entry(test.entry("s"))])
    let (source, target) = (try test.id("s"), try test.id("t", connector: test.target))
    try write(
      note("a", .success, target: (target, "a-t"), object: source),
      note("b", .error, target: (target, "a-t"), object: source),
      note("c", .filteredByTarget, target: (target, "a-t"), object: source),
      note("d", .noTargetConnection, object: source), note("e", .success, object: source))
    #expect(try test.reader.passwordsToSend() == [channel: 2])
    try test.store.transaction { try $0.retirePasswordChannels(except: []) }
    #expect(try test.reader.passwordsToSend().isEmpty)
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
    // The directory synchronization knows none of them.
    #expect(
      try test.reader.findPasswords("cn=B,dc=example,DC=com").map(\.id.anchor) == ["b"])
    try test.store.transaction { try $0.retirePasswordChannels(except: []) }
    #expect(try test.reader.findPasswords("b").isEmpty)
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
      try ids(.passwords(.all), sort: ListSort("lag", isDescending: true))
        == [numbers[1], numbers[0], numbers[2]])
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
}
