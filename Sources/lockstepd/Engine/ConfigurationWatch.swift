import Directory
import SyncEngine
import Synchronization

/// Keeps what a workspace's files say at hand, and notices when they say something else.
final class ConfigurationWatch: ConfigurationWatching {
  /// What is written is taken for finished when it has been left alone for so long.
  static let settleTime = Duration.seconds(2)
  /// Without anybody who waits, looking once in so long is enough.
  static let pause = Duration.milliseconds(500)
  /// For how long files that were found wrong are not read again: what is wrong may stand elsewhere,
  /// in the file of a secret, and be put right there.
  static let wrongTime = Duration.seconds(10)
  /// The same where somebody waits.
  static let shortWrongTime = Duration.seconds(1)

  private struct State {
    var stamp: ConfigurationStamp
    var current: LoadedConfiguration
    /// Files that are not those of `current`, since when they are so, and what came of reading them.
    var seen: (stamp: ConfigurationStamp, since: ContinuousClock.Instant)?
    var verdict: ConfigurationState?
    var readAt: ContinuousClock.Instant?
    var next: LoadedConfiguration?
    var looked: ContinuousClock.Instant?
  }

  private let folder: String
  private let now: @Sendable () -> ContinuousClock.Instant
  private let date: @Sendable () -> Timestamp
  private let state: Mutex<State>

  /// Reads the workspace in `folder`.
  ///
  /// - Parameters:
  ///   - folder: The workspace's folder.
  ///   - now: The clock by which it is seen that files are left alone.
  ///   - date: The clock that files have their times of.
  /// - Throws: ``ConfigurationError`` with the place of what is wrong, ``WorkspaceError``.
  init(
    _ folder: String, now: @escaping @Sendable () -> ContinuousClock.Instant = { .now },
    date: @escaping @Sendable () -> Timestamp = { .now }
  ) throws {
    self.folder = folder
    self.now = now
    self.date = date
    let first = try LoadedConfiguration.read(folder)
    // What is written while it is read is another configuration at the next look.
    let stamp = ConfigurationStamp(first.workspace)
    state = Mutex(State(stamp: stamp, current: try LoadedConfiguration.read(folder)))
  }

  /// What an engine works by now.
  var current: LoadedConfiguration { state.withLock { $0.current } }

  func look(atOnce: Bool) -> ConfigurationState {
    state.withLock { state in
      if let verdict = state.verdict, verdict == .changed { return verdict }
      if !atOnce, let looked = state.looked, looked.duration(to: now()) < Self.pause {
        return state.verdict ?? (state.seen == nil ? .same : .changing)
      }
      state.looked = now()
      let stamp = ConfigurationStamp(state.current.workspace)
      guard stamp != state.stamp else {
        (state.seen, state.verdict) = (nil, nil)
        return .same
      }
      if state.seen?.stamp != stamp {
        state.seen = (stamp, now())
        state.verdict = nil
      }
      if let verdict = state.verdict, !isOutdated(state, atOnce: atOnce) { return verdict }
      guard let since = state.seen?.since,
        since.duration(to: now()) >= Self.settleTime || atOnce && isLeftAlone(state)
      else { return .changing }
      return read(&state)
    }
  }

  /// Whether what was found wrong may be right by now.
  private func isOutdated(_ state: State, atOnce: Bool) -> Bool {
    guard case .wrong = state.verdict, let readAt = state.readAt else { return false }
    return readAt.duration(to: now()) >= (atOnce ? Self.shortWrongTime : Self.wrongTime)
  }

  /// Whether nothing has touched the files lately, also before anybody looked: of several that are
  /// replaced one by one, the first alone are a configuration that nobody meant.
  private func isLeftAlone(_ state: State) -> Bool {
    let touched = ConfigurationStamp.touched(state.current.workspace)
    return .seconds(date().seconds(since: touched)) >= Self.settleTime
  }

  private func read(_ state: inout State) -> ConfigurationState {
    let verdict: ConfigurationState
    do {
      state.next = try LoadedConfiguration.read(folder, after: state.current)
      verdict = .changed
    } catch {
      verdict = .wrong("\(error)")
    }
    (state.verdict, state.readAt) = (verdict, now())
    return verdict
  }

  /// Goes over to what the files say now, after a look that told of a change; the answer is what
  /// was before.
  func advance() -> LoadedConfiguration? {
    state.withLock { state in
      guard let next = state.next, let seen = state.seen else { return nil }
      let former = state.current
      (state.current, state.stamp) = (next, seen.stamp)
      (state.seen, state.verdict, state.next) = (nil, nil, nil)
      return former
    }
  }
}
