import Directory
import SyncEngine
import SyncStore
import Testing

@testable import LDAPConnector

/// Values that a server takes for one are sent once.
@Suite(.disabled(if: TestSlapd.isMissing, "the Debian package slapd is missing"))
struct MatchingRuleTests {
  @Test("The rule of an attribute is its own, or that of the one from which it inherits")
  func inherited() {
    let schema = ServerSchema(definitions: [
      "( 2.5.4.41 NAME 'name' EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15{32768} )",
      "( 2.5.4.3 NAME ( 'cn' 'commonName' ) SUP name )",
      "( 1.2.3 NAME 'mark' EQUALITY 2.5.13.2 SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )",
      "( 1.2.4 NAME 'path' EQUALITY caseExactIA5Match SYNTAX 1.3.6.1.4.1.1466.115.121.1.26 )",
      "( 1.2.5 NAME 'exactName' SUP name EQUALITY caseExactMatch )",
    ])
    #expect(
      ["name", "cn", "commonName", "mark", "path", "exactName"].map {
        schema[AttributeName($0)]?.ignoresCase
      } == [true, true, true, true, false, false])
  }

  @Test("Two spellings of one value are one, of a new object and of one that is there")
  func spellings() async throws {
    let directory = try WritableDirectory()
    let made = try await directory.send(
      .add(["cn": ["Ann"], "sn": ["Lee"], "employeeType": ["B", "a", "b", "B  x", "b x"]]), "cn=Ann"
    )
    let anchor = try #require(made.anchor, "\(made)")
    #expect(try await directory.entry("cn=Ann")?.attributes["employeeType"] == ["B", "B  x", "a"])
    let changed = try await directory.send(
      .modify([AttributeChange("employeeType", .replace(["C", "c", "d"]))]), "cn=Ann",
      anchor: anchor)
    #expect(changed.isDone, "\(changed)")
    #expect(try await directory.entry("cn=Ann")?.attributes["employeeType"] == ["C", "d"])
  }

  @Test("An attribute that tells letters' case apart gets both")
  func exact() async throws {
    let directory = try WritableDirectory()
    let made = try await directory.send(
      .add(["cn": ["Ann"], "sn": ["Lee"], "labeledURI": ["http://x/B", "http://x/b"]]), "cn=Ann")
    #expect(made.isDone, "\(made)")
    #expect(try await directory.entry("cn=Ann")?.attributes["labeledURI"].count == 2)
  }

  @Test("Rules that give two spellings bring one, once, and nothing differs afterwards")
  func rules() async throws {
    let mirror = try Mirror(
      person("Ann", "displayName: Ann\ndepartmentNumber: staff\ninitials: b,a,B,a\n"),
      rules: Mirror.text.replacing(
        #"{ target = "department", direct = "departmentNumber" },"#,
        with: #"{ target = "department", direct = "departmentNumber" }, "#
          + #"{ target = "initials", direct = "initials" },"#
      ).replacing(
        #"{ target = "employeeNumber", direct = "sourceAnchor" },"#,
        with: #"{ target = "employeeNumber", direct = "sourceAnchor" }, "#
          + #"{ target = "employeeType", expression = 'Split([initials], ",")' },"#))
    let dn = "cn=Ann,ou=staff,dc=example,dc=org"
    let first = try await mirror.cycle(.initial)
    #expect(first.allSatisfy { $0.result == "success" }, "\(mirror.complaints())")
    #expect(try await mirror.arrived()[dn]?.attributes["employeeType"] == ["B", "a"])
    for policy in [CyclePolicy.delta, .initial] {
      let again = try await mirror.cycle(policy)
      #expect(
        again.allSatisfy { $0.result == "success" && $0.adds + $0.updates + $0.deletes == 0 },
        "\(mirror.complaints())")
    }
    try await mirror.change {
      [
        try await $0.modify(
          "cn=Ann,ou=people,dc=example,dc=org",
          [.init(.replace, "initials", [Array("c,C,a".utf8)])])
      ]
    }
    for _ in 0..<2 {
      let steps = try await mirror.cycle()
      #expect(steps.allSatisfy { $0.result == "success" }, "\(mirror.complaints())")
      #expect(try await mirror.arrived()[dn]?.attributes["employeeType"] == ["C", "a"])
    }
    // Somebody's other spelling is not what was sent.
    let target = LDAPConnection(mirror.target.settings())
    try await target.bind()
    _ = try await target.modify(dn, [.init(.replace, "employeeType", [[0x63], [0x61]])])
    try await mirror.cycle()
    #expect(try await mirror.arrived()[dn]?.attributes["employeeType"] == ["C", "a"])
  }
}
