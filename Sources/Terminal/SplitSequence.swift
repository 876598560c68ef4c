import Cells

/// A key's sequence that comes in parts, from what followed the Escape on.
///
/// Over a slow line the bytes of an arrow key come one by one, each later than curses waits: it gives
/// an Escape and two letters, of which `D` would start a cycle. What follows an Escape within
/// ``patience`` as the rest of a sequence does is taken for that.
struct SplitSequence {
  /// Nanoseconds after an Escape, and after each later part, within which the next one is waited for.
  static let patience: Int64 = 500_000_000
  /// Characters after which it is none that any terminal sends.
  private static let limit = 32

  /// What a character made of it.
  enum Outcome: Equatable {
    /// More of it is to come.
    case open
    /// It is whole, with what it means.
    case whole(Meaning)
    /// The character is none of it; what had come are keys.
    case broken
  }

  /// What a sequence means.
  enum Meaning: Equatable {
    case key(Key)
    case pasteStart, pasteEnd
    /// One that no key sends, such as a report of the mouse.
    case nothing
  }

  /// What has come, without the Escape.
  private(set) var text: String
  /// Whether the Escape before it was taken for a key already.
  let followsKey: Bool
  private var last: Int64

  /// What begins with `first`; nil for what begins no sequence.
  init?(_ first: UInt32, followsKey: Bool, at now: Int64) {
    guard let letter = Self.letter(first), letter == "[" || letter == "O" else { return nil }
    text = String(letter)
    self.followsKey = followsKey
    last = now
  }

  /// What curses has read the beginning of.
  init(begun: String, at now: Int64) {
    (text, followsKey, last) = (begun, true, now)
  }

  /// When it is over, in nanoseconds of the clock that nobody sets.
  var deadline: Int64 { last + Self.patience }

  /// Whether a person may have typed what has come: one letter is no proof of a sequence.
  var isLetter: Bool { text.count == 1 }

  /// The keys that what has come is if it is no sequence; none for what nobody types.
  var keys: [Key] {
    guard isLetter, let letter = text.first else { return [] }
    return [Key(.character(letter), alt: !followsKey)]
  }

  /// Takes the next character.
  mutating func take(_ value: UInt32, at now: Int64) -> Outcome {
    guard let letter = Self.letter(value), text.count < Self.limit else { return .broken }
    last = now
    text.append(letter)
    if text.hasPrefix("O") {
      return KeySequences.key(sequence: text).map { .whole(.key($0)) } ?? .broken
    }
    // The old report of the mouse has three bytes behind it, which may be any letters.
    if text.hasPrefix("[M") { return text.count == 5 ? .whole(.nothing) : .open }
    // The Linux console's F1 to F5 have a letter behind a second bracket.
    if text == "[[" || value < 0x40 { return .open }
    return .whole(Self.meaning(of: text))
  }

  private static func meaning(of text: String) -> Meaning {
    switch text {
    case "[200~": .pasteStart
    case "[201~": .pasteEnd
    default: KeySequences.key(sequence: text).map { .key($0) } ?? .nothing
    }
  }

  /// The characters of sequences (ECMA-48 §5.4).
  private static func letter(_ value: UInt32) -> Character? {
    guard (0x20...0x7E).contains(value) else { return nil }
    return Unicode.Scalar(value).map { Character($0) }
  }
}
