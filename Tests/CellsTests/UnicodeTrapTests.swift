import TestSupport
import Testing

@testable import Cells

@Suite("Unicode's traps") struct UnicodeTrapTests {
  private static let alphabet: [String] = [
    "a", "Z", " ", "é", "e\u{301}", "日", "Ｗ", "ש", "ع", "की", "กำ", "👍🏽", "👩‍👧", "🇩🇪", "\u{301}",
    "\u{200D}", "\u{200B}", "\u{202E}",
    "\u{1B}", "\t", "\u{9B}", "…", "❤\u{FE0F}", "ᄀ", "ᅡ", "ᆨ", "1\u{FE0F}\u{20E3}", "\r\n",
    "\u{E0041}", "\u{FEFF}", "\u{34F}", "\u{180B}", "ᠠ",
    "\u{3164}", "\u{115F}", "\u{AD}", "\u{2028}", "\u{FFFD}", "\u{A0}", "\u{3000}", "\u{903}",
    "\u{20E3}", "\u{FE0F}", "7", "#", "©", "\u{200C}", "م",
  ]

  private static func text(_ random: inout SeededRandom) -> String {
    (0..<Int.random(in: 0...10, using: &random)).map { _ in
      alphabet.randomElement(using: &random) ?? ""
    }.joined()
  }

  @Test("What a harmless text is measured to be is what it takes when it is drawn")
  func measured() {
    var random = SeededRandom(seed: 11)
    for _ in 0..<5000 {
      let text = Self.text(&random)
      let drawable = Sanitizer.drawable(text)
      let columns = TextWidth.of(drawable)
      #expect(CellBuffer.columns(of: text) == columns, "\(text.debugDescription)")
      #expect(CellBuffer.columns(of: drawable) == columns, "\(text.debugDescription)")
      var buffer = CellBuffer(size: Size(columns: 100, rows: 1))
      #expect(
        buffer.put(text, at: Position(column: 0, row: 0)) == columns, "\(text.debugDescription)")
    }
  }

  @Test("To make a text harmless twice is to make it harmless once, and clean is what stays")
  func idempotent() {
    var random = SeededRandom(seed: 12)
    for _ in 0..<5000 {
      let text = Self.text(&random)
      let once = Sanitizer.drawable(text)
      #expect(Array(Sanitizer.drawable(once).utf8) == Array(once.utf8), "\(text.debugDescription)")
      #expect(once.unicodeScalars.count == text.unicodeScalars.count)
      if Sanitizer.isClean(text) {
        #expect(Array(once.utf8) == Array(text.utf8))
        #expect(Array(Sanitizer.verbose(text).utf8) == Array(text.utf8))
      }
      let spelled = Sanitizer.verbose(text)
      #expect(Sanitizer.isClean(spelled), "\(text.debugDescription)")
    }
  }

  @Test("Nothing that Unicode lets a terminal leave out stands in a text by itself")
  func ignorable() {
    for value in UInt32(0)...0x10FFFF {
      guard let scalar = Unicode.Scalar(value), scalar.properties.isDefaultIgnorableCodePoint else {
        continue
      }
      for text in ["\(scalar)", "a\(scalar)", "a\(scalar)b", "é\(scalar)"] {
        let drawable = Sanitizer.drawable(text)
        guard !drawable.unicodeScalars.contains(scalar) else {
          Issue.record("U+\(String(value, radix: 16)) in \(text.debugDescription)")
          continue
        }
      }
      #expect(
        Sanitizer.verbose("a\(scalar)")
          == "a<U+\(String(value, radix: 16, uppercase: true).leftPadded)>")
    }
  }

  @Test("No scalar at all that may steer a terminal or force an order is drawn")
  func steering() {
    for value in UInt32(0)...0x10FFFF {
      guard let scalar = Unicode.Scalar(value) else { continue }
      let isBidi =
        [0x61C, 0x200E, 0x200F].contains(value) || (0x202A...0x202E).contains(value)
        || (0x2066...0x2069).contains(value)
      let isControl = value < 0x20 || (0x7F...0x9F).contains(value)
      if isBidi || isControl {
        #expect(Sanitizer.isHostile(scalar), "U+\(String(value, radix: 16))")
      }
    }
  }

  @Test(
    "Joiners and selectors stay where they shape their neighbour",
    arguments: [
      "❤\u{FE0F}", "❤\u{FE0E}", "👩\u{200D}🔧", "❤\u{FE0F}\u{200D}🔥", "👁\u{FE0F}\u{200D}🗨\u{FE0F}",
      "1\u{FE0F}\u{20E3}", "#\u{FE0F}\u{20E3}", "*\u{FE0F}\u{20E3}",
      "©\u{FE0F}", "مي\u{200C}خواهم", "क्\u{200D}ष", "ක්\u{200D}ර", "葛\u{E0100}", "☁\u{FE0F}",
      "ᠠ\u{180B}", "👍🏽", "🏳\u{FE0F}\u{200D}🌈",
    ])
  func lawful(text: String) { #expect(Sanitizer.drawable(text) == text) }

  @Test(
    "Elsewhere they only hide, and are shown",
    arguments: [
      ("ann1\u{FE0F}", "ann1·"), ("ann1\u{200D}", "ann1·"), ("a#\u{FE0F}b", "a#·b"),
      ("*\u{FE0F}", "*·"), ("7\u{FE0F}\u{200D}\u{20E3}", "7··\u{20E3}"),
      ("❤\u{FE0F}\u{FE0F}", "❤\u{FE0F}·"), ("م\u{200C}\u{200C}خ", "م\u{200C}·خ"),
      ("م\u{200C}\u{200D}", "م\u{200C}·"),
      ("👩\u{200D}\u{200D}🔧", "👩\u{200D}·🔧"), ("a\u{200C}b", "a·b"), ("ש\u{200D}", "ש·"),
      ("\u{FE0F}", "·"), ("日\u{FE0F}", "日\u{FE0F}"), ("a\u{E0100}", "a·"),
      ("a\u{180B}", "a·"), ("م\u{180B}", "م·"), ("a\u{34F}b", "a·b"), ("ក\u{17B4}", "ក·"),
      ("a\u{2065}", "a·"), ("a\u{FFF0}", "a·"), ("a\u{E0080}", "a·"),
      ("\u{202E}\u{200D}a", "··a"), ("1\u{FE0F}1", "1·1"), ("❤\u{FE0F}\u{FE0E}", "❤\u{FE0F}·"),
    ])
  func unlawful(text: String, shown: String) {
    #expect(Array(Sanitizer.drawable(text).unicodeScalars) == Array(shown.unicodeScalars))
    #expect(!Sanitizer.isClean(text))
  }

  @Test(
    "The columns of scalars that are easily got wrong",
    arguments: [
      ("\u{300}", 0), ("\u{36F}", 0), ("\u{200B}", 0), ("\u{5B0}", 0), ("\u{64B}", 0),
      ("\u{93E}", 1), ("\u{E33}", 1), ("\u{1160}", 0), ("\u{1100}", 2),
      ("\u{3000}", 2), ("\u{303F}", 1), ("\u{FF01}", 2), ("\u{FF61}", 1), ("\u{FFE6}", 2),
      ("\u{2329}", 2), ("\u{231A}", 2), ("\u{2605}", 1),
      ("\u{2614}", 2), ("\u{1F004}", 2), ("\u{1F1E6}", 1), ("\u{1F600}", 2), ("\u{1F650}", 1),
      ("\u{20000}", 2), ("\u{3FFFD}", 2), ("\u{E000}", 1),
      ("\u{A015}", 2), ("\u{AC00}", 2), ("\u{D7A3}", 2), ("\u{10FFFF}", 1), ("\u{A9}", 1),
      ("\u{2014}", 1), ("\u{AD}", 1), ("\u{7F}", 1), ("\u{0}", 1),
    ] as [(Unicode.Scalar, Int)])
  func scalars(scalar: Unicode.Scalar, columns: Int) {
    #expect(TextWidth.of(scalar) == columns)
  }

  @Test(
    "The columns of texts that are easily got wrong",
    arguments: [
      ("\r\n", 2), ("a\r\nb", 4), ("é\r\n", 3), ("e\u{301}\u{302}\u{303}", 1), ("Z̶̗a̴͋", 2), ("ﷺ", 1),
      ("กำ", 2), ("नमस्ते", 4), ("한", 2), ("ᄒ\u{1161}\u{11AB}", 2),
      ("👨‍👩‍👧‍👦", 2), ("🇩🇪", 1), ("1\u{FE0F}\u{20E3}", 1), ("日本語", 6), ("ｱｲｳ", 3), ("ＡＢ", 4), ("שָׁלוֹם", 4),
      ("👍🏽x", 3), ("\u{301}", 1), (" \u{301}", 1),
    ])
  func texts(text: String, columns: Int) {
    #expect(TextWidth.of(text) == columns)
  }

  @Test("Marks take no column, and emoji that are drawn as such take two, as Unicode 15.1 has them")
  func properties() {
    for value in UInt32(0x300)...0x3FFFF {
      guard let scalar = Unicode.Scalar(value), let age = scalar.properties.age,
        (age.major, age.minor) <= (15, 1)
      else { continue }
      let category = scalar.properties.generalCategory
      if category == .nonspacingMark || category == .enclosingMark {
        // The marks of tone of the East stand in a field of their own.
        let isWide = (0x302A...0x302D).contains(value) || (0x3099...0x309A).contains(value)
        #expect(TextWidth.of(scalar) == 0 || isWide, "U+\(String(value, radix: 16))")
      }
      let isFlag = (0x1F1E6...0x1F1FF).contains(value)
      if scalar.properties.isEmojiPresentation, !isFlag {
        #expect(TextWidth.of(scalar) == 2, "U+\(String(value, radix: 16))")
      }
      if category == .format { #expect(TextWidth.of(scalar) <= 1) }
    }
  }

  @Test("A mark behind what is hidden stands on its stand-in, and shifts nothing")
  func markOnStandIn() {
    var buffer = CellBuffer(size: Size(columns: 8, rows: 1))
    #expect(buffer.put("a\u{202E}\u{301}b", at: Position(column: 0, row: 0)) == 3)
    #expect(buffer[column: 1, row: 0].base == "\u{B7}")
    #expect(buffer[column: 1, row: 0].style.role == .markHostile)
    #expect(buffer[column: 2, row: 0].text == "b")
    // ARABIC NUMBER SIGN makes one character with what follows it.
    buffer.put("\u{600}\u{202E}c", at: Position(column: 0, row: 0))
    #expect(buffer.roles(row: 0).hasPrefix("text[\u{600}] mark.hostile[·] text[c"))
  }

  @Test(
    "No key has a sign in its number",
    arguments: ["F+5", "F-5", "f+12", "F 5", "F５", "F5 ", "F", "f0", "F64", "F05x"])
  func functionKeys(name: String) {
    let isFunction = if case .function? = Key(name: name)?.code { true } else { false }
    #expect(!isFunction)
  }
}

extension String {
  fileprivate var leftPadded: String { String(repeating: "0", count: max(0, 4 - count)) + self }
}
