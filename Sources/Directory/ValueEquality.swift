/// Which values of an attribute are one to a directory.
public enum ValueEquality: Hashable, Sendable {
  /// Those that are the same.
  case exact
  /// Texts that differ in the case of their letters only.
  case caseless
  /// Texts that are the same moment, however it is written.
  case moment
  /// Texts that are one distinguished name.
  case name
  /// Texts that are among those that are shown, in any case: of classes a directory shows those above
  /// them, too.
  case among
  /// Those that are one in any of these ways, but for ``among``.
  case anyOf

  /// Any of the ways in which a directory takes values of `attribute` for one.
  public static func any(of attribute: AttributeName) -> ValueEquality {
    attribute == objectClass ? .among : .anyOf
  }

  private static let objectClass: AttributeName = "objectClass"

  /// Whether a directory that was given the second list of values may show the first.
  public func holds(_ first: [AttributeValue], _ second: [AttributeValue]) -> Bool {
    switch self {
    case .exact: first == second
    case .caseless: Self.isSame(first, second, Self.folded)
    case .moment: Self.isSame(first, second, Self.dated)
    case .name: Self.isSame(first, second, Self.normalized)
    case .among:
      first == second
        || !second.isEmpty && Set(second.map(Self.folded)).isSubset(of: first.map(Self.folded))
    case .anyOf:
      [Self.caseless, .moment, .name].contains { $0.holds(first, second) }
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

  private static func normalized(_ value: AttributeValue) -> AttributeValue {
    guard case .string(let text) = value, let name = try? DistinguishedName(text) else {
      return value
    }
    return .string(name.normalized)
  }

  private static func dated(_ value: AttributeValue) -> AttributeValue {
    guard case .string(let text) = value, let moment = Timestamp(text) else { return value }
    return .integer(moment.milliseconds)
  }
}
