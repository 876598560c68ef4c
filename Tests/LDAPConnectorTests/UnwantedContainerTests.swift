import Directory
import SyncStore
import Testing

@testable import LDAPConnector

/// A filter may leave out the containers that hold what it wants: what becomes of their names is
/// found out nevertheless.
@Suite(.disabled(if: TestSlapd.isMissing, "the Debian package slapd is missing"))
struct UnwantedContainerTests {
  /// How a server tells changes, by its configuration.
  enum Teller: CaseIterable {
    case log, memoryless, stamps

    var database: String {
      switch self {
      case .log: "overlay syncprov\nsyncprov-sessionlog 100\n"
      case .memoryless: "overlay syncprov\n"
      case .stamps: ""
      }
    }
  }

  private static func unit(_ name: String, below: String = "") -> String {
    "dn: ou=\(name),\(below)dc=example,dc=org\nobjectClass: organizationalUnit\nou: \(name)\n\n"
  }

  private static let world =
    TestSlapd.root + unit("out") + unit("in", below: "ou=people,")
    + unit("deep", below: "ou=in,ou=people,") + person("Ann", below: "ou=in,ou=people")
    + person("Bob", below: "ou=deep,ou=in,ou=people") + person("Cid", below: "ou=out")
    + person("Dan")

  private func space(
    _ slapd: TestSlapd, _ adjust: (inout LDAPConnectorSettings) -> Void = { _ in }
  ) async throws -> ImportedSpace {
    let space = try ImportedSpace(
      slapd.connector {
        $0.filter = "(objectClass=inetOrgPerson)"
        $0.comparisonInterval = 0
        adjust(&$0)
      })
    #expect(try await space.run(.fullImport).result == "success")
    return space
  }

  private func move(
    _ slapd: TestSlapd, _ unit: String, to rdn: String, below place: String? = nil
  ) async throws {
    let connection = LDAPConnection(slapd.settings())
    try await connection.bind()
    let result = try await connection.rename(
      unit + ",dc=example,dc=org", to: rdn, below: place.map { $0 + "dc=example,dc=org" })
    #expect(result.code == 0, "\(result)")
  }

  private func people(_ space: ImportedSpace) throws -> [String] {
    try space.objects().values.map { $0.dn.replacing(",dc=example,dc=org", with: "") }.sorted()
  }

  @Test(
    "Who stands below a container that gets another name has another name, too",
    arguments: Teller.allCases)
  func renamed(teller: Teller) async throws {
    let slapd = try TestSlapd(Self.world, database: teller.database)
    let space = try await space(slapd)
    try await move(slapd, "ou=in,ou=people", to: "ou=inside")
    #expect(try await space.run(.deltaImport).result == "success")
    let renamed = try people(space)
    #expect(
      renamed == [
        "cn=Ann,ou=inside,ou=people", "cn=Bob,ou=deep,ou=inside,ou=people", "cn=Cid,ou=out",
        "cn=Dan,ou=people",
      ])
    #expect(try await space.differences() == [])
    #expect(try await space.run(.deltaImport).result == "success")
    #expect(try space.counters() == [:])
  }

  @Test("Who is moved with a container to where is not read has left", arguments: Teller.allCases)
  func movedOut(teller: Teller) async throws {
    let slapd = try TestSlapd(Self.world, database: teller.database)
    let space = try await space(slapd) {
      $0.excluded = ["ou=out,dc=example,dc=org"].compactMap { ContainerName($0) }
    }
    try await move(slapd, "ou=in,ou=people", to: "ou=in", below: "ou=out,")
    #expect(try await space.run(.deltaImport).result == "success")
    let left = try people(space)
    #expect(left == ["cn=Dan,ou=people"])
    #expect(try await space.differences() == [])
  }

  @Test(
    "Who is moved with a container to where is read comes into sight",
    arguments: Teller.allCases)
  func movedIn(teller: Teller) async throws {
    let slapd = try TestSlapd(Self.world, database: teller.database)
    let space = try await space(slapd) {
      $0.included = ["ou=in,ou=people,dc=example,dc=org"].compactMap { ContainerName($0) }
    }
    try await move(slapd, "ou=out", to: "ou=out", below: "ou=deep,ou=in,ou=people,")
    #expect(try await space.run(.deltaImport).result == "success")
    let found = try people(space)
    #expect(found.contains("cn=Cid,ou=out,ou=deep,ou=in,ou=people"))
    #expect(try await space.differences() == [])
  }

  @Test("Who is moved with a container out of the base is gone", arguments: Teller.allCases)
  func movedAway(teller: Teller) async throws {
    let slapd = try TestSlapd(Self.world, database: teller.database)
    let space = try await space(slapd) { $0.base = "ou=people,dc=example,dc=org" }
    try await move(slapd, "ou=deep,ou=in,ou=people", to: "ou=deep", below: "ou=out,")
    #expect(try await space.run(.deltaImport).result == "success")
    let left = try people(space)
    #expect(left == ["cn=Ann,ou=in,ou=people", "cn=Dan,ou=people"])
    #expect(try await space.differences() == [])
  }

  @Test("A container that is not wanted stays out, whatever changes of it")
  func stayOut() async throws {
    let slapd = try TestSlapd(Self.world, database: Teller.log.database)
    let space = try await space(slapd)
    let connection = LDAPConnection(slapd.settings())
    try await connection.bind()
    let result = try await connection.modify(
      "ou=in,ou=people,dc=example,dc=org",
      [LDAPModification(.replace, "description", [Array("changed".utf8)])])
    #expect(result.code == 0)
    #expect(try await space.run(.deltaImport).result == "success")
    #expect(try space.counters() == [:])
  }

  @Test("A watch notices the new name of a container that is not wanted")
  func watched() async throws {
    let slapd = try TestSlapd(Self.world, database: Teller.log.database)
    let lookout = try await Lookout(
      slapd.connector {
        $0.filter = "(objectClass=inetOrgPerson)"
        $0.watchMeans = .persist
      })
    try await lookout.notices { try await move(slapd, "ou=in,ou=people", to: "ou=inside") }
  }
}
