import Directory
import SyncStore
import Testing

@testable import LDAPConnector

@Suite(
  "Names that differ from a target's in the case of letters",
  .disabled(if: TestSlapd.isMissing, "the Debian package slapd is missing"))
struct LetterCaseExportTests {
  private static func colleague(_ name: String, _ unit: String) -> String {
    person(
      name, "displayName: \(name)\ndepartmentNumber: \(unit)\nmail: \(name)@example.org\n")
  }

  private static func dn(_ name: String, _ unit: String) -> String {
    "cn=\(name),ou=\(unit),dc=example,dc=org"
  }

  @Test(
    "A container's name in another case is no other place, and one's own name in another case is")
  func letterCase() async throws {
    let mirror = try Mirror(Self.colleague("Ann", "STAFF") + Self.colleague("Bob", "field"))
    let first = try await mirror.cycle(.initial)
    #expect(first.allSatisfy { $0.result == "success" }, "\(mirror.complaints())")
    let before = try await mirror.arrived()
    for _ in 0..<2 {
      let again = try await mirror.cycle()
      #expect(
        again.allSatisfy { $0.result == "success" && $0.adds + $0.updates + $0.deletes == 0 },
        "\(mirror.complaints())")
    }
    try await mirror.change { connection in
      [
        try await connection.modify(
          Self.dn("Bob", "people"), [.init(.replace, "displayName", [Array("BOB".utf8)])]),
        try await connection.modify(
          Self.dn("Ann", "people"), [.init(.replace, "mail", [Array("new@x".utf8)])]),
      ]
    }
    let steps = try await mirror.cycle()
    #expect(steps.allSatisfy { $0.result == "success" }, "\(mirror.complaints())")
    let arrived = try await mirror.arrived()
    #expect(arrived[Self.dn("BOB", "field")]?.anchor == before[Self.dn("Bob", "field")]?.anchor)
    let ann = try #require(arrived.values.first { $0.attributes["mail"] == ["new@x"] })
    #expect(ann.anchor == before.values.first { $0.dn.rdn == "cn=Ann" }?.anchor)
    let again = try await mirror.cycle()
    #expect(
      again.allSatisfy { $0.result == "success" && $0.adds + $0.updates + $0.deletes == 0 },
      "\(mirror.complaints())")
  }
}
