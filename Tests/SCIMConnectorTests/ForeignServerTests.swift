import Directory
import HTTP
import JSON
import Testing

@testable import SCIMConnector

private let department = AttributeName(SCIMSchema.enterpriseURN + ":department")
private let manager = AttributeName(SCIMSchema.enterpriseURN + ":manager")
private let workMail: AttributeName = #"emails[type eq "work"].value"#

private func attributes(_ name: String) -> AttributeSet {
  [
    "userName": [.string(name + "@example.com")], "displayName": [.string("User " + name)],
    "externalId": [.string("anchor-" + name)], "name.givenName": [.string(name)],
    "active": [true], workMail: [.string(name + "@example.com")], department: ["IT"],
    #"phoneNumbers[type eq "mobile"].value"#: ["+49 30 1234567"],
  ]
}

private func add(_ id: Int64, _ name: String, isRetry: Bool = false) throws -> ExportOperation {
  try operation(id, .add(attributes(name)), isRetry: isRetry)
}

private func modify(
  _ id: Int64, _ anchor: String?, type: String = "user", _ changes: [AttributeChange]
) throws -> ExportOperation {
  try operation(id, .modify(changes), type, anchor: anchor)
}

@Suite(
  "A SCIM server that others wrote",
  .enabled(
    if: ForeignServer.program != nil,
    "scim2-server is not there: Scripts/scim2-server could not fetch it from PyPI"))
struct ForeignServerTests {
  /// The ways of writing that a server may offer.
  static let ways: [ForeignServer.Features] = {
    let all = ForeignServer.Features()
    var single = all
    single.bulk = false
    var whole = single
    whole.patch = false
    var least = whole
    (least.filter, least.etag) = (false, false)
    return [all, single, whole, least]
  }()

  @Test("is described with its features, and found in order")
  func description() async throws {
    try await withForeignServer { server in
      let connector = server.connector()
      let description = try await connector.describe()
      #expect(description.schema.objectTypes == ["user", "group"])
      #expect(description.schema[manager].kind == .reference)
      #expect(description.schema["meta.lastModified"].isReadOnly)
      #expect(description.summary.contains("Bulk of 1000"))
      #expect(connector.capabilities.deltaImport)
      let findings = await connector.check()
      #expect(findings.filter { !$0.isGood } == [])
    }
  }

  @Test("takes objects, changes and deletes in each way that it may offer", arguments: ways)
  func roundTrip(features: ForeignServer.Features) async throws {
    try await withForeignServer(features) { server in
      let connector = server.connector()
      let added = try await connector.export((0..<12).map { try add(Int64($0), "user\($0)") })
      let ids = added.compactMap(\.anchor)
      #expect(Set(ids).count == 12, "\(added)")
      let all = entries(try await readAll(server.connector { $0.pageSize = 5 }))
      #expect(all.count == 12)
      for (number, id) in ids.enumerated() {
        let found = try #require(all.first { $0.anchor.text == id })
        for attribute in attributes("user\(number)").attributes {
          #expect(found.attributes[attribute.name] == attribute.values, "\(attribute.name)")
        }
      }
      let outcomes = try await connector.export([
        modify(
          1, ids[0],
          [
            AttributeChange("displayName", .replace(["Changed"])),
            AttributeChange("name.givenName", .replace([])),
            AttributeChange("name.familyName", .replace(["New"])),
            AttributeChange(workMail, .replace(["new@example.com"])),
            AttributeChange(#"phoneNumbers[type eq "mobile"].value"#, .replace([])),
            AttributeChange(#"phoneNumbers[type eq "work"].value"#, .replace(["+1 5"])),
            AttributeChange(department, .replace([])),
            AttributeChange(manager, .replace([.reference(ids[1])])),
            AttributeChange("active", .replace([false])),
          ]), operation(2, .delete, anchor: ids[2]), operation(3, .delete, anchor: "not-there"),
      ])
      #expect(outcomes.allSatisfy { $0.isDone }, "\(outcomes)")
      let after = entries(try await readAll(connector))
      #expect(after.count == 11)
      let first = try #require(after.first { $0.anchor.text == ids[0] }).attributes
      #expect(first["displayName"] == ["Changed"])
      #expect(first["name.givenName"] == [])
      #expect(first["name.familyName"] == ["New"])
      #expect(first[workMail] == ["new@example.com"])
      #expect(first[#"phoneNumbers[type eq "mobile"].value"#] == [])
      #expect(first[#"phoneNumbers[type eq "work"].value"#] == ["+1 5"])
      #expect(first[department] == [])
      #expect(first[manager] == [.reference(ids[1])])
      #expect(first["active"] == [false])
      #expect(first["userName"] == ["user0@example.com"])
    }
  }

  @Test("takes a group's members as they come and go", arguments: ways)
  func members(features: ForeignServer.Features) async throws {
    try await withForeignServer(features) { server in
      let connector = server.connector { $0.valuesPerRequest = 4 }
      let users = try await connector.export((0..<12).map { try add(Int64($0), "m\($0)") })
      let ids = users.compactMap(\.anchor)
      try #require(ids.count == 12)
      let group = try await connector.export([
        operation(
          20,
          .add([
            "displayName": ["All"], "externalId": ["group-1"],
            "members": ids.prefix(10).map { .reference($0) },
          ]), "group")
      ])[0].anchor
      func now() async throws -> Set<AttributeValue> {
        let all = entries(try await readAll(connector, types: ["group"]))
        return Set(all.first { $0.anchor.text == group }?.attributes["members"] ?? [])
      }
      #expect(try await now() == Set(ids.prefix(10).map { .reference($0) }))
      let changed = try await connector.export([
        modify(
          21, group, type: "group",
          [
            AttributeChange(
              "members",
              .update(added: ids[10...].map { .reference($0) }, removed: [.reference(ids[3])]))
          ])
      ])
      #expect(changed[0].isDone, "\(changed)")
      let wanted = Set(ids.map { AttributeValue.reference($0) }).subtracting([.reference(ids[3])])
      #expect(try await now() == wanted)
      // The same again does the same.
      let again = try await connector.export([
        modify(
          22, group, type: "group",
          [
            AttributeChange(
              "members", .update(added: [.reference(ids[11])], removed: [.reference(ids[3])]))
          ])
      ])
      #expect(again[0].isDone, "\(again)")
      #expect(try await now() == wanted)
      let emptied = try await connector.export([
        modify(23, group, type: "group", [AttributeChange("members", .replace([]))])
      ])
      #expect(emptied[0].isDone, "\(emptied)")
      #expect(try await now() == [])
    }
  }

  @Test("tells what has changed and what is gone since an import")
  func delta() async throws {
    try await withForeignServer { server in
      let connector = server.connector { $0.modificationLag = 0 }
      let ids = try await connector.export((0..<5).map { try add(Int64($0), "user\($0)") })
        .compactMap(\.anchor)
      let watermark = try #require(try await readAll(connector).last?.watermark)
      let quiet = try await readAll(connector, since: watermark) { 5 }
      #expect(!quiet.contains { $0.endsPresencePhase })
      _ = try await server.send(
        "PATCH", "/Users/" + ids[1],
        [
          "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
          "Operations": [["op": "replace", "path": "title", "value": "Lead"]],
        ])
      _ = try await server.send("DELETE", "/Users/" + ids[4])
      let batches = try await readAll(connector, since: watermark) { 5 }
      let changed = entries(batches)
      #expect(changed.first { $0.anchor.text == ids[1] }?.attributes["title"] == ["Lead"])
      let present = batches.flatMap(\.changes).compactMap { change in
        if case .present(let anchor) = change { anchor.text } else { nil }
      }
      #expect(Set(present) == Set(ids.prefix(4)))
      #expect(batches.last?.endsPresencePhase == true)
    }
  }

  @Test("refuses with the object and the reason", arguments: [true, false])
  func refusals(hasBulk: Bool) async throws {
    var features = ForeignServer.Features()
    features.bulk = hasBulk
    try await withForeignServer(features) { server in
      let connector = server.connector()
      let ann = try await connector.export([add(1, "ann")])[0].anchor
      let outcomes = try await connector.export([
        operation(
          2, .add(["userName": ["ann@example.com"], "externalId": ["another"]])),
        operation(3, .add(["userName": ["x@example.com"], "noSuchAttribute": ["x"]])),
        operation(4, .add(["userName": ["y@example.com"], "meta.created": ["x"]])),
        modify(5, "no-such-id", [AttributeChange("title", .replace(["x"]))]),
        operation(6, .add(["userName": ["z@example.com"], "externalId": ["z"]])),
      ])
      #expect(outcomes[0].failure?.type == .attributeValueMustBeUnique)
      if !hasBulk {
        #expect(outcomes[0].failure?.conflictingAnchor?.text == ann)
        #expect(outcomes[0].failure?.attribute == "userName")
      }
      #expect(outcomes[1].failure?.type == .schemaViolation)
      #expect(outcomes[2].failure?.type == .readOnlyAttribute)
      #expect(outcomes[3].failure?.type == .missingObject)
      #expect(outcomes[4].isDone)
      let all = entries(try await readAll(connector))
      #expect(all.count == 2)
    }
  }

  @Test("has what was sent before an answer was lost found in it", arguments: [true, false])
  func retried(canFilter: Bool) async throws {
    var features = ForeignServer.Features()
    features.filter = canFilter
    try await withForeignServer(features) { server in
      let connector = server.connector()
      let first = try await connector.export([add(1, "ann")])[0].anchor
      let outcomes = try await connector.export([
        add(1, "ann", isRetry: true), add(2, "bob", isRetry: true),
      ])
      #expect(outcomes[0].anchor == first)
      #expect(outcomes[1].isDone)
      let changes = try await readAll(connector).flatMap(\.changes)
      #expect(changes.count == 2)
    }
  }

  @Test("is not written over where somebody else has changed the object meanwhile")
  func versions() async throws {
    var features = ForeignServer.Features()
    (features.patch, features.bulk) = (false, false)
    try await withForeignServer(features) { server in
      let connector = server.connector()
      let id = try #require(try await connector.export([add(1, "ann")])[0].anchor)
      let described = try await connector.describe()
      #expect(described.schema.objectTypes.contains("user"))
      let client = SCIMClient(server.settings)
      let before = try await client.send("GET", "/Users/" + id)
      let tag = try #require(before.entityTag)
      let body = try before.object()
      _ = try await connector.export([
        modify(2, id, [AttributeChange("title", .replace(["Lead"]))])
      ])
      // Who has read it before writes it: that is refused, and the change stays.
      let late = try await client.send("PUT", "/Users/" + id, body: .object(body), ifMatch: tag)
      #expect(late.status == 412)
      let outcomes = try await connector.export([
        modify(3, id, [AttributeChange("displayName", .replace(["Ann"]))])
      ])
      #expect(outcomes[0].isDone, "\(outcomes)")
      let now = try #require(entries(try await readAll(connector)).first)
      #expect(now.attributes["title"] == ["Lead"])
      #expect(now.attributes["displayName"] == ["Ann"])
    }
  }

  @Test("takes more objects than go into one request, and gives them in pages")
  func limits() async throws {
    var features = ForeignServer.Features()
    (features.maxOperations, features.maxResults) = (7, 9)
    try await withForeignServer(features) { server in
      let connector = server.connector { $0.requestsInFlight = 2 }
      let outcomes = try await connector.export((0..<60).map { try add(Int64($0), "user\($0)") })
      #expect(outcomes.allSatisfy { $0.isDone }, "\(outcomes)")
      let all = entries(try await readAll(connector))
      #expect(Set(all.map(\.anchor.text)).count == 60)
    }
  }

  @Test("refuses a wrong token, and the step says so")
  func token() async throws {
    try await withForeignServer { server in
      let connector = server.connector { $0.token = { "another" } }
      let failure = await failure { _ = try await connector.describe() }
      #expect(failure?.result == .noStartCredentials)
      #expect(failure?.description.contains("another") == false)
    }
  }
}
