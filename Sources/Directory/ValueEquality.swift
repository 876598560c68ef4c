/// Which values of an attribute are one to a directory.
public enum ValueEquality: Hashable, Sendable {
  /// Those that are the same.
  case exact
  /// Texts that differ in the case of their letters only.
  case caseless
  /// Texts that are the same moment, however it is written.
  case moment
  /// Those that are one in any of these ways.
  case anyOf

  /// Whether a directory that was given the one list of values may show the other.
  public func holds(_ first: [AttributeValue], _ second: [AttributeValue]) -> Bool {
    switch self {
    case .exact: first == second
    case .caseless: Self.isSame(first, second, Self.folded)
    case .moment: Self.isSame(first, second, Self.dated)
    case .anyOf: Self.caseless.holds(first, second) || Self.moment.holds(first, second)
    }
  }

  // Two values that are one may be shown as one.
  private static func isSame(
    _ first: [AttributeValue], _ second: [AttributeValue],
    _ key: (AttributeValue) -> AttributeValue
  ) -> Bool {
    first == second || Set(first.map(key)) == Set(second.map(key))
  }

  private static func folded(_ value: AttributeValue) -> AttributeValue {
    if case .string(let text) = value { .string(text.lowercased()) } else { value }
  }

  private static func dated(_ value: AttributeValue) -> AttributeValue {
    guard case .string(let text) = value, let moment = Timestamp(text) else { return value }
    return .integer(moment.milliseconds)
  }
}
