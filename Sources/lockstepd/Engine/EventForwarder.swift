import Foundation
import SyncStore

/// Hands the application log on to the host's log while an engine works.
///
/// How far it has come is in the store: an event is handed on once, but for the last few before a
/// crash.
struct EventForwarder: Sendable {
  let store: SyncStore
  let log: SystemLog

  private static let position = "system-log.position"
  private static let page = 200

  /// Hands on what happens until the task is cancelled, and then what is left.
  func run() async {
    begin()
    while !Task.isCancelled {
      forward()
      try? await Task.sleep(for: .milliseconds(500))
    }
    forward()
  }

  /// Of a log that was never handed on, only what happens from now on is; where that can't be noted
  /// now, from when it can.
  func begin() {
    try? store.transaction { tx in
      guard try Self.position(tx) == nil else { return }
      try tx.set(Self.position, String(tx.lastEvent()))
    }
  }

  private static func position(_ tx: StoreTransaction) throws -> Int64? {
    try tx.setting(position).flatMap { Int64($0) }
  }

  /// Hands on what has happened since it was last called; what the host's log does not take now
  /// stays for later.
  func forward() {
    do {
      while true {
        let next = try store.look { tx -> (position: Int64, events: [EventRow])? in
          guard let position = try Self.position(tx) else { return nil }
          return (position, try tx.events(after: position, limit: Self.page))
        }
        guard let (position, events) = next else { return begin() }
        guard !events.isEmpty else { return }
        let count = log.send(events)
        guard count > 0 else { return }
        let reached = events[count - 1].id
        guard reached > position else { return }
        try store.transaction { try $0.set(Self.position, String(reached)) }
        if count < events.count || events.count < Self.page { return }
      }
    } catch {
      // The engine tells what is wrong with its store; a log that is handed on late is the least.
      Log.warning("events were not handed on to the host's log: \(error)")
    }
  }
}
