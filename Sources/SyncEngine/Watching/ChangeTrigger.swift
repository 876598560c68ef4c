/// Decides when a cycle follows the changes of one directory.
///
/// Times are of a clock that never goes back.
struct ChangeTrigger {
  typealias Instant = ContinuousClock.Instant

  /// Changes that no import has read yet.
  struct Note: Hashable, Sendable {
    /// When the first was noticed.
    var first: Instant
    /// When the last was.
    var last: Instant
    /// What was noticed first.
    var cause: ChangeCause
  }

  /// How many times longer than usual the pause becomes after cycles that brought nothing.
  static let longestPause = 32.0

  let pace: ChangePace
  private(set) var note: Note?
  private var earliest: Instant?
  /// Until when nothing follows because a person stopped a cycle.
  private var restsUntil: Instant?
  private var fruitless = 0

  init(_ pace: ChangePace) { self.pace = pace }

  /// Something moved.
  mutating func note(_ cause: ChangeCause, at now: Instant) {
    guard var note else {
      note = Note(first: now, last: now, cause: cause)
      return
    }
    note.last = now
    self.note = note
  }

  /// Whether a cycle is to begin now, and for what.
  func due(at now: Instant) -> ChangeCause? {
    guard let note else { return nil }
    if let earliest, now < earliest { return nil }
    if let restsUntil, now < restsUntil { return nil }
    let isQuiet = note.last.duration(to: now) >= .seconds(pace.quiet)
    let hasWaited = note.first.duration(to: now) >= .seconds(pace.longestWait)
    return isQuiet || hasWaited ? note.cause : nil
  }

  /// An import begins, which reads all that was noticed so far.
  mutating func take() -> Note? {
    defer { note = nil }
    restsUntil = nil
    return note
  }

  /// A person stopped a cycle: none begins by itself for `seconds`, or until another one has read what
  /// was noticed.
  mutating func rest(_ seconds: Double, at now: Instant) {
    restsUntil = now.advanced(by: .seconds(seconds))
  }

  /// The import that took `taken` did not read it all.
  mutating func giveBack(_ taken: Note, at now: Instant) {
    note = Note(first: taken.first, last: max(taken.last, note?.last ?? now), cause: taken.cause)
  }

  /// A cycle that these changes triggered has ended.
  ///
  /// - Parameter isFruitful: Whether it changed anything. After one that did not, the pause doubles
  ///   up to ``longestPause`` times what it is: a directory may notice the cycle itself, such as its
  ///   sign-in, and one cycle would follow the other for ever.
  mutating func ended(isFruitful: Bool, at now: Instant) {
    fruitless = isFruitful ? 0 : fruitless + 1
    let factor = min(1 << max(0, min(fruitless, 10) - 1), Int(Self.longestPause))
    earliest = now.advanced(by: .seconds(pace.pause * Double(factor)))
  }
}

/// What makes a cycle due besides the schedule.
enum ChangeCause: Hashable, Sendable {
  /// The directory told of a change.
  case change
  /// The directory begins to be watched.
  case beginning
  /// The directory is watched again.
  case recovery

  /// The reason of a cycle, in words.
  func reason(_ connector: String) -> String {
    switch self {
    case .change: "triggered by a change at \(connector)"
    case .beginning: "the watch of \(connector) began, and what changed before is not known"
    case .recovery: "the watch of \(connector) was broken, and what changed meanwhile is not known"
    }
  }
}
