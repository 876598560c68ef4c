import Directory
import TestSupport
import Testing

@testable import SyncStore

/// The same history, purged at once and in pieces of any size.
@Suite("Purging in pieces leaves what purging at once leaves")
struct PurgePieceTests {
  private func at(_ seconds: Int64) -> Int64 { seconds * 1000 }

  /// A history by chance in which event, command, cycle and step N are of N seconds.
  private func fill(_ test: TestStore, _ seed: Int) throws {
    var random = SeededRandom(seed: seed)
    let future = Timestamp.now.milliseconds + 100_000_000
    for number in Int64(1)...18 {
      // Some were noted by a clock that was ahead.
      let time = random.chance(12) ? future + number : at(number)
      let cycle = try test.store.transaction { tx in
        try tx.log(.information, code: 1, random.text())
        try tx.execute(
          "UPDATE event SET time = ? WHERE id = ?", [time, try tx.lastEvent()])
        return try tx.beginCycle(.delta, requestedBy: "x", reason: "")
      }
      let command = try test.reader.file(.stop, requestedBy: "x")
      let state = random.choose([CommandStatus.State.finished, .refused])
      try test.store.transaction { tx in
        try tx.finish(command: command, state, outcome: "")
        try tx.execute("UPDATE command SET filed = ? WHERE id = ?", [time, command])
      }
      let changes = try (0..<Int.random(in: 0..<4, using: &random)).map {
        ImportedChange.entry(
          try test.entry("u\($0)", ["title": [.string("\(number)")]], ou: "OU\(number % 3)"))
      }
      let staged = try test.stage(changes, cycle: cycle, by: random.choose(StepType.allCases))
      try test.store.transaction { tx in
        try tx.execute("UPDATE step SET ended = ? WHERE id = ?", [time, staged.step])
        try tx.execute("UPDATE cycle SET ended = ? WHERE id = ?", [time, cycle])
        if random.chance(20), let gone = try tx.integer("SELECT MAX(id) FROM cs_object") {
          try tx.remove(gone)
        }
      }
    }
    let ledger = try PasswordPieces(test)
    for number in Int64(1)...10 {
      try ledger.batch(lines: Int.random(in: 0..<4, using: &random), ended: at(number))
    }
  }

  /// Batches of passwords of a channel.
  private struct PasswordPieces {
    let test: TestStore
    let channel: Int64

    init(_ test: TestStore) throws {
      self.test = test
      channel = try test.store.transaction {
        try $0.registerPasswordChannel(
          source: test.source, target: test.target, domain: "x", intervalSeconds: 1)
      }
    }

    func batch(lines: Int, ended: Int64) throws {
      let time = Timestamp(milliseconds: ended)
      try test.store.transaction { tx in
        let batch = try tx.beginPasswordBatch(
          channel,
          (0..<lines).map {
            PasswordRequestLine(
              anchor: "a\($0)", dn: "CN=\($0)", changed: time, stamp: "s", request: "r")
          }, at: time)
        try tx.endPasswordBatch(batch, at: time)
      }
    }
  }

  private func purge(_ test: TestStore, _ moment: Timestamp, limit: Int) throws -> PurgeResult {
    var sum = PurgeResult()
    for _ in 0..<2000 {
      sum += try test.store.transaction { try $0.purgeHistory(before: moment, limit: limit) }
      if sum.isDone { break }
    }
    #expect(sum.isDone)
    return sum
  }

  private func shape(_ test: TestStore) throws -> [String: [Int64]] {
    try test.store.look { tx in
      var shape: [String: [Int64]] = [:]
      for (table, key) in [
        ("event", "id"), ("command", "id"), ("cycle", "id"), ("run", "id"), ("step", "id"),
        ("step", "is_thinned"), ("step_change", "id"), ("step_error", "id"),
        ("step_counter", "step_id * 100 + counter"), ("past_object", "id"),
        ("past_name", "object_id * 1000 + step_id"), ("password_batch", "id"),
        ("password_batch_line", "batch_id * 100 + line"),
      ] {
        shape[table + " " + key] = try tx.rows("SELECT \(key) FROM \(table) ORDER BY 1")
          .map { $0[0] as Int64 }
      }
      return shape
    }
  }

  @Test("Whatever the size of the pieces, and wherever they end", arguments: 0..<4)
  func pieces(_ seed: Int) throws {
    let moment = Timestamp(milliseconds: at(Int64(3 + 2 * seed % 15)))
    let whole = try TestStore()
    try fill(whole, seed)
    let (before, all) = (try shape(whole), try purge(whole, moment, limit: 100_000))
    let after = try shape(whole)
    #expect(before != after)
    for limit in [1, 5, all.rows - 1, all.rows, all.rows + 1] where limit > 0 {
      let test = try TestStore()
      try fill(test, seed)
      #expect(try shape(test) == before)
      let sum = try purge(test, moment, limit: limit)
      #expect(sum.rows == all.rows && sum.steps == all.steps && sum.changes == all.changes)
      let left = try shape(test).filter { $0.value != after[$0.key] }
      #expect(left.isEmpty, "in pieces of \(limit)")
    }
  }

  @Test("Older limits one after the other leave what the last of them leaves", arguments: 0..<4)
  func limits(_ seed: Int) throws {
    let moments = [Int64(2), 5, 5, 9, 14].map { Timestamp(milliseconds: at($0)) }
    let (once, often) = (try TestStore(), try TestStore())
    try fill(once, seed)
    try fill(often, seed)
    _ = try purge(once, moments[4], limit: 5)
    for moment in moments { _ = try purge(often, moment, limit: 5) }
    #expect(try shape(once) == shape(often))
    // An earlier limit takes nothing more.
    #expect(try purge(often, moments[0], limit: 5).rows == 0)
  }

  @Test("Nothing is old before the first moment, and a store of nothing has nothing old")
  func nothing() throws {
    let test = try TestStore()
    #expect(try purge(test, .now, limit: 10).rows == 0)
    try fill(test, 3)
    let before = try shape(test)
    #expect(try purge(test, Timestamp(milliseconds: 0), limit: 10).rows == 0)
    #expect(try shape(test) == before)
  }

  @Test("What ended at the moment itself is old, what ended after it is not")
  func boundary() throws {
    let test = try TestStore()
    let ledger = try PasswordPieces(test)
    var steps: [Int64] = []
    for number in Int64(1)...3 {
      let step = try test.step()
      try test.end(step)
      steps.append(step)
      try test.store.transaction {
        try $0.execute("UPDATE step SET ended = ? WHERE id = ?", [at(number), step])
      }
      try ledger.batch(lines: 1, ended: at(number))
    }
    _ = try purge(test, Timestamp(milliseconds: at(2)), limit: 100)
    #expect(try test.number("SELECT MIN(id) FROM step") == Int(steps[2]))
    #expect(try test.number("SELECT COUNT(*) FROM password_batch") == 1)
    _ = try purge(test, Timestamp(milliseconds: at(3) - 1), limit: 100)
    #expect(try test.number("SELECT COUNT(*) FROM password_batch") == 1)
  }
}
