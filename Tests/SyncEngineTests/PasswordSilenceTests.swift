import Directory
import PasswordSync
import SyncStore
import Synchronization
import Testing

@testable import SyncEngine

@Suite("A source that does not answer holds up no other, and a person can stop it")
struct PasswordSilenceTests {
  private let world: PasswordWorld
  private let silent = SilentSource()

  init() throws { world = try PasswordWorld() }

  /// A source that gives no answer until nobody waits for it any more.
  private final class SilentSource: PasswordHashSource {
    let domain = "silent.test"
    private let counts = Mutex((asked: 0, left: 0))
    private let never = AsyncStream.makeStream(of: Never.self)

    /// How often it was asked, and how often nobody waited any more.
    var asked: Int { counts.withLock { $0.asked } }
    var left: Int { counts.withLock { $0.left } }

    func changes(since state: String?) async throws -> PasswordHashBatch {
      counts.withLock { $0.asked += 1 }
      for await _ in never.stream {}
      counts.withLock { $0.left += 1 }
      throw PasswordSourceFailure("no answer", hint: "")
    }

    func accounts(_ names: [AccountName]) async -> [AccountReading] { [] }
    func close() async {}
  }

  /// An engine with the channel of the silent source before that of the other.
  private func engine(keepsSchedule: Bool) throws -> SyncEngine {
    world.configure = { $0.now = { .now } }
    var first = PasswordChannelSetup(
      sourceConnector: "target", targetConnector: "source", source: silent,
      target: MemoryPasswordTarget())
    first.isFIPS = { false }
    return try world.world.engine(
      idleExitSeconds: keepsSchedule ? nil : 0, store: world.store,
      passwords: [first, world.setup()], keepsSchedule: keepsSchedule)
  }

  private func start() async throws {
    try world.addUser("ann")
    try await world.cycle(.initial)
    try world.store.transaction { tx in
      var schedule = try tx.schedule()
      schedule.isEnabled = false
      try tx.set(schedule)
    }
  }

  @Test(
    "An order is obeyed by the others meanwhile, and ends when a person stops what waits",
    .timeLimit(.minutes(1)))
  func order() async throws {
    try await start()
    let reader = try world.world.reader
    let order = try reader.file(.passwords(.now), requestedBy: "test")
    let engine = try engine(keepsSchedule: false)
    let running = Task { try await engine.run() }
    while world.target.setCount == 0 || silent.asked == 0 { await Task.yield() }
    #expect(silent.left == 0)
    let stop = try reader.file(.stop, requestedBy: "ann")
    #expect(try await running.value == .done)
    #expect(silent.asked == 1 && silent.left == 1)
    let told = try #require(try reader.command(id: stop))
    #expect(told.state == .finished && told.outcome.contains("waits for no answer"))
    let status = try #require(try reader.command(id: order))
    #expect(status.state == .refused, "\(status.outcome)")
    #expect(status.outcome.contains("silent.test: a person stopped it"))
    #expect(status.outcome.hasSuffix("; contoso.test: 1 passwords were taken"))
    #expect(try world.takes("ann-secret", of: "ann"))
  }

  @Test(
    "By the schedule each has turns of its own; one that was stopped begins again with its next",
    .timeLimit(.minutes(1)))
  func schedule() async throws {
    try await start()
    let engine = try engine(keepsSchedule: true)
    let running = Task { try await engine.run() }
    while world.target.setCount == 0 || silent.asked == 0 { await Task.yield() }
    let reader = try world.world.reader
    _ = try reader.file(.stop, requestedBy: "ann")
    while silent.left == 0 { await Task.yield() }
    // Not at once again, and what is asked of the other is done.
    let order = try reader.file(.passwords(.account(anchor: "g-ann")), requestedBy: "test")
    while try reader.command(id: order)?.state != .finished { await Task.yield() }
    #expect(world.target.setCount == 2 && silent.asked == 1)
    engine.stop()
    #expect(try await running.value == .done)
    #expect(try world.events(601).filter { $0.contains("silent.test") }.count == 2)
    #expect(try world.events(601).filter { $0.contains("contoso.test") }.count == 1)
    #expect(try world.events(601).count == world.events(602).count)
  }

  @Test("An order for a channel on which nobody works any more is not waited for")
  func closed() async throws {
    let post = PasswordPost()
    post.close()
    #expect(try await post.turn(PasswordWishes()) == .stopped)
    #expect(post.take() == nil)
  }
}
