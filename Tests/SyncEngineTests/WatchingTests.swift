import Directory
import SyncStore
import Synchronization
import Testing

@testable import SyncEngine

@Suite("Cycles follow changes")
struct WatchingTests {
  private let world: World
  private let directory: FakeWatching

  init() throws {
    world = try World()
    directory = FakeWatching()
  }

  private static let lost = ConnectorFailure(
    .stoppedConnectivity, message: "The line broke", hint: "Look at the line.")

  /// A source with one user, whose first cycle has run and whose next is hours away.
  private func prepare(_ directory: FakeWatching, isEnabled: Bool = true) async throws {
    world.source.put(try world.user("ann"))
    try await world.cycle()
    try world.reader.change(ScheduleChange(isEnabled: isEnabled), requestedBy: "test")
    var setup = ChangeWatchSetup(
      directory, pace: ChangePace(quiet: 0, longestWait: 1, pause: 0.01))
    setup.firstDelay = 0.01
    world.watch = setup
  }

  /// Does `body` while an engine works that watches the source.
  private func withEngine(
    keepsSchedule: Bool = true, _ body: () async throws -> Void
  ) async throws {
    let engine = try world.engine(keepsSchedule: keepsSchedule)
    let running = Task { try await engine.run() }
    do {
      try await body()
    } catch {
      engine.stop()
      _ = try? await running.value
      throw error
    }
    engine.stop()
    #expect(try await running.value == .done)
  }

  private var cycles: [CycleSummary] {
    get throws { try world.reader.cycles(before: nil, limit: 50).filter { $0.ended != nil } }
  }

  private func eventually(
    _ what: Comment, _ condition: () throws -> Bool
  ) async throws {
    let end = ContinuousClock.now.advanced(by: .seconds(120))
    while try !condition() {
      try #require(ContinuousClock.now < end, what)
      try await Task.sleep(for: .milliseconds(5))
    }
  }

  /// Waits until the engine has looked at what there is to do.
  private func turn() async throws {
    for _ in 0..<2 {
      let id = try world.reader.file(.readConfiguration, requestedBy: "test")
      try await eventually("the engine obeys") {
        try world.reader.command(id: id)?.state == .finished
      }
    }
  }

  @Test(
    "A full disk does not keep an engine from going over to another configuration",
    arguments: [false, true])
  func fullDisk(breaks: Bool) async throws {
    try await prepare(directory, isEnabled: false)
    let isFull = Mutex(false)
    let told = Mutex(0)
    world.tell = { _ in told.withLock { $0 += 1 } }
    var options = StoreOptions()
    options.onCommit = { moment in
      guard moment == .before, isFull.withLock({ $0 }) else { return }
      throw StoreError(.diskFull, message: "Could not write: no room", hint: "Make room")
    }
    let configuration = ToldConfiguration(.same)
    let engine = try world.engine(
      store: try SyncStore.open(file: world.storeFile, options: options),
      configuration: configuration)
    let running = Task { try await engine.run() }
    try await eventually("it is watched") {
      try world.reader.status().watches.first?.state.isBroken == false
    }
    // What is old was purged then, and nothing else is to be written.
    let looks = configuration.looks.count
    try await eventually("the engine is idle") { configuration.looks.count > looks + 2 }
    isFull.withLock { $0 = true }
    if breaks {
      directory.breakOff(Self.lost)
      try await eventually("nobody can enter that it broke") { told.withLock { $0 > 0 } }
    }
    configuration.set(.changed)
    #expect(try await running.value == .configurationChanged)
    #expect(told.withLock { $0 > 0 })
  }

  @Test("A change is in the target long before the schedule's time, and its cycle says why")
  func change() async throws {
    try await prepare(directory)
    try await withEngine {
      try await eventually("the watch begins") { try cycles.count == 2 }
      #expect(
        try cycles[0].reason == "the watch of source began, and what changed before is not known")
      world.source.change("g-ann") { $0["displayName"] = ["Anna"] }
      directory.move()
      try await eventually("the change arrives") {
        world.outcome["g-ann"]?["displayname"] == ["Anna"]
      }
      try await eventually("its cycle ends") { try cycles.count == 3 }
      let cycle = try cycles[0]
      #expect(cycle.policy == .delta && cycle.requestedBy == "watch of source")
      #expect(cycle.reason == "triggered by a change at source")
      #expect(try world.reader.status().watches.map(\.connector) == ["source"])
      let state = try #require(try world.reader.connectors().first?.watch)
      #expect(!state.isBroken && state.text == "a test")
    }
    #expect(try world.reader.status().watches.isEmpty)
  }

  @Test("A paused schedule starts nothing for changes, and forgets none")
  func paused() async throws {
    try await prepare(directory, isEnabled: false)
    try await withEngine {
      try await eventually("the watch begins") { directory.begun == 1 }
      directory.move()
      try await turn()
      #expect(try cycles.count == 1)
      try world.reader.change(
        ScheduleChange(intervalSeconds: 10_800, isEnabled: true), requestedBy: "test")
      try await eventually("the change is followed") { try cycles.count == 2 }
    }
  }

  @Test("In staging mode a change is imported and synchronized, and not exported")
  func staging() async throws {
    try await prepare(directory)
    world.isStaging = true
    try await withEngine {
      try await eventually("the watch begins") { try cycles.count == 2 }
      world.source.put(try world.user("bob"))
      directory.move()
      try await eventually("the change is followed") { try cycles.count == 3 }
      #expect(try cycles[0].steps.contains { $0.type == .deltaSynchronization && $0.adds == 1 })
      #expect(try !cycles[0].steps.contains { $0.type == .export })
    }
    #expect(world.outcome["g-bob"] == nil)
  }

  @Test("What is noticed while a cycle runs is read by its import, or by a cycle after it")
  func whileRunning() async throws {
    try await prepare(directory)
    let directory = directory
    let isFirst = Flag()
    world.source.state.withLock { state in
      // After the import has asked what there is.
      state.onBatch = { if isFirst.raise() { directory.move() } }
    }
    try await withEngine {
      try await eventually("both cycles end") { try cycles.count == 3 }
      try await turn()
      #expect(try cycles.map(\.reason).first == "triggered by a change at source")
      #expect(try cycles.count == 3, "and none follows")
    }
  }

  @Test("A watch that can't begin is told once and tried again, and the engine goes on")
  func refused() async throws {
    let directory = FakeWatching(refusing: [Self.lost, Self.lost, Self.lost])
    try await prepare(directory)
    try await withEngine {
      try await eventually("the watch begins") { try cycles.count == 2 }
      #expect(directory.begun == 4)
    }
    let events = try world.reader.events(codes: [904], text: "watched", before: nil, limit: 9)
    #expect(events.map(\.level) == [.information, .warning])
    #expect(events[1].message.contains("The line broke. Look at the line."))
    #expect(events[1].message.contains("tried again"))
    #expect(events[0].message.contains("again, by a test"))
  }

  @Test("A watch that breaks is begun anew, and what it may have missed is looked for")
  func broken() async throws {
    try await prepare(directory)
    try await withEngine {
      try await eventually("the watch begins") { try cycles.count == 2 }
      world.source.put(try world.user("bob"))
      directory.breakOff(Self.lost)
      try await eventually("what was missed arrives") { world.outcome["g-bob"] != nil }
      try await eventually("its cycle ends") { try cycles.count == 3 }
      #expect(try cycles[0].reason.contains("the watch of source was broken"))
      #expect(directory.begun == 2)
    }
  }

  @Test("An account that was refused is left alone for long, and that is shown")
  func credentials() async throws {
    let directory = FakeWatching(refusing: [
      ConnectorFailure(.noStartCredentials, message: "Refused", hint: "Look at the password.")
    ])
    try await prepare(directory)
    try await withEngine {
      try await eventually("it is told") {
        try world.reader.connectors().first?.watch?.isBroken == true
      }
      try await turn()
      #expect(directory.begun == 1)
      let state = try #require(try world.reader.status().watches.first?.state)
      #expect(state.retrySeconds == 1800 && state.text.contains("Refused"))
    }
    #expect(try cycles.count == 1)
  }

  @Test("An engine that was started for one command watches nothing")
  func withoutSchedule() async throws {
    try await prepare(directory)
    try await withEngine(keepsSchedule: false) {
      try await turn()
      #expect(directory.begun == 0)
    }
    #expect(try cycles.count == 1)
  }

  @Test("Changes whose import failed are followed by another cycle")
  func failedImport() async throws {
    try await prepare(directory)
    try await withEngine {
      try await eventually("the watch begins") { try cycles.count == 2 }
      world.source.put(try world.user("bob"))
      world.source.state.withLock { $0.describeFailures = 1 }
      directory.move()
      try await eventually("the second try brings it") { world.outcome["g-bob"] != nil }
      let results = try cycles.flatMap(\.steps).map(\.result)
      #expect(results.contains("stopped-connectivity"))
    }
  }

  @Test("A cycle that a person stops is not begun anew at once for what it did not read")
  func stopped() async throws {
    try await prepare(directory)
    let (file, directory, isFirst) = (world.storeFile, directory, Flag())
    try await withEngine {
      try await eventually("the watch begins") { try cycles.count == 2 }
      world.source.state.withLock { state in
        state.onBatch = {
          guard isFirst.raise() else { return }
          _ = try? StoreReader(file: file).file(.stop, requestedBy: "ann")
        }
      }
      world.source.put(try world.user("bob"))
      directory.move()
      try await eventually("it is stopped") { try cycles.count == 3 }
      #expect(try cycles[0].steps.map(\.result) == ["stopped-user-termination-from-wmi-or-ui"])
      for _ in 0..<3 {
        directory.move()
        try await turn()
      }
      #expect(try cycles.count == 3)
      let id = try world.reader.file(.cycle(.delta), requestedBy: "ann")
      try await eventually("a person asks for one") {
        try world.reader.command(id: id)?.state == .finished
      }
      #expect(world.outcome["g-bob"] != nil)
      world.source.put(try world.user("cay"))
      directory.move()
      try await eventually("changes are followed again") { world.outcome["g-cay"] != nil }
    }
  }

  @Test("Deletes that go out a few at a time, as they are noticed, count together")
  func slowDeletes() async throws {
    for number in 0..<12 { world.source.put(try world.user("u\(number)")) }
    world.limits["target"] = GuardLimits(exporting: [.deletes: GuardLimit(count: 3)])
    try world.stopSchedule()
    try await world.cycle()
    func follow(_ gone: Range<Int>) async throws -> OperationRow {
      world.remove(gone)
      let id = try await world.engine().runCycle(.delta, requestedBy: "watch of source")
      let cycle = try #require(try world.reader.cycle(id: id))
      return try #require(cycle.steps.first { $0.type == .export })
    }
    // What somebody asks for is one by itself.
    world.remove(0..<3)
    try await world.cycle()
    for number in 3..<6 { #expect(try await follow(number..<number + 1).result == "success") }
    #expect(world.outcome.count == 6)
    let step = try await follow(6..<8)
    #expect(step.result == "stopped-deletion-threshold-exceeded")
    let words = try world.reader.stepMessage(step: step.id).message
    #expect(words.contains("(2 pending deletes, with 3 that went out"))
    #expect(world.outcome.count == 6)
    #expect(try world.reader.status().heldDeletes == 2)
    // What a person let go is no part of it.
    let group = try #require(try world.reader.heldGroups().first)
    #expect(try await world.release(.group(group.id)).state == .finished)
    #expect(try await follow(8..<8).result == "success")
    #expect(world.outcome.count == 4)
    #expect(try await follow(8..<9).result == "stopped-deletion-threshold-exceeded")
    #expect(world.outcome.count == 4)
  }

  @Test("A rehearsal leaves what was noticed to a cycle that is meant")
  func rehearsal() async throws {
    try await prepare(directory, isEnabled: false)
    try await withEngine {
      try await eventually("the watch begins") { directory.begun == 1 }
      directory.move()
      let id = try world.reader.file(.rehearse(.delta), requestedBy: "test")
      try await eventually("it ends") { try world.reader.command(id: id)?.state == .finished }
      try world.reader.change(
        ScheduleChange(intervalSeconds: 10_800, isEnabled: true), requestedBy: "test")
      try await eventually("the change is followed") {
        try cycles.contains { $0.requestedBy == "watch of source" }
      }
    }
  }
}

/// Something that happens once.
private final class Flag: Sendable {
  private let isRaised = Atomic(false)
  /// Whether this is the first time.
  func raise() -> Bool { !isRaised.exchange(true, ordering: .acquiringAndReleasing) }
}
