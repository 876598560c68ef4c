import Directory
import TestSupport
import Testing

@testable import SyncStore

/// Objects that are linked, parted and synchronized by chance, held against what was done to each.
@Suite("Objects and their links, beside a model that keeps one value for each")
struct LinkModelTests {
  /// What is known of one object.
  private struct Known: Equatable {
    var connector: Int64
    var dn: String
    var hasImage = true
    var hasPendingImport = true
    var metaverse: Int64?
    var kind = LinkKind.none
    var rule: Int64 = 0
    var isFiltered = false
    var hasError = false
    var flows: Int64 = 0

    init(connector: Int64, dn: String) { (self.connector, self.dn) = (connector, dn) }

    init(_ object: ConnectorSpaceObject) {
      self.init(connector: object.connector, dn: object.dn)
      hasImage = object.image != nil
      hasPendingImport = object.hasPendingImport
      (metaverse, kind, rule) = (object.metaverse, object.linkKind, object.linkRule)
      (isFiltered, hasError) = (object.isFiltered, object.hasSyncError)
      flows = object.referenceFlows
    }

    mutating func link(to id: Int64, _ kind: LinkKind, _ rule: Int64) {
      (metaverse, self.kind, self.rule, isFiltered) = (id, kind, rule, false)
    }
  }

  private final class World {
    let test: TestStore
    let people: [Int64]
    var random: SeededRandom
    var objects: [Int64: Known] = [:]
    private var made = 0

    init(seed: Int) throws {
      let test = try TestStore()
      self.test = test
      random = SeededRandom(seed: seed)
      people = try test.store.transaction { tx in
        try (0..<4).map {
          try tx.insertMetaverse(
            objectType: "person", image: tx.encode([MetaverseAttribute]()), display: "p\($0)",
            keys: [])
        }
      }
    }

    var connectors: [Int64] { [test.source, test.target] }

    func id(where condition: (Known) -> Bool = { _ in true }) -> Int64? {
      objects.keys.sorted().filter { objects[$0].map(condition) ?? false }
        .randomElement(using: &random)
    }

    func add() throws {
      made += 1
      let connector = random.choose(connectors)
      let entry = try test.entry("o\(made)", ["title": ["Clerk"]])
      try test.stage([.entry(entry)], connector: connector)
      objects[try test.id("o\(made)", connector: connector)] = Known(
        connector: connector, dn: entry.dn.text)
    }

    func delete() throws {
      guard let id = id(where: \.hasImage), let object = objects[id] else { return }
      try test.stage(
        [.delete(ObjectAddress(dn: try DistinguishedName(object.dn)))],
        connector: object.connector)
      objects[id]?.hasImage = false
      objects[id]?.hasPendingImport = true
    }

    func fail() throws {
      guard let id = id(), let object = objects[id] else { return }
      let step = try test.step(.deltaSynchronization, connector: object.connector)
      try test.store.transaction {
        try $0.record(
          StepError(
            .synchronization, .typeMismatch, objectID: id, dn: object.dn, message: "m", hint: "h"),
          step: step, connector: object.connector)
      }
      objects[id]?.hasError = true
    }
  }

  // MARK: What may happen

  private func act(_ world: World) throws {
    let store = world.test.store
    let person = world.random.choose(world.people)
    let number = Int64.random(in: 1...9, using: &world.random)
    switch Int.random(in: 0..<12, using: &world.random) {
    case 0, 1: try world.add()
    case 2:
      guard let id = world.id() else { return }
      let kind = world.random.choose([LinkKind.projected, .joined, .provisioned])
      try store.transaction { try $0.link(id, to: person, kind, rule: number) }
      world.objects[id]?.link(to: person, kind, number)
    case 3:
      guard let id = world.id() else { return }
      let isFiltered = Bool.random(using: &world.random)
      try store.transaction { try $0.unlink(id, isFiltered: isFiltered) }
      world.objects[id]?.metaverse = nil
      world.objects[id]?.kind = .none
      world.objects[id]?.rule = 0
      world.objects[id]?.isFiltered = isFiltered
    case 4:
      guard let id = world.id(where: \.hasImage) else { return }
      try store.transaction {
        try $0.linkProjected(id, to: person, rule: number, flows: number + 10)
      }
      world.objects[id]?.link(to: person, .projected, number)
      world.objects[id]?.hasPendingImport = false
      world.objects[id]?.hasError = false
      world.objects[id]?.flows = number + 10
    case 5:
      guard let id = world.id() else { return }
      try store.transaction { try $0.noteTakeover(of: id) }
      if world.objects[id]?.kind == .joined { world.objects[id]?.kind = .takenOver }
    case 6, 7:
      guard let id = world.id() else { return }
      let isFiltered = world.random.chance(30)
      let object = try world.test.object(id)
      try store.transaction { try $0.finishImport(of: object, isFiltered: isFiltered) }
      world.objects[id]?.hasPendingImport = false
      world.objects[id]?.hasError = false
      world.objects[id]?.isFiltered = isFiltered
    case 8:
      guard let id = world.id(where: \.hasImage) else { return }
      try store.transaction { try $0.keepPending(id) }
      world.objects[id]?.hasPendingImport = true
    case 9:
      guard let id = world.id() else { return }
      try store.transaction {
        try $0.setReferenceFlows(number, of: id, isFirst: number.isMultiple(of: 2))
      }
      world.objects[id]?.flows = number
    case 10:
      try Bool.random(using: &world.random) ? world.delete() : world.fail()
    default:
      guard let id = world.id() else { return }
      #expect(try store.transaction { try $0.removeUnsettled(id) } == [])
      world.objects[id] = nil
    }
  }

  // MARK: What must hold

  private func passes(_ object: Known, _ scope: SynchronizationScope) -> Bool {
    switch scope {
    case .all: object.hasImage
    case .lost: !object.hasImage && object.hasPendingImport
    case .pending: object.hasImage && object.hasPendingImport
    case .retry: false
    }
  }

  private func checkScopes(_ world: World, _ tx: StoreTransaction) throws {
    for connector in world.connectors {
      for scope in [SynchronizationScope.all, .lost, .pending, .retry] {
        let wanted = world.objects.filter { $0.value.connector == connector }
          .filter { passes($0.value, scope) }.keys.sorted()
        #expect(try tx.count(connector: connector, scope) == wanted.count)
        for limit in Set([1, wanted.count - 1, wanted.count, wanted.count + 1]) where limit > 0 {
          var paged: [Int64] = []
          while true {
            let page = try tx.storedObjects(
              connector: connector, scope, after: paged.last ?? 0, limit: limit)
            #expect(page.count <= limit)
            if page.isEmpty { break }
            paged += page.map(\.id)
          }
          #expect(paged == wanted, "\(scope) in pages of \(limit)")
          #expect(
            try tx.lastObject(connector: connector, scope, after: 0, limit: limit)
              == (limit > wanted.count ? nil : wanted[limit - 1]))
        }
      }
    }
  }

  private func checkLinks(_ world: World, _ tx: StoreTransaction) throws {
    let linked = world.objects.filter { $0.value.metaverse != nil }
    #expect(try tx.metaverseIDs(of: world.objects.keys) == linked.compactMapValues(\.metaverse))
    let pairs = linked.map { ($0.value.metaverse ?? 0, $0.key) }.sorted { $0 < $1 }
    let found = try tx.linkedIDs(to: world.people).map { ($0.metaverse, $0.object) }
    #expect(found.elementsEqual(pairs, by: ==))
    for person in world.people {
      let own = linked.filter { $0.value.metaverse == person }.keys.sorted()
      #expect(try tx.linked(to: person).map(\.id) == own)
      for connector in world.connectors {
        let here = own.filter { world.objects[$0]?.connector == connector }
        #expect(try tx.linkedID(to: person, connector: connector) == here.first)
        #expect(
          try tx.linkedIDs(to: [person], connector: connector).map(\.object) == here)
        let link = try tx.links(to: [person], connector: connector)[person]
        #expect(link?.kind == here.first.flatMap { world.objects[$0]?.kind })
        #expect(link?.rule == here.first.flatMap { world.objects[$0]?.rule })
      }
    }
    for connector in world.connectors {
      let here = world.objects.values.filter { $0.connector == connector }
      #expect(
        try tx.hasDisconnectors(connector: connector)
          == here.contains { $0.hasImage && $0.metaverse == nil })
      #expect(try tx.hasStaged(connector: connector) == here.contains(where: \.hasImage))
      #expect(try tx.hasObjects(connector: connector) == !here.isEmpty)
      #expect(try tx.stagedCount(connector: connector) == here.count(where: \.hasImage))
    }
  }

  @Test("Every question is answered as the model answers it", arguments: 0..<10)
  func anyHistory(_ seed: Int) throws {
    let world = try World(seed: seed)
    for _ in 0..<45 { try act(world) }
    try world.test.store.look { tx in
      let ids = Array(1...(world.objects.keys.max() ?? 1))
      for id in ids { #expect(try tx.object(id).map(Known.init) == world.objects[id]) }
      #expect(
        Set(try tx.storedObjects(ids.reversed()).map(\.id)) == Set(world.objects.keys))
      #expect(try tx.names(of: ids).mapValues(\.dn) == world.objects.mapValues(\.dn))
      let flows = try tx.referenceFlows(of: ids)
      #expect(
        Dictionary(uniqueKeysWithValues: flows.map { ($0.id, $0.flows) })
          == world.objects.filter(\.value.hasImage).mapValues(\.flows))
      try checkScopes(world, tx)
      try checkLinks(world, tx)
    }
  }

  @Test("Objects are decoded away from the store as the store reads them", arguments: 0..<4)
  func decoded(_ seed: Int) throws {
    let world = try World(seed: 100 + seed)
    for _ in 0..<30 { try act(world) }
    try world.test.store.look { tx in
      let coder = try tx.coder()
      for stored in try tx.storedObjects(world.objects.keys) {
        let (decoded, read) = (try coder.decode(stored), try tx.object(stored.id))
        #expect(Known(decoded) == read.map(Known.init))
        #expect(decoded.image == read?.image && decoded.last == read?.last)
        #expect(decoded.desired == read?.desired && decoded.lastDN == read?.lastDN)
        #expect(decoded.anchor == read?.anchor && decoded.display == read?.display)
      }
    }
  }
}
