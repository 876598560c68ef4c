/// Text that is being pasted, from the bracket before it on.
///
/// The bracket behind it may come in parts, which curses then gives as letters, or not at all: keys
/// must not be taken for text for ever. That is over when a person has pressed Escape twice, or when
/// nothing has come for a while.
struct OpenPaste {
  /// Scalars that are kept.
  static let limit = 65_536
  /// Nanoseconds without input after which what comes is typed.
  static let silence: Int64 = 5_000_000_000
  private static let escape: Unicode.Scalar = "\u{1B}"
  private static let end = Array("\u{1B}[201~".unicodeScalars)

  /// What has come of the text.
  private(set) var text = String.UnicodeScalarView()
  /// The last scalars that have come, as many as the bracket has.
  private var tail: [Unicode.Scalar] = []
  private var lastInput: Int64
  /// Scalars that have come since the last pause.
  private var burst = 0
  /// Whether an Escape came alone before the last pause.
  private var hasLoneEscape = false

  /// A paste that began at a moment, in nanoseconds of the clock that nobody sets.
  init(at now: Int64) { lastInput = now }

  /// Whether so much time has passed that what comes now is no part of it.
  func isLost(at now: Int64) -> Bool { now - lastInput >= Self.silence }

  /// Takes what has come; true if that ends the text.
  mutating func take(_ scalar: Unicode.Scalar?, at now: Int64) -> Bool {
    lastInput = now
    burst += 1
    guard let scalar else { return false }
    tail = tail.suffix(Self.end.count - 1) + [scalar]
    if text.count < Self.limit { text.append(scalar == "\r" ? "\n" : scalar) }
    guard tail == Self.end else { return false }
    text.removeLast(min(text.count, Self.end.count))
    return true
  }

  /// Notes that nothing more has come at once; true if that was the second Escape that came alone.
  mutating func pause() -> Bool {
    let isLone = burst == 1 && tail.last == Self.escape
    defer { burst = 0 }
    guard isLone, hasLoneEscape else {
      hasLoneEscape = isLone
      return false
    }
    // Both were meant as keys.
    while text.last == Self.escape { text.removeLast() }
    return true
  }
}
