/// Attributes of a cell that need no colour.
public struct Attributes: OptionSet, Hashable, Sendable {
  /// The set as bits.
  public let rawValue: UInt8

  /// A set of these bits.
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// Heavier, or brighter.
  public static let bold = Attributes(rawValue: 1)
  /// Fainter.
  public static let dim = Attributes(rawValue: 2)
  /// Slanted.
  public static let italic = Attributes(rawValue: 4)
  /// Underlined.
  public static let underline = Attributes(rawValue: 8)
  /// Foreground and background exchanged.
  public static let reverse = Attributes(rawValue: 16)

  static let named: [(name: String, attribute: Attributes)] = [
    ("bold", .bold), ("dim", .dim), ("italic", .italic), ("underline", .underline),
    ("reverse", .reverse),
  ]
}

/// How a style looks on a terminal of one tier.
public struct Look: Hashable, Sendable {
  /// The text's colour.
  public var foreground: Color
  /// The colour behind it.
  public var background: Color
  /// The attributes.
  public var attributes: Attributes

  /// Makes a look.
  public init(
    foreground: Color = .standard, background: Color = .standard, attributes: Attributes = []
  ) {
    self.foreground = foreground
    self.background = background
    self.attributes = attributes
  }
}

/// What a terminal can do about colour; a theme has a look for each.
public enum ColorTier: String, CaseIterable, Hashable, Sendable {
  /// No colour: attributes only.
  case mono
  /// The eight or sixteen colours that users set in their terminals.
  case base
  /// 256 colours or exact ones.
  case rich
}

/// A look as written in a theme: what it leaves open comes from the role `text`.
struct LookRule: Hashable, Sendable {
  var foreground: Color?
  var background: Color?
  var attributes: Attributes = []

  /// The rule drawn over a base look.
  func over(_ base: Look) -> Look {
    Look(
      foreground: foreground ?? base.foreground, background: background ?? base.background,
      attributes: attributes)
  }
}
