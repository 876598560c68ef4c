import ArgumentParser
import Configuration
import Directory
import SyncStore

/// A span of time on the command line: `30m`, `3h`, `7d`, or as the original's scheduler spells
/// it, `[days.]hours:minutes:seconds`.
struct Span: ExpressibleByArgument, Equatable {
  /// Whole seconds.
  let seconds: Int

  init?(argument: String) {
    let written = DurationText.parse(argument.lowercased()).map { Int($0.components.seconds) }
    // Ten years bound what a slip of the finger can ask for.
    guard let span = Self.clock(argument) ?? written, span <= 315_360_000 else { return nil }
    seconds = span
  }

  private static func clock(_ text: String) -> Int? {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 3, let minutes = whole(parts[1]), let seconds = whole(parts[2]),
      minutes < 60, seconds < 60
    else { return nil }
    let days = parts[0].split(separator: ".", omittingEmptySubsequences: false)
    let rest = minutes * 60 + seconds
    if days.count == 1 { return whole(parts[0]).map { $0 * 3600 + rest } }
    guard days.count == 2, let day = whole(days[0]), let hour = whole(days[1]), hour < 24 else {
      return nil
    }
    return day * 86_400 + hour * 3600 + rest
  }

  private static func whole(_ digits: Substring) -> Int? {
    guard (1...4).contains(digits.count), digits.allSatisfy({ $0.isASCII && $0.isNumber }) else {
      return nil
    }
    return Int(digits)
  }
}

/// A moment on the command line: a span before now (`2d`), or RFC 3339.
struct Since: ExpressibleByArgument {
  private enum Kind {
    case before(Int)
    case at(Timestamp)
  }
  private let kind: Kind

  init?(argument: String) {
    if let span = Span(argument: argument) {
      kind = .before(span.seconds)
    } else if let time = Timestamp(argument) {
      kind = .at(time)
    } else {
      return nil
    }
  }

  /// The moment, seen from `now`.
  func moment(now: Timestamp) -> Timestamp {
    switch kind {
    case .before(let seconds): now.adding(seconds: -Double(seconds))
    case .at(let time): time
    }
  }
}

/// A run profile on the command line: `full-import`, `"Full Import"`, `fi`.
struct Profile: ExpressibleByArgument {
  let type: StepType

  init?(argument: String) {
    let key = Self.key(argument)
    let found = StepType.allCases.first { type in
      key == Self.key(type.profileName) || key == Self.initials(type)
    }
    guard let found else { return nil }
    type = found
  }

  static var allValueStrings: [String] { StepType.allCases.map(\.rawValue) }

  private static func key(_ text: String) -> String { text.lowercased().filter { $0.isLetter } }

  private static func initials(_ type: StepType) -> String {
    String(type.profileName.split(separator: " ").compactMap(\.first)).lowercased()
  }
}

/// A cycle's policy on the command line, in any case.
struct Policy: ExpressibleByArgument {
  let policy: CyclePolicy

  init?(argument: String) {
    let found = CyclePolicy.allCases.first { $0.rawValue.lowercased() == argument.lowercased() }
    guard let found else { return nil }
    policy = found
  }

  static var allValueStrings: [String] { CyclePolicy.allCases.map { $0.rawValue.lowercased() } }
}

/// A user's state on the command line: `synced`, `in-cloud`, `pending`, `error`.
struct StateArgument: ExpressibleByArgument {
  let state: UserRow.State

  init?(argument: String) {
    let key = argument.lowercased().filter { $0.isLetter }
    let found = UserRow.State.allCases.first { $0.rawValue.lowercased().filter(\.isLetter) == key }
    guard let found else { return nil }
    state = found
  }

  static var allValueStrings: [String] { ["synced", "in-cloud", "pending", "error"] }
}
