import Directory
import PasswordSync
import SyncStore
import Synchronization

/// A channel as the loops of the engine know it; what works on it is a task's alone.
struct PasswordWork: Sendable {
  let id: Int64
  let setup: PasswordChannelSetup
  /// Where orders for it are left.
  let post = PasswordPost()

  var domain: String { setup.source.domain }

  /// Whether an order is of any concern to the channel: one for an account is if the ledger or the
  /// directory synchronization of its source has the account.
  func takesPart(in order: PasswordOrder, _ store: SyncStore) throws -> Bool {
    guard case .account(let anchor) = order else { return true }
    return try store.look { tx in
      if try tx.password(anchor, channel: id) != nil { return true }
      guard let source = try tx.connectorID(setup.sourceConnector),
        let object = try tx.objectID(connector: source, anchor: Anchor(anchor))
      else { return false }
      return try tx.object(object)?.image != nil
    }
  }
}

/// Where an order waits for the task that works on its channel, and who gave it for its answer.
final class PasswordPost: Sendable {
  private struct State {
    var wishes: PasswordWishes?
    var giver: CheckedContinuation<PasswordTurn, any Error>?
    var isClosed = false
  }
  private let state = Mutex(State())

  /// What came of a turn with these wishes; nothing is done once nobody works on the channel.
  ///
  /// One order at a time is left here.
  ///
  /// - Throws: ``StoreError``.
  func turn(_ wishes: PasswordWishes) async throws -> PasswordTurn {
    try await withCheckedThrowingContinuation { giver in
      let isClosed = state.withLock { state in
        if !state.isClosed { (state.wishes, state.giver) = (wishes, giver) }
        return state.isClosed
      }
      if isClosed { giver.resume(returning: .stopped) }
    }
  }

  /// The order that waits; it must be answered.
  func take() -> PasswordWishes? { state.withLock { $0.wishes.take() } }

  /// Tells what came of the order that was taken.
  func answer(_ result: Result<PasswordTurn, any Error>) {
    state.withLock { $0.giver.take() }?.resume(with: result)
  }

  /// Notes that nobody works on the channel any more.
  func close() {
    state.withLock { $0.isClosed = true }
    answer(.success(.stopped))
  }
}

/// What works on the channels.
extension SyncEngine {
  /// Whether the loops of passwords go on.
  func isKept(_ desk: PasswordDesk) -> Bool {
    !desk.isEnded && stopSignal.reason != .shutDown && !Task.isCancelled
  }

  /// Works on a channel until `desk` says that it is over; when a person stops a turn, from the
  /// beginning once its interval has passed.
  func keep(_ way: PasswordWork, _ desk: PasswordDesk) async throws {
    defer { way.post.close() }
    var pause = 0
    repeat {
      let work = Task { [pause] in try await self.work(on: way, after: pause, desk) }
      desk.note(work, of: way.id)
      try await withTaskCancellationHandler {
        try await work.value
      } onCancel: {
        work.cancel()
      }
      pause = way.setup.intervalSeconds
    } while isKept(desk)
  }

  private func work(
    on way: PasswordWork, after pause: Int, _ desk: PasswordDesk
  ) async throws {
    let channel = PasswordChannel(
      store: store, setup: way.setup, id: way.id, stop: stopSignal, isEnded: { desk.isEnded },
      plan: { try await self.makePlan() })
    try channel.start()
    // By a clock that nobody sets.
    let clock = ContinuousClock()
    var next = clock.now + .seconds(pause)
    while isKept(desk) {
      if let wishes = way.post.take() {
        desk.beginTurn(way.id)
        let result: Result<PasswordTurn, any Error>
        do { result = .success(try await channel.turn(wishes)) } catch { result = .failure(error) }
        desk.endTurn(way.id)
        way.post.answer(result)
        continue
      }
      if options.keepsSchedule, clock.now >= next {
        desk.beginTurn(way.id)
        defer { desk.endTurn(way.id) }
        _ = try await channel.turn()
        next = clock.now + .seconds(way.setup.intervalSeconds)
      }
      try? await Task.sleep(for: .milliseconds(150))
    }
    try await channel.end()
  }
}
