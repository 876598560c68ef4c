import Directory
import Testing

@testable import SyncStore

@Suite("A limit says how many changes pass")
struct GuardLimitTests {
  @Test(
    "As many as the count pass, one more does not",
    arguments: [(0, 0, false), (0, 1, true), (5, 5, false), (5, 6, true)])
  func count(limit: Int, amount: Int, exceeded: Bool) {
    #expect(GuardLimit(count: limit).isExceeded(by: amount, of: 1000) == exceeded)
  }

  @Test(
    "A share passes to its last object, and not one beyond",
    arguments: [
      (20.0, 20, 100, false), (20.0, 21, 100, true), (50.0, 1, 2, false), (50.0, 2, 3, true),
      (0.0, 0, 10, false), (0.0, 1, 10, true), (100.0, 10, 10, false),
    ])
  func percent(percent: Double, amount: Int, total: Int, exceeded: Bool) {
    #expect(GuardLimit(percent: percent).isExceeded(by: amount, of: total) == exceeded)
  }

  @Test("Count and share are two limits: the narrower one counts")
  func both() {
    let limit = GuardLimit(count: 10, percent: 50)
    #expect(limit.isExceeded(by: 11, of: 1000))
    #expect(limit.isExceeded(by: 6, of: 10))
    #expect(!limit.isExceeded(by: 5, of: 10))
    #expect(limit.words(exceededBy: 11, of: 1000) == "10 objects")
    #expect(limit.words(exceededBy: 6, of: 10) == "50 % of 10 objects")
  }

  @Test("The share of a handful does not count where a smallest number is set, the count does")
  func smallest() {
    let limit = GuardLimit(count: 90, percent: 50, smallest: 100)
    #expect(!limit.isExceeded(by: 99 - 10, of: 99))
    #expect(limit.isExceeded(by: 51, of: 100))
    #expect(limit.isExceeded(by: 91, of: 99))
  }

  @Test("Nothing at all is never too much, and of an empty connector no share can be told")
  func edges() {
    #expect(!GuardLimit(count: 0, percent: 0).isExceeded(by: 0, of: 0))
    #expect(!GuardLimit(percent: 10).isExceeded(by: 100, of: 0))
    #expect(!GuardLimit().isExceeded(by: 1_000_000, of: 1))
  }

  @Test("Imports that ended in their midst are known until one ends, or what they staged is taken")
  func unweighed() throws {
    let test = try TestStore()
    func end(_ type: StepType, _ result: String) throws -> Int64 {
      let step = try test.step(type)
      try test.end(step, result)
      return step
    }
    func unweighed() throws -> [Int64] {
      try test.store.look { try $0.unweighedImports(connector: test.source, before: .max) }
    }
    #expect(try unweighed() == [])
    let first = try end(.deltaImport, "stopped-server")
    _ = try end(.deltaImport, "no-start-full-import-required")
    let second = try end(.fullImport, "stopped-connectivity")
    #expect(try unweighed() == [first, second])
    for (type, result) in [
      (StepType.fullImport, "success"), (.deltaImport, "stopped-object-limit"),
      (.deltaSynchronization, "success"), (.fullImport, "completed-discovery-errors"),
    ] {
      let died = try end(.deltaImport, "stopped-server")
      #expect(try unweighed().last == died)
      _ = try end(type, result)
      #expect(try unweighed() == [])
    }
    let last = try end(.deltaImport, "stopped-import-read")
    _ = try end(.export, "success")
    #expect(try unweighed() == [last])
  }

  @Test("Deletes of imports that ended in their midst are known until an import has weighed them")
  func unweighedDeletes() throws {
    let test = try TestStore()
    func end(_ type: StepType, _ result: String) throws -> Int64 {
      let step = try test.step(type)
      try test.end(step, result)
      return step
    }
    func unweighed(isOfLack: Bool) throws -> [Int64] {
      try test.store.look {
        try $0.importsOfUnweighedDeletes(
          connector: test.source, before: .max, isOfLack: isOfLack)
      }
    }
    let first = try end(.deltaImport, "stopped-deletion-limit")
    _ = try end(.deltaSynchronization, "success")
    _ = try end(.deltaImport, "no-start-full-import-required")
    for isOfLack in [true, false] { #expect(try unweighed(isOfLack: isOfLack) == [first]) }
    // These take nothing for deleted, and a delta after them knows nothing of it.
    _ = try end(.fullImport, "completed-discovery-errors")
    _ = try end(.fullImport, "completed-no-objects")
    let held = try end(.fullImport, "stopped-deletion-limit")
    for isOfLack in [true, false] { #expect(try unweighed(isOfLack: isOfLack) == [first, held]) }
    _ = try end(.deltaImport, "success")
    #expect(try unweighed(isOfLack: true) == [first, held])
    #expect(try unweighed(isOfLack: false) == [])
    _ = try end(.fullImport, "stopped-object-limit")
    #expect(try unweighed(isOfLack: true) == [])
    let died = try end(.deltaImport, "stopped-server")
    _ = try end(.deltaSynchronization, "success")
    #expect(try unweighed(isOfLack: true) == [died])
    _ = try end(.deltaImport, "success")
    #expect(try unweighed(isOfLack: true) == [])
  }

  @Test("Deletes of such imports are weighed by what shows all that is there, be it a delta")
  func unweighedWithoutFullImports() throws {
    let test = try TestStore()
    func end(_ type: StepType, _ result: String) throws -> Int64 {
      let step = try test.step(type)
      try test.end(step, result)
      return step
    }
    func unweighed() throws -> [Int64] {
      try test.store.look {
        try $0.importsOfUnweighedDeletes(connector: test.source, before: .max, isOfLack: true)
      }
    }
    let died = try end(.deltaImport, "stopped-server")
    _ = try end(.fullImport, "completed-discovery-errors")
    let showing = try end(.deltaImport, "success")
    #expect(try unweighed() == [died])
    try test.store.transaction {
      try $0.noteLackWeighed(connector: test.source, by: showing)
    }
    #expect(try unweighed() == [])
    let later = try end(.fullImport, "stopped-server")
    #expect(try unweighed() == [later])
  }

  @Test("A synchronization that was stopped before it took anything has taken nothing")
  func stoppedSynchronization() throws {
    let test = try TestStore()
    let died = try test.step(.deltaImport)
    try test.end(died, "stopped-server")
    let stopped = try test.step(.deltaSynchronization)
    try test.end(stopped, "stopped-user-termination-from-wmi-or-ui")
    func unweighed() throws -> [Int64] {
      try test.store.look { try $0.unweighedImports(connector: test.source, before: .max) }
    }
    #expect(try unweighed() == [died])
    let taken = try test.step(.deltaSynchronization)
    try test.store.transaction { tx in
      try tx.setProgress(step: taken, phase: "synchronizing", done: 1, total: 2, rate: 0)
    }
    try test.end(taken, "stopped-user-termination-from-wmi-or-ui")
    #expect(try unweighed() == [])
  }

  @Test("One object that was synchronized after a preview is no synchronization of the others")
  func oneObject() throws {
    let test = try TestStore()
    let died = try test.step(.deltaImport)
    try test.end(died, "stopped-server")
    let last = try test.step(.fullSynchronization)
    try test.end(last, "stopped-object-limit")
    for type in [StepType.deltaSynchronization, .fullSynchronization] {
      let one = try test.step(type)
      try test.end(one, message: StoreTransaction.oneObject + "CN=ann")
    }
    let unweighed = try test.store.look {
      try $0.unweighedImports(connector: test.source, before: .max)
    }
    #expect(unweighed == [died])
    #expect(try test.reader.connectors()[0].lastSteps.map(\.id) == [last, died])
  }

  @Test("A release that a clock noted that was ahead excuses no import that comes after it")
  func releaseAhead() throws {
    let test = try TestStore()
    try test.store.transaction { tx in
      _ = try tx.recordRelease(connector: test.source, by: "ann", what: "import", count: 1)
      try tx.execute("UPDATE guard_release SET time = time + 31536000000")
    }
    let died = try test.step(.deltaImport)
    try test.end(died, "stopped-server")
    let found = try test.store.look {
      try $0.unweighedImports(connector: test.source, before: .max)
    }
    #expect(found == [died])
  }

  @Test("What rules made is no surprise when its target shows it, however late")
  func lateConfirmations() throws {
    let test = try TestStore()
    let wanted = DesiredImage(attributes: [Attribute("title", ["x"])])
    for name in ["ann", "bob"] {
      let id = try test.provision(name, wanted)
      try test.store.transaction {
        try $0.exportTaken(id, anchor: Anchor("a-" + name))
        try $0.execute(
          "UPDATE cs_object SET exported_at = exported_at - 5000000 WHERE id = ?", [id])
      }
    }
    // The import after the export shows none of it.
    _ = try test.stage([], connector: test.target)
    func show(_ name: String, _ title: AttributeValue) throws -> DirectoryEntry {
      try test.entry(name, ["title": [title]])
    }
    let added = try test.stage(
      [.entry(try show("ann", "x")), .entry(try show("bob", "x")), .entry(try show("eve", "x"))],
      connector: test.target)
    #expect(added.count(.stageAdd) == 3)
    let updated = try test.stage([.entry(try show("ann", "y"))], connector: test.target)
    #expect(updated.count(.stageUpdate) == 1)
    func confirmations(_ step: Int64, _ counter: Counter, lag: Double) throws -> Int {
      try test.store.look {
        try $0.confirmations(of: [step], [counter], connector: test.target, lag: lag)
      }
    }
    #expect(try confirmations(added.step, .stageAdd, lag: 0) == 2)
    #expect(try confirmations(updated.step, .stageUpdate, lag: 0) == 0)
    #expect(try confirmations(updated.step, .stageUpdate, lag: 7200) == 1)
  }

  @Test("An import that a clock held that was ahead is released")
  func heldAhead() throws {
    let test = try TestStore()
    let release = try test.store.transaction { tx in
      var hold = StoreTransaction.ImportHold(
        connector: test.source, kind: GuardedKind.deletes.rawValue, count: 3, message: "3 are gone",
        needsFullImport: true)
      hold.since = Timestamp.now.adding(seconds: 31_536_000)
      try tx.hold(hold)
      return try tx.releaseImport(connector: test.source, until: .now, by: "ann")
    }
    #expect(release == .released(3))
  }

  @Test("A release of an import leaves what was held after the moment that it names")
  func releasedUntil() throws {
    let test = try TestStore()
    try test.store.transaction { tx in
      var hold = StoreTransaction.ImportHold(
        connector: test.source, kind: GuardedKind.deletes.rawValue, count: 3, message: "3 are gone",
        needsFullImport: true)
      hold.since = Timestamp(milliseconds: 1000)
      try tx.hold(hold)
    }
    func release(_ moment: Int64) throws -> StoreTransaction.ImportRelease? {
      try test.store.transaction {
        [
          try $0.releaseImport(
            connector: test.source, until: Timestamp(milliseconds: moment), by: "ann")
        ]
      }[0]
    }
    #expect(try release(999) == .heldAnew(3))
    #expect(try test.reader.heldImports().map(\.releasedBy) == [nil])
    #expect(try release(1000) == .released(3))
    #expect(try test.reader.heldImports().map(\.releasedBy) == ["ann"])
    #expect(try release(2000) == nil)
  }

  @Test("Limits are read as they were set, and exported deletes fall back on the scheduler's")
  func stored() throws {
    let test = try TestStore()
    let limits = GuardLimits(
      importing: [.adds: GuardLimit(count: 7, percent: 2.5, smallest: 3)],
      exporting: [.updates: GuardLimit(percent: 10)])
    func limit(_ connector: Int64, _ stage: GuardStage, _ kind: GuardedKind) throws -> GuardLimit? {
      try test.store.look { [try $0.limit(connector: connector, stage, kind)] }[0]
    }
    try test.store.transaction { try $0.set(limits, connector: test.target) }
    #expect(
      try limit(test.target, .importing, .adds) == GuardLimit(count: 7, percent: 2.5, smallest: 3))
    #expect(try limit(test.target, .importing, .deletes) == nil)
    #expect(try limit(test.target, .exporting, .updates) == GuardLimit(percent: 10))
    #expect(
      try limit(test.target, .exporting, .deletes) == .standardExportedDeletes(threshold: 500))
    #expect(try limit(test.source, .importing, .adds) == nil)
    let shown = try test.reader.status().deletionLimits
    #expect(shown.map(\.stage) == [.exporting])
    #expect(shown.map(\.limit) == [.standardExportedDeletes(threshold: 500)])
    try test.store.transaction { try $0.set(GuardLimits(), connector: test.target) }
    #expect(try limit(test.target, .importing, .adds) == nil)
  }
}
