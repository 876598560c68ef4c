import Configuration
import Directory
import SyncRules
import Testing

/// Whether an object whose attribute `x` has `found` is in scope of `x <operator> values`.
private func holds(
  _ scopeOperator: ScopeOperator, _ values: [String], _ found: [AttributeValue]
) throws -> Bool {
  let clause = try ScopeClause("x", scopeOperator, values)
  let rules = try RuleSet([rule("r", scope: [[clause]])])
  return rules.inbound(AttributeSet([Attribute("x", found)])).inScope.count == 1
}

@Suite("Operators of scoping filters")
struct ScopeOperatorTests {
  @Test(
    "EQUAL and NOTEQUAL",
    arguments: [
      ("Sales", ["sales"], true), ("Sales", ["Sale"], false), ("Sales", [], false),
      ("Sales", ["HR", "SALES"], true), ("TRUE", [true], true), ("true", [false], false),
      ("7", [7], true), ("7", ["007"], false), ("007", [7], true), ("-5", [-5], true),
      ("STRASSE", ["strasse"], true), ("ÄRGER", ["ärger"], true), ("ärger", ["Arger"], false),
      ("cn=x", [.reference("CN=X")], true),
    ] as [(String, [AttributeValue], Bool)])
  func equal(value: String, found: [AttributeValue], expected: Bool) throws {
    #expect(try holds(.equal, [value], found) == expected)
    #expect(try holds(.notEqual, [value], found) != expected)
  }

  @Test(
    "LESSTHAN and GREATERTHAN compare numbers as numbers, and texts as texts",
    arguments: [
      ([9], "10", true, false), (["9"], "10", false, true), ([10], "10", false, false),
      (["12000"], "5000", true, false), ([12000], "5000", false, true),
      (["10"], "10", false, false),
      ([11], "10", false, true), (["b"], "C", true, false), (["D"], "c", false, true),
      (["C"], "c", false, false), (["10"], "9x", true, false),
    ] as [([AttributeValue], String, Bool, Bool)])
  func order(found: [AttributeValue], limit: String, isLess: Bool, isGreater: Bool) throws {
    #expect(try holds(.lessThan, [limit], found) == isLess)
    #expect(try holds(.greaterThan, [limit], found) == isGreater)
    #expect(try holds(.lessThanOrEqual, [limit], found) == !isGreater)
    #expect(try holds(.greaterThanOrEqual, [limit], found) == !isLess)
  }

  @Test(
    "an absent attribute is neither less nor greater",
    arguments: [
      ScopeOperator.lessThan, .lessThanOrEqual, .greaterThan, .greaterThanOrEqual,
    ])
  func orderOfNothing(scopeOperator: ScopeOperator) throws {
    #expect(try !holds(scopeOperator, ["5"], []))
  }

  @Test(
    "CONTAINS and NOTCONTAINS",
    arguments: [
      ("oun", ["Accounting"], true), ("OUN", ["accounting"], true), ("x", ["Accounting"], false),
      ("ING", ["Accounting"], true), ("accountings", ["Accounting"], false), ("x", [], false),
      ("É", ["café"], true), ("af", ["café"], true), ("7", [1750], true),
      ("LLER", ["CN=Jörg Müller"], true), ("o", ["ö ő õ"], false), ("ş", ["KARŞI"], true),
      // By Unicode's rules an accent that follows makes a letter another one, a kelvin is a k, and
      // a Turkish capital I with a dot has a dot in lower case, too.
      ("e", ["cafe\u{301}"], false), ("k", ["300 \u{212A}"], true), ("i", ["\u{130}"], false),
      ("i", ["\u{130}i"], true), ("e", ["ěęė"], false),
    ] as [(String, [AttributeValue], Bool)])
  func contains(value: String, found: [AttributeValue], expected: Bool) throws {
    #expect(try holds(.contains, [value], found) == expected)
    #expect(try holds(.notContains, [value], found) != expected)
  }

  @Test(
    "STARTSWITH and NOTSTARTSWITH",
    arguments: [
      ("svc_", ["SVC_backup"], true), ("svc_", ["x", "svc_a"], true), ("svc_", ["asvc_"], false),
      ("svc_", ["svc"], false), ("svc_", [], false), ("é", ["Éva"], true),
    ] as [(String, [AttributeValue], Bool)])
  func startsWith(value: String, found: [AttributeValue], expected: Bool) throws {
    #expect(try holds(.startsWith, [value], found) == expected)
    #expect(try holds(.notStartsWith, [value], found) != expected)
  }

  @Test(
    "ENDSWITH and NOTENDSWITH",
    arguments: [
      ("@contoso.com", ["Ann@CONTOSO.com"], true), ("@contoso.com", ["a@contoso.com.org"], false),
      ("@contoso.com", ["com"], false), ("@contoso.com", [], false), ("É", ["café"], true),
    ] as [(String, [AttributeValue], Bool)])
  func endsWith(value: String, found: [AttributeValue], expected: Bool) throws {
    #expect(try holds(.endsWith, [value], found) == expected)
    #expect(try holds(.notEndsWith, [value], found) != expected)
  }

  @Test("ISNULL and ISNOTNULL")
  func null() throws {
    #expect(try holds(.isNull, [], []))
    #expect(try !holds(.isNull, [], ["a"]))
    #expect(try holds(.isNotNull, [], ["a"]))
    #expect(try !holds(.isNotNull, [], []))
  }

  @Test(
    "ISIN and ISNOTIN",
    arguments: [
      (["a"], true), (["B"], true), (["c"], false), (["c", "b"], true), ([], false), ([3], true),
    ] as [([AttributeValue], Bool)])
  func isIn(found: [AttributeValue], expected: Bool) throws {
    #expect(try holds(.isIn, ["A", "b", "3"], found) == expected)
    #expect(try holds(.isNotIn, ["A", "b", "3"], found) != expected)
  }

  @Test(
    "ISBITSET and ISNOTBITSET",
    arguments: [
      ("2", [514], true), ("2", [512], false), ("2", ["514"], true), ("2", ["abc"], false),
      ("2", [], false), ("0x202", [514], true), ("514", [2], false),
      ("-2147483648", [-2_147_483_646], true), ("2147483648", [-2_147_483_646], true),
      ("0x80000000", [8], false), ("-2147483648", [2_147_483_650], true), ("2", [true], false),
    ] as [(String, [AttributeValue], Bool)])
  func bits(mask: String, found: [AttributeValue], expected: Bool) throws {
    #expect(try holds(.isBitSet, [mask], found) == expected)
    #expect(try holds(.isNotBitSet, [mask], found) != expected)
  }

  @Test(
    "ISMEMBEROF and ISNOTMEMBEROF compare names as names",
    arguments: [
      ([.reference("cn=Pilot, ou=Groups,dc=x")], true), (["CN=pilot,OU=groups,DC=X"], true),
      ([.reference("cn=Pilots,ou=Groups,dc=x")], false), (["no name"], false), ([], false),
    ] as [([AttributeValue], Bool)])
  func memberOf(found: [AttributeValue], expected: Bool) throws {
    #expect(try holds(.isMemberOf, ["CN=Pilot,OU=Groups,DC=x"], found) == expected)
    #expect(try holds(.isNotMemberOf, ["CN=Pilot,OU=Groups,DC=x"], found) != expected)
  }

  @Test("GUIDs and SIDs are compared as Microsoft prints them")
  func binary() throws {
    let guid: [UInt8] = Array(1...16)
    let sid: [UInt8] = [1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 32, 2, 0, 0]
    #expect(try holds(.equal, ["04030201-0605-0807-090A-0B0C0D0E0F10"], [.binary(guid)]))
    #expect(try holds(.equal, ["S-1-5-32-544"], [.binary(sid)]))
    #expect(try holds(.startsWith, ["s-1-5-32-"], [.binary(sid)]))
    #expect(try holds(.equal, ["DEADbeef"], [.binary([0xDE, 0xAD, 0xBE, 0xEF])]))
    #expect(try holds(.notEqual, ["S-1-5-32-545"], [.binary(sid)]))
    #expect(try !holds(.notStartsWith, ["S-1-5-32-"], [.binary(sid)]))
  }

  @Test("every operator is known by its name, in any case", arguments: ScopeOperator.allCases)
  func names(scopeOperator: ScopeOperator) {
    #expect(ScopeOperator(name: scopeOperator.rawValue.lowercased()) == scopeOperator)
  }

  @Test("the spelling of exported rule sets is known")
  func exported() {
    #expect(ScopeOperator(name: "ISBITNOTSET") == .isNotBitSet)
    #expect(ScopeOperator(name: "ISBIT") == nil)
  }
}

@Suite("Scopes")
struct ScopeTests {
  @Test("clauses are joined by AND, groups by OR")
  func groups() throws {
    let a = try ScopeClause("a", .equal, ["1"])
    let b = try ScopeClause("b", .equal, ["1"])
    let c = try ScopeClause("c", .isNotNull)
    let rules = try RuleSet([rule("r", scope: [[a, b], [c]])])
    func inScope(_ set: AttributeSet) -> Bool { !rules.inbound(set).inScope.isEmpty }
    #expect(inScope(["a": ["1"], "b": ["1"]]))
    #expect(!inScope(["a": ["1"]]))
    #expect(inScope(["a": ["1"], "c": ["x"]]))
    #expect(!inScope([:]))
  }

  @Test("no group means everything")
  func empty() throws {
    #expect(try RuleSet([rule("r")]).inbound([:]).inScope.count == 1)
  }

  @Test("an exclusion names the clause of each group and what was found")
  func reason() throws {
    let rules = try RuleSet([
      rule(
        "r",
        scope: [
          [try ScopeClause("a", .isNotNull), try ScopeClause("uac", .isNotBitSet, ["2"])],
          [try ScopeClause("department", .isIn, ["HR", "IT"])],
        ])
    ])
    let excluded = try #require(rules.inbound(["a": ["x"], "uac": [514]]).outOfScope.first)
    #expect(excluded.rule.name == "r")
    #expect(
      excluded.reason
        == "uac ISNOTBITSET 2 fails (514); department ISIN (HR, IT) fails (no value)")
  }

  @Test("an exclusion shows a GUID as it is written")
  func guid() throws {
    let rules = try RuleSet([rule("r", scope: [[try ScopeClause("objectGUID", .isNull)]])])
    let bytes = (0..<16).map { UInt8($0) }
    #expect(
      rules.inbound(["objectGUID": [.binary(bytes)]]).outOfScope[0].reason
        == "objectGUID ISNULL fails (03020100-0504-0706-0809-0a0b0c0d0e0f)")
  }

  @Test("an exclusion shows a few values of many, and the start of a long one")
  func manyValues() throws {
    let rules = try RuleSet([rule("r", scope: [[try ScopeClause("a", .equal, ["z"])]])])
    let long = String(repeating: "é", count: 100)
    let values: [AttributeValue] = ["a", "b", "c", "d", "e"]
    #expect(rules.inbound(["a": values]).outOfScope[0].reason.hasSuffix("(a, b, c and 2 more)"))
    let reason = rules.inbound(["a": [.string(long)]]).outOfScope[0].reason
    #expect(reason.hasSuffix(String(repeating: "é", count: 59) + "…)"))
  }

  @Test("ISNULL on a reference asks those that are present")
  func references() throws {
    let clause = try ScopeClause("manager", .isNotNull)
    let rules = try RuleSet([rule("r", scope: [[clause]])])
    #expect(rules.inbound([:], references: ["manager"]).inScope.isEmpty)
    let found = rules.inbound([:], references: ["manager"], present: ["manager"])
    #expect(found.inScope.count == 1)
  }

  @Test(
    "values that do not suit the operator are refused",
    arguments: [
      (.isNull, ["x"]), (.isNotNull, ["x"]), (.equal, []), (.contains, ["a", "b"]), (.isIn, []),
      (.isBitSet, ["two"]), (.isBitSet, ["0"]), (.isNotBitSet, ["0xZZ"]), (.isBitSet, ["1.5"]),
      (.isMemberOf, ["no name"]),
    ] as [(ScopeOperator, [String])])
  func refused(scopeOperator: ScopeOperator, values: [String]) {
    let error = #expect(throws: ConfigurationError.self) {
      try ScopeClause("x", scopeOperator, values)
    }
    #expect(error?.message.hasPrefix(scopeOperator.rawValue) == true)
    #expect(error?.hint.isEmpty == false)
  }
}
