import Directory
import TestSupport
import Testing

@testable import SyncStore

/// Exports and releases by chance, held against a list of them.
@Suite("Deletes that went out by and by, as changes of a directory had them go")
struct TriggeredDeleteModelTests {
  private struct Export {
    var id: Int64
    var started: Int64
    var isWatch: Bool
    var isRehearsal: Bool
    var isOfTarget: Bool
    var deletes: Int
  }

  private struct Release {
    var time: Int64
    var count: Int
    var isOfDeletes: Bool
    var isOfTarget: Bool
  }

  private final class World {
    let test: TestStore
    var random: SeededRandom
    var exports: [Export] = []
    var releases: [Release] = []
    /// An hour ago; what happens goes on from there, now and then in the future.
    let start = Timestamp.now.milliseconds - 3_600_000

    init(seed: Int) throws {
      test = try TestStore()
      random = SeededRandom(seed: seed)
      for kind in [GuardedKind.updates, .deletes] {
        let id = try test.provision("\(kind)", DesiredImage())
        try test.store.transaction {
          try $0.setCause("cause of \(kind)", kind, of: id, connector: test.target)
        }
      }
    }

    /// A time as a clock gives it that is set back now and then.
    func time(_ place: Int) -> Int64 {
      let shift = random.chance(10) ? Int64.random(in: -5...5, using: &random) : 0
      let ahead: Int64 = random.chance(6) ? 90_000_000 : 0
      return start + (Int64(place) + shift) * 60_000 + ahead
    }
  }

  // MARK: What may happen

  private func export(_ world: World, _ place: Int) throws {
    let random = Int.random(in: 0..<100, using: &world.random)
    var export = Export(
      id: 0, started: world.time(place), isWatch: random < 60, isRehearsal: random % 10 == 0,
      isOfTarget: random % 7 > 0, deletes: random % 5)
    let connector = export.isOfTarget ? world.test.target : world.test.source
    try world.test.store.transaction { tx in
      export.id = try tx.beginStep(
        cycle: nil, connector: connector, type: .export,
        requestedBy: export.isWatch
          ? StoreTransaction.watchRequester + "source" : StoreTransaction.scheduleRequester,
        phase: "", isRehearsal: export.isRehearsal
      ).step
      var tally = CounterTally()
      tally.count(.exportDelete, amount: export.deletes)
      tally.count(.exportAdd, amount: 3)
      try tx.add(tally, step: export.id)
      try tx.execute(
        "UPDATE step SET started = ? WHERE id = ?", [export.started, export.id])
    }
    world.exports.append(export)
  }

  private func release(_ world: World, _ place: Int) throws {
    let what = world.random.choose([
      "deletes", "cause of deletes", "import", "cause of updates", "delete of CN=x",
    ])
    let release = Release(
      time: world.time(place), count: Int.random(in: 1...4, using: &world.random),
      isOfDeletes: what != "import" && what != "cause of updates",
      isOfTarget: world.random.chance(80))
    let connector = release.isOfTarget ? world.test.target : world.test.source
    try world.test.store.transaction { tx in
      let id = try tx.recordRelease(
        connector: connector, by: "ann", what: what, count: release.count)
      try tx.execute("UPDATE guard_release SET time = ? WHERE id = ?", [release.time, id])
    }
    // Elsewhere nobody has such a cause.
    world.releases.append(release)
  }

  // MARK: What must hold

  /// What triggered exports sent since a moment, but what was let go before and such a one sent.
  private func triggered(_ world: World, since moment: Int64) -> Int {
    let now = Timestamp.now.milliseconds
    let exports = world.exports.filter { $0.isOfTarget && !$0.isRehearsal }
    let counted = exports.filter { $0.isWatch && $0.started > moment && $0.started <= now }
    let sent = counted.reduce(0) { $0 + $1.deletes }
    guard sent > 0 else { return 0 }
    var released: [Int64: Int] = [:]
    for release in world.releases
    where release.isOfTarget && release.isOfDeletes && release.time > moment && release.time <= now
    {
      guard let export = exports.filter({ $0.started > release.time }).min(by: { $0.id < $1.id })
      else { continue }
      released[export.id, default: 0] += release.count
    }
    let meant = counted.reduce(0) { $0 + min($1.deletes, released[$1.id] ?? 0) }
    return max(0, sent - meant)
  }

  @Test(
    "What left in triggered cycles counts as long as nobody let it go, whatever clocks say",
    arguments: 0..<20)
  func anyHistory(_ seed: Int) throws {
    let world = try World(seed: seed)
    for place in 0..<30 {
      if world.random.chance(65) { try export(world, place) } else { try release(world, place) }
      for minutes in [0, place / 2, place] {
        let moment = world.start + Int64(minutes) * 60_000 - 1
        let found = try world.test.store.look {
          try $0.recentDeletes(
            connector: world.test.target, since: Timestamp(milliseconds: moment),
            isScheduleShort: false)
        }
        #expect(found == triggered(world, since: moment), "\(place) since \(minutes)")
      }
    }
  }

  @Test("Who asks for more than was sent takes nothing from what another one sent")
  func other() throws {
    let world = try World(seed: 1)
    try world.test.store.transaction { tx in
      for (place, deletes) in [3, 8].enumerated() {
        let release = try tx.recordRelease(
          connector: world.test.target, by: "ann", what: "deletes", count: place == 0 ? 50 : 0)
        let step = try tx.beginStep(
          cycle: nil, connector: world.test.target, type: .export,
          requestedBy: StoreTransaction.watchRequester + "x", phase: ""
        ).step
        var tally = CounterTally()
        tally.count(.exportDelete, amount: deletes)
        try tx.add(tally, step: step)
        let time = world.start + Int64(place) * 60_000
        try tx.execute("UPDATE guard_release SET time = ? WHERE id = ?", [time, release])
        try tx.execute("UPDATE step SET started = ? WHERE id = ?", [time + 1000, step])
      }
    }
    let found = try world.test.store.look {
      try $0.recentDeletes(
        connector: world.test.target, since: Timestamp(milliseconds: world.start - 1),
        isScheduleShort: false)
    }
    #expect(found == 8)
  }
}
