import Directory
import SyncExpressions
import Testing

@Suite("Texts in all of Unicode")
struct UnicodeTextTests {
  /// Texts that are hard to cut: what people see as one letter is several characters, or runs from
  /// right to left, or is nothing to see at all.
  private static let texts = [
    "", "a", "John Doe", "e\u{301}", "\u{301}", "Straße", "ıİiI", "👩‍👩‍👧‍👦", "🇩🇪🇫🇷", "שלום abc",
    "\u{202E}abc", "مرحبا", "日本語", "𝔘𝔫𝔦", "a\u{0}b", "a\r\nb", "ﬁ", "Ǆǅǆ", "ΟΔΥΣΣΕΥΣ", "\u{FEFF}x",
    "\u{FFFD}", "नमस्ते", "각", "\u{1100}\u{1161}\u{11A8}", "\u{212B}", "\u{10FFFF}", "\u{600}1,2",
    " \u{308} ", "👍🏽👍", "Z\u{336}a\u{336}", "1\u{FE0F}\u{20E3}",
  ]

  /// The text that `expression` gives for `[t]`, character by character: Swift calls texts equal
  /// that Unicode calls equivalent.
  private func scalars(_ expression: String, _ text: String) throws -> [Unicode.Scalar] {
    let input: [AttributeName: [AttributeValue]] = ["t": [.string(text)]]
    // An empty text does not flow.
    return Array(try value(expression, input)?.text.unicodeScalars ?? "".unicodeScalars)
  }

  private func number(_ expression: String, _ text: String) throws -> Int {
    let input: [AttributeName: [AttributeValue]] = ["t": [.string(text)]]
    guard case .integer(let number)? = try value(expression, input) else { return -1 }
    return Int(number)
  }

  @Test(
    "Left and the rest by Mid or Right make the whole again, wherever the cut is", arguments: texts)
  func cuts(text: String) throws {
    let all = Array(text.unicodeScalars)
    #expect(try number("Len([t])", text) == all.count)
    for count in 0...all.count {
      #expect(try scalars("Left([t],\(count))", text) == Array(all.prefix(count)))
      #expect(try scalars("Right([t],\(count))", text) == Array(all.suffix(count)))
      guard count < all.count else { continue }
      #expect(try scalars("Mid([t],\(count + 1))", text) == Array(all.dropFirst(count)))
      #expect(try scalars("Mid([t],\(count + 1),1)", text) == [all[count]])
      #expect(
        try scalars("Left([t],\(count)) & Mid([t],\(count + 1),999999)", text) == all)
    }
  }

  @Test("Every character of a text is found where it stands", arguments: texts)
  func places(text: String) throws {
    let all = Array(text.unicodeScalars)
    for (index, scalar) in all.enumerated() {
      let first = (all.firstIndex(of: scalar) ?? 0) + 1
      let last = (all.lastIndex(of: scalar) ?? 0) + 1
      #expect(try number("InStr([t],Mid([t],\(index + 1),1))", text) == first)
      #expect(try number("InStrRev([t],Mid([t],\(index + 1),1))", text) == last)
      #expect(try number("InStr([t],Mid([t],\(index + 1),1),\(index + 1))", text) == index + 1)
      #expect(try number("InStrRev([t],Mid([t],\(index + 1),1),\(index + 1))", text) == index + 1)
    }
  }

  @Test("What is put apart at a character comes together again with it", arguments: texts)
  func splits(text: String) throws {
    for delimiter in Set(text.unicodeScalars) {
      let input: [AttributeName: [AttributeValue]] = [
        "t": [.string(text)], "d": [.string(String(delimiter))],
      ]
      let joined = try value("Join(Split([t],[d]),[d])", input)?.text ?? ""
      let parts = text.unicodeScalars.split(separator: delimiter, omittingEmptySubsequences: false)
      #expect(Array(joined.unicodeScalars) == Array(text.unicodeScalars))
      // A value between two delimiters may be empty; it is one nevertheless.
      #expect(try value("Count(Split([t],[d]))", input) == .integer(Int64(parts.count)))
    }
  }

  @Test("Encodings give back what they took", arguments: texts)
  func encodings(text: String) throws {
    let all = Array(text.unicodeScalars)
    #expect(try scalars("ConvertFromUTF8Hex(ConvertToUTF8Hex([t]))", text) == all)
    #expect(try scalars("ConvertFromBase64(ConvertToBase64([t]))", text) == all)
    #expect(try scalars("ConvertFromBase64(ConvertToBase64([t]),Unicode)", text) == all)
    #expect(try number("Len(ConvertToUTF8Hex([t]))", text) == text.utf8.count * 2)
  }

  @Test("Base64 is read over the white space of its lines, and over nothing else")
  func base64Lines() throws {
    for text in [
      "SABlAGwAbABvAA==", "SABl\r\nAGwAbABvAA==\r\n", " SABlAGwAbABvAA = =", "\tSABlAGwA\nbABvAA==",
    ] {
      #expect(try scalars("ConvertFromBase64([t])", text) == Array("Hello".unicodeScalars))
    }
    for text in [
      "SABl\u{A0}AGwAbABvAA==", "SABl\u{C}AGwAbABvAA==", "SABl-AGwAbABvAA==",
      "SABl\u{0}AGwAbABvAA==",
    ] {
      #expect(try failure("ConvertFromBase64([t])", ["t": [.string(text)]]).kind == .type)
    }
    #expect(try scalars("ConvertFromBase64([t])", " \r\n").isEmpty)
  }

  @Test(
    "No change of case changes the number of characters, and none is changed twice",
    arguments: texts)
  func cases(text: String) throws {
    let count = text.unicodeScalars.count
    for function in ["LCase", "UCase", "PCase"] {
      let once = try scalars("\(function)([t])", text)
      #expect(once.count == count, "\(function)")
      #expect(try scalars("\(function)(\(function)([t]))", text) == once, "\(function)")
    }
  }

  @Test("Padding fills up to the length in characters", arguments: texts)
  func padding(text: String) throws {
    let all = Array(text.unicodeScalars)
    let wanted = all.count + 3
    #expect(try scalars("PadLeft([t],\(wanted),\"😀\")", text) == ["😀", "😀", "😀"] + all)
    #expect(
      try scalars("PadRight([t],\(wanted),\"\u{301}\")", text) == all + [
        "\u{301}", "\u{301}", "\u{301}",
      ])
    #expect(try scalars("PadLeft([t],\(all.count),\"x\")", text) == all)
  }

  @Test("A text replaced by another is gone, and one replaced by itself stays", arguments: texts)
  func replacing(text: String) throws {
    guard !text.isEmpty else { return }
    #expect(try scalars(#"Replace("<" & [t] & ">",[t],"x")"#, text) == ["<", "x", ">"])
    #expect(try scalars("Replace([t],[t],[t])", text) == Array(text.unicodeScalars))
    #expect(try scalars(#"Replace([t],"not in it","x")"#, text) == Array(text.unicodeScalars))
  }

  @Test("Texts that only look alike differ")
  func lookAlikes() throws {
    let input: [AttributeName: [AttributeValue]] = ["one": ["é"], "two": ["e\u{301}"]]
    #expect(try value("[one] = [two]", input) == false)
    #expect(try value("[one] <> [two]", input) == true)
    #expect(try value(#"InStr([one],"e")"#, input) == 0)
    #expect(try value(#"InStr([two],"e")"#, input) == 1)
    #expect(try value(#"Len([one]) & Len([two])"#, input) == "12")
    #expect(try value("Count(RemoveDuplicates(Split(\"é|e\u{301}|é\",\"|\")))") == 2)
    #expect(try Expression("[one] = \"é\"") != Expression("[one] = \"e\u{301}\""))
    #expect(try Expression("[one] = \"é\"") == Expression("[one] = \"é\""))
    // Latin, Greek and Cyrillic.
    #expect(try value("\"A\" = \"Α\"") == false)
    #expect(try value("\"A\" = \"А\"") == false)
  }

  @Test(
    "Cases are those of no country: neither Turkey's nor Germany's",
    arguments: [
      ("UCase", "title", "TITLE"), ("LCase", "TITLE", "title"), ("UCase", "ß", "ß"),
      ("LCase", "ẞ", "ß"), ("UCase", "ŉ", "ŉ"), ("UCase", "ﬁn", "ﬁN"), ("LCase", "ΟΔΟΣ", "οδοσ"),
      ("UCase", "οδός", "ΟΔΌΣ"), ("UCase", "дмитрий", "ДМИТРИЙ"), ("LCase", "ÅÄÖ", "åäö"),
      ("UCase", "ა", "Ა"), ("UCase", "日本", "日本"), ("UCase", "שלום", "שלום"), ("UCase", "𐐨", "𐐀"),
      ("PCase", "éric de la tour", "Éric De La Tour"),
      ("PCase", "van der ÅKERBLOM", "Van Der ÅKERBLOM"),
      ("PCase", "ivan\tPETROV", "Ivan\tPETROV"), ("PCase", "1st street", "1St Street"),
      ("PCase", "ǆordje", "ǅordje"), ("PCase", "e\u{301}ric-noe\u{308}", "E\u{301}ric-Noe\u{308}"),
    ])
  func foreignCases(function: String, text: String, expected: String) throws {
    #expect(try scalars("\(function)([t])", text) == Array(expected.unicodeScalars))
  }

  @Test("Trim takes every white space of Unicode, and nothing that only is not seen")
  func whiteSpace() throws {
    let white: [UInt32] =
      Array(0x9...0xD) + [0x20, 0x85, 0xA0, 0x1680] + Array(0x2000...0x200A)
      + [0x2028, 0x2029, 0x202F, 0x205F, 0x3000]
    for code in white {
      let scalar = try #require(Unicode.Scalar(code))
      let text = "\(scalar)\(scalar)x \(scalar)y\(scalar)"
      let inner = Array("x \(scalar)y".unicodeScalars)
      #expect(try scalars("Trim([t])", text) == inner, "U+\(String(code, radix: 16))")
      #expect(try scalars("LTrim([t])", text) == inner + [scalar])
      #expect(try scalars("RTrim([t])", text) == [scalar, scalar] + inner)
    }
    for code in [0x0, 0x1C, 0x1F, 0x180E, 0x200B, 0x200E, 0x2060, 0xFEFF] as [UInt32] {
      let scalar = try #require(Unicode.Scalar(code))
      let text = "\(scalar)x\(scalar)"
      #expect(try scalars("Trim([t])", text) == Array(text.unicodeScalars))
    }
  }

  @Test(
    "ReplaceChars takes a character as one, whatever it would join with in the pattern",
    arguments: [
      ("\u{301}:", "e\u{301}a", "ea"), ("a:b,\u{301}:", "ae\u{301}", "be"),
      ("e:\u{301}", "e", "\u{301}"), ("a:\u{200D},b:c", "ab", "\u{200D}c"),
      ("😀:smile", "x😀", "xsmile"),
      ("🇩:D,🇪:E", "🇩🇪", "DE"), ("\u{600}:x", "\u{600}", "x"), ("ß:ss,ẞ:SS", "ßẞ", "ssSS"),
      ("i:ı,I:İ", "iI", "ıİ"), ("א:a", "אב", "aב"), ("a : b ,\n\tc:d", "ac", "bd"),
      ("a:b,b:a", "ab", "ba"),
    ])
  func replacePatterns(pattern: String, text: String, expected: String) throws {
    let input: [AttributeName: [AttributeValue]] = ["t": [.string(text)], "p": [.string(pattern)]]
    let result = try value("ReplaceChars([t],[p])", input)?.text ?? ""
    #expect(Array(result.unicodeScalars) == Array(expected.unicodeScalars))
  }

  @Test(
    "A source of two characters is refused, though people see one letter",
    arguments: ["e\u{301}:e", "👍🏽:x"])
  func longSources(pattern: String) throws {
    let error = try failure("ReplaceChars(\"x\",[p])", ["p": [.string(pattern)]])
    #expect(error.kind == .range)
    #expect(error.hint.contains("ö:oe"))
  }

  @Test(
    "Word knows delimiters of every plane, and takes each character of them for one",
    arguments: [
      ("a😀b😁c", 2, "😀😁", "b"), ("a\u{301}b", 2, "\u{301}", "b"), ("שלום עולם", 2, " ", "עולם"),
      ("a→b⇒c", 3, "→⇒", "c"), ("e\u{301}f", 1, "\u{301}", "e"), ("👩‍👧x", 2, "\u{200D}", "👧x"),
      ("one, two", 2, ",", " two"), ("a\u{A0}b", 1, " ", "a\u{A0}b"),
    ])
  func words(text: String, number: Int, delimiters: String, expected: String) throws {
    let input: [AttributeName: [AttributeValue]] = [
      "t": [.string(text)], "d": [.string(delimiters)],
    ]
    let result = try #require(try value("Word([t],\(number),[d])", input))
    #expect(Array(result.text.unicodeScalars) == Array(expected.unicodeScalars))
  }

  @Test(
    "A search without regard to case finds letters of all scripts, at the same places",
    arguments: [
      ("Ünïcödé", "ÏCÖ", 3), ("ΑΒΓ", "βγ", 2), ("Дмитрий", "МИ", 2), ("STRASSE", "straße", 0),
      ("GROẞ", "groß", 1), ("İstanbul", "stan", 2), ("xǅ", "ǆ", 2), ("😀Ä", "ä", 2),
      ("K", "\u{212A}", 1),
    ])
  func textCompare(text: String, part: String, expected: Int64) throws {
    let input: [AttributeName: [AttributeValue]] = ["t": [.string(text)], "p": [.string(part)]]
    #expect(try value("InStr([t],[p],1,vbTextCompare)", input) == .integer(expected))
    #expect(try value("InStrRev([t],[p],-1,vbTextCompare)", input) == .integer(expected))
    let found: Int64 = expected > 0 ? 1 : 0
    #expect(try value("Contains([t],[p],CaseInsensitive)", input) == .integer(found))
  }
}
