import Directory
import SyncExpressions
import Testing

@Suite("Functions of multi-valued attributes")
struct ListFunctionTests {
  private let addresses: [AttributeName: [AttributeValue]] = [
    "proxyAddresses": ["smtp:jd@contoso.com", "SMTP:john.doe@contoso.com", "X500:/o=contoso"],
    "one": ["SMTP:a@b"], "members": [.reference("cn=a,dc=x"), .reference("cn=ab,dc=x")],
  ]

  @Test(
    "Contains tells the place of the first value with a text",
    arguments: [
      (#"Contains([proxyAddresses],"SMTP:")"#, 2), (#"Contains([proxyAddresses],"SIP:")"#, 0),
      (#"Contains([proxyAddresses],"SMTP:",CaseInsensitive)"#, 1),
      (#"Contains([proxyAddresses],"SMTP:",CaseSensitive)"#, 2), (#"Contains([one],"a@")"#, 1),
      (#"Contains([absent],"a")"#, 0), (#"Contains([members],"cn=a")"#, 0),
      (#"Contains([members],"cn=ab,dc=x")"#, 2),
      (#"Contains([members],"CN=AB,DC=X",CaseInsensitive)"#, 2),
      (#"Contains([proxyAddresses],"")"#, 1),
    ])
  func contains(text: String, expected: Int64) throws {
    #expect(try value(text, addresses) == .integer(expected))
  }

  @Test("Contains does not search bytes")
  func containsBinary() throws {
    #expect(try failure(#"Contains([b],"a")"#, ["b": [.binary([1])]]).kind == .type)
  }

  @Test("Count counts values", arguments: [("proxyAddresses", 3), ("one", 1), ("absent", 0)])
  func count(name: String, expected: Int64) throws {
    #expect(try value("Count([\(name)])", addresses) == .integer(expected))
    #expect(try value("ValueCount(\"\(name)\")", addresses) == .integer(expected))
  }

  @Test("A search for nothing finds nothing")
  func searchForNothing() throws {
    #expect(try value("Contains([proxyAddresses],[absent])", addresses) == 0)
    #expect(try value("Contains([proxyAddresses],NULL,CaseInsensitive)", addresses) == 0)
    #expect(try value("Contains([absent],[absent])", addresses) == 0)
  }

  @Test("Item and ItemOrNull take one value")
  func item() throws {
    let primary = #"Mid(Item([proxyAddresses],Contains([proxyAddresses], "SMTP:")),6)"#
    #expect(try value(primary, addresses) == "john.doe@contoso.com")
    #expect(try value("Item([one],1)", addresses) == "SMTP:a@b")
    #expect(try value("ItemOrNull([proxyAddresses],3)", addresses) == "X500:/o=contoso")
    #expect(try value("Item([members],1)", addresses) == .reference("cn=a,dc=x"))
  }

  @Test("An item that is not there fails, or is null", arguments: ["0", "4", "-1", "99999999999"])
  func noItem(index: String) throws {
    let error = try failure("Item([proxyAddresses],\(index))", addresses)
    #expect(error.kind == .range)
    #expect(error.message.contains("3 values"))
    #expect(try evaluate("ItemOrNull([proxyAddresses],\(index))", addresses) == .null)
  }

  @Test("An absent attribute has no item")
  func absent() throws {
    #expect(try failure("Item([absent],1)").kind == .range)
    #expect(try evaluate("ItemOrNull([absent],1)") == .null)
  }

  @Test("Join makes one text of all values")
  func join() throws {
    let two: [AttributeName: [AttributeValue]] = ["a": ["x", "y"], "n": [1, 2]]
    #expect(try value("Join([a])", two) == "x y")
    #expect(try value(#"Join([a],", ")"#, two) == "x, y")
    #expect(try value(#"Join([a],"")"#, two) == "xy")
    #expect(try value(#"Join([n],"+")"#, two) == "1+2")
    #expect(try value(#"Join([a])"#, ["a": ["x"]]) == "x")
    #expect(try evaluate(#"Join([absent],",")"#) == .null)
    #expect(try failure("Join([b])", ["b": [.binary([1]), .binary([2])]]).kind == .type)
  }

  @Test("RemoveDuplicates keeps the first of equal values and tells cases apart")
  func duplicates() throws {
    let input: [AttributeName: [AttributeValue]] = ["a": ["x ", "x", "X", "y"]]
    #expect(try evaluate("RemoveDuplicates(Trim([a]))", input) == .values(["x", "X", "y"]))
    #expect(try evaluate("RemoveDuplicates([absent])") == .null)
    #expect(try value("RemoveDuplicates([a])", ["a": ["x"]]) == "x")
  }

  @Test("Split makes values of a text")
  func split() throws {
    let text = #""SMTP:john.doe@contoso.com,smtp:jd@contoso.com""#
    #expect(
      try evaluate("Split(\(text),\",\")")
        == .values(["SMTP:john.doe@contoso.com", "smtp:jd@contoso.com"]))
    #expect(try evaluate(#"Split("a,b,c",",",2)"#) == .values(["a", "b,c"]))
    #expect(try evaluate(#"Split("abc",",")"#) == .values(["abc"]))
    #expect(try evaluate(#"Split("a,,b",",")"#) == .values(["a", "b"]))
    #expect(try value(#"Count(Split("a,,b",","))"#) == 3)
    #expect(try evaluate(#"Split([absent],",")"#) == .null)
    #expect(try value(#"Join(Split("a.b.c","."),"-")"#) == "a-b-c")
  }

  @Test("Split wants one character and a limit from 1")
  func badSplit() throws {
    #expect(try failure(#"Split("a,b","")"#).kind == .range)
    #expect(try failure(#"Split("a,b",", ")"#).kind == .range)
    #expect(try failure(#"Split("a,b",",",0)"#).kind == .range)
  }

  @Test("Split into millions of values fails at a limit")
  func splitTooMany() throws {
    let commas = String(repeating: ",", count: 2_000_000)
    #expect(try failure(#"Split([a],",")"#, ["a": [.string(commas)]]).kind == .limit)
  }
}
