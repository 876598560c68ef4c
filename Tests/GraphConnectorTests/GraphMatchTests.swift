import Directory
import HTTP
import JSON
import Tenant
import Testing

@testable import GraphConnector

@Suite("Objects that are there already")
struct GraphMatchTests {
  @Test("The same source anchor is a hard match: the object is taken and corrected")
  func hard() async throws {
    let cloud = try await TestCloud()
    let id = try await cloud.add(user: "ada")
    let again = try await cloud.add(user: "ada", ["title": ["Countess"]])
    #expect(again == id)
    let entries = try await cloud.entries()
    #expect(entries.count == 1)
    #expect(entries.first?.value.attributes.text("title") == "Countess")
    await cloud.stop()
  }

  private func withoutAnchor(_ cloud: TestCloud, _ id: Anchor) async throws {
    let outcome = try await cloud.connector.export([
      try Operations.modify("user", id, [AttributeChange("sourceAnchor", .replace([]))])
    ])
    #expect(outcome[0].anchor == id)
  }

  @Test("The same principal name without a source anchor is a soft match")
  func soft() async throws {
    let cloud = try await TestCloud()
    let id = try await cloud.add(user: "ada")
    try await withoutAnchor(cloud, id)
    #expect(try await cloud.add(user: "ada") == id)
    let entry = try await cloud.entries()[try Operations.dn("ada").text]
    #expect(entry?.anchor == id)
    await cloud.stop()
  }

  @Test("The same primary address without a source anchor is a soft match, too")
  func softByMail() async throws {
    let cloud = try await TestCloud()
    let id = try await cloud.add(user: "ada", ["mail": ["ada@contoso.com"]])
    try await withoutAnchor(cloud, id)
    #expect(try await cloud.add(user: "lovelace", ["mail": ["ADA@contoso.com"]]) == id)
    await cloud.stop()
  }

  @Test("A guest is nobody's account, whatever address or name they have")
  func guest() async throws {
    let cloud = try await TestCloud()
    let id = try await cloud.add(
      user: "ada", ["mail": ["ada@contoso.com"], "userType": ["Guest"], "title": ["Partner"]])
    try await withoutAnchor(cloud, id)
    for operation in [
      try Operations.user("lovelace", ["mail": ["ADA@contoso.com"]]),
      try Operations.user("ada"),
    ] {
      let failure = try #require(try await cloud.connector.export([operation])[0].failure)
      #expect(failure.type == .invalidSoftMatch && failure.conflictingAnchor == id)
      #expect(failure.message.contains("that user is a guest, who signs in elsewhere"))
    }
    let entries = try await cloud.entries()
    #expect(entries.count == 1 && entries.first?.value.attributes.text("title") == "Partner")
    #expect(entries.first?.value.attributes.contains("sourceAnchor") == false)
    await cloud.stop()
  }

  @Test("An address that another one on premises has is told with its attribute and value")
  func mailTaken() async throws {
    let cloud = try await TestCloud()
    let id = try await cloud.add(user: "ada", ["mail": ["ada@contoso.com"]])
    let other = try Operations.user("bob", ["mail": ["ada@contoso.com"]])
    let failure = try #require(try await cloud.connector.export([other])[0].failure)
    #expect(failure.type == .invalidSoftMatch && failure.conflictingAnchor == id)
    #expect(failure.attribute == "mail" && failure.value == "ada@contoso.com")
    // Who has another anchor is another one: this one may be there without the address.
    #expect(failure.isOfAnother)
    await cloud.stop()
  }

  @Test("An address that another one has is left aside, and the other changes are taken")
  func mailAside() async throws {
    for property in ["mail", "proxyAddresses"] {
      let server = try ScriptedGraph { call in
        call.body?["mail"] == nil ? .init(204) : .conflict(property)
      }
      defer { server.close() }
      let outcome = try await server.connector().export([
        Operations.modify(
          "user", Anchor("ann"),
          [
            AttributeChange("mail", .replace(["shared@contoso.com"])),
            AttributeChange("title", .replace(["Boss"])),
            AttributeChange("manager", .replace([.reference("boss")])),
          ])
      ])[0]
      let part = try #require(outcome.part, "\(outcome)")
      #expect(part.lacking.map(\.name) == ["mail"])
      #expect(part.failure.type == .attributeValueMustBeUnique)
      #expect(part.failure.attribute == "mail" && part.failure.value == "shared@contoso.com")
      let sent = server.calls.filter { $0.line == "PATCH /users/ann" }
      #expect(sent.map { $0.body?.object?.members.map(\.name) }.last == ["jobTitle"])
      #expect(sent.count == 2 && server.count("PUT /users/ann/manager/$ref") == 1)
    }
  }

  @Test(
    "A name that another one has holds up the other properties, an address alone is told as it is")
  func nameTaken() async throws {
    let server = try ScriptedGraph { call in
      call.method == "PATCH"
        ? .conflict(call.body?["mail"] == nil ? "userPrincipalName" : "mail") : .list([])
    }
    defer { server.close() }
    for (changes, count) in [
      (["userPrincipalName": "x@contoso.com", "title": "Boss"], 1), (["mail": "x@contoso.com"], 2),
    ] as [([AttributeName: AttributeValue], Int)] {
      let outcome = try await server.connector().export([
        Operations.modify(
          "user", Anchor("ann"), changes.map { AttributeChange($0.key, .replace([$0.value])) })
      ])[0]
      #expect(outcome.failure?.type == .attributeValueMustBeUnique, "\(outcome)")
      #expect(server.count("PATCH /users/ann") == count)
    }
  }

  @Test("An object with another source anchor is not taken over")
  func refused() async throws {
    let cloud = try await TestCloud()
    let id = try await cloud.add(user: "ada")
    let other = try Operations.user("bob", ["userPrincipalName": ["ada@contoso.com"]])
    let failure = try #require(try await cloud.connector.export([other])[0].failure)
    #expect(failure.type == .invalidSoftMatch)
    #expect(failure.conflictingAnchor == id)
    #expect(failure.attribute == "userPrincipalName")
    #expect(failure.value == "ada@contoso.com")
    await cloud.stop()
  }

  @Test("Nothing is taken over where that is switched off")
  func off() async throws {
    let cloud = try await TestCloud { $0.softMatches = false }
    let id = try await cloud.add(user: "ada")
    try await withoutAnchor(cloud, id)
    let failure = try await cloud.connector.export([try Operations.user("ada")])[0].failure
    #expect(failure?.type == .invalidSoftMatch)
    #expect(failure?.message.contains("switched off") == true && failure?.isOfAnother == false)
    await cloud.stop()
  }

  @Test("What was sent without an answer is found and not made twice")
  func retry() async throws {
    let cloud = try await TestCloud()
    let user = try await cloud.add(user: "ada")
    let group = try await cloud.add(group: "all")
    let outcomes = try await cloud.connector.export([
      try Operations.user("ada", isRetry: true), try Operations.group("all", isRetry: true),
      try Operations.user("new", isRetry: true),
    ])
    #expect(outcomes[0].anchor == user)
    #expect(outcomes[1].anchor == group)
    #expect(outcomes[2].anchor != nil)
    #expect(try await cloud.entries().count == 3)
    await cloud.stop()
  }

  @Test("A connection that is cut after the work makes nothing twice")
  func cut() async throws {
    let cloud = try await TestCloud()
    _ = try await cloud.connector.describe()
    cloud.server.faults.knobs.dropAfterWorkNext = 1
    let operations = try (0..<10).map { try Operations.user("u\($0)", id: Int64($0)) }
    let outcomes = try await cloud.connector.export(operations)
    #expect(outcomes.compactMap(\.anchor).count == 10)
    #expect(try await cloud.entries().count == 10)
    await cloud.stop()
  }

  @Test("Without a place for anchors no group is made beside one of the same name")
  func noSecondGroup() async throws {
    let cloud = try await TestCloud { $0.groupAnchorExtension = nil }
    let first = try await cloud.add(group: "team")
    let again = try await cloud.connector.export([
      try Operations.group("team"), try Operations.group("others"),
    ])
    let failure = try #require(again[0].failure)
    #expect(failure.type == .invalidSoftMatch && failure.conflictingAnchor == first)
    #expect(failure.message.contains("group_anchor"))
    #expect(again[1].anchor != nil)
    #expect(try await cloud.entries().count == 2)
    await cloud.stop()
  }
}
