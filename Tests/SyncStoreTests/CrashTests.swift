import Directory
import Foundation
import GRDB
import TestSupport
import Testing

@testable import SyncStore

/// Engines that end at any moment of a transaction.
@Suite("Whenever an engine ends, its store holds whole transactions")
struct CrashTests {
  private struct End: Error {}

  /// Work of every kind on whatever is there; it ends early where `mayEnd` throws.
  private func work(
    _ tx: StoreTransaction, _ test: TestStore, _ random: inout SeededRandom,
    mayEnd: () throws -> Void = {}
  ) throws {
    let text = random.text(count: 1...6)
    let step = try tx.beginStep(
      cycle: try tx.beginCycle(.delta, requestedBy: text, reason: ""), connector: test.source,
      type: .fullImport, requestedBy: text, phase: text
    ).step
    try mayEnd()
    let name = "u\(Int.random(in: 0..<9, using: &random))"
    let context = StagingContext(
      step: step, connector: test.source, relevant: ["title"], indexed: ["mail"],
      flowsReferences: true, isTarget: false)
    var stager = try Stager(tx, context, seen: SeenObjects())
    _ = try stager.stage(
      ImportBatch(changes: [
        .entry(
          try test.entry(
            name,
            [
              "title": [.string(text)], "mail": [.string(text)],
              "member": [.reference("CN=u1,OU=Staff,DC=contoso,DC=test")],
              AttributeName("new \(Int.random(in: 0..<40, using: &random))"): ["x"],
            ]))
      ]))
    try mayEnd()
    let metaverse = try tx.insertMetaverse(
      objectType: "person", image: try tx.encode([MetaverseAttribute]()), display: text,
      keys: [JoinKey("mail", .string(text))])
    if let id = try tx.objectID(connector: test.source, anchor: Anchor("a-" + name)) {
      let rule = try tx.ruleID("rule \(Int.random(in: 0..<9, using: &random))", name: text)
      try tx.link(id, to: metaverse, .projected, rule: rule)
      _ = try tx.flow(
        "manager", from: metaverse, to: metaverse, contributor: id, rule: rule, precedence: 1)
    }
    try mayEnd()
    let desired = DesiredImage(attributes: [Attribute("title", [.string(text)])])
    let made = try tx.provision(
      connector: test.target, dn: try DistinguishedName("CN={\(metaverse)}"), objectType: "user",
      display: text, desired: try tx.encode(desired), metaverse: metaverse, rule: 0)
    try tx.setCause(text, .adds, of: made, connector: test.target)
    try mayEnd()
    try tx.set(text, text)
    try tx.log(.warning, code: 1, text)
    if random.chance(30) { _ = try tx.removeUnsettled(made) }
    try tx.endStep(step, result: "success", message: text, hint: "")
    try mayEnd()
  }

  @Test("What is thrown in the midst leaves no row, no number and no name", arguments: 0..<12)
  func thrown(_ seed: Int) throws {
    var random = SeededRandom(seed: seed)
    let test = try TestStore()
    for _ in 0..<12 {
      let before = try test.store.dump()
      var left = Int.random(in: 0...5, using: &random)
      do {
        try test.store.transaction { tx in
          try work(tx, test, &random) {
            left -= 1
            if left == 0 { throw End() }
          }
        }
        #expect(left != 0)
        #expect(try test.store.dump() != before)
      } catch is End {
        let found = differences(before, try test.store.dump())
        #expect(found.isEmpty, "\(found)")
      }
      // Names that were numbered in vain are numbered anew, and read by whoever comes.
      let stored = try test.reader.objects(
        connector: "source", scope: .all, text: "", after: nil, limit: 99)
      for object in stored {
        let detail = try #require(try test.reader.object(id: object.id, valueLimit: 9))
        #expect(detail.attributes.contains { $0.name == "title" })
      }
    }
  }

  @Test("What is only tried out leaves nothing, whatever it read", arguments: 0..<4)
  func triedOut(_ seed: Int) throws {
    var random = SeededRandom(seed: seed)
    let test = try TestStore()
    for _ in 0..<5 { try test.store.transaction { try work($0, test, &random) } }
    let before = try test.store.dump()
    for _ in 0..<5 {
      let objects = try test.store.tryOut { tx in
        try work(tx, test, &random)
        return try tx.stagedCount(connector: test.source)
      }
      #expect(objects > 0)
      let found = differences(before, try test.store.dump())
      #expect(found.isEmpty, "\(found)")
    }
    try test.store.transaction { try work($0, test, &random) }
    #expect(try test.store.dump() != before)
  }

  @Test("An engine that ends before its commit has done nothing, after it everything")
  func atCommit() throws {
    var random = SeededRandom(seed: 5)
    for moment in [StoreOptions.CommitMoment.before, .after] {
      let test = try TestStore()
      for _ in 0..<4 { try test.store.transaction { try work($0, test, &random) } }
      let before = try test.store.dump()
      try test.store.close()
      var options = StoreOptions()
      options.onCommit = { if $0 == moment { throw End() } }
      let dying = try SyncStore.open(file: test.store.file, options: options)
      #expect(throws: End.self) { try dying.transaction { try work($0, test, &random) } }
      try dying.close()
      let next = try SyncStore.open(file: test.store.file)
      #expect((try next.dump() == before) == (moment == .before))
      #expect(
        try next.look { try $0.integer("SELECT COUNT(*) FROM step") } == (moment == .before ? 4 : 5)
      )
      try next.transaction { try work($0, test, &random) }
      try next.close()
    }
  }

  @Test(
    "Files that are copied in the midst of a transaction are the store before it", arguments: 0..<6)
  func killed(_ seed: Int) throws {
    var random = SeededRandom(seed: seed)
    let test = try TestStore()
    for _ in 0..<3 { try test.store.transaction { try work($0, test, &random) } }
    let folder = test.folder.appending(path: "found")
    for piece in 0..<3 {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      defer { try? FileManager.default.removeItem(at: folder) }
      let before = try test.store.dump()
      try test.store.transaction { tx in
        // More than fits into memory, so that a part of it is in the journal already.
        if piece == 2 { try tx.execute("PRAGMA cache_spill = 1") }
        for _ in 0..<(piece == 2 ? 12 : 2) { try work(tx, test, &random) }
        for suffix in ["", "-wal"] {
          try FileManager.default.copyItem(
            atPath: test.store.file + suffix,
            toPath: folder.appending(path: "store.sqlite" + suffix).path)
        }
      }
      let queue = try DatabaseQueue(path: folder.appending(path: "store.sqlite").path)
      let found = SyncStore(file: queue.path, queue: queue, readQueues: [])
      #expect(differences(before, try found.dump()) == [])
      let check = try queue.read { try String.fetchAll($0, sql: "PRAGMA integrity_check") }
      #expect(check == ["ok"])
      try queue.close()
      #expect(try test.store.dump() != before)
    }
  }

  @Test("Who reads while it is written sees what was committed, and never a part of it")
  func readers() throws {
    var random = SeededRandom(seed: 9)
    let test = try TestStore()
    func counts(_ tx: StoreTransaction) throws -> [Int64?] {
      try ["step", "cycle", "event", "mv_object"].map {
        try tx.integer("SELECT COUNT(*) FROM \($0)")
      }
    }
    for number in 0..<8 {
      try test.store.transaction { tx in
        try work(tx, test, &random) {
          // Each piece of work makes one of each.
          let seen = try test.store.snapshot { try counts($0) }
          #expect(seen == Array(repeating: Int64(number), count: 4))
        }
      }
      #expect(
        try test.store.snapshot { try counts($0) } == Array(repeating: Int64(number + 1), count: 4))
    }
  }
}
