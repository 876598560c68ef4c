import Directory
import TestSupport
import Testing

@testable import SyncStore

/// Metaverse objects and objects of a directory with values by chance, looked up as joins do.
@Suite("Joins find what a walk through everything finds")
struct JoinModelTests {
  private static let indexed: [AttributeName] = ["mail", "employeeID"]
  private static let types = ["person", "group", "*"]
  /// Values of which some differ by case, some by their type, and some by what nobody sees.
  private static let values: [AttributeValue] =
    HostileText.names.prefix(12).map { .string($0) } + [
      "Ann", "ANN", "ann ", "Straße", "STRASSE", "İI", "ıi", .binary([1, 2, 3]), "AQID", "aqid",
      .integer(7), "7", .boolean(true), "true", "", .binary([]), "a\0b", "a",
    ]

  private typealias Values = [AttributeName: [AttributeValue]]

  private final class World {
    let test: TestStore
    var random: SeededRandom
    /// The metaverse.
    var people: [Int64: (type: String, values: Values)] = [:]

    init(seed: Int) throws {
      test = try TestStore()
      random = SeededRandom(seed: seed)
    }

    func some() -> Values {
      var result: Values = [:]
      for name in indexed where random.chance(80) {
        var seen: Set<AttributeValue> = []
        result[name] = (0..<Int.random(in: 0...3, using: &random)).map { _ in
          random.choose(values)
        }.filter { seen.insert($0).inserted }
      }
      return result
    }

    func query() -> JoinQuery {
      let others = random.some([0, 1], percent: 35).map { _ in
        let name = random.choose(indexed)
        return (0...Int.random(in: 0...2, using: &random)).map { _ in
          JoinKey(name, random.choose(values))
        }
      }
      return JoinQuery(
        JoinKey(random.choose(indexed), random.choose(values)), others: others,
        objectType: random.choose(types))
    }
  }

  /// The values of an attribute as whoever looks at them knows them.
  private static func spelled(_ values: Values, _ name: AttributeName) -> Set<[UInt8]> {
    Set(values[name, default: []].map { Array($0.portableText.lowercased().utf8) })
  }

  private static func fulfils(_ values: Values, _ query: JoinQuery) -> Bool {
    ([[query.key]] + query.others).allSatisfy { keys in
      keys.contains { spelled(values, $0.attribute).contains(Array($0.value.utf8)) }
    }
  }

  private func keys(_ values: Values) -> [JoinKey] {
    values.flatMap { name, values in values.map { JoinKey(name, $0) } }
  }

  private func image(_ values: Values) -> [MetaverseAttribute] {
    values.map {
      MetaverseAttribute(
        name: $0.key, values: $0.value, contributor: 1, rule: 0, time: Timestamp(milliseconds: 1))
    }.sorted { $0.name < $1.name }
  }

  private func act(_ world: World) throws {
    let values = world.some()
    let known = world.people.keys.sorted().randomElement(using: &world.random)
    try world.test.store.transaction { tx in
      switch (Int.random(in: 0..<6, using: &world.random), known) {
      case (0...2, _), (_, nil):
        let type = world.random.choose(["person", "group"])
        let id = try tx.insertMetaverse(
          objectType: type, image: tx.encode(image(values)), display: "", keys: keys(values))
        world.people[id] = (type, values)
      case (3...4, let id?):
        let old = Set(keys(world.people[id]?.values ?? [:]))
        let new = Set(keys(values))
        try tx.updateMetaverse(
          id, image: tx.encode(image(values)), display: "x",
          removed: Array(old.subtracting(new)), added: Array(new.subtracting(old)))
        world.people[id]?.values = values
      case (_, let id?):
        try tx.deleteMetaverse(id, keys: keys(world.people[id]?.values ?? [:]))
        world.people[id] = nil
      }
    }
  }

  @Test("In the metaverse, after any inserts, updates and deletes", arguments: 0..<10)
  func metaverse(_ seed: Int) throws {
    let world = try World(seed: seed)
    for _ in 0..<50 { try act(world) }
    try world.test.store.look { tx throws in
      #expect(try tx.metaverseCount() == world.people.count)
      for _ in 0..<80 {
        let query = world.query()
        let wanted = world.people.filter {
          (query.objectType == "*" || query.objectType == $0.value.type)
            && Self.fulfils($0.value.values, query)
        }.keys.sorted()
        #expect(
          try tx.metaverseHolding(query) == Array(wanted.prefix(StoreTransaction.joinLimit)),
          "\(query)")
      }
      for (id, person) in world.people {
        let object = try #require(try tx.metaverse(id))
        #expect(object.objectType == person.type)
        for (name, values) in person.values {
          #expect(Set(object.values[name]) == Set(values))
        }
      }
    }
  }

  @Test("In a connector space, those without a link first", arguments: 0..<8)
  func connectorSpace(_ seed: Int) throws {
    let world = try World(seed: seed)
    let (test, connector) = (world.test, world.test.source)
    var objects: [Int64: (values: Values, isLinked: Bool)] = [:]
    for number in 0..<30 {
      let values = world.some()
      let attributes = AttributeSet(values.map { Attribute($0.key, $0.value) })
      try test.stage([.entry(try test.entry("o\(number)", attributes))])
      objects[try test.id("o\(number)")] = (values, false)
    }
    // Joins look for `employeeID` only since now; staging keeps `mail` itself.
    let names = Set(Self.indexed)
    var last: Int64? = 0
    while let after = last {
      last = try test.store.transaction {
        try $0.index(names, in: .connector(connector), after: after, limit: 7)
      }
    }
    try test.store.transaction { tx in
      let person = try tx.insertMetaverse(
        objectType: "person", image: tx.encode([MetaverseAttribute]()), display: "", keys: [])
      for id in objects.keys.sorted() where world.random.chance(40) {
        try tx.link(id, to: person, .joined, rule: 0)
        objects[id]?.isLinked = true
      }
    }
    try test.store.look { tx throws in
      for _ in 0..<80 {
        var query = world.query()
        query = JoinQuery(query.key, others: query.others, objectType: "user")
        let wanted = objects.filter { Self.fulfils($0.value.values, query) }
          .sorted { ($0.value.isLinked ? 1 : 0, $0.key) < ($1.value.isLinked ? 1 : 0, $1.key) }
        #expect(
          try tx.objectsHolding(query, connector: connector)
            == wanted.prefix(StoreTransaction.joinLimit).map(\.key), "\(query)")
        #expect(try tx.objectsHolding(query, connector: test.target) == [])
        let strange = JoinQuery(query.key, others: query.others, objectType: "contact")
        #expect(try tx.objectsHolding(strange, connector: connector) == [])
      }
    }
  }

  @Test("Of very many that fulfil it a few are told", arguments: [9, 10, 11, 30])
  func limit(count: Int) throws {
    let test = try TestStore()
    let key = JoinKey("mail", "same@contoso.test")
    let ids = try test.store.transaction { tx in
      try (0..<count).map { _ in
        try tx.insertMetaverse(
          objectType: "person", image: tx.encode([MetaverseAttribute]()), display: "", keys: [key])
      }
    }
    let found = try test.store.look {
      try $0.metaverseHolding(JoinQuery(key, objectType: JoinQuery.anyType))
    }
    #expect(found == Array(ids.prefix(10)))
  }

  @Test(
    "A condition is fulfilled by the values that look-ups find, and by no other", arguments: 0..<6)
  func lookups(_ seed: Int) throws {
    let world = try World(seed: seed)
    for _ in 0..<200 {
      let there = AttributeSet(world.some().map { Attribute($0.key, $0.value) })
      let lookup = JoinLookup(
        attribute: world.random.choose(Self.indexed),
        values: (0...1).map { _ in world.random.choose(Self.values) },
        isCaseSensitive: Bool.random(using: &world.random))
      let keys = Set(lookup.keys)
      let found = there[lookup.attribute].filter { keys.contains(JoinKey(lookup.attribute, $0)) }
      // Whoever is found may not fulfil it after all; whoever fulfils it is found.
      if found.isEmpty { #expect(!lookup.matches(there), "\(lookup) \(there)") }
      let isBinary =
        (lookup.values + found).contains { if case .binary = $0 { true } else { false } }
      if !lookup.isCaseSensitive, !isBinary { #expect(lookup.matches(there) == !found.isEmpty) }
    }
    #expect([JoinLookup]().queries(type: "person").isEmpty)
  }

  @Test("Several conditions are asked for at once, whichever value the first one has")
  func queries() {
    let first = JoinLookup(attribute: "mail", values: ["a", "b"], isCaseSensitive: false)
    let second = JoinLookup(attribute: "employeeID", values: ["1"], isCaseSensitive: true)
    let queries = [first, second].queries(type: "user")
    #expect(queries.map(\.key) == [JoinKey("mail", "a"), JoinKey("mail", "b")])
    #expect(queries.allSatisfy { $0.others == [[JoinKey("employeeID", "1")]] })
    #expect(queries.allSatisfy { $0.objectType == "user" })
  }

  @Test("What is indexed later is found as what was indexed at once", arguments: [1, 2, 5, 100])
  func indexedLater(limit: Int) throws {
    let world = try World(seed: 77)
    for _ in 0..<40 { try act(world) }
    let (test, names) = (world.test, Set(Self.indexed))
    func rows() throws -> [String] {
      try test.store.look { tx throws in
        try tx.rows("SELECT attribute_id, hex(value), mv_id FROM mv_value ORDER BY 1, 2, 3")
          .map { "\($0[0] as Int64) \($0[1] as String) \($0[2] as Int64)" }
      }
    }
    let before = try rows()
    try test.store.transaction { try $0.dropIndex(of: .metaverse, but: []) }
    #expect(try rows() == [])
    var last: Int64? = 0
    while let after = last {
      last = try test.store.transaction {
        try $0.index(names, in: .metaverse, after: after, limit: limit)
      }
    }
    #expect(try rows() == before)
    try test.store.transaction { try $0.dropIndex(of: .metaverse, but: ["mail"]) }
    let kept = try test.store.look {
      try $0.integer("SELECT COUNT(DISTINCT attribute_id) FROM mv_value")
    }
    #expect(kept == 1)
  }

  @Test("Which attributes are indexed is known by their names in any case, or not at all")
  func known() throws {
    let test = try TestStore()
    for space in [JoinSpace.metaverse, .connector(test.source), .connector(test.target)] {
      #expect(try test.store.look { [try $0.indexedAttributes(of: space)] } == [nil])
    }
    try test.store.transaction { tx in
      try tx.setIndexed(["Mail", "employeeID"], of: .connector(test.source))
      try tx.setIndexed([AttributeName](), of: .metaverse)
    }
    try test.store.look { tx throws in
      #expect(
        try tx.indexedAttributes(of: .connector(test.source))
          == [AttributeName("MAIL").key, AttributeName("employeeid").key])
      #expect(try tx.indexedAttributes(of: .metaverse) == [])
      #expect(try tx.indexedAttributes(of: .connector(test.target)) == nil)
    }
  }
}
