import Directory
import TestSupport
import Testing

@testable import SyncStore

/// Targets of any size, of which limits look at no more objects than they need.
@Suite("A limit of exports weighs all objects, though it looks at a part of them")
struct ExposureModelTests {
  private struct Target {
    var managed = 0
    var deleting = 0
    var strangers = 0
    var unseen = 0
    /// What there is that rules made, took, or are to delete.
    var exposed: Int { managed + deleting }
    var all: Int { exposed + strangers }
  }

  private func fill(_ test: TestStore, _ target: Target) throws {
    let desired = "x'0000'"
    let kinds = [
      (target.managed, "x'00'", desired, 0), (target.deleting, "x'00'", "NULL", 4),
      (target.strangers, "x'00'", "NULL", 0), (target.unseen, "NULL", desired, 1),
    ]
    try test.store.transaction { tx in
      try tx.execute("DELETE FROM cs_object")
      for (count, image, desired, pending) in kinds {
        try tx.execute(
          """
          WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
          INSERT INTO cs_object(connector_id, dn, dn_path, object_type, image, desired,
            pending_export)
          SELECT ?2, 'CN=' || i, 'x' || i, 'user', \(image), \(desired), \(pending) FROM n
          WHERE ?1 > 0
          """, [count, test.target])
      }
    }
  }

  private func some(_ random: inout SeededRandom) -> Int {
    random.choose([0, 1, 2, 5, 9, 10, 11, 40, 99, 100, 101, 300])
  }

  private func limit(_ random: inout SeededRandom) -> GuardLimit {
    GuardLimit(
      count: random.chance(40) ? some(&random) : nil,
      percent: random.chance(80)
        ? random.choose([0, 0.0001, 0.5, 1, 10, 33.3, 50, 99.9, 100, 150, 1e9]) : nil,
      smallest: random.chance(60) ? some(&random) : 0)
  }

  /// Whether so many are more than pass, said plainly.
  private func isTooMuch(_ amount: Int, of total: Int, _ limit: GuardLimit) -> Bool {
    guard amount > 0 else { return false }
    if let count = limit.count, amount > count { return true }
    guard let percent = limit.percent, total > 0, total >= limit.smallest else { return false }
    return Double(amount) / Double(total) > percent / 100 + 1e-12
  }

  @Test("By count, by percent and by both, of few and of many", arguments: 0..<10)
  func anyTarget(_ seed: Int) throws {
    var random = SeededRandom(seed: seed)
    let test = try TestStore()
    for _ in 0..<5 {
      let target = Target(
        managed: some(&random), deleting: some(&random), strangers: some(&random),
        unseen: some(&random))
      try fill(test, target)
      try test.store.look { tx throws in
        for kind in GuardedKind.allCases {
          let exposed = kind == .adds ? target.all : target.exposed
          #expect(try tx.exposedCount(connector: test.target, kind) == exposed)
          #expect(try tx.exposedCount(connector: test.target, kind, upTo: 7) == min(7, exposed))
          #expect(try tx.exposedCount(connector: test.source, kind) == 0)
        }
        for _ in 0..<60 {
          let (limit, gone) = (limit(&random), random.chance(40) ? some(&random) : 0)
          let (amount, kind) = (some(&random), random.choose(GuardedKind.allCases))
          let total = kind == .adds ? target.all : target.exposed
          let wanted =
            isTooMuch(amount, of: total + gone, limit)
            || isTooMuch(amount, of: target.all + gone, limit)
          let found = try limit.isExceeded(
            by: amount, exporting: kind, connector: test.target, gone: gone, tx)
          #expect(found == wanted, "\(amount) \(kind) of \(target) \(gone) by \(limit)")
          try checkWords(limit, amount, kind, gone, total + gone, test.target, tx)
        }
      }
    }
  }

  /// What a person is told of a limit is the part of it that was gone over.
  private func checkWords(
    _ limit: GuardLimit, _ amount: Int, _ kind: GuardedKind, _ gone: Int, _ total: Int,
    _ connector: Int64, _ tx: StoreTransaction
  ) throws {
    let words = try limit.words(
      exceededBy: amount, exporting: kind, connector: connector, gone: gone, tx)
    if let count = limit.count, amount > count {
      #expect(words == "\(count) objects")
    } else if limit.percent != nil {
      #expect(words.hasSuffix(" % of \(total) \(kind == .adds ? "objects" : "managed objects")"))
    } else {
      #expect(words == "any number of objects")
    }
  }

  @Test("What changes of one connector count nothing for another, whatever both hold")
  func apart() throws {
    let test = try TestStore()
    try fill(test, Target(managed: 4, deleting: 3))
    let second = try test.store.transaction {
      try $0.register(name: "second", type: "memory", isSource: false, fingerprint: "1")
    }
    try test.store.look { tx throws in
      let limit = GuardLimit(percent: 50, smallest: 5)
      #expect(try limit.isExceeded(by: 4, exporting: .deletes, connector: test.target, tx))
      #expect(try !limit.isExceeded(by: 3, exporting: .deletes, connector: test.target, tx))
      #expect(try !limit.isExceeded(by: 999, exporting: .deletes, connector: second, tx))
      #expect(try limit.total(of: test.target, tx) == 7)
      #expect(try GuardLimit(count: 3).total(of: test.target, tx) == 0)
    }
  }
}
