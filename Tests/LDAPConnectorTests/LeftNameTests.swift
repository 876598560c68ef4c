import Directory
import SyncEngine
import SyncStore
import Synchronization
import Testing

@testable import LDAPConnector

/// The target does not follow references by itself, and the connection breaks between a delete, or a
/// new name, and what follows from it in others.
@Suite(.disabled(if: TestSlapd.isMissing, "the Debian package slapd is missing"))
struct LeftNameTests {
  private final class Trouble: Sendable {
    let isThere = Mutex(false)
  }

  /// A connector whose connection breaks after each first request.
  private struct Severed: Connector {
    let inner: LDAPConnector
    let server: TestSlapd
    let trouble: Trouble

    var capabilities: ConnectorCapabilities { inner.capabilities }
    func describe() async throws -> DirectoryDescription { try await inner.describe() }
    func check() async -> [ConnectionFinding] { await inner.check() }
    func openImport(_ request: ImportRequest) async throws -> any ImportReader {
      try await inner.openImport(request)
    }
    func takeAway(referencesTo names: [DistinguishedName]) async throws -> [KeptReference] {
      try await inner.takeAway(referencesTo: names)
    }

    func export(_ operations: [ExportOperation]) async throws -> [ExportOutcome] {
      guard trouble.isThere.withLock({ $0 }) else { return try await inner.export(operations) }
      let connection = LDAPConnection(server.settings())
      try await connection.bind()
      for operation in operations {
        switch operation.kind {
        case .delete: #expect(try await connection.delete(operation.dn.text).code == 0)
        case .modify(let changes):
          guard case .replace(let values)? = changes.first(where: { $0.name == "dn" })?.operation,
            let name = try values.first.map({ try DistinguishedName($0.text) })
          else { continue }
          let result = try await connection.rename(
            operation.dn.text, to: name.rdn, below: name.parent?.text, deletesOld: true)
          #expect(result.code == 0, "\(result)")
        case .add: Issue.record("nobody is made meanwhile")
        }
      }
      return operations.map { _ in .unknown(reason: "the connection was lost") }
    }
  }

  private static func colleague(_ name: String) -> String {
    person(name, "displayName: \(name)\ndepartmentNumber: staff\nmail: \(name)@example.org\n")
  }

  private static func dn(_ name: String, _ unit: String) -> String {
    "cn=\(name),ou=\(unit),dc=example,dc=org"
  }

  private static let choir = """
    dn: cn=Choir,ou=people,dc=example,dc=org
    objectClass: groupOfNames
    cn: Choir
    member: cn=Ann,ou=people,dc=example,dc=org
    member: cn=Bob,ou=people,dc=example,dc=org


    """

  private let trouble = Trouble()
  private let mirror: Mirror

  init() async throws {
    mirror = try Mirror(Self.colleague("Ann") + Self.colleague("Bob") + Self.choir)
    let (trouble, target) = (trouble, mirror.target)
    mirror.sending = { Severed(inner: $0, server: target, trouble: trouble) }
    try await mirror.cycle(.initial)
    try await mirror.cycle()
    #expect(try await members() == ["cn=Ann", "cn=Bob"])
  }

  /// The relative names of whoever the target's group names, whether they are there or not.
  private func members() async throws -> Set<String> {
    let connection = LDAPConnection(mirror.target.settings())
    try await connection.bind()
    let entries = try await connection.entries(
      LDAPSearch(base: "dc=example,dc=org", filter: "(cn=Choir)", attributes: ["member"]))
    let values = entries.first?["member"] ?? []
    return Set(values.map { String(String(decoding: $0, as: UTF8.self).prefix { $0 != "," }) })
  }

  private func cycleInTrouble() async throws {
    trouble.isThere.withLock { $0 = true }
    try await mirror.cycle()
    trouble.isThere.withLock { $0 = false }
  }

  @Test("Who was deleted stays in no group, and the next one of the name is a member of nothing")
  func deleted() async throws {
    try await mirror.change { connection in
      [
        try await connection.modify(
          Self.dn("Choir", "people"),
          [.init(.delete, "member", [Array(Self.dn("Ann", "people").utf8)])]),
        try await connection.delete(Self.dn("Ann", "people")),
      ]
    }
    try await cycleInTrouble()
    #expect(try await members() == ["cn=Ann", "cn=Bob"])
    #expect(try await mirror.arrived()[Self.dn("Ann", "staff")] == nil)
    try await mirror.change { connection in
      [
        try await connection.add(
          Self.dn("Ann", "people"),
          [
            ("objectClass", ["inetOrgPerson"]), ("cn", ["Ann"]), ("sn", ["Other"]),
            ("displayName", ["Ann"]), ("departmentNumber", ["staff"]),
          ].map { name, values in
            SearchAttribute(description: name, values: values.map { Array($0.utf8) })
          })
      ]
    }
    try await mirror.cycle()
    #expect(try await mirror.arrived()[Self.dn("Ann", "staff")]?.attributes["sn"] == ["Other"])
    #expect(try await members() == ["cn=Bob"], "\(mirror.complaints())")
    let store = try SyncStore.open(file: mirror.folder.path + "/store.sqlite")
    #expect(try store.look { try $0.leftNames(connector: 2) }.isEmpty)
    try store.close()
  }

  @Test("Who has another name is in the groups by that one alone")
  func renamed() async throws {
    try await mirror.change { connection in
      [
        try await connection.modify(
          Self.dn("Ann", "people"), [.init(.replace, "displayName", [Array("Anna".utf8)])])
      ]
    }
    try await cycleInTrouble()
    #expect(try await mirror.arrived()[Self.dn("Anna", "staff")] != nil)
    for _ in 0..<2 { try await mirror.cycle() }
    #expect(try await members() == ["cn=Anna", "cn=Bob"], "\(mirror.complaints())")
  }
}
