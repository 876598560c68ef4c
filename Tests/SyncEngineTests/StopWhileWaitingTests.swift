import Directory
import SyncEngine
import SyncStore
import Synchronization
import Testing

/// A target that answers nothing until whoever waits is cancelled.
private final class SilentTarget: AroundDirectory {
  /// Where it is silent.
  enum Place: CaseIterable {
    case description, opening, reading, writing
  }

  /// What becomes of the operations of a call that is stopped.
  typealias Outcomes = @Sendable ([ExportOperation]) -> [ExportOutcome]

  let inner: MemoryDirectory
  let place: Place
  let outcomes: Outcomes?
  private let isSilent = Atomic(false)

  init(_ inner: MemoryDirectory, at place: Place, outcomes: Outcomes? = nil) {
    self.inner = inner
    self.place = place
    self.outcomes = outcomes
  }

  var load: ServiceLoad? {
    var load = ServiceLoad(waitsUntil: nil, wishes: 0)
    guard isSilent.load(ordering: .relaxed) else { return load }
    load.silence = ServiceSilence(seconds: 43, attempt: 2, most: 6)
    return load
  }

  private func wait(at place: Place) async throws {
    guard place == self.place else { return }
    isSilent.store(true, ordering: .relaxed)
    defer { isSilent.store(false, ordering: .relaxed) }
    do {
      try await Task.sleep(for: .seconds(3600))
    } catch {
      throw ConnectorFailure(.noStartConnection, message: "Stopped while waiting", hint: "")
    }
  }

  func describe() async throws -> DirectoryDescription {
    try await wait(at: .description)
    return try await inner.describe()
  }

  func openImport(_ request: ImportRequest) async throws -> any ImportReader {
    try await wait(at: .opening)
    guard place == .reading else { return try await inner.openImport(request) }
    isSilent.store(true, ordering: .relaxed)
    return SilentReader()
  }

  func export(_ operations: [ExportOperation]) async throws -> [ExportOutcome] {
    do {
      try await wait(at: .writing)
    } catch {
      guard let outcomes else { throw error }
      return outcomes(operations)
    }
    return try await inner.export(operations)
  }
}

/// A reader that takes an end of waiting for the end of what there is.
private struct SilentReader: ImportReader {
  func next() async throws -> ImportBatch? {
    try? await Task.sleep(for: .seconds(3600))
    return nil
  }
}

@Suite("A step that waits for a silent target", .timeLimit(.minutes(2)))
struct StopWhileWaitingTests {
  private static let stopped = "stopped-user-termination-from-wmi-or-ui"

  /// Runs a cycle in which a person asks for an end once the step is shown to wait.
  private func stoppedCycle(_ world: World, _ policy: CyclePolicy = .delta) async throws
    -> CycleSummary
  {
    let engine = try world.engine()
    let task = Task { try await engine.runCycle(policy) }
    let reader = try world.reader
    while try reader.progress()?.phase != "no answer for 40 s, try 2 of 6" {
      try await Task.sleep(for: .milliseconds(20))
    }
    _ = try reader.file(.stop, requestedBy: "ann")
    return try #require(try reader.cycle(id: try await task.value))
  }

  private func world(users: Int) throws -> World {
    let world = try World()
    for number in 0..<users { world.source.put(try world.user("u\(number)")) }
    return world
  }

  @Test("says for how long, and hears at once who stops it", arguments: SilentTarget.Place.allCases)
  fileprivate func stops(at place: SilentTarget.Place) async throws {
    let world = try world(users: 3)
    try await world.cycle()
    world.source.put(try world.user("late"))
    world.wrap = { SilentTarget($0, at: place) }
    let cycle = try await stoppedCycle(world)
    #expect(cycle.steps.last?.result == Self.stopped)
    world.wrap = nil
    try await world.cycle()
    #expect(world.outcome.count == 4)
    #expect(try await world.cycle().isQuiet)
  }

  @Test("and is stopped takes nothing for gone that it did not come to read")
  func nothingIsGone() async throws {
    let world = try world(users: 3)
    try await world.cycle()
    world.wrap = { SilentTarget($0, at: .reading) }
    let cycle = try await stoppedCycle(world, .initial)
    #expect(cycle.steps.last?.result == Self.stopped)
    #expect(cycle.steps.last?.deletes == 0)
    world.wrap = nil
    try await world.cycle()
    #expect(world.outcome.count == 3)
  }

  @Test("leaves what was not sent as it was, without an error, and tells what may have arrived")
  func notSent() async throws {
    let world = try world(users: 3)
    world.wrap = { target in
      SilentTarget(target, at: .writing) { operations in
        operations.enumerated().map { index, _ in
          index == 0
            ? .unknown(reason: "stopped")
            : .failed(
              ObjectFailure(
                .connectivityError, code: "not sent", message: "stopped", isTransient: true))
        }
      }
    }
    let cycle = try await stoppedCycle(world)
    let step = try #require(cycle.steps.last)
    #expect(step.type == .export && step.result == Self.stopped)
    #expect(step.errors == 1)
    world.wrap = nil
    world.target.state.withLock { $0.operations = [] }
    try await world.cycle()
    #expect(world.outcome.count == 3)
    try expectStatisticsAddUp(world.reader)
  }
}
