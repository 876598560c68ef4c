import Directory
import TestSupport
import Testing

@testable import SyncStore

/// Steps of a copy, carried into the store.
@Suite("What a copy's step recorded is what the store's step shows, whatever it recorded")
struct CarryModelTests {
  private let test: TestStore

  init() throws { test = try TestStore() }

  /// What is told of a step, without the numbers that each store gives itself.
  private func told(_ step: Int64, _ file: String) throws -> [String] {
    let reader = try StoreReader(file: file)
    let row = try #require(try reader.operation(step: step))
    var lines = ["\(row.adds) \(row.updates) \(row.deletes) \(row.errors)"]
    for counter in try reader.counters(step: step) {
      lines.append("\(counter.group) \(counter.name) \(counter.count)")
      for change in try reader.changes(
        step: step, group: counter.group, counter: counter.name, after: nil, limit: 5000)
      {
        let deltas = try reader.deltas(change: change.id)
        lines.append("\(change.dn) \(change.display) \(change.reason) \(deltas)")
      }
    }
    for error in try reader.errors(step: step, after: nil, limit: 5000) {
      lines.append("\(error.type) \(error.dn) \(error.message) \(error.value) \(error.rule)")
    }
    return lines
  }

  private func begin(_ store: SyncStore) throws -> Int64 {
    try store.transaction {
      try $0.beginStep(
        cycle: nil, connector: test.source, type: .fullImport, requestedBy: "x", phase: ""
      ).step
    }
  }

  private func record(
    _ count: Int, errors: Int, _ step: Int64, _ store: SyncStore, _ random: inout SeededRandom
  ) throws {
    try store.transaction { tx in
      var tally = CounterTally()
      for number in 0..<count {
        let counter = random.choose([Counter.stageAdd, .stageUpdate, .outboundFlow])
        let target = counter == .outboundFlow ? test.target : 0
        tally.count(counter, target: target)
        var change = ObjectChange(
          counter, target: target, objectID: Int64(number + 1), dn: "CN=\(number)",
          display: random.text(), objectType: "user",
          deltas: [
            .init(
              AttributeName("attribute \(number % 7)"), before: [],
              after: [.string(random.text())])
          ])
        change.reason = random.text()
        try tx.record(change, step: step)
      }
      try tx.add(tally, step: step)
      for number in 0..<errors {
        var error = StepError(
          .discovery, .parseError, objectID: nil, dn: "CN=\(number)", message: random.text(),
          hint: "h")
        (error.value, error.rule) = (random.text(), random.text())
        try tx.record(error, step: step, connector: test.source)
      }
    }
  }

  @Test(
    "Every row comes over, however many pages they take",
    arguments: [(0, 0), (1, 1), (999, 0), (1000, 3), (1001, 0), (30, 1001)])
  func carried(changes: Int, errors: Int) throws {
    var random = SeededRandom(seed: changes + errors)
    let copy = try test.store.copy()
    for _ in 0..<3 { _ = try begin(copy) }
    let other = try begin(copy)
    try record(changes, errors: errors, other, copy, &random)
    let own = try begin(test.store)
    try test.store.carry(
      step: other, of: copy, as: own, youngest: YoungestObjects(connectorSpace: 5000, metaverse: 0))
    #expect(try told(own, test.store.file) == told(other, copy.file))
    #expect(try told(own, test.store.file).count > changes + errors)
    try copy.close()
  }

  @Test("Objects that only the copy has get numbers below 0, at the border and on either side")
  func numbers() throws {
    try test.stage(try (0..<3).map { .entry(try test.entry("o\($0)")) })
    let youngest = try test.store.youngest()
    #expect(youngest.connectorSpace == 3 && youngest.metaverse == 0)
    let copy = try test.store.copy()
    let other = try begin(copy)
    let ids = [1, 3, 4, 5, Int64.max]
    try copy.transaction { tx in
      for id in ids {
        var change = ObjectChange(
          .stageUpdate, objectID: id, dn: "CN=\(id)", display: "", objectType: "user", deltas: [])
        change.metaverse = id
        try tx.record(change, step: other)
        var error = StepError(
          .synchronization, .typeMismatch, objectID: id, dn: "x", message: "m", hint: "h")
        error.otherObjectID = id
        try tx.record(error, step: other, connector: test.source)
      }
    }
    let own = try begin(test.store)
    try test.store.carry(step: other, of: copy, as: own, youngest: youngest)
    func numbers(_ column: String, _ table: String) throws -> [Int64] {
      try test.store.look { tx in
        try tx.rows("SELECT \(column) FROM \(table) WHERE step_id = ? ORDER BY id", [own])
          .map { $0[0] as Int64 }
      }
    }
    let carried = ids.map { $0 > 3 ? -$0 : $0 }
    #expect(try numbers("object_id", "step_change") == carried)
    #expect(try numbers("mv_id", "step_change") == ids.map { -$0 })
    #expect(try numbers("object_id", "step_error") == carried)
    #expect(try numbers("other_object_id", "step_error") == carried)
    try copy.close()
  }

  @Test("Two runs are compared object by object as a walk through both does it", arguments: 0..<10)
  func compared(_ seed: Int) throws {
    var random = SeededRandom(seed: seed)
    struct Done: Equatable {
      var counters: [String] = []
      var values: [AttributeName: [AttributeValue]] = [:]
    }
    func run() throws -> (steps: [Int64], done: [String: Done]) {
      var (steps, done): ([Int64], [String: Done]) = ([], [:])
      for _ in 0..<2 {
        // A whole import and a delta are one stage.
        let step = try test.step(random.choose([.fullImport, .deltaImport]))
        steps.append(step)
        for number in 0..<8 where random.chance(60) {
          let counter = random.choose([Counter.stageAdd, .stageUpdate])
          let values: [AttributeValue] = random.some(["a", "b"])
          let dn = "CN=\(number)\0"
          try test.store.transaction {
            try $0.record(
              ObjectChange(
                counter, objectID: Int64(number + 1), dn: dn, display: "d\(number)",
                objectType: "user", deltas: [.init("title", before: [], after: values)]),
              step: step)
          }
          if done[dn]?.counters.contains(counter.name) != true {
            done[dn, default: Done()].counters.append(counter.name)
          }
          done[dn]?.values["title"] = values
        }
      }
      return (steps, done)
    }
    let (first, second) = (try run(), try run())
    let comparison = try test.reader.comparison(of: first.steps, with: second.steps)
    let all = Set(first.done.keys).union(second.done.keys)
    let differing = all.filter { first.done[$0] != second.done[$0] }.sorted()
    #expect(comparison.differences.map(\.dn) == differing)
    #expect(comparison.same == all.count - differing.count)
    #expect(comparison.onlyFirst == all.count { second.done[$0] == nil })
    #expect(comparison.onlySecond == all.count { first.done[$0] == nil })
    for difference in comparison.differences {
      let (one, two) = (first.done[difference.dn], second.done[difference.dn])
      #expect(difference.first == one?.counters.joined(separator: ", "))
      #expect(difference.second == two?.counters.joined(separator: ", "))
      let title = difference.attributes.first { $0.name == "title" }
      #expect((title == nil) == (one?.values["title"] == two?.values["title"]))
      #expect(difference.connector == "source" && difference.stage == "import")
    }
    let same = try test.reader.comparison(of: first.steps, with: first.steps)
    #expect(same.differences.isEmpty && same.same == first.done.count)
  }
}
