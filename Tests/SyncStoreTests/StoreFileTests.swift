import Directory
import Foundation
import GRDB
import TestSupport
import Testing

@testable import SyncStore

/// What becomes of a store whose file is not as it was left, or is not a store at all.
@Suite("Files of stores")
struct StoreFileTests {
  private let folder: URL
  private var file: String { folder.appending(path: "s.sqlite").path }

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "file-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  private func cleanUp() { try? FileManager.default.removeItem(at: folder) }

  /// A store with something of everything, closed, as one file.
  private func fill() throws {
    let test = try TestStore()
    try test.stage([
      .entry(try test.entry("ann", ["title": ["Clerk"]])),
      .entry(try test.entry("team", ["member": [.reference(try TestStore.dn("ann").text)]])),
    ])
    _ = try test.provision("new", DesiredImage(attributes: [Attribute("title", ["x"])]))
    try test.store.transaction { try $0.log(.information, code: 1, "something") }
    try test.store.queue.writeWithoutTransaction {
      try $0.execute(sql: "VACUUM INTO ?", arguments: [file])
    }
  }

  /// Opens the store and looks at all of it; what can't be read must be told as that.
  private func lookAround() throws {
    let store = try SyncStore.open(file: file)
    defer { try? store.close() }
    try store.transaction { try $0.log(.information, code: 1, "opened") }
    let reader = try StoreReader(file: file)
    _ = try reader.status()
    _ = try reader.connectors()
    for row in try reader.objects(connector: "source", scope: .all, text: "", after: nil, limit: 9)
    { _ = try reader.object(id: row.id, valueLimit: 9) }
    _ = try reader.find("ann")
    for step in try reader.operations(OperationFilter(), before: nil, limit: 9) {
      _ = try reader.counters(step: step.id)
    }
    for field in ListField.of(.users(nil, isStale: false)) {
      try reader.arrange(
        .users(nil, isStale: false), by: ListArrangement(sort: ListSort(field.name))
      ) { _ in true }
    }
  }

  private func expectOnlyStoreErrors(
    _ place: String, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    do {
      try lookAround()
    } catch let error as StoreError {
      #expect(error.message.contains(file) && !error.hint.isEmpty, sourceLocation: sourceLocation)
    } catch {
      Issue.record("\(place): \(error)", sourceLocation: sourceLocation)
    }
  }

  @Test(
    "The database of another program is refused by engine and face, and stays as it is",
    arguments: [
      "CREATE TABLE theirs (a)", "CREATE VIEW theirs AS SELECT 1",
      "CREATE TABLE connector (x); CREATE TABLE step (y)",
      "CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY); CREATE TABLE x (a)",
    ])
  func foreign(_ sql: String) throws {
    defer { cleanUp() }
    let other = try DatabaseQueue(path: file)
    try other.write { try $0.execute(sql: sql) }
    try other.close()
    let before = FileManager.default.contents(atPath: file)
    for open in [{ _ = try SyncStore.open(file: file) }, { _ = try StoreReader(file: file) }] {
      let error = #expect(throws: StoreError.self) { try open() }
      #expect(error?.code == .notAStore)
      #expect(error?.message.contains(file) == true)
    }
    #expect(FileManager.default.contents(atPath: file) == before)
  }

  @Test("A store that ends too early is told as damaged, or works", arguments: 0..<12)
  func truncated(_ part: Int) throws {
    defer { cleanUp() }
    try fill()
    let bytes = try Data(contentsOf: URL(filePath: file))
    let size = part < 4 ? [1, 99, 100, 4096][part] : bytes.count * (part - 3) / 9
    try bytes.prefix(size).write(to: URL(filePath: file))
    expectOnlyStoreErrors("\(size) of \(bytes.count) bytes")
    #expect(FileManager.default.fileExists(atPath: file))
  }

  @Test("A store with pages of nonsense is told as damaged, or works", arguments: 0..<30)
  func nonsense(_ seed: Int) throws {
    defer { cleanUp() }
    try fill()
    var random = SeededRandom(seed: seed)
    var bytes = try Data(contentsOf: URL(filePath: file))
    for _ in 0...(seed % 4) {
      let start = Int.random(in: 100..<bytes.count, using: &random)
      for index in start..<min(start + 60, bytes.count) {
        bytes[index] = UInt8.random(in: 0...255, using: &random)
      }
    }
    try bytes.write(to: URL(filePath: file))
    expectOnlyStoreErrors("seed \(seed)")
  }

  @Test("Images of nonsense in a whole file are told, not met by a crash", arguments: 0..<10)
  func images(_ seed: Int) throws {
    defer { cleanUp() }
    try fill()
    var random = SeededRandom(seed: seed)
    let queue = try DatabaseQueue(path: file)
    try queue.write { db in
      for (table, column) in [
        ("cs_object", "image"), ("cs_before", "image"), ("cs_object", "desired"),
        ("mv_object", "image"), ("step_change", "deltas"),
      ] {
        let known = try Data.fetchOne(
          db, sql: "SELECT \(column) FROM \(table) WHERE \(column) IS NOT NULL")
        var bytes = Array(known ?? Data(repeating: 7, count: 20))
        for _ in 0..<3 where !bytes.isEmpty {
          let place = Int.random(in: 0..<bytes.count, using: &random)
          bytes[place] =
            random.choose([0, 0x7F, 0x80, 0xFF, UInt8.random(in: 0...255, using: &random)])
        }
        if Bool.random(using: &random) { bytes.removeLast(bytes.count / 2) }
        try db.execute(sql: "UPDATE \(table) SET \(column) = ?", arguments: [Data(bytes)])
      }
    }
    try queue.close()
    expectOnlyStoreErrors("seed \(seed)")
  }

  @Test("A full disk is told, keeps what was there, and once there is room all goes on")
  func diskFull() throws {
    defer { cleanUp() }
    let store = try SyncStore.open(file: file)
    try store.transaction { try $0.log(.information, code: 1, "before") }
    func limit(_ pages: String) throws {
      try store.queue.writeWithoutTransaction {
        _ = try Int.fetchOne($0, sql: "PRAGMA max_page_count = \(pages)")
      }
    }
    let pages = try store.queue.read { try Int.fetchOne($0, sql: "PRAGMA page_count") } ?? 0
    try limit("\(pages)")
    func fill(_ words: String) throws {
      try store.transaction { tx in
        for number in 0..<3000 { try tx.log(.warning, code: 2, "\(words) \(number)") }
      }
    }
    let error = #expect(throws: StoreError.self) { try fill("in vain") }
    #expect(error?.code == .diskFull)
    #expect(error?.message.contains(file) == true)
    let reader = try StoreReader(file: file)
    #expect(
      try reader.events(codes: [], text: "", before: nil, limit: 9).map(\.message) == ["before"])
    try limit("1000000")
    try fill("at last")
    #expect(try reader.events(codes: [2], text: "", before: nil, limit: 9999).count == 3000)
  }

  // MARK: Versions

  private static func schema(_ file: String) throws -> [String] {
    let queue = try DatabaseQueue(path: file)
    return try queue.read { db in
      try Row.fetchAll(db, sql: "SELECT type, name, sql FROM sqlite_schema ORDER BY type, name")
        .map { row in
          let sql: String? = row[2]
          return "\(row[0] as String) \(row[1] as String) "
            + (sql ?? "").split(whereSeparator: \.isWhitespace).joined(separator: " ")
        }
    }
  }

  @Test(
    "A store of any earlier version gets the tables that a new one has, and keeps its rows",
    arguments: Schema.migrator.migrations.dropLast())
  func upgrades(from version: String) throws {
    defer { cleanUp() }
    let queue = try DatabaseQueue(path: file)
    try Schema.migrator.migrate(queue, upTo: version)
    let name = try queue.write { db in
      let columns = try db.columns(in: "cs_object").map(\.name)
      let name = columns.contains("dn_path") ? "dn_path" : "dn_key"
      try db.execute(
        sql: """
          INSERT INTO connector(id, name, type, is_source) VALUES (1, 'source', 'ldif', 1);
          INSERT INTO run(id, connector_id, requested_by) VALUES (1, 1, 'x');
          INSERT INTO step(id, run_id, connector_id, type, started, ended, result, adds)
            VALUES (1, 1, 1, 'full-import', 1000, 2000, 'success', 2);
          INSERT INTO cs_object(connector_id, anchor, dn, \(name), object_type, display, image)
            VALUES (1, 'a', 'CN=Ann,DC=x', 'x', 'user', 'Ann', x'00'),
              (1, 'b', 'CN=Bob,DC=x', 'y', 'user', 'Bob', NULL);
          INSERT INTO event(time, level, code, source, message)
            VALUES (1, 'information', 1, 's', 'long ago');
          INSERT INTO setting(key, value) VALUES ('greeting', 'hello');
          """)
      for (dn, anchor) in [("CN=Ann,DC=x", "a"), ("CN=Bob,DC=x", "b")] {
        let parsed = try DistinguishedName(dn)
        try db.execute(
          sql: "UPDATE cs_object SET \(name) = ? WHERE anchor = ?",
          arguments: [name == "dn_path" ? parsed.path : dn.lowercased(), anchor])
      }
      return name
    }
    try queue.close()
    let store = try SyncStore.open(file: file)
    let reader = try StoreReader(file: file)
    #expect(try reader.find("cn=ANN,dc=X").map(\.display) == ["Ann"], "\(name)")
    #expect(try reader.operations(OperationFilter(), before: nil, limit: 9).map(\.adds) == [2])
    #expect(try reader.connectors().map(\.objects) == [2])
    #expect(
      try reader.events(codes: [], text: "", before: nil, limit: 9).map(\.message) == ["long ago"])
    #expect(try store.look { [try $0.setting("greeting")] } == ["hello"])
    let fine = try store.queue.read { try String.fetchOne($0, sql: "PRAGMA integrity_check") }
    #expect(fine == "ok")
    let fresh = folder.appending(path: "fresh.sqlite").path
    try SyncStore.open(file: fresh).close()
    #expect(try Self.schema(file) == Self.schema(fresh))
    #expect(
      FileManager.default.fileExists(
        atPath: "\(file).before-\(Schema.migrator.migrations.count)"))
  }
}
