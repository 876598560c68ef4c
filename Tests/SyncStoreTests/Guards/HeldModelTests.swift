import Directory
import TestSupport
import Testing

@testable import SyncStore

/// Pending changes that are held and released by chance, held against a list of them.
@Suite("Held changes and their releases, beside a list of them")
struct HeldModelTests {
  private static let causes = ["left scope", "left\0scope", "Left Scope", "gone", "", "عربي"]

  private struct Item {
    var pending: Pending
    var isSent = false
    /// The release that let it pass; 0 for none.
    var release: Int64 = 0
    var cause: (text: String, kind: GuardedKind, time: Int64)?
  }

  private final class World {
    let test: TestStore
    var random: SeededRandom
    var items: [Int64: Item] = [:]
    var releases: [(what: String, count: Int)] = []
    /// The time that causes are given; it is yesterday's, and each is later than the one before.
    var clock = Timestamp.now.milliseconds - 86_400_000

    init(seed: Int) throws {
      test = try TestStore()
      random = SeededRandom(seed: seed)
      for number in 0..<10 {
        let id = try test.provision("o\(number)", DesiredImage(references: ["member"]))
        items[id] = Item(pending: .add)
      }
      try test.store.transaction {
        try $0.set(
          GuardLimits(exporting: [.deletes: GuardLimit(count: 0)]), connector: test.target)
      }
    }

    var ids: [Int64] { items.keys.sorted() }

    func moment() -> Timestamp {
      Timestamp(milliseconds: clock - Int64.random(in: 0...4, using: &random) * 1000)
    }

    /// What of a kind a guard looks at.
    func isWaiting(_ item: Item, _ kind: GuardedKind) -> Bool {
      item.pending == kind.pending && item.release == 0 && (kind == .deletes || !item.isSent)
    }
  }

  // MARK: What may happen

  private func act(_ world: World) throws {
    let id = world.random.choose(world.ids)
    let kind = world.random.choose([GuardedKind.adds, .updates, .deletes])
    try world.test.store.transaction { tx in
      switch Int.random(in: 0..<9, using: &world.random) {
      case 0, 1, 2:
        let text = world.random.choose(Self.causes)
        try tx.setCause(text, kind, of: id, connector: world.test.target)
        let old = world.items[id]?.cause
        world.clock += 1000
        let isSame = old.map { $0.text == text && $0.kind == kind } ?? false
        let time = isSame ? old?.time ?? 0 : world.clock
        try tx.execute("UPDATE export_cause SET time = ? WHERE object_id = ?", [time, id])
        world.items[id]?.cause = (text, kind, time)
      case 3:
        let pending = world.random.choose([Pending.none, .add, .update, .delete])
        try tx.execute(
          "UPDATE cs_object SET pending_export = ?, is_released = 0 WHERE id = ?",
          [pending.rawValue, id])
        world.items[id]?.pending = pending
        world.items[id]?.release = 0
      case 4:
        let isSent = Bool.random(using: &world.random)
        try tx.exportLeft(id, as: isSent ? .unknown : .idle)
        world.items[id]?.isSent = isSent
      case 5: try releaseGroup(world, world.items[id]?.cause, tx)
      case 6: try releaseObject(world, id, world.random.chance(50) ? kind : nil, tx)
      case 7: try releaseDeletes(world, tx)
      default:
        let kinds = world.random.some(GuardedKind.allCases, percent: 60)
        try tx.forgetCauses(connector: world.test.target, but: kinds)
        for (id, item) in world.items {
          guard let cause = item.cause else { continue }
          let stays = kinds.contains(cause.kind) && item.pending == cause.kind.pending
          if !stays { world.items[id]?.cause = nil }
        }
      }
    }
  }

  private func releaseGroup(
    _ world: World, _ cause: (text: String, kind: GuardedKind, time: Int64)?,
    _ tx: StoreTransaction
  ) throws {
    guard let cause,
      let group = try tx.integer(
        "SELECT id FROM cause WHERE kind = ? AND text = ?", [cause.kind.rawValue, cause.text])
    else { return }
    let moment = world.moment()
    let release = try tx.release(group: group, until: moment, by: "ann")
    let meant = world.items.filter { _, item in
      item.release == 0 && item.pending == cause.kind.pending
        && item.cause.map { $0.text == cause.text && $0.kind == cause.kind } ?? false
        && item.cause?.time ?? 0 <= moment.milliseconds
    }.keys
    try note(release?.count, meant, what: cause.text, world, tx)
  }

  private func releaseObject(
    _ world: World, _ id: Int64, _ kind: GuardedKind?, _ tx: StoreTransaction
  ) throws {
    let moment = world.moment()
    let release = try tx.release(object: id, kind: kind, until: moment, by: "ann")
    let item = try #require(world.items[id])
    let isMeant =
      item.pending != .none && kind.map { $0.pending == item.pending } ?? true
      && item.release == 0 && item.cause.map { $0.time <= moment.milliseconds } ?? true
    if isMeant { #expect(release?.cause.hasPrefix(item.pending.word + " of ") == true) }
    let name = try tx.object(id)?.dn ?? ""
    try note(
      release?.count, isMeant ? [id] : [],
      what: item.pending == .delete ? name : item.pending.word + " of " + name, world, tx)
  }

  private func releaseDeletes(_ world: World, _ tx: StoreTransaction) throws {
    let moment = world.moment()
    let count = try tx.releaseDeletes(
      connector: world.test.target, until: moment, by: "ann")
    let meant = world.items.filter { _, item in
      item.release == 0 && item.pending == .delete
        && item.cause.map { $0.time <= moment.milliseconds } ?? true
    }.keys
    try note(count == 0 ? nil : count, meant, what: "deletes", world, tx)
  }

  /// Compares what a release said with whom it should have meant.
  private func note(
    _ count: Int?, _ meant: some Collection<Int64>, what: String, _ world: World,
    _ tx: StoreTransaction
  ) throws {
    #expect(count == (meant.isEmpty ? nil : meant.count))
    guard !meant.isEmpty else { return }
    world.releases.append((what, meant.count))
    let number = try #require(try tx.integer("SELECT MAX(id) FROM guard_release"))
    for id in meant { world.items[id]?.release = number }
  }

  // MARK: What must hold

  private func check(_ world: World) throws {
    let (test, target) = (world.test, world.test.target)
    try test.store.look { tx in
      for (id, item) in world.items {
        #expect(
          try tx.integer("SELECT is_released FROM cs_object WHERE id = ?", [id]) == item.release)
        let situation = try #require(try tx.exportSituation(of: id))
        #expect(situation.isPending == (item.pending != .none))
        #expect(situation.isHeld == (item.cause != nil && item.release == 0 && !item.isSent))
        #expect((situation.group != nil) == (item.cause != nil))
      }
      for kind in [GuardedKind.adds, .updates, .deletes] {
        #expect(
          try tx.unreleasedCount(connector: target, kind)
            == world.items.values.count { world.isWaiting($0, kind) }, "\(kind)")
      }
    }
    var groups: [String: Int] = [:]
    for item in world.items.values {
      guard let cause = item.cause, item.release == 0, item.pending == cause.kind.pending else {
        continue
      }
      groups["\(cause.kind) \(cause.text)", default: 0] += 1
    }
    let shown = try test.reader.heldGroups().filter { $0.kind != .deletes }
    for group in shown { #expect(groups["\(group.kind) \(group.cause)"] == group.count) }
    #expect(shown.count == groups.keys.count { !$0.hasPrefix("deletes") })
    let told = try test.reader.releases(limit: 1000)
    #expect(told.map(\.what) == world.releases.reversed().map(\.what))
    #expect(told.map(\.count) == world.releases.reversed().map(\.count))
    #expect(told.allSatisfy { $0.person == "ann" && $0.connector == "target" })
  }

  @Test("Who waits, with what and for whom, and who let what pass", arguments: 0..<12)
  func anyHistory(_ seed: Int) throws {
    let world = try World(seed: seed)
    for step in 1...50 {
      try act(world)
      if step.isMultiple(of: 10) { try check(world) }
    }
  }

  @Test("What is held gets the cause of its kind, and what is not held gets none", arguments: 0..<8)
  func held(_ seed: Int) throws {
    let world = try World(seed: 60 + seed)
    for _ in 0..<15 { try act(world) }
    let target = world.test.target
    for kind in [GuardedKind.adds, .updates] {
      try world.test.store.transaction { tx in
        try tx.execute("DELETE FROM export_cause")
        try tx.holdExports(connector: target, kind)
        let held = try tx.rows("SELECT object_id FROM export_cause ORDER BY 1").map {
          $0[0] as Int64
        }
        #expect(
          held
            == world.ids.filter { world.isWaiting(world.items[$0] ?? .init(pending: .none), kind) })
      }
    }
    try world.test.store.transaction { tx in
      try tx.execute("DELETE FROM export_cause")
      try tx.holdDeletesWithoutCause(connector: target)
      let held = try tx.rows(
        """
        SELECT e.object_id, c.text FROM export_cause e JOIN cause c ON c.id = e.cause_id ORDER BY 1
        """
      ).map { ($0[0] as Int64, $0[1] as String) }
      let wanted = world.ids.filter {
        world.items[$0]?.pending == .delete && world.items[$0]?.release == 0
      }
      #expect(held.map(\.0) == wanted && held.allSatisfy { $0.1 == "not known" })
    }
  }

  @Test("How much is held is kept by connector and kind, and none is nothing kept")
  func amounts() throws {
    let test = try TestStore()
    try test.store.transaction { tx in
      for (number, kind) in GuardedKind.allCases.enumerated() {
        try tx.setHeldAmount(number, connector: test.target, kind)
      }
      for (number, kind) in GuardedKind.allCases.enumerated() {
        #expect(try tx.heldAmount(connector: test.target, kind) == number)
        #expect(try tx.heldAmount(connector: test.source, kind) == 0)
      }
      try tx.setHeldAmount(5, connector: test.target, .deletes)
      #expect(try tx.heldAmount(connector: test.target, .deletes) == 5)
      for kind in GuardedKind.allCases {
        try tx.setHeldAmount(0, connector: test.target, kind)
      }
      #expect(try tx.integer("SELECT COUNT(*) FROM export_hold") == 0)
    }
  }
}
