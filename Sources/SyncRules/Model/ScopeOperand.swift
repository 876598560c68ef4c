import Configuration
import Directory

/// What a clause compares with, prepared once so that a call does no work on text.
struct ScopeOperand: Hashable, Sendable {
  /// The operator without its negation.
  let test: ScopeOperator
  /// Whether the clause holds exactly when the test fails.
  let isNegated: Bool
  /// The texts to compare with, for ISMEMBEROF in the form that equal names share.
  let texts: [FoldedText]
  /// The numbers of `texts`, as far as they are numbers.
  let numbers: [Int64?]
  /// The mask of a bit test; 0 while a parameter stands in its place.
  let mask: Int64

  init(_ scopeOperator: ScopeOperator, _ values: [String]) throws(ConfigurationError) {
    test = scopeOperator.opposite ?? scopeOperator
    isNegated = scopeOperator.opposite != nil
    try Self.checkCount(scopeOperator, values, test)
    // Parameters are replaced later; what they stand for is looked at then.
    let isComplete = values.allSatisfy { ParameterText.names(in: $0).isEmpty }
    mask = test == .isBitSet && isComplete ? try Self.mask(scopeOperator, values[0]) : 0
    texts =
      test == .isMemberOf && isComplete
      ? [FoldedText(try Self.normalized(scopeOperator, values[0]))] : values.map(FoldedText.init)
    numbers = values.map { Int64($0) }
  }

  /// The normalized name of the group of which it is asked whether an object is a member.
  var group: String? { test == .isMemberOf ? texts[0].original : nil }

  private static func checkCount(
    _ scopeOperator: ScopeOperator, _ values: [String], _ test: ScopeOperator
  ) throws(ConfigurationError) {
    let name = scopeOperator.rawValue
    switch test {
    case .isNotNull:
      guard values.isEmpty else {
        throw ConfigurationError(message: "\(name) takes no value", hint: "leave the value out")
      }
    case .isIn:
      guard !values.isEmpty else {
        throw ConfigurationError(
          message: "\(name) needs a list of values", hint: "write value = [\"…\", \"…\"]")
      }
    default:
      guard values.count == 1 else {
        throw ConfigurationError(message: "\(name) needs one value", hint: "write value = \"…\"")
      }
    }
  }

  /// The mask that `text` spells.
  ///
  /// Active Directory keeps flags in signed 32-bit integers, so the mask of the highest bit is
  /// often written as a negative number; it means those 32 bits.
  private static func mask(
    _ scopeOperator: ScopeOperator, _ text: String
  ) throws(ConfigurationError) -> Int64 {
    let number =
      text.hasPrefix("0x") ? Int64(text.dropFirst(2), radix: 16) : Int64(text)
    guard let number, number != 0, number >= Int64(Int32.min) else {
      throw ConfigurationError(
        message: "\(scopeOperator.rawValue) needs the bits to look at as a number, but got "
          + "\"\(text)\"", hint: "write value = 2, or 0x2")
    }
    return number < 0 ? number & 0xFFFF_FFFF : number
  }

  private static func normalized(
    _ scopeOperator: ScopeOperator, _ text: String
  ) throws(ConfigurationError) -> String {
    do {
      return try DistinguishedName(text).normalized
    } catch {
      throw ConfigurationError(
        message: "\(scopeOperator.rawValue) needs the name of a group: \(error)",
        hint: "write value = \"CN=…,OU=…,DC=…\"")
    }
  }
}
