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
  /// Scalars of it, since asking for their count goes through all of them.
  private var kept = 0
  /// The last scalars that have come, as many as the bracket has, the next one's place after the last.
  private var ring = [Unicode.Scalar](repeating: "\0", count: Self.end.count)
  /// Scalars that have come.
  private var count = 0
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
    ring[count % ring.count] = scalar
    count += 1
    if kept < Self.limit {
      text.append(scalar == "\r" ? "\n" : scalar)
      kept += 1
    }
    guard scalar == Self.end.last, isAtEnd else { return false }
    // Of the bracket only what was kept.
    text.removeLast(max(0, Self.end.count - (count - kept)))
    return true
  }

  /// Whether the last scalars are the bracket.
  private var isAtEnd: Bool {
    count >= ring.count
      && Self.end.indices.allSatisfy { ring[(count + $0) % ring.count] == Self.end[$0] }
  }

  /// Notes that nothing more has come at once; true if that was the second Escape that came alone.
  mutating func pause() -> Bool {
    let isLone =
      burst == 1 && count > 0 && ring[(count - 1) % ring.count] == Self.escape
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
