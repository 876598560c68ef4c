import Cells
import Directory
import TestSupport
import Testing

@testable import Console

@Suite("Figures beside what they stand for")
struct FigureModelTests {
  private static let units: [Character: Double] = [
    "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "E": 1e18,
  ]

  /// What a figure says.
  private func value(_ text: String) -> Double? {
    var digits = text.filter { $0 != "," }
    var unit = 1.0
    if let last = digits.last, let known = Self.units[last] {
      unit = known
      digits.removeLast()
    }
    return Double(digits).map { $0 * unit }
  }

  /// Numbers of every length with either sign.
  private func numbers(seed: UInt64) -> [Int] {
    var random = SeededRandom(seed: seed)
    return (0..<200).map { _ in
      Int(truncatingIfNeeded: random.next()) >> Int.random(in: 0..<63, using: &random)
    }
  }

  @Test(
    "A figure in few cells is the number, or rounded towards nothing to its unit", arguments: 1...8)
  func narrow(seed: UInt64) throws {
    for number in numbers(seed: seed) + [0, 999, -999, 1000, -1000, .max, .min] {
      for width in 1...27 {
        let text = Format.count(number, width: width)
        let digits = text.filter { $0.isNumber }
        let unit = UInt(text.last.flatMap { Self.units[$0] } ?? 1)
        #expect(UInt(digits) == number.magnitude / unit, "\(number) in \(width): \(text)")
        #expect(text.hasPrefix("-") == (number < 0), "\(number) in \(width): \(text)")
        if width >= 5 { #expect(text.count <= width, "\(number) in \(width): \(text)") }
        if Format.count(number).count <= width { #expect(text == Format.count(number)) }
      }
    }
  }

  @Test("More room never shows less of a number", arguments: 1...4)
  func wider(seed: UInt64) throws {
    for number in numbers(seed: seed) {
      var before = 0.0
      for width in 1...27 {
        let shown = abs(try #require(value(Format.count(number, width: width))))
        #expect(shown >= before, "\(number) in \(width)")
        before = shown
      }
      #expect(Format.count(number).filter { $0 != "," } == String(number))
    }
  }

  /// Seconds that a duration says, and how far they may be off.
  private func seconds(_ text: String) -> (Double, Double)? {
    if text.hasSuffix(" s") {
      let figure = text.dropLast(2)
      return Double(figure).map { ($0, figure.contains(".") ? 0.0501 : 0.501) }
    }
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard (2...3).contains(parts.count), parts.dropFirst().allSatisfy({ $0.count == 2 }) else {
      return nil
    }
    let numbers = parts.compactMap { Double($0) }
    guard numbers.count == parts.count, numbers.dropFirst().allSatisfy({ $0 < 60 }) else {
      return nil
    }
    return (numbers.reduce(0) { $0 * 60 + $1 }, 0.501)
  }

  @Test(
    "A duration and a countdown say how long it is, to the figure that they end with",
    arguments: 1...6)
  func durations(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    let edges = [0, 9.94, 9.95, 9.96, 59.4, 59.5, 59.6, 60, 3599.4, 3599.6, 3600, 86_399.9]
    let lengths = (0..<300).map { _ in
      Double.random(in: 0..<pow10(Int.random(in: 0...6, using: &random)), using: &random)
    }
    for length in edges + lengths {
      let (shown, slack) = try #require(seconds(Format.duration(length)), "\(length)")
      #expect(abs(shown - length) <= slack, "\(length): \(Format.duration(length))")
      let (left, rest) = try #require(seconds(Format.countdown(length)), "\(length)")
      #expect(abs(left - length) <= rest)
      #expect(Format.countdown(length).count >= 8)
    }
  }

  private func pow10(_ power: Int) -> Double { (0..<power).reduce(1.0) { value, _ in value * 10 } }

  @Test(
    "An age is in the unit that a person would take, and never more than it is", arguments: 1...6)
  func ages(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    let units: [Substring: Double] = ["s": 1, "min": 60, "h": 3600, "d": 86_400]
    for _ in 0..<300 {
      let length = Double.random(
        in: 0..<pow10(Int.random(in: 1...8, using: &random)), using: &random)
      let parts = Format.age(length).split(separator: " ")
      let unit = try #require(units[parts[1]])
      let count = try #require(Double(parts[0]))
      #expect(count * unit <= length && length < (count + 1) * unit, "\(length)")
      #expect(count > 0 || unit == 1)
    }
  }

  @Test("A rate has tenths below ten and none from there on", arguments: 1...4)
  func rates(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    let edges = [0, 0.04, 0.05, 9.94, 9.95, 9.99, 10, 999.5, 999_999.6]
    let rates = (0..<200).map { _ in
      Double.random(in: 0..<pow10(Int.random(in: 0...5, using: &random)), using: &random)
    }
    for rate in edges + rates {
      let text = Format.rate(rate)
      let shown = try #require(value(String(text.dropLast(2))))
      #expect(text.hasSuffix("/s") && abs(shown - rate) <= (text.contains(".") ? 0.0501 : 0.501))
      #expect(text.contains(".") == (shown < 10), "\(rate): \(text)")
    }
  }

  @Test(
    "A bar is as full as what it stands for, and shows that there is something", arguments: 0...24)
  func meters(width: Int) {
    for glyphs in [Glyphs.unicode, .ascii] {
      var before = -1
      for step in 0...200 {
        let text = Meter.text(Double(step) / 200, width: width, glyphs: glyphs)
        #expect(text.count == width)
        let levels = text.map { character -> Int in
          if character == glyphs.barFull { return glyphs.barParts.count + 1 }
          if character == glyphs.barEmpty { return 0 }
          return (glyphs.barParts.firstIndex(of: character) ?? -100) + 1
        }
        // Full ones, at most one in part, empty ones.
        #expect(levels == levels.sorted(by: >))
        #expect(levels.count { $0 > 0 && $0 <= glyphs.barParts.count } <= 1)
        let sum = levels.reduce(0, +)
        #expect(sum >= before)
        before = sum
        #expect((sum > 0) == (step > 0 && width > 0))
        if step == 200 { #expect(sum == width * (glyphs.barParts.count + 1)) }
        // Where a cell has no parts, a little fills one.
        if step < 200, width > 1 { #expect(sum < width * (glyphs.barParts.count + 1)) }
      }
    }
    for odd in [Double.nan, -1, -Double.infinity] {
      #expect(
        Meter.text(odd, width: width, glyphs: .unicode) == String(repeating: "░", count: width))
    }
  }

  @Test(
    "The greatest column of a chart is full, and none is higher than a greater one",
    arguments: 1...6)
  func sparklines(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    let steps = Glyphs.unicode.sparkline
    for _ in 0..<50 {
      let values = (0..<Int.random(in: 1...16, using: &random)).map { _ in
        Double(Int.random(in: 0...40, using: &random))
      }
      let text = Sparkline.text(values, glyphs: .unicode)
      let heights = text.compactMap { steps.firstIndex(of: $0) }
      #expect(heights.count == values.count && text.count == values.count)
      for (height, value) in zip(heights, values) {
        for (other, greater) in zip(heights, values) where greater >= value {
          #expect(height <= other)
        }
        if value > 0, value == values.max() { #expect(height == steps.count - 1) }
        if value == 0 { #expect(height == 0) }
      }
    }
    #expect(Sparkline.text([], glyphs: .unicode) == "")
    #expect(Sparkline.text([0, 0], glyphs: .unicode) == "▁▁")
    #expect(Sparkline.text([-5, 10], glyphs: .unicode) == "▁█")
  }
}
