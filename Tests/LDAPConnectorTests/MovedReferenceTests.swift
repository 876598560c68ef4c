import Directory
import Testing

@testable import LDAPConnector

@Suite(
  "References by name follow what a rename moves, where the server does not do it",
  .disabled(if: TestSlapd.isMissing, "the Debian package slapd is missing"))
struct MovedReferenceTests {
  private static let account = "cn=Sync,ou=people,dc=example,dc=org"

  private static func unit(_ name: String, below: String = "") -> String {
    "dn: ou=\(name),\(below)dc=example,dc=org\nobjectClass: organizationalUnit\nou: \(name)\n\n"
  }

  private static func group(_ name: String, _ members: [String]) -> String {
    "dn: cn=\(name),ou=people,dc=example,dc=org\nobjectClass: groupOfNames\ncn: \(name)\n"
      + members.map { "member: \($0),dc=example,dc=org\n" }.joined() + "\n"
  }

  private func members(_ directory: WritableDirectory, _ group: String) async throws -> Set<String>
  {
    let values = try #require(try await directory.entry("cn=" + group)).attributes["member"]
    return Set(values.map { $0.text.replacing(",dc=example,dc=org", with: "") })
  }

  @Test("Who is below a container that gets another name stays in groups, and nobody else gets in")
  func container() async throws {
    let count = 45
    let people = (0..<count).map { person("P\($0)", below: "ou=staff") }.joined()
    let all = (0..<count).map { "cn=P\($0),ou=staff" }
    let directory = try WritableDirectory(
      Self.unit("staff") + Self.unit("old", below: "ou=staff,") + people
        + person("Boss", "manager: cn=P1,ou=staff,dc=example,dc=org\n")
        + person("Deep", below: "ou=old,ou=staff")
        + Self.group("All", all + ["cn=Boss,ou=people"])
        + Self.group("Few", ["CN=p3, OU=Staff", "cn=Deep,ou=old,ou=staff"]))
    let connector = directory.connector
    let entry = try #require(try await connector.run().entry("ou=staff,dc=example,dc=org"))
    let operation = ExportOperation(
      id: 1,
      kind: .modify([AttributeChange("dn", .replace(["ou=crew,dc=example,dc=org"]))]),
      objectType: "organizationalUnit", anchor: entry.anchor, dn: entry.dn)
    let outcome = try #require(try await connector.export([operation]).first)
    #expect(outcome.isDone, "\(outcome)")
    let moved = Set(all.map { $0.replacing("ou=staff", with: "ou=crew") })
    #expect(try await members(directory, "All") == moved.union(["cn=Boss,ou=people"]))
    #expect(try await members(directory, "Few") == ["cn=P3,ou=crew", "cn=Deep,ou=old,ou=crew"])
    #expect(
      try await directory.entry("cn=Boss")?.attributes["manager"] == [
        .reference("cn=P1,ou=crew,dc=example,dc=org")
      ])
  }

  @Test("Who is below a renamed container becomes a member by the new name in the same call")
  func sameCall() async throws {
    let directory = try WritableDirectory(
      Self.unit("staff") + person("Ann", below: "ou=staff") + person("Bob")
        + Self.group("All", ["cn=Bob,ou=people"]))
    let all = try await directory.connector.run()
    func entry(_ rdn: String) throws -> DirectoryEntry {
      try #require(all.entry(rdn + ",dc=example,dc=org"))
    }
    let (unit, group) = (try entry("ou=staff"), try entry("cn=All,ou=people"))
    let ann = AttributeValue.reference(try entry("cn=Ann,ou=staff").anchor.text)
    let outcomes = try await directory.connector.export([
      ExportOperation(
        id: 1,
        kind: .modify([AttributeChange("dn", .replace(["ou=crew,dc=example,dc=org"]))]),
        objectType: "organizationalUnit", anchor: unit.anchor, dn: unit.dn),
      ExportOperation(
        id: 2, kind: .modify([AttributeChange("member", .update(added: [ann], removed: []))]),
        objectType: "group", anchor: group.anchor, dn: group.dn),
    ])
    let isAllDone = outcomes.allSatisfy { $0.isDone }
    #expect(isAllDone, "\(outcomes)")
    #expect(try await members(directory, "All") == ["cn=Bob,ou=people", "cn=Ann,ou=crew"])
  }

  @Test("After an answer that was lost, who is below is followed by the name that was read")
  func containerLater() async throws {
    let directory = try WritableDirectory(
      Self.unit("staff") + person("Ann", below: "ou=staff") + Self.group("All", ["cn=Ann,ou=staff"])
    )
    let entry = try #require(
      try await directory.connector.run().entry("ou=staff,dc=example,dc=org"))
    let connection = LDAPConnection(directory.slapd.settings())
    try await connection.bind()
    #expect(try await connection.rename("ou=staff,dc=example,dc=org", to: "ou=crew").code == 0)
    let operation = ExportOperation(
      id: 1,
      kind: .modify([AttributeChange("dn", .replace(["ou=crew,dc=example,dc=org"]))]),
      objectType: "organizationalUnit", anchor: entry.anchor, dn: entry.dn, isRetry: true)
    #expect(try await directory.connector.export([operation]).first?.isDone == true)
    #expect(try await members(directory, "All") == ["cn=Ann,ou=crew"])
  }

  /// A server that gives the account so many entries in a page, and so many of all pages.
  private func limited(_ limits: String) throws -> (TestSlapd, LDAPConnector) {
    let slapd = try TestSlapd(
      TestSlapd.root + person("Ann") + person("Sync", "userPassword: secret\n")
        + (1...6).map { Self.group("G\($0)", ["cn=Ann,ou=people", "cn=Sync,ou=people"]) }.joined(),
      access: """
        access to attrs=userPassword by anonymous auth by * none
        access to * by dn.exact="\(Self.account)" write by * read
        """, database: "limits dn.exact=\"\(Self.account)\" \(limits)\n")
    let connector = slapd.connector {
      $0.isTarget = true
      $0.connection.authentication = .simple(name: Self.account) { "secret" }
    }
    return (slapd, connector)
  }

  private func send(
    _ kind: ExportOperation.Kind, _ slapd: TestSlapd, _ connector: LDAPConnector
  ) async throws -> (outcome: ExportOutcome, left: Int) {
    let dn = "cn=Ann,ou=people,dc=example,dc=org"
    let admin = slapd.connector { $0.isTarget = true }
    let anchor = try await admin.run().entry(dn)?.anchor
    let operation = ExportOperation(
      id: 1, kind: kind, objectType: "user", anchor: anchor, dn: try DistinguishedName(dn))
    let outcome = try #require(try await connector.export([operation]).first)
    let left = try await admin.run().entries.filter {
      $0.attributes["member"].contains(.reference(dn))
    }
    return (outcome, left.count)
  }

  private static let rename = ExportOperation.Kind.modify([
    AttributeChange("dn", .replace(["cn=Anna,ou=people,dc=example,dc=org"]))
  ])

  @Test("A limit of the server for one answer keeps no reference", arguments: [rename, .delete])
  func paged(kind: ExportOperation.Kind) async throws {
    let (slapd, connector) = try limited("size.soft=3 size.hard=3 size.prtotal=unlimited")
    let (outcome, left) = try await send(kind, slapd, connector)
    #expect(outcome.isDone, "\(outcome)")
    #expect(left == 0)
  }

  @Test("That references can't be looked for is told", arguments: [rename, .delete])
  func refused(kind: ExportOperation.Kind) async throws {
    let (slapd, connector) = try limited("size.soft=3 size.hard=3 size.pr=3 size.prtotal=3")
    let (outcome, left) = try await send(kind, slapd, connector)
    #expect(left > 0)
    let failure = try #require(outcome.failure, "\(outcome)")
    #expect(
      failure.message.contains("what refers to its old name can't be looked for"),
      "\(failure.message)")
  }
}
