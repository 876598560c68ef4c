import Directory
import SyncStore
import Testing

@testable import LDAPConnector

/// What a delta finds out by comparing what is there with what is staged.
@Suite(.disabled(if: TestSlapd.isMissing, "the Debian package slapd is missing"))
struct ComparisonTests {
  private func dn(_ name: String) -> String { "cn=\(name),ou=people,dc=example,dc=org" }

  private func people(_ space: ImportedSpace) throws -> [String] {
    try space.objects().values.filter { $0.type == "user" }.map(\.dn).sorted()
  }

  private func modify(
    _ slapd: TestSlapd, _ name: String, _ operation: LDAPModification.Operation,
    _ attribute: String, _ value: String
  ) async throws {
    let connection = LDAPConnection(slapd.settings())
    try await connection.bind()
    let result = try await connection.modify(
      dn(name), [LDAPModification(operation, attribute, [Array(value.utf8)])])
    #expect(result.code == 0, "\(result)")
  }

  @Test("Who leaves a group by which is filtered leaves in a delta, and who joins it comes")
  func memberships() async throws {
    let slapd = try TestSlapd(
      TestSlapd.root + person("Ann") + person("Bob") + person("Cid"),
      database: "overlay memberof\noverlay syncprov\nsyncprov-sessionlog 100\n")
    let connection = LDAPConnection(slapd.settings())
    try await connection.bind()
    let added = try await connection.add(
      dn("Staff"),
      [
        SearchAttribute("objectClass", "groupOfNames"),
        SearchAttribute("member", dn("Ann"), dn("Bob")),
      ])
    #expect(added.code == 0, "\(added)")
    let connector = slapd.connector { $0.filter = "(memberOf=\(dn("Staff")))" }
    let space = try ImportedSpace(connector)
    #expect(try await space.run(.fullImport).result == "success")
    #expect(try people(space) == [dn("Ann"), dn("Bob")])
    try await modify(slapd, "Staff", .delete, "member", dn("Bob"))
    try await modify(slapd, "Staff", .add, "member", dn("Cid"))
    #expect(try await space.run(.deltaImport).result == "success")
    #expect(try people(space) == [dn("Ann"), dn("Cid")])
    #expect(try await space.differences() == [])
    let findings = await connector.check()
    #expect(findings.contains { $0.isGood && $0.text.hasPrefix("filter: ") }, "\(findings)")
  }

  @Test(
    "The attributes of a filter are found, and not those in its values",
    arguments: [
      ("(memberOf=cn=a)", ["memberOf"]), ("memberOf=cn=a", ["memberOf"]),
      (
        "(&(objectClass=user)(!(memberOf:1.2.840.113556.1.4.1941:=cn=x \\28memberX=y\\29)))",
        ["objectClass", "memberOf"]
      ),
      ("(|(title;lang-de=x)(cn>=memberOf=y))", ["title", "cn"]), ("", []), ("((", []),
    ])
  func filters(filter: String, names: [String]) {
    #expect(SearchFilter.attributes(in: filter) == Set(names.map { AttributeName($0) }))
  }

  @Test("Who shows no identifier any more is told as that, and is not taken for gone")
  func hiddenAnchor() async throws {
    let people = "ou=people,dc=example,dc=org"
    let slapd = try TestSlapd(
      TestSlapd.root + person("Ann") + person("Bob") + person("Switch"),
      access: "access to dn.exact=\"cn=Bob,\(people)\" attrs=entryUUID "
        + "by set=\"[cn=Switch,\(people)]/title & [shown]\" read by * none\n")
    try await modify(slapd, "Switch", .replace, "title", "shown")
    let space = try ImportedSpace(
      slapd.connector {
        $0.connection.authentication = .anonymous
        $0.delta = .timestamps
        $0.comparisonInterval = 0
      })
    #expect(try await space.run(.fullImport).result == "success")
    #expect(try self.people(space).count == 3)
    // From where the next delta begins Bob has not changed.
    var mark = try #require(try space.watermark.flatMap { LDAPWatermark($0) })
    mark[bytes: "stamp"] = Array("20990101000000.000000Z#000000#000#000000".utf8)
    try space.set(mark.stored)
    try await modify(slapd, "Switch", .replace, "title", "hidden")
    #expect(try await space.run(.deltaImport).result == "completed-discovery-errors")
    #expect(try self.people(space).count == 3)
    let errors = try space.reader.openErrors(connector: nil, after: nil, limit: 9)
    #expect(errors.map(\.dn) == [dn("Bob")], "\(errors)")
    try await modify(slapd, "Switch", .replace, "title", "shown")
    #expect(try await space.run(.deltaImport).result == "no-start-full-import-required")
    #expect(try await space.run(.fullImport).result == "success")
    #expect(try self.people(space).count == 3)
  }
}
