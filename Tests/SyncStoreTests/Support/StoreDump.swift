import Directory
import GRDB

@testable import SyncStore

/// All that a store holds, to be compared.
extension SyncStore {
  /// The rows of every table, by table: the type and the bytes of each column.
  func dump() throws -> [String: [String]] {
    try look { tx in
      var dump: [String: [String]] = [:]
      let tables = try tx.rows(
        "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name"
      ).map { $0[0] as String }
      for table in tables {
        let columns = try tx.rows("SELECT name FROM pragma_table_info('\(table)')")
          .map { "typeof(\($0[0] as String)) || hex(\($0[0] as String))" }
        dump[table] = try tx.rows(
          "SELECT \(columns.joined(separator: " || ' ' || ")) AS line FROM \(table) ORDER BY line"
        ).map { $0[0] as String }
      }
      return dump
    }
  }
}

/// What differs between two dumps, in words that fit a failed test.
func differences(_ a: [String: [String]], _ b: [String: [String]]) -> [String] {
  Set(a.keys).union(b.keys).sorted().flatMap { table -> [String] in
    let (old, new) = (Set(a[table] ?? ["(no table)"]), Set(b[table] ?? ["(no table)"]))
    return old.subtracting(new).sorted().prefix(3).map { "\(table) - \($0)" }
      + new.subtracting(old).sorted().prefix(3).map { "\(table) + \($0)" }
  }
}
