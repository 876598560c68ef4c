import Directory
import TestSupport
import Testing

@testable import SyncStore

/// References that rules give and take by chance, held against a dictionary of them.
@Suite("References of the metaverse, beside a dictionary of them")
struct MetaverseReferenceModelTests {
  private struct Key: Hashable {
    var source: Int64
    var attribute: AttributeName
    var target: Int64
    var contributor: Int64
  }

  private struct Value: Equatable {
    var rule: Int64
    var precedence: Int
    /// 0 looked at, 1 yet to be looked at, 2 taken out.
    var state: Int
  }

  private final class World {
    let test: TestStore
    let people: [Int64]
    let contributors: [Int64]
    var random: SeededRandom
    var rows: [Key: Value] = [:]

    init(seed: Int) throws {
      let test = try TestStore()
      self.test = test
      random = SeededRandom(seed: seed)
      people = try test.store.transaction { tx in
        _ = try tx.coder(
          numbering: ["member", "manager"] as [AttributeName],
          rules: [(key: String, name: String)]())
        return try (0..<4).map {
          try tx.insertMetaverse(
            objectType: "person", image: tx.encode([MetaverseAttribute]()), display: "p\($0)",
            keys: [])
        }
      }
      try test.stage(try (0..<3).map { .entry(try test.entry("s\($0)")) })
      try test.stage([.entry(try test.entry("t"))], connector: test.target)
      contributors =
        try (0..<3).map { try test.id("s\($0)") } + [test.id("t", connector: test.target)]
      try test.synchronizeAll()
    }

    func key() -> Key {
      Key(
        source: random.choose(people), attribute: random.choose(["member", "manager"]),
        target: random.choose(people), contributor: random.choose(contributors))
    }

    func holds(_ key: Key, _ holder: StoreTransaction.MetaverseReferences) -> Bool {
      key.source == holder.source && key.attribute == holder.attribute
    }

    /// Brings rows of a state to another one where it is true of them.
    func mark(_ state: Int, from old: Set<Int> = [0, 1], where isMeant: (Key, Value) -> Bool) {
      for (key, value) in rows where old.contains(value.state) && isMeant(key, value) {
        rows[key]?.state = state
      }
    }
  }

  // MARK: What may happen

  private func act(_ world: World) throws {
    let key = world.key()
    let holder = StoreTransaction.MetaverseReferences(source: key.source, attribute: key.attribute)
    let precedence = Int.random(in: 1...3, using: &world.random)
    let ids = world.random.some(world.people, percent: 30)
    try world.test.store.transaction { tx in
      switch Int.random(in: 0..<11, using: &world.random) {
      case 0, 1, 2:
        let rule = Int64.random(in: 1...2, using: &world.random)
        let before = try tx.flow(
          key.attribute, from: key.source, to: key.target, contributor: key.contributor,
          rule: rule, precedence: precedence)
        #expect(before == world.rows[key]?.precedence)
        let old = world.rows[key]
        let isSame = old?.state == 0 && old?.precedence == precedence
        world.rows[key] = Value(rule: rule, precedence: precedence, state: isSame ? 0 : 1)
      case 3:
        let wasThere = try tx.unflow(
          key.attribute, from: key.source, to: key.target, contributor: key.contributor)
        #expect(wasThere == (world.rows[key].map { $0.state != 2 } ?? false))
        world.rows[key]?.state = 2
      case 4, 5:
        let limit = Int.random(in: 1...9, using: &world.random)
        for reference in try tx.changedMetaverseReferences(from: key.source, limit: limit) {
          try tx.settle(reference)
          let key = self.key(reference)
          #expect(reference.isRemoved == (world.rows[key]?.state == 2))
          #expect(reference.precedence == world.rows[key]?.precedence)
          if reference.isRemoved { world.rows[key] = nil } else { world.rows[key]?.state = 0 }
        }
      case 6:
        try tx.overrideWeaker(than: precedence, of: holder)
        let own = world.rows.filter { world.holds($0.key, holder) && $0.value.state == 0 }
        if !own.values.contains(where: { $0.precedence <= precedence }) {
          world.mark(1, from: [0]) { world.holds($0, holder) && $1.precedence > precedence }
        }
      case 7:
        try tx.promote(precedence, of: holder)
        let own = world.rows.filter { world.holds($0.key, holder) }
        if !own.values.contains(where: { $0.precedence < precedence }) {
          world.mark(1, from: [0]) { world.holds($0, holder) && $1.precedence == precedence }
        }
      case 8:
        try tx.touchMetaverseReferences(of: ids)
        world.mark(1, from: [0]) { key, _ in ids.contains(key.source) || ids.contains(key.target) }
      case 9:
        let kept = world.random.chance(50) ? [KeptReferences(attribute: "member", rule: 1)] : []
        try tx.setReferenceFlows(5, of: key.contributor, isFirst: false, keeping: kept)
        world.mark(2) { other, value in
          other.contributor == key.contributor
            && !(!kept.isEmpty && other.attribute == "member" && value.rule == 1)
        }
        // What stays counts behind all that rules give.
        for (other, value) in world.rows
        where other.contributor == key.contributor && value.state != 2 && value.precedence < 10 {
          world.rows[other]?.precedence += KeptReferences.rank
          world.rows[other]?.state = 1
        }
      default:
        // Only what is linked can be parted.
        guard try tx.object(key.contributor)?.metaverse == nil else { return }
        try tx.link(key.contributor, to: key.source, .joined, rule: 0)
        try tx.unlink(key.contributor, isFiltered: false)
        world.mark(2) { other, _ in other.contributor == key.contributor }
      }
    }
  }

  private func key(_ reference: StoreTransaction.ChangedMetaverseReference) -> Key {
    Key(
      source: reference.holder.source, attribute: reference.holder.attribute,
      target: reference.target, contributor: reference.contributor)
  }

  // MARK: What must hold

  private func check(_ world: World, _ tx: StoreTransaction) throws {
    let changed = Set(world.rows.filter { $0.value.state != 0 }.keys)
    let all = try tx.changedMetaverseReferences(from: 0, limit: 1000)
    #expect(Set(all.map(key)) == changed && all.count == changed.count)
    #expect(all.map(\.holder.source) == all.map(\.holder.source).sorted())
    for person in world.people {
      let from = try tx.changedMetaverseReferences(from: person, limit: 1000)
      #expect(Set(from.map(key)) == changed.filter { $0.source >= person })
      for attribute in ["member", "manager"] as [AttributeName] {
        let holder = StoreTransaction.MetaverseReferences(source: person, attribute: attribute)
        let own = world.rows.filter { world.holds($0.key, holder) && $0.value.state != 2 }
        #expect(try tx.strongest(of: holder) == own.values.map(\.precedence).min())
        let targets = Set(own.keys.map(\.target))
        #expect(try tx.metaverseReferenceCount(of: person, attribute) == targets.count)
        for limit in [0, 1, max(0, targets.count - 1), targets.count, targets.count + 1] {
          let shown = try tx.metaverseReferences(of: person, attribute, limit: limit)
          #expect(shown.count == min(limit, targets.count))
          #expect(Set(shown).isSubset(of: targets.map { AttributeValue.reference("{\($0)}") }))
        }
        for other in world.people {
          for contributor in world.contributors {
            let key = Key(
              source: person, attribute: attribute, target: other, contributor: contributor)
            let giver = try tx.giver(
              of: attribute, from: person, to: other, contributor: contributor)
            let counted = world.rows[key].flatMap { $0.state == 2 ? nil : $0 }
            #expect(giver?.rule == counted?.rule && giver?.precedence == counted?.precedence)
          }
        }
      }
    }
    for reference in all {
      let same = own(reference, world).filter { $0.state != 2 }.map(\.precedence)
      #expect(try tx.strongest(of: reference) == same.min())
    }
  }

  /// The rows by which rules give one reference.
  private func own(
    _ reference: StoreTransaction.ChangedMetaverseReference, _ world: World
  ) -> [Value] {
    world.rows.filter {
      world.holds($0.key, reference.holder) && $0.key.target == reference.target
    }.map(\.value)
  }

  @Test("Every question is answered as the dictionary answers it", arguments: 0..<10)
  func anyHistory(_ seed: Int) throws {
    let world = try World(seed: seed)
    for step in 1...90 {
      try act(world)
      if step.isMultiple(of: 9) { try world.test.store.look { try check(world, $0) } }
    }
  }

  @Test(
    "What a connector gave is taken back in pieces of any size, but what is to stay",
    arguments: 0..<10)
  func takenBack(_ seed: Int) throws {
    let world = try World(seed: 50 + seed)
    for _ in 0..<60 { try act(world) }
    let (store, source) = (world.test.store, world.test.source)
    let kept: Set<AttributeName> = world.random.chance(50) ? ["manager", "never heard of"] : []
    let limit = Int.random(in: 1...12, using: &world.random)
    // Of one that can't be synchronized all stays.
    let failed = world.contributors[0]
    let step = try world.test.step(.deltaSynchronization)
    try store.transaction { tx in
      try tx.keepPending(failed)
      try tx.record(
        StepError(
          .synchronization, .typeMismatch, objectID: failed, dn: "x", message: "m", hint: "h"),
        step: step, connector: source)
    }
    var (last, pieces): (Int64?, Int) = (0, 0)
    while let after = last {
      last = try store.transaction {
        try $0.takeBackReferences(connector: source, but: kept, after: after, limit: limit)
      }
      pieces += 1
      try #require(pieces < 100)
    }
    world.mark(2) { key, _ in
      world.contributors.prefix(3).contains(key.contributor) && key.contributor != failed
        && !kept.contains(key.attribute)
    }
    try store.look { try check(world, $0) }
  }

  @Test("References to and from an object that is deleted go out, and no others", arguments: 0..<8)
  func deleted(_ seed: Int) throws {
    let world = try World(seed: 80 + seed)
    for _ in 0..<60 { try act(world) }
    let gone = world.random.choose(world.people)
    try world.test.store.transaction { try $0.deleteMetaverse(gone, keys: []) }
    world.mark(2) { key, _ in key.source == gone || key.target == gone }
    try world.test.store.look { tx in
      try check(world, tx)
      #expect(try tx.metaverse(gone)?.id == nil)
      #expect(try tx.metaverseCount() == 3)
    }
  }

  @Test("The attributes whose references are united are known by any spelling, until others are")
  func united() throws {
    let test = try TestStore()
    for names in [["member", "owner"], ["Member"], []] as [Set<AttributeName>] {
      try test.store.transaction { try $0.note(merged: names) }
      #expect(try test.store.look { try $0.mergedReferences() } == names)
    }
  }
}
