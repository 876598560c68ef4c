import Synchronization

/// What happened in a history, a line each, the same for the same seed whatever the machine does.
public final class Trace: Sendable {
  private let stored = Mutex<[String]>([])

  /// An empty trace.
  public init() {}

  /// The lines so far.
  public var lines: [String] { stored.withLock { $0 } }

  func note(_ line: String) { stored.withLock { $0.append(line) } }
}
