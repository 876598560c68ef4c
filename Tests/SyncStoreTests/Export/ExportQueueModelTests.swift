import Directory
import TestSupport
import Testing

@testable import SyncStore

/// Objects of a target in any state, whose queue is held against a walk through all of them.
@Suite("What is sent, and in which order, is what a walk through everything gives")
struct ExportQueueModelTests {
  /// An object of a target.
  struct Item {
    var id: Int64 = 0
    var type = "user"
    var name = ""
    var anchor: String?
    /// 0 none, 1 add, 2 update, 4 delete.
    var pending = 0
    var state = ExportState.idle
    var isReleased = false
    var isHeld = false
    var exported: Int64?
    var isShut = false
    var isToldMissing = false
  }

  /// A reference that a target is to get or to lose.
  struct Reference: Hashable {
    var source: Int64
    var target: Int64
    /// 1 and 2 are to be sent, 3 and 4 were.
    var state: Int
  }

  private final class World {
    let test: TestStore
    var random: SeededRandom
    var items: [Item] = []
    var references: [Reference] = []

    init(seed: Int) throws {
      test = try TestStore()
      random = SeededRandom(seed: seed)
      for number in 1...14 { items.append(try add(number)) }
      try refer()
    }

    func item(_ id: Int64) -> Item? { items.first { $0.id == id } }

    private func add(_ number: Int) throws -> Item {
      var item = Item(type: random.choose(["user", "group", "gr\0up"]))
      // Some are to be made under the name of one that is to go.
      item.name = "n\(Int.random(in: 0..<9, using: &random))"
      item.anchor = random.chance(60) ? "a\(number)" : nil
      item.pending = random.choose([0, 1, 2, 2, 4])
      item.state = random.choose([.idle, .idle, .unconfirmed, .unknown, .accepted])
      item.isReleased = random.chance(25)
      item.isHeld = random.chance(35)
      let now = Timestamp.now.milliseconds
      item.exported = random.choose([nil, 1000, 2000, 3000, now + 90_000_000])
      item.isShut = random.chance(30)
      item.isToldMissing = random.chance(25)
      try write(&item)
      return item
    }

    private func write(_ item: inout Item) throws {
      let dn = try DistinguishedName("CN={\(item.name)}")
      let own = item
      let step = try test.step(.deltaImport, connector: test.target)
      item.id = try test.store.transaction { tx in
        let desired = DesiredImage(attributes: [Attribute("active", [.boolean(!own.isShut)])])
        let image = try tx.coding.encode([Attribute("active", [.boolean(true)])])
        try tx.execute(
          """
          INSERT INTO cs_object(connector_id, dn, dn_path, object_type, display, desired, image,
            anchor, pending_export, export_state, is_released, exported_at)
          VALUES (?, ?, ?, ?, '', ?, ?, ?, ?, ?, ?, ?)
          """,
          [
            test.target, dn.text, dn.path, own.type, Blob(bytes: try tx.encode(desired).bytes),
            Blob(bytes: image), own.anchor, own.pending, own.state.rawValue, own.isReleased,
            own.exported,
          ])
        let id = try #require(try tx.integer("SELECT MAX(id) FROM cs_object"))
        if own.isHeld { try tx.setCause("why", .updates, of: id, connector: test.target) }
        if own.isToldMissing {
          try tx.record(
            StepError(
              .synchronization, .exportedChangeNotReimported, objectID: id, dn: "x", message: "m",
              hint: "h"), step: step, connector: test.target)
        }
        return id
      }
    }

    private func refer() throws {
      var pairs: Set<[Int64]> = []
      for _ in 0..<20 {
        let pair = [random.choose(items).id, random.choose(items).id]
        guard pairs.insert(pair).inserted else { continue }
        references.append(
          Reference(source: pair[0], target: pair[1], state: random.choose([1, 1, 2, 3, 4])))
      }
      try test.store.transaction { tx in
        let attribute = try tx.dictionaries.id("member", tx.db)
        for one in references {
          try tx.execute(
            """
            INSERT INTO export_reference(source_id, attribute_id, target_id, state)
            VALUES (?, ?, ?, ?)
            """, [one.source, attribute, one.target, one.state])
        }
      }
    }

    // MARK: What a walk gives

    func passes(_ item: Item) -> Bool { item.isReleased || item.state != .idle || !item.isHeld }

    /// Whether what was taken since `moment` is still to be shown.
    func isFresh(_ item: Item, _ moment: Int64?) -> Bool {
      guard let moment else { return false }
      return item.exported ?? 0 >= moment
        && item.exported ?? 0 <= Timestamp.now.milliseconds + 86_400_000
    }

    func isSent(_ item: Item, _ moment: Int64?) -> Bool {
      [1, 2].contains(item.pending) && item.state != .accepted && passes(item)
        && !(item.state == .unconfirmed && isFresh(item, moment))
    }

    func awaitsPlace(_ item: Item) -> Bool {
      item.pending == 1 && items.contains { $0.name == item.name && $0.pending == 4 }
    }

    func waits(_ item: Item, most: Int?) -> Bool {
      let own = references.filter { $0.source == item.id && $0.state == 1 }
      return item.anchor == nil && item.state == .idle
        && own.contains { $0.target != item.id && self.item($0.target)?.anchor == nil }
        && most.map { own.count <= $0 } ?? true
    }
  }

  private static let moments: [Int64?] = [nil, 1500, 2000, 5000]

  /// Every size of pages that may go wrong for so many rows.
  private func limits(_ count: Int) -> Set<Int> {
    Set([1, count - 1, count, count + 1]).filter { $0 > 0 }
  }

  @Test("Adds and updates, in pages of any size, and who had better wait", arguments: 0..<10)
  func order(_ seed: Int) throws {
    let world = try World(seed: seed)
    let target = world.test.target
    try world.test.store.look { tx in
      let types = Set(world.items.filter { [1, 2].contains($0.pending) }.map(\.type))
      #expect(try tx.typesToExport(connector: target) == types.sorted())
      #expect(try tx.typesToExport(connector: world.test.source) == [])
      for moment in Self.moments {
        let before = moment.map { Timestamp(milliseconds: $0) }
        let sent = world.items.filter { world.isSent($0, moment) }
        #expect(try tx.pendingExportCount(connector: target, takenBefore: before) == sent.count)
        for type in types {
          let wanted = sent.filter { $0.type == type && !world.awaitsPlace($0) }
          for most in [nil, 0, 1, 2, 9] {
            for limit in limits(wanted.count) {
              var paged: [StoreTransaction.ExportInOrder] = []
              while true {
                let page = try tx.exportsInOrder(
                  connector: target, objectType: type, takenBefore: before,
                  after: paged.last?.id ?? 0, limit: limit, waitingFor: most)
                if page.isEmpty { break }
                paged += page
              }
              #expect(paged.map(\.id) == wanted.map(\.id))
              #expect(paged.map(\.waits) == wanted.map { world.waits($0, most: most) })
            }
          }
        }
      }
      let again = try tx.exportsInOrder(world.items.map(\.id).reversed())
      #expect(again.map(\.id) == world.items.map(\.id).reversed())
      #expect(again.map(\.waits) == world.items.reversed().map { world.waits($0, most: nil) })
    }
  }

  @Test("Deletes: which, how many, and under whose names others wait", arguments: 0..<8)
  func deletes(_ seed: Int) throws {
    let world = try World(seed: 20 + seed)
    let target = world.test.target
    let deletes = world.items.filter { $0.pending == 4 }
    try world.test.store.look { tx in
      for releasedOnly in [true, false] {
        let wanted = deletes.filter { !releasedOnly || $0.isReleased }
        let order = try wanted.map { ($0.id, try DistinguishedName("CN={\($0.name)}").path) }
          .sorted { ($1.1, $0.0) < ($0.1, $1.0) }.map(\.0)
        #expect(
          try tx.pendingDeletes(connector: target, releasedOnly: releasedOnly) == order)
        let found = try tx.pendingDeletes(world.items.map(\.id), releasedOnly: releasedOnly)
        #expect(found.map(\.object.id) == wanted.map(\.id))
        #expect(found.allSatisfy { $0.addedReferences.isEmpty && $0.object.awaitsDelete })
        #expect(
          try tx.pendingDeleteCount(connector: target, releasedOnly: releasedOnly)
            == wanted.count { $0.anchor != nil })
      }
      #expect(
        try tx.unreleasedDeleteCount(connector: target) == deletes.count { !$0.isReleased })
      #expect(try tx.hasPendingDeletes(connector: target) == !deletes.isEmpty)
      #expect(try !tx.hasPendingDeletes(connector: world.test.source))
      for item in world.items {
        #expect(try tx.awaitsDelete(item.id) == (item.pending == 4))
        let dn = try DistinguishedName("cn={\(item.name.uppercased())}")
        #expect(
          try tx.awaitsDelete(of: dn, connector: target)
            == deletes.contains { $0.name == item.name })
        #expect(try !tx.awaitsDelete(of: dn, connector: world.test.source))
      }
    }
  }

  @Test("What takes access away, and what was accepted long ago", arguments: 0..<8)
  func urgent(_ seed: Int) throws {
    let world = try World(seed: 40 + seed)
    let target = world.test.target
    try world.test.store.look { tx in
      for moment in Self.moments {
        let before = moment.map { Timestamp(milliseconds: $0) }
        let wanted = world.items.filter { item in
          guard item.pending == 2, item.state != .accepted, world.passes(item) else { return false }
          let ends = world.references.contains { $0.source == item.id && $0.state == 2 }
          return ends || item.isShut && world.isSent(item, moment)
        }
        #expect(
          try tx.urgentExports(connector: target, takenBefore: before) == wanted.map(\.id))
      }
      let soon = Timestamp.now.milliseconds + 86_400_000
      for moment in Self.moments.compactMap({ $0 }) {
        let wanted = world.items.filter { item in
          guard let exported = item.exported else { return false }
          return [1, 2].contains(item.pending) && item.state == .accepted
            && (exported < moment || exported > soon)
        }
        for limit in limits(wanted.count) {
          let found = try tx.overdueExports(
            connector: target, before: Timestamp(milliseconds: moment), limit: limit)
          #expect(found.map(\.id) == wanted.prefix(limit).map(\.id))
          #expect(found.map(\.accepted.milliseconds) == wanted.prefix(limit).map(\.exported))
        }
      }
    }
  }

  @Test("References that can be sent, who waits for whom, and what is wanted", arguments: 0..<12)
  func references(_ seed: Int) throws {
    let world = try World(seed: 60 + seed)
    let target = world.test.target
    func anchor(_ one: Reference) -> String? { world.item(one.target)?.anchor }
    try world.test.store.look { tx in
      let sources = Set(
        world.references.filter { one in
          guard let item = world.item(one.source), item.anchor != nil, anchor(one) != nil else {
            return false
          }
          return one.state <= 2 && [1, 2].contains(item.pending) && item.state != .accepted
            && world.passes(item)
        }.map(\.source)
      ).sorted()
      for limit in limits(sources.count) {
        var paged: [Int64] = []
        while true {
          let page = try tx.pendingReferenceExports(
            connector: target, after: paged.last ?? 0, limit: limit)
          if page.isEmpty { break }
          paged += page.map(\.object.id)
        }
        #expect(paged == sources)
      }
      for item in world.items {
        let pending = try #require(try tx.pendingExports([item.id]).first)
        for (state, told) in [(1, pending.addedReferences), (2, pending.removedReferences)] {
          let own = world.references.filter { $0.source == item.id && $0.state == state }
          #expect(Set(told.map(\.anchor.text)) == Set(own.compactMap(anchor)))
          #expect(told.allSatisfy { $0.attribute == "member" })
        }
        #expect(
          try tx.waiting(for: [item.id])
            == Set(
              world.references.filter { $0.target == item.id && $0.state == 1 }.map(\.source)
            ).sorted())
        let wanted = try tx.wantedReferences(of: [item.id])[item.id]?["member"] ?? []
        let own = world.references.filter { $0.source == item.id && [1, 3].contains($0.state) }
        #expect(Set(wanted.map(\.text)) == Set(own.compactMap(anchor)))
      }
    }
  }

  @Test("What was sent and never confirmed is sent again, once it is time", arguments: 0..<12)
  func resent(_ seed: Int) throws {
    let world = try World(seed: 90 + seed)
    let moment = Self.moments[seed % Self.moments.count]
    try world.test.store.transaction {
      try $0.resendReferences(
        connector: world.test.target, takenBefore: moment.map { Timestamp(milliseconds: $0) })
    }
    let wanted = Set(
      world.references.map { one in
        guard one.state > 2, let item = world.item(one.source), item.pending != 0,
          item.state != .accepted
        else { return one }
        let waits =
          world.isFresh(item, moment) && (item.state == .unconfirmed || !item.isToldMissing)
        return waits
          ? one : Reference(source: one.source, target: one.target, state: one.state - 2)
      })
    let found = try world.test.store.look { tx in
      try tx.rows("SELECT source_id, target_id, state FROM export_reference").map {
        Reference(source: $0[0], target: $0[1], state: $0[2])
      }
    }
    #expect(Set(found) == wanted)
  }
}
