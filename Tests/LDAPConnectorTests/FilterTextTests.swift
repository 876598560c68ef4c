import Directory
import TestSupport
import Testing

@testable import LDAPConnector

@Suite("Filters of RFC 4515")
struct FilterTextTests {
  @Test(
    "The attributes that the examples of §4 name are known, and none of their values",
    arguments: [
      ("(cn=Babs Jensen)", ["cn"]), ("(!(cn=Tim Howes))", ["cn"]),
      ("(&(objectClass=Person)(|(sn=Jensen)(cn=Babs J*)))", ["objectClass", "sn", "cn"]),
      ("(o=univ*of*mich*)", ["o"]), ("(seeAlso=)", ["seeAlso"]),
      ("(cn:caseExactMatch:=Fred Flintstone)", ["cn"]), ("(cn:=Betty Rubble)", ["cn"]),
      ("(sn:dn:2.4.6.8.10:=Barney Rubble)", ["sn"]), ("(o:dn:=Ace Industry)", ["o"]),
      ("(:1.2.3:=Wilma Flintstone)", []), ("(:DN:2.4.6.8.10:=Dino)", []),
      (#"(o=Parens R Us \28for all your parenthetical needs\29)"#, ["o"]),
      (#"(cn=*\2A*)"#, ["cn"]), (#"(filename=C:\5cMyFile)"#, ["filename"]),
      (#"(bin=\00\00\00\04)"#, ["bin"]), (#"(sn=Lu\c4\8di\c4\87)"#, ["sn"]),
      (#"(1.3.6.1.4.1.1466.0=\04\02\48\69)"#, ["1.3.6.1.4.1.1466.0"]),
      // What people write besides: without the outer parentheses, with options, with blanks.
      ("mail=*", ["mail"]), ("(cn;lang-de=x)", ["cn"]), ("( & (a=1) (b=2) )", ["a", "b"]),
      ("(userAccountControl:1.2.840.113556.1.4.803:=2)", ["userAccountControl"]),
      ("(&)", []), ("", []), ("(", []), (")))", []), ("(&(a>=1)(b<=2)(c~=3))", ["a", "b", "c"]),
    ] as [(String, [String])])
  func names(filter: String, names: [String]) {
    #expect(SearchFilter.attributes(in: filter) == Set(names.map { AttributeName($0) }))
  }

  /// The value that a filter's text stands for (RFC 4515 §3, valueencoding); nil if it is none.
  private func value(_ text: String) -> [UInt8]? {
    var out: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      switch byte {
      case 0x5C:
        guard rest.count >= 2,
          let number = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
        else { return nil }
        out.append(number)
        rest = rest.dropFirst(2)
      case 0, 0x28, 0x29, 0x2A: return nil
      default: out.append(byte)
      }
    }
    return out
  }

  @Test("Any text is escaped to plain letters that mean it", arguments: 1...30)
  func escapes(seed: Int) {
    var random = SeededRandom(scattering: seed)
    for _ in 0..<40 {
      let text = random.text()
      let escaped = SearchFilter.escape(text)
      #expect(escaped.utf8.allSatisfy { $0 < 0x80 })
      #expect(value(escaped) == Array(text.utf8), "\(text.debugDescription): \(escaped)")
    }
    for name in HostileText.names { #expect(value(SearchFilter.escape(name)) == Array(name.utf8)) }
  }

  @Test("Filters are joined so that each stands in parentheses of its own")
  func joined() {
    #expect(SearchFilter.grouped("cn=a") == "(cn=a)" && SearchFilter.grouped("(cn=a)") == "(cn=a)")
    #expect(SearchFilter.all(["(a=1)"]) == "(a=1)")
    #expect(SearchFilter.all(["(a=1)", "(b=2)"]) == "(&(a=1)(b=2))")
    #expect(SearchFilter.classes(["user"]) == "(objectClass=user)")
    #expect(SearchFilter.classes(["a*", "b)"]) == #"(|(objectClass=a\2a)(objectClass=b\29))"#)
  }
}

@Suite("Descriptions of attributes")
struct DescriptionModelTests {
  private func described(_ text: String) -> AttributeDescription? {
    AttributeDescription(Array(text.utf8))
  }

  @Test("Options in any order and case make the same attribute, and a range is told apart")
  func options() {
    for seed in 1...200 {
      var random = SeededRandom(scattering: seed)
      let name = random.choose(["cn", "userCertificate", "2.5.4.3", "x-y", "ms_DS"])
      let kept = random.some(["lang-de", "lang-en", "phonetic", "x-1"])
      var written = kept.map { random.chance(50) ? $0.uppercased() : $0 }
      if random.chance(40) { written.append(random.choose(["binary", "Binary"])) }
      var range: ValueRange?
      if random.chance(50) {
        let first = Int.random(in: 0...5_000_000, using: &random)
        range = ValueRange(
          first: first, last: random.chance(50) ? nil : first + random.choose([0, 1499]))
        if let range {
          written.append(random.chance(50) ? range.option : range.option.uppercased())
        }
      }
      written.shuffle(using: &random)
      let text = ([name] + written).joined(separator: ";")
      guard let found = described(text) else {
        Issue.record("\(text) is no description")
        continue
      }
      #expect(found.name == AttributeName(name))
      #expect(found.range == (range?.isWhole == true ? nil : range), "\(text)")
      let expected = ([name] + kept.sorted()).joined(separator: ";")
      #expect(found.keptName == AttributeName(expected), "\(text)")
    }
  }

  @Test("A range beyond all that a directory holds is none, so that no sum with it overflows")
  func hugeRanges() {
    for text in [
      "0-9223372036854775807", "9223372036854775807-*", "9223372036854775806-9223372036854775807",
      "0-2147483647", "2147483647-*", "0-4294967296", "1-0", "0--1", "0-", "-0", "*-*", "*-5",
      "0-٣",
      "0-1-2", " 0-1", "0-1 ", "0x0-1", "",
    ] {
      #expect(ValueRange(text) == nil, "\(text)")
      #expect(described("member;range=" + text) == nil, "\(text)")
    }
    #expect(ValueRange("0-2147483646") == ValueRange(first: 0, last: 2_147_483_646))
    #expect(ValueRange("00-007")?.option == "range=0-7")
  }

  @Test("Whatever bytes a server sends, they are a description or none")
  func anyBytes() {
    for seed in 1...300 {
      var random = SeededRandom(scattering: 1000 + seed)
      let bytes =
        random.chance(50)
        ? random.bytes(0...40)
        : Array(random.text(["cn", ";", "range=", "-", "*", "1", "é", "\u{301}", ".", " "]).utf8)
      guard let found = AttributeDescription(bytes) else { continue }
      #expect(found.name.text.utf8.allSatisfy { $0 < 0x80 })
    }
    #expect(AttributeDescription([UInt8](repeating: 0x61, count: 512)) != nil)
    #expect(AttributeDescription([UInt8](repeating: 0x61, count: 513)) == nil)
  }
}

@Suite("Definitions of attributes")
struct AttributeTypeModelTests {
  @Test("A definition is read in whatever order and spacing its parts stand", arguments: 1...120)
  func definitions(seed: Int) throws {
    var random = SeededRandom(scattering: seed)
    var meant = AttributeType()
    meant.oid = random.choose(["2.5.4.3", "1.2.840.113556.1.4.221", "x-oid"])
    meant.names = Array(["cn", "commonName", "c-n"].prefix(Int.random(in: 0...3, using: &random)))
    var parts: [String] = []
    if meant.names.count == 1, random.chance(50) {
      parts.append("NAME '\(meant.names[0])'")
    } else if !meant.names.isEmpty {
      parts.append("NAME ( " + meant.names.map { "'\($0)'" }.joined(separator: " ") + " )")
    }
    if random.chance(50) { parts.append("DESC 'a ( SUP b ) SYNTAX 1.2 SINGLE-VALUE'") }
    if random.chance(40) {
      meant.superior = "name"
      parts.append("SUP name")
    }
    if random.chance(70) {
      meant.syntax = "1.3.6.1.4.1.1466.115.121.1.15"
      let length = random.choose(["", "{64}"])
      let quote = random.choose(["", "'"])
      parts.append("SYNTAX " + quote + "1.3.6.1.4.1.1466.115.121.1.15" + length + quote)
    }
    for keyword in ["EQUALITY caseIgnoreMatch", "ORDERING x", "SUBSTR y", "OBSOLETE", "COLLECTIVE"]
    where random.chance(30) {
      parts.append(keyword)
      if keyword.hasPrefix("EQUALITY") { meant.equality = "caseIgnoreMatch" }
    }
    if random.chance(40) {
      meant.isSingleValued = true
      parts.append("SINGLE-VALUE")
    }
    if random.chance(30) {
      meant.isReadOnly = true
      parts.append("NO-USER-MODIFICATION")
    }
    if random.chance(30) {
      let usage = random.choose(["userApplications", "directoryOperation", "dSAOperation"])
      meant.isOperational = usage != "userApplications"
      parts.append("USAGE " + usage)
    }
    if random.chance(30) { parts.append("X-ORDERED 'VALUES'") }
    if random.chance(30) { parts.append("X-NDS ( 'SINGLE-VALUE' 'SUP other' )") }
    parts.shuffle(using: &random)
    let space = random.choose([" ", "  ", "\n ", "\t"])
    let text = (["(", meant.oid] + parts + [")"]).joined(separator: space)
    #expect(AttributeType(text) == meant, "\(text)")
  }

  @Test("A chain of definitions hands its syntax down, however it is ordered", arguments: 1...40)
  func chains(seed: Int) {
    var random = SeededRandom(scattering: 500 + seed)
    let count = Int.random(in: 1...15, using: &random)
    let root = Int.random(in: 0..<count, using: &random)
    var definitions = (0..<count).map { number in
      let superior =
        number == 0 ? "" : random.choose([" SUP a\(number - 1)", " SUP 1.1.\(number - 1)"])
      let syntax = number == root ? " SYNTAX 1.2.\(root)" : ""
      return "( 1.1.\(number) NAME 'a\(number)'\(superior)\(syntax) )"
    }
    definitions.shuffle(using: &random)
    let schema = ServerSchema(definitions: definitions)
    for number in 0..<count {
      #expect(schema[AttributeName("A\(number)")]?.syntax == (number >= root ? "1.2.\(root)" : nil))
    }
  }

  @Test("Damage to a definition makes another one or none, and ends nobody")
  func damage() {
    let good = Array(
      "( 2.5.4.3 NAME ( 'cn' 'commonName' ) DESC 'x' SUP name SYNTAX 1.2{64} SINGLE-VALUE )".utf8)
    for seed in 1...400 {
      var random = SeededRandom(scattering: 2000 + seed)
      var bytes = good
      for _ in 0...Int.random(in: 0...3, using: &random) {
        let place = Int.random(in: 0..<bytes.count, using: &random)
        if random.chance(50) {
          bytes[place] = random.choose([0x27, 0x28, 0x29, 0x20, 0x00, 0xFF, 0x24])
        } else {
          bytes.remove(at: place)
        }
      }
      let type = AttributeType(String(decoding: bytes, as: UTF8.self))
      #expect((type?.names.count ?? 0) < good.count)
    }
  }
}
