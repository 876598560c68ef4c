import Directory
import TestSupport
import Testing

@testable import SyncStore

/// Histories made by chance, purged in pieces of any size.
@Suite("Whatever is purged, what is young or needed is told as before")
struct PurgeModelTests {
  /// A history of which step N ended at N seconds; the answer is its steps' numbers.
  private func fill(_ test: TestStore, _ random: inout SeededRandom) throws -> [Int64] {
    var steps: [Int64] = []
    for number in 0..<24 {
      let cycle =
        Bool.random(using: &random)
        ? try test.store.transaction { try $0.beginCycle(.delta, requestedBy: "x", reason: "") }
        : nil
      let type = StepType.allCases.randomElement(using: &random) ?? .export
      // Only imports meet what can't be read.
      let faults =
        [.fullImport, .deltaImport].contains(type) && Bool.random(using: &random)
      let staged = try test.stage(
        try (0..<Int.random(in: 0..<5, using: &random)).map {
          .entry(try test.entry("u\($0)", ["title": [.string("\(number)")]]))
        },
        errors: faults
          ? [
            DiscoveryError(
              .parseError, dn: "CN=\(number)", location: "a:1", message: "m", hint: "h")
          ]
          : [], connector: Bool.random(using: &random) ? test.source : test.target, cycle: cycle)
      try test.store.transaction { tx in
        if Int.random(in: 0..<3, using: &random) == 0 {
          let object = try tx.integer("SELECT id FROM cs_object ORDER BY id DESC LIMIT 1")
          try tx.record(
            StepError(
              .synchronization, .typeMismatch, objectID: object, dn: "x", message: "m", hint: "h"),
            step: staged.step, connector: test.source)
        }
        let result = ["success", "completed-warnings", "stopped-connectivity"]
          .randomElement(using: &random)
        try tx.execute(
          "UPDATE step SET ended = ?, result = ?, type = ?, is_rehearsal = ? WHERE id = ?",
          [
            staged.step * 1000, result, type.rawValue, Int.random(in: 0..<6, using: &random) == 0,
            staged.step,
          ])
        if let cycle {
          try tx.execute("UPDATE cycle SET ended = ? WHERE id = ?", [staged.step * 1000, cycle])
        }
      }
      steps.append(staged.step)
    }
    return steps
  }

  /// Steps that staged something and that guards count with the next import.
  private func unweighed(_ test: TestStore) throws -> Set<Int64> {
    try test.store.look { tx in
      var steps: Set<Int64> = []
      for connector in [test.source, test.target] {
        for isOfLack in [true, false] {
          steps.formUnion(
            try tx.importsOfUnweighedDeletes(
              connector: connector, before: .max, isOfLack: isOfLack))
        }
      }
      let counters: [Counter] = [.stageAdd, .stageUpdate, .stageDelete]
      return try steps.filter { step in
        try counters.contains { try tx.count($0, step: step) > 0 }
      }
    }
  }

  private func now(_ reader: StoreReader) throws -> String {
    let errors = try reader.openErrors(connector: nil, after: nil, limit: 999)
    let objects = try reader.objects(
      connector: "source", scope: .all, text: "", after: nil, limit: 999)
    return """
      \(errors) \(try reader.status().openErrors) \(try reader.errorFamilies(now: .now).map(\.kind))
      \(objects) \(try objects.map { try reader.object(id: $0.id, valueLimit: 9)?.attributes })
      \(try reader.connectors().map { $0.lastSteps.map(\.id) })
      """
  }

  @Test("Young steps, open errors and the last steps of each kind stay", arguments: 0..<12)
  func anyHistory(_ seed: Int) throws {
    var random = SeededRandom(seed: seed)
    let test = try TestStore()
    let steps = try fill(test, &random)
    let reader = try test.reader
    let last = Int.random(in: 0..<steps.count, using: &random)
    let (told, before) = (try test.toldOfSteps(reader), try now(reader))
    let weighed = try unweighed(test)
    let moment = Timestamp(milliseconds: steps[last] * 1000)
    let limit = Int.random(in: 1..<12, using: &random)
    var pieces = 0
    while pieces < 500 {
      let piece = try test.store.transaction { try $0.purgeHistory(before: moment, limit: limit) }
      #expect(piece.rows <= limit)
      #expect(try now(reader) == before)
      pieces += 1
      if piece.isDone { break }
    }
    #expect(pieces < 500)
    let kept = try test.toldOfSteps(reader)
    #expect(try unweighed(test).isSuperset(of: weighed))
    for step in steps[(last + 1)...] { #expect(kept[step] == told[step], "step \(step)") }
    let needed = Set(try reader.connectors().flatMap { $0.lastSteps.map(\.id) })
      .union(try reader.openErrors(connector: nil, after: nil, limit: 999).map(\.stepID))
      .union(weighed)
    for step in try reader.operations(OperationFilter(), before: nil, limit: 999)
    where step.id <= steps[last] {
      #expect(needed.contains(step.id), "step \(step.id)")
      #expect(step.isThinned && step.ended != nil)
    }
    try expectNoOrphans(test)
    let again = try test.store.transaction { try $0.purgeHistory(before: moment, limit: 999) }
    #expect(again.rows == 0 && again.isDone)
  }

  private func expectNoOrphans(_ test: TestStore) throws {
    for (table, column, owner) in [
      ("step_change", "step_id", "step"), ("step_counter", "step_id", "step"),
      ("step_error", "step_id", "step"), ("step", "run_id", "run"), ("run", "cycle_id", "cycle"),
    ] {
      let sql = """
        SELECT COUNT(*) FROM \(table) t WHERE \(column) IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM \(owner) o WHERE o.id = t.\(column))
        """
      #expect(try test.number(sql) == 0, "\(table)")
    }
    #expect(
      try test.number(
        "SELECT COUNT(*) FROM run r WHERE NOT EXISTS (SELECT 1 FROM step s WHERE s.run_id = r.id)")
        == 0)
  }
}
