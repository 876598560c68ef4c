import Directory
import TestSupport
import Testing

@testable import SyncStore

/// Steps that count and record by chance, held against sums.
@Suite("What a step tells is the sum of what its batches counted and recorded")
struct StepModelTests {
  /// What a counter says of an object, for the figures of a step.
  private struct Share {
    var adds = 0
    var updates = 0
    var deletes = 0
  }

  private static let shares: [String: Share] = [
    "stage-add": Share(adds: 1), "stage-update": Share(updates: 1),
    "stage-rename": Share(updates: 1), "stage-delete": Share(deletes: 1),
    "stage-delete-add": Share(adds: 1, deletes: 1), "export-add": Share(adds: 1),
    "export-update": Share(updates: 1), "export-rename": Share(updates: 1),
    "export-delete": Share(deletes: 1), "export-delete-add": Share(adds: 1, deletes: 1),
    "disconnector-projected-flow": Share(adds: 1),
    "disconnector-projected-no-flow": Share(adds: 1),
    "disconnector-joined-flow": Share(updates: 1),
    "disconnector-joined-no-flow": Share(updates: 1), "connector-flow": Share(updates: 1),
    "connector-delete-leave-mv": Share(deletes: 1),
    "connector-delete-remove-mv": Share(deletes: 1),
    "connector-filtered-leave-mv": Share(deletes: 1),
    "connector-filtered-remove-mv": Share(deletes: 1),
  ]

  private struct Key: Hashable {
    var counter: Counter
    var target: Int64
  }

  private func isOutbound(_ counter: Counter) -> Bool {
    if case .outbound = counter.group(target: "target") { true } else { false }
  }

  @Test(
    "Figures and counters of each step, whatever other steps count meanwhile", arguments: 0..<10)
  func figures(_ seed: Int) throws {
    var random = SeededRandom(seed: seed)
    let test = try TestStore()
    let steps = try [StepType.fullImport, .deltaSynchronization, .export].map { try test.step($0) }
    var counts: [Int64: [Key: Int]] = [:]
    for _ in 0..<25 {
      let step = random.choose(steps)
      var tally = CounterTally()
      var totals: [Counter: Int] = [:]
      for _ in 0..<Int.random(in: 0...5, using: &random) {
        let counter = random.choose(Counter.allCases)
        let target = isOutbound(counter) ? test.target : 0
        // What was counted may be taken back, and no more of it than was.
        let known = counts[step]?[Key(counter: counter, target: target)] ?? 0
        let amount = random.chance(25) ? -Int.random(in: 0...known, using: &random) : 3
        tally.count(counter, target: target, amount: amount)
        totals[counter, default: 0] += amount
        counts[step, default: [:]][Key(counter: counter, target: target), default: 0] += amount
      }
      for (counter, total) in totals { #expect(tally.total(counter) == total) }
      try test.store.transaction { try $0.add(tally, step: step) }
    }
    for step in steps {
      let wanted = counts[step, default: [:]].filter { $0.value != 0 }
      let shown = try test.reader.counters(step: step)
      #expect(shown.count == wanted.count)
      var sum = Share()
      for (key, count) in wanted {
        let group = key.counter.group(target: "target")
        let row = shown.first { $0.name == key.counter.name && $0.group == group }
        #expect(row?.count == count, "\(key)")
        #expect(row?.hasDetail == (key.counter.hasDetail && count > 0))
        #expect(try test.store.look { try $0.count(key.counter, step: step) } == count)
        let share = isOutbound(key.counter) ? nil : Self.shares[key.counter.name]
        sum.adds += (share?.adds ?? 0) * count
        sum.updates += (share?.updates ?? 0) * count
        sum.deletes += (share?.deletes ?? 0) * count
      }
      let row = try #require(try test.reader.operation(step: step))
      #expect(row.adds == sum.adds && row.updates == sum.updates && row.deletes == sum.deletes)
      let sent = wanted.keys.contains { (24...28).contains($0.counter.rawValue) }
      #expect(try test.store.look { try $0.hasExported(step: step) } == sent)
    }
  }

  @Test("Objects are listed under their counter, in pages of any size, as they were then")
  func changes() throws {
    let test = try TestStore()
    let step = try test.step()
    let names = HostileText.names
    try test.store.transaction { tx in
      for (number, name) in names.enumerated() {
        for counter in [Counter.stageAdd, .stageUpdate, .outboundFlow] {
          var change = ObjectChange(
            counter, target: counter == .outboundFlow ? test.target : 0,
            objectID: Int64(number + 1), dn: "CN=" + name, display: name, objectType: "user",
            deltas: [.init("title", before: [], after: [.string(name)], rule: 0)])
          change.reason = name
          try tx.record(change, step: step)
        }
      }
    }
    let reader = try test.reader
    for (group, counter, connector) in [
      (CounterGroup.staging, "stage-add", "source"),
      (.outbound("target"), "connector-flow", "target"),
    ] {
      for limit in [1, names.count - 1, names.count, names.count + 1] {
        var paged: [StepChangeRow] = []
        while true {
          let page = try reader.changes(
            step: step, group: group, counter: counter, after: paged.last?.id, limit: limit)
          if page.isEmpty { break }
          paged += page
        }
        #expect(paged.map(\.display) == names)
        #expect(paged.map(\.dn) == names.map { "CN=" + $0 })
        #expect(paged.map(\.reason) == names && paged.allSatisfy { $0.connector == connector })
      }
    }
    for row in try reader.changes(
      step: step, group: .staging, counter: "stage-update", after: nil, limit: 99)
    {
      let after: [AttributeValue] = [.string(row.display)]
      #expect(try reader.deltas(change: row.id).map(\.after) == [after])
    }
    for (group, counter) in [
      (CounterGroup.inbound, "connector-flow"), (.outbound("source"), "connector-flow"),
      (.staging, "stage-delete"), (.export, "stage-add"), (.staging, "nonsense"),
    ] {
      #expect(
        try reader.changes(step: step, group: group, counter: counter, after: nil, limit: 9) == [])
    }
  }

  @Test("What a step recorded of an object is taken back once, and of no other step or counter")
  func takenBack() throws {
    let test = try TestStore()
    let (step, other) = (try test.step(), try test.step())
    func record(_ counter: Counter, _ id: Int64, _ step: Int64) throws {
      try test.store.transaction {
        try $0.record(
          ObjectChange(
            counter, objectID: id, dn: "CN=\(id)", display: "", objectType: "user",
            deltas: [.init("title", before: ["a"], after: ["b"])]), step: step)
      }
    }
    try record(.stageUpdate, 7, step)
    try record(.stageUpdate, 7, other)
    try record(.stageRename, 7, step)
    try record(.stageUpdate, 8, step)
    func takeBack(_ counter: Counter, _ id: Int64, _ step: Int64) throws -> [AttributeDelta]? {
      try test.store.transaction { [try $0.takeBack(counter, of: id, step: step)] }[0]
    }
    #expect(try takeBack(.stageAdd, 7, step) == nil)
    #expect(try takeBack(.stageUpdate, 9, step) == nil)
    let taken = try #require(try takeBack(.stageUpdate, 7, step))
    #expect(taken.map(\.name) == ["title"] && taken[0].before == ["a"] && taken[0].after == ["b"])
    #expect(try takeBack(.stageUpdate, 7, step) == nil)
    #expect(try test.number("SELECT COUNT(*) FROM step_change") == 3)
  }

  @Test("Progress, phase and load are those that were told last, and end with the step")
  func progress() throws {
    let test = try TestStore()
    let step = try test.step()
    try test.store.transaction { tx in
      #expect(try tx.phase(of: step) == "starting")
      #expect(try tx.phase(of: step + 1) == "")
      try tx.setProgress(step: step, phase: "reading", done: 5, total: nil, rate: 2.5)
      try tx.setPhase("still\0reading", of: step)
      #expect(try tx.phase(of: step) == "still\0reading")
    }
    #expect(try test.number("SELECT done FROM step WHERE id = \(step)") == 5)
    try test.end(step, "completed-warnings", message: "m")
    try test.store.transaction { tx in
      #expect(try tx.phase(of: step) == "")
      try tx.setPhase("never again", of: step)
      #expect(try tx.phase(of: step) == "")
    }
    #expect(try test.reader.stepMessage(step: step).message == "m")
    #expect(try test.reader.stepMessage(step: step + 1).message == "")
  }

  @Test(
    "The worst step is the outcome; of those as bad the first, and never a delta that was replaced",
    arguments: [
      ([], "nothing was run"),
      ([("success", .fullImport)], "success"),
      ([("success", .export), ("in-progress", .fullImport)], "success"),
      (
        [("completed-warnings", .export), ("completed-export-errors", .export)],
        "completed-export-errors, Export on source"
      ),
      (
        [("stopped-connectivity", .deltaImport), ("no-start-connection", .export)],
        "stopped-connectivity, Delta Import on source"
      ),
      (
        [("no-start-full-import-required", .deltaImport), ("success", .fullImport)],
        "success"
      ),
      (
        [("no-start-full-import-required", .deltaImport), ("success", .export)],
        "no-start-full-import-required, Delta Import on source"
      ),
      (
        [("success", .fullImport), ("no-start-full-import-required", .deltaImport)],
        "no-start-full-import-required, Delta Import on source"
      ),
    ] as [([(result: String, type: StepType)], String)])
  func outcome(steps: [(result: String, type: StepType)], told: String) throws {
    let test = try TestStore()
    let cycle = try test.store.transaction {
      try $0.beginCycle(.delta, requestedBy: "x", reason: "")
    }
    for step in steps {
      let id = try test.step(step.type, cycle: cycle)
      if step.result != "in-progress" { try test.end(id, step.result) }
    }
    // What is not of the cycle is none of its steps.
    try test.end(try test.step(.export), "stopped-server")
    #expect(try test.store.look { try $0.outcome(ofCycle: cycle) } == told)
  }

  @Test(
    "Steps and cycles come newest first, in pages of any size, narrowed or not", arguments: 0..<5)
  func pages(_ seed: Int) throws {
    var random = SeededRandom(seed: seed)
    let test = try TestStore()
    var steps: [(id: Int64, connector: String, type: StepType, result: String)] = []
    for number in 0..<12 {
      let cycle = try test.store.transaction {
        try $0.beginCycle(random.choose(CyclePolicy.allCases), requestedBy: "\(number)", reason: "")
      }
      let type = random.choose(StepType.allCases)
      let isSource = Bool.random(using: &random)
      let id = try test.step(type, connector: isSource ? test.source : test.target, cycle: cycle)
      let result = random.choose(["success", "completed-warnings", "stopped-server"])
      try test.end(id, result)
      steps.insert((id, isSource ? "source" : "target", type, result), at: 0)
    }
    let reader = try test.reader
    var filters = [OperationFilter()]
    for type in StepType.allCases {
      var filter = OperationFilter()
      filter.type = type
      filters.append(filter)
    }
    for severity in [ResultSeverity.success, .warning, .stopped] {
      var filter = OperationFilter()
      (filter.atLeast, filter.connector) = (severity, "source")
      filters.append(filter)
    }
    for filter in filters {
      let wanted = steps.filter { step in
        (filter.type.map { $0 == step.type } ?? true)
          && (filter.connector.map { $0 == step.connector } ?? true)
          && (filter.atLeast.map { ResultSeverity(result: step.result) >= $0 } ?? true)
      }.map(\.id)
      #expect(try reader.operationCount(filter) == wanted.count)
      for limit in [1, wanted.count - 1, wanted.count, wanted.count + 1] where limit > 0 {
        var paged: [Int64] = []
        while true {
          let page = try reader.operations(filter, before: paged.last, limit: limit)
          if page.isEmpty { break }
          paged += page.map(\.id)
        }
        #expect(paged == wanted)
      }
    }
    var cycles: [Int64] = []
    while case let page = try reader.cycles(before: cycles.last, limit: 5), !page.isEmpty {
      cycles += page.map(\.id)
      for cycle in page { #expect(cycle.steps.count == 1) }
    }
    #expect(cycles == cycles.sorted(by: >) && cycles.count == 12)
  }
}
