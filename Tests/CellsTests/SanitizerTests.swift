import Testing

@testable import Cells

@Suite("Sanitizer") struct SanitizerTests {
  @Test(
    "Ordinary names of all the world's scripts pass untouched",
    arguments: [
      "Anna Müller", "Ærøskøbing", "Łukasz Żółć", "田中 太郎", "김민준", "محمد العلي", "יוסף כהן",
      "สมชาย ใจดี",
      "अनिल कुमार", "Nguyễn Thị Hương", "O\u{2019}Brien", "Ελένη", "مي\u{200C}خواهم",
      "👩\u{200D}🔧 ❤\u{FE0F}",
    ])
  func clean(name: String) {
    #expect(Sanitizer.drawable(name) == name)
  }

  @Test(
    "Whatever steers, hides or reorders is made visible",
    arguments: [
      "\u{1B}[31m", "\u{0}", "\n", "\r", "\t", "\u{8}", "\u{7F}", "\u{9B}31m", "\u{85}",
      "\u{202E}gpj", "\u{202A}",
      "\u{2066}x\u{2069}", "\u{200E}", "\u{200F}", "\u{61C}", "\u{200B}", "a\u{200D}b",
      "a\u{200C}b", "\u{2060}",
      "\u{FEFF}", "\u{2028}", "\u{2029}", "\u{FFFD}", "\u{E0041}", "\u{E000}", "\u{F0000}",
      "\u{AD}", "\u{3164}",
      "a\u{FE0F}", "\u{180E}", "\u{FFF9}", "\u{FFFF}",
    ])
  func hostile(text: String) {
    let drawable = Sanitizer.drawable(text)
    #expect(drawable.contains("·"))
    #expect(Sanitizer.isClean(drawable))
    #expect(!Sanitizer.isClean(text))
    #expect(Sanitizer.verbose(text).contains("<U+"))
  }

  @Test("The inspector's form spells code points out, also those that are lawful but unseen")
  func verbose() {
    #expect(Sanitizer.exact("a\u{202E}b") == "a<U+202E>b")
    #expect(Sanitizer.exact(" ann@x.y  ") == "<U+0020>ann@x.y<U+0020><U+0020>")
    #expect(Sanitizer.exact("ann\u{A0}lee  jr") == "ann<U+00A0>lee  jr")
    #expect(Sanitizer.exact("   ") == "<U+0020><U+0020><U+0020>")
    #expect(Sanitizer.exact("") == "" && Sanitizer.exact("a b") == "a b")
    #expect(Sanitizer.verbose("a\u{202E}b\u{1B}") == "a<U+202E>b<U+001B>")
    #expect(Sanitizer.verbose("مي\u{200C}خ") == "مي<U+200C>خ")
    #expect(Sanitizer.verbose("\u{E0041}") == "<U+E0041>")
    #expect(Sanitizer.verbose("plain") == "plain")
  }

  @Test("Of several lines the breaks and tabs stay, and nothing else that steers")
  func lines() {
    #expect(Sanitizer.drawableLines("a\tb\nc\n") == "a\tb\nc\n")
    #expect(Sanitizer.drawableLines("ü\tb\n\u{1B}[2J\r\n") == "ü\tb\n·[2J·\n")
    #expect(Sanitizer.drawableLines("admin\u{200D}\n👩\u{200D}🔧") == "admin·\n👩\u{200D}🔧")
    #expect(Sanitizer.drawableLines("") == "")
  }

  @Test("What a reader does not see may mislead, wherever it stands")
  func misleading() {
    for scalar in ["\u{200D}", "\u{200C}", "\u{FE0F}", "\u{202E}", "\u{1B}"] as [Unicode.Scalar] {
      #expect(Sanitizer.mayMislead(scalar))
    }
    for scalar in ["a", " ", "ü", "田", "م"] as [Unicode.Scalar] {
      #expect(!Sanitizer.mayMislead(scalar))
    }
  }

  @Test("Bad UTF-8, which decodes to the replacement character, shows")
  func badBytes() {
    let text = String(decoding: [0x41, 0xFF, 0xED, 0xA0, 0x80, 0x42] as [UInt8], as: UTF8.self)
    #expect(Sanitizer.drawable(text).hasPrefix("A·"))
    #expect(Sanitizer.drawable(text).hasSuffix("·B"))
  }
}
