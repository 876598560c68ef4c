import Directory
import SyncEngine
import SyncStore
import Testing

@testable import LDAPConnector

/// A tree of containers is kept as another one is, each change within one cycle.
@Suite(.disabled(if: TestSlapd.isMissing, "the Debian package slapd is missing"))
struct TreeExportTests {
  private static let people = "ou=people,dc=example,dc=org"

  private static func unit(_ name: String, below above: String = "") -> String {
    "dn: ou=\(name),\(above)\(people)\nobjectClass: organizationalUnit\nou: \(name)\n\n"
  }

  private static func account(_ name: String, in unit: String) -> String {
    "dn: uid=\(name),\(unit)\(people)\nobjectClass: account\nuid: \(name)\n\n"
  }

  /// What is below the people's container of the target.
  private func arrived(_ mirror: Mirror) async throws -> Set<String> {
    let entries = try await mirror.target.connector().run().entries
    return Set(
      entries.map(\.dn.text).filter { $0.hasSuffix("," + Self.people) }
        .map { String($0.dropLast(Self.people.count + 1)) })
  }

  /// A cycle that does all at once, and one that finds nothing to do.
  private func bring(_ mirror: Mirror, _ policy: CyclePolicy = .delta) async throws {
    let steps = try await mirror.cycle(policy)
    #expect(steps.allSatisfy { $0.result == "success" }, "\(mirror.complaints())")
    let again = try await mirror.cycle()
    #expect(
      again.allSatisfy { $0.result == "success" && $0.adds + $0.updates + $0.deletes == 0 },
      "\(mirror.complaints())")
  }

  private func mirror(_ tree: String) async throws -> Mirror {
    let mirror = try Mirror(tree, rules: Self.rules)
    try await bring(mirror, .initial)
    return mirror
  }

  @Test(
    "What is in new containers arrives with them, whatever types are called, also beyond a batch")
  func arrivals() async throws {
    let names = (0..<230).map { "a\($0)" }
    let tree =
      Self.unit("new") + Self.unit("inner", below: "ou=new,")
      + names.map { Self.account($0, in: "ou=inner,ou=new,") }.joined()
    let mirror = try await mirror(tree)
    let wanted = names.map { "uid=\($0),ou=inner,ou=new" } + ["ou=new", "ou=inner,ou=new"]
    #expect(try await arrived(mirror) == Set(wanted))
  }

  @Test("A container is deleted with what is in it, beyond a batch, and without what moves out")
  func deletes() async throws {
    let names = (0..<230).map { "a\($0)" }
    let mirror = try await mirror(
      Self.unit("stay") + Self.unit("old") + Self.unit("inner", below: "ou=old,")
        + names.map { Self.account($0, in: "ou=inner,ou=old,") }.joined()
        + Self.account("mover", in: "ou=old,"))
    // Nearly all that is there goes.
    mirror.limits = GuardLimits(importing: [:], exporting: [.deletes: GuardLimit(count: 1000)])
    try await mirror.change { connection in
      var results = [
        try await connection.rename(
          "uid=mover,ou=old,\(Self.people)", to: "uid=mover", below: "ou=stay,\(Self.people)")
      ]
      for name in names {
        results.append(try await connection.delete("uid=\(name),ou=inner,ou=old,\(Self.people)"))
      }
      for unit in ["ou=inner,ou=old,", "ou=old,"] {
        results.append(try await connection.delete(unit + Self.people))
      }
      return results
    }
    try await bring(mirror)
    #expect(try await arrived(mirror) == ["ou=stay", "uid=mover,ou=stay"])
  }

  @Test("A container that somebody has put something into is told with that, once")
  func filled() async throws {
    let mirror = try await mirror(Self.unit("old"))
    let target = LDAPConnection(mirror.target.settings())
    try await target.bind()
    let made = try await target.add(
      "ou=theirs,ou=old,\(Self.people)", [SearchAttribute("objectClass", "organizationalUnit")])
    #expect(made.code == 0, "\(made)")
    try await mirror.change { [try await $0.delete("ou=old,\(Self.people)")] }
    let steps = try await mirror.cycle()
    let export = try #require(steps.first { $0.type == .export && $0.connector == "mirror" })
    #expect(export.result == "completed-export-errors")
    let failures = try mirror.reader.counters(step: export.id).filter {
      $0.name == "export-failure"
    }
    #expect(failures.map(\.count) == [1])
    let error = try #require(
      try mirror.reader.openErrors(connector: nil, after: nil, limit: 9).first)
    #expect(error.type == "object-not-empty" && error.message.contains("ou=theirs,ou=old,"))
    // Once that is gone, so is the container.
    #expect(try await target.delete("ou=theirs,ou=old,\(Self.people)").code == 0)
    try await bring(mirror)
    #expect(try await arrived(mirror) == [])
  }

  private static let rules = #"""
    [[rule]]
    name = "In - Unit"
    direction = "inbound"
    connector = "people"
    source = "organizationalUnit"
    target = "unit"
    link = "Provision"
    precedence = 100
    join = [ { conditions = [ { source = "entryUUID", target = "sourceAnchor" } ] } ]
    flow = [
      { target = "sourceAnchor", direct = "entryUUID" },
      { target = "place", direct = "distinguishedName" },
    ]

    [[rule]]
    name = "In - Account"
    direction = "inbound"
    connector = "people"
    source = "account"
    target = "person"
    link = "Provision"
    precedence = 101
    join = [ { conditions = [ { source = "entryUUID", target = "sourceAnchor" } ] } ]
    flow = [
      { target = "sourceAnchor", direct = "entryUUID" },
      { target = "place", direct = "distinguishedName" },
    ]

    [[rule]]
    name = "Out - Unit"
    direction = "outbound"
    connector = "mirror"
    source = "unit"
    target = "organizationalUnit"
    link = "Provision"
    precedence = 200
    join = [ { conditions = [ { source = "place", target = "distinguishedName" } ] } ]
    flow = [
      { target = "dn", direct = "place" },
      { target = "description", direct = "sourceAnchor" },
    ]

    [[rule]]
    name = "Out - Account"
    direction = "outbound"
    connector = "mirror"
    source = "person"
    target = "account"
    link = "Provision"
    precedence = 201
    join = [ { conditions = [ { source = "sourceAnchor", target = "description" } ] } ]
    flow = [
      { target = "dn", direct = "place" },
      { target = "description", direct = "sourceAnchor" },
    ]
    """#
}
