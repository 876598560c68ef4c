import Directory
import Testing

@testable import SyncStore

@Suite("Rows that a transaction adds are written many at a time")
struct NewRowsTests {
  private let test: TestStore

  init() throws { test = try TestStore() }

  private func add(_ count: Int, _ rows: inout NewRows, _ tx: StoreTransaction) throws -> [Int64] {
    try (0..<count).map { number in
      let value = AttributeValue.string("T\(number)")
      let metaverse = try rows.insertMetaverse(
        objectType: "person", image: try tx.encode([MetaverseAttribute]()), display: "\(number)",
        keys: [JoinKey("title", value), JoinKey("mail", value)])
      _ = try rows.provision(
        connector: test.target, dn: try DistinguishedName("CN={\(number)}"), objectType: "user",
        display: "\(number)", desired: try tx.encode(DesiredImage()), metaverse: metaverse, rule: 0)
      return metaverse
    }
  }

  @Test("All are there in the order in which they came, however many", arguments: [1, 31, 32, 71])
  func order(count: Int) throws {
    let step = try test.step()
    let ids = try test.store.transaction { tx in
      var rows = NewRows(tx)
      let ids = try add(count, &rows, tx)
      for id in ids {
        try rows.record(
          ObjectChange(
            .provisionedAdd, target: test.target, objectID: id, dn: "CN=\(id)", display: "",
            objectType: "user", deltas: []), step: step)
      }
      try rows.flush()
      return ids
    }
    #expect(ids == Array(ids[0]..<ids[0] + Int64(count)))
    #expect(try test.number("SELECT COUNT(*) FROM mv_object") == count)
    #expect(try test.number("SELECT COUNT(*) FROM mv_value") == 2 * count)
    #expect(
      try test.number("SELECT COUNT(*) FROM cs_object o JOIN mv_object m ON m.id = o.mv_id")
        == count)
    var recorded: [Int64] = []
    try test.store.look { tx in
      try tx.each("SELECT object_id FROM step_change ORDER BY id") { recorded.append($0.int64(0)) }
    }
    #expect(recorded == ids)
  }

  @Test("Numbers go on where other rows ended, and none is given twice")
  func numbers() throws {
    var seen: Set<Int64> = []
    for _ in 0..<3 {
      let ids = try test.store.transaction { tx in
        var rows = NewRows(tx)
        let first = try add(40, &rows, tx)
        try rows.flush()
        let more = try add(2, &rows, tx)
        try rows.flush()
        return first + more
      }
      try test.store.transaction { tx in
        for id in ids { try tx.deleteMetaverse(id, keys: []) }
      }
      #expect(seen.isDisjoint(with: ids))
      seen.formUnion(ids)
    }
    #expect(seen.count == 126)
  }
}
