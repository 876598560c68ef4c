import TestSupport
import Testing

@testable import Directory

@Suite("Distinguished names as RFC 4514 has them")
struct RFC4514Tests {
  /// The parts of a name, each with its types and unescaped values.
  private func parts(_ text: String) throws -> [[String]] {
    try DistinguishedName.parse(text).map { $0.map { "\($0.type)|\($0.value)" } }
  }

  @Test("The examples of §4 are read as it explains them")
  func examples() throws {
    #expect(
      try parts("UID=jsmith,DC=example,DC=net") == [["UID|jsmith"], ["DC|example"], ["DC|net"]])
    #expect(
      try parts("OU=Sales+CN=J.  Smith,DC=example,DC=net")
        == [["OU|Sales", "CN|J.  Smith"], ["DC|example"], ["DC|net"]])
    #expect(
      try parts(#"CN=James \"Jim\" Smith\, III,DC=example,DC=net"#)
        == [[#"CN|James "Jim" Smith, III"#], ["DC|example"], ["DC|net"]])
    #expect(
      try parts(#"CN=Before\0dAfter,DC=example,DC=net"#)
        == [["CN|Before\rAfter"], ["DC|example"], ["DC|net"]])
    #expect(try parts("1.3.6.1.4.1.1466.0=#04024869") == [["1.3.6.1.4.1.1466.0|#04024869"]])
    #expect(try parts(#"CN=Lu\C4\8Di\C4\87"#) == [["CN|Lučić"]])
  }

  @Test(
    "The same name in the spellings that §3 and RFC 2253 §4 allow is one",
    arguments: [
      ("CN=Steve Kille,O=Isode Limited,C=GB", "cn=steve kille,o=isode limited,c=gb"),
      (
        "CN=L. Eagle,O=Sue\\, Grabbit and Runn,C=GB", "CN=L. Eagle,O=\"Sue, Grabbit and Runn\",C=GB"
      ),
      (
        "CN=L. Eagle,O=Sue\\2c Grabbit and Runn,C=GB",
        "CN=L. Eagle, O=Sue\\, Grabbit and Runn, C=GB"
      ),
      (#"SN=Lu\C4\8Di\C4\87"#, "SN=Lučić"), (#"SN=Lu\C4\8di\c4\87"#, "sn=LUČIĆ"),
      (#"CN=\41nn"#, "CN=Ann"), (#"CN=a\=b"#, "CN=a=b"), (##"CN=a\#b"##, "CN=a#b"),
      (#"CN=\20a\20"#, #"CN=\ a\ "#), (#"CN=a\2Bb"#, #"CN=a\+b"#), (#"CN=a\3Bb"#, #"CN=a\;b"#),
      (#"CN=a\5Cb"#, #"CN=a\\b"#), (#"CN=a\22b"#, #"CN=a\"b"#), ("CN=a;DC=b", "CN=a,DC=b"),
      ("CN=a +  SN=b , DC=c", "SN=b+CN=a,DC=c"), ("CN=a+SN=b+UID=c", "UID=C+CN=A+SN=B"),
      (#"CN="a+b",DC=c"#, #"CN=a\+b,DC=c"#), (#"CN=" a ",DC=c"#, #"CN=\ a\ ,DC=c"#),
      (#"CN="a\"b",DC=c"#, #"CN=a\"b,DC=c"#), ("CN=#04024869", "cn=#04024869"),
      ("CN=#0A", "CN=#0a"),
      ("CN=a<b>c", #"CN=a\<b\>c"#), ("CN=a\tb", #"CN=a\09b"#), ("CN=a\u{7F}", #"CN=a\7f"#),
    ])
  func spellings(_ a: String, _ b: String) throws {
    let (one, other) = (try DistinguishedName(a), try DistinguishedName(b))
    #expect(one == other)
    #expect(one.hashValue == other.hashValue)
    #expect(Array(one.normalized.utf8) == Array(other.normalized.utf8))
  }

  @Test(
    "Names that only look alike are two",
    arguments: [
      ("CN=a+SN=b,DC=c", "CN=a,SN=b,DC=c"), (#"CN=a\+SN\=b,DC=c"#, "CN=a+SN=b,DC=c"),
      ("CN=a+CN=b", "CN=a"),
      (#"CN=\20a"#, "CN=a"), (#"CN=a\20"#, "CN=a"), (#"CN=a\00"#, "CN=a"), (#"CN=a\0a"#, "CN=a"),
      ("CN=ß", "CN=ss"), ("CN=ı", "CN=i"), ("CN=a\u{200B}", "CN=a"), ("CN=\u{430}", "CN=a"),
      (##"CN=\#04024869"##, "CN=#04024869"), ("2.5.4.3=a", "CN=a"), ("CN=a,DC=b", "DC=b,CN=a"),
      ("CN=a,DC=b", "CN=a,DC=b,DC=b"), (#"CN=a\\,DC=b"#, #"CN=a\,DC\=b"#),
    ])
  func lookAlikes(_ a: String, _ b: String) throws {
    #expect(try DistinguishedName(a) != DistinguishedName(b))
  }

  @Test(
    "What the grammar does not know is refused",
    arguments: [
      "CN", "CN=", "CN=,DC=x", "CN=a,,DC=x", "CN=a,DC=", ",", "=", "+", "CN=a+", "CN=a+,DC=x",
      "CN=a++SN=b",
      "CN=+SN=b", "CN=a DC=b,", " ", "  ,", "CN=a\u{0}", "CN=\u{0}", #"CN=\"#, #"CN=a,DC=\"#,
      #"CN=""#, #"CN="a"#,
      #"CN="""#, #"CN="",DC=x"#, #"CN="a"b"#, #"CN="a" b,DC=x"#, #"CN=a"b""#, #"CN=\C3"#,
      #"CN=\C3\28"#, #"CN=\ED\A0\80"#,
      #"CN=\C0\AF"#, "C N=a", "C+N=a", "C\\N=a", "\"CN\"=a", "(CN)=a", "CN\u{A0}=a", "ＣＮ=a",
      "CN=a;", ";CN=a", "#04=a",
      "CN=a,\nDC=x", "CN =", #"CN=\ "# + ",,", "/dc=com", "CN=a\\", "😀=a", "CN:a", "CN=a,DC",
    ])
  func refused(text: String) {
    #expect(throws: DistinguishedNameError.self) { try DistinguishedName(text) }
    #expect(!DistinguishedName.isValid(text))
    #expect(DistinguishedName.pairs(ofRelativeName: text).isEmpty)
  }

  @Test(
    "The place of a fault is counted in characters as people see them, and the message has a bound")
  func places() {
    for (text, place) in [
      ("CN=日本語,DC", 9), ("CN=👩‍👧,", 5), ("CN=e\u{301}e\u{301},=", 6), ("CN=a,DC=b,!", 10),
      (#"CN="Müller"#, 10), ("CN=a, =b", 6),
    ] {
      do {
        _ = try DistinguishedName(text)
        Issue.record("\(text) was taken")
      } catch {
        #expect(error.offset == place, "\(error)")
      }
    }
    let long = "CN=" + String(repeating: "ä", count: 100_000) + ",="
    let error = #expect(throws: DistinguishedNameError.self) { try DistinguishedName(long) }
    #expect((error?.description.count ?? 0) < 700)
  }

  @Test("Every character below U+3000, alone and between others, survives its escape")
  func everyCharacter() throws {
    for value in UInt32(0)..<0x3000 {
      guard let scalar = Unicode.Scalar(value) else { continue }
      for text in [
        "\(scalar)", "a\(scalar)", "\(scalar)a", "a\(scalar)b", " \(scalar) ", "#\(scalar)",
      ] {
        let rdn = "CN=" + DistinguishedName.escape(text)
        let back = DistinguishedName.pairs(ofRelativeName: rdn).first?.value
        guard let back, Array(back.utf8) == Array(text.utf8) else {
          Issue.record("U+\(String(value, radix: 16)) in \(text.debugDescription) gives \(rdn)")
          continue
        }
        #expect(DistinguishedName.split(rdn + ",DC=x") == [rdn, "DC=x"])
      }
    }
  }

  // Pieces of which names are made, the harmless and the hostile.
  private static let pieces = [
    "a", "B", "ä", "Ö", "ß", "é", "e\u{301}", "日", "👩‍👧", " ", "  ", ",", "+", "=", ";", "\\", "\"",
    "#", "<", ">", "\0", "\n",
    "\u{7F}", "/", "*", "(", ")", "\u{200F}", "İ", "ſ", "\u{600}", "\u{301}", "0", "4f", "C3",
  ]

  private static func value(_ random: inout SeededRandom) -> String {
    let count = Int.random(in: 1...6, using: &random)
    return (0..<count).map { _ in pieces.randomElement(using: &random) ?? "a" }.joined()
  }

  private static func rdn(_ random: inout SeededRandom) -> String {
    (0..<Int.random(in: 1...2, using: &random)).map { _ in
      let type =
        random.choose(["CN", "ou", "Dc", "uid", "2.5.4.3", "x-y_z"])
      return type + "=" + DistinguishedName.escape(value(&random))
    }.joined(separator: "+")
  }

  @Test(
    "Whatever values a name is made of, its parts come out again and its forms agree",
    arguments: 0..<20)
  func random(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    for _ in 0..<50 {
      let rdns = (0..<Int.random(in: 1...5, using: &random)).map { _ in Self.rdn(&random) }
      let text = rdns.joined(separator: ",")
      let name = try DistinguishedName(text)
      #expect(name.relativeNames == rdns, "\(text)")
      #expect(name.rdn == rdns[0])
      #expect(DistinguishedName.isValid(text))
      // The normal form is a name of its own, and its own normal form.
      let again = try DistinguishedName(name.normalized)
      #expect(Array(again.normalized.utf8) == Array(name.normalized.utf8), "\(text)")
      #expect(again == name && again.relativeNames.count == rdns.count)
      #expect(
        try DistinguishedName(text.uppercased())
          == DistinguishedName(text.uppercased().lowercased()))
      // Every name stands below all that are above it, and below nothing else.
      var above = name
      while let parent = above.parent {
        #expect(name.isBelow(parent) && above.isBelow(parent), "\(text) is below \(parent)")
        #expect(!parent.isBelow(name) && !parent.isBelow(parent))
        #expect(name.path.hasPrefix(parent.path + ",") || !parent.path.allSatisfy(\.isASCII))
        above = parent
      }
      #expect(above.relativeNames.count == 1)
      // A move there and back leaves it where it was.
      if let parent = name.parent {
        let other = try DistinguishedName("OU=other\\, place,DC=y")
        let moved = try #require(name.replacing(parent, by: other))
        #expect(moved.isBelow(other) && moved.rdn == rdns[0])
        #expect(moved.replacing(other, by: parent) == name)
      }
    }
  }

  @Test("Random text is a name or none, and all ways to ask agree", arguments: 0..<20)
  func soup(seed: UInt64) {
    var random = SeededRandom(seed: seed &+ 1000)
    let tokens =
      Self.pieces + ["CN=", "DC=x", ",", "=", "+", "\\2C", "\\C3\\A4", "#04", "\"a\"", "ou"]
    for _ in 0..<300 {
      let count = Int.random(in: 0...8, using: &random)
      let text = (0..<count).map { _ in tokens.randomElement(using: &random) ?? "" }.joined()
      let name = try? DistinguishedName(text)
      #expect(DistinguishedName.isValid(text) == (name != nil), "\(text.debugDescription)")
      guard let name else { continue }
      #expect(DistinguishedName.isValid(name.normalized), "\(text.debugDescription)")
      #expect(
        name.relativeNames.count == (try? DistinguishedName.parse(text))?.count,
        "\(text.debugDescription)")
      for part in name.relativeNames {
        #expect(!DistinguishedName.pairs(ofRelativeName: part).isEmpty)
      }
    }
  }

  @Test("A letter that joins with the comma behind it does not tear an object out of its container")
  func prepended() throws {
    // ARABIC NUMBER SIGN and the like make one character with what follows them.
    for letter in ["\u{600}", "\u{6DD}", "\u{70F}", "\u{D4E}", "\u{110BD}"] {
      let name = try DistinguishedName("CN=a\(letter),OU=b\(letter),DC=x")
      #expect(try name.isBelow(DistinguishedName("DC=x")))
      #expect(try name.isBelow(DistinguishedName("ou=b\(letter),dc=X")))
      #expect(try !DistinguishedName("CN=a\(letter)\\,DC\\=x").isBelow(DistinguishedName("DC=x")))
      #expect(name.relativeNames == ["CN=a\(letter)", "OU=b\(letter)", "DC=x"])
      #expect(name.path == "dc=x,ou=b\(letter),cn=a\(letter)")
    }
  }

  @Test("Very many parts and very long values are read")
  func long() throws {
    let many = Array(repeating: "OU=a", count: 20_000).joined(separator: ",")
    #expect(try DistinguishedName(many).relativeNames.count == 20_000)
    #expect(try DistinguishedName("CN=b+" + many).isBelow(DistinguishedName("OU=a")))
    let value = String(repeating: "x,", count: 200_000)
    let rdn = "CN=" + DistinguishedName.escape(value)
    #expect(DistinguishedName.pairs(ofRelativeName: rdn).first?.value == value)
    let pairs = (0..<2000).map { "T\($0)=v" }.joined(separator: "+")
    let turned = (0..<2000).reversed().map { "t\($0)=V" }.joined(separator: "+")
    #expect(try DistinguishedName(pairs) == DistinguishedName(turned))
  }
}
