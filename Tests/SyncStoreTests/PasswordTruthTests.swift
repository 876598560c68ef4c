import Directory
import TestSupport
import Testing

@testable import SyncStore

/// Ledgers made by chance: what channels, lists and the ledger itself tell is the same.
@Suite("Numbers of passwords are those of the accounts that are listed")
final class PasswordTruthTests: PasswordLedger {
  private var random = SeededRandom(seed: 0)

  private func pick<T>(_ values: [T]) -> T {
    values[Int.random(in: 0..<values.count, using: &random)]
  }

  /// Looks at accounts, sends them and answers, in any order.
  private func fill(_ seed: Int) throws {
    random = SeededRandom(seed: seed)
    var time = 0.0
    for number in 0..<40 {
      time += 1
      let anchor = "u\(Int.random(in: 0..<12, using: &random))"
      let known = try test.store.look { [try $0.password(anchor, channel: channel)] }[0]
      switch Int.random(in: 0..<5, using: &random) {
      case 0, 1:
        let status = pick(PasswordStatus.allCases)
        var note = note(
          anchor, status, stamp: pick(["1", "2", "3"]),
          due: status == .success ? nil : pick([nil, at(time)]))
        note.isOwed = pick([true, false])
        try write(note)
      case 2, 3:
        guard let known else { continue }
        let line = line(anchor, stamp: known.stamp, request: "r\(number)")
        let batch = try send(line, now: at(time))
        let outcome = PasswordOutcome(
          status: pick([.success, .success, .error, .retryRequestedByTarget, .filteredByTarget]),
          words: "words", due: at(time + 5))
        guard Bool.random(using: &random) else { continue }
        try answer(line, batch: batch, outcome, now: at(time))
      default:
        try test.store.transaction {
          try $0.doubtPassword(
            anchor, channel: channel, since: at(time), until: at(time + 3), reason: "lags",
            isOwed: false)
        }
      }
    }
  }

  private func arranged(_ source: ListSource, _ terms: [ListTerm] = []) throws -> [Int64] {
    var found: [Int64] = []
    try test.reader.arrange(source, by: ListArrangement(terms: terms)) {
      found += $0
      return true
    }
    return found
  }

  private func listed(_ filter: PasswordFilter) throws -> [PasswordRow] {
    var rows: [PasswordRow] = []
    while rows.count < 100 {
      let page = try test.reader.passwords(
        channel: channel, filter, text: "", after: rows.last?.id.anchor, limit: 2)
      if page.isEmpty { break }
      rows += page
    }
    return rows
  }

  @Test("The figures of a channel, and the lists under every filter", arguments: 0..<8)
  func figures(_ seed: Int) throws {
    try fill(seed)
    let channel = try #require(try test.reader.passwordChannels().first)
    let all = try listed(.all)
    #expect(channel.total == all.count && Set(all.map(\.id)).count == all.count)
    for status in PasswordStatus.allCases {
      #expect(channel.byStatus[status, default: 0] == all.count { $0.status == status })
    }
    let waiting = try listed(.waiting)
    #expect(channel.waiting == waiting.count)
    #expect(channel.retrying == waiting.count { $0.attempts > 0 })
    for filter in PasswordFilter.allCases {
      #expect(
        try Set(arranged(.passwords(filter))) == Set(listed(filter).map(\.number)), "\(filter)")
    }
    #expect(try listed(.current).allSatisfy(\.isCurrent))
    #expect(try Set(listed(.current).map(\.id)).isDisjoint(with: listed(.older).map(\.id)))
  }

  @Test("What is due is what waits by then, each once, in pages of any size", arguments: 0..<8)
  func due(_ seed: Int) throws {
    try fill(seed)
    var found: [String] = []
    var last: PasswordDue?
    repeat {
      let page = try test.store.look {
        try $0.duePasswords(channel, at: at(30), after: last, limit: 1 + seed % 3)
      }
      found += page.passwords.map(\.anchor)
      last = page.last
    } while last != nil
    let expected = try listed(.all).filter { ($0.due ?? at(99)) <= at(30) }
    #expect(found.sorted() == expected.map(\.id.anchor).sorted())
  }

  @Test(
    "What passes a term and what does not are all accounts, and all batches",
    arguments: [
      ListSource.passwords(.all), .passwordBatches,
    ])
  func negation(_ source: ListSource) throws {
    try fill(3)
    let all = try arranged(source)
    for field in ListField.of(source).map({ Optional($0.name) }) + [nil] {
      for (comparison, operand) in [
        (.contains, .text("e")), (.equals, .text("")), (.greater, .text("n")),
        (.less, .number(2)), (.atLeast, .moment(at(10))),
      ] as [(ListTerm.Comparison, ListTerm.Operand)] {
        let passing = try arranged(source, [ListTerm(field, comparison, operand)])
        let others = try arranged(
          source, [ListTerm(field, comparison, operand, isNegated: true)])
        #expect((passing + others).sorted() == all.sorted(), "\(field ?? "any") \(comparison)")
      }
    }
  }
}
