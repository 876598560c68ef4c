/// How `lockstep` and `lockstepd` end, for scripts and service managers.
///
/// The numbers are a promise: a script may rely on them.
public enum ExitStatus: Int32, CaseIterable, Sendable {
  /// All went well.
  case success = 0
  /// The run was completed, and some of its objects have errors.
  case completedWithErrors = 1
  /// The command line or the configuration is wrong; nothing was done.
  case usage = 2
  /// The run could not start, or was stopped before its end.
  case stopped = 3
  /// The engine could not be reached or started, or vanished on the way.
  case engineUnavailable = 4
  /// The store can't be opened, read or written.
  case store = 5
  /// The system refused something else: a file, a process, an address.
  case system = 6
  /// What was asked for is not there: no such run, object or connector.
  case notFound = 7
  /// A target does not hold what the rules want.
  case drift = 8
  /// Ctrl-C while following; what runs goes on.
  case interrupted = 130

  /// What the number means, in a few words.
  public var meaning: String {
    switch self {
    case .success: "success"
    case .completedWithErrors: "completed, some objects have errors"
    case .usage: "wrong command line or configuration; nothing was done"
    case .stopped: "stopped before its end, or could not start"
    case .engineUnavailable: "the engine could not be reached or started, or vanished"
    case .store: "the store can't be opened, read or written"
    case .system: "the system refused a file, a process or an address"
    case .notFound: "no such run, step, object or connector"
    case .drift: "a target does not hold what the rules want"
    case .interrupted: "interrupted while following; what runs goes on"
    }
  }

  /// One line a status, as the help shows them.
  public static var table: String {
    allCases.map { status in
      let number = String(status.rawValue)
      return "  " + number + String(repeating: " ", count: 5 - number.count) + status.meaning
    }.joined(separator: "\n")
  }
}
