import Directory
import SyncExpressions
import Testing

@Suite("Functions of distinguished names, on names that are hard to read")
struct HostileNameTests {
  private func text(_ expression: String, _ name: String) throws -> String? {
    try value(expression, ["dn": [.reference(name)]])?.text
  }

  @Test(
    "Each component is the part between commas that part names, without its type",
    arguments: [
      (#"CN=Smith\, Ann,OU=a\=b,DC=x"#, [#"Smith\, Ann"#, #"a\=b"#, "x"]),
      (#"CN="Smith, Ann",OU="a;b";DC=x"#, [#""Smith, Ann""#, #""a;b""#, "x"]),
      ("CN = Ann , OU= Staff ,DC =x", ["Ann", "Staff", "x"]), ("CN=a=b=c,DC=x", ["a=b=c", "x"]),
      ("CN=Ann+UID=7,DC=x", ["Ann+UID=7", "x"]), ("CN=#04024869,DC=x", ["#04024869", "x"]),
      (#"CN=Lu\C4\8Di\C4\87,DC=x"#, [#"Lu\C4\8Di\C4\87"#, "x"]), (#"CN=a\\,DC=x"#, [#"a\\"#, "x"]),
      (
        #"CN=Ann\0ADEL:6b29fc40,CN=Deleted Objects,DC=x"#,
        [#"Ann\0ADEL:6b29fc40"#, "Deleted Objects", "x"]
      ),
      ("CN=\u{301}Ann,OU=\u{308},DC=x", ["\u{301}Ann", "\u{308}", "x"]),
      ("CN=שלום,OU=日本,DC=😀", ["שלום", "日本", "😀"]),
      ("1.3.6.1.4.1.1466.0=a,0.9.2342.19200300.100.1.25=x", ["a", "x"]),
      ("CN=\u{600},DC=x", ["\u{600}", "x"]),
      (#"CN=a\ ,DC=\ x"#, [#"a\ "#, #"\ x"#]),
    ])
  func components(name: String, parts: [String]) throws {
    for (index, part) in parts.enumerated() {
      let number = index + 1
      let left = try #require(try text("DNComponent([dn],\(number))", name))
      #expect(Array(left.utf8) == Array(part.utf8))
      let right = try #require(try text("DNComponentRev([dn],\(parts.count - index))", name))
      #expect(Array(right.utf8) == Array(part.utf8))
    }
    #expect(try text("DNComponent([dn],\(parts.count + 1))", name) == nil)
    #expect(try text("DNComponentRev([dn],\(parts.count + 1))", name) == nil)
  }

  @Test(
    "The option DC leaves out the components of a domain, however their type is written, and no others",
    arguments: [
      ("cn=Joe,ou=US,dc=contoso,dc=com", "US"), ("cn=Joe,ou=US,DC=contoso,Dc=com", "US"),
      ("cn=Joe,ou=US,dc =contoso, dc = com", "US"),
      ("cn=Joe,ou=US,DC=\u{301}x", "US"), ("cn=Joe,ou=dc=x,dc=com", "dc=x"),
      ("cn=Joe,dcx=US,dc=com", "US"), ("cn=Joe,ou=US", "US"),
      ("dc=a,ou=US,dc=com", "US"), (#"cn=Joe,ou=\,dc=US,dc=com"#, #"\,dc=US"#), ("dc=com", nil),
      ("", nil),
    ])
  func domains(name: String, last: String?) throws {
    #expect(try text("DNComponentRev([dn],1,\"DC\")", name) == last)
    #expect(try text("DNComponentRev([dn],1,dc)", name) == last)
  }

  @Test(
    "What EscapeDNComponent gives is one component of a name, with just this value",
    arguments: [
      "Ann", "Smith, Ann", "a+b", "a=b", #"back\slash"#, "\"quoted\"", "<a>;b", "#1", " both ",
      "  ", "nul\u{0}", "line\nbreak", "tab\t", "\u{7F}",
      "e\u{301}", "\u{301}Ann", "日本", "שלום", "👩‍👧", "\u{600}", "a,DC=x", "CN=Ann", "=", "#", "\\",
      "a\\,b", "\u{202E}abc", "O=x, OU=y",
    ])
  func escapes(value: String) throws {
    let input: [AttributeName: [AttributeValue]] = ["v": [.string(value)]]
    let whole = try #require(
      try SyncExpressionsTests.value(#"EscapeDNComponent("cn=" & [v]) & ",OU=a,DC=x""#, input)?.text
    )
    let name = try DistinguishedName(whole)
    #expect(name.relativeNames.count == 3)
    let pair = try #require(DistinguishedName.pairs(ofRelativeName: name.rdn).first)
    #expect(pair.type == "cn")
    #expect(Array(pair.value.utf8) == Array(value.utf8))
    // The component comes out again as it was put in.
    let component = try text("DNComponent([dn],1)", whole)
    #expect(
      component.map { DistinguishedName.pairs(ofRelativeName: "x=" + $0).first?.value } == value)
  }

  @Test("A type is left as it is, and what only looks like one is escaped")
  func types() throws {
    for (value, expected) in [
      ("ou=a,b", #"ou=a\,b"#), ("2.5.4.3=a=b", #"2.5.4.3=a\=b"#), ("x-y_1=#", ##"x-y_1=\#"##),
      ("a b=c", #"a b\=c"#), ("ä=b", #"ä\=b"#),
      ("=b", #"\=b"#), ("cn=", "cn="), (" cn=a", #"\ cn\=a"#),
    ] {
      #expect(
        try SyncExpressionsTests.value("EscapeDNComponent([v])", ["v": [.string(value)]])?.text
          == expected)
    }
  }

  @Test("A name that is none has the components that commas make, and nothing fails")
  func noNames() throws {
    #expect(try text("DNComponent([dn],1)", "no name") == "no name")
    #expect(try text("DNComponent([dn],2)", "no name,") == nil)
    #expect(try text("DNComponent([dn],1)", "") == nil)
    #expect(
      try text("DNComponent([dn],1)", "6b29fc40-ca47-1067-b31d-00dd010662da")
        == "6b29fc40-ca47-1067-b31d-00dd010662da")
    let long = Array(repeating: "OU=a", count: 20_000).joined(separator: ",")
    #expect(try text("DNComponent([dn],20000)", long) == "a")
    #expect(try text("DNComponentRev([dn],20001,DC)", long) == nil)
  }
}
