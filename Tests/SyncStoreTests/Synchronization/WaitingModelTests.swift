import Directory
import TestSupport
import Testing

@testable import SyncStore

/// Objects that wait for values, and are woken by chance.
@Suite("What objects without a metaverse object wait for, beside a model of sets")
struct WaitingModelTests {
  private struct Wait: Hashable {
    var key: JoinKey
    var id: Int64
  }

  private final class World {
    let test: TestStore
    let person: Int64
    var random: SeededRandom
    var ids: [Int64] = []
    var waits: Set<Wait> = []
    var retries: Set<Int64> = []
    var linked: Set<Int64> = []
    var pending: Set<Int64> = []

    init(seed: Int) throws {
      let test = try TestStore()
      self.test = test
      random = SeededRandom(seed: seed)
      person = try test.store.transaction {
        try $0.insertMetaverse(
          objectType: "person", image: $0.encode([MetaverseAttribute]()), display: "", keys: [])
      }
      try test.stage(try (0..<8).map { .entry(try test.entry("o\($0)")) })
      ids = try (0..<8).map { try test.id("o\($0)") }
      try test.synchronizeAll()
    }

    /// Keys of which some look alike, and some are spelled otherwise and mean the same.
    func keys() -> [JoinKey] {
      (0..<Int.random(in: 0...3, using: &random)).map { _ in
        let text = random.choose(Array(HostileText.names.prefix(9)))
        return JoinKey(
          AttributeName(random.choose(["mail", "MAIL", "employeeID"])),
          .string(Bool.random(using: &random) ? text : text.uppercased()))
      }
    }

    /// Who would be tried again now.
    var tried: [Int64] {
      retries.filter { !linked.contains($0) && !pending.contains($0) }.sorted()
    }
  }

  private func act(_ world: World) throws {
    let (store, source) = (world.test.store, world.test.source)
    let id = world.random.choose(world.ids)
    let keys = world.keys()
    let some = world.random.some(world.ids, percent: 30)
    switch Int.random(in: 0..<9, using: &world.random) {
    case 0, 1, 2:
      try store.transaction { try $0.wait(id, for: keys) }
      world.waits.formUnion(keys.map { Wait(key: $0, id: id) })
    case 3:
      try store.transaction { try $0.wake(keys) }
      let woken = world.waits.filter { keys.contains($0.key) }
      world.retries.formUnion(woken.map(\.id).filter { !world.linked.contains($0) })
      world.waits.subtract(woken)
    case 4:
      try store.transaction { try $0.retry(id) }
      if !world.linked.contains(id) { world.retries.insert(id) }
    case 5:
      try store.transaction { try $0.retried(some, connector: source) }
      world.retries.subtract(some)
    case 6:
      try store.transaction { try $0.endWaiting(of: some) }
      world.waits = world.waits.filter { !some.contains($0.id) }
    case 7:
      if world.linked.remove(id) != nil {
        try store.transaction { try $0.unlink(id, isFiltered: false) }
      } else {
        world.linked.insert(id)
        try store.transaction { try $0.link(id, to: world.person, .joined, rule: 1) }
      }
    default:
      if world.pending.remove(id) != nil {
        let object = try world.test.object(id)
        try store.transaction { try $0.finishImport(of: object, isFiltered: false) }
      } else {
        world.pending.insert(id)
        try store.transaction { try $0.keepPending(id) }
      }
    }
  }

  @Test("Who is tried again, and whether anybody waits, is as the sets say", arguments: 0..<12)
  func anyHistory(_ seed: Int) throws {
    let world = try World(seed: seed)
    let (store, source) = (world.test.store, world.test.source)
    for _ in 0..<40 {
      try act(world)
      try store.look { tx in
        #expect(try tx.hasWaiting() == !world.waits.isEmpty)
        #expect(try tx.count(connector: source, .retry) == world.tried.count)
        for limit in [1, max(1, world.tried.count), world.tried.count + 1] {
          var paged: [Int64] = []
          while true {
            let page = try tx.storedObjects(
              connector: source, .retry, after: paged.last ?? 0, limit: limit)
            if page.isEmpty { break }
            paged += page.map(\.id)
          }
          #expect(paged == world.tried, "pages of \(limit)")
        }
      }
      if world.random.chance(15) {
        // Whoever asks has those forgotten that need it no more.
        #expect(
          try store.transaction { try $0.hasRetries(connector: source) } == !world.tried.isEmpty)
        world.retries = Set(world.tried)
      }
      #expect(try !store.transaction { try $0.hasRetries(connector: world.test.target) })
    }
  }

  @Test("What goes out of its connector space waits for nothing", arguments: [true, false])
  func removed(isWoken: Bool) throws {
    let world = try World(seed: 1)
    let key = JoinKey("mail", "ann@contoso.test")
    try world.test.store.transaction { tx in
      try tx.wait(world.ids[0], for: [key])
      if isWoken { try tx.retry(world.ids[0]) }
      #expect(try tx.removeUnsettled(world.ids[0]) == [])
      try tx.wake([key])
      #expect(try !tx.hasWaiting())
      #expect(try !tx.hasRetries(connector: world.test.source))
    }
  }

  @Test("Nobody is woken by a value of another attribute, or by a part of it")
  func otherValues() throws {
    let world = try World(seed: 2)
    let text = "Ann\0Smith"
    try world.test.store.transaction { tx in
      try tx.wait(world.ids[0], for: [JoinKey("mail", .string(text))])
      try tx.wake([
        JoinKey("title", .string(text)), JoinKey("mail", "Ann"), JoinKey("mail", "Ann%"),
        JoinKey("mail", .string(text + "\0")), JoinKey("never heard of", .string(text)),
      ])
      #expect(try !tx.hasRetries(connector: world.test.source))
      try tx.wake([JoinKey("MAIL", .string(text.uppercased()))])
      #expect(try tx.hasRetries(connector: world.test.source))
    }
  }
}
