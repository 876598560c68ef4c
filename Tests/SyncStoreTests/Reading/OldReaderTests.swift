import Directory
import TestSupport
import Testing

@testable import SyncStore

/// A console that was opened long ago, beside one that is opened just now.
@Suite("Who has looked at a store for long sees what one sees who comes now")
struct OldReaderTests {
  /// A store, and its contents' numbers as they are given by chance.
  private final class World {
    let test: TestStore
    let old: StoreReader
    var random: SeededRandom
    var names: [String] = []

    init(seed: Int) throws {
      test = try TestStore()
      old = try test.reader
      random = SeededRandom(seed: seed)
    }

    /// A name that the store has not numbered, now and then.
    func attribute(_ known: String) -> AttributeName {
      AttributeName(random.chance(50) ? known : "\(known)\(Int.random(in: 0..<30, using: &random))")
    }

    func dn(_ name: String) throws -> String { try TestStore.dn(name).text }
  }

  // MARK: What may happen

  private func stagePerson(_ world: World) throws {
    let name = "p\(Int.random(in: 0..<6, using: &world.random))"
    world.names.append(name)
    try world.test.stage([
      .entry(
        try world.test.entry(
          name,
          [
            "title": [.string(world.random.text(count: 1...3))],
            world.attribute("extension"): ["x"],
          ]))
    ])
  }

  private func stageGroup(_ world: World) throws {
    let name = "g\(Int.random(in: 0..<3, using: &world.random))"
    let members = Set(world.names.filter { $0.hasPrefix("p") })
    let some = world.random.some(members.sorted())
    let key: AttributeName = world.random.chance(70) ? "member" : world.attribute("owner")
    world.names.append(name)
    try world.test.stage([
      .entry(
        try world.test.entry(
          name, [key: try some.map { .reference(try world.dn($0)) }], type: "group"))
    ])
  }

  /// Links somebody to a new metaverse object, which is found by an address that only it has.
  private func project(_ world: World) throws {
    guard let name = world.names.randomElement(using: &world.random) else { return }
    let known = try world.test.store.look {
      [try $0.objectID(connector: world.test.source, anchor: Anchor("a-" + name))]
    }
    guard let id = known[0] else { return }
    try world.test.store.transaction { tx in
      let rule = try tx.ruleID(
        "rule \(Int.random(in: 0..<3, using: &world.random))",
        name: world.random.choose(["In from AD", "In from HR", "Ex 1"]))
      let address = AttributeValue.string(name + "@Contoso.test")
      let attribute = world.attribute("level")
      let metaverse = try tx.insertMetaverse(
        objectType: "person",
        image: try tx.encode([
          MetaverseAttribute(
            name: "userPrincipalName", values: [address], contributor: id, rule: rule, time: .now),
          MetaverseAttribute(
            name: attribute, values: ["1"], contributor: id, rule: rule, time: .now),
        ]), display: name, keys: [JoinKey("userPrincipalName", address)])
      try tx.link(id, to: metaverse, .projected, rule: rule)
      try tx.setIndexed(["userPrincipalName"], of: .metaverse)
    }
  }

  private func fail(_ world: World) throws {
    guard let name = world.names.randomElement(using: &world.random) else { return }
    let step = try world.test.step(.deltaSynchronization)
    try world.test.store.transaction { tx in
      let id = try tx.objectID(connector: world.test.source, anchor: Anchor("a-" + name))
      var error = StepError(
        .synchronization, .typeMismatch, objectID: id, dn: name, message: "why", hint: "what")
      error.rule = world.random.choose(["In from AD", "Ex 1"])
      try tx.record(error, step: step, connector: world.test.source)
    }
    try world.test.end(step, "completed-sync-errors")
  }

  private func act(_ world: World) throws {
    switch Int.random(in: 0..<8, using: &world.random) {
    case 0, 1: try stagePerson(world)
    case 2, 3: try stageGroup(world)
    case 4: try project(world)
    case 5: try fail(world)
    case 6:
      let name = "p\(Int.random(in: 0..<6, using: &world.random))"
      try world.test.stage([.delete(ObjectAddress(anchor: Anchor("a-" + name)))])
    default:
      _ = try world.test.provision(
        "q\(Int.random(in: 0..<99, using: &world.random))",
        DesiredImage(attributes: [
          Attribute(world.attribute("userName"), [.string(world.random.text(count: 1...3))])
        ]))
    }
  }

  // MARK: What is seen

  private func arranged(_ reader: StoreReader, _ source: ListSource, by field: String) throws
    -> [Int64]
  {
    var found: [Int64] = []
    try reader.arrange(source, by: ListArrangement(sort: ListSort(field))) {
      found += $0
      return true
    }
    return found
  }

  /// What a console shows, screen by screen.
  private func seen(_ reader: StoreReader) throws -> [String] {
    var seen: [String] = []
    for name in (0..<6).map({ "p\($0)" }) + ["g0", "g1", "g2"] {
      for text in [name, name.uppercased(), name + "@contoso.TEST", "a-" + name] {
        seen.append("find \(text): \(try reader.find(text)) \(try reader.findPast(text).map(\.id))")
      }
    }
    for connector in ["source", "target"] {
      for row in try reader.objects(
        connector: connector, scope: .all, text: "", after: nil, limit: 99)
      {
        seen.append("\(row) \(String(describing: try reader.object(id: row.id, valueLimit: 9)))")
      }
    }
    for (clause, scan) in [("p1@contoso.test", 99), ("P2@contoso.test", 2)] {
      var query = MetaverseQuery()
      query.clauses = [.init("userPrincipalName", .equals, clause)]
      seen.append("\(try reader.metaverse(query, after: nil, limit: 9, scan: scan))")
      seen.append("\(try arranged(reader, .metaverse(query), by: "error"))")
    }
    seen.append("\(try arranged(reader, .users(nil, isStale: false), by: "upn"))")
    seen.append("\(try arranged(reader, .openErrors(nil), by: "rule"))")
    seen.append(
      "\(try reader.users(order: .displayName, descending: false, text: "", state: nil, after: nil, limit: 99))"
    )
    return seen
  }

  @Test(
    "Objects, groups, addresses and rules that got their numbers meanwhile are seen",
    arguments: 0..<10)
  func anyHistory(_ seed: Int) throws {
    let world = try World(seed: seed)
    _ = try seen(world.old)
    for _ in 0..<12 {
      try act(world)
      let (old, new) = (try seen(world.old), try seen(try world.test.reader))
      for (one, other) in zip(old, new) where one != other {
        #expect(one == other)
        return
      }
      #expect(old.count == new.count)
    }
  }

  @Test("Whose group came after the console was opened is told as its member")
  func lateGroup() throws {
    let test = try TestStore()
    try test.stage([.entry(try test.entry("ann"))])
    let old = try test.reader
    let ann = try test.id("ann")
    #expect(try old.object(id: ann, valueLimit: 9)?.groups == [])
    try test.stage([
      .entry(
        try test.entry(
          "team", ["member": [.reference(try TestStore.dn("ann").text)]], type: "group"))
    ])
    #expect(try old.object(id: ann, valueLimit: 9)?.groups == [try TestStore.dn("team").text])
  }

  @Test("Who has an address in the metaverse alone is found by it, however early one has looked")
  func lateAddress() throws {
    let test = try TestStore()
    try test.stage([.entry(try test.entry("ann"))])
    let old = try test.reader
    let ann = try test.id("ann")
    #expect(try old.find("ann.miller@contoso.test") == [])
    try test.store.transaction { tx in
      let address = AttributeValue.string("Ann.Miller@contoso.test")
      let metaverse = try tx.insertMetaverse(
        objectType: "person", image: try tx.encode([MetaverseAttribute]()), display: "ann",
        keys: [JoinKey("userPrincipalName", address)])
      try tx.link(ann, to: metaverse, .projected, rule: 0)
    }
    #expect(try old.find("ann.miller@contoso.test").map(\.id) == [ann])
  }
}
