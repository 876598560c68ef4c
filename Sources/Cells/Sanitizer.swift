/// Makes untrusted directory text drawable: whatever could steer a terminal, hide, or reorder its
/// neighbours becomes a visible stand-in.
///
/// Right-to-left letters pass and stay in logical order; only the controls that force an order are
/// replaced.
public enum Sanitizer {
  /// What is drawn in place of one hostile scalar.
  public static let standIn: Character = "\u{B7}"

  /// The text with each hostile scalar as `·`; the same text when there is none.
  public static func drawable(_ text: String) -> String {
    if isClean(text) { return text }
    var result = String.UnicodeScalarView()
    forEachScalar(of: text) { scalar, isHostile in
      result.append(isHostile ? "\u{B7}" : scalar)
    }
    return String(result)
  }

  /// The text with each hostile scalar spelled out as `<U+202E>`, for an inspector.
  public static func verbose(_ text: String) -> String {
    if isClean(text) { return text }
    var result = ""
    for scalar in text.unicodeScalars {
      if isHostile(scalar) || isShaper(scalar) {
        result += notation(scalar)
      } else {
        result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// A value as it is, for whoever looks for what is wrong with it: as ``verbose(_:)``, with blanks
  /// spelled out that nobody would see, those at its ends and those that only look like one.
  public static func exact(_ text: String) -> String {
    let scalars = text.unicodeScalars
    func isOdd(_ scalar: Unicode.Scalar) -> Bool {
      scalar != " " && scalar.properties.generalCategory == .spaceSeparator
    }
    guard scalars.first == " " || scalars.last == " " || scalars.contains(where: isOdd) else {
      return verbose(text)
    }
    let inner = text.drop { $0 == " " }
    let core = inner.isEmpty ? "" : String(inner.reversed().drop { $0 == " " }.reversed())
    let leading = text.count - inner.count
    let trailing = inner.count - core.count
    let blank = notation(" ")
    let spelled = verbose(core).unicodeScalars.reduce(into: "") { result, scalar in
      if isOdd(scalar) { result += notation(scalar) } else { result.unicodeScalars.append(scalar) }
    }
    return String(repeating: blank, count: leading) + spelled
      + String(repeating: blank, count: trailing)
  }

  /// Whether `drawable` and `verbose` would change nothing, told without a copy when the text is
  /// plain ASCII.
  public static func isClean(_ text: String) -> Bool {
    if isPrintableASCII(text) { return true }
    var isClean = true
    forEachScalar(of: text) { _, isHostile in
      if isHostile { isClean = false }
    }
    return isClean && !text.unicodeScalars.contains(where: isShaper)
  }

  /// Whether a scalar must never reach the screen as itself, wherever it stands.
  public static func isHostile(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x20...0x7E: false
    case 0...0x9F, 0xAD, 0xFFFD: true
    case 0xA0...0x2FF: false
    case 0x115F, 0x1160, 0x2800, 0x3164, 0xFFA0: true  // letters that draw nothing
    case 0x34F, 0x17B4, 0x17B5, 0x2065, 0xFFF0...0xFFF8: true  // what need not be drawn at all
    case 0x200C, 0x200D, 0xFE00...0xFE0F, 0xE0100...0xE01EF: false  // judged by their neighbours
    case 0x180B...0x180D, 0x180F: false  // likewise
    case 0xE0000...0xE0FFF: true
    case 0x600...0x605, 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD: false  // drawn signs
    default: isHostileCategory(scalar)
    }
  }

  /// Whether a scalar may make a text look like another one to who reads it in a file, wherever it
  /// stands: what is hostile, and what is lawful and not seen.
  public static func mayMislead(_ scalar: Unicode.Scalar) -> Bool {
    isHostile(scalar) || isShaper(scalar)
  }

  /// The text with its line breaks and tabs, and each other hostile scalar as `·`.
  public static func drawableLines(_ text: String) -> String {
    let isPlain = text.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F || $0 == 0x0A || $0 == 0x09 }
    if isPlain { return text }
    var (result, line) = ("", String.UnicodeScalarView())
    for scalar in text.unicodeScalars {
      if scalar == "\n" || scalar == "\t" {
        result += drawable(String(line))
        result.unicodeScalars.append(scalar)
        line = .init()
      } else {
        line.append(scalar)
      }
    }
    return result + drawable(String(line))
  }

  /// A scalar as JSON spells what must not stand in it as itself: `\u202e` (RFC 8259 §7).
  public static func jsonEscape(_ scalar: Unicode.Scalar) -> String {
    (UTF16.encode(scalar) ?? .init([])).map { unit in
      let digits = String(unit, radix: 16)
      return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    }.joined()
  }

  static func isPrintableASCII(_ text: String) -> Bool {
    text.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F }
  }

  /// Visits each scalar with whether it must be replaced, judging joiners by what they join.
  static func forEachScalar(of text: String, _ visit: (Unicode.Scalar, Bool) -> Void) {
    let scalars = text.unicodeScalars
    var base: Unicode.Scalar?
    // The shaper that the base has already; a second one would do nothing but hide.
    var shaper: Unicode.Scalar?
    for index in scalars.indices {
      let scalar = scalars[index]
      guard isShaper(scalar) else {
        let isBad = isHostile(scalar)
        visit(scalar, isBad)
        (base, shaper) = (isBad ? nil : scalar, nil)
        continue
      }
      // An emoji that is to be drawn as one may still be joined.
      var mayShape = shaper == nil || shaper == "\u{FE0F}" && scalar == "\u{200D}"
      if let base, mayShape {
        mayShape =
          base.isASCII
          ? isKeycap(scalar, scalars[scalars.index(after: index)...].first)
          : Self.mayShape(scalar, after: base)
      }
      if base == nil { mayShape = false }
      visit(scalar, !mayShape)
      // Behind a stand-in nothing is shaped.
      if mayShape { shaper = scalar } else { base = nil }
    }
  }

  /// Digits are emoji only in a keycap.
  private static func isKeycap(_ scalar: Unicode.Scalar, _ next: Unicode.Scalar?) -> Bool {
    (scalar == "\u{FE0E}" || scalar == "\u{FE0F}") && next == "\u{20E3}"
  }

  /// `<U+202E>`.
  static func notation(_ scalar: Unicode.Scalar) -> String {
    let digits = String(scalar.value, radix: 16, uppercase: true)
    return "<U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits + ">"
  }

  /// Joiners and variation selectors: lawful after what they shape, a hiding place elsewhere.
  private static func isShaper(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x200C, 0x200D, 0xFE00...0xFE0F, 0xE0100...0xE01EF, 0x180B...0x180D, 0x180F: true
    default: false
    }
  }

  private static func mayShape(_ scalar: Unicode.Scalar, after previous: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x180B...0x180D, 0x180F: return (0x1800...0x18AF).contains(previous.value)
    case 0x200C: return isJoining(previous)
    case 0x200D: return isJoining(previous) || isEmoji(previous)
    case 0xFE00...0xFE0F: return isEmoji(previous) || previous.value >= 0x2000
    default: return previous.value >= 0x2E80  // ideographic variation
    }
  }

  /// Arabic to Mongolian: the scripts whose letters join, or stack by virama.
  private static func isJoining(_ scalar: Unicode.Scalar) -> Bool {
    (0x600...0x18AF).contains(scalar.value)
  }

  private static func isEmoji(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.isEmoji }

  private static func isHostileCategory(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .privateUse, .surrogate, .lineSeparator, .paragraphSeparator: true
    case .unassigned: scalar.properties.isNoncharacterCodePoint
    default: false
    }
  }
}
