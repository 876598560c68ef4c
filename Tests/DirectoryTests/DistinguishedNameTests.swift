import Testing

@testable import Directory

@Suite("Distinguished names")
struct DistinguishedNameTests {
  @Test(
    "Names that mean the same object are equal",
    arguments: [
      ("CN=Ann,DC=Contoso,DC=test", "cn=ann,dc=contoso,dc=TEST"),
      ("CN=Ann, DC=contoso", "CN=Ann,DC=contoso"),
      ("CN = Ann ,DC=contoso", "cn=ann,dc=contoso"),
      ("CN=Ann;DC=contoso", "CN=Ann,DC=contoso"),
      (#"CN=Smith\, Ann,DC=x"#, #"CN=Smith\2C Ann,DC=x"#),
      (#"CN="Smith, Ann",DC=x"#, #"CN=Smith\, Ann,DC=x"#),
      ("CN=#0402486A , DC=x", "cn=#0402486a,DC=x"), ("CN=#12 b,DC=x", ##"CN=\#12 b,DC=x"##),
      ("CN=#012,DC=x", ##"CN=\#012,DC=x"##), ("CN=#x,DC=x", ##"CN=\#x,DC=x"##),
      ("CN=a  b,DC=x", "CN=a b,DC=x"),
      ("CN=a+UID=7,DC=x", "UID=7+CN=a,DC=x"),
      (#"CN=M\C3\BCller,DC=x"#, "CN=MÜLLER,DC=x"),
      ("CN=ΣΟΦΊΑ,DC=x", "CN=σοφία,DC=x"), ("CN=ИВАН,DC=x", "cn=иван,DC=x"),
    ])
  func equal(_ a: String, _ b: String) throws {
    #expect(try DistinguishedName(a) == DistinguishedName(b))
  }

  @Test(
    "Names that mean different objects are not equal",
    arguments: [
      ("CN=Ann,DC=x", "CN=Anne,DC=x"), ("CN=a,DC=x", "OU=a,DC=x"), ("CN=a×,DC=x", "CN=a÷,DC=x"),
      (#"CN=a\,OU=b,DC=x"#, "CN=a,OU=b,DC=x"), ("CN=#04024869,DC=x", ##"CN=\#04024869,DC=x"##),
      (##"CN="#04024869",DC=x"##, "CN=#04024869,DC=x"),
    ])
  func unequal(_ a: String, _ b: String) throws {
    #expect(try DistinguishedName(a) != DistinguishedName(b))
  }

  @Test(
    "What breaks the grammar is refused with its place",
    arguments: [
      ("Ann Smith", 4), ("CN=", 3), ("=x", 0), ("CN=a,", 5), (#"CN=a\"#, 5), (#"CN="a"#, 5),
      (#"CN=a"b"#, 4), ("C!N=a", 1), ("/CN=a", 0), ("ÄN=a", 0), (#"CN=\FF,DC=x"#, 6), (",CN=a", 0),
    ])
  func refused(_ text: String, offset: Int) {
    #expect(!DistinguishedName.isValid(text))
    do {
      _ = try DistinguishedName(text)
      Issue.record("\(text) was taken")
    } catch {
      #expect(error.offset == offset, "\(error)")
      #expect(error.description.contains(text))
    }
  }

  @Test("A name with an encoded value stays the same when its normalized form is read again")
  func encoded() throws {
    let name = try DistinguishedName("CN=#0402486A+UID=7,DC=x")
    #expect(try DistinguishedName(name.normalized).normalized == name.normalized)
    #expect(name.normalized == "cn=#0402486a+uid=7,dc=x")
    #expect(name.relativeNames == ["CN=#0402486A+UID=7", "DC=x"])
  }

  @Test("The empty name is the root, above all others")
  func root() throws {
    let root = try DistinguishedName("")
    #expect(root.relativeNames.isEmpty)
    #expect(root.parent == nil)
    #expect(try DistinguishedName("DC=x").isBelow(root))
    #expect(!root.isBelow(root))
  }

  @Test("The parts keep their spelling and their escapes")
  func parts() throws {
    let dn = try DistinguishedName(#" CN=Smith\, Ann , OU="a,b";DC=x\ "#)
    #expect(dn.relativeNames == [#"CN=Smith\, Ann"#, #"OU="a,b""#, #"DC=x\ "#])
    #expect(dn.rdn == #"CN=Smith\, Ann"#)
    #expect(try dn.parent == DistinguishedName(#"OU=a\,b,DC=x\ "#))
    #expect(try DistinguishedName(#"CN=a\\,DC=x"#).relativeNames == [#"CN=a\\"#, "DC=x"])
    #expect(try DistinguishedName("DC=x").parent == nil)
  }

  @Test("Only what stands under a container is below it")
  func below() throws {
    let staff = try DistinguishedName("OU=Staff,DC=x")
    #expect(try DistinguishedName("CN=a,ou=staff,dc=X").isBelow(staff))
    #expect(try !DistinguishedName("OU=Staff,DC=x").isBelow(staff))
    #expect(try !DistinguishedName("CN=a,OU=NotStaff,DC=x").isBelow(staff))
    #expect(try !DistinguishedName(#"CN=a\,OU=Staff,DC=x"#).isBelow(staff))
  }

  @Test("A rename above an object renames it")
  func replacing() throws {
    let dn = try DistinguishedName(#"CN=Smith\, Ann,OU=Old,DC=x"#)
    let old = try DistinguishedName("ou=old,dc=x")
    let new = try DistinguishedName("OU=New,OU=Corp,DC=x")
    #expect(dn.replacing(old, by: new)?.text == #"CN=Smith\, Ann,OU=New,OU=Corp,DC=x"#)
    #expect(old.replacing(old, by: new) == new)
    #expect(new.replacing(old, by: new) == nil)
  }

  @Test(
    "Escaped text is read back as it was",
    arguments: [
      "plain", "Smith, Ann", " lead", "trail ", "#hash", "a#b", "a+b=c", #"back\slash"#, "\"q\"",
      "line\nbreak", "nul\0", "<a>;", " ", "Ünï 漢字", "\u{7F}", "tab\t",
    ])
  func escaping(_ text: String) throws {
    let part = "CN=" + DistinguishedName.escape(text)
    let pairs = DistinguishedName.pairs(ofRelativeName: part)
    #expect(pairs.count == 1)
    #expect(pairs.first?.value == text)
    #expect(try DistinguishedName(part + ",DC=x").relativeNames == [part, "DC=x"])
  }

  @Test("The quick way to normalize gives what the thorough way gives")
  func quickEqualsThorough() throws {
    let words = [
      "Ann", "Zoë", "ÀÐÞß×÷", "Ελένη ΣΑΣ", "ДМИТРИЙ", "נועה", "王", "さくら", "김", "प्रिया", "สมชาย",
      "ÄN=x", "Ǆ", "İ", "Ⅷ", "ａＡ", "Ａ", "Ⴀ", "Ա", "ﬀ", "e\u{301}E\u{301}", "𐐀",
    ]
    for word in words {
      #expect(word.lowercasedForNames == word.lowercased(), "\(word)")
      let text = "CN=\(word) B,DC=X"
      let thorough = try DistinguishedName.parse(text).map(DistinguishedName.join)
      #expect(try DistinguishedName(text).normalized == thorough.joined(separator: ","))
    }
  }

  @Test("The parts of a multi-valued relative name come apart")
  func pairs() {
    let pairs = DistinguishedName.pairs(ofRelativeName: #"CN=A\+B+UID=7"#)
    #expect(pairs.map(\.type) == ["CN", "UID"])
    #expect(pairs.map(\.value) == ["A+B", "7"])
    #expect(DistinguishedName.pairs(ofRelativeName: "CN=a,DC=x").isEmpty)
    #expect(DistinguishedName.pairs(ofRelativeName: "nonsense").isEmpty)
  }

  @Test(
    "A path goes from the root down, in normal form",
    arguments: [
      ("CN=Ann,OU=Staff,DC=X", "dc=x,ou=staff,cn=ann"), ("DC=x", "dc=x"), ("", ""),
      (#"CN=Smith\, Ann,OU=A\=B,DC=x"#, #"dc=x,ou=a\=b,cn=smith\, ann"#),
      (#"CN="a,b",DC=x"#, #"dc=x,cn=a\,b"#),
    ])
  func path(name: String, path: String) throws {
    #expect(try DistinguishedName(name).path == path)
  }

  @Test("What is below a name stands between its bounds, and nothing else")
  func pathsBelow() throws {
    let staff = try DistinguishedName("OU=Staff,DC=x")
    let (from, before) = staff.pathsBelow
    func isThere(_ name: String) throws -> Bool {
      let path = Array(try DistinguishedName(name).path.utf8)
      return !path.lexicographicallyPrecedes(Array(from.utf8))
        && path.lexicographicallyPrecedes(Array(before.utf8))
    }
    let names = [
      "OU=Staff,DC=x", "CN=a,OU=Staff,DC=x", "CN=é,OU=Ü,OU=Staff,DC=x", "OU=Staff-2,DC=x",
      "OU=Staff 2,DC=x", "OU=Staff+CN=a,DC=x", "CN=a,OU=Staff0,DC=x", #"OU=Staff\,CN=a,DC=x"#,
      "CN=a,OU=Staf,DC=x", "CN=a,OU=Staff,DC=x,DC=y", "DC=x", "CN=~,OU=Staff,DC=x",
    ]
    for name in names {
      #expect(try isThere(name) == DistinguishedName(name).isBelow(staff), "\(name)")
    }
    let root = try DistinguishedName("").pathsBelow
    #expect(root.from.isEmpty && "dc=x" < root.before)
  }
}
