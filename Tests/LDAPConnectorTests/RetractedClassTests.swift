import Directory
import SyncEngine
import SyncStore
import Testing

@testable import LDAPConnector

@Suite(
  "Auxiliary classes that rules name no more",
  .disabled(if: TestSlapd.isMissing, "the Debian package slapd is missing"))
struct RetractedClassTests {
  @Test("are known by all their names, but for those of which others inherit")
  func auxiliary() {
    let names = AuxiliaryClasses.names([
      "( 2.5.6.0 NAME 'top' ABSTRACT MUST objectClass )",
      "( 2.5.6.6 NAME 'person' DESC 'AUXILIARY' SUP top STRUCTURAL MUST ( sn $ cn ) )",
      "( 1.1 NAME ( 'posixAccount' 'unixAccount' ) SUP top AUXILIARY MUST ( uid $ uidNumber ) MAY AUXILIARY )",
      "( 1.2 NAME 'base' SUP top AUXILIARY )",
      "( 1.3 NAME 'derived' SUP ( base $ top ) AUXILIARY X-NOTE 'x' )", "no definition",
    ])
    #expect(names == ["1.1", "posixaccount", "unixaccount", "1.2", "1.3", "derived"])
  }

  private static let account = """
    objectClass: posixAccount
    uidNumber: 7
    gidNumber: 7
    homeDirectory: /home

    """

  private func mirror() throws -> Mirror {
    try Mirror(
      person(
        "Ann", "\(Self.account)uid: ann\ndisplayName: Ann\ndepartmentNumber: staff\n")
        + person("Bob", "uid: bob\ndisplayName: Bob\ndepartmentNumber: staff\n"),
      rules: Mirror.text.replacing(
        #"{ target = "department", direct = "departmentNumber" },"#,
        with: #"{ target = "department", direct = "departmentNumber" },"#
          + ["uid", "uidNumber", "gidNumber", "homeDirectory"].map {
            #"{ target = "\#($0)", direct = "\#($0)" },"#
          }.joined()
      ).replacing(
        #"{ target = "employeeNumber", direct = "sourceAnchor" },"#,
        with: #"{ target = "employeeNumber", direct = "sourceAnchor" }, { target = "objectClass", "#
          + #"expression = 'IIF(IsPresent([uidNumber]), Split("inetOrgPerson,posixAccount", ","), "#
          + #""inetOrgPerson")' },"#
          + ["uid", "uidNumber", "gidNumber", "homeDirectory"].map {
            #"{ target = "\#($0)", direct = "\#($0)" },"#
          }.joined()))
  }

  private static func dn(_ name: String, _ unit: String = "staff") -> String {
    "cn=\(name),ou=\(unit),dc=example,dc=org"
  }

  private func classes(_ mirror: Mirror, _ name: String) async throws -> Set<String> {
    let entry = try #require(try await mirror.arrived()[Self.dn(name)])
    return Set(entry.attributes["objectClass"].map { $0.text.lowercased() })
  }

  private func bring(_ mirror: Mirror, _ policy: CyclePolicy = .delta) async throws {
    let steps = try await mirror.cycle(policy)
    #expect(steps.allSatisfy { $0.result == "success" }, "\(mirror.complaints())")
    for policy in [CyclePolicy.delta, .initial] {
      let again = try await mirror.cycle(policy)
      #expect(
        again.allSatisfy { $0.result == "success" && $0.adds + $0.updates + $0.deletes == 0 },
        "\(mirror.complaints()) \(again)")
    }
  }

  @Test("go with what only they let the object have, in one request, and come again")
  func retracted() async throws {
    let mirror = try mirror()
    try await bring(mirror, .initial)
    #expect(try await classes(mirror, "Ann").contains("posixaccount"))
    // A class of the target's own stays, whatever becomes of the others.
    let target = LDAPConnection(mirror.target.settings())
    try await target.bind()
    let own = try await target.modify(
      Self.dn("Ann"), [.init(.add, "objectClass", [Array("uidObject".utf8)])])
    #expect(own.code == 0, "\(own)")
    let names = ["uidNumber", "gidNumber", "homeDirectory"]
    try await mirror.change {
      [
        try await $0.modify(
          Self.dn("Ann", "people"),
          [.init(.delete, "objectClass", [Array("posixAccount".utf8)])]
            + names.map { .init(.replace, $0, []) })
      ]
    }
    try await bring(mirror)
    let ann = try #require(try await mirror.arrived()[Self.dn("Ann")])
    #expect(names.allSatisfy { !ann.attributes.contains(AttributeName($0)) })
    let now = try await classes(mirror, "Ann")
    #expect(!now.contains("posixaccount") && now.contains("uidobject"), "\(now)")
    try await mirror.change {
      [
        try await $0.modify(
          Self.dn("Ann", "people"),
          [
            .init(.add, "objectClass", [Array("posixAccount".utf8)]),
            .init(.add, "uidNumber", [Array("8".utf8)]),
            .init(.add, "gidNumber", [Array("8".utf8)]),
            .init(.add, "homeDirectory", [Array("/h".utf8)]),
          ])
      ]
    }
    try await bring(mirror)
    #expect(try await classes(mirror, "Ann").contains("posixaccount"))
    #expect(
      try await mirror.arrived()[Self.dn("Ann")]?.attributes["uidNumber"].map(\.text) == ["8"])
  }

  @Test("stay where somebody else put them")
  func stays() async throws {
    let mirror = try mirror()
    try await bring(mirror, .initial)
    let target = LDAPConnection(mirror.target.settings())
    try await target.bind()
    let own = try await target.modify(
      Self.dn("Bob"), [.init(.add, "objectClass", [Array("uidObject".utf8)])])
    #expect(own.code == 0, "\(own)")
    try await bring(mirror)
    #expect(try await classes(mirror, "Bob").contains("uidobject"))
  }
}
