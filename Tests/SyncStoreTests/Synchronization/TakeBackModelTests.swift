import Directory
import TestSupport
import Testing

@testable import SyncStore

/// References of the metaverse that come of several connectors, taken back page by page.
@Suite("What connectors gave of references is taken back, theirs alone, in pages of any size")
struct TakeBackModelTests {
  private struct Key: Hashable {
    var source: Int64
    var attribute: String
    var target: Int64
    var contributor: Int64
  }

  private final class World {
    let test: TestStore
    var random: SeededRandom
    let connectors: [Int64]
    /// The connector of each object that gives references.
    var owners: [Int64: Int64] = [:]
    /// Objects that can't be synchronized.
    var failed: Set<Int64> = []
    var rows: [Key: Int] = [:]

    init(seed: Int) throws {
      let test = try TestStore()
      random = SeededRandom(seed: seed)
      connectors = try test.store.transaction { tx in
        [test.source]
          + (try ["second", "third"].map {
            try tx.register(name: $0, type: "memory", isSource: true, fingerprint: "1")
          })
      }
      self.test = test
      for connector in connectors { try fill(connector) }
      try fail()
      try give()
    }

    private func fill(_ connector: Int64) throws {
      try test.stage(
        try (0..<5).map { .entry(try test.entry("o\($0)")) }, connector: connector)
      for number in 0..<5 {
        let id = try test.id("o\(number)", connector: connector)
        owners[id] = connector
        try test.store.transaction {
          try $0.execute("UPDATE cs_object SET mv_id = ? WHERE id = ?", [id, id])
        }
      }
    }

    private func fail() throws {
      let step = try test.step(.deltaSynchronization)
      for (id, connector) in owners.sorted(by: { $0.key < $1.key }) where random.chance(30) {
        try test.store.transaction { tx in
          var error = StepError(
            .synchronization, .typeMismatch, objectID: id, dn: "x", message: "m", hint: "h")
          error.rule = random.choose(["Out to Entra", "In from AD"])
          try tx.record(error, step: step, connector: connector)
        }
        // One whose import was taken since fails at its target alone.
        if random.chance(30) {
          try test.store.transaction {
            try $0.execute("UPDATE cs_object SET pending_import = 0 WHERE id = ?", [id])
          }
        } else {
          failed.insert(id)
        }
      }
    }

    private func give() throws {
      let ids = owners.keys.sorted()
      for _ in 0..<60 {
        let key = Key(
          source: Int64.random(in: 1...6, using: &random),
          attribute: random.choose(["member", "manager", "owner"]),
          target: Int64.random(in: 1...6, using: &random), contributor: random.choose(ids))
        try test.store.transaction {
          _ = try $0.flow(
            AttributeName(key.attribute), from: key.source, to: key.target,
            contributor: key.contributor, rule: 1, precedence: 1)
        }
        rows[key] = 1
      }
    }

    func states() throws -> [Key: Int] {
      var states: [Key: Int] = [:]
      try test.store.look { tx in
        for row in try tx.rows(
          """
          SELECT r.source_id, a.name, r.target_id, r.contributor_id, r.state
          FROM mv_reference r JOIN attribute a ON a.id = r.attribute_id
          """)
        {
          let key = Key(source: row[0], attribute: row[1], target: row[2], contributor: row[3])
          states[key] = row[4]
        }
      }
      return states
    }
  }

  /// Goes through all pages; the answer is where they ended.
  private func pages(
    _ world: World, _ page: (StoreTransaction, Int64) throws -> Int64?
  ) throws -> [Int64] {
    var ends: [Int64] = []
    var after: Int64? = 0
    while let last = after, ends.count < 100 {
      after = try world.test.store.transaction { try page($0, last) }
      if let after { ends.append(after) }
    }
    #expect(ends == ends.sorted() && Set(ends).count == ends.count)
    return ends
  }

  @Test("Of one connector, but for other attributes, and for who can't say anew", arguments: 0..<12)
  func ofOne(_ seed: Int) throws {
    let world = try World(seed: seed)
    let connector = world.random.choose(world.connectors)
    let others = Set(world.random.some(["member", "OWNER", "never"]).map { AttributeName($0) })
    let limit = world.random.choose([1, 2, 3, 7, 1000])
    _ = try pages(world) { tx, after in
      try tx.takeBackReferences(connector: connector, but: others, after: after, limit: limit)
    }
    for (key, _) in world.rows {
      let isMeant =
        world.owners[key.contributor] == connector && !world.failed.contains(key.contributor)
        && !others.contains(AttributeName(key.attribute))
      if isMeant { world.rows[key] = 2 }
    }
    #expect(try world.states() == world.rows)
  }

  @Test("Of connectors that are not configured any more, and of none if all are", arguments: 0..<10)
  func ofRetired(_ seed: Int) throws {
    let world = try World(seed: 30 + seed)
    let limit = world.random.choose([1, 2, 5, 1000])
    let none = try pages(world) { tx, after in
      try tx.takeBackRetiredReferences(after: after, limit: limit)
    }
    #expect(try none == [] && world.states() == world.rows)
    let kept = world.random.some(world.connectors + [world.test.target])
    try world.test.store.transaction { try $0.retireConnectors(except: kept) }
    _ = try pages(world) { tx, after in
      try tx.takeBackRetiredReferences(after: after, limit: limit)
    }
    for key in world.rows.keys
    where !kept.contains(world.owners[key.contributor] ?? 0) { world.rows[key] = 2 }
    #expect(try world.states() == world.rows)
    // Whose source is retired is named while somebody is linked to it.
    let retired = try world.test.store.look { [try $0.retiredSource()] }[0]
    #expect((retired == nil) == world.connectors.allSatisfy(kept.contains))
  }

  @Test(
    "Who failed by a rule of a target keeps his metaverse object from leaving", arguments: 0..<6)
  func unable(_ seed: Int) throws {
    let world = try World(seed: 60 + seed)
    let ids = world.random.some(world.owners.keys.sorted(), percent: 70)
    for rules in [["Out to Entra"], ["In from AD", "Out to Entra"], ["other"], []] {
      let found = try world.test.store.look { try $0.unableToLeave(ids, outbound: rules) }
      let wanted = try world.test.store.look { tx in
        try ids.filter { id in
          let rule: String? = try tx.row(
            """
            SELECT e.rule FROM step_error e JOIN cs_object o ON o.sync_error_id = e.id
            WHERE o.id = ?
            """, [id])?[0]
          return world.failed.contains(id) && rule.map(rules.contains) ?? false
        }
      }
      #expect(found == Set(wanted), "\(rules)")
    }
  }
}
