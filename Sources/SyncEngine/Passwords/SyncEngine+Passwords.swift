import Directory
import Foundation
import PasswordSync
import SyncStore

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

  /// Works on the channels until `desk` says that it is over, each by its interval.
  ///
  /// All of them do when a command asks for it. None waits for another.
  ///
  /// - Throws: ``StoreError``.
  func keepPasswords(_ desk: PasswordDesk) async throws {
    let ways = try store.transaction { try registerPasswordChannels($0) }
      .map { PasswordWork(id: $0.id, setup: $0.setup) }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for way in ways { group.addTask { try await self.keep(way, desk) } }
      group.addTask { try await self.obeyPasswords(ways, desk) }
      try await group.waitForAll()
    }
  }

  private func obeyPasswords(_ ways: [PasswordWork], _ desk: PasswordDesk) async throws {
    while isKept(desk) {
      if try await obeyNextPasswords(ways, desk) { continue }
      try? await Task.sleep(for: .milliseconds(150))
    }
  }

  /// Takes the next command for passwords and does it; the answer is whether there was one.
  private func obeyNextPasswords(
    _ ways: [PasswordWork], _ desk: PasswordDesk
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
    desk.beginOrder()
    defer { desk.endOrder() }
    guard let taken = try store.transaction({ [try $0.takeCommand(.passwords)] })[0],
      case .passwords(let order) = taken.command
    else { return false }
    do {
      try await obey(order, taken, ways, desk)
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
    _ order: PasswordOrder, _ taken: TakenCommand, _ ways: [PasswordWork], _ desk: PasswordDesk
  ) async throws {
    var outcomes: [String] = []
    let chosen = try ways.filter { try $0.takesPart(in: order, store) }
    var isRefused = chosen.isEmpty
    let turns = try await turns(of: chosen, wishes(of: order, filed: taken.filed))
    if turns.contains(.stopped), desk.isEnded, stopSignal.reason != .shutDown {
      // The engine with the new configuration goes on with it.
      return try store.transaction { try $0.putBack(command: taken.id) }
    }
    for (way, turn) in zip(chosen, turns) {
      if case .ended = turn {} else { isRefused = true }
      outcomes.append(Self.words(turn, way.domain) + (try heldBack(order, turn, way.id)))
    }
    if ways.isEmpty {
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

  /// The turns that the channels take for an order, all at once, in the channels' order.
  private func turns(
    of ways: [PasswordWork], _ wishes: PasswordWishes
  ) async throws -> [PasswordTurn] {
    try await withThrowingTaskGroup(of: (Int, PasswordTurn).self) { group in
      for (index, way) in ways.enumerated() {
        group.addTask { (index, try await way.post.turn(wishes)) }
      }
      var turns = [PasswordTurn](repeating: .stopped, count: ways.count)
      for try await (index, turn) in group { turns[index] = turn }
      return turns
    }
  }

  /// Whose passwords an order for all did not send because the source tells of earlier ones.
  private func heldBack(
    _ order: PasswordOrder, _ turn: PasswordTurn, _ channel: Int64
  ) throws -> String {
    if case .account = order { return "" }
    guard case .ended = turn else { return "" }
    let count = try store.look { try $0.doubtedPasswords(channel) }
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
