import Directory
import Testing

@testable import LDAPConnector

@Suite(.disabled(if: TestSlapd.isMissing, "the Debian package slapd is missing"))
struct GroupExportTests {
  private static let count = 2500
  private static let people = (0..<count).map { person("P\($0)") }.joined()

  @Test func membersGoOneByOneAndTheOthersStay() async throws {
    let directory = try WritableDirectory(Self.people)
    let all = try await directory.connector.run()
    let anchors = Dictionary(
      uniqueKeysWithValues: all.entries.map { ($0.dn.rdn, $0.anchor.text) })
    let members = (0..<Self.count).compactMap { anchors["cn=P\($0)"] }
    #expect(members.count == Self.count)
    let first = members.dropLast(2).map { AttributeValue.reference($0) }
    let made = try await directory.send(
      .add(["member": Array(first)]), "cn=Staff", type: "group")
    #expect(made.isDone, "\(made)")
    let group = try #require(try await directory.entry("cn=Staff"))
    #expect(group.attributes["member"].count == Self.count - 2)
    let changed = try await directory.send(
      .modify([
        AttributeChange(
          "member",
          .update(
            added: members.suffix(2).map { .reference($0) }, removed: [.reference(members[0])]))
      ]), "cn=Staff", type: "group", anchor: group.anchor)
    #expect(changed.isDone)
    let after = try #require(try await directory.entry("cn=Staff")).attributes["member"]
    #expect(after.count == Self.count - 1)
    #expect(!after.contains(.reference("cn=P0,ou=people,dc=example,dc=org")))
  }

  @Test func aMemberThatIsNotThereIsTold() async throws {
    let directory = try WritableDirectory(person("Ann"))
    let outcome = try await directory.send(
      .add(["member": [.reference("11111111-2222-3333-4444-555555555555")]]), "cn=Staff",
      type: "group")
    #expect(outcome.failure?.type == .dnAttributesFailure)
    #expect(outcome.failure?.attribute == "member")
    #expect(outcome.failure?.value == "11111111-2222-3333-4444-555555555555")
  }

  @Test func manyValuesGoInSeveralRequests() {
    let values = (0..<2500).map { Array("\($0)".utf8) }
    let requests = ChangeRequests.cut([
      LDAPModification(.replace, "mail", values), LDAPModification(.add, "title", [[1]]),
    ])
    #expect(requests.map { $0.map(\.values.count) } == [[1000, 1], [1000], [500]])
    #expect(requests.map { $0.map(\.operation) } == [[.replace, .add], [.add], [.add]])
    #expect(requests.flatMap { $0 }.filter { $0.attribute == "mail" }.flatMap(\.values) == values)
    #expect(ChangeRequests.cut([]).isEmpty)
    let cleared = ChangeRequests.cut([LDAPModification(.replace, "mail", [])])
    #expect(cleared == [[LDAPModification(.replace, "mail", [])]])
  }

  @Test func whatRefersToARenamedObjectGetsItsNewName() async throws {
    let ann = "cn=Ann,ou=people,dc=example,dc=org"
    let directory = try WritableDirectory(
      person("Ann") + person("Bob", "manager: \(ann)\nseeAlso: \(ann)\n")
        + "dn: cn=Staff,ou=people,dc=example,dc=org\nobjectClass: groupOfNames\ncn: Staff\n"
        + "member: CN=ann, ou=People,dc=example,dc=org\n\n")
    let anchor = try await directory.entry("cn=Ann")?.anchor
    let outcome = try await directory.send(
      .modify([
        AttributeChange("dn", .replace(["cn=Lee\\, Ann,ou=people,dc=example,dc=org"]))
      ]), "cn=Ann", anchor: anchor)
    #expect(outcome.isDone, "\(outcome)")
    let now = try DistinguishedName("cn=Lee\\, Ann,ou=people,dc=example,dc=org")
    for (rdn, name) in [("cn=Staff", "member"), ("cn=Bob", "manager"), ("cn=Bob", "seeAlso")] {
      let values = try await directory.entry(rdn)?.attributes[AttributeName(name)] ?? []
      #expect(try values.map { try DistinguishedName($0.text) } == [now], "\(name)")
    }
  }
}
