import Directory
import GRDB
import TestSupport
import Testing

@testable import SyncStore

/// Lines of the log, commands, cycles, batches and adds that were given up, noted by clocks that were
/// right, ahead or set back.
@Suite("What is purged beside steps, by whatever clock it was noted")
struct PurgeOthersModelTests {
  private struct Row {
    var id: Int64
    var time: Int64?
    var isOver = true
  }

  private final class World {
    let test: TestStore
    var random: SeededRandom
    let now = Timestamp.now.milliseconds
    var events: [Row] = []
    var commands: [Row] = []
    var cycles: [Row] = []
    var batches: [Row] = []
    var adds: [String: Int64] = [:]
    private var clock: Int64
    private let isSteady: Bool

    init(seed: Int, isSteady: Bool) throws {
      test = try TestStore()
      random = SeededRandom(seed: seed)
      clock = now - 20 * Self.day
      self.isSteady = isSteady
    }

    static let day: Int64 = 86_400_000

    /// What a clock says next, which is weeks ahead now and then, or is set back.
    func time() -> Int64 {
      clock += Int64.random(in: 0...Self.day, using: &random)
      if !isSteady, random.chance(15) { return now + 30 * Self.day }
      if !isSteady, random.chance(10) { clock -= 3 * Self.day }
      return clock
    }

    func fill() throws {
      for _ in 0..<25 {
        try test.store.transaction { tx in
          try tx.log(.information, code: 1, "x")
          let event = tx.db.lastInsertedRowID
          let time = time()
          try tx.execute("UPDATE event SET time = ? WHERE id = ?", [time, event])
          events.append(Row(id: event, time: time))
        }
        try fillCommand()
        try fillCycle()
        try fillBatch()
      }
      for number in 0..<6 { try fillAdd("cn=u\(number)") }
    }

    private func fillCommand() throws {
      let state = random.choose(["filed", "taken", "finished", "refused"])
      let time = time()
      try test.store.transaction { tx in
        try tx.execute(
          "INSERT INTO command(kind, argument, requested_by, filed, state) VALUES (?, ?, ?, ?, ?)",
          ["stop", "", "ann", time, state])
        commands.append(
          Row(
            id: tx.db.lastInsertedRowID, time: time,
            isOver: state == "finished" || state == "refused"))
      }
    }

    private func fillCycle() throws {
      let time = random.chance(85) ? time() : nil
      try test.store.transaction { tx in
        let id = try tx.beginCycle(.delta, requestedBy: "ann", reason: "")
        try tx.execute("UPDATE cycle SET ended = ? WHERE id = ?", [time, id])
        cycles.append(Row(id: id, time: time))
      }
    }

    private func fillBatch() throws {
      let time = random.chance(85) ? time() : nil
      try test.store.transaction { tx in
        let line = PasswordRequestLine(
          anchor: "a", dn: "CN=a", changed: .now, stamp: "1", request: "r")
        let lines = Array(repeating: line, count: Int.random(in: 0...2, using: &random))
        let id = try tx.beginPasswordBatch(1, lines, at: .now)
        try tx.execute("UPDATE password_batch SET ended = ? WHERE id = ?", [time, id])
        batches.append(Row(id: id, time: time))
      }
    }

    private func fillAdd(_ name: String) throws {
      let time = time()
      try test.store.transaction {
        try $0.execute(
          """
          INSERT INTO unseen_add(connector_id, dn_path, object_type, dn, display, is_released, time)
          VALUES (?, ?, 'user', 'x', 'x', 0, ?)
          """, [test.target, name, time])
      }
      adds[name] = time
    }
  }

  // MARK: What is to stay

  /// Whether a time is old: of one that a clock noted that was ahead, what came later tells.
  private func isOld(_ row: Row, _ rows: [Row], _ moment: Int64, _ world: World) -> Bool {
    guard let time = row.time else { return false }
    if time < moment { return true }
    guard time > world.now + World.day else { return false }
    return rows.contains { $0.id > row.id && ($0.time ?? .max) < moment }
  }

  private func staying(_ rows: [Row], _ moment: Int64, _ world: World) -> [Int64] {
    rows.filter { !($0.isOver && isOld($0, rows, moment, world)) }.map(\.id)
  }

  /// Batches go in their order, up to the first that is young.
  private func stayingBatches(_ moment: Int64, _ world: World) -> [Int64] {
    var rest = world.batches
    while let first = rest.firstIndex(where: { $0.time != nil }),
      isOld(rest[first], rest, moment, world)
    {
      rest.remove(at: first)
    }
    return rest.map(\.id)
  }

  private func ids(_ table: String, _ test: TestStore) throws -> [Int64] {
    try test.store.look { tx in
      try tx.rows("SELECT id FROM \(table) ORDER BY id").map { $0[0] }
    }
  }

  private func purge(_ world: World, _ moment: Int64, _ limit: Int) throws -> Int {
    var (rows, pieces, isDone) = (0, 0, false)
    while !isDone, pieces < 400 {
      let piece = try world.test.store.transaction {
        try $0.purgeHistory(before: Timestamp(milliseconds: moment), limit: limit)
      }
      (rows, pieces, isDone) = (rows + piece.rows, pieces + 1, piece.isDone)
      // A batch goes with all of its lines.
      #expect(piece.rows <= limit + 2)
    }
    #expect(pieces < 400)
    return rows
  }

  private func expectAdds(_ world: World, _ moment: Int64) throws {
    let limit = min(moment, world.now - 7 * World.day)
    let kept = try world.test.store.look { tx in
      try tx.rows("SELECT dn_path FROM unseen_add ORDER BY 1").map { $0[0] as String }
    }
    #expect(kept == world.adds.filter { $0.value >= limit }.keys.sorted())
  }

  @Test("All that is old goes, and nothing that is young or needed", arguments: 0..<12)
  func atOnce(_ seed: Int) throws {
    let world = try World(seed: seed, isSteady: false)
    try world.fill()
    // Half a millisecond is nobody's: what ended at a moment is as old as it.
    let moment = world.now - 8 * World.day + 1
    let rows = try purge(world, moment, 10_000)
    #expect(try ids("event", world.test) == staying(world.events, moment, world))
    #expect(try ids("command", world.test) == staying(world.commands, moment, world))
    let youngest = world.cycles.last?.id ?? 0
    let cycles = Set(staying(world.cycles, moment, world) + [youngest])
    #expect(try ids("cycle", world.test) == cycles.sorted())
    #expect(try ids("password_batch", world.test) == stayingBatches(moment, world))
    try expectAdds(world, moment)
    #expect(
      try world.test.number(
        """
        SELECT COUNT(*) FROM password_batch_line l
        WHERE NOT EXISTS (SELECT 1 FROM password_batch b WHERE b.id = l.batch_id)
        """) == 0)
    #expect(rows > 0)
    #expect(try purge(world, moment, 10_000) == 0)
  }

  @Test("In pieces of any size as at once, where clocks are right", arguments: 0..<8)
  func inPieces(_ seed: Int) throws {
    let world = try World(seed: 50 + seed, isSteady: true)
    try world.fill()
    let moment = world.now - 8 * World.day + 1
    let before = try world.test.store.dump()
    _ = try purge(world, moment, Int.random(in: 1...9, using: &world.random))
    #expect(try ids("event", world.test) == staying(world.events, moment, world))
    #expect(try ids("password_batch", world.test) == stayingBatches(moment, world))
    try expectAdds(world, moment)
    // What nobody has done yet may keep the commands behind it, but never lets a young one go.
    let kept = Set(try ids("command", world.test))
    #expect(kept.isSuperset(of: staying(world.commands, moment, world)))
    let after = try world.test.store.dump()
    for (table, rows) in after { #expect(Set(rows).isSubset(of: before[table] ?? []), "\(table)") }
  }
}
