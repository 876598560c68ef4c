import Directory
import Testing

@testable import SyncEngine
@testable import SyncStore

@Suite("A synchronization that ends in its midst")
struct HalfSynchronizationTests {
  @Test("What it did a part of is not exported; the next cycle finishes it first")
  func diskFull() async throws {
    let world = try World()
    world.batchSize = 50
    world.source.put(try world.user("ann"))
    try await world.cycle()
    for number in 0..<400 {
      world.source.put(try world.user("u\(number)", ["title": [.string("\(number)" + filler)]]))
    }
    let store = try SyncStore.open(file: world.storeFile)
    do {
      let engine = try world.engine(store: store)
      for (name, type) in [("source", StepType.deltaImport), ("target", .deltaImport)] {
        _ = try await engine.runProfile(connector: name, type)
      }
      // The store may grow by less than the synchronization needs, as on a disk that is full.
      try store.transaction { tx in
        let pages = try tx.integer("PRAGMA page_count") ?? 0
        _ = try tx.row("PRAGMA max_page_count = \(pages + 40)")
      }
      let id = try await engine.runCycle(.delta)
      let cycle = try #require(try world.reader.cycle(id: id))
      #expect(cycle.steps.map(\.result).contains("stopped-database-disk-full"))
      #expect(!cycle.steps.contains { $0.type == .export })
      let told = try world.reader.events(codes: [6803], text: "Nothing is", before: nil, limit: 9)
      #expect(told.count == 1 && told[0].message.contains("the synchronization of source"))
      #expect(world.outcome.count == 1)
      _ = try store.transaction { try $0.row("PRAGMA max_page_count = 1073741823") }
    }
    try await world.cycle()
    #expect(world.outcome.count == 401)
  }

  private let filler = String(repeating: "x", count: 500)
}
