import Directory
import TestSupport
import Testing

@testable import SyncRules

/// What a clause says of values, in the plainest words.
private struct PlainClause {
  var name: ScopeOperator
  var wanted: [String]

  private func number(_ value: AttributeValue) -> Int64? {
    switch value {
    case .integer(let number): number
    case .string(let text): Int64(text)
    default: nil
    }
  }

  /// The texts that a value may be taken for: bytes are a SID, a GUID, or their digits.
  private func forms(_ value: AttributeValue) -> [String] {
    guard case .binary(let bytes) = value else { return [value.text] }
    return [SID(bytes: bytes)?.description, GUID(bytes: bytes)?.description, value.text]
      .compactMap(\.self)
  }

  private func isSame(_ value: AttributeValue, _ wanted: String) -> Bool {
    // Only what its directory calls a number is compared as one.
    if case .integer(let number) = value, let other = Int64(wanted) { return number == other }
    return forms(value).contains { $0.lowercased() == wanted.lowercased() }
  }

  private func any(_ values: [AttributeValue], _ test: (String, String) -> Bool) -> Bool {
    values.contains { value in
      forms(value).contains { test($0.lowercased(), wanted[0].lowercased()) }
    }
  }

  /// Whether one of the values stands so to the one that is wanted; -1 for before, 1 for behind.
  private func ordered(_ values: [AttributeValue], _ allowed: Set<Int>) -> Bool {
    values.contains { value in
      if case .integer(let a) = value, let b = Int64(wanted[0]) {
        return allowed.contains(a < b ? -1 : a == b ? 0 : 1)
      }
      let (a, b) = (forms(value)[0].lowercased(), wanted[0].lowercased())
      return allowed.contains(a < b ? -1 : a == b ? 0 : 1)
    }
  }

  private func hasBits(_ values: [AttributeValue]) -> Bool {
    let mask = Int64(wanted[0]) ?? 0
    return values.contains { number($0).map { $0 & mask == mask } ?? false }
  }

  private func isMember(_ values: [AttributeValue]) -> Bool {
    values.contains { value in
      guard let dn = try? DistinguishedName(value.text) else { return false }
      return dn == (try? DistinguishedName(wanted[0]))
    }
  }

  func holds(_ values: [AttributeValue]) -> Bool {
    switch name {
    case .isNull: values.isEmpty
    case .isNotNull: !values.isEmpty
    case .equal: values.contains { isSame($0, wanted[0]) }
    case .notEqual: !values.contains { isSame($0, wanted[0]) }
    case .isIn: values.contains { value in wanted.contains { isSame(value, $0) } }
    case .isNotIn: !values.contains { value in wanted.contains { isSame(value, $0) } }
    case .contains: any(values) { $0.contains($1) }
    case .notContains: !any(values) { $0.contains($1) }
    case .startsWith: any(values) { $0.hasPrefix($1) }
    case .notStartsWith: !any(values) { $0.hasPrefix($1) }
    case .endsWith: any(values) { $0.hasSuffix($1) }
    case .notEndsWith: !any(values) { $0.hasSuffix($1) }
    case .lessThan: ordered(values, [-1])
    case .lessThanOrEqual: ordered(values, [-1, 0])
    case .greaterThan: ordered(values, [1])
    case .greaterThanOrEqual: ordered(values, [0, 1])
    case .isBitSet: hasBits(values)
    case .isNotBitSet: !hasBits(values)
    case .isMemberOf: isMember(values)
    case .isNotMemberOf: !isMember(values)
    }
  }
}

@Suite("Clauses of scopes beside their plainest reading")
struct ScopeModelTests {
  private static let texts = [
    "a", "A", "ab", "ba", "7", "007", "-7", "10", "9", "9x", "512", "514", "TRUE", "false", "é",
    "É",
    "Müller", "MÜLLER", "ß", "SS", "İ", "i", "\u{212A}", "k", "日本", "CN=a,DC=x", "cn=A, dc=X",
    "S-1-5-32-544", "00000000-0000-0000-0000-000000000001", "0102", " a", "a b",
  ]

  private static let bytes: [[UInt8]] = [
    [1, 2], [], [UInt8](repeating: 0, count: 15) + [1],
    [1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 32, 2, 0, 0], [0xFF],
  ]

  private func value(_ random: inout SeededRandom) -> AttributeValue {
    switch Int.random(in: 0..<6, using: &random) {
    case 0: .integer(random.choose([-8, -7, 0, 2, 7, 9, 10, 512, 514, .max, .min]))
    case 1: .boolean(random.chance(50))
    case 2: .binary(random.choose(Self.bytes))
    case 3: .reference(random.choose(Self.texts))
    default: .string(random.choose(Self.texts))
    }
  }

  private func wanted(_ name: ScopeOperator, _ random: inout SeededRandom) -> [String] {
    switch name {
    case .isNull, .isNotNull: []
    case .isIn, .isNotIn:
      (0...Int.random(in: 0...3, using: &random)).map { _ in random.choose(Self.texts) }
    case .isBitSet, .isNotBitSet: [random.choose(["1", "2", "514", "1024", "4294967296"])]
    case .isMemberOf, .isNotMemberOf: [random.choose(["CN=a,DC=x", "CN=A,DC=X", "CN=b"])]
    default: [random.choose(Self.texts)]
    }
  }

  @Test(
    "Of any values each operator holds where a plain reading says so",
    arguments: ScopeOperator.allCases)
  func clauses(name: ScopeOperator) throws {
    var random = SeededRandom(seed: name.rawValue.utf8.reduce(UInt64(7)) { $0 &* 31 &+ UInt64($1) })
    for _ in 0..<1_500 {
      let wanted = wanted(name, &random)
      let values = (0..<Int.random(in: 0...3, using: &random)).map { _ in value(&random) }
      let clause = try ScopeClause("x", name, wanted)
      let plain = PlainClause(name: name, wanted: wanted).holds(values)
      #expect(clause.holds(values, isPresent: !values.isEmpty) == plain, "\(clause) of \(values)")
    }
  }

  @Test("An operator is known by its name in any case, and by the one that exports have for it")
  func names() {
    for name in ScopeOperator.allCases {
      #expect(ScopeOperator(name: name.rawValue.lowercased()) == name)
    }
    #expect(ScopeOperator(name: "isBitNotSet") == .isNotBitSet)
    for wrong in ["", "EQ", "EQUALS", " EQUAL", "EQUAL ", "ISBITSET2", "İSNULL"] {
      #expect(ScopeOperator(name: wrong) == nil, "\(wrong)")
    }
  }
}
