import Testing

@testable import Cells

@Suite("Text width") struct TextWidthTests {
  @Test(
    "Columns of clusters",
    arguments: [
      ("a", 1), ("é", 1), ("e\u{301}", 1), ("日", 2), ("Ａ", 2), ("ｱ", 1), ("가", 2), ("👍", 2),
      ("👍🏽", 2),
      ("👩‍👩‍👧", 2), ("🫨", 2), ("ש", 1), ("की", 2), ("…", 1), ("─", 1), ("█", 1), ("✓", 1), ("▶", 1),
    ] as [(Character, Int)])
  func columns(cluster: Character, columns: Int) {
    #expect(TextWidth.of(cluster) == columns)
  }

  @Test("A text is as wide as its clusters")
  func text() {
    #expect(TextWidth.of("Zoë 日本") == 8)
    #expect(TextWidth.of("") == 0)
    #expect(TextWidth.of("plain") == 5)
  }

  @Test("The table's ranges are sorted and disjoint, as the search needs them")
  func table() {
    for ranges in [WidthTable.zero, WidthTable.wide] {
      for (one, next) in zip(ranges, ranges.dropFirst()) {
        #expect(one.upperBound < next.lowerBound)
      }
    }
  }

  @Test("What is called simple is harmless, its own cluster, and as wide as the table says")
  func simple() {
    var count = 0
    for value in UInt32(0x20)...0xD7A3 {
      guard let scalar = Unicode.Scalar(value), SimpleText.width(of: scalar) > 0 else { continue }
      count += 1
      guard SimpleText.width(of: scalar) == TextWidth.of(scalar), !Sanitizer.isHostile(scalar),
        scalar.properties.generalCategory != .nonspacingMark, !scalar.properties.isGraphemeExtend
      else {
        Issue.record("U+\(String(value, radix: 16))")
        continue
      }
    }
    #expect(count > 30_000)
    #expect(SimpleText.width(of: "a\u{301}") == nil)
  }

  @Test("Every glyph of both sets is one column, and ASCII where it says so")
  func glyphs() {
    for (glyphs, isASCII) in [(Glyphs.unicode, false), (Glyphs.ascii, true)] {
      let mirror = Mirror(reflecting: glyphs)
      let all = mirror.children.flatMap { child in
        (child.value as? Character).map { [$0] } ?? child.value as? [Character] ?? []
      }
      #expect(all.count > 30)
      #expect(Glyphs.asciiStandIn(for: "±") == "+")
      for glyph in all {
        #expect(TextWidth.of(glyph) == 1)
        if isASCII { #expect(glyph.isASCII) }
        for scalar in glyph.unicodeScalars {
          #expect(Glyphs.asciiStandIn(for: scalar) != "?" || glyph == "?", "\(glyph)")
        }
      }
    }
  }
}
