import Testing

@testable import Directory

@Suite("Names without regard to case")
struct NameFoldingTests {
  @Test(
    "The quick way to small letters gives what Unicode gives",
    arguments: [
      "", "CN=Ann", "ÀÖ×ØÞß", "àöøþÿ", "ŠŒŸ", "ΑΣΩ", "ΟΔΟΣ", "ЖУКОВ", "Ёж", "İstanbul", "אבג",
      "محمد", "日本語", "カタカナ", "한국어", "ไทย", "ᏣᎳᎩ", "ႠႡ", "ẞ", "Ⅷ", "Ａ", "𐐀", "👩‍💻 Ann", "\u{C2}\u{80}",
    ])
  func lowercase(_ text: String) {
    #expect(text.lowercasedForNames == text.lowercased())
  }

  @Test("Every letter of the basic plane is folded as Unicode folds it")
  func everyLetter() {
    for value in UInt32(1)...0xFFFF {
      guard let scalar = Unicode.Scalar(value) else { continue }
      let text = String(Character(scalar))
      if text.lowercasedForNames != text.lowercased() {
        Issue.record("U+\(String(value, radix: 16)) \(text)")
      }
    }
  }

  @Test(
    "A value that is escaped for a name is read back",
    arguments: [
      "Ann", "Smith, Ann", "a+b=c", "#1", " both ", "  ", "a\\b", "\"quoted\"", "<a;b>",
      "tab\there",
      "nul\0", "é日", "a  b",
    ])
  func escapes(_ value: String) throws {
    let rdn = "CN=" + DistinguishedName.escape(value)
    let pairs = DistinguishedName.pairs(ofRelativeName: rdn)
    #expect(pairs.count == 1)
    #expect(pairs.first?.type == "CN")
    #expect(pairs.first?.value == value)
    let dn = try DistinguishedName(rdn + ",DC=x")
    #expect(dn.relativeNames == [rdn, "DC=x"])
    #expect(dn.parent?.text == "DC=x")
  }

  @Test("A name moves with its container as often as that moves, escapes and spelling kept")
  func moving() throws {
    var dn = try DistinguishedName("CN=Smith\\, Ann,OU=a,DC=x")
    var container = try DistinguishedName("ou=A, dc=X")
    for number in 0..<5 {
      let next = try DistinguishedName("OU=\(number)\\+,DC=x")
      dn = try #require(dn.replacing(container, by: next))
      #expect(dn.text == "CN=Smith\\, Ann," + next.text)
      #expect(dn.isBelow(next))
      #expect(!dn.isBelow(container))
      container = next
    }
    #expect(try dn.replacing(DistinguishedName("OU=other,DC=x"), by: container) == nil)
  }
}
