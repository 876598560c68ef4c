import Directory
import Testing

@testable import SyncStore

@Suite("What is held waits with its cause until a person's word, which means what they saw")
struct HeldTests {
  private let test: TestStore

  init() throws {
    test = try TestStore()
    try test.store.transaction {
      try $0.set(
        GuardLimits(exporting: [.deletes: GuardLimit(count: 0)]), connector: test.target)
    }
  }

  /// An object of the target with a pending change of this kind, held with `cause`.
  private func held(_ name: String, _ cause: String, _ kind: GuardedKind = .deletes) throws -> Int64
  {
    let id = try test.provision(name, DesiredImage(attributes: [Attribute("title", ["x"])]))
    try test.store.transaction { tx in
      try tx.execute(
        "UPDATE cs_object SET pending_export = ? WHERE id = ?", [kind.pending.rawValue, id])
      try tx.setCause(cause, kind, of: id, connector: test.target)
    }
    return id
  }

  private func moveCause(of id: Int64, to time: Timestamp) throws {
    try test.store.transaction {
      try $0.execute(
        "UPDATE export_cause SET time = ? WHERE object_id = ?", [time.milliseconds, id])
    }
  }

  private func released(_ id: Int64) throws -> Bool {
    try test.number("SELECT is_released FROM cs_object WHERE id = \(id)") != 0
  }

  private func group(_ cause: String) throws -> HeldGroup {
    try #require(try test.reader.heldGroups().first { $0.cause == cause })
  }

  @Test("Groups are those of kind and cause, the largest first, with their times and samples")
  func groups() throws {
    let ids = try ["a", "b", "c", "d"].map { try held($0, "left scope") }
    _ = try held("e", "gone")
    _ = try held("f", "left scope", .updates)
    try moveCause(of: ids[2], to: Timestamp(milliseconds: 5000))
    let groups = try test.reader.heldGroups()
    #expect(groups.map(\.count) == [4, 1, 1])
    #expect(groups[0].kind == .deletes && groups[0].samples == ["a", "b", "c"])
    #expect(groups[0].since == Timestamp(milliseconds: 5000) && groups[0].latest > groups[0].since)
    #expect(try test.reader.heldGroups(connector: "source").isEmpty)
  }

  @Test("A release of a group lets pass what was held when it was seen, and nothing later")
  func releaseOfGroup() throws {
    let (before, later, other) = (
      try held("before", "left scope"), try held("later", "left scope"), try held("other", "gone")
    )
    let seen = Timestamp.now.adding(seconds: -60)
    try moveCause(of: before, to: seen.adding(seconds: -1))
    let group = try group("left scope")
    let release = try test.store.transaction {
      try $0.release(group: group.id, until: seen, by: "ann")
    }
    #expect(release?.count == 1 && release?.connector == test.target)
    #expect(try released(before) && !released(later) && !released(other))
    #expect(try self.group("left scope").count == 1)
    let row = try #require(try test.reader.releases(limit: 9).first)
    #expect(row.person == "ann" && row.what == "left scope" && row.count == 1)
  }

  @Test("A second release of the same finds nothing, and is not told")
  func twice() throws {
    let id = try held("a", "gone")
    let group = try group("gone")
    for count in [1, nil] {
      let release = try test.store.transaction {
        try $0.release(group: group.id, until: .now, by: "ann")
      }
      #expect(release?.count == count)
    }
    #expect(try released(id))
    #expect(try test.reader.releases(limit: 9).count == 1)
    #expect(try test.store.transaction { try $0.release(group: 4711, until: .now, by: "x") } == nil)
  }

  @Test(
    "One object is released with the change that was meant, and no other",
    arguments: [
      (GuardedKind.deletes, nil, true), (.deletes, .deletes, true), (.deletes, .adds, false),
      (.updates, .renames, true), (.adds, .deletes, false),
    ] as [(GuardedKind, GuardedKind?, Bool)])
  func releaseOfOne(_ waits: GuardedKind, _ meant: GuardedKind?, _ passes: Bool) throws {
    let id = try held("a", "why", waits)
    let release = try test.store.transaction {
      try $0.release(object: id, kind: meant, until: .now, by: "ann")
    }
    #expect((release != nil) == passes)
    #expect(try released(id) == passes)
  }

  @Test("Who changed since somebody looked is not released by what they say now")
  func renewed() throws {
    let id = try held("a", "changes of title", .updates)
    let seen = Timestamp.now.adding(seconds: -60)
    try moveCause(of: id, to: seen)
    try test.store.transaction { try $0.renewCause(of: id) }
    let group = try group("changes of title")
    let releases = try test.store.transaction { tx in
      [
        try tx.release(object: id, until: seen, by: "ann")?.count,
        try tx.release(group: group.id, until: seen, by: "ann")?.count,
      ]
    }
    #expect(releases == [nil, nil])
    #expect(try !released(id))
  }

  @Test("The same cause keeps its time, another one begins anew")
  func times() throws {
    let id = try held("a", "gone")
    let long = Timestamp(milliseconds: 5000)
    try moveCause(of: id, to: long)
    func set(_ cause: String) throws -> Timestamp? {
      try test.store.transaction {
        try $0.setCause(cause, .deletes, of: id, connector: test.target)
      }
      return try test.reader.object(id: id, valueLimit: 1)?.row.heldSince
    }
    #expect(try set("gone") == long)
    #expect(try set("left scope") != long)
  }

  @Test("A moment that a clock noted which was ahead was there before")
  func clockAhead() throws {
    let id = try held("a", "gone")
    try moveCause(of: id, to: .now.adding(seconds: 90_000))
    #expect(
      try test.store.transaction {
        try $0.releaseDeletes(connector: test.target, until: .now, by: "ann")
      } == 1)
    #expect(try released(id))
  }

  @Test("Causes of what is settled, or of kinds that are not held any more, are forgotten")
  func forgotten() throws {
    let (settled, kept, update) = (
      try held("settled", "gone"), try held("kept", "gone"), try held("update", "why", .updates)
    )
    try test.store.transaction { tx in
      try tx.execute("UPDATE cs_object SET pending_export = 0 WHERE id = ?", [settled])
      try tx.forgetCauses(connector: test.target, but: [.deletes])
    }
    let left = try test.store.look { tx in
      try [settled, kept, update].map {
        try tx.integer("SELECT COUNT(*) FROM export_cause WHERE object_id = ?", [$0])
      }
    }
    #expect(left == [0, 1, 0])
  }

  @Test("Of what people let go deletes alone are no part of those that went out")
  func recentDeletes() throws {
    for (name, kind) in [("a", GuardedKind.updates), ("b", .adds), ("c", .deletes)] {
      let id = try held(name, "why \(name)", kind)
      _ = try test.store.transaction { try $0.release(object: id, until: .now, by: "ann") }
    }
    #expect(
      try test.reader.releases(limit: 9).map(\.what) == [
        "CN={c}", "add of CN={b}", "update of CN={a}",
      ])
    try test.store.transaction { tx in
      try tx.execute("UPDATE guard_release SET time = time - 1000")
      let step = try tx.beginStep(
        cycle: nil, connector: test.target, type: .export, requestedBy: "watch of source", phase: ""
      ).step
      var tally = CounterTally()
      tally.count(.exportDelete, amount: 3)
      try tx.add(tally, step: step)
    }
    let count = try test.store.look {
      try $0.recentDeletes(
        connector: test.target, since: .now.adding(seconds: -60), isScheduleShort: false)
    }
    #expect(count == 2)
  }

  // MARK: Imports

  private func hold(_ kind: String, count: Int, full: Bool, _ message: String = "m") throws {
    try test.store.transaction {
      try $0.hold(
        StoreTransaction.ImportHold(
          connector: test.source, kind: kind, count: count, message: message, needsFullImport: full)
      )
    }
  }

  private func release(until moment: Timestamp = .now) throws -> StoreTransaction.ImportRelease? {
    try test.store.transaction {
      try $0.releaseImport(connector: test.source, until: moment, by: "ann")
    }
  }

  @Test("What a delta is held for comes to what a full import is held for")
  func adds() throws {
    try hold("deletes", count: 5, full: true, "five are missing")
    try hold("deletes", count: 2, full: false, "two were deleted")
    // Each delta tells the same again.
    for _ in 0..<3 {
      let held = try #require(try test.reader.heldImports().first)
      #expect(held.count == 7 && held.message == "five are missing; then: two were deleted")
      try hold("deletes", count: 2, full: false, "two were deleted")
    }
    try hold("deletes", count: 3, full: true, "three are missing")
    #expect(try test.reader.heldImports().map(\.count) == [3])
  }

  @Test("Holds of full imports end with full imports alone", arguments: [true, false])
  func ends(_ isFull: Bool) throws {
    try hold("deletes", count: 5, full: true)
    try hold("adds", count: 1, full: false)
    try test.store.transaction {
      try $0.endHolds(
        connector: test.source, kinds: ["deletes", "adds"], ofFullImports: isFull)
    }
    #expect(try test.reader.heldImports().map(\.kind) == (isFull ? [] : ["deletes"]))
  }

  @Test("A release is for what was held when it was asked for, and asks for what was not shown")
  func releaseOfImport() throws {
    #expect(try release() == nil)
    try hold("deletes", count: 5, full: true)
    #expect(try release(until: .now.adding(seconds: -60)) == .heldAnew(5))
    #expect(try test.reader.heldImports().first?.releasedBy == nil)
    #expect(try release() == .released(5))
    #expect(try test.reader.heldImports().first?.releasedBy == "ann")
    let due = try test.reader.dueSteps().filter { $0.reason.hasPrefix("ann released") }
    #expect(due.map(\.type) == [.fullImport])
    #expect(try test.reader.releases(limit: 9).map(\.what) == ["import"])
    #expect(try release() == nil, "It is released")
  }

  @Test("What is held again after a release needs a word of its own")
  func heldAgain() throws {
    try hold("deletes", count: 5, full: true)
    #expect(try release() == .released(5))
    try hold("deletes", count: 6, full: true)
    let held = try #require(try test.reader.heldImports().first)
    #expect(held.releasedBy == nil && held.count == 6)
  }
}
