import Directory
import SyncEngine
import SyncStore
import Testing

@testable import LDAPConnector

/// What is written is read again, or told.
@Suite(.disabled(if: TestSlapd.isMissing, "the Debian package slapd is missing"))
struct WritingScopeTests {
  private static func colleague(_ name: String, _ unit: String, mail: Bool = true) -> String {
    person(
      name,
      "displayName: \(name)\ndepartmentNumber: \(unit)\n"
        + (mail ? "mail: \(name)@example.org\n" : ""))
  }

  private static func dn(_ name: String, _ unit: String) -> String {
    "cn=\(name),ou=\(unit),dc=example,dc=org"
  }

  private func errors(_ mirror: Mirror) throws -> [ErrorRow] {
    try mirror.reader.openErrors(connector: nil, after: nil, limit: 10)
  }

  private func set(
    _ mirror: Mirror, _ name: String, _ attribute: String, _ value: String?
  ) async throws {
    try await mirror.change { connection in
      [
        try await connection.modify(
          Self.dn(name, "people"),
          [.init(.replace, attribute, value.map { [Array($0.utf8)] } ?? [])])
      ]
    }
  }

  /// Nothing is sent or found any more, and nothing is wrong.
  private func expectIdle(
    _ mirror: Mirror, _ policy: CyclePolicy, sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    for _ in 0..<2 {
      let steps = try await mirror.cycle(policy)
      #expect(
        steps.allSatisfy { $0.result == "success" && $0.adds + $0.updates + $0.deletes == 0 },
        "\(steps)", sourceLocation: sourceLocation)
      #expect(
        try errors(mirror).isEmpty, "\(mirror.complaints())", sourceLocation: sourceLocation)
    }
  }

  @Test(
    "Nobody gets a name that the connector does not read, and who leaves is deleted where they are",
    arguments: ["include", "exclude"])
  func unreadName(_ setting: String) async throws {
    let mirror = try Mirror(Self.colleague("Ann", "staff") + Self.colleague("Cid", "field"))
    mirror.writing = { settings in
      let name = ContainerName("ou=\(setting == "include" ? "staff" : "field"),dc=example,dc=org")
      let names = [name].compactMap(\.self)
      if setting == "include" { settings.included = names } else { settings.excluded = names }
    }
    try await mirror.cycle(.initial)
    #expect(Set(try await mirror.arrived().keys) == [Self.dn("Ann", "staff")])
    let first = try errors(mirror)
    #expect(first.map(\.type) == ["not-read"], "\(first)")
    #expect(first.first?.message.contains("\"\(setting)\"") == true, "\(first)")
    #expect(first.first?.attribute == "dn" && first.first?.value == Self.dn("Cid", "field"))

    try await set(mirror, "Ann", "departmentNumber", "field")
    try await set(mirror, "Ann", "mail", "annie@example.org")
    for policy in [CyclePolicy.delta, .delta, .initial] {
      try await mirror.cycle(policy)
      let ann = try await mirror.arrived()[Self.dn("Ann", "staff")]
      #expect(ann?.attributes["mail"] == ["annie@example.org"])
      let now = try errors(mirror)
      #expect(now.map(\.type) == ["not-read", "not-read"], "\(now)")
    }
    try await mirror.change { [try await $0.delete(Self.dn("Ann", "people"))] }
    try await mirror.cycle()
    #expect(try await mirror.arrived().isEmpty)
    #expect(try errors(mirror).map(\.value) == [Self.dn("Cid", "field")])
  }

  @Test("Who moves into a container that gets its new name with the same call is read there")
  func renamedContainer() async throws {
    let server = try TestSlapd(
      TestSlapd.root
        + ["staff", "field"].map {
          "dn: ou=\($0),dc=example,dc=org\nobjectClass: organizationalUnit\nou: \($0)\n\n"
        }.joined() + person("Ann", below: "ou=field"))
    let before = try await server.connector().run()
    let unit = try #require(before.entry("ou=staff,dc=example,dc=org"))
    let ann = try #require(before.entry(Self.dn("Ann", "field")))
    let connector = server.connector {
      $0.isTarget = true
      $0.included = [.anchor(unit.anchor.text)]
    }
    func move(_ entry: DirectoryEntry, to name: String, _ id: Int64) -> ExportOperation {
      ExportOperation(
        id: id, kind: .modify([AttributeChange("dn", .replace([.string(name)]))]),
        objectType: entry.objectType, anchor: entry.anchor, dn: entry.dn)
    }
    let outcomes = try await connector.export([
      move(unit, to: "ou=team,dc=example,dc=org", 1), move(ann, to: Self.dn("Ann", "team"), 2),
    ])
    #expect(outcomes.map(\.isDone) == [true, true], "\(outcomes)")
    var moved = ann
    moved.dn = try DistinguishedName(Self.dn("Ann", "team"))
    let refused = try await connector.export([move(moved, to: Self.dn("Ann", "field"), 2)])
    #expect(refused.first?.failure?.type == .notRead, "\(refused)")
    let names = try await server.connector().run().entries.map(\.dn.text)
    #expect(names.contains(Self.dn("Ann", "team")), "\(names)")
  }

  @Test(
    "Who falls out of the filter by what the rules say is kept in step, and deleted when they go",
    arguments: [CyclePolicy.delta, .initial])
  func unshown(_ policy: CyclePolicy) async throws {
    let mirror = try Mirror(Self.colleague("Ann", "staff") + Self.colleague("Bob", "staff"))
    mirror.writing = { $0.filter = "(mail=*)" }
    try await mirror.cycle(.initial)
    #expect(try errors(mirror).isEmpty, "\(mirror.complaints())")
    try await set(mirror, "Ann", "mail", nil)
    try await mirror.cycle(policy)
    #expect(try await mirror.arrived()[Self.dn("Ann", "staff")]?.attributes["mail"] == [])
    try await expectIdle(mirror, policy)
    try await set(mirror, "Ann", "sn", "Lee")
    try await mirror.cycle(policy)
    let ann = try await mirror.arrived()[Self.dn("Ann", "staff")]
    #expect(ann?.attributes["sn"] == ["Lee"] && ann?.attributes["mail"] == [])
    try await mirror.change { [try await $0.delete(Self.dn("Ann", "people"))] }
    try await mirror.cycle(policy)
    #expect(Set(try await mirror.arrived().keys) == [Self.dn("Bob", "staff")])
    try await expectIdle(mirror, policy)
  }

  @Test(
    "Who is made outside the filter is kept in step, and deleted when the source says so",
    arguments: [CyclePolicy.delta, .initial])
  func madeUnshown(_ policy: CyclePolicy) async throws {
    let mirror = try Mirror(
      Self.colleague("Ann", "staff", mail: false) + Self.colleague("Bob", "staff", mail: false))
    mirror.writing = { $0.filter = "(mail=*)" }
    try await mirror.cycle(.initial)
    try await expectIdle(mirror, policy)
    try await set(mirror, "Bob", "mail", "bob@example.org")
    try await mirror.change { [try await $0.delete(Self.dn("Ann", "people"))] }
    try await mirror.cycle(policy)
    #expect(Set(try await mirror.arrived().keys) == [Self.dn("Bob", "staff")])
    try await expectIdle(mirror, policy)
  }

  @Test(
    "Whom a new filter leaves out nobody changes or deletes any more",
    arguments: [CyclePolicy.delta, .initial])
  func narrowed(_ policy: CyclePolicy) async throws {
    let mirror = try Mirror(Self.colleague("Ann", "staff") + Self.colleague("Bob", "staff"))
    mirror.writing = { $0.filter = "(mail=*)" }
    try await mirror.cycle(.initial)
    mirror.writing = { $0.filter = "(&(mail=*)(!(cn=Ann)))" }
    try await mirror.cycle(.initial)
    try await set(mirror, "Ann", "sn", "Lee")
    try await set(mirror, "Bob", "sn", "Lee")
    try await mirror.cycle(policy)
    let now = try await mirror.arrived()
    #expect(now[Self.dn("Bob", "staff")]?.attributes["sn"] == ["Lee"])
    #expect(now[Self.dn("Ann", "staff")]?.attributes["sn"] == ["Ann"])
    try await mirror.change { [try await $0.delete(Self.dn("Ann", "people"))] }
    try await mirror.cycle(policy)
    #expect(try await mirror.arrived()[Self.dn("Ann", "staff")] != nil)
  }

  @Test("Who somebody deletes in the target comes again, also where a filter says what is read")
  func deletedByHand() async throws {
    let mirror = try Mirror(Self.colleague("Ann", "staff") + Self.colleague("Bob", "staff"))
    mirror.writing = { $0.filter = "(mail=*)" }
    let everybody: Set = [Self.dn("Ann", "staff"), Self.dn("Bob", "staff")]
    for policy in [CyclePolicy.initial, .delta] {
      try await mirror.cycle(policy)
      let target = LDAPConnection(mirror.target.settings())
      try await target.bind()
      #expect(try await target.delete(Self.dn("Ann", "staff")).code == 0)
      try await mirror.cycle(policy)
      #expect(Set(try await mirror.arrived().keys) == everybody)
      #expect(try errors(mirror).isEmpty, "\(mirror.complaints())")
    }
  }
}
