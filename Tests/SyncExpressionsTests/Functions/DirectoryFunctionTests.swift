import Directory
import SyncExpressions
import Testing

@Suite("Functions of distinguished names and numbers")
struct DirectoryFunctionTests {
  private let input: [AttributeName: [AttributeValue]] = [
    "dn": ["cn=Joe,ou=Atlanta,ou=GA,ou=US, dc=contoso,dc=com"],
    "conflict": [#"CN=Ann\0ACNF:6b29fc40,OU=Staff,DC=x"#], "comma": [#"CN=Doe\, Ann,DC=x"#],
  ]

  @Test(
    "DNComponent counts from the left, DNComponentRev from the right",
    arguments: [
      ("DNComponent(CRef([dn]),1)", "Joe"), ("DNComponent(CRef([dn]),4)", "US"),
      ("DNComponentRev(CRef([dn]),3)", "US"), (#"DNComponentRev(CRef([dn]),1,"DC")"#, "US"),
      ("DNComponentRev(CRef([dn]),1,DC)", "US"), ("DNComponentRev(CRef([dn]),1)", "com"),
      ("DNComponent([dn],2)", "Atlanta"), ("DNComponent(CRef([comma]),1)", #"Doe\, Ann"#),
      ("DNComponent(CRef([conflict]),1)", #"Ann\0ACNF:6b29fc40"#),
    ])
  func components(text: String, expected: String) throws {
    #expect(try value(text, input) == .string(expected))
  }

  @Test("A component that is not there is null", arguments: ["0", "7", "-1", "99999999999"])
  func noComponent(number: String) throws {
    #expect(try evaluate("DNComponent(CRef([dn]),\(number))", input) == .null)
    #expect(try evaluate("DNComponentRev(CRef([dn]),\(number))", input) == .null)
    #expect(try evaluate("DNComponent(CRef([absent]),1)", input) == .null)
  }

  @Test("A number is no name")
  func noName() throws {
    #expect(try failure("DNComponent(5,1)").kind == .type)
  }

  @Test(
    "EscapeDNComponent escapes a value and leaves its type",
    arguments: [
      (#"EscapeDNComponent("cn=Doe, Ann")"#, #"cn=Doe\, Ann"#),
      (#"EscapeDNComponent("Doe, Ann")"#, #"Doe\, Ann"#),
      (##"EscapeDNComponent("cn=#1")"##, ##"cn=\#1"##),
      (#"EscapeDNComponent("plain")"#, "plain"), (#"EscapeDNComponent("a b=c")"#, #"a b\=c"#),
    ])
  func escapes(text: String, expected: String) throws {
    #expect(try value(text) == .string(expected))
  }

  @Test(
    "BitAnd and BitOr work on 64 bits",
    arguments: [
      ("BitAnd(&HF, &HF7)", 7), ("BitOr(&HF0, 1)", 241),
      ("BitAnd(-2147483646,-2147483648)", -2_147_483_648),
      (#"BitAnd("514", 2)"#, 2), ("BitOr(-1, 5)", -1),
    ])
  func bits(text: String, expected: Int64) throws {
    #expect(try value(text) == .integer(expected))
    #expect(try evaluate("BitAnd([absent], 2)") == .null)
    #expect(try failure(#"BitAnd("x", 2)"#).kind == .type)
  }

  @Test("RandomNum stays between its limits")
  func random() throws {
    let expression = try Expression("RandomNum(3,5)")
    #expect(expression.isVolatile)
    var seen = Set<AttributeValue>()
    for _ in 0..<200 {
      if case .values(let values) = try expression.evaluate(TestInput()) { seen.formUnion(values) }
    }
    #expect(seen == [3, 4, 5])
    #expect(try failure("RandomNum(5,3)").kind == .range)
    #expect(try value("RandomNum(7,7)") == 7)
  }
}
