import Directory
import Foundation
import PasswordSync
import SyncStore
import Synchronization

/// What the loop of the directory synchronization and that of passwords tell each other.
final class PasswordDesk: Sendable {
  private let busy = Atomic(false)
  private let ended = Atomic(false)
  private let stopped = Atomic(false)

  /// Whether a turn is underway.
  var isBusy: Bool { busy.load(ordering: .acquiring) }
  /// Whether the loop of passwords is to end.
  var isEnded: Bool { ended.load(ordering: .acquiring) }

  /// Whether the turn that is underway is to end before its time.
  var isTurnOver: Bool { isEnded || stopped.load(ordering: .acquiring) }

  func setBusy(_ isBusy: Bool) {
    // A stop is of the turn that a person saw.
    stopped.store(false, ordering: .releasing)
    busy.store(isBusy, ordering: .releasing)
  }
  func stopTurn() { stopped.store(true, ordering: .releasing) }
  func end() { ended.store(true, ordering: .releasing) }
}

/// The channels of passwords, which work beside the cycles and not in them.
extension SyncEngine {
  /// Enters the channels that are configured; the answer is their numbers, those left out whose
  /// connectors are not there.
  @discardableResult
  func registerPasswordChannels(
    _ tx: StoreTransaction
  ) throws -> [(id: Int64, setup: PasswordChannelSetup)] {
    let channels = try options.passwordChannels.compactMap { setup in
      guard let source = try tx.connectorID(setup.sourceConnector),
        let target = try tx.connectorID(setup.targetConnector)
      else { return nil as (id: Int64, setup: PasswordChannelSetup)? }
      let id = try tx.registerPasswordChannel(
        source: source, target: target, domain: setup.source.domain,
        intervalSeconds: setup.intervalSeconds)
      return (id, setup)
    }
    try tx.retirePasswordChannels(except: channels.map(\.id))
    return channels
  }

  /// Which commands the loop of the directory synchronization obeys.
  var directoryShare: StoreTransaction.CommandShare {
    options.passwordChannels.isEmpty ? .all : .directory
  }

  private func makePasswordChannels(_ desk: PasswordDesk) throws -> [PasswordChannel] {
    try store.transaction { try registerPasswordChannels($0) }.map { id, setup in
      PasswordChannel(
        store: store, setup: setup, id: id, stop: stopSignal, isEnded: { desk.isTurnOver }
      ) {
        try await self.makePlan()
      }
    }
  }

  /// Works on the channels until `desk` says that it is over: each by its interval, and all of them
  /// when a command asks for it.
  ///
  /// - Throws: ``StoreError``.
  func keepPasswords(_ desk: PasswordDesk) async throws {
    let channels = try makePasswordChannels(desk)
    for channel in channels { try channel.start() }
    // By a clock that nobody sets.
    let clock = ContinuousClock()
    var next = channels.map { _ in clock.now }
    while !desk.isEnded && stopSignal.reason != .shutDown {
      if try await obeyNextPasswords(channels, desk) { continue }
      if options.keepsSchedule {
        for (index, channel) in channels.enumerated()
        where !desk.isEnded && clock.now >= next[index] {
          desk.setBusy(true)
          defer { desk.setBusy(false) }
          _ = try await channel.turn()
          next[index] = clock.now + .seconds(channel.setup.intervalSeconds)
        }
      }
      try? await Task.sleep(for: .milliseconds(150))
    }
    for channel in channels { try await channel.end() }
  }

  /// Takes the next command for passwords and does it; the answer is whether there was one.
  private func obeyNextPasswords(
    _ channels: [PasswordChannel], _ desk: PasswordDesk
  ) async throws -> Bool {
    guard try store.look({ try $0.hasCommand(.passwords) }) else { return false }
    switch try lookAtConfiguration(atOnce: true) {
    case .same: break
    case .wrong(let text):
      try store.transaction { tx in
        guard let taken = try tx.takeCommand(.passwords) else { return }
        try tx.finish(
          command: taken.id, .refused, outcome: CommandStatus.wrongConfiguration + text)
      }
      return true
    // It is left to the engine that works by what the files say then.
    case .changing, .changed: return false
    }
    desk.setBusy(true)
    defer { desk.setBusy(false) }
    guard let taken = try store.transaction({ [try $0.takeCommand(.passwords)] })[0],
      case .passwords(let order) = taken.command
    else { return false }
    do {
      try await obey(order, taken, channels, desk)
    } catch let error as StoreError where error.code == .diskFull {
      options.tell("\(error)")
      try await writeWhenThereIsRoom {
        try store.transaction {
          try $0.finish(command: taken.id, .refused, outcome: error.description)
        }
      }
    }
    return true
  }

  private func obey(
    _ order: PasswordOrder, _ taken: TakenCommand, _ channels: [PasswordChannel],
    _ desk: PasswordDesk
  ) async throws {
    var outcomes: [String] = []
    let chosen = try channels.filter { try $0.takesPart(in: order) }
    var isRefused = chosen.isEmpty
    for channel in chosen {
      let turn = try await channel.turn(wishes(of: order, filed: taken.filed))
      if turn == .stopped, desk.isEnded, stopSignal.reason != .shutDown {
        // The engine with the new configuration goes on with it.
        return try store.transaction { try $0.putBack(command: taken.id) }
      }
      if case .ended = turn {} else { isRefused = true }
      outcomes.append(
        Self.words(turn, channel.domain) + (try heldBack(order, turn, channel)))
    }
    if channels.isEmpty {
      outcomes = ["The connectors of [password_sync] are not there"]
    } else if chosen.isEmpty {
      outcomes = [
        "No channel of passwords has this account; 'lockstep password-sync list' shows whom they have"
      ]
    }
    let outcome = outcomes.joined(separator: "; ")
    try store.transaction {
      try $0.finish(command: taken.id, isRefused ? .refused : .finished, outcome: outcome)
    }
  }

  /// Whose passwords an order for all did not send because the source tells of earlier ones.
  private func heldBack(
    _ order: PasswordOrder, _ turn: PasswordTurn, _ channel: PasswordChannel
  ) throws -> String {
    if case .account = order { return "" }
    guard case .ended = turn else { return "" }
    let count = try store.look { try $0.doubtedPasswords(channel.id) }
    guard count > 0 else { return "" }
    return ", \(count) are held back for a day at most, since the source tells of earlier ones "
      + "than it did before ('lockstep password-sync user NAME --send' sends one nevertheless)"
  }

  private func wishes(of order: PasswordOrder, filed: Timestamp) -> PasswordWishes {
    var wishes = PasswordWishes(filed: filed)
    switch order {
    case .now: wishes.isImpatient = true
    case .full: wishes.isFull = true
    case .account(let anchor): wishes.accounts = [anchor]
    }
    return wishes
  }

  private static func words(_ turn: PasswordTurn, _ domain: String) -> String {
    switch turn {
    case .ended(taken: 0, failed: 0, filtered: 0): "\(domain): nothing was to be sent"
    case .ended(let taken, let failed, let filtered):
      "\(domain): \(taken) passwords were taken"
        + (failed == 0 ? "" : ", \(failed) failed and are tried again")
        + (filtered == 0 ? "" : ", of \(filtered) the target takes none of their kind")
    case .refused(let reason): "\(domain): \(reason)"
    case .failed(let reason): "\(domain): \(reason)"
    case .stopped:
      "\(domain): a person stopped it, the engine was told to end, or staging mode was turned on"
    }
  }
}
