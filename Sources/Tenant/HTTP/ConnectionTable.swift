import Glibc
import Synchronization

/// The connections of a server, and for what each waits.
///
/// It ends those that keep the server waiting for longer than is fair, and makes room for new ones.
final class ConnectionTable: Sendable {
  /// What is allowed of connections.
  struct Limits: Sendable {
    /// Connections at a time.
    var most = 256
    /// How long a request's head may take from its first byte to its last.
    var head = Duration.seconds(20)
    /// How long a connection may be silent: between requests, in a body, or with an answer not
    /// fetched.
    var silence = Duration.seconds(600)
    /// How long a refused client is still listened to, so that it reads why.
    var farewell = Duration.seconds(2)
  }

  /// What a connection is at.
  enum Phase: Hashable, Sendable {
    /// No request has begun.
    case idle
    /// A head has begun and is not whole.
    case head
    /// More of a body is awaited.
    case body
    /// A request is being answered.
    case working
    /// The client is to fetch an answer.
    case sending
    /// The last answer was given.
    case farewell
    /// It was ended from here.
    case ended
  }

  private struct Entry {
    let socket: Int32
    var phase: Phase
    var since: ContinuousClock.Instant
    var isLate = false
  }

  private struct State {
    var entries: [Int: Entry] = [:]
    var next = 0
    var isStopping = false
  }

  let limits: Limits
  private let state = Mutex(State())

  init(_ limits: Limits) { self.limits = limits }

  /// How many connections there are, without those that were ended and are not gone yet.
  var count: Int { state.withLock { $0.entries.values.count { $0.phase != .ended } } }

  /// Takes an accepted socket, which stays its caller's to close, under the number that is given
  /// back; nil if the server stops.
  func add(_ socket: Int32) -> Int? {
    state.withLock { state in
      guard !state.isStopping else { return nil }
      state.next += 1
      state.entries[state.next] = Entry(socket: socket, phase: .idle, since: .now)
      return state.next
    }
  }

  /// Forgets a connection; its socket may be closed only after that, as its number is soon another's.
  func remove(_ number: Int) {
    state.withLock { _ = $0.entries.removeValue(forKey: number) }
  }

  /// Notes what a connection is at from now on; the time of a head and of a farewell runs from their
  /// first byte.
  ///
  /// - Returns: false if it is to end.
  @discardableResult
  func enter(_ phase: Phase, _ number: Int) -> Bool {
    state.withLock { state in
      guard var entry = state.entries[number], entry.phase != .ended else { return false }
      if phase == .idle, state.isStopping { return false }
      guard phase != entry.phase || [.idle, .body].contains(phase) else { return true }
      (entry.phase, entry.since) = (phase, .now)
      state.entries[number] = entry
      return true
    }
  }

  /// Whether the head of a connection was ended because it took too long.
  func isLate(_ number: Int) -> Bool {
    state.withLock { $0.entries[number]?.isLate ?? false }
  }

  // MARK: Ending

  /// Ends the connections that have kept the server waiting for too long.
  func sweep(_ now: ContinuousClock.Instant = .now) {
    state.withLock { state in
      for (number, entry) in state.entries {
        let waited = now - entry.since
        switch entry.phase {
        case .working, .ended: continue
        case .head:
          guard waited > limits.head, !entry.isLate else { continue }
          // It is still told why.
          state.entries[number]?.isLate = true
          shutdown(entry.socket, Int32(SHUT_RD))
        case .farewell:
          if waited > limits.farewell { Self.end(number, &state) }
        case .idle, .body, .sending:
          if waited > limits.silence { Self.end(number, &state) }
        }
      }
    }
  }

  /// Ends the connection whose client has kept the server waiting for the longest time; false if all
  /// are being answered.
  func makeRoom() -> Bool {
    state.withLock { state in
      let waiting = state.entries.filter { $0.value.phase != .working && $0.value.phase != .ended }
      guard let longest = waiting.min(by: { $0.value.since < $1.value.since }) else { return false }
      Self.end(longest.key, &state)
      return true
    }
  }

  /// Takes no more connections and ends those that have asked nothing; the others end with their
  /// answer.
  func stop() {
    state.withLock { state in
      state.isStopping = true
      for (number, entry) in state.entries where [.idle, .head, .farewell].contains(entry.phase) {
        Self.end(number, &state)
      }
    }
  }

  private static func end(_ number: Int, _ state: inout State) {
    guard let entry = state.entries[number] else { return }
    state.entries[number]?.phase = .ended
    shutdown(entry.socket, Int32(SHUT_RDWR))
  }
}
