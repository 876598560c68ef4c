import Directory
import Foundation
import HTTP
import JSON
import Tenant
import Testing

@testable import SCIMConnector

/// A tenant in a folder of its own on a free port.
private final class TenantBench: Sendable {
  let folder: URL
  let token = Tenant.makeToken()
  let server: TenantServer

  init() async throws {
    folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("scim-connector-" + UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    server = try TenantServer(
      TenantConfiguration(
        databasePath: folder.appendingPathComponent("tenant.sqlite").path, token: .plain(token)))
    try await server.start()
  }

  func connector(_ change: (inout SCIMConnectorSettings) -> Void = { _ in }) -> SCIMConnector {
    var settings = SCIMConnectorSettings(url: server.baseURL ?? "", token: { [token] in token })
    settings.retry = RetryPolicy(tries: 4, firstDelay: 0.01, longestDelay: 0.05)
    change(&settings)
    return SCIMConnector(settings)
  }

  func stop() async {
    await server.stop()
    try? FileManager.default.removeItem(at: folder)
  }
}

private func withTenant(_ body: (TenantBench) async throws -> Void) async throws {
  let bench = try await TenantBench()
  do {
    try await body(bench)
  } catch {
    await bench.stop()
    throw error
  }
  await bench.stop()
}

private let onPremises = "urn:lockstep:params:scim:schemas:extension:onpremises:2.0:User"

/// The attributes of a user as rules would provision one.
private func userAttributes(_ name: String, _ number: Int = 0) -> AttributeSet {
  [
    "userName": [.string(name + "@example.com")], "displayName": [.string("User " + name)],
    "externalId": [.binary(Array("anchor-\(name)".utf8))], "name.givenName": [.string(name)],
    "active": [true], "emails[type eq \"work\"].value": [.string(name + "@example.com")],
    AttributeName(SCIMSchema.enterpriseURN + ":department"): ["IT"],
    AttributeName(onPremises + ":immutableId"): [.binary(Array("anchor-\(name)".utf8))],
    AttributeName(onPremises + ":proxyAddresses"): [
      .string("SMTP:" + name + "@example.com"), .string("smtp:" + name + "@other.example.com"),
    ],
    AttributeName(onPremises + ":syncEnabled"): [true],
  ]
}

private func add(_ id: Int64, _ name: String, isRetry: Bool = false) throws -> ExportOperation {
  try operation(id, .add(userAttributes(name)), isRetry: isRetry)
}

@Suite("The embedded tenant through the SCIM connector")
struct TenantTests {
  @Test("is described with its types and features")
  func description() async throws {
    try await withTenant { bench in
      let connector = bench.connector()
      let description = try await connector.describe()
      #expect(Set(description.schema.objectTypes).isSuperset(of: ["user", "group", "contact"]))
      let proxies = description.schema[AttributeName(onPremises + ":proxyAddresses")]
      #expect(proxies == .init(.string, isMultiValued: true))
      #expect(description.schema["meta.lastModified"].isReadOnly)
      #expect(description.schema["members"].kind == .reference)
      #expect(connector.capabilities.deltaImport)
      let findings = await connector.check()
      #expect(findings.filter { !$0.isGood && !$0.text.contains("tell the time") } == [])
    }
  }

  @Test("takes users, changes and deletes, and gives them back as sent", arguments: [true, false])
  func roundTrip(useBulk: Bool) async throws {
    try await withTenant { bench in
      let connector = bench.connector { $0.useBulk = useBulk }
      let added = try await connector.export((0..<20).map { try add(Int64($0), "user\($0)") })
      let ids = added.compactMap(\.anchor)
      #expect(ids.count == 20, "\(added)")
      let all = entries(try await readAll(bench.connector { $0.pageSize = 7 }))
      #expect(all.count == 20)
      let first = try #require(all.first { $0.anchor.text == ids[0] })
      let sent = userAttributes("user0")
      for attribute in sent.attributes {
        let wire = attribute.values.map { value in
          if case .binary = value { AttributeValue.string(value.wireText) } else { value }
        }
        #expect(first.attributes[attribute.name] == wire, "\(attribute.name)")
      }
      let proxies = AttributeName(onPremises + ":proxyAddresses")
      let manager = AttributeName(SCIMSchema.enterpriseURN + ":manager")
      let changed = try await connector.export([
        operation(
          1,
          .modify([
            AttributeChange("displayName", .replace(["Changed"])),
            AttributeChange("name.givenName", .replace([])),
            AttributeChange("emails[type eq \"work\"].value", .replace(["new@example.com"])),
            AttributeChange("phoneNumbers[type eq \"mobile\"].value", .replace(["+1 5"])),
            AttributeChange(manager, .replace([.reference(ids[1])])),
            AttributeChange(
              proxies,
              .update(added: ["smtp:n@example.com"], removed: ["smtp:user0@other.example.com"])),
          ]), anchor: ids[0]),
        operation(2, .modify([AttributeChange("active", .replace([false]))]), anchor: ids[2]),
        operation(3, .delete, anchor: ids[3]), operation(4, .delete, anchor: ids[3]),
        operation(
          5,
          .modify([
            AttributeChange("active", .replace([false])),
            AttributeChange("emails[type eq \"work\"].value", .replace([])),
          ]), anchor: ids[4]),
      ])
      #expect(changed.allSatisfy { $0.isDone }, "\(changed)")
      let now = entries(try await readAll(connector))
      #expect(now.count == 19)
      let user = try #require(now.first { $0.anchor.text == ids[0] }).attributes
      let leaver = try #require(now.first { $0.anchor.text == ids[4] }).attributes
      #expect(!leaver.contains("emails[type eq \"work\"].value") && leaver["active"] == [false])
      #expect(user["displayName"] == ["Changed"])
      #expect(!user.contains("name.givenName"))
      #expect(user["emails[type eq \"work\"].value"] == ["new@example.com"])
      #expect(user["phoneNumbers[type eq \"mobile\"].value"] == ["+1 5"])
      #expect(user[manager] == [.reference(ids[1])])
      #expect(user[proxies] == ["SMTP:user0@example.com", "smtp:n@example.com"])
    }
  }

  @Test("takes members one by one and many at a time")
  func members() async throws {
    try await withTenant { bench in
      let connector = bench.connector()
      let users = try await connector.export((0..<30).map { try add(Int64($0), "m\($0)") })
        .compactMap(\.anchor)
      let group = try await connector.export([
        operation(
          1,
          .add([
            "displayName": ["All"], "externalId": ["g1"],
            "members": users.prefix(10).map { .reference($0) },
          ]), "group")
      ])
      let id = try #require(group[0].anchor, "\(group)")
      let change = AttributeChange(
        "members",
        .update(
          added: users.suffix(20).map { .reference($0) },
          removed: users.prefix(2).map { .reference($0) }))
      let outcome = try await connector.export([
        operation(2, .modify([change]), "group", anchor: id)
      ])
      #expect(outcome[0].isDone, "\(outcome)")
      let read = entries(try await readAll(connector, types: ["group"]))
      #expect(
        read.first?.attributes["members"] == users.dropFirst(2).sorted().map { .reference($0) })
      let unknown = AttributeChange("members", .update(added: [.reference("nobody")], removed: []))
      let refused = try await connector.export([
        operation(3, .modify([unknown]), "group", anchor: id)
      ])
      #expect(refused[0].failure?.type == .dnAttributesFailure, "\(refused)")
    }
  }

  @Test("refuses with the attribute, the value and the other object")
  func refusals() async throws {
    try await withTenant { bench in
      let connector = bench.connector()
      let first = try await connector.export([add(1, "ann")])
      var same = userAttributes("bob")
      same["userName"] = ["ann@example.com"]
      var proxy = userAttributes("cho")
      proxy[AttributeName(onPremises + ":proxyAddresses")] = ["SMTP:ann@example.com"]
      var long = userAttributes("dan")
      long["displayName"] = [.string(String(repeating: "x", count: 5000))]
      var bad = userAttributes("eve")
      bad["userName"] = ["no good name @@ x"]
      let outcomes = try await connector.export([
        operation(2, .add(same)), operation(3, .add(proxy)), operation(4, .add(long)),
        operation(5, .add(bad)),
      ])
      #expect(outcomes[0].failure?.type == .attributeValueMustBeUnique, "\(outcomes[0])")
      #expect(outcomes[0].failure?.attribute == "userName")
      #expect(outcomes[0].failure?.value == "ann@example.com")
      #expect(outcomes[0].failure?.conflictingAnchor?.text == first[0].anchor)
      #expect(outcomes[1].failure?.type == .attributeValueMustBeUnique, "\(outcomes[1])")
      #expect(outcomes[1].failure?.attribute == onPremises + ":proxyAddresses")
      #expect(outcomes[2].failure?.type == .exceededAllowedLength, "\(outcomes[2])")
      #expect(outcomes[3].failure?.type == .identityDataValidationFailed, "\(outcomes[3])")
    }
  }

  @Test("tells changes and deletes to a delta import")
  func delta() async throws {
    try await withTenant { bench in
      let connector = bench.connector { $0.modificationLag = 0 }
      let ids = try await connector.export((0..<10).map { try add(Int64($0), "d\($0)") })
        .compactMap(\.anchor)
      let full = try await readAll(connector)
      let mark = try #require(full.last?.watermark)
      _ = try await connector.export([
        operation(1, .modify([AttributeChange("displayName", .replace(["New"]))]), anchor: ids[4]),
        operation(2, .delete, anchor: ids[5]),
      ])
      let delta = try await readAll(connector, since: mark) { 10 }
      #expect(entries(delta).contains { $0.anchor.text == ids[4] })
      let present = Set(
        delta.flatMap(\.changes).compactMap { change in
          if case .present(let anchor) = change { anchor.text } else { nil }
        })
      #expect(present == Set(ids).subtracting([ids[5]]))
      #expect(delta.last?.endsPresencePhase == true)
    }
  }

  @Test("loses nothing and doubles nothing when its answers go missing")
  func lostAnswers() async throws {
    try await withTenant { bench in
      let connector = bench.connector()
      _ = try await connector.describe()
      bench.server.faults.knobs.dropAfterWorkNext = 1
      let one = try await connector.export([add(1, "solo")])
      #expect(one[0].anchor != nil, "\(one)")
      bench.server.faults.knobs.bulkStopAfter = 7
      let many = try await connector.export((0..<20).map { try add(Int64($0), "b\($0)") })
      #expect(many.compactMap(\.anchor).count == 20, "\(many)")
      bench.server.faults.knobs.serverErrorNext = 2
      bench.server.faults.knobs.unavailableNext = 1
      let rest = try await connector.export((0..<20).map { try add(Int64($0), "c\($0)") })
      #expect(rest.compactMap(\.anchor).count == 20, "\(rest)")
      #expect(entries(try await readAll(connector)).count == 41)
    }
  }

  @Test("is waited for when it asks for patience")
  func throttled() async throws {
    try await withTenant { bench in
      let connector = bench.connector()
      _ = try await connector.describe()
      bench.server.faults.knobs.retryAfterSeconds = 1
      bench.server.faults.knobs.throttleNext = 1
      let start = ContinuousClock.now
      let outcomes = try await connector.export([add(1, "ann")])
      #expect(outcomes[0].isDone)
      #expect(ContinuousClock.now - start >= .milliseconds(990))
      #expect(connector.throttle.count == 1)
    }
  }

  @Test("is found again after it was stopped in the middle of an export and started again")
  func restart() async throws {
    try await withTenant { bench in
      var settings = SCIMConnectorSettings(
        url: bench.server.baseURL ?? "", token: { [token = bench.token] in token })
      settings.retry = RetryPolicy(tries: 3, firstDelay: 0.01, longestDelay: 0.02)
      let first = SCIMConnector(settings)
      let operations = try (0..<200).map { try add(Int64($0), "r\($0)") }
      _ = try await first.describe()
      bench.server.faults.knobs.bulkStopAfter = 3
      async let outcomes = first.export(operations)
      await bench.server.stop()
      let before = try? await outcomes
      try await bench.server.start()
      let again = zip(operations, before ?? operations.map { _ in .unknown(reason: "") })
        .filter { !$0.1.isDone }.map { operation, _ in
          var operation = operation
          operation.isRetry = true
          return operation
        }
      let second = bench.connector()
      let after = try await second.export(again)
      #expect(after.allSatisfy { $0.isDone }, "\(after.filter { !$0.isDone }.prefix(3))")
      let all = entries(try await readAll(second))
      #expect(Set(all.compactMap { $0.attributes.text("userName") }).count == 200)
      #expect(all.count == 200)
    }
  }

  @Test("refuses a wrong token")
  func wrongToken() async throws {
    try await withTenant { bench in
      let settings = SCIMConnectorSettings(
        url: bench.server.baseURL ?? "", token: { "not-the-token" })
      let failure = await failure { _ = try await SCIMConnector(settings).describe() }
      #expect(failure?.result == .noStartCredentials)
      #expect(failure?.description.contains("not-the-token") == false)
    }
  }
}
