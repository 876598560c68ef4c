/// Which values of an attribute are one to a directory.
public enum ValueEquality: Hashable, Sendable {
  /// Those that are the same, or differ only in how their letters are composed: a server may bring
  /// texts into one of Unicode's normal forms.
  case exact
  /// Texts that differ in the case of their letters only.
  case caseless
  /// As ``exact``, of texts that are different ones: of those that differ only in the case of their
  /// letters or in spaces a directory takes one, which is the first.
  case distinct
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
    case .exact: Self.isSame(first, second, Key.init)
    case .caseless: Self.isSame(first, second, Self.folded)
    case .distinct: Self.isSame(first, Self.distinct(second), Key.init)
    case .moment: Self.isSame(first, second, Self.dated)
    case .name: Self.isSame(first, second, Self.normalized)
    case .among:
      first == second
        || !second.isEmpty && Set(second.map(Self.folded)).isSubset(of: first.map(Self.folded))
    case .anyOf:
      [Self.caseless, .moment, .name].contains { $0.holds(first, second) }
    }
  }

  /// What values share that are one: texts as Swift compares them, whatever their composition.
  private enum Key: Hashable {
    case text(String)
    case moment(Int64)
    case other(AttributeValue)

    init(_ value: AttributeValue) {
      if case .string(let text) = value { self = .text(text) } else { self = .other(value) }
    }
  }

  // Two values that are one may be shown as one.
  private static func isSame(
    _ first: [AttributeValue], _ second: [AttributeValue], _ key: (AttributeValue) -> Key
  ) -> Bool {
    first == second || Set(first.map(key)) == Set(second.map(key))
  }

  /// The texts among `values` without those that a directory which ignores case takes for one with an
  /// earlier one (RFC 4517 §4.2.11); all else stays.
  public static func distinct(_ values: [AttributeValue]) -> [AttributeValue] {
    guard values.count > 1 else { return values }
    var known: Set<String> = []
    return values.filter { value in
      guard case .string(let text) = value else { return true }
      return known.insert(text.lowercased().split(separator: " ").joined(separator: " ")).inserted
    }
  }

  private static func folded(_ value: AttributeValue) -> Key {
    if case .string(let text) = value { .text(text.lowercased()) } else { .other(value) }
  }

  private static func normalized(_ value: AttributeValue) -> Key {
    guard case .string(let text) = value, let name = try? DistinguishedName(text) else {
      return Key(value)
    }
    return .text(name.normalized)
  }

  private static func dated(_ value: AttributeValue) -> Key {
    guard case .string(let text) = value, let moment = Timestamp(text) else { return Key(value) }
    return .moment(moment.milliseconds)
  }
}
