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

  @Test("Who bears the name that a renamed object had when it was read stays a member under it")
  func anotherBearsTheName() async throws {
    func group(_ name: String, _ member: String) -> String {
      "dn: cn=\(name),ou=people,dc=example,dc=org\nobjectClass: groupOfNames\ncn: \(name)\n"
        + "member: cn=\(member),ou=people,dc=example,dc=org\n\n"
    }
    let directory = try WritableDirectory(
      person("Ann") + person("Bob") + group("Staff", "Bob") + group("Board", "Anna"))
    let anchor = try #require(try await directory.entry("cn=Ann")).anchor
    let connection = LDAPConnection(directory.slapd.settings())
    try await connection.bind()
    for (old, new) in [("cn=Ann", "cn=Anna"), ("cn=Bob", "cn=Ann")] {
      let result = try await connection.rename(old + ",ou=people,dc=example,dc=org", to: new)
      #expect(result.code == 0)
    }
    let named = LDAPModification(
      .replace, "member", [Array("cn=Ann,ou=people,dc=example,dc=org".utf8)])
    _ = try await connection.modify("cn=Staff,ou=people,dc=example,dc=org", [named])
    // The second time it has that name already, as after an answer that was lost.
    for isRetry in [false, true] {
      let outcome = try await directory.send(
        .modify([AttributeChange("dn", .replace(["cn=Ann New,ou=people,dc=example,dc=org"]))]),
        "cn=Ann", anchor: anchor, isRetry: isRetry)
      #expect(outcome.isDone, "\(outcome)")
      for (group, member) in [("cn=Staff", "cn=Ann"), ("cn=Board", "cn=Ann New")] {
        let members = try #require(try await directory.entry(group)).attributes["member"]
        #expect(members == [.reference(member + ",ou=people,dc=example,dc=org")])
      }
    }
  }

  @Test("What a rename left behind when its answer was lost gets the new name")
  func followedLater() async throws {
    let directory = try WritableDirectory(
      person("Ann")
        + "dn: cn=Staff,ou=people,dc=example,dc=org\nobjectClass: groupOfNames\ncn: Staff\n"
        + "member: cn=Ann,ou=people,dc=example,dc=org\n\n")
    let anchor = try #require(try await directory.entry("cn=Ann")).anchor
    let connection = LDAPConnection(directory.slapd.settings())
    try await connection.bind()
    _ = try await connection.rename("cn=Ann,ou=people,dc=example,dc=org", to: "cn=Ann New")
    let new = "cn=Ann New,ou=people,dc=example,dc=org"
    let outcome = try await directory.send(
      .modify([AttributeChange("dn", .replace([.string(new)]))]), "cn=Ann", anchor: anchor,
      isRetry: true)
    #expect(outcome.isDone, "\(outcome)")
    let members = try #require(try await directory.entry("cn=Staff")).attributes["member"]
    #expect(members == [.reference(new)])
  }

  @Test("Who is deleted leaves groups and managers' places, where a server keeps such names")
  func deleted() async throws {
    func name(_ rdn: String) -> String { rdn + ",ou=people,dc=example,dc=org" }
    func group(_ rdn: String, _ type: String, _ members: [String]) -> String {
      let attribute = type == "groupOfNames" ? "member" : "uniqueMember"
      return "dn: \(name(rdn))\nobjectClass: \(type)\n\(rdn.replacing("=", with: ": "))\n"
        + members.map { "\(attribute): \($0)\n" }.joined() + "\n"
    }
    let directory = try WritableDirectory(
      person("Ann") + person("Bob", "manager: \(name("cn=Ann"))\n") + person("Eve")
        // As somebody else wrote it.
        + group(
          "cn=Staff", "groupOfNames", [name("cn=Bob"), "CN=ann, OU=People,dc=example,dc=org"])
        + group("cn=Board", "groupOfUniqueNames", ["cn=Ann", "cn=Bob"].map(name))
        + group("cn=Alone", "groupOfNames", [name("cn=Ann")])
        + group("cn=Two", "groupOfNames", ["cn=Ann", "cn=Eve", "cn=Bob"].map(name)))
    func anchor(_ rdn: String) async throws -> Anchor {
      try #require(try await directory.entry(rdn)).anchor
    }
    let (ann, eve) = (try await anchor("cn=Ann"), try await anchor("cn=Eve"))
    let deletes = try [("cn=Ann", ann), ("cn=Eve", eve)].map { rdn, anchor in
      ExportOperation(
        id: 1, kind: .delete, objectType: "user", anchor: anchor, dn: try WritableDirectory.dn(rdn),
        isRetry: false)
    }
    let outcomes = try await directory.connector.export(deletes)
    guard case .removed(let kept) = outcomes[0] else {
      Issue.record("\(outcomes)")
      return
    }
    #expect(outcomes[1].isDone, "\(outcomes)")
    #expect(kept.map(\.anchor) == [try await anchor("cn=Alone")])
    #expect(kept.first?.failure.type == .keptReference && kept.first?.name.text == name("cn=Ann"))
    #expect(kept.first?.failure.attribute == "member")
    #expect(kept.first?.failure.value == name("cn=Ann"))
    let bob = AttributeValue.reference(name("cn=Bob"))
    #expect(try await directory.entry("cn=Staff")?.attributes["member"] == [bob])
    #expect(try await directory.entry("cn=Board")?.attributes["uniqueMember"] == [bob])
    #expect(try await directory.entry("cn=Two")?.attributes["member"] == [bob])
    #expect(try await directory.entry("cn=Bob")?.attributes["manager"].isEmpty == true)
    // It must have a member.
    #expect(try await directory.entry("cn=Alone")?.attributes["member"].count == 1)
    let again = try await directory.connector.takeAway(referencesTo: kept.map(\.name))
    #expect(again.map(\.anchor) == kept.map(\.anchor))
    _ = try await directory.send(
      .modify([
        AttributeChange(
          "member",
          .update(added: [.reference(try await anchor("cn=Bob").text)], removed: []))
      ]), "cn=Alone", type: "group", anchor: try await anchor("cn=Alone"))
    #expect(try await directory.connector.takeAway(referencesTo: kept.map(\.name)).isEmpty)
    #expect(try await directory.entry("cn=Alone")?.attributes["member"] == [bob])
    // What somebody has is nobody's to take away.
    let others = [try WritableDirectory.dn("cn=Bob")]
    #expect(try await directory.connector.takeAway(referencesTo: others).isEmpty)
    #expect(try await directory.entry("cn=Alone")?.attributes["member"] == [bob])
    #expect(try await directory.entry("cn=Bob") != nil)
    // Asked for once more, when another one has the name and is a member under it.
    let made = try await directory.send(.add(["sn": ["Other"]]), "cn=Eve")
    #expect(made.isDone && made.anchor != eve)
    let joined = try await directory.send(
      .modify([
        AttributeChange(
          "member", .update(added: [.reference(try #require(made.anchor).text)], removed: []))
      ]), "cn=Two", type: "group", anchor: try await anchor("cn=Two"))
    #expect(joined.isDone, "\(joined)")
    #expect(try await directory.send(.delete, "cn=Eve", anchor: eve, isRetry: true).isDone)
    #expect(try await directory.entry("cn=Two")?.attributes["member"].count == 2)
    #expect(try await directory.entry("cn=Eve") != nil)
  }

  @Test("A group that has not got all its members is there, and lacks the rest")
  func partly() async throws {
    let directory = try WritableDirectory(
      Self.people, global: "moduleload constraint",
      database: "overlay constraint\nconstraint_attribute member count 2100\n")
    let all = try await directory.connector.run()
    let members = all.entries.filter { $0.objectType == "user" }.map {
      AttributeValue.reference($0.anchor.text)
    }
    #expect(members.count == Self.count)
    let outcome = try await directory.send(
      .add(["member": members]), "cn=Staff", type: "group")
    guard case .partly(let part) = outcome else {
      Issue.record("\(outcome)")
      return
    }
    let group = try #require(try await directory.entry("cn=Staff"))
    #expect(part.anchor == group.anchor && group.attributes["member"].count == 2000)
    #expect(
      part.lacking == [
        AttributeChange("member", .update(added: Array(members[2000...]), removed: []))
      ])
    #expect(part.failure.code.hasPrefix("19"))
  }

  @Test("A group that must have a member gets the new one before it loses the last")
  func lastMember() async throws {
    let directory = try WritableDirectory(
      person("Ann") + person("Bob") + person("Cid")
        + "dn: cn=Staff,ou=people,dc=example,dc=org\nobjectClass: groupOfNames\ncn: Staff\n"
        + "member: cn=Ann,ou=people,dc=example,dc=org\n\n")
    let all = try await directory.connector.run()
    func reference(_ name: String) throws -> AttributeValue {
      .reference(
        try #require(all.entry("cn=\(name),ou=people,dc=example,dc=org")).anchor.text)
    }
    // Cid is no member: each value is sent on its own.
    let outcome = try await directory.send(
      .modify([
        AttributeChange(
          "member",
          .update(
            added: [try reference("Bob")], removed: [try reference("Ann"), try reference("Cid")]))
      ]), "cn=Staff", type: "group",
      anchor: try #require(all.entry("cn=Staff,ou=people,dc=example,dc=org")).anchor)
    #expect(outcome.isDone, "\(outcome)")
    let members = try #require(try await directory.entry("cn=Staff")).attributes["member"]
    #expect(members == [.reference("cn=Bob,ou=people,dc=example,dc=org")])
    let parts = [
      LDAPModification(.delete, "member", [[1], [2]]), LDAPModification(.delete, "manager", [[3]]),
      LDAPModification(.add, "manager", [[4]]), LDAPModification(.add, "member", [[5]]),
    ]
    let single = ChangeRequests.single(parts) { $0 == "member" }
    #expect(single.flatMap(\.values) == [[5], [1], [2], [3], [4]])
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
