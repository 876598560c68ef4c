import Configuration
import Directory
import SyncEngine
import SyncStore
import Testing

@testable import LDAPConnector

/// What leaves what is read may be let go: what was made of it stays where it is.
@Suite(.disabled(if: TestSlapd.isMissing, "the Debian package slapd is missing"))
struct LetGoTests {
  private static func colleague(_ name: String) -> String {
    person(
      name, "displayName: \(name)\ndepartmentNumber: staff\nmail: \(name)@example.org\ntitle: in\n")
  }

  private static let everybody =
    ["Ann", "Bob", "Cid", "Dan"].map(colleague).joined()
    + "dn: ou=out,dc=example,dc=org\nobjectClass: organizationalUnit\nou: out\n\n"

  private func dn(_ name: String, _ unit: String = "people") -> String {
    "cn=\(name),ou=\(unit),dc=example,dc=org"
  }

  private func mirror(_ leaving: ScopeLeaving = .disconnect) async throws -> Mirror {
    let mirror = try Mirror(Self.everybody)
    mirror.reading = {
      $0.leaving = leaving
      $0.filter = "(|(title=in)(objectClass=organizationalUnit))"
      $0.excluded = ["ou=out,dc=example,dc=org"].compactMap { ContainerName($0) }
    }
    let steps = try await mirror.cycle(.initial)
    #expect(steps.allSatisfy { $0.result == "success" }, "\(mirror.complaints())")
    return mirror
  }

  private func set(_ mirror: Mirror, _ name: String, _ attribute: String, _ value: String)
    async throws
  {
    try await mirror.change {
      [
        try await $0.modify(
          dn(name), [LDAPModification(.replace, attribute, [Array(value.utf8)])])
      ]
    }
  }

  /// The mails of who is in the target, by their names.
  private func arrived(_ mirror: Mirror) async throws -> [String: String] {
    try await mirror.arrived().reduce(into: [:]) { found, entry in
      found[String(entry.key.prefix { $0 != "," }.dropFirst(3))] =
        entry.value.attributes.text("mail")
    }
  }

  @Test(
    "By a delta and by a full import, who leaves stays at the target, and who is deleted does not",
    arguments: [CyclePolicy.delta, .initial])
  func stays(policy: CyclePolicy) async throws {
    let mirror = try await mirror()
    try await set(mirror, "Ann", "title", "out")
    try await mirror.change {
      [
        try await $0.rename(dn("Bob"), to: "cn=Bob", below: "ou=out,dc=example,dc=org"),
        try await $0.delete(dn("Cid")),
      ]
    }
    let steps = try await mirror.cycle(policy)
    #expect(steps.allSatisfy { $0.result == "success" }, "\(mirror.complaints())")
    #expect(try await Set(arrived(mirror).keys) == ["Ann", "Bob", "Dan"])
    // It is not kept in step any more, and nobody deletes it later.
    try await set(mirror, "Ann", "mail", "new@example.org")
    for policy in [CyclePolicy.delta, .initial] {
      let steps = try await mirror.cycle(policy)
      #expect(steps.allSatisfy { $0.result == "success" }, "\(mirror.complaints())")
      #expect(try await arrived(mirror)["Ann"] == "Ann@example.org")
    }
    // One that is deleted after it was let go is nobody's any more.
    try await mirror.change { [try await $0.delete(dn("Bob", "out"))] }
    try await mirror.cycle()
    #expect(try await arrived(mirror)["Bob"] == "Bob@example.org")
  }

  @Test("Who comes back is found again and kept in step")
  func comesBack() async throws {
    let mirror = try await mirror()
    let before = try await mirror.arrived()[dn("Ann", "staff")]?.anchor
    try await set(mirror, "Ann", "title", "out")
    try await mirror.cycle()
    try await set(mirror, "Ann", "mail", "new@example.org")
    try await set(mirror, "Ann", "title", "in")
    let steps = try await mirror.cycle()
    #expect(steps.allSatisfy { $0.result == "success" }, "\(mirror.complaints())")
    let arrived = try await mirror.arrived()
    #expect(arrived.count == 4)
    let ann = arrived[dn("Ann", "staff")]
    #expect(ann?.anchor == before && ann?.attributes["mail"] == ["new@example.org"])
  }

  @Test("Who comes back and is then deleted is deleted; who is deleted after having left is let go")
  func deletedAfterAll() async throws {
    let mirror = try await mirror()
    try await set(mirror, "Ann", "title", "out")
    try await mirror.run(.deltaImport)
    try await set(mirror, "Ann", "title", "in")
    try await mirror.run(.deltaImport)
    try await mirror.change { [try await $0.delete(dn("Ann"))] }
    try await set(mirror, "Dan", "title", "out")
    try await mirror.run(.deltaImport)
    try await mirror.change { [try await $0.delete(dn("Dan"))] }
    let steps = try await mirror.cycle()
    #expect(steps.allSatisfy { $0.result == "success" }, "\(mirror.complaints())")
    #expect(try await Set(arrived(mirror).keys) == ["Bob", "Cid", "Dan"])
  }

  @Test("Without that setting, who leaves is deleted at the target")
  func deletes() async throws {
    let mirror = try await mirror(.delete)
    try await set(mirror, "Ann", "title", "out")
    try await mirror.cycle()
    #expect(try await Set(arrived(mirror).keys) == ["Bob", "Cid", "Dan"])
  }

  @Test("The setting is known, and a change of it asks for a full import")
  func setting() async throws {
    let mirror = try await mirror(.keep)
    mirror.reading = { $0.leaving = .disconnect }
    let steps = try await mirror.cycle()
    #expect(steps.contains { $0.type == .fullImport && $0.connector == "people" })
  }
}
