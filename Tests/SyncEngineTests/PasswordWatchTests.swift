import Directory
import SyncStore
import Synchronization
import Testing

@testable import SyncEngine

@Suite("The watch of a directory and the channel of passwords leave each other alone")
struct PasswordWatchTests {
  private let world: PasswordWorld
  private let directory = FakeWatching()

  init() throws { world = try PasswordWorld() }

  private var cycles: Int {
    get throws {
      try world.world.reader.cycles(before: nil, limit: 50).filter { $0.ended != nil }.count
    }
  }
  /// How often the source was asked for changed passwords.
  private var turns: Int { world.source.state.withLock { $0.pages } }

  private func eventually(_ what: Comment, _ condition: () throws -> Bool) async throws {
    let end = ContinuousClock.now.advanced(by: .seconds(30))
    while try !condition() {
      try #require(ContinuousClock.now < end, what)
      try await Task.sleep(for: .milliseconds(5))
    }
  }

  /// Waits until the engine has obeyed, and with that has looked at what there is to do.
  private func obeyed(_ command: EngineCommand) async throws {
    let id = try world.world.reader.file(command, requestedBy: "test")
    try await eventually("the engine obeys") {
      try world.world.reader.command(id: id)?.state == .finished
    }
  }

  /// Does `body` while an engine works whose watch has begun and whose first turn is over, the next
  /// one being two minutes away and the next cycle hours.
  private func withEngine(_ body: () async throws -> Void) async throws {
    try world.addUser("ann")
    try await world.cycle(.initial)
    try world.world.reader.change(
      ScheduleChange(intervalSeconds: 10_800, isEnabled: true), requestedBy: "test")
    world.world.watch = ChangeWatchSetup(
      directory, pace: ChangePace(quiet: 0, longestWait: 1, pause: 0.01))
    world.configure = { $0.now = { .now } }
    let engine = try world.world.engine(
      store: world.store, passwords: [world.setup()], keepsSchedule: true)
    let running = Task { try await engine.run() }
    do {
      try await eventually("both begin") {
        try cycles == 2 && world.takes("ann-secret", of: "ann") && world.state.state == .waiting
      }
      try await body()
    } catch {
      engine.stop()
      _ = try? await running.value
      throw error
    }
    engine.stop()
    #expect(try await running.value == .done)
  }

  @Test("A change that a watch sees brings a cycle and no turn of passwords")
  func change() async throws {
    try await withEngine {
      let before = turns
      world.source.set("another", of: "ann", at: .now)
      world.world.source.change("g-ann") { $0["displayName"] = ["Anna"] }
      directory.move()
      try await eventually("its cycle ends") { try cycles == 3 }
      #expect(world.world.outcome["g-ann"]?["displayname"] == ["Anna"])
      #expect(turns == before)
      #expect(try world.takes("ann-secret", of: "ann"))
    }
  }

  @Test("A turn of passwords brings no cycle, and its change goes over without one")
  func password() async throws {
    try await withEngine {
      let before = turns
      world.source.set("another", of: "ann", at: .now)
      try await obeyed(.passwords(.now))
      #expect(turns > before)
      #expect(try world.takes("another", of: "ann"))
      for _ in 0..<2 { try await obeyed(.readConfiguration) }
      #expect(try cycles == 2)
    }
  }
}
