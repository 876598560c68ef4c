import TestSupport
import Testing

@testable import Console

@Suite("The order of rows that are all at hand")
struct MemoryOrderTests {
  private func compare(_ one: String, _ other: String) -> Int {
    MemoryTable<Int>.compare(one, other)
  }

  private static let texts =
    [
      "", "0", "-0", "1", "2", "10", "1a", "9a", "1,000", "1000", "999", "-5", "+5", "5.0", "0.5",
      ".5", ",", "-", "+", ".", "1.2.3", "1e5", "1E5", "0x10", "nan", "Nan", "NAN", "inf", "-inf",
      "Infinity", "a", "A", "b", "2026-11-22 21:03:05", "3:07", "١", "²", "½", "日本", "\0",
    ] + HostileText.names

  @Test("Of any three texts the order is one: none stands before and behind another")
  func total() {
    for one in Self.texts {
      #expect(compare(one, one) == 0, "\(one)")
      for other in Self.texts {
        let order = compare(one, other)
        #expect(order == -compare(other, one), "\(one) and \(other)")
        guard order <= 0 else { continue }
        for third in Self.texts where compare(other, third) <= 0 {
          #expect(compare(one, third) <= 0, "\(one), \(other), \(third)")
        }
      }
    }
  }

  @Test("Numbers go by their size, however they are written")
  func numbers() {
    let rising = [
      "-1,000", "-5", "-.5", "0", "0.25", "1", "2", "9", "10", "999", "1,000", "1001.5",
    ]
    for (index, low) in rising.enumerated() {
      for high in rising[(index + 1)...] { #expect(compare(low, high) == -1, "\(low), \(high)") }
    }
    for (one, other) in [("1,000", "1000"), ("5.0", "5"), ("+5", "5"), ("-0", "0")] {
      #expect(compare(one, other) == 0)
    }
  }

  @Test("Who is called like a number stands among the names")
  func names() {
    let sorted = ["Nan", "Anna", "Inf", "Zoe", "1e5", "0x10", "infinity"].shuffled()
      .sorted { compare($0, $1) < 0 }
    #expect(sorted == ["0x10", "1e5", "Anna", "Inf", "infinity", "Nan", "Zoe"])
  }

  @Test("Any column sorts to the same order from any other", arguments: 1...40)
  func sorting(seed: Int) {
    var random = SeededRandom(scattering: seed)
    let texts = (0..<40).map { _ in
      random.chance(50)
        ? random.choose(Self.texts) : random.text(["1", "2", "a", ",", "."], count: 1...4)
    }
    let sorted = texts.sorted { compare($0, $1) < 0 }
    let again = texts.shuffled(using: &random).sorted { compare($0, $1) < 0 }
    for (one, other) in zip(sorted, again) { #expect(compare(one, other) == 0) }
    for (one, other) in zip(sorted, sorted.dropFirst()) { #expect(compare(one, other) <= 0) }
  }
}
