import Directory
import Testing

@Suite("Texts that differ only in how their letters are composed")
struct CompositionTests {
  /// The same words to Swift, and other bytes.
  private static let twins: [(String, String)] = [
    ("Jos\u{E9}", "Jose\u{301}"), ("\u{212B}", "A\u{30A}"), ("\u{1E69}", "s\u{307}\u{323}"),
    ("s\u{323}\u{307}", "s\u{307}\u{323}"),
    (
      String(repeating: "N\u{FA}\u{F1}ez ", count: 9),
      String(repeating: "Nu\u{301}n\u{303}ez ", count: 9)
    ),
  ]

  @Test("They are two values, of equal and of other lengths, and two of a set", arguments: twins)
  func two(_ first: String, _ second: String) {
    #expect(first == second)
    for make in [AttributeValue.string, AttributeValue.reference] {
      #expect(make(first) != make(second))
      #expect(make(first) == make(String(decoding: Array(first.utf8), as: UTF8.self)))
      #expect(Set([make(first), make(second), make(first)]).count == 2)
      #expect(AttributeSet.canonical([make(second), make(first), make(second)]).count == 2)
    }
    var set: AttributeSet = ["displayName": [.string(first)]]
    let before = set
    set["displayName"] = [.string(second)]
    #expect(set != before)
  }

  @Test("A set of values has one order, whatever order they came in", arguments: twins)
  func order(_ first: String, _ second: String) {
    let values: [AttributeValue] = [.string(first), "Jos", .string(second), "Josz", "zz"]
    let sorted = AttributeSet.canonical(values)
    #expect(AttributeSet.canonical(values.reversed()) == sorted)
    #expect(zip(sorted, sorted.dropFirst()).allSatisfy { $0 < $1 && !($1 < $0) && $0 != $1 })
  }

  @Test(
    "Values are equal exactly when they are of one kind and the same bytes, and hash alike then")
  func model() {
    let texts = [
      "", "a", "A", "7", "é", "e\u{301}", "e", "\u{301}", "\0", "a\0", "0123456789abcdef",
    ]
    let values: [AttributeValue] =
      texts.map { .string($0) } + texts.map { .reference($0) }
      + texts.map { .binary(Array($0.utf8)) }
      + [.integer(7), .integer(0), .boolean(true), .boolean(false)]
    for a in values {
      for b in values {
        let isSame = a.kind == b.kind && Array(a.text.utf8) == Array(b.text.utf8)
        #expect((a == b) == isSame, "\(a) \(b)")
        if isSame { #expect(a.hashValue == b.hashValue) }
      }
    }
    #expect(Set(values).count == values.count)
  }

  @Test("A text that is a part of another is compared by its own bytes")
  func part() {
    let whole = "Jose\u{301} Núñez, one who is called so and has a long name"
    let part = String(whole.prefix(10))
    #expect(AttributeValue.string(part) == .string("Jose\u{301} Núñez"))
    #expect(AttributeValue.string(part) != .string("Jos\u{E9} Núñez"))
  }

  @Test("A server may show either for the other", arguments: twins)
  func shown(_ first: String, _ second: String) {
    for equality in [ValueEquality.exact, .caseless, .moment, .anyOf] {
      #expect(equality.holds([.string(first)], [.string(second)]), "\(equality)")
      #expect(equality.holds(["a", .string(first)], ["a", .string(second)]))
      #expect(!equality.holds([.string(first)], ["x"]))
    }
    #expect(!ValueEquality.exact.holds([.reference(first)], [.reference(second)]))
    #expect(!ValueEquality.exact.holds([.string(first)], [.binary(Array(second.utf8))]))
  }
}
