import TestSupport
import Testing

@testable import Configuration

@Suite("Spans of time as text, beside their arithmetic")
struct SpanModelTests {
  private static let units: [(letter: String, seconds: Int64)] = [
    ("d", 86_400), ("h", 3600), ("m", 60), ("s", 1),
  ]

  @Test(
    "Any numbers of falling units are their sum, however they are spaced", arguments: UInt64(1)...30
  )
  func sums(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    for _ in 0..<60 {
      var text = ""
      var sum: Int64 = 0
      for unit in Self.units where Bool.random(using: &random) {
        let count = Int64.random(in: 0...5000, using: &random)
        if !text.isEmpty { text += random.choose(["", " ", "   "]) }
        text += "\(count)\(unit.letter)"
        sum += count * unit.seconds
      }
      #expect(DurationText.parse(text) == (text.isEmpty ? nil : .seconds(sum)), "\(text)")
    }
  }

  @Test(
    "What is printed is read as the same to its second unit, and never as more",
    arguments: UInt64(1)...30)
  func printed(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    for _ in 0..<100 {
      let seconds =
        Int64(truncatingIfNeeded: random.next() >> 1) >> Int64.random(in: 0..<62, using: &random)
      let text = DurationText.print(.seconds(seconds))
      let read = try #require(DurationText.parse(text)).components.seconds
      #expect(read <= seconds)
      // What is left out is less than one of the unit below the largest.
      let largest = Self.units.firstIndex { $0.seconds <= max(1, seconds) } ?? 3
      let second = Self.units[min(3, largest + 1)].seconds
      #expect(seconds - read < second, "\(seconds): \(text)")
      #expect(DurationText.print(.seconds(read)) == text)
      #expect(DurationText.print(.seconds(-seconds)) == (seconds == 0 ? "0s" : "-" + text))
    }
    #expect(DurationText.print(.seconds(Int64.min)).hasPrefix("-106751991167300d"))
    #expect(DurationText.print(.milliseconds(900)) == "0s")
  }

  @Test(
    "What is no span, or none that can be counted, is none",
    arguments: [
      "", " ", "1", "m", "1 m", "1m 1m", "1s 1m", "1h1d", "1h 30", "-1m", "+1m", "1.5h", "1,5h",
      "1M",
      "1w", "1ms", " 1m", "1m\n", "１m", "9223372036854775808s", "106751991167301d",
      "106751991167300d 99999d", "99999999999999999999999999m",
    ])
  func none(text: String) {
    #expect(DurationText.parse(text) == nil)
  }

  @Test("The largest spans that can be counted are read")
  func largest() {
    #expect(DurationText.parse("9223372036854775807s") == Duration.seconds(Int64.max))
    #expect(DurationText.parse("106751991167300d 15h 30m 7s") == Duration.seconds(Int64.max))
    #expect(DurationText.parse("106751991167300d 15h 30m 8s") == nil)
    #expect(DurationText.parse("0s") == .seconds(0))
  }
}

@Suite("What somebody probably meant")
struct SpellingModelTests {
  /// The optimal string alignment distance by its definition.
  private func distance(_ a: ArraySlice<Character>, _ b: ArraySlice<Character>) -> Int {
    guard let last = a.last, let other = b.last else { return max(a.count, b.count) }
    var best = min(
      distance(a.dropLast(), b) + 1, distance(a, b.dropLast()) + 1,
      distance(a.dropLast(), b.dropLast()) + (last == other ? 0 : 1))
    if a.count > 1, b.count > 1, last == b[b.endIndex - 2], other == a[a.endIndex - 2] {
      best = min(best, distance(a.dropLast(2), b.dropLast(2)) + 1)
    }
    return best
  }

  @Test(
    "The nearest word is the one with the fewest slips, if they are few", arguments: UInt64(1)...30)
  func nearest(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    func word() -> String {
      String(
        (0..<Int.random(in: 0...6, using: &random)).map { _ in
          "abcB".randomElement(using: &random) ?? "a"
        })
    }
    for _ in 0..<20 {
      let meant = word()
      let candidates = (0..<Int.random(in: 0...4, using: &random)).map { _ in word() }
      let near = candidates.map { candidate in
        (distance(Array(meant.lowercased())[...], Array(candidate.lowercased())[...]), candidate)
      }.filter { $0.0 <= max(1, max(meant.count, $0.1.count) / 3) }.min { $0 < $1 }
      #expect(Spelling.nearest(meant, among: candidates) == near?.1, "\(meant) of \(candidates)")
    }
  }

  @Test("A hint names what was meant, or all that there is")
  func hints() {
    let names = ["connector", "store", "schedule"]
    #expect(Spelling.hint(for: "conector", among: names) == "did you mean \"connector\"?")
    #expect(Spelling.hint(for: "Store", among: names) == "did you mean \"store\"?")
    #expect(Spelling.hint(for: "tsore", among: names) == "did you mean \"store\"?")
    #expect(Spelling.hint(for: "banana", among: names) == "allowed: connector, schedule, store")
    #expect(Spelling.hint(for: "x", among: [String]()) == "allowed: ")
  }

  @Test("Words without an end cost no more than long ones")
  func endless() {
    let long = String(repeating: "a", count: 1_000_000)
    #expect(Spelling.nearest(long, among: [long + "b", "b"]) == long + "b")
  }
}

@Suite("Text as TOML spells it")
struct TOMLTextModelTests {
  private static let pieces: [Unicode.Scalar] = [
    "a", "\"", "\\", "'", "\n", "\r", "\t", "\u{0}", "\u{1F}", "\u{7F}", "\u{80}", "é", "\u{301}",
    "日",
    "😀", "\u{2028}", "\u{FEFF}", "#", "=", "[", "]", " ", "u", "{",
  ]

  @Test("A text is read as it was quoted, whatever it holds", arguments: UInt64(1)...30)
  func quoted(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    for _ in 0..<40 {
      var text = ""
      for _ in 0..<Int.random(in: 0...10, using: &random) {
        text.unicodeScalars.append(random.choose(Self.pieces))
      }
      // TOML v1.0.0 has no way to spell NUL but this one, and readers may refuse it.
      text.unicodeScalars.removeAll { $0 == "\0" }
      // An empty value counts as one that was forgotten.
      text += "."
      let line = "key = " + TOMLText.quoted(text) + "\nnext = 1\n"
      let table = try TOMLTable.parse(line, file: "t.toml")
      #expect(
        try Array(table.string("key").unicodeScalars) == Array(text.unicodeScalars), "\(line)")
    }
  }
}
