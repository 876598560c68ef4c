import Directory
import SyncEngine
import SyncStore
import Synchronization
import Testing

@Suite("What a directory has and does not list is looked for before it is taken for gone")
struct HiddenObjectTests {
  /// A directory that lists only some of what it gives to who asks for it.
  private final class Hiding: AroundDirectory {
    let inner: MemoryDirectory
    let hidden = Mutex<Set<Anchor>>([])
    let asked = Mutex<[UnshownObject]>([])

    init(_ inner: MemoryDirectory) { self.inner = inner }

    func hide(_ numbers: Range<Int>) {
      hidden.withLock { $0 = Set(numbers.map { Anchor("g-u\($0)") }) }
    }

    func openImport(_ request: ImportRequest) async throws -> any ImportReader {
      Reader(inner: try await inner.openImport(request), directory: self)
    }

    private struct Reader: ImportReader {
      let inner: any ImportReader
      let directory: Hiding

      func next() async throws -> ImportBatch? {
        var batch = try await inner.next()
        let hidden = directory.hidden.withLock { $0 }
        batch?.changes.removeAll { change in
          if case .entry(let entry) = change { hidden.contains(entry.anchor) } else { false }
        }
        return batch
      }

      func look(for objects: [UnshownObject]) async throws -> ImportBatch? {
        directory.asked.withLock { $0 += objects }
        return directory.inner.state.withLock { state in
          ImportBatch(changes: objects.compactMap { state.objects[$0.anchor].map { .entry($0) } })
        }
      }
    }
  }

  private func world(users: Int) async throws -> (World, Hiding) {
    let world = try World.of(users: users)
    let directory = Hiding(world.source)
    world.otherSource = directory
    try world.stopSchedule()
    try await world.cycle()
    try #require(world.outcome.count == users)
    return (world, directory)
  }

  @Test("Who is not listed stays, and takes the changes that were made meanwhile")
  func kept() async throws {
    let (world, directory) = try await world(users: 8)
    #expect(directory.asked.withLock { $0.isEmpty })
    directory.hide(0..<3)
    world.source.put(try world.user("u1", ["displayName": ["Una"]]))
    world.source.state.withLock { $0.log = [] }
    let cycle = try await world.cycle(.initial)
    #expect(cycle.steps[0].result == "success" && cycle.steps[0].deletes == 0)
    #expect(
      Set(directory.asked.withLock { $0 })
        == Set((0..<3).map { UnshownObject(anchor: Anchor("g-u\($0)"), objectType: "user") }))
    #expect(world.outcome.count == 8)
    let told = try world.reader.events(
      codes: [904], text: "does not list 3 objects that it has", before: nil, limit: 9)
    #expect(told.count == 1)
    #expect(world.target.all.contains { $0.attributes["displayName"].first?.text == "Una" })
  }

  @Test("Who is gone goes, also beside one that is only not listed")
  func gone() async throws {
    let (world, directory) = try await world(users: 8)
    directory.hide(0..<2)
    world.remove(2..<4)
    let cycle = try await world.cycle(.initial)
    #expect(cycle.steps[0].result == "success" && cycle.steps[0].deletes == 2)
    #expect(world.outcome.count == 6)
  }

  @Test("Page by page is asked for as long as one of a page is there", arguments: [0, 1, 250])
  func many(hidden: Int) async throws {
    let (world, directory) = try await world(users: 330)
    world.limits["source"] = GuardLimits(importing: [.deletes: GuardLimit(count: 1000)])
    world.limits["target"] = GuardLimits(exporting: [.deletes: GuardLimit(count: 1000)])
    directory.hide(0..<hidden)
    world.remove(hidden..<300)
    let cycle = try await world.cycle(.initial)
    // One more page than there are with somebody in it, unless that was the last.
    #expect(directory.asked.withLock { $0.count } == [0: 100, 1: 200, 250: 300][hidden])
    let isHeld = hidden == 1
    #expect(cycle.steps[0].result == (isHeld ? "stopped-deletion-limit" : "success"))
    #expect(world.outcome.count == (isHeld ? 330 : 30 + hidden))
    guard isHeld else { return }
    let message = try world.reader.stepMessage(step: cycle.steps[0].id).message
    #expect(message.contains("299 objects, and it has 1 others that it does not list"))
    // Who was found stays also when a person says that the others are gone.
    #expect(try await world.release(.importOf("source")).state == .finished)
    #expect(try await world.cycle(.initial).steps[0].result == "success")
    #expect(world.outcome.count == 31)
  }
}
