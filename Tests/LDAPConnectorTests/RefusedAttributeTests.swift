import Directory
import ProgramTesting
import Testing

@testable import LDAPConnector

@Suite("What a server takes of an object does not wait for what it refuses")
struct RefusedAttributeTests {
  @Test(
    "One attribute with the same value twice keeps no other one back",
    .disabled(if: TestSlapd.isMissing, "the Debian package slapd is missing"))
  func twice() async throws {
    let directory = try WritableDirectory(person("Ann", "title: intern\n"))
    let anchor = try #require(try await directory.entry("cn=Ann")).anchor
    let outcome = try await directory.send(
      .modify([
        // Numbers are one without their spaces, too, which only the server knows.
        AttributeChange("telephoneNumber", .replace(["+49 1", "+491"])),
        AttributeChange("mail", .replace(["ann@x"])),
        AttributeChange("description", .update(added: ["one"], removed: ["none"])),
        AttributeChange("title", .replace(["Director"])),
      ]), "cn=Ann", anchor: anchor)
    #expect(outcome.failure?.code.hasPrefix("20 ") == true, "\(outcome)")
    #expect(outcome.failure?.attribute == "telephoneNumber")
    let after = try #require(try await directory.entry("cn=Ann")).attributes
    #expect(after["mail"] == ["ann@x"] && after["title"] == ["Director"])
    #expect(after["description"] == ["one"] && after["telephoneNumber"].isEmpty)
  }

  /// A server that refuses some attributes, and a connector that writes to it.
  private func export(
    _ names: [[AttributeName]],
    refusing refusal: @escaping @Sendable (FakeServer.Change) -> (code: Int32, words: String)?
  ) async throws -> (outcomes: [ExportOutcome], changes: [FakeServer.Change]) {
    let server = try FakeServer(refusing: refusal) { FakeProvider.answer($0) }
    defer { server.stop() }
    let connector = server.connector { $0.isTarget = true }
    let operations = try names.enumerated().map { index, names in
      ExportOperation(
        id: Int64(index),
        kind: .modify(names.map { AttributeChange($0, .replace(["x"])) }), objectType: "user",
        anchor: nil, dn: try DistinguishedName("cn=p\(index),dc=example,dc=org"))
    }
    return (try await connector.export(operations), server.changes)
  }

  @Test(
    "Also where a server only says that it will not, or that something failed",
    arguments: [LDAPCode.unwillingToPerform, LDAPCode.other, LDAPCode.operationsError])
  func unspecific(code: Int32) async throws {
    let (outcomes, changes) = try await export([["mail", "employeeType", "title"]]) {
      $0.attributes.contains("employeeType") ? (code, "no") : nil
    }
    #expect(outcomes.first?.failure?.attribute == "employeeType", "\(outcomes)")
    #expect(changes.map(\.attributes).dropFirst() == [["mail"], ["employeeType"], ["title"]])
  }

  @Test("A server that takes nothing at all is asked for each attribute of a few objects only")
  func unwilling() async throws {
    let (outcomes, changes) = try await export(
      Array(repeating: ["mail", "sn", "title"], count: 10)
    ) { _ in (LDAPCode.unwillingToPerform, "operation restricted") }
    #expect(changes.count == 3 * 4 + 7)
    for outcome in outcomes {
      #expect(outcome.failure?.message == "operation restricted")
      #expect(outcome.failure?.attribute == nil)
    }
  }

  @Test("It is asked again once it has taken something")
  func willingAgain() async throws {
    let (outcomes, changes) = try await export(
      Array(repeating: ["mail", "sn"], count: 5) + [["title"], ["mail", "sn"]]
    ) { $0.attributes.contains("title") ? nil : (LDAPCode.unwillingToPerform, "no") }
    #expect(outcomes.map(\.isDone) == [false, false, false, false, false, true, false])
    #expect(changes.suffix(3).map(\.attributes) == [["mail", "sn"], ["mail"], ["sn"]])
  }

  @Test("Nothing more of an object is sent to a server that has no time")
  func busy() async throws {
    let (outcomes, changes) = try await export([["mail", "sn", "title"]]) {
      switch $0.attributes {
      case ["mail"]: (LDAPCode.busy, "later")
      default: (LDAPCode.constraintViolation, "no")
      }
    }
    #expect(changes.map(\.attributes) == [["mail", "sn", "title"], ["mail"]])
    #expect(outcomes.first?.failure?.isTransient == true)
  }

  @Test(
    "The attribute that words name is told, and not the part of Samba that speaks",
    arguments: [
      (
        65,
        "objectclass_attrs: attribute 'employeeID' on entry 'CN=a,DC=x' does not exist in the "
          + "specified objectclasses!", "employeeID"
      ),
      (65, "object class 'person' requires attribute 'sn'", "sn"),
      (21, "objectClass: value #0 invalid per syntax", "objectClass"),
      (19, "mail: value #0 is not like the others of name", "mail"),
      (19, "samldb: no", nil),
    ] as [(Int32, String, String?)])
  func blamed(code: Int32, words: String, attribute: String?) throws {
    let operation = ExportOperation(
      id: 1, kind: .add([:]), objectType: "user", anchor: nil,
      dn: try DistinguishedName("CN=a,DC=x")
    )
    let plan = ExportPlan(index: 0, operation: operation, dn: operation.dn, work: .add([]))
    var result = LDAPResult(code: code)
    result.diagnostic = words
    let sent = ["objectClass", "employeeID", "sn", "mail", "name"].map {
      LDAPModification(.add, $0, [[0x61]])
    }
    #expect(result.failure(of: plan, sent: sent).attribute == attribute)
  }

  @Test(
    "A reference to what is not there is told, and all else of the object arrives",
    .disabled(if: TestSlapd.isMissing, "the Debian package slapd is missing"))
  func lostReference() async throws {
    let directory = try WritableDirectory(
      person("Ann") + person("Bob")
        + "dn: cn=Staff,ou=people,dc=example,dc=org\nobjectClass: groupOfNames\ncn: Staff\n"
        + "member: cn=Ann,ou=people,dc=example,dc=org\n\n")
    let lost = AttributeValue.reference("11111111-2222-3333-4444-555555555555")
    let bob = try #require(try await directory.entry("cn=Bob")).anchor
    let staff = try #require(try await directory.entry("cn=Staff")).anchor
    let outcome = try await directory.send(
      .modify([
        AttributeChange("member", .update(added: [lost, .reference(bob.text)], removed: [])),
        AttributeChange("owner", .replace([lost])),
        AttributeChange("description", .replace(["all"])),
      ]), "cn=Staff", type: "group", anchor: staff)
    guard case .partly(let part) = outcome else {
      Issue.record("\(outcome)")
      return
    }
    #expect(part.anchor == staff && part.failure.type == .dnAttributesFailure)
    #expect(part.failure.attribute == "member" && part.failure.value == lost.text)
    #expect(
      part.lacking == [
        AttributeChange("member", .update(added: [lost], removed: [])),
        AttributeChange("owner", .replace([lost])),
      ])
    let after = try #require(try await directory.entry("cn=Staff")).attributes
    #expect(after["member"].count == 2 && after["description"] == ["all"] && after["owner"].isEmpty)
    // Alone it is refused; a new object comes without it.
    let alone = try await directory.send(
      .modify([AttributeChange("owner", .replace([lost]))]), "cn=Staff", type: "group",
      anchor: staff)
    #expect(alone.failure?.type == .dnAttributesFailure)
    let made = try await directory.send(.add(["sn": ["Cid"], "manager": [lost]]), "cn=Cid")
    guard case .partly(let new) = made else {
      Issue.record("\(made)")
      return
    }
    #expect(new.lacking == [AttributeChange("manager", .update(added: [lost], removed: []))])
    #expect(try await directory.entry("cn=Cid")?.anchor == new.anchor)
  }

  @Test(
    "A certificate arrives and is read as it was sent, with a new person and by a change",
    .disabled(if: TestSlapd.isMissing, "the Debian package slapd is missing"))
  func certificates() async throws {
    let directory = try WritableDirectory()
    let folder = try TestFolder()
    let values = try ["One", "Two"].map { name in
      let authority = try TestAuthority(name, in: folder)
      let lines = try #require(Programs.text(of: authority.file) as String?).split(separator: "\n")
      let body = lines.filter { !$0.hasPrefix("-----") }.joined()
      return AttributeValue.binary(try #require(Base64.decode(Array(body.utf8))))
    }
    let made = try await directory.send(
      .add(["sn": ["Ann"], "userCertificate": [values[0]]]), "cn=Ann")
    #expect(made.isDone, "\(made)")
    #expect(try await directory.entry("cn=Ann")?.attributes["userCertificate"] == [values[0]])
    let again = try await directory.send(
      .add(["sn": ["Ann"], "userCertificate": [values[0]]]), "cn=Ann", isRetry: true)
    #expect(again.anchor == made.anchor)
    let changed = try await directory.send(
      .modify([AttributeChange("userCertificate", .replace([values[1]]))]), "cn=Ann",
      anchor: made.anchor)
    #expect(changed.isDone, "\(changed)")
    #expect(try await directory.entry("cn=Ann")?.attributes["userCertificate"] == [values[1]])
  }

  @Test(
    "Classes that rules name are added, and those that the object has besides stay",
    .disabled(if: TestSlapd.isMissing, "the Debian package slapd is missing"))
  func classes() async throws {
    let directory = try WritableDirectory(person("Ann", "objectClass: uidObject\nuid: ann\n"))
    let anchor = try #require(try await directory.entry("cn=Ann")).anchor
    for classes in [["inetOrgPerson"], ["inetOrgPerson", "labeledURIObject"]] {
      let outcome = try await directory.send(
        .modify([
          AttributeChange("objectClass", .replace(classes.map { .string($0) })),
          AttributeChange("title", .replace(["chief"])),
        ]), "cn=Ann", anchor: anchor)
      #expect(outcome.isDone, "\(outcome)")
      let shown = try #require(try await directory.entry("cn=Ann")).attributes["objectClass"]
      #expect(Set(shown.map(\.text)).isSuperset(of: classes + ["uidObject"]), "\(shown)")
    }
  }

  @Test(
    "Who has others beneath him is not deleted, and they are named",
    .disabled(if: TestSlapd.isMissing, "the Debian package slapd is missing"))
  func notEmpty() async throws {
    let directory = try WritableDirectory(
      person("Ann") + (1...4).map { person("C\($0)", below: "cn=Ann,ou=people") }.joined())
    let anchor = try #require(try await directory.entry("cn=Ann")).anchor
    let failure = try #require(
      try await directory.send(.delete, "cn=Ann", anchor: anchor).failure)
    #expect(failure.type == .objectNotEmpty && failure.mayFollowOthers)
    #expect(failure.message.hasPrefix("It has 4 objects beneath it: cn=C1,cn=Ann,ou=people,"))
    #expect(failure.message.contains("; … ("), "\(failure.message)")
  }
}
