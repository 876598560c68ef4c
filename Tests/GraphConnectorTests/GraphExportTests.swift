import Directory
import HTTP
import HTTPTesting
import JSON
import Testing

@testable import GraphConnector

@Suite("An export to Graph")
struct GraphExportTests {
  @Test("Users and groups arrive as they were sent, and come back so")
  func roundTrip() async throws {
    let cloud = try await TestCloud()
    let ada = try await cloud.add(
      user: "ada",
      [
        "title": ["Analyst"], "telephoneNumber": ["+44 1"], "extensionAttribute3": ["three"],
        "otherMails": ["a@example.com", "b@example.com"],
      ])
    let boss = try await cloud.add(user: "boss")
    let set = try await cloud.connector.export([
      try Operations.modify(
        "user", ada, [AttributeChange("manager", .replace([.reference(boss.text)]))])
    ])
    #expect(set[0].anchor == ada)
    try await cloud.add(group: "all", members: [ada, boss])
    let entries = try await cloud.entries()
    let user = try #require(entries[try Operations.dn("ada").text])
    #expect(user.anchor == ada)
    #expect(user.attributes.text("title") == "Analyst")
    #expect(user.attributes.text("alias") == "ada")
    #expect(user.attributes["telephoneNumber"] == ["+44 1"])
    #expect(user.attributes["extensionAttribute3"] == ["three"])
    #expect(user.attributes["otherMails"].count == 2)
    #expect(user.attributes["manager"] == [.reference(boss.text)])
    #expect(user.attributes["cloudMastered"] == [false])
    let group = try #require(entries[try Operations.dn("all").text])
    #expect(Set(group.attributes["member"].map(\.text)) == [ada.text, boss.text])
    #expect(group.attributes["sourceAnchor"] == [.string(Operations.anchor("all"))])
    await cloud.stop()
  }

  @Test("Members beyond the first 20 follow in requests of 20, and all are there")
  func manyMembers() async throws {
    let cloud = try await TestCloud()
    let operations = try (0..<450).map { try Operations.user("u\($0)", id: Int64($0)) }
    let ids = try await cloud.connector.export(operations).compactMap(\.anchor)
    #expect(ids.count == 450)
    let group = try await cloud.add(group: "all", members: ids)
    let removed = try await cloud.connector.export([
      try Operations.modify(
        "group", group,
        [
          AttributeChange(
            "member",
            .update(added: [], removed: ids.prefix(30).map { .reference($0.text) }))
        ])
    ])
    #expect(removed[0].anchor == group)
    let entry = try await cloud.entries()[try Operations.dn("all").text]
    #expect(
      Set(entry?.attributes["member"].map(\.text) ?? []) == Set(ids.dropFirst(30).map(\.text)))
    await cloud.stop()
  }

  @Test("Members that are there already, or gone already, stop nothing")
  func membersTwice() async throws {
    let cloud = try await TestCloud()
    let (a, b) = try await (cloud.add(user: "a"), cloud.add(user: "b"))
    let group = try await cloud.add(group: "all", members: [a])
    for _ in 0..<2 {
      let outcome = try await cloud.connector.export([
        try Operations.modify(
          "group", group,
          [
            AttributeChange(
              "member", .update(added: [.reference(a.text), .reference(b.text)], removed: []))
          ])
      ])
      #expect(outcome[0].anchor == group)
    }
    for _ in 0..<2 {
      let outcome = try await cloud.connector.export([
        try Operations.modify(
          "group", group,
          [AttributeChange("member", .update(added: [], removed: [.reference(a.text)]))])
      ])
      #expect(outcome[0].anchor == group)
    }
    let entry = try await cloud.entries()[try Operations.dn("all").text]
    #expect(entry?.attributes["member"] == [.reference(b.text)])
    await cloud.stop()
  }

  @Test("A 404 that is not Graph's own is no sign that anything is gone")
  func strangersAbsence() async throws {
    let server = try ScriptedServer { _ in
      .answer(404, [("Content-Type", "text/html")], Array("<html>Not here".utf8))
    }
    defer { server.close() }
    var settings = GraphConnectorSettings(
      graphRoot: server.url, loginRoot: server.url, tenant: "t", credentials: .bearer { "token" })
    settings.retry = RetryPolicy(tries: 2, firstDelay: 0.01, longestDelay: 0.02)
    let connector = GraphConnector(settings)
    let deleted = try await connector.export([Operations.delete("user", Anchor("a"))])[0]
    guard case .unknown(let reason) = deleted else {
      Issue.record("\(deleted)")
      return
    }
    #expect(reason.contains("404") && reason.contains("Not here"), "\(reason)")
    let changes = [
      AttributeChange("title", .replace(["Boss"])), AttributeChange("manager", .replace([])),
      AttributeChange("member", .update(added: [], removed: [.reference("m")])),
    ]
    for (type, change) in zip(["user", "user", "group"], changes) {
      let failure = try await connector.export([
        Operations.modify(type, Anchor("a"), [change])
      ])[0].failure
      #expect(failure?.type == .connectedDirectoryError, "\(change.name)")
      #expect(failure?.isTransient == true)
    }
    // Who was deleted is not made anew by a server that knows nothing of the deleted.
    let made = try await connector.export([Operations.user("ada")])[0]
    #expect(made.failure?.isTransient == true, "\(made)")
    #expect(!server.requests.contains { $0.method == "POST" })
  }

  @Test("A delete of what is gone is done")
  func delete() async throws {
    let cloud = try await TestCloud()
    let id = try await cloud.add(user: "ada")
    for _ in 0..<2 {
      let outcome = try await cloud.connector.export([try Operations.delete("user", id)])
      #expect(outcome[0].anchor == id)
    }
    #expect(try await cloud.entries() == [:])
    await cloud.stop()
  }

  @Test(
    "What Graph refuses is told with attribute and value",
    arguments: [
      ("usageLocation", "GBR", SyncErrorType.exceededAllowedLength),
      ("mail", "no address", .identityDataValidationFailed),
      ("proxyAddresses", "SMTP:a@b.c", .readOnlyAttribute),
      ("userPrincipalName", "", .schemaViolation), ("shoeSize", "43", .readOnlyAttribute),
    ])
  func refusals(_ name: String, _ value: String, _ type: SyncErrorType) async throws {
    let cloud = try await TestCloud()
    let attribute = AttributeName(name)
    let more: AttributeSet = AttributeSet([Attribute(attribute, [.string(value)])])
    var operation = try Operations.user("ada", more)
    if value.isEmpty, case .add(var attributes) = operation.kind {
      attributes[attribute] = []
      operation.kind = .add(attributes)
    }
    let failure = try #require(try await cloud.connector.export([operation])[0].failure)
    #expect(failure.type == type)
    #expect(failure.attribute == name)
    #expect(try await cloud.entries() == [:])
    await cloud.stop()
  }

  @Test("A contact is refused before anything is sent")
  func contact() async throws {
    let cloud = try await TestCloud()
    let operation = ExportOperation(
      id: 1, kind: .add(["displayName": ["x"]]), objectType: "contact", anchor: nil,
      dn: try Operations.dn("x"))
    let failure = try await cloud.connector.export([operation])[0].failure
    #expect(failure?.type == .readOnlyAttribute)
    #expect(failure?.code == "not sent")
    await cloud.stop()
  }

  @Test("One object's fault does not stop the others, and the order of answers is kept")
  func mixed() async throws {
    let cloud = try await TestCloud()
    let operations = try (0..<50).map { index in
      try Operations.user(
        "u\(index)", index == 7 ? ["usageLocation": ["long"]] : [:], id: Int64(index))
    }
    let outcomes = try await cloud.connector.export(operations)
    #expect(outcomes.filter { $0.anchor != nil }.count == 49)
    #expect(outcomes[7].failure?.attribute == "usageLocation")
    await cloud.stop()
  }

  @Test("Properties are spelt as Graph spells them, whatever spelling an attribute came with")
  func spelling() {
    // One that nothing else in the process prints: spellings stay.
    #expect(AttributeName("PASSWORDPOLICIES") == "passwordPolicies")
    for type in GraphObjectType.all {
      for attribute in type.attributes {
        #expect(attribute.property.first?.isLowercase == true)
        #expect(attribute.property.uppercased() != attribute.property)
      }
    }
    #expect(GraphObjectType.user.selected.contains("employeeId"))
    #expect(GraphObjectType.user.selected.contains("passwordPolicies"))
  }

  @Test("An account that is disabled goes before one that is made")
  func ranks() throws {
    let settings = GraphConnectorSettings(tenant: "t", credentials: .bearer { "x" })
    func rank(_ operation: ExportOperation) throws -> Int {
      try GraphExportPlan(operation, index: 0, settings: settings).rank
    }
    let id = Anchor("1")
    let disable = try Operations.modify(
      "user", id, [AttributeChange("accountEnabled", .replace([false]))])
    let members = try Operations.modify(
      "group", id, [AttributeChange("member", .update(added: [.reference("2")], removed: []))])
    let ranks = try [
      rank(disable), rank(Operations.delete("user", id)), rank(Operations.user("a")),
      rank(Operations.group("g")), rank(members),
    ]
    #expect(ranks == [0, 0, 1, 2, 3])
  }
}
