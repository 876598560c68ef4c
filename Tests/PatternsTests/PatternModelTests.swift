import Patterns
import TestSupport
import Testing

@Suite("Patterns beside the plainest way to match them")
struct PatternModelTests {
  private func text(_ random: inout SeededRandom) -> [Unicode.Scalar] {
    (0..<Int.random(in: 0...9, using: &random)).map { _ in
      PatternModel.alphabet.randomElement(using: &random) ?? "a"
    }
  }

  @Test(
    "Any pattern finds what its parts say, prepared or not, with any options", arguments: 0..<40)
  func agreement(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    for _ in 0..<60 {
      let model = PatternModel.random(depth: 3, &random)
      let options = Pattern.Options(rawValue: Int.random(in: 0..<8, using: &random))
      let written = model.text(&random)
      let pattern = try Pattern(written, options)
      var prepared = pattern
      prepared.prepare()
      for _ in 0..<12 {
        let scalars = text(&random)
        let text = String(String.UnicodeScalarView(scalars))
        let expected = model.isFound(in: scalars, options)
        #expect(
          pattern.isFound(in: text) == expected,
          "\(written) (\(options.rawValue)) in \(text.debugDescription)")
        #expect(
          prepared.isFound(in: text) == expected,
          "prepared \(written) (\(options.rawValue)) in \(text.debugDescription)")
      }
    }
  }

  @Test(
    "No search costs more than the length of the pattern times that of the text", arguments: 0..<20)
  func cost(seed: UInt64) throws {
    var random = SeededRandom(seed: 1000 + seed)
    for _ in 0..<60 {
      let pattern = try Pattern(PatternModel.random(depth: 3, &random).text(&random), [])
      let scalars = text(&random)
      var calls = 0
      var spent = 0
      _ = pattern.isFound(in: String(String.UnicodeScalarView(scalars))) { cost in
        calls += 1
        spent += cost
      }
      #expect(calls <= scalars.count)
      // A step is reached once at a place, and costs what its test costs when it is tried.
      #expect(spent <= (scalars.count + 1) * (2 * pattern.size + 1))
    }
  }

  @Test(
    "Patterns that are known to take ages by trying back and forth take their length",
    arguments: [
      "(a+)+b", "(a|a)*b", "(a|aa)+b", "(.*)*x", "((a*)*)*b", "(a?){30}a{30}b", "a*a*a*a*b",
    ])
  func backtracking(text: String) throws {
    let pattern = try Pattern(text, [])
    var spent = 0
    let isFound = pattern.isFound(in: String(repeating: "a", count: 2000)) { spent += $0 }
    #expect(!isFound)
    #expect(spent <= 2001 * (2 * pattern.size + 1))
  }

  private struct Spent: Error, Equatable { var place: Int }

  @Test("Whoever pays for a search ends it with the error of their own", arguments: 1...5)
  func budget(most: Int) throws {
    let pattern = try Pattern("a+b", [])
    var calls = 0
    #expect(throws: Spent(place: most)) {
      try pattern.isFound(in: "aaaaaaaaaa") { (_: Int) throws(Spent) in
        calls += 1
        if calls == most { throw Spent(place: most) }
      }
    }
    #expect(calls == most)
  }

  @Test("A match that is found is not paid for any further")
  func early() throws {
    let pattern = try Pattern("ab", [])
    var calls = 0
    let isFound = pattern.isFound(in: "ab" + String(repeating: "x", count: 1000)) { _ in calls += 1
    }
    #expect(isFound && calls == 2)
  }
}
