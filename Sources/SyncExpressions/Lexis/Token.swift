/// The smallest parts of an expression's text.
enum Token: Hashable, Sendable {
  /// Digits: a number without its sign.
  case number(UInt64)
  /// A hexadecimal literal, as its bits.
  case bits(UInt64)
  case text(String)
  case attribute(String)
  case parameter(String)
  /// A variable without its dollar sign.
  case variable(String)
  case name(String)
  case infix(Infix)
  case open, close, comma
  case end
}
