import Directory
import TestSupport
import Testing

@testable import SyncStore

/// Objects whose names, ids and values are those by which programs stumble.
@Suite("A name is a name to its last character, whatever it is made of")
struct HostileNameTests {
  private let test: TestStore

  init() throws { test = try TestStore() }

  /// Names of which some are the beginning of others.
  private static let names = HostileText.names + ["nul", "NUL\0", "nul\0inside and more", "café s"]

  private func bytes(_ texts: [String]) -> [[UInt8]] { texts.map { Array($0.utf8) } }

  /// The order of names in lists: that of their bytes, the case of English letters aside.
  private func isBefore(_ a: (String, Int64), _ b: (String, Int64)) -> Bool {
    func folded(_ text: String) -> [UInt8] {
      text.utf8.map { (0x41...0x5A).contains($0) ? $0 + 0x20 : $0 }
    }
    let (first, second) = (folded(a.0), folded(b.0))
    return first == second ? a.1 < b.1 : first.lexicographicallyPrecedes(second)
  }

  private func entry(_ number: Int, _ name: String) throws -> DirectoryEntry {
    try test.entry(
      "o\(number)", ["displayName": [.string(name)], "userName": [.string(name)]],
      anchor: "id-" + name)
  }

  private func stage(connector: Int64) throws {
    try test.stage(
      try Self.names.enumerated().map { .entry(try entry($0.offset, $0.element)) },
      connector: connector)
  }

  @Test("Objects keep their names and anchors, and are listed in pages of any size")
  func objects() throws {
    try stage(connector: test.source)
    let reader = try test.reader
    let count = Self.names.count
    for limit in [1, count - 1, count, count + 1] {
      var paged: [ObjectRow] = []
      while true {
        let page = try reader.objects(
          connector: "source", scope: .all, text: "", after: paged.last?.id, limit: limit)
        if page.isEmpty { break }
        paged += page
      }
      #expect(bytes(paged.map(\.display)) == bytes(Self.names))
    }
    for (number, name) in Self.names.enumerated() {
      let id = try #require(
        try test.store.look {
          [try $0.objectID(connector: test.source, anchor: Anchor("id-" + name))]
        }[0])
      let detail = try #require(try reader.object(id: id, valueLimit: 9))
      #expect(bytes([detail.row.display, detail.anchor]) == bytes([name, "id-" + name]))
      #expect(detail.attributes.first { $0.name == "displayName" }?.values == [.string(name)])
      let staged = try test.store.look {
        try $0.stagedNames(connector: test.source, [Anchor("id-" + name)])
      }
      #expect(staged[Anchor("id-" + name)] == (try TestStore.dn("o\(number)")))
    }
    let below = try test.store.look {
      try $0.staged(
        connector: test.source, below: DistinguishedName("OU=Staff,DC=contoso,DC=test"))
    }
    #expect(
      Set(bytes(below.map(\.text))) == Set(bytes(Self.names.map { "id-" + $0 })))
  }

  @Test("What is typed finds the names that have it in them, in any case", arguments: names)
  func found(name: String) throws {
    try stage(connector: test.source)
    let rows = try test.reader.objects(
      connector: "source", scope: .all, text: name, after: nil, limit: 99)
    #expect(bytes(rows.map(\.display)).contains(Array(name.utf8)))
    for row in rows {
      #expect(row.display.lowercased().contains(name.lowercased()), "\(row.display)")
    }
    let upper = try test.reader.objects(
      connector: "source", scope: .all, text: name.uppercased(), after: nil, limit: 99)
    #expect(
      bytes(upper.map(\.display)).contains(Array(name.utf8))
        || name.uppercased().lowercased() != name.lowercased())
  }

  @Test("Users come in the order of their names, either way, in pages of any size")
  func users() throws {
    try stage(connector: test.target)
    let reader = try test.reader
    let ids = try reader.objects(
      connector: "target", scope: .all, text: "", after: nil, limit: 99
    ).map { ($0.display, $0.id) }
    let wanted = bytes(ids.sorted(by: isBefore).map(\.0))
    for isDescending in [false, true] {
      for limit in [1, 2, wanted.count, wanted.count + 1] {
        var paged: [UserRow] = []
        while paged.count <= wanted.count {
          let page = try reader.users(
            order: .displayName, descending: isDescending, text: "", state: nil,
            after: paged.last, limit: limit)
          if page.isEmpty { break }
          paged += page
        }
        #expect(
          bytes(paged.map(\.displayName)) == (isDescending ? wanted.reversed() : wanted),
          "in pages of \(limit)")
        #expect(bytes(paged.map(\.userPrincipalName)) == bytes(paged.map(\.displayName)))
      }
    }
  }

  @Test("The metaverse comes in the order of names, looked through in parts of any size")
  func metaverse() throws {
    let ids = try test.store.transaction { tx in
      try Self.names.map { name in
        let attribute = MetaverseAttribute(
          name: "displayName", values: [.string(name)], contributor: 1, rule: 0, time: .now)
        return (
          name,
          try tx.insertMetaverse(
            objectType: "person", image: tx.encode([attribute]), display: name,
            keys: [JoinKey("displayName", .string(name))])
        )
      }
    }
    let reader = try test.reader
    func names(_ query: MetaverseQuery, limit: Int, scan: Int) throws -> [String] {
      var (found, place): ([String], MetaversePosition?) = ([], nil)
      repeat {
        let page = try reader.metaverse(query, after: place, limit: limit, scan: scan)
        found += page.rows.map(\.display)
        place = page.next
      } while place != nil && found.count <= Self.names.count
      return found
    }
    let wanted = bytes(ids.sorted(by: isBefore).map(\.0))
    for (limit, scan) in [(1, 1), (1, 100), (3, 2), (wanted.count, 100), (wanted.count + 1, 7)] {
      #expect(bytes(try names(MetaverseQuery(), limit: limit, scan: scan)) == wanted)
    }
    for indexed in [[], ["displayName"]] as [[AttributeName]] {
      try test.store.transaction { try $0.setIndexed(indexed, of: .metaverse) }
      for name in Self.names {
        var query = MetaverseQuery()
        query.clauses = [.init("displayName", .equals, name)]
        let same = Self.names.filter { $0.lowercased() == name.lowercased() }
        #expect(
          Set(bytes(try names(query, limit: 2, scan: 3))) == Set(bytes(same)),
          "\(name.debugDescription) \(indexed)")
      }
    }
    for (name, id) in ids {
      #expect(try test.store.look { try $0.metaverseDisplay(id) }?.utf8.count == name.utf8.count)
    }
  }

  @Test("References by ids of any kind are kept, found, replaced and taken away one by one")
  func references() throws {
    try stage(connector: test.source)
    let ids = Self.names.map { "id-" + $0 }
    func group(_ ids: [String]) throws {
      try test.stage([
        .entry(try test.entry("g", ["member": ids.map { .reference($0) }], type: "group"))
      ])
    }
    func members() throws -> [[UInt8]] {
      let id = try test.id("g")
      return try test.store.look { tx in
        try tx.rows("SELECT value FROM cs_reference WHERE source_id = ? AND state <> 2", [id])
          .map { Array(($0[0] as String).utf8) }
      }
    }
    func modify(_ operation: AttributeChange.Operation) throws {
      try test.stage([
        .modify(
          ObjectAddress(anchor: Anchor("a-g")), [AttributeChange("member", operation)])
      ])
    }
    // Ids are opaque; of what looks like a name, the name counts.
    let opaque = ids.filter { !isName($0) }
    try group(opaque)
    #expect(Set(try members()) == Set(bytes(opaque)))
    #expect(try test.number("SELECT COUNT(*) FROM cs_reference WHERE target_id IS NULL") == 0)
    for id in opaque {
      let referrers = try test.store.look {
        try $0.referrers(connector: test.source, to: [Anchor(id)])
      }
      #expect(referrers == [Anchor("a-g")], "\(id.debugDescription)")
    }
    try modify(.update(added: [], removed: [.reference(opaque[0])]))
    #expect(Set(try members()) == Set(bytes(Array(opaque.dropFirst()))))
    try modify(.replace([.reference(opaque[1]), .reference("id-nul\0 nobody")]))
    #expect(Set(try members()) == Set(bytes([opaque[1], "id-nul\0 nobody"])))
    try modify(.replace([]))
    #expect(try members() == [])
  }

  @Test("Attributes and rules of any name have numbers of their own")
  func dictionaries() throws {
    let names = ["a", "a\0", "a\0b", "a\0c", "a\u{10FFFE}b", "é", "日本", "x y", "'", "a;binary"]
    try test.store.transaction { tx in
      let image = try tx.coding.encode(
        names.map { Attribute(AttributeName($0), [.string($0)]) })
      let read = try tx.coding.decode(image)
      for name in names { #expect(read[AttributeName(name)] == [.string(name)]) }
      let rules = try names.map { try tx.ruleID("key " + $0, name: "name " + $0) }
      #expect(Set(rules).count == names.count)
      for (name, id) in zip(names, rules) {
        #expect(try tx.dictionaries.ruleName(id, tx.db).utf8.elementsEqual("name \(name)".utf8))
        #expect(try tx.ruleID("key " + name, name: "name " + name) == id)
      }
    }
    // Whoever opens the store later reads the same names by the same numbers.
    let again = try SyncStore.open(file: test.store.file)
    try again.look { tx in
      for name in names {
        let id = try #require(try tx.dictionaries.existingID(AttributeName(name), tx.db))
        #expect(try tx.dictionaries.name(id, tx.db).text.utf8.elementsEqual(name.utf8))
      }
    }
    try again.close()
  }

  @Test("Errors, causes, releases and outcomes say what they were told, to the last character")
  func words() throws {
    try stage(connector: test.target)
    let text = "why\0and \u{202E}more"
    let id = try #require(
      try test.store.look { [try $0.objectID(connector: test.target, anchor: Anchor("id-plain"))] }[
        0])
    let step = try test.step(.export, connector: test.target)
    try test.store.transaction { tx in
      var error = StepError(
        .export, .typeMismatch, objectID: id, dn: text, message: text, hint: text)
      (error.attribute, error.value, error.rule, error.code) = (text, text, text, text)
      (error.location, error.expression) = (text, text)
      try tx.record(error, step: step, connector: test.target)
      try tx.hold(
        .init(
          connector: test.target, kind: "server", count: 1, message: text,
          needsFullImport: false))
      _ = try tx.releaseImport(connector: test.target, until: .now, by: text)
      try tx.endStep(step, result: "completed-export-errors", message: text, hint: text)
    }
    let reader = try test.reader
    let error = try #require(try reader.errors(step: step, after: nil, limit: 9).first)
    let told = [
      error.dn, error.message, error.hint, error.attribute, error.value, error.rule, error.code,
      error.location, error.expression,
    ]
    #expect(bytes(told) == bytes(told.map { _ in text }))
    let family = try #require(try reader.errorFamilies(now: .now).first?.kind)
    #expect(try reader.openErrors(of: family, after: nil, limit: 9).map(\.id) == [error.id])
    #expect(bytes(try reader.heldImports().map(\.message)) == bytes([text]))
    #expect(bytes(try reader.heldImports().compactMap(\.releasedBy)) == bytes([text]))
    #expect(bytes(try reader.releases(limit: 9).map(\.person)) == bytes([text]))
    #expect(bytes([try reader.stepMessage(step: step).message]) == bytes([text]))
    let id2 = try reader.file(.stop, requestedBy: text)
    try test.store.transaction { try $0.finish(command: id2, .refused, outcome: text) }
    #expect(bytes([try #require(try reader.command(id: id2)).outcome]) == bytes([text]))
    #expect(bytes(try reader.commands(limit: 1).map(\.requestedBy)) == bytes([text]))
  }
}
