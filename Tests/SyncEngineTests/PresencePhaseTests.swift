import Directory
import SyncEngine
import SyncStore
import Synchronization
import Testing

/// A directory whose first delta tells what is there by showing it; later ones tell changes, unless
/// all of them do so.
private final class ShowsOnce: AroundDirectory {
  let inner: MemoryDirectory
  let showsAlways: Bool
  private let isToShow = Mutex(true)

  init(_ inner: MemoryDirectory, always showsAlways: Bool = false) {
    self.inner = inner
    self.showsAlways = showsAlways
  }

  func openImport(_ request: ImportRequest) async throws -> any ImportReader {
    let shows = isToShow.withLock { isToShow in
      defer { if request.watermark != nil { isToShow = showsAlways } }
      return isToShow && request.watermark != nil
    }
    guard shows else { return try await inner.openImport(request) }
    return Shown(try await inner.openImport(ImportRequest(watermark: nil) { 0 }))
  }

  private actor Shown: ImportReader {
    let all: any ImportReader
    init(_ all: any ImportReader) { self.all = all }

    func next() async throws -> ImportBatch? {
      guard var batch = try await all.next() else { return nil }
      batch.endsPresencePhase = batch.watermark != nil
      return batch
    }
  }
}

/// A target that takes changes and does nothing, and tells nothing of them.
private final class TakesAndForgets: AroundDirectory {
  let inner: MemoryDirectory
  /// Whose changes it makes all the same.
  let spared: Anchor?

  init(_ inner: MemoryDirectory, but spared: Anchor? = nil) {
    self.inner = inner
    self.spared = spared
  }

  func export(_ operations: [ExportOperation]) async throws -> [ExportOutcome] {
    var outcomes: [ExportOutcome] = []
    for operation in operations {
      if case .modify = operation.kind, let anchor = operation.anchor, anchor != spared {
        outcomes.append(.done(anchor: anchor))
      } else {
        outcomes += try await inner.export([operation])
      }
    }
    return outcomes
  }
}

@Suite("What deltas do not tell a second time is not lost")
struct PresencePhaseTests {
  @Test(
    "An import that ends anywhere in a presence phase is made good by the next cycle",
    arguments: 1...9)
  func ended(after commits: Int) async throws {
    let world = try World()
    let target = ShowsOnce(world.target)
    world.wrap = { _ in target }
    for number in 0..<9 { world.source.put(try world.user("u\(number)")) }
    for (name, type) in [
      ("source", StepType.fullImport), ("target", .fullImport), ("source", .fullSynchronization),
      ("target", .fullSynchronization), ("target", .export), ("target", .fullImport),
    ] {
      _ = try await world.engine().runProfile(connector: name, type)
    }
    #expect(world.outcome.count == 9)
    let anchor = try #require(
      world.target.all.first { $0.attributes.text("externalId") == "g-u4" }?.anchor)
    world.target.remove(anchor.text)
    let options = CommitFuse(after: commits).options
    _ = try? await world.engine(
      store: try SyncStore.open(file: world.storeFile, options: options)
    ).runProfile(connector: "target", .deltaImport)
    for _ in 0..<2 { try await world.cycle() }
    #expect(world.outcome.count == 9)
  }

  /// A source of nine users that tells what is there, without u4 and u5: u5 can't be read.
  private func unreadable(anchor: Anchor?) async throws -> World {
    let world = try World()
    world.otherSource = ShowsOnce(world.source)
    for number in 0..<9 { world.source.put(try world.user("u\(number)")) }
    try await world.cycle()
    var error = DiscoveryError(
      .parseError, dn: "CN=u5", location: "", message: "broken", hint: "mend it")
    error.anchor = anchor
    world.source.state.withLock { state in
      for anchor in [Anchor("g-u4"), Anchor("g-u5")] { state.objects[anchor] = nil }
      state.order.removeAll { state.objects[$0] == nil }
      state.errors = [error]
    }
    return world
  }

  @Test("What is gone is deleted where what could not be read is known to be there")
  func knownUnreadable() async throws {
    let world = try await unreadable(anchor: Anchor("g-u5"))
    let cycle = try await world.cycle()
    #expect(cycle.steps[0].result == "completed-discovery-errors" && cycle.steps[0].deletes == 1)
    #expect(try world.reader.stepMessage(step: cycle.steps[0].id).message.isEmpty)
    #expect(world.outcome["g-u4"] == nil)
    #expect(world.outcome.count == 8)
    #expect(try await world.cycle().reason.isEmpty)
  }

  @Test("Where nobody knows what could not be read nothing is deleted, and all is read again")
  func unknownUnreadable() async throws {
    let world = try await unreadable(anchor: nil)
    let cycle = try await world.cycle()
    let told = try world.reader.stepMessage(step: cycle.steps[0].id)
    #expect(cycle.steps[0].result == "completed-discovery-errors" && cycle.steps[0].deletes == 0)
    #expect(told.message.hasPrefix("2 objects were not shown, and stay"))
    #expect(told.hint.contains("the next cycle runs one"))
    #expect(world.outcome.count == 9)
    world.source.state.withLock { $0.errors = [] }
    world.source.put(try world.user("u5"))
    let next = try await world.cycle()
    #expect(next.reason.contains("Full Import of source"))
    #expect(next.reason.contains("could not read all that is there"))
    #expect(next.steps[0].type == .fullImport && next.steps[0].result == "success")
    #expect(world.outcome["g-u4"] == nil)
    #expect(world.outcome.count == 8)
  }

  @Test("Deletes of a stopped import are weighed once, also where no full import could read all")
  func weighedOnce() async throws {
    let world = try World.of(users: 20)
    world.otherSource = ShowsOnce(world.source, always: true)
    world.source.state.withLock { $0.errors = [.odd] }
    world.limits["source"] = GuardLimits(importing: [.deletes: GuardLimit(count: 8)])
    world.limits["target"] = GuardLimits(exporting: [.deletes: GuardLimit(count: 99)])
    try await world.cycle()
    world.source.state.withLock { $0.errors = [] }
    world.remove(0..<5)
    let stopped = try await world.cycle().steps[0]
    #expect(stopped.type == .deltaImport && stopped.deletes == 5)
    // As if it had been stopped after that.
    let store = try SyncStore.open(file: world.storeFile)
    try store.transaction { tx in
      try tx.endStep(stopped.id, result: "stopped-server", message: "", hint: "")
      let source = try #require(try tx.connectorID("source"))
      try tx.set("connector.\(source).lack-weighed", nil)
    }
    try store.close()
    for numbers in [5..<6, 6..<10] {
      world.remove(numbers)
      let step = try await world.cycle().steps[0]
      #expect(step.type == .deltaImport && step.result == "success")
    }
  }

  @Test("A change that a target took and did not make is told, though no delta shows it")
  func silent() async throws {
    let world = try World()
    for name in ["ann", "bob"] { world.source.put(try world.user(name)) }
    try await world.cycle()
    world.wrap = { TakesAndForgets($0) }
    world.source.change("g-ann") { $0["title"] = ["Boss"] }
    let cycle = try await world.cycle()
    #expect(cycle.severity == .error || cycle.severity == .warning)
    let error = try #require(
      try world.reader.openErrors(connector: nil, after: nil, limit: 5).first)
    #expect(error.type == "exported-change-not-reimported" && error.attribute == "title")
    world.wrap = nil
    try await world.cycle()
    #expect(world.outcome["g-ann"]?["title"] == ["Boss"])
    #expect(try world.reader.openErrors(connector: nil, after: nil, limit: 5).isEmpty)
  }

  @Test("So is one where another object shows something else than it was sent")
  func silentBesideAnother() async throws {
    let world = try World()
    for name in ["ann", "bob"] { world.source.put(try world.user(name)) }
    try await world.cycle()
    let bob = world.target.all.first { $0.attributes.text("externalId") == "g-bob" }?.anchor
    world.wrap = { TakesAndForgets($0, but: bob) }
    world.target.state.withLock { $0.rewrite = ("title", "odd") }
    for name in ["ann", "bob"] {
      world.source.change("g-" + name) { $0["title"] = ["Boss"] }
    }
    try await world.cycle()
    let errors = try world.reader.openErrors(connector: nil, after: nil, limit: 5)
    #expect(errors.map(\.attribute) == ["title", "title"])
    #expect(Set(errors.map(\.display)) == ["ann", "bob"])
  }

  /// A target of so many users whose deltas compare, and that is an empty one by now.
  private func emptied(_ count: Int) async throws -> (World, MemoryDirectory.State) {
    let world = try World()
    try world.stopSchedule()
    let target = ShowsOnce(world.target, always: true)
    world.wrap = { _ in target }
    for number in 0..<count { world.source.put(try world.user("u\(number)")) }
    try await world.cycle(.initial)
    try await world.cycle()
    #expect(world.outcome.count == count)
    let before = world.target.state.withLock { state in
      defer { (state.objects, state.order) = ([:], []) }
      return state
    }
    return (world, before)
  }

  @Test("A delta that compares and finds nothing stages no delete, and nobody is made anew there")
  func nothingThere() async throws {
    let (world, before) = try await emptied(3)
    for _ in 0..<2 {
      let cycle = try await world.cycle()
      let step = try #require(cycle.steps.first { $0.result == "completed-no-objects" })
      #expect(step.deletes == 0)
      #expect(world.outcome.isEmpty)
    }
    let hold = try #require(try world.reader.heldImports().first)
    #expect(hold.count == 3)
    // The right one is there again.
    world.target.state.withLock {
      ($0.objects, $0.order) = (before.objects, before.order)
    }
    try await world.cycle(.initial)
    #expect(try world.reader.heldImports().isEmpty)
    #expect(world.target.all.map(\.anchor) == before.order)
    #expect(world.target.operations.count == 3)
  }

  @Test("What a person releases of it is believed")
  func nothingThereIsMeant() async throws {
    let (world, _) = try await emptied(3)
    try await world.cycle()
    let status = try await world.release(.importOf("target"))
    #expect(status.state == .finished)
    try await world.cycle()
    #expect(world.outcome.count == 3 && world.target.operations.count == 6)
  }
}
