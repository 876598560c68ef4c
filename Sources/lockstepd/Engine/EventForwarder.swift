import Foundation
import SyncStore
import Synchronization

/// Hands the application log on to the host's log while an engine works.
///
/// How far it has come is in the store: an event is handed on once, but for the last few before a
/// crash. A store that can't be written to for a while has none handed on twice.
final class EventForwarder: Sendable {
  private let store: SyncStore
  private let log: SystemLog
  /// The last event that was handed on, which the store may not know yet.
  private let reached = Mutex<Int64>(0)
  /// What was last said to be wrong.
  private let told = Mutex<String?>(nil)

  private static let position = "system-log.position"
  private static let page = 200

  init(store: SyncStore, log: SystemLog) {
    self.store = store
    self.log = log
  }

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
      while try forwardPage() {}
      told.withLock { $0 = nil }
    } catch {
      // The engine tells what is wrong with its store; a log that is handed on late is the least.
      let text = "\(error)"
      let isNews = told.withLock { told in
        defer { told = text }
        return told != text
      }
      guard isNews else { return }
      Log.warning(
        "events are handed on late to the host's log, or once more after a restart: \(text)")
    }
  }

  /// Hands on the next events; the answer is whether there may be more.
  private func forwardPage() throws -> Bool {
    let next = try store.look { tx -> (stored: Int64, from: Int64, events: [EventRow])? in
      guard let stored = try Self.position(tx) else { return nil }
      let from = max(stored, reached.withLock { $0 })
      return (stored, from, try tx.events(after: from, limit: Self.page))
    }
    guard let (stored, from, events) = next else {
      begin()
      return false
    }
    let count = events.isEmpty ? 0 : log.send(events)
    let last = count > 0 ? events[count - 1].id : from
    reached.withLock { $0 = last }
    if last > stored { try store.transaction { try $0.set(Self.position, String(last)) } }
    return count == Self.page
  }
}
