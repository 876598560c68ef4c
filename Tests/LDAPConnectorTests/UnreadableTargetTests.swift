import Directory
import Testing

@testable import LDAPConnector

@Suite(
  "An account that may write and not read",
  .disabled(if: TestSlapd.isMissing, "the Debian package slapd is missing"))
struct UnreadableTargetTests {
  @Test("is told so of what it made, and of what is there already")
  func made() async throws {
    let writer = "cn=writer,ou=people,dc=example,dc=org"
    let slapd = try TestSlapd(
      TestSlapd.root + person("writer", "userPassword: secret\n"),
      access: """
        access to dn.children="ou=people,dc=example,dc=org" attrs=userPassword by anonymous auth
        access to dn.children="ou=people,dc=example,dc=org" by dn.exact="\(writer)" =w
        access to * by dn.exact="\(writer)" write by * read

        """)
    let connector = slapd.connector {
      $0.isTarget = true
      $0.connection.authentication = .simple(name: writer) { "secret" }
    }
    func add() async throws -> ExportOutcome {
      let operation = ExportOperation(
        id: 1, kind: .add(["cn": ["Ann"], "sn": ["Lee"]]), objectType: "user", anchor: nil,
        dn: try WritableDirectory.dn("cn=Ann"))
      return try #require(try await connector.export([operation]).first)
    }
    let first = try await add()
    guard case .unknown(let reason) = first else {
      Issue.record("\(first)")
      return
    }
    #expect(reason.contains("may not read it"))
    let second = try await add()
    #expect(second.failure?.type == .permissionIssue, "\(second)")
    #expect(second.failure?.message.contains("may not read it") == true, "\(second)")
  }
}
