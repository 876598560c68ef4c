import Directory
import SyncEngine
import SyncStore
import Synchronization
import Testing

/// A disk that has no room from some commit on, until somebody was told so three times.
private final class FullDisk: Sendable {
  private struct State {
    var left: Int?
    var told: [String] = []
  }
  private let state = Mutex(State())

  /// How a store is opened that is on this disk.
  var options: StoreOptions {
    var options = StoreOptions()
    options.onCommit = { [self] moment in
      guard moment == .before else { return }
      let isFull = state.withLock { state -> Bool in
        guard let left = state.left, state.told.count < 3 else { return false }
        state.left = left - 1
        return left <= 0
      }
      guard isFull else { return }
      throw StoreError(.diskFull, message: "Could not write: no room", hint: "Make room")
    }
    return options
  }

  /// Has room for so many commits yet.
  func fill(after commits: Int) { state.withLock { $0.left = commits } }

  func tell(_ text: String) { state.withLock { $0.told.append(text) } }

  var told: [String] { state.withLock { $0.told } }
}

@Suite("A disk that is full")
struct FullDiskTests {
  /// Does `work` with an engine whose disk is full from its first commit on, from its second, and so
  /// on as long as that concerns it.
  private func whereverItIsFull(
    _ work: (World, SyncEngine) async throws -> Void
  ) async throws -> Int {
    for commits in 0..<500 {
      let world = try World.of(users: 4)
      try world.stopSchedule()
      let disk = FullDisk()
      world.tell = { disk.tell($0) }
      do {
        let engine = try world.engine(
          idleExitSeconds: 0,
          store: try SyncStore.open(file: world.storeFile, options: disk.options),
          continuation: .configuration)
        disk.fill(after: commits)
        try await work(world, engine)
      }
      for cycle in try world.reader.cycles(before: nil, limit: 9) {
        #expect(cycle.ended != nil, "after \(commits) commits")
        #expect(cycle.steps.allSatisfy { $0.ended != nil }, "after \(commits) commits")
      }
      guard let told = disk.told.first else { return commits }
      #expect(told.contains("no room"))
      try await world.cycle(.initial)
      #expect(world.outcome.count == 4, "after \(commits) commits")
    }
    return 500
  }

  @Test("The engine stays, and what has ended is noted with its reason once there is room")
  func cycle() async throws {
    var results: Set<String> = []
    let commits = try await whereverItIsFull { world, engine in
      let cycle = try await engine.runCycle(.initial)
      results.formUnion(try #require(try world.reader.cycle(id: cycle)).steps.map(\.result))
    }
    #expect((10..<500).contains(commits))
    #expect(results.contains("stopped-database-disk-full") && !results.contains("stopped-server"))
  }

  @Test("A command that was asked for is answered")
  func command() async throws {
    let commits = try await whereverItIsFull { world, engine in
      let id = try world.reader.file(.cycle(.initial), requestedBy: "ann")
      try await engine.run()
      let status = try #require(try world.reader.command(id: id))
      #expect([.finished, .refused].contains(status.state))
    }
    #expect((10..<500).contains(commits))
  }

  @Test("An engine that is to end does not wait for room")
  func ending() async throws {
    let world = try World.of(users: 1)
    let disk = FullDisk()
    let engine = try world.engine(
      store: try SyncStore.open(file: world.storeFile, options: disk.options))
    disk.fill(after: 0)
    engine.stop()
    let error = await #expect(throws: StoreError.self) { _ = try await engine.runCycle(.initial) }
    #expect(error?.code == .diskFull)
  }

  @Test("An engine that a command started does not wait for room once a person has it stopped")
  func stopped() async throws {
    let world = try World.of(users: 1)
    let disk = FullDisk()
    world.tell = { disk.tell($0) }
    let engine = try world.engine(
      idleExitSeconds: 60, store: try SyncStore.open(file: world.storeFile, options: disk.options))
    disk.fill(after: 0)
    _ = try world.reader.file(.stop, requestedBy: "ann")
    let error = await #expect(throws: StoreError.self) { _ = try await engine.runCycle(.initial) }
    #expect(error?.code == .diskFull && disk.told.count == 1)
  }

  @Test("A service waits for room though its run is stopped, and not once it is to end itself")
  func service() async throws {
    let world = try World.of(users: 1)
    let disk = FullDisk()
    world.tell = { disk.tell($0) }
    let engine = try world.engine(
      store: try SyncStore.open(file: world.storeFile, options: disk.options))
    disk.fill(after: 0)
    _ = try world.reader.file(.stop, requestedBy: "ann")
    let cycle = try await engine.runCycle(.initial)
    #expect(disk.told.count == 3)
    let ended = try #require(try world.reader.cycle(id: cycle))
    #expect(ended.steps.first?.result.hasPrefix("stopped-user-termination") == true)
    let second = FullDisk()
    let other = try World.of(users: 1)
    other.tell = { second.tell($0) }
    let ending = try other.engine(
      store: try SyncStore.open(file: other.storeFile, options: second.options))
    second.fill(after: 0)
    _ = try other.reader.file(.shutDown, requestedBy: "ann")
    let error = await #expect(throws: StoreError.self) { _ = try await ending.runCycle(.initial) }
    #expect(error?.code == .diskFull && second.told.count == 1)
  }
}
