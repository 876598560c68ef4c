import Directory
import Foundation
import PasswordSync
import SyncStore
import Synchronization
import Testing

@testable import SyncEngine

@Suite("An engine with passwords")
struct PasswordCommandTests {
  private let world: PasswordWorld

  init() throws { world = try PasswordWorld() }

  private func engine(
    keepsSchedule: Bool = false, configuration: ConfigurationState = .same
  ) throws -> SyncEngine {
    world.configure = { $0.now = { .now } }
    return try world.world.engine(
      idleExitSeconds: keepsSchedule ? nil : 0, store: world.store,
      configuration: ToldConfiguration(configuration), passwords: [world.setup()],
      keepsSchedule: keepsSchedule)
  }

  private func outcome(_ order: PasswordOrder) async throws -> CommandStatus {
    let reader = try world.world.reader
    let id = try reader.file(.passwords(order), requestedBy: "test")
    try await engine().run()
    return try #require(try reader.command(id: id))
  }

  @Test("An order for passwords is obeyed, and its outcome told")
  func orders() async throws {
    try world.addUser("ann")
    try await world.cycle(.initial)
    var status = try await outcome(.now)
    #expect(status.state == .finished && status.outcome == "contoso.test: 1 passwords were taken")
    status = try await outcome(.now)
    #expect(status.outcome == "contoso.test: nothing was to be sent")
    status = try await outcome(.full)
    #expect(status.outcome == "contoso.test: 1 passwords were taken")
    status = try await outcome(.account(anchor: "g-ann"))
    #expect(status.outcome == "contoso.test: 1 passwords were taken")
    #expect(world.target.setCount == 3)
    #expect(try world.events(601).count == 4 && world.events(602).count == 4)
    #expect(try world.state.state == .stopped)
  }

  @Test("An order for all says how many passwords are held back as earlier ones")
  func heldBack() async throws {
    try world.addUser("ann")
    try await world.cycle(.initial)
    _ = try await outcome(.now)
    world.source.touch("ann") { account in
      (account.stamp, account.changed) = ("set 0", account.changed?.adding(seconds: -600))
    }
    let status = try await outcome(.full)
    #expect(status.outcome.hasPrefix("contoso.test: nothing was to be sent, 1 are held back"))
    let named = try await outcome(.account(anchor: "g-ann"))
    #expect(named.outcome == "contoso.test: 1 passwords were taken")
  }

  @Test("A channel that was not configured for a while sends all again when it is")
  func configuredAgain() async throws {
    try world.addUser("ann")
    try await world.cycle(.initial)
    _ = try await outcome(.now)
    #expect(try await outcome(.now).outcome == "contoso.test: nothing was to be sent")
    try await world.world.engine(idleExitSeconds: 0, store: world.store).run()
    #expect(try await outcome(.now).outcome == "contoso.test: 1 passwords were taken")
    #expect(world.target.setCount == 2)
  }

  @Test("An order that can't be obeyed is refused with the reason")
  func refused() async throws {
    try world.addUser("ann")
    let status = try await outcome(.now)
    #expect(status.state == .refused && status.outcome.contains("full directory synchronization"))
  }

  @Test("By a configuration that is wrong, or not that of the engine, no order sends a password")
  func otherConfiguration() async throws {
    try world.addUser("ann")
    try await world.cycle(.initial)
    let reader = try world.world.reader
    func ask(_ configuration: ConfigurationState) async throws -> CommandStatus? {
      let id = try reader.file(.passwords(.full), requestedBy: "test")
      try await engine(configuration: configuration).run()
      return try reader.command(id: id)
    }
    let status = try #require(try await ask(.wrong("lockstep.toml:3:1: no key \"fliter\"")))
    #expect(status.isConfigurationWrong && status.outcome.contains("lockstep.toml:3:1"))
    #expect(try await ask(.changed)?.state == .filed)
    #expect(world.target.setCount == 0)
    #expect(
      try world.world.reader.events(codes: [6126], text: "", before: nil, limit: 9).count == 1)
  }

  @Test("An engine without passwords refuses an order for them and says what to do")
  func none() async throws {
    let reader = try world.world.reader
    let id = try reader.file(.passwords(.full), requestedBy: "test")
    try await world.world.engine(idleExitSeconds: 0, store: world.store).run()
    let status = try #require(try reader.command(id: id))
    #expect(status.state == .refused && status.outcome.contains("[password_sync]"))
  }

  @Test("An engine that was started for one command leaves passwords alone")
  func oneCommand() async throws {
    try world.addUser("ann")
    try await world.cycle(.initial)
    let id = try world.world.reader.file(.cycle(.delta), requestedBy: "test")
    try await engine().run()
    #expect(try world.world.reader.command(id: id)?.state == .finished)
    #expect(world.target.batchSizes.isEmpty)
  }

  @Test("Cycles and passwords go on beside each other, by the schedule of each")
  func beside() async throws {
    try world.addUser("ann")
    try await world.cycle(.initial)
    let engine = try engine(keepsSchedule: true)
    let target = world.target
    target.state.withLock { $0.onBatch = { engine.stop() } }
    try await engine.run()
    #expect(try world.takes("ann-secret", of: "ann"))
    #expect(try world.state.intervalSeconds == 120)
  }

  @Test("A channel that is no longer configured is not shown")
  func retired() async throws {
    try world.addUser("ann")
    try await world.cycle(.initial)
    _ = try await outcome(.now)
    #expect(try world.world.reader.passwordChannels().count == 1)
    try await world.world.engine(idleExitSeconds: 0, store: world.store).run()
    #expect(try world.world.reader.passwordChannels().isEmpty)
  }
}
