import Directory
import Foundation
import GRDB
import TestSupport
import Testing

@testable import SyncStore

/// Stores of earlier versions with something of everything in each of their tables.
@Suite("An upgrade keeps every value of every row")
struct UpgradeDataTests {
  private let folder: URL
  private var file: String { folder.appending(path: "s.sqlite").path }

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "up-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  private func cleanUp() { try? FileManager.default.removeItem(at: folder) }

  private static let versions = Schema.migrator.migrations

  /// Rows by table, each by the names of its columns.
  private typealias Content = [String: [[String: DatabaseValue]]]

  // MARK: Filling

  private static let counts = 6

  /// A value that suits a column; whole numbers are few, so that every state that means something is
  /// among them.
  private static func value(
    _ column: ColumnInfo, row: Int, table: String, _ random: inout SeededRandom
  ) throws -> String {
    let isKey = column.primaryKeyIndex > 0
    // A name of the past is an object's, or one in the metaverse.
    if table == "past_name", column.type == "INTEGER", isKey {
      return (column.name == "object_id") == row.isMultiple(of: 2) ? "\(row)" : "0"
    }
    if isKey, column.type == "INTEGER" { return "\(row)" }
    if !column.isNotNull, !isKey, random.chance(25) { return "NULL" }
    switch column.type {
    case "INTEGER": return "\(random.choose([0, 1, 2, 3, 4, 5_000_000_000, -1]))"
    case "REAL": return "\(random.choose([0.0, 0.5, -1.25, 1e300]))"
    case "BLOB": return "x'\(hex(random.bytes(0...9)))'"
    default: return text(try words(column.name, row: row, table, &random))
    }
  }

  private static func words(
    _ column: String, row: Int, _ table: String, _ random: inout SeededRandom
  ) throws -> String {
    switch column {
    case "dn", "synced_dn": return try name(row, &random).text
    case "dn_key": return try name(row, &random).normalized
    case "dn_path": return try name(row, &random).path
    case "name" where table == "past_name":
      return try DistinguishedName("CN=past\(row),OU=A,DC=x").normalized
    default: return "\(row) " + random.text(count: 0...4)
    }
  }

  private static func name(_ row: Int, _ random: inout SeededRandom) throws -> DistinguishedName {
    let rdn = DistinguishedName.escape(random.choose(["a,b", "Zoë", "n", "o=p", " q "]) + "\(row)")
    return try DistinguishedName("CN=\(rdn),OU=\(random.choose(["A", "B"])),DC=x")
  }

  private static func hex(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  /// A text with whatever is in it.
  private static func text(_ text: String) -> String { "CAST(x'\(hex(Array(text.utf8)))' AS TEXT)" }

  private static func tables(_ db: Database) throws -> [String] {
    try String.fetchAll(
      db,
      sql: """
        SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'
          AND name NOT LIKE 'grdb_%' ORDER BY name
        """)
  }

  private func fill(upTo version: String, seed: Int) throws {
    var random = SeededRandom(seed: seed)
    let queue = try DatabaseQueue(path: file)
    try Schema.migrator.migrate(queue, upTo: version)
    try queue.write { db in
      for table in try Self.tables(db) {
        let columns = try db.columns(in: table)
        for row in 1...Self.counts {
          let values = try columns.map {
            try Self.value($0, row: row, table: table, &random)
          }
          let names = columns.map(\.name).joined(separator: ", ")
          try db.execute(
            sql: """
              INSERT OR IGNORE INTO \(table)(\(names)) VALUES (\(values.joined(separator: ", ")))
              """)
        }
      }
    }
    try queue.close()
  }

  private func content(_ path: String) throws -> Content {
    let queue = try DatabaseQueue(path: path)
    defer { try? queue.close() }
    return try queue.read { db in
      var content: Content = [:]
      for table in try Self.tables(db) {
        let keys = try db.columns(in: table).filter { $0.primaryKeyIndex > 0 }.map(\.name)
        let order = keys.map { "hex(\($0))" }.joined(separator: ", ")
        content[table] = try Row.fetchAll(db, sql: "SELECT * FROM \(table) ORDER BY \(order)")
          .map { row in
            Dictionary(row.map { ($0.0, $0.1) }, uniquingKeysWith: { first, _ in first })
          }
      }
      return content
    }
  }

  // MARK: What an upgrade does

  /// What a row is to be after the upgrade.
  ///
  /// - Parameter isRanked: Whether references have their ranks already.
  private func upgraded(
    _ row: [String: DatabaseValue], of table: String, isRanked: Bool
  ) -> [String: DatabaseValue] {
    var row = row
    if let name = row.removeValue(forKey: "dn_key") { row["dn_path"] = Self.path(name) }
    if table == "past_name", !Self.isZero(row["object_id"]), let name = row["name"] {
      row["name"] = Self.path(name)
    }
    if table == "mv_reference", !isRanked,
      let precedence = row["precedence"].flatMap(Int64.fromDatabaseValue)
    {
      row["precedence"] = (precedence * Int64(ReferenceRank.step)).databaseValue
    }
    guard table == "cs_object", let image = row.removeValue(forKey: "synced"),
      let name = row.removeValue(forKey: "synced_dn")
    else { return row }
    let moves = !Self.isZero(row["pending_import"]) && !name.isNull
    (row["unused_image"], row["unused_dn"]) = moves ? (.null, .null) : (image, name)
    return row
  }

  private static func isZero(_ value: DatabaseValue?) -> Bool {
    value.flatMap { Int64.fromDatabaseValue($0) } == 0
  }

  private static func path(_ name: DatabaseValue) -> DatabaseValue {
    String.fromDatabaseValue(name).map { DistinguishedName.path(of: $0).databaseValue } ?? name
  }

  /// The names that are turned have no order of their own before and after.
  private func key(_ row: [String: DatabaseValue]) -> String {
    row.keys.sorted().map { "\($0)=\(row[$0].map { "\($0)" } ?? "")" }.joined(separator: " ")
  }

  /// The version from which on references have ranks.
  private static let ranked = "ranks of references"

  @Test("From every version, with whatever stands in its tables", arguments: versions.dropLast())
  func values(from version: String) throws {
    defer { cleanUp() }
    func isAtLeast(_ other: String) -> Bool {
      (Self.versions.firstIndex(of: version) ?? 0) >= (Self.versions.firstIndex(of: other) ?? 0)
    }
    let isTurned = isAtLeast("names from the root down")
    for seed in 0..<3 {
      try? FileManager.default.removeItem(atPath: file)
      try fill(upTo: version, seed: seed)
      let before = try content(file)
      try SyncStore.open(file: file).close()
      let after = try content(file)
      for (table, rows) in before {
        let wanted = rows.map { row in
          table == "past_name" && isTurned
            ? row : upgraded(row, of: table, isRanked: isAtLeast(Self.ranked))
        }
        let found = try #require(after[table], "\(table)").map { row in
          row.filter { wanted.first?[$0.key] != nil }
        }
        let kept = Set(found.map(key))
        for row in wanted where table != "setting" || !row.isEmpty {
          #expect(kept.contains(key(row)), "\(table) of \(version)")
        }
        if table != "cs_retry" { #expect(found.count == rows.count, "\(table) of \(version)") }
      }
      try expectBefore(before, after)
    }
  }

  /// What pending objects were before is in rows of its own.
  private func expectBefore(_ before: Content, _ after: Content) throws {
    guard before["cs_before"] == nil else { return }
    let wanted = (before["cs_object"] ?? []).filter { row in
      !Self.isZero(row["pending_import"]) && row["synced_dn"]?.isNull == false
    }
    let found = try #require(after["cs_before"])
    func told(_ rows: [[String: DatabaseValue]], _ columns: [String]) -> Set<[DatabaseValue?]> {
      Set(rows.map { row in columns.map { row[$0] } })
    }
    #expect(
      told(found, ["object_id", "image", "dn"]) == told(wanted, ["id", "synced", "synced_dn"]))
  }

  @Test("An engine that ends between any two steps of it is gone on from by the next one")
  func interrupted() throws {
    defer { cleanUp() }
    try fill(upTo: Self.versions[0], seed: 7)
    let old = folder.appending(path: "old.sqlite").path
    try FileManager.default.copyItem(atPath: file, toPath: old)
    try SyncStore.open(file: file).close()
    let wanted = try content(file)
    for stop in Self.versions.indices.dropFirst() {
      for name in try FileManager.default.contentsOfDirectory(atPath: folder.path)
      where name.hasPrefix("s.sqlite") {
        try FileManager.default.removeItem(at: folder.appending(path: name))
      }
      try FileManager.default.copyItem(atPath: old, toPath: file)
      let queue = try DatabaseQueue(path: file)
      try Schema.migrator.migrate(queue, upTo: Self.versions[stop])
      try queue.close()
      try SyncStore.open(file: file).close()
      let found = try content(file)
      #expect(found == wanted, "after \(Self.versions[stop])")
    }
  }

  @Test("Without room for the copy nothing is upgraded, and once there is all goes on")
  func withoutCopy() throws {
    defer { cleanUp() }
    let version = Self.versions[4]
    try fill(upTo: version, seed: 5)
    let before = try content(file)
    // What stands where the copy is written can't be taken away.
    let draft = "\(file).before-\(Self.versions.count).partial"
    try FileManager.default.createDirectory(
      atPath: draft + "/inside", withIntermediateDirectories: true)
    let error = #expect(throws: StoreError.self) { try SyncStore.open(file: file).close() }
    #expect(error?.message.contains(file) == true && error?.hint.isEmpty == false)
    #expect(try content(file) == before)
    let queue = try DatabaseQueue(path: file)
    #expect(try queue.read { try Schema.migrator.appliedIdentifiers($0) }.count == 5)
    try queue.close()
    try FileManager.default.removeItem(atPath: draft)
    try SyncStore.open(file: file).close()
    let kept = try content("\(file).before-\(Self.versions.count)")
    #expect(kept == before)
  }

  @Test("Names of more objects than are turned at once are all turned, each once")
  func manyNames() throws {
    defer { cleanUp() }
    let queue = try DatabaseQueue(path: file)
    try Schema.migrator.migrate(queue, upTo: "flows of references")
    try queue.write { db in
      try db.execute(
        sql: """
          INSERT INTO connector(id, name, type, is_source) VALUES (1, 'source', 'ldif', 1);
          WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20001)
          INSERT INTO cs_object(id, connector_id, dn, dn_key, object_type)
          SELECT i * 3, 1, 'CN=u' || i || ',OU=s', 'cn=u' || i || ',ou=s', 'user' FROM n;
          """)
    }
    try queue.close()
    let store = try SyncStore.open(file: file)
    try store.look { tx throws in
      #expect(
        try tx.integer(
          "SELECT COUNT(*) FROM cs_object WHERE dn_path = 'ou=s,cn=u' || (id / 3)") == 20001)
    }
    try store.close()
  }
}
