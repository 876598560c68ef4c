import Directory
import TestSupport
import Testing

@testable import SyncStore

/// Imports that are held, released and believed by chance.
@Suite("Imports that are not believed, beside a list of them")
struct ImportHoldModelTests {
  private static let kinds = ["deletes", "adds", "server", "behind", "set-back"]

  private struct Key: Hashable {
    var connector: Int64
    var kind: String
  }

  private struct Held: Equatable {
    var count: Int
    var message: String
    var since: Int64
    var isOfFullImport: Bool
    var releasedBy: String?
    /// What the last full import alone is held for.
    var full: Full?

    struct Full: Equatable {
      var count: Int
      var message: String
    }
  }

  private final class World {
    let test: TestStore
    var random: SeededRandom
    var holds: [Key: Held] = [:]
    var reasons: [Int64: String?] = [:]
    var releases = 0
    var clock = Timestamp.now.milliseconds - 86_400_000

    init(seed: Int) throws {
      let test = try TestStore()
      self.test = test
      random = SeededRandom(seed: seed)
      try test.store.transaction { tx in
        for id in [test.source, test.target] { try tx.fullImportDone(id) }
      }
      for id in [test.source, test.target] { reasons[id] = .some(nil) }
    }
  }

  private func act(_ world: World) throws {
    let test = world.test
    let key = Key(
      connector: world.random.choose([test.source, test.target]),
      kind: world.random.choose(Self.kinds))
    world.clock += 1000
    try test.store.transaction { tx in
      switch Int.random(in: 0..<7, using: &world.random) {
      case 0...2:
        let isFull = Bool.random(using: &world.random)
        let count = Int.random(in: 1...9, using: &world.random)
        var hold = StoreTransaction.ImportHold(
          connector: key.connector, kind: key.kind, count: count, message: world.random.text(),
          needsFullImport: isFull)
        hold.since = Timestamp(milliseconds: world.clock)
        try tx.hold(hold)
        var held = Held(
          count: count, message: hold.message, since: world.clock, isOfFullImport: isFull)
        if isFull {
          held.full = .init(count: count, message: hold.message)
        } else if let full = world.holds[key]?.full {
          held.count += full.count
          held.message = full.message + "; then: " + hold.message
          held.isOfFullImport = true
          held.full = full
        }
        world.holds[key] = held
      case 3, 4:
        let kinds = world.random.some(Self.kinds)
        let (ofFull, releasedOnly) = (
          Bool.random(using: &world.random), world.random.chance(30)
        )
        try tx.endHolds(
          connector: key.connector, kinds: kinds, ofFullImports: ofFull,
          releasedOnly: releasedOnly)
        world.holds = world.holds.filter { own, held in
          own.connector != key.connector || !kinds.contains(own.kind)
            || held.isOfFullImport && !ofFull || releasedOnly && held.releasedBy == nil
        }
      default: try release(world, key.connector, tx)
      }
    }
  }

  private func release(_ world: World, _ connector: Int64, _ tx: StoreTransaction) throws {
    let moment = Timestamp(
      milliseconds: world.clock - Int64.random(in: 0...3, using: &world.random) * 1000)
    let meant = world.holds.filter { $0.key.connector == connector && $0.value.releasedBy == nil }
    let count = meant.values.reduce(0) { $0 + $1.count }
    let answer = try tx.releaseImport(connector: connector, until: moment, by: "ann")
    guard !meant.isEmpty else { return #expect(answer == nil) }
    guard meant.values.allSatisfy({ $0.since <= moment.milliseconds }) else {
      return #expect(answer == .heldAnew(count))
    }
    #expect(answer == .released(count))
    world.releases += 1
    for (key, held) in meant.sorted(by: { $0.key.kind < $1.key.kind }) {
      // What was staged is let through; a server's word is believed at the next import.
      if key.kind == "adds" {
        world.holds[key] = nil
      } else {
        world.holds[key]?.releasedBy = "ann"
      }
      guard held.isOfFullImport else { continue }
      world.reasons[connector] =
        ["behind", "set-back"].contains(key.kind)
        ? "ann said that the directory is right as it is now"
        : "ann released what an import did not show"
    }
  }

  private func check(_ world: World) throws {
    let test = world.test
    let found = try test.store.look { tx throws in
      for connector in [test.source, test.target] {
        let own = try tx.importHolds(connector: connector)
        #expect(own.map(\.kind) == own.map(\.kind).sorted())
        #expect(own.count == world.holds.keys.count { $0.connector == connector })
        #expect(
          try tx.connectorState(connector)?.fullImportReason == world.reasons[connector] ?? nil)
      }
      return try tx.importHolds()
    }
    #expect(found.count == world.holds.count)
    for hold in found {
      var held = Held(
        count: hold.count, message: hold.message, since: hold.since.milliseconds,
        isOfFullImport: hold.needsFullImport, releasedBy: hold.releasedBy)
      held.full = world.holds[Key(connector: hold.connector, kind: hold.kind)]?.full
      #expect(held == world.holds[Key(connector: hold.connector, kind: hold.kind)])
      #expect(hold.isBehind == ["behind", "set-back"].contains(hold.kind))
      #expect(hold.stopsSynchronization == ["adds", "server"].contains(hold.kind))
    }
    #expect(try test.reader.heldImports().count == world.holds.count)
    #expect(try test.reader.releases(limit: 1000).count == world.releases)
  }

  @Test("What is held, by whom it was released, and what is read in full then", arguments: 0..<12)
  func anyHistory(_ seed: Int) throws {
    let world = try World(seed: seed)
    for _ in 0..<40 {
      try act(world)
      try check(world)
    }
  }

  @Test("What is held of a connector that is not configured any more is not told")
  func retired() throws {
    let test = try TestStore()
    try test.store.transaction { tx in
      for id in [test.source, test.target] {
        try tx.hold(
          .init(connector: id, kind: "server", count: 1, message: "", needsFullImport: false))
      }
      try tx.retireConnectors(except: [test.target])
      #expect(try tx.importHolds().map(\.connector) == [test.target])
      #expect(try tx.importHolds(connector: test.source).isEmpty)
      #expect(
        try tx.releaseImport(connector: test.source, until: .now, by: "ann") == nil)
    }
  }

  @Test("The server that was met is known by its connector, and the last one counts")
  func servers() throws {
    let test = try TestStore()
    try test.store.transaction { tx in
      #expect(try tx.knownServer(of: test.source)?.identity == nil)
      for name in HostileText.names {
        try tx.setKnownServer(of: test.source, identity: name, fingerprint: name + "!")
        let known = try #require(try tx.knownServer(of: test.source))
        #expect(known.identity.utf8.elementsEqual(name.utf8))
        #expect(known.fingerprint.utf8.elementsEqual((name + "!").utf8))
      }
      #expect(try tx.knownServer(of: test.target)?.identity == nil)
    }
  }

  @Test(
    "What an import has not seen is counted by type, over any number of objects", arguments: 0..<4)
  func unseen(_ seed: Int) throws {
    var random = SeededRandom(seed: seed)
    let test = try TestStore()
    let types = ["user", "group", "us\0er"]
    let entries = try (0..<40).map { try test.entry("o\($0)", type: random.choose(types)) }
    try test.stage(entries.map { .entry($0) })
    var (seen, wanted) = (SeenObjects(), [String: (missing: Int, all: Int)]())
    for entry in entries {
      let isSeen = random.chance(60)
      if isSeen {
        seen.insert(
          try #require(
            try test.store.look {
              [try $0.objectID(connector: test.source, anchor: entry.anchor)]
            }[0]))
      }
      wanted[entry.objectType, default: (0, 0)].all += 1
      if !isSeen { wanted[entry.objectType]?.missing += 1 }
    }
    let found = try test.store.look { try $0.unseen(connector: test.source, seen) }
    #expect(found.mapValues { [$0.missing, $0.all] } == wanted.mapValues { [$0.missing, $0.all] })
    #expect(try test.store.look { try $0.unseen(connector: test.target, seen) }.isEmpty)
  }

  @Test(
    "Limits are those of their connector, stage and kind, until others are set", arguments: 0..<6)
  func limits(_ seed: Int) throws {
    var random = SeededRandom(seed: seed)
    let test = try TestStore()
    func some() -> [GuardedKind: GuardLimit] {
      Dictionary(
        uniqueKeysWithValues: random.some(GuardedKind.allCases, percent: 60).map { kind in
          (
            kind,
            GuardLimit(
              count: random.choose([nil, 0, 7, Int.max]),
              percent: random.choose([nil, 0, 0.5, 33.3, 100]),
              smallest: random.choose([0, 100]))
          )
        })
    }
    var limits: [Int64: GuardLimits] = [:]
    for _ in 0..<6 {
      let id = random.choose([test.source, test.target])
      limits[id] = GuardLimits(importing: some(), exporting: some())
      let set = try #require(limits[id])
      try test.store.transaction { try $0.set(set, connector: id) }
    }
    try test.store.look { tx throws in
      for id in [test.source, test.target] {
        for kind in GuardedKind.allCases {
          #expect(
            try tx.limit(connector: id, .importing, kind) == limits[id]?.importing[kind])
          let standard =
            kind == .deletes ? GuardLimit.standardExportedDeletes(threshold: 500) : nil
          #expect(
            try tx.limit(connector: id, .exporting, kind)
              == limits[id]?.exporting[kind] ?? standard)
        }
      }
    }
  }
}
