import Directory
import Foundation
import Testing

@testable import SyncStore

@Suite("Old history goes in small pieces, and what is needed stays")
struct PurgeTests {
  private let test: TestStore

  init() throws { test = try TestStore() }

  private static let limit = Timestamp(milliseconds: 2000)

  /// Purges a piece.
  private func purge(_ rows: Int = 1000) throws -> PurgeResult {
    try test.store.transaction { try $0.purgeHistory(before: Self.limit, limit: rows) }
  }

  /// Makes all that has ended old.
  private func age() throws {
    try test.store.transaction {
      try $0.execute("UPDATE step SET ended = 1000 WHERE ended IS NOT NULL")
      try $0.execute("UPDATE cycle SET ended = 1000 WHERE ended IS NOT NULL")
    }
  }

  private func cycle(_ type: StepType = .fullImport) throws -> Int64 {
    let cycle = try test.store.transaction {
      try $0.beginCycle(.delta, requestedBy: "x", reason: "")
    }
    let step = try test.step(type, cycle: cycle)
    try test.end(step)
    try test.store.transaction { try $0.endCycle(cycle) }
    return step
  }

  private var steps: [Int64] {
    get throws {
      try test.reader.operations(OperationFilter(), before: nil, limit: 100).map(\.id)
    }
  }

  @Test("What is old goes; the last step of each kind, what is young and what is open stay")
  func keepsLast() throws {
    for _ in 0..<5 { _ = try cycle() }
    let export = try cycle(.export)
    try age()
    let open = try test.step()
    let young = try cycle()
    let result = try purge()
    #expect(result.isDone && result.steps == 5)
    #expect(try steps == [young, open, export])
    #expect(try test.number("SELECT COUNT(*) FROM run") == 3)
    #expect(try test.reader.cycles(before: nil, limit: 10).count == 2)
    #expect(try test.reader.operation(step: export)?.isThinned == true)
    #expect(try purge().rows == 0)
  }

  @Test("What imports staged that ended in their midst is known until one comes to its end")
  func unweighed() throws {
    func stopped() throws -> Int64 {
      let step = try test.stage(
        [.entry(try test.entry("u\(try steps.count)"))], by: .deltaImport
      ).step
      try test.store.transaction {
        try $0.execute("UPDATE step SET result = 'stopped-connectivity' WHERE id = ?", [step])
      }
      return step
    }
    func unweighed() throws -> [Int64] {
      try test.store.look { try $0.unweighedImports(connector: test.source, before: .max) }
    }
    let stopped = [try stopped(), try stopped()]
    _ = try cycle(.export)
    try age()
    #expect(try purge().isDone)
    #expect(try unweighed() == stopped)
    #expect(
      try test.store.look { tx in try stopped.map { try tx.count(.stageAdd, step: $0) } } == [1, 1])
    _ = try cycle(.deltaImport)
    try age()
    #expect(try purge().steps == 2)
  }

  @Test("Whose object waits to be deleted is known for as long as it waits")
  func waitingDelete() throws {
    let id = try test.provision("ann", DesiredImage())
    let metaverse = try #require(try test.object(id).metaverse)
    try test.store.transaction {
      try $0.execute("UPDATE cs_object SET anchor = 'a-ann' WHERE id = ?", [id])
    }
    let object = try test.object(id)
    try test.store.transaction { try $0.deprovision(object, because: "left scope") }
    _ = try cycle()
    try age()
    #expect(try purge().isDone)
    #expect(try test.reader.linkedEver(to: metaverse).map(\.id) == [id])
    try test.store.transaction {
      try $0.execute("UPDATE cs_object SET pending_export = 0 WHERE id = ?", [id])
    }
    #expect(try purge().others == 1)
    #expect(try test.reader.linkedEver(to: metaverse) == [])
  }

  @Test("No piece takes more rows than it may, and all pieces together take all")
  func bounded() throws {
    try test.stage(try (0..<50).map { .entry(try test.entry("u\($0)")) })
    for _ in 0..<3 { _ = try cycle() }
    try age()
    _ = try cycle()
    var sum = PurgeResult()
    var pieces = 0
    repeat {
      let piece = try purge(8)
      #expect(piece.rows <= 8)
      sum += piece
      pieces += 1
    } while !sum.isDone && pieces < 100
    #expect(sum.changes == 50 && sum.steps == 4 && pieces >= 7)
    #expect(try test.number("SELECT COUNT(*) FROM step_change") == 0)
  }

  @Test("A piece looks at no more steps than it may take rows, though nothing goes of them")
  func emptySteps() throws {
    for _ in 0..<20 { _ = try cycle() }
    try age()
    let piece = try purge(5)
    #expect(!piece.isDone && piece.rows == 0)
    #expect(try test.number("SELECT COUNT(*) FROM step WHERE is_thinned = 1") == 5)
    var pieces = 0
    while try !purge(5).isDone, pieces < 20 { pieces += 1 }
    #expect(try steps.count == 1)
  }

  @Test("A step that stays for its statistics says that its objects are gone")
  func thinned() throws {
    let staged = try test.stage([.entry(try test.entry("ann"))])
    try age()
    #expect(try test.reader.counters(step: staged.step).map(\.hasDetail) == [true])
    #expect(try purge().changes == 1)
    let counters = try test.reader.counters(step: staged.step)
    #expect(counters.map(\.count) == [1] && counters.map(\.hasDetail) == [false])
    #expect(try test.reader.operation(step: staged.step)?.isThinned == true)
  }

  @Test("What is left of a step's lists between two pieces is shown as no list")
  func half() throws {
    let staged = try test.stage(try (0..<9).map { .entry(try test.entry("u\($0)")) })
    let other = try test.stage([.entry(try test.entry("other"))])
    try age()
    // The younger one ends first: what was begun goes on all the same.
    #expect(try !purge(3).isDone)
    try test.store.transaction {
      try $0.execute("UPDATE step SET ended = 500 WHERE id = ?", [other.step])
    }
    #expect(try test.reader.operation(step: staged.step)?.isThinned == true)
    #expect(try test.reader.counters(step: staged.step).map(\.hasDetail) == [false])
    #expect(try test.reader.operation(step: other.step)?.isThinned == false)
    #expect(try purge(6).changes == 6)
    #expect(try test.number("SELECT COUNT(*) FROM step_change") == 1)
    var pieces = 0
    while try !purge(6).isDone, pieces < 9 { pieces += 1 }
    #expect(try test.number("SELECT COUNT(*) FROM step_change") == 0)
  }

  @Test("A delta whose errors are over goes like any other")
  func overErrors() throws {
    let error = DiscoveryError(
      .parseError, dn: try TestStore.dn("ann").text, location: "a.ldif:1", message: "m", hint: "h")
    try test.stage([.entry(try test.entry("ann"))])
    let unread = try test.stage([], errors: [error], by: .deltaImport).step
    for _ in 0..<2 { try test.stage([], by: .deltaImport) }
    try age()
    _ = try purge()
    #expect(try steps.contains(unread))
    try test.stage([.entry(try test.entry("ann"))], by: .deltaImport)
    try age()
    while try !purge().isDone {}
    #expect(try !steps.contains(unread))
    #expect(try test.number("SELECT COUNT(*) FROM step_error") == 0)
  }

  @Test("Steps that stay for their open errors do not keep those behind them")
  func openBeforeOthers() throws {
    for number in 0..<4 {
      let fault = DiscoveryError(
        .parseError, dn: "CN=\(number)", location: "a.ldif:1", message: "m", hint: "h")
      _ = try test.stage([], errors: [fault])
    }
    try test.store.transaction { try $0.execute("UPDATE step SET result = 'stopped-server'") }
    let exports = try (0..<3).map { _ in try cycle(.export) }
    try age()
    // All are thinned first; then no more than two rows a piece, as many as would be kept in vain.
    for _ in 0..<9 { _ = try purge(2) }
    #expect(try test.number("SELECT COUNT(*) FROM step WHERE type = 'export'") == 1)
    #expect(try steps.contains(exports[2]))
    #expect(try test.number("SELECT COUNT(*) FROM step_error") == 4)
  }

  @Test("An open error stays with its step, a closed one goes; once closed, the step goes, too")
  func openErrors() throws {
    try test.stage([.entry(try test.entry("ann"))])
    let id = try test.id("ann")
    let step = try test.step(.deltaSynchronization)
    try test.store.transaction {
      for object in [id, nil] {
        try $0.record(
          StepError(
            .synchronization, .typeMismatch, objectID: object, dn: "x", message: "m", hint: "h"),
          step: step, connector: test.source)
      }
    }
    try test.end(step)
    try age()
    _ = try cycle(.deltaSynchronization)
    #expect(try purge().errors == 1)
    let errors = try test.reader.openErrors(connector: nil, after: nil, limit: 10)
    #expect(errors.map(\.objectID) == [id])
    #expect(try test.reader.operation(step: step)?.isThinned == true)
    try test.store.transaction { try $0.execute("UPDATE cs_object SET sync_error_id = NULL") }
    let rest = try purge()
    #expect(rest.steps == 1 && rest.errors == 1)
    #expect(try test.reader.operation(step: step) == nil)
    #expect(try test.number("SELECT COUNT(*) FROM step_error") == 0)
  }

  @Test("What an import could not read is open until a full import has read everything")
  func discoveryErrors() throws {
    let fault = DiscoveryError(
      .parseError, dn: "CN=x", location: "a.ldif:1", message: "m", hint: "h")
    let first = try test.stage([], errors: [fault])
    let stopped = try test.step()
    try test.end(stopped, "stopped-connectivity")
    try age()
    _ = try purge()
    #expect(
      try test.reader.openErrors(connector: nil, after: nil, limit: 9).map(\.stepID)
        == [first.step])
    #expect(try test.reader.status().openErrors == 1)
    try test.stage([.entry(try test.entry("ann"))])
    try age()
    _ = try purge()
    #expect(try test.reader.openErrors(connector: nil, after: nil, limit: 9) == [])
    #expect(try test.number("SELECT COUNT(*) FROM step_error") == 0)
    #expect(try test.reader.operation(step: first.step) == nil)
  }

  @Test("The names that a renamed container has left of its objects go in pieces, too")
  func manyNames() throws {
    try test.store.transaction { tx in
      try tx.execute(
        """
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50)
        INSERT INTO past_name(name, object_id, mv_id, step_id) SELECT 'n' || i, i, 0, 0 FROM n
        """, [])
    }
    _ = try cycle()
    var sum = PurgeResult()
    repeat {
      let piece = try purge(8)
      #expect(piece.rows <= 8)
      sum += piece
    } while !sum.isDone
    #expect(sum.others == 50)
    #expect(try test.number("SELECT COUNT(*) FROM past_name") == 0)
  }

  @Test("Names of objects that are gone stay as long as there is history of them")
  func pastNames() throws {
    try test.stage([.entry(try test.entry("ann")), .entry(try test.entry("bob"))])
    let id = try test.id("ann")
    try test.store.transaction { try $0.remove(id) }
    _ = try purge()
    #expect(try test.reader.findPast("ann").map(\.id) == [id])
    try age()
    _ = try purge()
    _ = try cycle()
    _ = try purge()
    #expect(try test.reader.findPast("ann") == [])
    #expect(try test.number("SELECT COUNT(*) FROM past_object") == 0)
  }

  @Test("What a clock noted that was ahead goes with what came after it, and keeps nothing")
  func ahead() throws {
    let far = Timestamp.now.adding(seconds: 1_000_000).milliseconds
    func add(_ time: Int64) throws {
      try test.store.transaction { tx in
        try tx.execute(
          """
          INSERT INTO event(time, level, code, source, message) VALUES (?, 'information', 1, '', '')
          """, [time])
        try tx.execute(
          """
          INSERT INTO command(kind, argument, requested_by, filed, state)
          VALUES ('stop', '', 'x', ?, 'finished')
          """, [time])
      }
    }
    try test.store.transaction { try $0.execute("DELETE FROM event") }
    for time in [far, far, far, 1, far] { try add(time) }
    while try !purge(2).isDone {}
    // The last may have been noted just now.
    #expect(try test.number("SELECT COUNT(*) FROM event") == 1)
    #expect(try test.number("SELECT COUNT(*) FROM command") == 1)
  }

  @Test("A step that a clock ended that was ahead goes with what came after it")
  func aheadSteps() throws {
    let far = Timestamp.now.adding(seconds: 1_000_000).milliseconds
    func change(_ step: Int64) throws {
      try test.store.transaction {
        try $0.record(
          ObjectChange(
            .stageUpdate, objectID: 1, dn: "x", display: "x", objectType: "user", deltas: []),
          step: step)
      }
    }
    let ahead = try cycle()
    let last = try cycle()
    for step in [ahead, last] { try change(step) }
    try age()
    try test.store.transaction { tx in
      try tx.execute("UPDATE step SET ended = ? WHERE id = ?", [far, ahead])
      try tx.execute("UPDATE cycle SET ended = ? WHERE id = 1", [far])
    }
    #expect(try purge().isDone)
    #expect(try steps == [last])
    #expect(try test.number("SELECT COUNT(*) FROM step_change") == 0)
    #expect(try test.reader.cycles(before: nil, limit: 9).map(\.id) == [2])
    // The last may have ended just now.
    let young = try cycle()
    try change(young)
    try test.store.transaction {
      try $0.execute("UPDATE step SET ended = ? WHERE id = ?", [far, young])
    }
    _ = try purge()
    #expect(try test.number("SELECT COUNT(*) FROM step_change") == 1)
  }

  @Test("Old events and finished commands go, younger ones stay")
  func events() throws {
    let old = try test.reader.file(.stop, requestedBy: "x")
    try test.store.transaction { tx in
      try tx.log(.information, code: 1, "old")
      try tx.execute("UPDATE event SET time = 1")
      try tx.execute("UPDATE command SET filed = 1")
      try tx.log(.information, code: 1, "young")
    }
    _ = try purge()
    #expect(try test.reader.command(id: old)?.state == .filed)
    try test.store.transaction { try $0.finish(command: old, .finished, outcome: "") }
    #expect(try purge().others == 1)
    #expect(try test.reader.command(id: old) == nil)
    #expect(
      try test.reader.events(codes: [], text: "", before: nil, limit: 9).map(\.message)
        == ["young"])
  }

  @Test("The room of what was purged is used again: the file stops growing")
  func reuse() throws {
    func fill() throws {
      let step = try test.step()
      try test.store.transaction { tx in
        for index in 0..<20_000 {
          try tx.record(
            ObjectChange(
              .stageUpdate, objectID: Int64(index), dn: "CN=User \(index),DC=contoso,DC=test",
              display: "User \(index)", objectType: "user",
              deltas: [.init("title", before: ["Clerk"], after: ["Engineer"])]), step: step)
        }
      }
      try test.end(step)
    }
    func clear() throws {
      try age()
      while try !purge(2000).isDone {}
    }
    try fill()
    try clear()
    let pages = try test.number("PRAGMA page_count")
    var later: [Int] = []
    for _ in 0..<4 {
      try fill()
      try clear()
      later.append(try test.number("PRAGMA page_count"))
    }
    #expect(later.allSatisfy { $0 <= pages + pages / 10 }, "\(pages) pages at first")
  }
}
