import Directory
import PasswordSync
import SyncStore
import Synchronization
import Testing

@testable import SyncEngine

@Suite("Turns that are to end before their time, and orders for one account")
struct PasswordTurnEndTests {
  private let world: PasswordWorld

  init() throws { world = try PasswordWorld() }

  /// A configuration that is changed as soon as a test says so.
  private final class Switch: ConfigurationWatching {
    let isChanged = Atomic(false)
    private let told = Atomic(false)
    /// Whether the engine knows.
    var isTold: Bool { told.load(ordering: .acquiring) }
    func look(atOnce: Bool) -> ConfigurationState {
      guard isChanged.load(ordering: .acquiring) else { return .same }
      told.store(true, ordering: .releasing)
      return .changed
    }
  }

  @Test("A full synchronization ends at the border of a batch, and goes on where it was")
  func border() async throws {
    for number in 1...120 { try world.addUser("u\(number)") }
    try await world.cycle(.initial)
    let desk = world.desk
    world.target.state.withLock { $0.onBatch = { desk.end() } }
    #expect(try await world.turn() == .stopped)
    #expect(world.target.batchSizes == [50])
    world.desk = PasswordDesk()
    world.target.state.withLock { $0.onBatch = nil }
    #expect(try await world.turn() == .ended(taken: 70, failed: 0))
    #expect(world.target.setCount == 120)
    #expect(try world.events(617).count == 1 && world.events(623).count == 1)
  }

  @Test("An order under way when the configuration changes is left to the engine that works by it")
  func order() async throws {
    for number in 1...400 { try world.addUser("u\(number)") }
    try await world.cycle(.initial)
    world.configure = { $0.now = { .now } }
    let reader = try world.world.reader
    let id = try reader.file(.passwords(.full), requestedBy: "test")
    #expect(try await changedUnderway() == .configurationChanged)
    #expect(try reader.command(id: id)?.state == .filed)
    #expect(world.target.setCount < 400)
    let next = try world.world.engine(
      idleExitSeconds: 0, store: world.store, passwords: [world.setup()], keepsSchedule: false)
    #expect(try await next.run() == .done)
    let status = try #require(try reader.command(id: id))
    #expect(status.state == .finished, "\(status.outcome)")
    #expect(world.target.setCount == 400)
  }

  /// How an engine ends whose configuration changes while it sends its first batch.
  private func changedUnderway() async throws -> EngineEnd {
    let configuration = Switch()
    let first = try world.world.engine(
      idleExitSeconds: 0, store: world.store, configuration: configuration,
      passwords: [world.setup()], keepsSchedule: false)
    let gate = Gate()
    let isFirst = Atomic(true)
    world.target.state.withLock {
      $0.onBatch = {
        guard isFirst.exchange(false, ordering: .acquiringAndReleasing) else { return }
        gate.close()
        configuration.isChanged.store(true, ordering: .releasing)
      }
    }
    world.target.state.withLock { $0.beforeBatch = { await gate.pass() } }
    let running = Task { try await first.run() }
    // The second batch waits until the loop of the directory has seen the change.
    while !configuration.isTold { await Task.yield() }
    gate.open()
    let end = try await running.value
    world.target.state.withLock { ($0.onBatch, $0.beforeBatch) = (nil, nil) }
    return end
  }

  /// Lets batches wait.
  private final class Gate: Sendable {
    private let closed = Atomic(false)
    private var isClosed: Bool { closed.load(ordering: .acquiring) }
    func close() { closed.store(true, ordering: .releasing) }
    func open() { closed.store(false, ordering: .releasing) }
    func pass() async { while isClosed { await Task.yield() } }
  }

  @Test("A person stops the passwords that are underway; the next turn goes on from there")
  func stoppedByPerson() async throws {
    for number in 1...400 { try world.addUser("u\(number)") }
    try await world.cycle(.initial)
    world.configure = { $0.now = { .now } }
    let reader = try world.world.reader
    let order = try reader.file(.passwords(.full), requestedBy: "test")
    let stop = try await stoppedUnderway()
    #expect(stop.outcome.contains("passwords ends, and waits for no answer"))
    let status = try #require(try reader.command(id: order))
    #expect(status.state == .refused && status.outcome.contains("a person stopped it"))
    #expect(world.target.setCount == 100)
    let again = try reader.file(.passwords(.now), requestedBy: "test")
    let next = try world.world.engine(
      idleExitSeconds: 0, store: world.store, passwords: [world.setup()], keepsSchedule: false)
    #expect(try await next.run() == .done)
    #expect(try reader.command(id: again)?.state == .finished)
    #expect(world.target.setCount == 400)
  }

  /// What an engine says to a person who asks for a stop while it sends its first batch.
  private func stoppedUnderway() async throws -> CommandStatus {
    let engine = try world.world.engine(
      idleExitSeconds: 0, store: world.store, passwords: [world.setup()], keepsSchedule: false)
    let reader = try world.world.reader
    let gate = Gate()
    let stop = Mutex<Int64?>(nil)
    world.target.state.withLock {
      $0.onBatch = {
        stop.withLock { stop in
          guard stop == nil else { return }
          gate.close()
          stop = try? reader.file(.stop, requestedBy: "ann")
        }
      }
      $0.beforeBatch = { await gate.pass() }
    }
    func answer() throws -> CommandStatus? {
      try stop.withLock { $0 }.flatMap { try reader.command(id: $0) }
    }
    let running = Task { try await engine.run() }
    // The second batch waits until the person has been heard.
    while try answer()?.state != .finished { await Task.yield() }
    gate.open()
    #expect(try await running.value == .done)
    world.target.state.withLock { ($0.onBatch, $0.beforeBatch) = (nil, nil) }
    return try #require(try answer())
  }

  @Test("A target that does not answer does not hold up the end of an engine")
  func stuck() async throws {
    try world.addUser("ann")
    try await world.cycle(.initial)
    let stuck = StuckTarget()
    world.configure = { setup in
      setup.now = { .now }
      setup.target = stuck
    }
    let reader = try world.world.reader
    let id = try reader.file(.passwords(.now), requestedBy: "test")
    #expect(try await changed(while: stuck) == .configurationChanged)
    #expect(stuck.isCancelled)
    #expect(try reader.command(id: id)?.state == .filed && world.events(652).isEmpty)
    // What was underway is sent by the next engine, under its number.
    world.configure = { $0.now = { .now } }
    let next = try world.world.engine(
      idleExitSeconds: 0, store: world.store, passwords: [world.setup()], keepsSchedule: false)
    #expect(try await next.run() == .done)
    #expect(try world.takes("ann-secret", of: "ann"))
    let request = world.target.state.withLock { $0.batches.first?.first?.request }
    #expect(request != nil && request == stuck.request)
  }

  /// How an engine ends whose configuration changes while it waits for the target.
  private func changed(while stuck: StuckTarget) async throws -> EngineEnd {
    let configuration = Switch()
    let engine = try world.world.engine(
      idleExitSeconds: 0, store: world.store, configuration: configuration,
      passwords: [world.setup()], keepsSchedule: false)
    let running = Task { try await engine.run() }
    while !stuck.isAsked { await Task.yield() }
    configuration.isChanged.store(true, ordering: .releasing)
    return try await running.value
  }

  /// A target that answers nothing for half a minute, or until nobody waits any more.
  private final class StuckTarget: PasswordTarget {
    private let seen = Mutex<(request: String?, isCancelled: Bool)>((nil, false))
    var isAsked: Bool { request != nil }
    var request: String? { seen.withLock { $0.request } }
    var isCancelled: Bool { seen.withLock { $0.isCancelled } }

    func provision(_ changes: [PasswordChange]) async throws -> [PasswordAnswer] {
      seen.withLock { $0.request = changes.first?.request }
      for _ in 0..<3000 where !Task.isCancelled { try? await Task.sleep(for: .milliseconds(10)) }
      seen.withLock { $0.isCancelled = Task.isCancelled }
      throw PasswordTargetFailure("no answer", hint: "")
    }

    func ping() async throws {}
  }

  @Test("An order for one account is for the channels that have it, and refused where none has")
  func oneAccount() async throws {
    try world.addUser("ann")
    try await world.cycle(.initial)
    try await world.turn()
    world.configure = { $0.now = { .now } }
    let other = (source: MemoryPasswordSource(), target: MemoryPasswordTarget())
    var second = PasswordChannelSetup(
      sourceConnector: "target", targetConnector: "source", source: other.source,
      target: other.target)
    second.isFIPS = { false }
    let reader = try world.world.reader
    func outcome(_ anchor: String) async throws -> CommandStatus {
      let id = try reader.file(.passwords(.account(anchor: anchor)), requestedBy: "test")
      try await world.world.engine(
        idleExitSeconds: 0, store: world.store, passwords: [world.setup(), second],
        keepsSchedule: false
      ).run()
      return try #require(try reader.command(id: id))
    }
    let sent = try await outcome("g-ann")
    #expect(sent.state == .finished && sent.outcome == "contoso.test: 1 passwords were taken")
    #expect(other.source.state.withLock { $0.readings } == 0)
    let none = try await outcome("g-nobody")
    #expect(none.state == .refused && none.outcome.contains("No channel of passwords has"))
    #expect(world.target.setCount == 2)
  }
}
