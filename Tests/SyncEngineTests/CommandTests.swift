import Directory
import Foundation
import SyncEngine
import SyncRules
import SyncStore
import Synchronization
import Testing

@Suite("The engine obeys, keeps the schedule, and is alone")
struct CommandTests {
  private func set(_ world: World, _ edit: (inout ScheduleSettings) -> Void) throws {
    let store = try SyncStore.open(file: world.storeFile)
    try store.transaction { tx in
      var schedule = try tx.schedule()
      edit(&schedule)
      try tx.set(schedule)
    }
  }

  private func outcome(_ world: World, _ command: EngineCommand) async throws -> CommandStatus {
    _ = try world.engine()
    let id = try world.reader.file(command, requestedBy: "ann")
    try await world.obeyAll()
    return try #require(try world.reader.command(id: id))
  }

  @Test("A cycle that is asked for runs, and the command tells which it was")
  func cycle() async throws {
    let world = try World()
    try set(world) { $0.isEnabled = false }
    world.source.put(try world.user("ann"))
    let status = try await outcome(world, .cycle(.delta))
    #expect(status.state == .finished)
    let number = try #require(status.cycleID)
    let cycle = try #require(try world.reader.cycle(id: number))
    #expect(cycle.requestedBy == "ann" && cycle.ended != nil && cycle.steps.count == 6)
    #expect(world.outcome.count == 1)
    #expect(status.outcome == "Cycle \(number) ended: success")
  }

  @Test("A cycle and a run end with the worst result of their steps, in the log too")
  func worstResult() async throws {
    let world = try World()
    try set(world) { $0.isEnabled = false }
    world.source.put(try world.user("ann", ["title": ["Bad"]]))
    world.target.state.withLock { $0.refuseValue = "Bad" }
    let cycle = try await outcome(world, .cycle(.delta))
    let words = "ended: completed-export-errors, Export on target"
    #expect(cycle.outcome.lowercased().hasSuffix(words.lowercased()), "\(cycle.outcome)")
    let events = try world.reader.events(EventFilter(), before: nil, limit: 50)
    #expect(
      events.contains { $0.code == 904 && $0.message.lowercased().hasSuffix(words.lowercased()) })
    let run = try await outcome(world, .run(connector: "source", .fullImport))
    #expect(run.outcome.hasSuffix(" ended: success"))
  }

  @Test("A profile that is asked for runs alone, whatever the spelling of its connector")
  func profile() async throws {
    let world = try World()
    try set(world) { $0.isEnabled = false }
    world.source.put(try world.user("ann"))
    let status = try await outcome(world, .run(connector: "SOURCE", .fullImport))
    #expect(status.state == .finished && status.cycleID == nil)
    let steps = try world.reader.operations(OperationFilter(), before: nil, limit: 10)
    #expect(steps.map(\.type) == [.fullImport] && steps.map(\.runID) == [status.runID])
    #expect(steps[0].cycleID == nil && steps[0].requestedBy == "ann")
  }

  @Test("What names no connector is refused in words")
  func unknownConnector() async throws {
    let world = try World()
    try set(world) { $0.isEnabled = false }
    for command in [
      EngineCommand.run(connector: "nowhere", .export), .releaseDeletes(connector: "nowhere"),
    ] {
      let status = try await outcome(world, command)
      #expect(status.state == .refused)
      #expect(status.outcome.contains("no connector called nowhere"))
      #expect(status.outcome.contains("lockstep connectors"))
    }
    #expect(try world.reader.operationCount(OperationFilter()) == 0)
  }

  @Test("Of held deletes no more go than were agreed to")
  func releaseAtMost() async throws {
    let world = try World()
    try set(world) {
      $0.deletionThreshold = 1
      $0.isEnabled = false
    }
    for number in 0..<6 { world.source.put(try world.user("u\(number)")) }
    try await world.cycle(.initial)
    for number in 0..<3 { world.source.remove("g-u\(number)") }
    try await world.cycle()
    #expect(try world.reader.status().heldDeletesByConnector == ["target": 3])
    let more = try await outcome(world, .releaseDeletes(connector: "target", atMost: 2))
    #expect(more.state == .refused)
    #expect(more.outcome.contains("target holds 3 deletes back by now, where 2 were agreed to"))
    #expect(try world.reader.status().heldDeletes == 3)
    let agreed = try await outcome(world, .releaseDeletes(connector: "target", atMost: 3))
    #expect(agreed.state == .finished)
    #expect(try world.reader.status().heldDeletesByConnector == [:])
  }

  @Test("Held deletes that came after they were counted do not go in place of those that left")
  func releaseUntil() async throws {
    let world = try World()
    try set(world) {
      $0.deletionThreshold = 1
      $0.isEnabled = false
    }
    for number in 0..<6 { world.source.put(try world.user("u\(number)")) }
    try await world.cycle(.initial)
    for number in 0..<3 { world.source.remove("g-u\(number)") }
    try await world.cycle()
    let seen = try #require(try world.reader.heldGroups().map(\.latest).max())
    world.source.put(try world.user("u0"))
    world.source.remove("g-u5")
    try await world.cycle()
    #expect(try world.reader.status().heldDeletesByConnector == ["target": 3])
    let release = EngineCommand.releaseDeletes(connector: "target", atMost: 3, until: seen)
    let status = try await outcome(world, release)
    #expect(status.state == .finished)
    let group = try #require(try world.reader.heldGroups().first)
    let left = try world.reader.held(group: group.id, after: nil, limit: 9)
    #expect(left.map(\.display) == ["u5"], "\(status.outcome)")
  }

  @Test("The profiles one after the other do what a cycle does")
  func profiles() async throws {
    let world = try World()
    world.source.put(try world.user("ann"))
    world.source.put(try world.group("team", members: ["ann"]))
    let profiles: [(String, StepType)] = [
      ("source", .fullImport), ("target", .fullImport), ("source", .fullSynchronization),
      ("target", .fullSynchronization), ("target", .export), ("target", .deltaImport),
    ]
    for (connector, type) in profiles {
      _ = try await world.engine().runProfile(connector: connector, type)
    }
    let steps = try world.reader.operations(OperationFilter(), before: nil, limit: 10)
    #expect(steps.map(\.result) == Array(repeating: "success", count: 6))
    #expect(world.outcome["g-team"]?["members"] == ["g-ann"])
    #expect(try await world.cycle().isQuiet)
  }

  @Test("A source can't be exported to")
  func exportToSource() async throws {
    let world = try World()
    _ = try await world.engine().runProfile(connector: "source", .export)
    let step = try #require(
      try world.reader.operations(OperationFilter(), before: nil, limit: 1).first)
    #expect(step.result == "stopped-export-disabled")
    let words = try world.reader.stepMessage(step: step.id).message
    #expect(words.contains("is a source, and nothing is ever written to it"))
  }

  // MARK: Stopping

  @Test("Stopped between two batches by a person, the run says so, and the next goes on")
  func stopCommand() async throws {
    let world = try World()
    world.source.put(try world.user("u0"))
    try await world.cycle()
    for number in 1..<30 { world.source.put(try world.user("u\(number)")) }
    let file = world.storeFile
    let left = Mutex(3)
    world.source.state.withLock { state in
      state.onBatch = {
        let isTime = left.withLock { left in
          left -= 1
          return left == 0
        }
        if isTime { _ = try? StoreReader(file: file).file(.stop, requestedBy: "ann") }
      }
    }
    let cycle = try await world.cycle()
    #expect(cycle.steps.map(\.result) == ["stopped-user-termination-from-wmi-or-ui"])
    #expect(cycle.ended != nil)
    #expect((0..<30).contains(cycle.steps[0].adds))
    #expect(try world.reader.command(id: 1)?.state == .finished)
    world.source.state.withLock { $0.onBatch = nil }
    try await world.cycle()
    #expect(world.outcome.count == 30)
    try expectStatisticsAddUp(world.reader)
  }

  @Test("Stopped from within its process, the step says that the engine shut down")
  func stop() async throws {
    let world = try World()
    for number in 0..<30 { world.source.put(try world.user("u\(number)")) }
    let engine = try world.engine()
    world.source.state.withLock { state in state.onBatch = { [weak engine] in engine?.stop() } }
    let id = try await engine.runCycle(.delta)
    let cycle = try #require(try world.reader.cycle(id: id))
    #expect(cycle.steps.map(\.result) == ["stopped-service-shutdown"])
  }

  @Test("A step that a vanished engine left open is closed as such by the next one")
  func abandoned() throws {
    let world = try World()
    _ = try world.engine()
    let step: Int64
    do {
      let store = try SyncStore.open(file: world.storeFile)
      _ = try StoreReader(file: world.storeFile).file(.cycle(.delta), requestedBy: "ann")
      step = try store.transaction { tx in
        let source = try #require(try tx.connectorID("source"))
        let cycle = try tx.beginCycle(.delta, requestedBy: "ann", reason: "")
        let taken = try #require(try tx.takeCommand())
        try tx.attach(command: taken.id, cycle: cycle, run: nil)
        let step = try tx.beginStep(
          cycle: cycle, connector: source, type: .fullImport, requestedBy: "ann", phase: "staging"
        ).step
        try tx.setProgress(step: step, phase: "staging", done: 1, total: nil, rate: 1)
        return step
      }
    }
    // Nobody has closed it yet, and nobody works on it: no face says that it runs.
    #expect(try world.reader.progress() == nil)
    let dead = try #require(try world.reader.operation(step: step))
    #expect(dead.result == "stopped-server" && dead.ended == dead.lastSeen && dead.ended != nil)
    #expect(try world.reader.cycles(before: nil, limit: 1).first?.ended == dead.ended)
    _ = try world.engine()
    let row = try #require(try world.reader.operation(step: step))
    #expect(row.result == "stopped-server" && row.ended == dead.ended)
    #expect(try !world.reader.stepMessage(step: step).hint.isEmpty)
    #expect(try world.reader.progress() == nil)
    #expect(try world.reader.cycle(id: 1)?.ended != nil)
    #expect(try world.reader.command(id: 1)?.state == .refused)
    #expect(try world.reader.events(codes: [6329], text: "", before: nil, limit: 9).count == 1)
  }

  // MARK: Schedule

  @Test("A due cycle runs once, and what was missed meanwhile is made up only once")
  func schedule() async throws {
    let world = try World()
    world.source.put(try world.user("ann"))
    try await world.obeyAll()
    #expect(try world.reader.cycles(before: nil, limit: 10).map(\.requestedBy) == ["schedule"])
    try await world.obeyAll()
    #expect(try world.reader.cycles(before: nil, limit: 10).count == 1, "it is not due yet")
    let store = try SyncStore.open(file: world.storeFile)
    let long = Timestamp.now.adding(seconds: -100 * 10_800).milliseconds
    try store.transaction { try $0.set("schedule.last-start", String(long)) }
    for _ in 0..<3 { try await world.obeyAll() }
    #expect(try world.reader.cycles(before: nil, limit: 10).count == 2)
  }

  @Test("A disabled schedule starts nothing, and promises nothing")
  func disabled() async throws {
    let world = try World()
    try set(world) { $0.isEnabled = false }
    try await world.obeyAll()
    #expect(try world.reader.cycles(before: nil, limit: 10) == [])
    #expect(try world.reader.status().nextCycle == nil)
  }

  @Test("The policy for the next cycle is used for that one alone")
  func nextPolicy() async throws {
    let world = try World()
    world.source.put(try world.user("ann"))
    try await world.cycle()
    try set(world) { $0.nextPolicy = .initial }
    #expect(try world.reader.status().nextPolicy == .initial)
    #expect(try await world.cycle(.delta).policy == .initial)
    #expect(try world.reader.status().nextPolicy == .delta)
    #expect(try await world.cycle(.delta).policy == .delta)
  }

  @Test("A cycle that is broken off leaves the policy for the next one to the one that follows")
  func nextPolicyStays() async throws {
    let world = try World()
    world.source.put(try world.user("ann"))
    try await world.cycle()
    try set(world) { $0.nextPolicy = .initial }
    do {
      let engine = try world.engine()
      world.source.state.withLock { state in state.onBatch = { [weak engine] in engine?.stop() } }
      _ = try await engine.runCycle(.delta)
      world.source.state.withLock { $0.onBatch = nil }
    }
    #expect(try world.reader.status().nextPolicy == .initial)
    #expect(try await world.cycle(.delta).policy == .initial)
    #expect(try world.reader.status().nextPolicy == .delta)
  }

  @Test("A wish for the next policy that comes while a cycle runs is for the one after it")
  func nextPolicyAgain() async throws {
    let world = try World()
    world.source.put(try world.user("ann"))
    try await world.cycle()
    try set(world) { $0.nextPolicy = .initial }
    let reader = try world.reader
    world.source.state.withLock {
      $0.onBatch = {
        _ = try? reader.change(ScheduleChange(nextPolicy: .only(.initial)), requestedBy: "ann")
      }
    }
    #expect(try await world.cycle(.delta).policy == .initial)
    world.source.state.withLock { $0.onBatch = nil }
    #expect(try world.reader.status().nextPolicy == .initial)
    #expect(try await world.cycle(.delta).policy == .initial)
    #expect(try world.reader.status().nextPolicy == .delta)
  }

  @Test("A cycle that could read nothing, or whose engine died, leaves the wish to the next")
  func nextPolicyUnfulfilled() async throws {
    let world = try World()
    world.source.put(try world.user("ann"))
    try await world.cycle()
    try set(world) { $0.nextPolicy = .initial }
    world.source.state.withLock { $0.describeFailures = 99 }
    #expect(try await world.cycle(.delta).policy == .initial)
    #expect(try world.reader.status().nextPolicy == .initial)
    world.source.state.withLock { $0.describeFailures = 0 }
    for commits in 2..<12 {
      try set(world) { $0.nextPolicy = .initial }
      let fuse = CommitFuse(after: commits)
      await #expect(throws: (any Error).self) {
        let store = try SyncStore.open(file: world.storeFile, options: fuse.options)
        _ = try await world.engine(store: store).runCycle(.delta)
      }
      #expect(try await world.cycle(.delta).policy == .initial, "after \(commits) commits")
      #expect(try world.reader.status().nextPolicy == .delta, "after \(commits) commits")
    }
  }

  @Test("There is one engine: a second one is told which process is the first")
  func lease() throws {
    let world = try World()
    let first = try world.engine()
    let error = #expect(throws: LeaseError.self) { _ = try world.engine() }
    #expect(error?.holder == ProcessInfo.processInfo.processIdentifier)
    #expect(error?.message.contains("\(ProcessInfo.processInfo.processIdentifier)") == true)
    #expect(try world.reader.status().state == .idle)
    _ = consume first
    #expect(try world.reader.status().state == .absent)
    _ = try world.engine()
  }

  @Test("A lock file that can't be made is named")
  func leaseFile() throws {
    let world = try World()
    // Another account may have put a link there.
    let other = world.folder.appending(path: "other").path
    try Data("kept".utf8).write(to: URL(filePath: other))
    let link = world.folder.appending(path: "link.lock").path
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: other)
    for wrong in [link, "/dev/full"] {
      let refused = #expect(throws: LeaseError.self) {
        _ = try EngineLease.take(lockFile: wrong)
      }
      #expect(refused?.message.contains("Could not open") == true && refused?.holder == nil)
      #expect(refused?.message.contains(wrong) == true)
    }
    #expect(FileManager.default.contents(atPath: other) == Data("kept".utf8))
    let file = world.folder.appending(path: "stale.lock").path
    try Data("4194305\nand more\n".utf8).write(to: URL(filePath: file))
    let lease = try EngineLease.take(lockFile: file)
    #expect(
      FileManager.default.contents(atPath: file)
        == Data("\(ProcessInfo.processInfo.processIdentifier)\n".utf8))
    _ = consume lease
    let error = #expect(throws: LeaseError.self) {
      _ = try EngineLease.take(lockFile: "/nowhere/engine.lock")
    }
    #expect(error?.holder == nil && error?.message.contains("/nowhere/engine.lock") == true)
    #expect(error?.hint.isEmpty == false)
  }

  @Test("A shut-down that was meant for an engine that is gone does not end the next one")
  func staleShutDown() async throws {
    let world = try World()
    _ = try world.engine()
    let stale = try world.reader.file(.shutDown, requestedBy: "ann")
    _ = try world.engine()
    let status = try #require(try world.reader.command(id: stale))
    #expect(status.state == .refused && status.outcome.contains("ended already"))
  }

  @Test(
    "An engine without work leaves, also while a clock that was set back stands still",
    .timeLimit(.minutes(2)))
  func standingClock() async throws {
    let world = try World()
    let moment = Timestamp.now
    let end = try await Timestamp.$clock.withValue(Timestamp.Clock { moment }) {
      try await world.engine(idleExitSeconds: 0, keepsSchedule: false).run()
    }
    #expect(end == .done)
  }

  @Test("What waits when the engine leaves is refused, not forgotten")
  func shutDown() async throws {
    let world = try World()
    try set(world) { $0.isEnabled = false }
    let engine = try world.engine()
    let ids = try [EngineCommand.shutDown, .cycle(.delta)].map {
      try world.reader.file($0, requestedBy: "ann")
    }
    try await engine.run()
    #expect(try world.reader.command(id: ids[0])?.state == .finished)
    let refused = try #require(try world.reader.command(id: ids[1]))
    #expect(refused.state == .refused && refused.outcome.contains("shutting down"))
  }
}
