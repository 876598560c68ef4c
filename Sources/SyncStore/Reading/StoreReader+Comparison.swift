import Directory
import GRDB

/// What two runs did differently.
extension StoreReader {
  /// Compares what the steps `first` did with what the steps `second` did, object by object.
  ///
  /// Objects are taken for the same by connector space and name, for what is new has other numbers
  /// in a rehearsal, or by number where one has another name now. A whole import and a delta are one
  /// stage.
  public func comparison(of first: [Int64], with second: [Int64]) throws -> RunComparison {
    try read { tx in
      let one = try Self.outcomes(of: first, tx)
      let two = Self.rename(try Self.outcomes(of: second, tx), as: one)
      var result = RunComparison(same: 0, differences: [])
      for key in Set(one.keys).union(two.keys).sorted() {
        let difference = Self.difference(key, one[key], two[key])
        if let difference { result.differences.append(difference) } else { result.same += 1 }
      }
      return result
    }
  }

  /// What steps did to one object.
  private struct Outcome {
    var object: Int64
    var display: String
    var counters: [String] = []
    var values: [String: [AttributeValue]] = [:]
  }

  private struct OutcomeKey: Hashable, Comparable {
    var connector: String
    var stage: String
    var dn: String

    static func < (a: OutcomeKey, b: OutcomeKey) -> Bool {
      (a.connector, a.stage, a.dn) < (b.connector, b.stage, b.dn)
    }
  }

  /// An object by its number.
  private struct NumberKey: Hashable {
    var connector: String
    var stage: String
    var object: Int64

    init(_ key: OutcomeKey, _ object: Int64) {
      (connector, stage, self.object) = (key.connector, key.stage, object)
    }
  }

  private static func outcomes(
    of steps: [Int64], _ tx: StoreTransaction
  ) throws -> [OutcomeKey: Outcome] {
    var result: [OutcomeKey: Outcome] = [:]
    for step in steps {
      try tx.each(
        """
        SELECT s.type, COALESCE((SELECT name FROM connector WHERE id = h.target_id), c.name),
          h.dn, h.display, h.counter, h.deltas, h.object_id
        FROM step_change h JOIN step s ON s.id = h.step_id
        JOIN connector c ON c.id = s.connector_id WHERE h.step_id = ? ORDER BY h.id
        """, [step]
      ) { row in
        let key = OutcomeKey(
          connector: row.text(1), stage: stage(row.text(0)), dn: row.text(2))
        var outcome = result[key] ?? Outcome(object: row.int64(6), display: row.text(3))
        if let counter = Counter(rawValue: row.int(4))?.name, !outcome.counters.contains(counter) {
          outcome.counters.append(counter)
        }
        for delta in try row.bytes(5).map({ try tx.coding.decodeDeltas($0) }) ?? [] {
          outcome.values[delta.name] = delta.after
        }
        result[key] = outcome
      }
    }
    return result
  }

  /// Gives objects that have another name in `others` that one.
  private static func rename(
    _ outcomes: [OutcomeKey: Outcome], as others: [OutcomeKey: Outcome]
  ) -> [OutcomeKey: Outcome] {
    var names: [NumberKey: OutcomeKey] = [:]
    for (key, outcome) in others where outcome.object > 0 && outcomes[key] == nil {
      names[NumberKey(key, outcome.object)] = key
    }
    guard !names.isEmpty else { return outcomes }
    var result: [OutcomeKey: Outcome] = [:]
    for (key, outcome) in outcomes {
      let other = others[key] == nil ? names[NumberKey(key, outcome.object)] : nil
      result[other ?? key] = outcome
    }
    return result
  }

  private static func stage(_ type: String) -> String {
    switch StepType(rawValue: type) {
    case .fullImport, .deltaImport: "import"
    case .export: "export"
    case .fullSynchronization, .deltaSynchronization, nil: "synchronization"
    }
  }

  /// Whether values are the same; a reference to an object that was only rehearsed is as good as
  /// one to the object that came of it.
  private static func isSame(_ a: [AttributeValue]?, _ b: [AttributeValue]?) -> Bool {
    guard let a, let b, a != b, a.count == b.count else { return a == b }
    let madeUp = (a + b).contains { value in
      if case .reference(let address) = value { address.hasPrefix("rehearsal-") } else { false }
    }
    guard madeUp else { return false }
    return (a + b).allSatisfy { if case .reference = $0 { true } else { false } }
  }

  private static func difference(
    _ key: OutcomeKey, _ one: Outcome?, _ two: Outcome?
  ) -> RunDifference? {
    let names = Set(one.map { Array($0.values.keys) } ?? [])
      .union(two.map { Array($0.values.keys) } ?? []).sorted()
    let attributes = names.compactMap { name -> AttributeDifference? in
      let (a, b) = (one?.values[name], two?.values[name])
      return isSame(a, b) ? nil : AttributeDifference(name: name, first: a, second: b)
    }
    let counters = (one?.counters.joined(separator: ", "), two?.counters.joined(separator: ", "))
    guard !attributes.isEmpty || counters.0 != counters.1 else { return nil }
    return RunDifference(
      connector: key.connector, stage: key.stage, dn: key.dn,
      display: one?.display ?? two?.display ?? "", first: counters.0, second: counters.1,
      attributes: attributes)
  }
}
