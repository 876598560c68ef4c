import Directory
import TestSupport
import Testing

@testable import SyncStore

/// References of a directory that change, settle and are looked at again by chance.
@Suite("References of a connector space, beside a dictionary of them")
struct ConnectorReferenceModelTests {
  private struct Key: Hashable {
    var source: Int64
    var attribute: AttributeName
    var value: String
  }

  private struct Value: Equatable {
    var target: Int64?
    /// 0 looked at, 1 yet to be looked at, 2 taken out.
    var state: Int
  }

  private final class World {
    let test: TestStore
    var random: SeededRandom
    var groups: [Int64] = []
    var people: [String: Int64] = [:]
    var rows: [Key: Value] = [:]

    static let names = ["p0", "p1", "p2", "nobody"]
    static let attributes: [AttributeName] = ["member", "owner"]

    init(seed: Int) throws {
      test = try TestStore()
      random = SeededRandom(seed: seed)
      try test.stage(
        try ["p0", "p1", "p2"].map { .entry(try test.entry($0)) }
          + (0..<4).map { .entry(try test.entry("g\($0)", type: "group")) })
      groups = try (0..<4).map { try test.id("g\($0)") }
      for name in ["p0", "p1", "p2"] { people["a-" + name] = try test.id(name) }
      let source = test.source
      try test.store.transaction { try $0.fullImportDone(source) }
    }

    var ids: [Int64] { groups + people.values.sorted() }

    func key() -> Key {
      Key(
        source: random.choose(groups), attribute: random.choose(Self.attributes),
        value: "a-" + random.choose(Self.names))
    }

    func mark(_ state: Int, where isMeant: (Key, Value) -> Bool) {
      for (key, value) in rows where value.state == 0 && isMeant(key, value) {
        rows[key]?.state = state
      }
    }
  }

  // MARK: What may happen

  /// Adds references to an attribute and takes others away, as a directory tells it.
  private func modify(_ world: World) throws {
    let key = world.key()
    let number = world.groups.firstIndex(of: key.source) ?? 0
    let (added, removed) = (
      world.random.some(World.names, percent: 40), world.random.some(World.names, percent: 40)
    )
    func values(_ names: [String]) -> [AttributeValue] { names.map { .reference("a-" + $0) } }
    try world.test.stage([
      .modify(
        ObjectAddress(anchor: Anchor("a-g\(number)")),
        [
          AttributeChange(
            key.attribute, .update(added: values(added), removed: values(removed)))
        ])
    ])
    for name in removed {
      world.rows[Key(source: key.source, attribute: key.attribute, value: "a-" + name)]?.state = 2
    }
    for name in added {
      let own = Key(source: key.source, attribute: key.attribute, value: "a-" + name)
      guard world.rows[own].map({ $0.state == 2 }) ?? true else { continue }
      world.rows[own] = Value(target: world.people["a-" + name], state: 1)
    }
  }

  private func act(_ world: World) throws {
    let (store, source) = (world.test.store, world.test.source)
    let ids = world.random.some(world.ids, percent: 25)
    switch Int.random(in: 0..<7, using: &world.random) {
    case 0, 1, 2: try modify(world)
    case 3, 4:
      let limit = Int.random(in: 1...6, using: &world.random)
      try store.transaction { tx in
        for reference in try tx.changedReferences(
          connector: source, outbound: [String](), limit: limit)
        {
          try tx.settle(reference)
          let key = key(reference)
          #expect(reference.isRemoved == (world.rows[key]?.state == 2))
          if reference.isRemoved { world.rows[key] = nil } else { world.rows[key]?.state = 0 }
        }
      }
    case 5:
      try store.transaction { try $0.touchReferences(of: ids) }
      world.mark(1) { key, value in
        ids.contains(key.source) || value.target.map(ids.contains) ?? false
      }
    default:
      let id = world.random.choose(world.groups)
      try store.transaction { try $0.setReferenceFlows(3, of: id, isFirst: false) }
      world.mark(1) { key, _ in key.source == id }
    }
  }

  private func key(_ reference: StoreTransaction.ChangedReference) -> Key {
    Key(source: reference.source, attribute: reference.attribute, value: reference.value)
  }

  // MARK: What must hold

  private func check(_ world: World) throws {
    try world.test.store.look { tx in
      let changed = try tx.changedReferences(
        connector: world.test.source, outbound: [String](), limit: 1000)
      let wanted = world.rows.filter { $0.value.state != 0 }
      #expect(Set(changed.map(key)) == Set(wanted.keys) && changed.count == wanted.count)
      #expect(changed.map(\.source) == changed.map(\.source).sorted())
      for reference in changed where !reference.isRemoved {
        #expect(reference.target == world.rows[key(reference)]?.target)
      }
      for group in world.groups {
        for attribute in World.attributes {
          let own = world.rows.filter {
            $0.key.source == group && $0.key.attribute == attribute && $0.value.state != 2
          }
          #expect(try tx.referenceCount(of: group, attribute) == own.count)
          for limit in Set([0, 1, own.count - 1, own.count, own.count + 1]) where limit >= 0 {
            #expect(
              try tx.references(of: group, attribute, limit: limit).count
                == min(limit, own.count))
          }
          for (anchor, id) in world.people {
            let key = Key(source: group, attribute: attribute, value: anchor)
            #expect(try tx.refers(group, attribute, to: id) == (own[key] != nil))
          }
        }
        #expect(try tx.referenceCount(of: group, "never heard of") == 0)
      }
      let waiting = try tx.waiting(connector: world.test.source, for: nil)
      for attribute in World.attributes {
        let sources = world.rows.filter {
          $0.key.attribute == attribute && $0.value.target == nil && $0.value.state != 2
        }.map { Anchor("a-g\(world.groups.firstIndex(of: $0.key.source) ?? 0)") }
        #expect(Set(waiting[attribute] ?? []) == Set(sources))
      }
    }
  }

  @Test("Every question is answered as the dictionary answers it", arguments: 0..<10)
  func anyHistory(_ seed: Int) throws {
    let world = try World(seed: seed)
    for step in 1...48 {
      try act(world)
      if step.isMultiple(of: 8) { try check(world) }
    }
  }

  @Test(
    "All references of a connector are looked at again, in pieces of any size", arguments: 0..<6)
  func again(_ seed: Int) throws {
    let world = try World(seed: 30 + seed)
    for _ in 0..<40 { try act(world) }
    let limit = Int.random(in: 1...9, using: &world.random)
    for connector in [world.test.target, world.test.source] {
      var (last, pieces): (Int64?, Int) = (0, 0)
      while let after = last {
        last = try world.test.store.transaction {
          try $0.lookAgainAtReferences(connector: connector, after: after, limit: limit)
        }
        pieces += 1
        try #require(pieces < 100)
      }
      // Nothing of another connector is looked at.
      if connector == world.test.source { world.mark(1) { _, _ in true } }
      try check(world)
    }
  }

  @Test("References of what can't be synchronized wait, unless a rule of a target failed with it")
  func failed() throws {
    let world = try World(seed: 3)
    for _ in 0..<20 { try modify(world) }
    let group = try #require(world.rows.first { $0.value.state != 0 }?.key.source)
    let step = try world.test.step(.deltaSynchronization)
    try world.test.store.transaction { tx in
      var error = StepError(
        .synchronization, .typeMismatch, objectID: group, dn: "x", message: "m", hint: "h")
      error.rule = "Out 'to' \"target\""
      try tx.record(error, step: step, connector: world.test.source)
    }
    func sources(_ outbound: [String]) throws -> Set<Int64> {
      Set(
        try world.test.store.look {
          try $0.changedReferences(
            connector: world.test.source, outbound: outbound, limit: 1000)
        }.map(\.source))
    }
    #expect(try !sources([]).contains(group))
    #expect(try !sources(["In from source"]).contains(group))
    #expect(try sources(["x", "Out 'to' \"target\""]).contains(group))
    // What is not pending any more is taken in.
    let object = try world.test.object(group)
    try world.test.store.transaction { try $0.finishImport(of: object, isFiltered: false) }
    #expect(try sources([]).contains(group))
  }

  @Test("While a full import is due, attributes wait of which something was taken out, no others")
  func halfRead() throws {
    let world = try World(seed: 5)
    for _ in 0..<20 { try modify(world) }
    let source = world.test.source
    try world.test.store.transaction { try $0.requireFullImport(source, because: "it broke off") }
    let changed = try world.test.store.look {
      try $0.changedReferences(connector: source, outbound: [String](), limit: 1000)
    }
    let wanted = world.rows.filter { key, value in
      value.state != 0
        && !world.rows.contains {
          $0.key.source == key.source && $0.key.attribute == key.attribute && $0.value.state == 2
        }
    }
    #expect(Set(changed.map(key)) == Set(wanted.keys))
    #expect(!wanted.isEmpty && world.rows.values.contains { $0.state == 2 })
    try world.test.store.transaction { try $0.fullImportDone(source) }
    try check(world)
  }
}
