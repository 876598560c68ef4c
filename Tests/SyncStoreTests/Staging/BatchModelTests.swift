import Directory
import TestSupport
import Testing

@testable import SyncStore

/// The same imports, told in batches of one change, of some, and all at once.
@Suite("However an import is cut into batches, what is stored of it is the same")
struct BatchModelTests {
  /// How many changes a batch has.
  private enum Cut: CaseIterable {
    case single, some, whole

    func size(_ random: inout SeededRandom) -> Int {
      switch self {
      case .single: 1
      case .some: Int.random(in: 1...4, using: &random)
      case .whole: .max
      }
    }
  }

  private struct Told {
    var changes: [ImportedChange]
    var type: StepType
    var isObsolete: Bool
  }

  // MARK: What a directory may tell, also what makes no sense

  private func name(_ random: inout SeededRandom) throws -> DistinguishedName {
    try TestStore.dn(
      "n\(Int.random(in: 0..<6, using: &random))", ou: random.chance(80) ? "Staff" : "Berlin")
  }

  private func anchor(_ random: inout SeededRandom) -> Anchor {
    Anchor("a\(Int.random(in: 0..<7, using: &random))")
  }

  private func address(_ random: inout SeededRandom) throws -> ObjectAddress {
    random.chance(70)
      ? ObjectAddress(anchor: anchor(&random)) : ObjectAddress(dn: try name(&random))
  }

  private func members(_ random: inout SeededRandom) throws -> [AttributeValue] {
    let values = try (0..<Int.random(in: 0...3, using: &random)).map { _ in
      AttributeValue.reference(
        random.chance(80) ? try name(&random).text : anchor(&random).text)
    }
    return Array(Set(values)).sorted()
  }

  private func entry(_ random: inout SeededRandom) throws -> ImportedChange {
    let anchor = anchor(&random)
    var attributes: AttributeSet = ["displayName": [.string(anchor.text)]]
    if random.chance(60) { attributes["title"] = [.string(random.choose(["Clerk", "Boss"]))] }
    if random.chance(30) { attributes["mail"] = [.string(random.choose(["m@x", "M@X", "n@x"]))] }
    let members = try members(&random)
    if !members.isEmpty { attributes["member"] = members }
    return .entry(
      DirectoryEntry(
        anchor: anchor, dn: try name(&random), objectType: anchor.text < "a3" ? "group" : "user",
        attributes: attributes))
  }

  private func modification(_ random: inout SeededRandom) throws -> AttributeChange {
    switch Int.random(in: 0..<4, using: &random) {
    case 0: AttributeChange("title", .replace(random.chance(50) ? ["Chef"] : []))
    case 1: AttributeChange("mail", .update(added: ["m@x"], removed: ["n@x"]))
    case 2: AttributeChange("member", .replace(try members(&random)))
    default:
      AttributeChange(
        "member", .update(added: try members(&random), removed: try members(&random)))
    }
  }

  private func change(_ random: inout SeededRandom) throws -> ImportedChange {
    switch Int.random(in: 0..<12, using: &random) {
    case 0...4: try entry(&random)
    case 5, 6: .modify(try address(&random), [try modification(&random)])
    case 7: .rename(try address(&random), newDN: try name(&random))
    case 8: .delete(try address(&random))
    case 9: .leave(try address(&random))
    case 10: random.chance(50) ? .letGo(try address(&random)) : .outside(anchor(&random))
    default: .present(anchor(&random))
    }
  }

  private func told(_ random: inout SeededRandom, isTarget: Bool) throws -> Told {
    let isFull = random.chance(40)
    let changes = try (0..<Int.random(in: 2...9, using: &random)).map { _ in
      isFull || isTarget ? try entry(&random) : try change(&random)
    }
    return Told(
      changes: changes, type: isFull ? .fullImport : .deltaImport,
      isObsolete: isFull && random.chance(60))
  }

  // MARK: Staging it

  private func stage(
    _ told: Told, _ test: TestStore, isTarget: Bool, _ cut: Cut, _ random: inout SeededRandom
  ) throws {
    let connector = isTarget ? test.target : test.source
    let step = try test.step(told.type, connector: connector)
    var context = StagingContext(
      step: step, connector: connector, relevant: ["title"], indexed: ["mail"],
      flowsReferences: !isTarget, isTarget: isTarget)
    context.isFull = told.type == .fullImport
    context.scopedReferences = ["member"]
    var (seen, rest) = (SeenObjects(), told.changes[...])
    while !rest.isEmpty {
      let batch = rest.prefix(cut.size(&random))
      rest = rest.dropFirst(batch.count)
      seen = try test.store.transaction { tx in
        var stager = try Stager(tx, context, seen: seen)
        return try stager.stage(ImportBatch(changes: Array(batch), errors: [])).0
      }
    }
    var after: Int64? = told.isObsolete ? 0 : nil
    while let last = after {
      after = try test.store.transaction { tx in
        var stager = try Stager(tx, context, seen: seen)
        return try stager.stageObsolete(after: last, limit: cut == .whole ? 1000 : 2).last
      }
    }
    try test.store.transaction { tx in
      var stager = try Stager(tx, context, seen: seen)
      try stager.settleAwaiting(seen.awaiting.sorted()[...])
      _ = try stager.settleOutdated(seen.outdatedReferrers)
    }
    try test.end(step)
  }

  /// What is stored, but for moments, the order in which it was written, and what is to be sent of
  /// those who are gone, which is for the next synchronization to say.
  private func stored(_ test: TestStore) throws -> [String: [String]] {
    let queries = [
      "objects": """
      SELECT id || ' ' || ifnull(anchor, '-') || ' ' || dn || ' ' || dn_path || ' ' || object_type
        || ' ' || display || ' ' || ifnull(hex(image), '-') || ' import ' || pending_import
        || ' export ' || iif(image IS NULL, '-', pending_export) || export_state || is_released || ' ' || connector_state
        || ' ' || (sync_error_id IS NULL) || (export_error_id IS NULL) FROM cs_object
      """,
      "before": "SELECT object_id || ' ' || ifnull(hex(image), '-') || ' ' || dn FROM cs_before",
      "references": """
      SELECT source_id || ' ' || attribute_id || ' ' || value || ' ' || ifnull(target_id, '-')
        || ' ' || state FROM cs_reference
      """,
      "values": "SELECT attribute_id || ' ' || value || ' ' || object_id FROM cs_value",
      "exports": """
      SELECT source_id || ' ' || attribute_id || ' ' || target_id || ' ' || state
        FROM export_reference
      """,
      "counters": "SELECT step_id || ' ' || counter || ' ' || count FROM step_counter",
      "changes": """
      SELECT step_id || ' ' || counter || ' ' || object_id || ' ' || dn || ' ' || display || ' '
        || hex(deltas) FROM step_change
      """,
      "errors": """
      SELECT step_id || ' ' || stage || ' ' || type || ' ' || dn || message FROM step_error
      """,
    ]
    return try test.store.look { tx in
      try queries.mapValues { sql in
        try tx.rows("SELECT * FROM (\(sql)) ORDER BY 1").map { $0[0] as String }
      }
    }
  }

  private func expectSame(
    _ stores: [TestStore], _ words: String, sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> Bool {
    let first = try stored(stores[0])
    for other in stores.dropFirst() {
      let found = differences(first, try stored(other))
      #expect(found.isEmpty, "\(found)\n\(words)", sourceLocation: sourceLocation)
      guard found.isEmpty else { return false }
    }
    return true
  }

  @Test("Of a source, whatever it tells in whatever order", arguments: 0..<24)
  func source(_ seed: Int) throws {
    var random = SeededRandom(seed: seed)
    let stores = try Cut.allCases.map { _ in try TestStore() }
    for _ in 0..<10 {
      let told = try told(&random, isTarget: false)
      for (test, cut) in zip(stores, Cut.allCases) {
        try stage(told, test, isTarget: false, cut, &random)
      }
      guard try expectSame(stores, "\(told)") else { return }
      guard random.chance(40) else { continue }
      for test in stores {
        try test.store.transaction { tx in
          for row in try tx.rows("SELECT id FROM cs_object WHERE image IS NULL") {
            try tx.remove(row[0])
          }
        }
        try test.synchronizeAll()
      }
    }
  }

  // MARK: Targets

  /// What rules want, and what was sent of it, by the same chance in each store.
  private func prepare(_ test: TestStore, _ seed: Int) throws {
    var random = SeededRandom(seed: seed)
    let desired = DesiredImage(
      attributes: [Attribute("title", ["Clerk"])], references: ["member"])
    let ids = try (0..<5).map { number in
      let name = try TestStore.dn("n\(number)")
      return try test.store.transaction { tx in
        try tx.provision(
          connector: test.target, dn: name, objectType: number < 2 ? "group" : "user",
          display: "n\(number)", desired: try tx.encode(desired), metaverse: 1, rule: 0)
      }
    }
    try test.store.transaction { tx in
      var unsettled: Set<Int64> = []
      for group in ids.prefix(2) {
        for member in random.some(Array(ids)) {
          _ = try tx.setReference(
            "member", of: group, to: member, isWanted: true, unsettled: &unsettled)
        }
      }
      for id in unsettled.sorted() { try tx.settleExport(of: id) }
    }
    for (number, id) in ids.enumerated() where random.chance(80) {
      try send(id, Anchor("a\(number)"), test, &random)
    }
  }

  private func send(
    _ id: Int64, _ anchor: Anchor, _ test: TestStore, _ random: inout SeededRandom
  ) throws {
    try test.store.transaction { tx in
      let pending = try tx.pendingExports([id])
      try tx.markSending([id])
      switch Int.random(in: 0..<6, using: &random) {
      case 0: break
      case 1:
        try tx.exportTaken(id, anchor: anchor)
        for export in pending { try tx.referencesTaken(export) }
        try tx.exportAccepted(id)
      default:
        try tx.exportTaken(id, anchor: anchor)
        for export in pending { try tx.referencesTaken(export) }
      }
    }
  }

  @Test("Of a target that shows some of what it was sent, and something else", arguments: 0..<24)
  func target(_ seed: Int) throws {
    var random = SeededRandom(seed: 100 + seed)
    let stores = try Cut.allCases.map { _ in try TestStore() }
    for test in stores { try prepare(test, seed) }
    for round in 0..<8 {
      let told = try told(&random, isTarget: true)
      for (test, cut) in zip(stores, Cut.allCases) {
        try stage(told, test, isTarget: true, cut, &random)
      }
      guard try expectSame(stores, "\(told)") else { return }
      for test in stores {
        var dice = SeededRandom(seed: seed * 10 + round)
        let waiting = try test.store.look {
          try $0.exportsInOrder(
            connector: test.target, objectType: "group", after: 0, limit: 9)
        }
        for export in waiting where dice.chance(60) {
          try send(export.id, Anchor("a\(export.id - 1)"), test, &dice)
        }
      }
    }
  }
}
