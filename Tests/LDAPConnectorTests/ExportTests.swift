import Directory
import Testing

@testable import LDAPConnector

/// A slapd with a connector that writes to it, and what has become of its objects.
struct WritableDirectory {
  let slapd: TestSlapd
  let connector: LDAPConnector

  init(_ ldif: String = "", global: String = "", database: String = "") throws {
    slapd = try TestSlapd(TestSlapd.root + ldif, global: global, database: database)
    connector = slapd.connector { $0.isTarget = true }
  }

  static func dn(_ rdn: String) throws -> DistinguishedName {
    try DistinguishedName(rdn + ",ou=people,dc=example,dc=org")
  }

  /// Sends one operation and answers with its outcome.
  func send(
    _ kind: ExportOperation.Kind, _ rdn: String, type: String = "user", anchor: Anchor? = nil,
    isRetry: Bool = false
  ) async throws -> ExportOutcome {
    let operation = ExportOperation(
      id: 1, kind: kind, objectType: type, anchor: anchor, dn: try Self.dn(rdn), isRetry: isRetry)
    return try #require(try await connector.export([operation]).first)
  }

  func entry(_ rdn: String) async throws -> DirectoryEntry? {
    try await connector.run().entry(rdn + ",ou=people,dc=example,dc=org")
  }
}

extension ExportOutcome {
  var anchor: Anchor? { if case .done(let anchor) = self { anchor } else { nil } }
  var failure: ObjectFailure? { if case .failed(let failure) = self { failure } else { nil } }
  var isDone: Bool { if case .done = self { true } else { false } }
}

@Suite(.disabled(if: TestSlapd.isMissing, "the Debian package slapd is missing"))
struct ExportTests {
  private static let ann: AttributeSet = [
    "objectClass": ["inetOrgPerson"], "cn": ["Ann"], "sn": ["Lee"], "mail": ["ann@example.org"],
    "jpegPhoto": [.binary([0xFF, 0, 1])], "employeeNumber": ["7"],
  ]

  @Test func aNewObjectIsThereAfterwardsAndItsAnchorIsTold() async throws {
    let directory = try WritableDirectory()
    let outcome = try await directory.send(.add(Self.ann), "cn=Ann")
    let found = try #require(try await directory.entry("cn=Ann"))
    #expect(outcome.anchor == found.anchor)
    for name in Self.ann.names { #expect(found.attributes[name] == Self.ann[name]) }
    #expect(found.attributes["dn"] == ["cn=Ann,ou=people,dc=example,dc=org"])
  }

  @Test func classesAndTheNamesOwnValuesNeedNotBeSaid() async throws {
    let directory = try WritableDirectory()
    let outcome = try await directory.send(.add(["sn": ["Lee"]]), "cn=Lee\\, Ann+uid=7")
    #expect(outcome.isDone)
    let found = try #require(try await directory.entry("cn=Lee\\, Ann+uid=7"))
    #expect(found.attributes["objectClass"] == ["inetOrgPerson"])
    #expect(found.attributes["cn"] == ["Lee, Ann"])
    #expect(found.attributes["uid"] == ["7"])
  }

  @Test func aNameThatRulesComputeWinsAndIsNoAttribute() async throws {
    let directory = try WritableDirectory()
    var attributes = Self.ann
    attributes["dn"] = ["cn=Ann B,ou=people,dc=example,dc=org"]
    attributes["cn"] = ["Ann B"]
    let outcome = try await directory.send(.add(attributes), "cn=whatever")
    #expect(outcome.isDone)
    #expect(try await directory.entry("cn=Ann B") != nil)
  }

  @Test func anObjectWithoutAPlaceIsRefusedBeforeItIsSent() async throws {
    let directory = try WritableDirectory()
    let operation = ExportOperation(
      id: 1, kind: .add(Self.ann), objectType: "user", anchor: nil,
      dn: try DistinguishedName("CN={4142}"))
    let outcome = try #require(try await directory.connector.export([operation]).first)
    #expect(outcome.failure?.type == .schemaViolation)
    #expect(outcome.failure?.message.contains("a rule has to compute \"dn\"") == true)
  }

  @Test func attributesChangeAndOthersStay() async throws {
    let directory = try WritableDirectory(
      person("Ann", "mail: a@x\nmail: b@x\ntitle: chief\nemployeeNumber: 1\n"))
    let before = try #require(try await directory.entry("cn=Ann"))
    let outcome = try await directory.send(
      .modify([
        AttributeChange("mail", .update(added: ["c@x"], removed: ["a@x"])),
        AttributeChange("title", .replace([])),
        AttributeChange("employeeNumber", .replace(["2"])),
      ]), "cn=Ann", anchor: before.anchor)
    #expect(outcome.anchor == before.anchor)
    let after = try #require(try await directory.entry("cn=Ann"))
    #expect(after.attributes["mail"] == ["b@x", "c@x"])
    #expect(!after.attributes.contains("title"))
    #expect(after.attributes["employeeNumber"] == ["2"])
    #expect(after.attributes["sn"] == ["Ann"])
  }

  @Test func whatIsSoAlreadyCountsAsDone() async throws {
    let directory = try WritableDirectory(person("Ann", "mail: a@x\n"))
    let anchor = try #require(try await directory.entry("cn=Ann")).anchor
    let change = ExportOperation.Kind.modify([
      AttributeChange("mail", .update(added: ["a@x", "b@x"], removed: ["z@x"]))
    ])
    for _ in 0..<2 {
      #expect(try await directory.send(change, "cn=Ann", anchor: anchor, isRetry: true).isDone)
      let mails = try await directory.entry("cn=Ann")?.attributes["mail"]
      #expect(mails == ["a@x", "b@x"])
    }
  }

  @Test func anObjectIsRenamedAndMovedByItsName() async throws {
    let directory = try WritableDirectory(
      person("Ann")
        + "dn: ou=away,dc=example,dc=org\nobjectClass: organizationalUnit\nou: away\n\n")
    let anchor = try #require(try await directory.entry("cn=Ann")).anchor
    let new = "cn=Ann B,ou=away,dc=example,dc=org"
    let change = ExportOperation.Kind.modify([
      AttributeChange("dn", .replace([.string(new)])), AttributeChange("title", .replace(["x"])),
    ])
    // The second time it is there already, as after an answer that was lost.
    for isRetry in [false, true] {
      let outcome = try await directory.send(change, "cn=Ann", anchor: anchor, isRetry: isRetry)
      #expect(outcome.isDone, "\(outcome)")
      let moved = try #require(try await directory.connector.run().entry(new))
      #expect(moved.anchor == anchor)
      #expect(moved.attributes["cn"] == ["Ann B"])
      #expect(moved.attributes["title"] == ["x"])
    }
  }

  @Test func anObjectThatSomebodyRenamedIsFoundByItsAnchor() async throws {
    let directory = try WritableDirectory(person("Ann"))
    let anchor = try #require(try await directory.entry("cn=Ann")).anchor
    let connection = LDAPConnection(directory.slapd.settings())
    try await connection.bind()
    _ = try await connection.rename("cn=Ann,ou=people,dc=example,dc=org", to: "cn=Anna")
    let changed = try await directory.send(
      .modify([AttributeChange("title", .replace(["x"]))]), "cn=Ann", anchor: anchor)
    #expect(changed.isDone)
    #expect(try await directory.entry("cn=Anna")?.attributes["title"] == ["x"])
    #expect(try await directory.send(.delete, "cn=Ann", anchor: anchor).isDone)
    #expect(try await directory.entry("cn=Anna") == nil)
  }

  @Test func anotherObjectThatTookTheNameIsLeftAlone() async throws {
    let directory = try WritableDirectory(person("Ann", "title: old\n"))
    let anchor = try #require(try await directory.entry("cn=Ann")).anchor
    let connection = LDAPConnection(directory.slapd.settings())
    try await connection.bind()
    _ = try await connection.delete("cn=Ann,ou=people,dc=example,dc=org")
    _ = try await directory.send(.add(Self.ann), "cn=Ann")
    let changed = try await directory.send(
      .modify([AttributeChange("title", .replace(["x"]))]), "cn=Ann", anchor: anchor)
    #expect(changed.failure?.type == .missingObject)
    #expect(try await directory.send(.delete, "cn=Ann", anchor: anchor).isDone)
    #expect(try await directory.entry("cn=Ann")?.attributes["mail"] == ["ann@example.org"])
  }

  @Test("Also on a server that checks no conditions, only the object itself is met")
  func noConditions() async throws {
    let directory = try WritableDirectory(person("Ann", "title: old\n") + person("Bob"))
    let before = try await directory.connector.run()
    let anchors = try ["cn=Ann", "cn=Bob"].map { rdn in
      try #require(before.entry("\(rdn),ou=people,dc=example,dc=org")).anchor
    }
    let connection = LDAPConnection(directory.slapd.settings())
    try await connection.bind()
    _ = try await connection.delete("cn=Ann,ou=people,dc=example,dc=org")
    _ = try await directory.send(.add(Self.ann), "cn=Ann")
    _ = try await connection.rename("cn=Bob,ou=people,dc=example,dc=org", to: "cn=Bobby")
    var profile = try await connection.profile(directory.connector.settings)
    profile.root.controls.remove(ControlOID.assertion)
    let change = ExportOperation.Kind.modify([AttributeChange("title", .replace(["new"]))])
    func operation(
      _ kind: ExportOperation.Kind, _ rdn: String, _ anchor: Anchor
    ) throws -> ExportOperation {
      ExportOperation(
        id: 1, kind: kind, objectType: "user", anchor: anchor, dn: try WritableDirectory.dn(rdn))
    }
    let outcomes = try await LDAPExporter(connection: connection, profile: profile).run([
      try operation(change, "cn=Ann", anchors[0]), try operation(.delete, "cn=Ann", anchors[0]),
      try operation(change, "cn=Bob", anchors[1]),
    ])
    #expect(outcomes[0].failure?.type == .missingObject)
    #expect(outcomes[1].isDone && outcomes[2].isDone)
    let ann = try await directory.entry("cn=Ann")
    #expect(ann?.attributes["mail"] == ["ann@example.org"])
    #expect(ann?.attributes.contains("title") == false)
    #expect(try await directory.entry("cn=Bobby")?.attributes["title"] == ["new"])
  }

  @Test func aDeleteOfWhatIsGoneIsDone() async throws {
    let directory = try WritableDirectory(person("Ann"))
    let anchor = try #require(try await directory.entry("cn=Ann")).anchor
    for isRetry in [false, true] {
      let outcome = try await directory.send(.delete, "cn=Ann", anchor: anchor, isRetry: isRetry)
      #expect(outcome.isDone)
    }
  }

  @Test func containersAreMadeBeforeAndRemovedAfterWhatTheyHold() async throws {
    let directory = try WritableDirectory()
    let unit = try DistinguishedName("ou=new,dc=example,dc=org")
    let inner = try DistinguishedName("cn=Ann,ou=new,dc=example,dc=org")
    let made = try await directory.connector.export([
      ExportOperation(
        id: 1, kind: .add(Self.ann), objectType: "user", anchor: nil, dn: inner),
      ExportOperation(
        id: 2, kind: .add([:]), objectType: "organizationalUnit", anchor: nil, dn: unit),
    ])
    #expect(made.map(\.isDone) == [true, true])
    let removed = try await directory.connector.export([
      ExportOperation(
        id: 2, kind: .delete, objectType: "organizationalUnit", anchor: made[1].anchor, dn: unit),
      ExportOperation(id: 1, kind: .delete, objectType: "user", anchor: made[0].anchor, dn: inner),
    ])
    #expect(removed.map(\.isDone) == [true, true])
    #expect(try await directory.connector.run().entries.count == 2)
  }

  @Test func nothingIsSentThroughAReadOnlyConnector() async throws {
    let directory = try WritableDirectory(person("Ann"))
    let readOnly = try #require(directory.connector.readOnly as? LDAPConnector)
    let outcome = try? await readOnly.export([
      ExportOperation(
        id: 1, kind: .delete, objectType: "user", anchor: nil,
        dn: try WritableDirectory.dn("cn=Ann"))
    ])
    #expect(outcome?.first?.isDone != true)
    #expect(try await directory.entry("cn=Ann") != nil)
  }

  @Test(arguments: [
    ("cn=Lee\\2C Ann,dc=x", "cn=Lee\\, Ann,dc=x"),
    ("cn=a\\22b\\2B+sn=c,DC=x", "cn=a\\\"b\\++sn=c,DC=x"),
    ("cn=Ann,dc=x", "cn=Ann,dc=x"), ("cn=a=b,dc=x", "cn=a\\=b,dc=x"),
    ("cn=a\nb,dc=x", "cn=a\\0ab,dc=x"), ("cn=Ann+sn=Lee,dc=x", "cn=Ann+sn=Lee,dc=x"),
  ]) func aNameIsShownAsRulesSpellIt(given: String, spelled: String) throws {
    #expect(EntryMapper.spelled(try DistinguishedName(given)) == spelled)
  }
}
