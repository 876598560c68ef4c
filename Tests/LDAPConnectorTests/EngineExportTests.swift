import Configuration
import Directory
import SyncEngine
import SyncRules
import SyncStore
import Testing

@testable import LDAPConnector

/// One slapd is kept as the other is, by the engine and its rules.
final class Mirror {
  let source: TestSlapd
  let target: TestSlapd
  let folder: TestFolder
  let rules: RuleSet
  /// What is read of the source, and how.
  var reading: (inout LDAPConnectorSettings) -> Void = { _ in }
  /// How the target is read and written to.
  var writing: (inout LDAPConnectorSettings) -> Void = { _ in }
  /// What stands between the engine and the target.
  var sending: (LDAPConnector) -> any Connector = { $0 }
  /// How many changes pass on either side without a person's word.
  var limits = GuardLimits()

  /// - Parameters:
  ///   - global: Lines of the target's configuration before its database.
  ///   - database: Lines of the configuration of its database.
  ///   - rules: The rules, where they are others than usual.
  init(
    _ people: String, global: String = "", database: String = "", rules text: String = Mirror.text
  ) throws {
    let units = ["staff", "field"].map {
      "dn: ou=\($0),dc=example,dc=org\nobjectClass: organizationalUnit\nou: \($0)\n\n"
    }.joined()
    let provider = "overlay syncprov\nsyncprov-sessionlog 100\n"
    source = try TestSlapd(TestSlapd.root + people, database: provider)
    target = try TestSlapd(
      TestSlapd.root + units, global: global, database: provider + database)
    folder = try TestFolder()
    rules = try RuleSet.parse(text, file: "rules", parameters: [:])
  }

  /// Runs a cycle; the answer is its steps.
  @discardableResult
  func cycle(_ policy: CyclePolicy = .delta) async throws -> [OperationRow] {
    let id = try await makeEngine().runCycle(policy)
    return try #require(try reader.cycle(id: id)).steps
  }

  private func makeEngine() throws -> SyncEngine {
    let engine = SyncEngine(
      store: try SyncStore.open(file: folder.path + "/store.sqlite"),
      lease: try EngineLease.take(lockFile: folder.path + "/engine.lock"),
      connectors: [
        EngineConnector(
          name: "people", type: "ldap", isSource: true, connector: source.connector(reading),
          fingerprint: "1"),
        EngineConnector(
          name: "mirror", type: "ldap", isSource: false,
          connector: sending(
            target.connector {
              $0.isTarget = true
              writing(&$0)
            }), fingerprint: "1"),
      ].map { connector in
        var connector = connector
        connector.limits = limits
        return connector
      }, rules: rules, options: EngineOptions(idleExitSeconds: nil, version: "test"))
    try engine.prepare()
    return engine
  }

  /// Runs one step of the source.
  func run(_ type: StepType) async throws {
    _ = try await makeEngine().runProfile(connector: "people", type)
  }

  var reader: StoreReader { get throws { try StoreReader(file: folder.path + "/store.sqlite") } }

  /// The people and groups of the target by their names.
  func arrived() async throws -> [String: DirectoryEntry] {
    let entries = try await target.connector().run().entries.filter {
      ["user", "group"].contains($0.objectType)
    }
    return Dictionary(uniqueKeysWithValues: entries.map { ($0.dn.text, $0) })
  }

  /// What is wrong with objects now, in words.
  func complaints() -> String {
    let errors = try? reader.openErrors(connector: nil, after: nil, limit: 10)
    return errors.map { $0.map { "\($0)" }.joined(separator: "; ") } ?? "the store can't be read"
  }

  /// Changes the source by what a person would do there.
  func change(_ body: (LDAPConnection) async throws -> [LDAPResult]) async throws {
    let connection = LDAPConnection(source.settings())
    try await connection.bind()
    for result in try await body(connection) { #expect(result.code == 0, "\(result)") }
  }

  static let text = #"""
    [[rule]]
    name = "In - Person"
    direction = "inbound"
    connector = "people"
    source = "user"
    target = "person"
    link = "Provision"
    precedence = 100
    join = [ { conditions = [ { source = "entryUUID", target = "sourceAnchor" } ] } ]
    flow = [
      { target = "sourceAnchor", direct = "entryUUID" },
      { target = "displayName", direct = "displayName" },
      { target = "sn", direct = "sn" },
      { target = "mail", direct = "mail" },
      { target = "department", direct = "departmentNumber" },
      { target = "manager", direct = "manager" },
    ]

    [[rule]]
    name = "In - Group"
    direction = "inbound"
    connector = "people"
    source = "group"
    target = "group"
    link = "Provision"
    precedence = 101
    join = [ { conditions = [ { source = "entryUUID", target = "sourceAnchor" } ] } ]
    flow = [
      { target = "sourceAnchor", direct = "entryUUID" },
      { target = "displayName", direct = "cn" },
      { target = "member", direct = "member" },
    ]

    [[rule]]
    name = "Out - Person"
    direction = "outbound"
    connector = "mirror"
    source = "person"
    target = "user"
    link = "Provision"
    precedence = 200
    join = [ { conditions = [ { source = "sourceAnchor", target = "employeeNumber" } ] } ]
    flow = [
      { target = "dn", expression = '''
          "cn=" & EscapeDNComponent([displayName]) & ",ou=" & [department] & ",dc=example,dc=org"''' },
      { target = "employeeNumber", direct = "sourceAnchor" },
      { target = "sn", direct = "sn" },
      { target = "mail", direct = "mail" },
      { target = "manager", direct = "manager" },
    ]

    [[rule]]
    name = "Out - Group"
    direction = "outbound"
    connector = "mirror"
    source = "group"
    target = "group"
    link = "Provision"
    precedence = 201
    join = [ { conditions = [ { source = "sourceAnchor", target = "description" } ] } ]
    flow = [
      { target = "dn", expression = '''
          "cn=" & EscapeDNComponent([displayName]) & ",ou=people,dc=example,dc=org"''' },
      { target = "description", direct = "sourceAnchor" },
      { target = "member", direct = "member" },
    ]
    """#
}

@Suite(.disabled(if: TestSlapd.isMissing, "the Debian package slapd is missing"))
struct EngineExportTests {
  private static func colleague(_ name: String, _ unit: String, _ more: String = "") -> String {
    person(
      name, "displayName: \(name)\ndepartmentNumber: \(unit)\nmail: \(name)@example.org\n" + more)
  }

  private static let group = """
    dn: cn=Choir,ou=people,dc=example,dc=org
    objectClass: groupOfNames
    cn: Choir
    member: cn=Ann,ou=people,dc=example,dc=org
    member: cn=Bob,ou=people,dc=example,dc=org


    """
  private static let everybody =
    colleague("Ann", "staff") + colleague("Bob", "staff", "manager: \(dn("Ann", "people"))\n")
    + colleague("Cid", "field") + group

  private static func dn(_ name: String, _ unit: String) -> String {
    "cn=\(name),ou=\(unit),dc=example,dc=org"
  }

  @Test func peopleAndGroupsArriveAndNothingIsSentTwice() async throws {
    let mirror = try Mirror(Self.everybody)
    let steps = try await mirror.cycle(.initial)
    #expect(steps.allSatisfy { $0.result == "success" }, "\(mirror.complaints())")
    let arrived = try await mirror.arrived()
    #expect(
      Set(arrived.keys) == [
        Self.dn("Ann", "staff"), Self.dn("Bob", "staff"), Self.dn("Cid", "field"),
        Self.dn("Choir", "people"),
      ])
    #expect(
      arrived[Self.dn("Bob", "staff")]?.attributes["manager"] == [
        .reference(Self.dn("Ann", "staff"))
      ])
    #expect(
      Set(arrived[Self.dn("Choir", "people")]?.attributes["member"].map(\.text) ?? []) == [
        Self.dn("Ann", "staff"), Self.dn("Bob", "staff"),
      ])
    let again = try await mirror.cycle()
    #expect(again.allSatisfy { $0.result == "success" && $0.adds + $0.updates + $0.deletes == 0 })
    #expect(Set(again.filter { $0.type == .deltaImport }.map(\.connector)) == ["people", "mirror"])
  }

  @Test func changesRenamesMovesMembersAndDeletesArrive() async throws {
    let mirror = try Mirror(Self.everybody)
    try await mirror.cycle(.initial)
    let before = try await mirror.arrived()
    try await mirror.change { connection in
      [
        try await connection.modify(
          Self.dn("Ann", "people"),
          [
            .init(.replace, "displayName", [Array("Ann \"Annie\" Lee, Jr.".utf8)]),
            .init(.replace, "mail", [Array("annie@example.org".utf8)]),
          ]),
        try await connection.modify(
          Self.dn("Bob", "people"), [.init(.replace, "departmentNumber", [Array("field".utf8)])]),
        try await connection.modify(
          Self.dn("Choir", "people"),
          [.init(.add, "member", [Array(Self.dn("Cid", "people").utf8)])]),
        try await connection.modify(
          Self.dn("Choir", "people"),
          [.init(.delete, "member", [Array(Self.dn("Ann", "people").utf8)])]),
      ]
    }
    let steps = try await mirror.cycle()
    #expect(steps.allSatisfy { $0.result == "success" }, "\(mirror.complaints())")
    let arrived = try await mirror.arrived()
    let ann = try #require(arrived.values.first { $0.attributes["mail"] == ["annie@example.org"] })
    #expect(ann.anchor == before[Self.dn("Ann", "staff")]?.anchor)
    #expect(
      ann.dn
        == (try DistinguishedName("cn=Ann \\\"Annie\\\" Lee\\, Jr.,ou=staff,dc=example,dc=org")))
    #expect(arrived[Self.dn("Bob", "field")]?.anchor == before[Self.dn("Bob", "staff")]?.anchor)
    #expect(
      Set(arrived[Self.dn("Choir", "people")]?.attributes["member"].map(\.text) ?? []) == [
        Self.dn("Bob", "field"), Self.dn("Cid", "field"),
      ])

    try await mirror.change { [try await $0.delete(Self.dn("Cid", "people"))] }
    let deleting = try await mirror.cycle()
    #expect(deleting.allSatisfy { $0.result == "success" }, "\(mirror.complaints())")
    let left = try await mirror.arrived()
    #expect(left[Self.dn("Cid", "field")] == nil)
    #expect(left.count == 3)
  }

  /// Takes members out of the choir of the target, as somebody does there.
  private func take(_ names: [String], outOfChoirOf mirror: Mirror) async throws {
    let connection = LDAPConnection(mirror.target.settings())
    try await connection.bind()
    let values = names.map { Array(Self.dn($0, "staff").utf8) }
    let result = try await connection.modify(
      Self.dn("Choir", "people"), [.init(.delete, "member", values)])
    #expect(result.code == 0)
  }

  @Test("A last member who was deleted leaves the group once it has got another one")
  func lastMemberReplaced() async throws {
    let mirror = try Mirror(Self.everybody)
    try await mirror.cycle(.initial)
    try await take(["Bob"], outOfChoirOf: mirror)
    try await mirror.change { [try await $0.delete(Self.dn("Ann", "people"))] }
    let steps = try await mirror.cycle()
    #expect(steps.allSatisfy { $0.result == "success" }, "\(mirror.complaints())")
    #expect(
      try await mirror.arrived()[Self.dn("Choir", "people")]?.attributes["member"] == [
        .reference(Self.dn("Bob", "staff"))
      ])
  }

  @Test("A group that must keep its last member, who was deleted, is told to do so")
  func lastMemberDeleted() async throws {
    let mirror = try Mirror(Self.everybody)
    try await mirror.cycle(.initial)
    try await mirror.change { connection in
      [
        try await connection.delete(Self.dn("Ann", "people")),
        try await connection.delete(Self.dn("Bob", "people")),
      ]
    }
    let steps = try await mirror.cycle()
    #expect(Set(try await mirror.arrived().keys).count == 2)
    let export = try #require(steps.first { $0.type == .export && $0.connector == "mirror" })
    #expect(export.result == "completed-export-errors" && export.deletes == 2)
    let errors = try mirror.reader.openErrors(connector: nil, after: nil, limit: 10)
    #expect(errors.map(\.dn) == [Self.dn("Choir", "people")], "\(errors)")
    #expect(errors.first?.attribute == "member" && errors.first?.type == "kept-reference")
    #expect(errors.first?.message.contains("which is not there") == true, "\(errors)")
    // It is told as long as it is so, whatever else becomes of the group.
    try await mirror.change {
      [try await $0.rename(Self.dn("Choir", "people"), to: "cn=Chorus")]
    }
    try await mirror.cycle()
    try await mirror.cycle()
    let later = try mirror.reader.openErrors(connector: nil, after: nil, limit: 10)
    #expect(later.map(\.type) == ["kept-reference"], "\(later)")
    #expect(later.first?.retries == 2 && later.first?.firstOccurred == errors.first?.firstOccurred)
    // Once the group has another member, that ends.
    try await mirror.change {
      [
        try await $0.modify(
          Self.dn("Chorus", "people"),
          [.init(.add, "member", [Array(Self.dn("Cid", "people").utf8)])])
      ]
    }
    let last = try await mirror.cycle()
    #expect(last.allSatisfy { $0.result == "success" }, "\(mirror.complaints())")
    #expect(try mirror.reader.openErrors(connector: nil, after: nil, limit: 10).isEmpty)
    #expect(
      try await mirror.arrived()[Self.dn("Chorus", "people")]?.attributes["member"] == [
        .reference(Self.dn("Cid", "field"))
      ])
  }

  @Test(
    "Who comes with the name, or only the anchor, of a last member that is let go later stays",
    arguments: ["staff", "field"])
  func newcomer(unit: String) async throws {
    let mirror = try Mirror(Self.everybody)
    mirror.writing = {
      $0.anchorAttribute = "cn"
      $0.filter = "(|(objectClass=inetOrgPerson)(objectClass=groupOfNames))"
    }
    try await mirror.cycle(.initial)
    try await take(["Bob"], outOfChoirOf: mirror)
    try await mirror.change { connection in
      [
        try await connection.delete(Self.dn("Ann", "people")),
        try await connection.add(
          Self.dn("Dora", "people"),
          [
            SearchAttribute("objectClass", "inetOrgPerson"), SearchAttribute("cn", "Dora"),
            SearchAttribute("sn", "Dora"), SearchAttribute("displayName", "Ann"),
            SearchAttribute("departmentNumber", unit),
          ]),
      ]
    }
    for _ in 0..<2 {
      let steps = try await mirror.cycle()
      #expect(steps.allSatisfy { $0.result == "success" }, "\(mirror.complaints())")
      #expect(try await mirror.arrived()[Self.dn("Ann", unit)]?.attributes["sn"] == ["Dora"])
    }
    #expect(
      try await mirror.arrived()[Self.dn("Choir", "people")]?.attributes["member"] == [
        .reference(Self.dn("Bob", "staff"))
      ])
  }

  private static func choir(_ name: String, _ member: String) -> String {
    "dn: \(dn(name, "people"))\nobjectClass: groupOfNames\ncn: \(name)\n"
      + "member: \(dn(member, "people"))\n\n"
  }

  @Test(
    "Groups that each have only another new one as member come, in a circle or of themselves",
    arguments: [["Alto", "Bass"], ["Alto", "Bass", "Tenor"], ["Alto"]])
  func circle(names: [String]) async throws {
    let next = Dictionary(
      uniqueKeysWithValues: zip(names, names.dropFirst() + names.prefix(1)))
    let mirror = try Mirror(next.map { Self.choir($0.key, $0.value) }.joined())
    let steps = try await mirror.cycle(.initial)
    #expect(steps.allSatisfy { $0.result == "success" }, "\(mirror.complaints())")
    let arrived = try await mirror.arrived()
    #expect(arrived.count == names.count)
    for (name, member) in next {
      #expect(
        arrived[Self.dn(name, "people")]?.attributes["member"] == [
          .reference(Self.dn(member, "people"))
        ])
    }
    let again = try await mirror.cycle()
    #expect(again.allSatisfy { $0.result == "success" && $0.adds + $0.updates + $0.deletes == 0 })
  }

  @Test("A group whose only member is refused after it came is told, until the member comes")
  func halfACircle() async throws {
    let mirror = try Mirror(
      Self.choir("Alto", "Xylo") + Self.choir("Xylo", "Alto"), global: "moduleload constraint",
      database: "overlay constraint\nconstraint_attribute cn regex ^[^X].*$\n")
    try await mirror.cycle(.initial)
    let errors = try mirror.reader.openErrors(connector: nil, after: nil, limit: 10)
    #expect(Set(errors.map(\.dn)) == [Self.dn("Alto", "people"), Self.dn("Xylo", "people")])
    let kept = try #require(errors.first { $0.type == "kept-reference" }, "\(errors)")
    #expect(kept.dn == Self.dn("Alto", "people") && kept.value == Self.dn("Xylo", "people"))
    try await mirror.change { connection in
      [
        try await connection.rename(Self.dn("Xylo", "people"), to: "cn=Bass"),
        try await connection.modify(
          Self.dn("Alto", "people"),
          [.init(.replace, "member", [Array(Self.dn("Bass", "people").utf8)])]),
      ]
    }
    let steps = try await mirror.cycle()
    #expect(steps.allSatisfy { $0.result == "success" }, "\(mirror.complaints())")
    let arrived = try await mirror.arrived()
    for (name, member) in [("Alto", "Bass"), ("Bass", "Alto")] {
      #expect(
        arrived[Self.dn(name, "people")]?.attributes["member"] == [
          .reference(Self.dn(member, "people"))
        ])
    }
  }

  /// Gives people of the source other names.
  private func rename(_ mirror: Mirror, _ names: [String: String]) async throws {
    try await mirror.change { connection in
      var results: [LDAPResult] = []
      for (who, name) in names {
        results.append(
          try await connection.modify(
            Self.dn(who, "people"), [.init(.replace, "displayName", [Array(name.utf8)])]))
      }
      return results
    }
  }

  @Test("Two who are to get each other's name have them after one export, and stay in their group")
  func exchange() async throws {
    let mirror = try Mirror(Self.everybody)
    try await mirror.cycle(.initial)
    let before = try await mirror.arrived()
    try await rename(mirror, ["Ann": "Bob", "Bob": "Ann"])
    let steps = try await mirror.cycle()
    #expect(steps.allSatisfy { $0.result == "success" }, "\(mirror.complaints())")
    let after = try await mirror.arrived()
    #expect(Set(after.keys) == Set(before.keys))
    #expect(after[Self.dn("Ann", "staff")]?.anchor == before[Self.dn("Bob", "staff")]?.anchor)
    #expect(after[Self.dn("Bob", "staff")]?.anchor == before[Self.dn("Ann", "staff")]?.anchor)
    #expect(after[Self.dn("Bob", "staff")]?.attributes["mail"] == ["Ann@example.org"])
    #expect(
      after[Self.dn("Ann", "staff")]?.attributes["manager"] == [
        .reference(Self.dn("Bob", "staff"))
      ])
    #expect(
      Set(after[Self.dn("Choir", "people")]?.attributes["member"].map(\.text) ?? []) == [
        Self.dn("Ann", "staff"), Self.dn("Bob", "staff"),
      ])
    let again = try await mirror.cycle()
    #expect(again.allSatisfy { $0.result == "success" && $0.adds + $0.updates + $0.deletes == 0 })
  }

  @Test("Four who pass on their names in a circle have them after one export, and stay in groups")
  func passedOn() async throws {
    let mirror = try Mirror(
      Self.everybody + Self.colleague("Dan", "staff") + Self.colleague("Eve", "staff"))
    try await mirror.cycle(.initial)
    let before = try await mirror.arrived()
    let next = ["Ann": "Eve", "Eve": "Bob", "Bob": "Dan", "Dan": "Ann"]
    try await rename(mirror, next)
    let steps = try await mirror.cycle()
    #expect(steps.allSatisfy { $0.result == "success" }, "\(mirror.complaints())")
    let after = try await mirror.arrived()
    #expect(Set(after.keys) == Set(before.keys))
    for (who, name) in next {
      let person = after[Self.dn(name, "staff")]
      #expect(person?.anchor == before[Self.dn(who, "staff")]?.anchor)
      #expect(person?.attributes["mail"] == [.string(who + "@example.org")])
    }
    #expect(
      after[Self.dn("Dan", "staff")]?.attributes["manager"] == [
        .reference(Self.dn("Eve", "staff"))
      ])
    #expect(
      Set(after[Self.dn("Choir", "people")]?.attributes["member"].map(\.text) ?? []) == [
        Self.dn("Eve", "staff"), Self.dn("Dan", "staff"),
      ])
    let again = try await mirror.cycle()
    #expect(again.allSatisfy { $0.result == "success" && $0.adds + $0.updates + $0.deletes == 0 })
  }

  @Test("A name that is left within the export is given to who waits for it, also to a new person")
  func handedOn() async throws {
    let mirror = try Mirror(Self.everybody)
    try await mirror.cycle(.initial)
    let before = try await mirror.arrived()
    try await rename(mirror, ["Ann": "Bob", "Bob": "Zoe"])
    try await mirror.change { connection in
      [
        try await connection.add(
          Self.dn("Dora", "people"),
          [
            SearchAttribute("objectClass", "inetOrgPerson"), SearchAttribute("cn", "Dora"),
            SearchAttribute("sn", "Dora"), SearchAttribute("displayName", "Ann"),
            SearchAttribute("departmentNumber", "staff"),
          ])
      ]
    }
    let steps = try await mirror.cycle()
    #expect(steps.allSatisfy { $0.result == "success" }, "\(mirror.complaints())")
    let after = try await mirror.arrived()
    #expect(after[Self.dn("Bob", "staff")]?.anchor == before[Self.dn("Ann", "staff")]?.anchor)
    #expect(after[Self.dn("Zoe", "staff")]?.anchor == before[Self.dn("Bob", "staff")]?.anchor)
    #expect(after[Self.dn("Ann", "staff")]?.attributes["sn"] == ["Dora"])
  }

  @Test("Who waits for a name is told the name, who has it, and that it is to be left")
  func waitsForAName() async throws {
    let mirror = try Mirror(Self.everybody)
    try await mirror.cycle(.initial)
    try await rename(mirror, ["Ann": "Bob"])
    try await mirror.change { connection in
      [
        try await connection.modify(
          Self.dn("Bob", "people"), [.init(.replace, "departmentNumber", [Array("nowhere".utf8)])])
      ]
    }
    try await mirror.cycle()
    let errors = try mirror.reader.openErrors(connector: nil, after: nil, limit: 10)
    let error = try #require(errors.first { $0.type == "cd-existing-object" }, "\(errors)")
    #expect(error.attribute == "dn" && error.value == Self.dn("Bob", "staff"))
    #expect(error.hint.contains("It waits for Bob"), "\(error.hint)")
  }

  @Test func whatTheTargetRefusesIsAnErrorOfTheObjectInItsWords() async throws {
    let mirror = try Mirror(
      Self.colleague("Ann", "staff") + Self.colleague("Eve", "nowhere"))
    let steps = try await mirror.cycle(.initial)
    #expect(steps.contains { $0.result == "completed-export-errors" })
    #expect(Set(try await mirror.arrived().keys) == [Self.dn("Ann", "staff")])
    let errors = try mirror.reader.openErrors(connector: nil, after: nil, limit: 10)
    let error = try #require(errors.first)
    #expect(errors.count == 1)
    #expect(error.message.contains("nowhere") || error.dn.contains("nowhere"), "\(error)")
    #expect(!error.hint.isEmpty)
    // Once the container is there, the next cycle makes it good.
    let connection = LDAPConnection(mirror.target.settings())
    try await connection.bind()
    _ = try await connection.add(
      "ou=nowhere,dc=example,dc=org",
      [SearchAttribute("objectClass", "organizationalUnit"), SearchAttribute("ou", "nowhere")])
    try await mirror.cycle()
    #expect(try await mirror.arrived()[Self.dn("Eve", "nowhere")] != nil)
    #expect(try mirror.reader.openErrors(connector: nil, after: nil, limit: 10).isEmpty)
  }
}
