import Directory
import Foundation
import JSON
import Tenant
import Testing

@testable import SCIMConnector

/// A connector with Entra's names to a tenant of its own, while `body` runs.
private func withEntra(_ body: (SCIMConnector) async throws -> Void) async throws {
  let folder = FileManager.default.temporaryDirectory
    .appendingPathComponent("entra-names-" + UUID().uuidString)
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  let token = Tenant.makeToken()
  let server = try TenantServer(
    TenantConfiguration(
      databasePath: folder.appendingPathComponent("tenant.sqlite").path, token: .plain(token)))
  try await server.start()
  var settings = SCIMConnectorSettings(url: server.baseURL ?? "", token: { token })
  settings.names = .entra
  do {
    try await body(SCIMConnector(settings))
  } catch {
    await server.stop()
    throw error
  }
  await server.stop()
}

private func add(
  _ id: Int64, _ type: String, _ anchor: String, _ attributes: AttributeSet
) throws -> ExportOperation {
  var attributes = attributes
  let dn = "CN={" + Hexadecimal.encode(anchor.utf8).uppercased() + "}"
  attributes["sourceAnchor"] = [.string(anchor)]
  attributes["dn"] = [.string(dn)]
  return ExportOperation(
    id: id, kind: .add(attributes), objectType: type, anchor: nil, dn: try DistinguishedName(dn))
}

private func anchors(_ outcomes: [ExportOutcome]) -> [Anchor] {
  outcomes.compactMap { if case .done(let anchor) = $0 { anchor } else { nil } }
}

private func objects(_ connector: SCIMConnector) async throws -> [Anchor: DirectoryEntry] {
  let reader = try await connector.openImport(
    ImportRequest(watermark: nil, stagedCount: { 0 }))
  var found: [Anchor: DirectoryEntry] = [:]
  while let batch = try await reader.next() {
    #expect(batch.errors.isEmpty)
    for case .entry(let entry) in batch.changes { found[entry.anchor] = entry }
  }
  return found
}

@Suite("A tenant under the names of Entra Connect's connector")
struct EntraTenantTests {
  private let user: AttributeSet = [
    "userPrincipalName": ["ann@example.com"], "accountEnabled": [true], "displayName": ["Ann"],
    "mail": ["ann@example.com"], "alias": ["ann"], "extensionAttribute7": ["seven"],
    "mobile": ["+1"], "homePhone": ["+2"], "city": ["Bern"], "country": ["Switzerland"],
    "countryLetterCode": ["CH"], "countryCode": [756], "thumbnailPhoto": [.binary([1, 2, 255])],
    "msExchRecipientTypeDetails": [2_147_483_648], "msExchHideFromAddressLists": [false],
    "otherTelephone": ["+3", "+4"], "onPremiseSecurityIdentifier": [.binary([1, 5, 0])],
    "userCertificate": [.binary([48, 1]), .binary([48, 2])],
    "proxyAddresses": ["SMTP:ann@example.com", "smtp:a@example.com"],
    "userType": ["Member"], "employeeId": ["0042"], "employeeType": ["Contractor"],
    "employeeHireDate": ["20250131000000.0Z"], "preferredDataLocation": ["EUR"],
    "onPremisesDistinguishedName": ["CN=Ann,DC=example,DC=com"], "nickName": ["Annie"],
    "locale": ["de-CH"], "timezone": ["Europe/Zurich"], "profileUrl": ["https://example.com/ann"],
  ]

  @Test("What is sent comes back the same, whatever attribute carries it")
  func roundTrip() async throws {
    try await withEntra { connector in
      let anchors = anchors(try await connector.export([try add(1, "user", "abc=", user)]))
      let id = try #require(anchors.first)
      let entry = try #require(try await objects(connector)[id])
      for attribute in user.attributes {
        #expect(entry.attributes[attribute.name] == attribute.values, "\(attribute.name)")
      }
      #expect(entry.attributes["sourceAnchor"] == ["abc="])
      #expect(entry.attributes["dn"] == [.string(entry.dn.text)])
      #expect(entry.dn.text == "CN={6162633D}")
      #expect(entry.attributes["cloudMastered"] == [false])
      #expect(entry.attributes["cloudAnchor"] == [.string("User_" + id.text)])
    }
  }

  @Test("Changes and removals arrive, also in parts of one address")
  func changes() async throws {
    try await withEntra { connector in
      let made = anchors(try await connector.export([try add(1, "user", "abc=", user)]))
      let id = try #require(made.first)
      let change = ExportOperation(
        id: 1,
        kind: .modify([
          AttributeChange("city", .replace(["Basel"])), AttributeChange("alias", .replace([])),
          AttributeChange("accountEnabled", .replace([false])),
          AttributeChange("otherTelephone", .update(added: ["+5"], removed: ["+3"])),
          AttributeChange("dn", .replace(["CN={6162633D}"])),
        ]), objectType: "user", anchor: id, dn: try DistinguishedName("CN={6162633D}"))
      #expect(anchors(try await connector.export([change])).count == 1)
      let entry = try #require(try await objects(connector)[id])
      #expect(entry.attributes["city"] == ["Basel"])
      #expect(entry.attributes["countryLetterCode"] == ["CH"])
      #expect(!entry.attributes.contains("alias"))
      #expect(entry.attributes["accountEnabled"] == [false])
      #expect(entry.attributes["otherTelephone"] == ["+4", "+5"])
    }
  }

  @Test("Groups, contacts and devices refer to each other")
  func references() async throws {
    try await withEntra { connector in
      let first = try await connector.export([
        try add(1, "user", "u=", user),
        try add(
          2, "contact", "c=",
          ["displayName": ["Carl"], "mail": ["carl@other.example"], "company": ["Other"]]),
        try add(3, "device", "d=", ["displayName": ["PC1"], "deviceId": [.binary([9, 9])]]),
      ])
      let ids = anchors(first)
      #expect(ids.count == 3, "\(first)")
      let group = try await connector.export([
        try add(
          4, "group", "g=",
          [
            "displayName": ["All"], "securityEnabled": [true], "description": ["Everyone"],
            "member": ids.map { .reference($0.text) }, "managedBy": [.reference(ids[0].text)],
            "authOrig": [.reference(ids[0].text), .reference(ids[1].text)],
          ])
      ])
      let groupID = try #require(anchors(group).first, "\(group)")
      let all = try await objects(connector)
      #expect(all.count == 4)
      let entry = try #require(all[groupID])
      #expect(entry.objectType == "group")
      #expect(Set(entry.attributes["member"]) == Set(ids.map { .reference($0.text) }))
      #expect(entry.attributes["managedBy"] == [.reference(ids[0].text)])
      #expect(entry.attributes["authOrig"].count == 2)
      #expect(entry.attributes["securityEnabled"] == [true])
      #expect(all[ids[2]]?.attributes["deviceId"] == [.binary([9, 9])])
      #expect(all[ids[2]]?.objectType == "device")
      #expect(all[ids[1]]?.attributes["company"] == ["Other"])
    }
  }

  @Test("One member and one delegate are taken out alone")
  func removal() async throws {
    try await withEntra { connector in
      let ids = anchors(
        try await connector.export([
          try add(1, "contact", "a=", ["displayName": ["A"]]),
          try add(2, "contact", "b=", ["displayName": ["B"]]),
        ]))
      let both = ids.map { AttributeValue.reference($0.text) }
      let made = try await connector.export([
        try add(3, "group", "g=", ["displayName": ["G"], "member": both, "publicDelegates": both])
      ])
      let id = try #require(anchors(made).first)
      let gone = AttributeChange.Operation.update(added: [], removed: [both[0]])
      let change = ExportOperation(
        id: 3,
        kind: .modify([
          AttributeChange("member", gone), AttributeChange("publicDelegates", gone),
        ]), objectType: "group", anchor: id, dn: try DistinguishedName("CN={673D}"))
      let outcome = try await connector.export([change])
      #expect(anchors(outcome).count == 1, "\(outcome)")
      let entry = try #require(try await objects(connector)[id])
      #expect(entry.attributes["member"] == [both[1]])
      #expect(entry.attributes["publicDelegates"] == [both[1]])
    }
  }

  @Test("The schema has all that the connector for Entra ID has, with the same types")
  func schema() async throws {
    try await withEntra { connector in
      let schema = try await connector.describe().schema
      #expect(schema.objectTypes.sorted() == ["contact", "device", "group", "user"])
      #expect(schema["extensionAttribute15"].kind == .string)
      #expect(!schema["extensionAttribute15"].isMultiValued)
      #expect(schema["authOrig"] == .init(.reference, isMultiValued: true))
      #expect(schema["assistant"] == .init(.reference))
      #expect(schema["member"] == .init(.reference, isMultiValued: true))
      #expect(schema["msExchMailboxGuid"].kind == .binary)
      #expect(schema["countryCode"].kind == .integer)
      #expect(schema["msRtcSipUserEnabled"].kind == .boolean)
      // What can't be written under the connector's names is not offered to rules that write.
      for name in ["userType", "nickName", "employeeId", "preferredDataLocation"] {
        #expect(schema[AttributeName(name)].isReadOnly == false, "\(name)")
      }
      #expect(schema["id"].isReadOnly)
    }
  }
}
