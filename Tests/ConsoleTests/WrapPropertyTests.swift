import Cells
import TestSupport
import Testing

@testable import Console

@Suite("Texts in narrow columns")
struct WrapPropertyTests {
  private static let pieces = [
    "a", "bc", "def", "ghijkl", "mnopqrstuvwxyz", " ", "  ", " ", " ", "é", "e\u{301}", "日本", "語",
    "👩‍👩‍👧", "🇩🇪", "\u{202E}", "\u{7}", "\t", "-", "=", ",",
  ]

  private func text(_ random: inout SeededRandom, _ most: Int = 18) -> String {
    (0..<Int.random(in: 0...most, using: &random)).map { _ in
      random.choose(Self.pieces)
    }.joined()
  }

  private func columns(_ text: some StringProtocol) -> Int {
    TextWidth.of(Sanitizer.drawable(String(text)))
  }

  private func bare(_ text: some StringProtocol) -> String { String(text).filter { $0 != " " } }

  private func trimmed(_ text: String) -> Substring {
    var rest = text[...]
    while rest.last == " " { rest.removeLast() }
    return rest
  }

  @Test("Prose loses nothing but blanks, and no line is wider than asked", arguments: 1...30)
  func prose(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    for _ in 0..<40 {
      let text = text(&random)
      for width in [2, 3, 5, 8, 13, 40] {
        let lines = Wrap.lines(text, width: width)
        #expect(lines.allSatisfy { columns($0) <= width }, "\(text.debugDescription) in \(width)")
        #expect(bare(lines.joined()) == bare(text), "\(text.debugDescription) in \(width)")
        #expect(lines.allSatisfy { !$0.hasPrefix(" ") && !$0.hasSuffix(" ") && !$0.contains("  ") })
        // A word that fits in the line before does not begin a new one.
        for (line, next) in zip(lines, lines.dropFirst()) {
          let word = next.prefix { $0 != " " }
          let isWhole = text.split(separator: " ").contains(word)
          if isWhole { #expect(columns(line) + 1 + columns(word) > width, "\(lines)") }
        }
      }
    }
  }

  @Test("Line breaks of any system begin a new line")
  func breaks() {
    #expect(Wrap.lines("a\nb", width: 9) == ["a", "b"])
    #expect(Wrap.lines("a\r\nb", width: 9) == ["a", "b"])
    #expect(Wrap.lines("a\r\n\r\nb c", width: 2) == ["a", "", "b", "c"])
  }

  @Test("A value keeps every blank", arguments: 1...30)
  func values(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    for _ in 0..<40 {
      let text = text(&random)
      for width in [2, 3, 5, 8, 13, 40] {
        let lines = Wrap.exact(text, width: width)
        #expect(lines.joined() == text)
        // Blanks at the end of a line may stand beyond it.
        #expect(
          lines.allSatisfy { columns(trimmed($0)) <= width }, "\(text.debugDescription): \(lines)")
      }
    }
  }

  private func spans(_ random: inout SeededRandom) -> [Span] {
    (0..<Int.random(in: 0...5, using: &random)).map { _ in
      Span(text(&random, 6), random.choose([Role.text, .textDim, .key]))
    }
  }

  /// Each character but the blanks, with what it means.
  private func meanings(_ spans: [Span]) -> [String] {
    spans.flatMap { span in
      bare(span.text).unicodeScalars.map { "\($0.value) \(span.role)" }
    }
  }

  @Test("Stretches keep their meaning when they are folded, and nothing is lost", arguments: 1...30)
  func folded(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    for _ in 0..<40 {
      let spans = spans(&random)
      for width in [4, 6, 9, 14, 40] {
        let lines = Wrap.folded(spans, width: width, indent: 2)
        #expect(lines.allSatisfy { Span.width($0) <= width }, "\(spans) in \(width)")
        #expect(meanings(lines.flatMap(\.self)) == meanings(spans), "\(spans) in \(width)")
        for line in lines.dropFirst() {
          #expect(line.map(\.text).joined().hasPrefix("  "), "\(lines)")
        }
        if Span.width(spans) <= width { #expect(lines == [spans]) }
      }
    }
  }

  @Test("What flows is whole, or the beginning in as many lines as there may be", arguments: 1...30)
  func flow(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    for _ in 0..<40 {
      let spans = spans(&random)
      for width in [4, 7, 12] {
        for most in 1...4 {
          let (lines, isWhole) = Wrap.flow(spans, width: width, indent: 2, most: most)
          let all = meanings(spans)
          let shown = meanings(lines.flatMap(\.self))
          #expect(lines.count <= most && lines.allSatisfy { Span.width($0) <= width })
          #expect(isWhole ? shown == all : all.starts(with: shown) && lines.count == most)
        }
      }
    }
  }

  @Test("A word is cut between characters, in as few pieces as there can be", arguments: 1...20)
  func cut(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    for _ in 0..<40 {
      let word = bare(text(&random))
      for width in 2...9 {
        let pieces = Wrap.cut(word, width: width)
        #expect(pieces.joined() == word && pieces.flatMap(Array.init) == Array(word))
        #expect(pieces.allSatisfy { TextWidth.of($0) <= width })
        for (piece, next) in zip(pieces, pieces.dropFirst()) {
          let first = next.first.map { max(1, TextWidth.of($0)) } ?? 0
          #expect(TextWidth.of(piece) + first > width)
        }
      }
    }
  }
}
