import Directory
import Foundation
import HTTP
import JSON
import Tenant
import Testing

@testable import GraphConnector

@Suite("Users go out by API-driven provisioning, and all is read by Graph")
struct BulkUploadTests {
  private func cloud(
    _ change: (inout BulkUploadSettings) -> Void = { _ in }
  ) async throws -> TestCloud {
    var upload = BulkUploadSettings(
      servicePrincipal: ProvisioningJob.standard.servicePrincipal, job: ProvisioningJob.standard.id)
    change(&upload)
    return try await TestCloud { $0.bulkUpload = upload }
  }

  private func isAccepted(_ outcome: ExportOutcome) -> Bool {
    if case .accepted = outcome { true } else { false }
  }

  private func modify(
    _ name: String, _ anchor: Anchor, _ whole: [Attribute], id: Int64 = 1
  ) throws -> ExportOperation {
    var operation = ExportOperation(
      id: id, kind: .modify(whole.map { AttributeChange($0.name, .replace($0.values)) }),
      objectType: "user", anchor: anchor, dn: try Operations.dn(name))
    operation.whole = whole
    return operation
  }

  /// The reports of an import, and its watermark.
  private func reports(
    _ cloud: TestCloud, _ watermark: Watermark? = nil
  ) async throws -> ([ExportReport], Watermark?) {
    let reader = try await cloud.connector.openImport(ImportRequest(watermark: watermark) { 0 })
    var (reports, last): ([ExportReport], Watermark?) = ([], nil)
    while let batch = try await reader.next() {
      reports += batch.reports
      last = batch.watermark ?? last
    }
    return (reports, last)
  }

  @Test("A new user is accepted, and shown by Graph when the tenant has made it")
  func add() async throws {
    let cloud = try await cloud()
    cloud.server.faults.knobs.provisioningDelayMilliseconds = 3_600_000
    let outcomes = try await cloud.connector.export([
      try Operations.user(
        "ada", ["title": ["Countess"], "city": ["London"], "alias": ["countess"]])
    ])
    #expect(isAccepted(outcomes[0]))
    #expect(try await cloud.entries().isEmpty)
    cloud.server.faults.knobs.provisioningDelayMilliseconds = 0
    let entry = try #require(try await cloud.entries()[Operations.dn("ada").text])
    for (name, text) in [
      "userPrincipalName": "ada@contoso.com", "title": "Countess", "city": "London",
      "sourceAnchor": Operations.anchor("ada"), "alias": "countess",
    ] { #expect(entry.attributes.text(AttributeName(name)) == text) }
    #expect(entry.attributes["accountEnabled"] == [true])
    await cloud.stop()
  }

  @Test("A change tells the whole user, so that what is left out is not cleared")
  func whole() async throws {
    let cloud = try await cloud()
    #expect(cloud.connector.capabilities.wholeTypes == ["user"])
    _ = try await cloud.connector.export([
      try Operations.user("ada", ["title": ["Countess"], "mobile": ["1"]])
    ])
    let anchor = try #require(try await cloud.entries()[Operations.dn("ada").text]?.anchor)
    let outcomes = try await cloud.connector.export([
      try modify(
        "ada", anchor,
        [
          Attribute("displayName", ["Ada"]), Attribute("title", []), Attribute("mobile", []),
          Attribute("accountEnabled", [false]),
        ])
    ])
    #expect(isAccepted(outcomes[0]))
    let entry = try #require(try await cloud.entries()[Operations.dn("ada").text])
    #expect(entry.attributes.text("displayName") == "Ada")
    #expect(entry.attributes["title"] == [] && entry.attributes["mobile"] == [])
    #expect(entry.attributes["accountEnabled"] == [false])
    await cloud.stop()
  }

  @Test("An operation has the form of Microsoft's page")
  func form() throws {
    let writer = SCIMUserWriter(
      settings: BulkUploadSettings(
        servicePrincipal: "sp", job: "job", paths: ["passwordPolicies": "urn:contoso:more:Policy"]))
    let draft = try writer.draft(
      [
        Attribute("userPrincipalName", ["ada@contoso.com"]), Attribute("accountEnabled", [true]),
        Attribute("sourceAnchor", ["anchor"]), Attribute("givenName", ["Ada"]),
        Attribute("surname", ["King"]), Attribute("mail", ["ada@contoso.com"]),
        Attribute("otherMails", ["a@home.test", "b@home.test"]),
        Attribute("telephoneNumber", ["1"]), Attribute("mobile", []),
        Attribute("city", ["London"]), Attribute("country", []),
        Attribute("department", ["Sums"]), Attribute("manager", [.reference("7")]),
        Attribute("extensionAttribute3", ["three"]), Attribute("passwordPolicies", ["None"]),
        Attribute("cloudMastered", [false]), Attribute("dn", ["CN={00}"]),
      ], dn: try Operations.dn("ada"), managers: ["7": "boss"])
    #expect(draft.refused.isEmpty)
    let data = draft.data
    let expected = try JSONValue(
      parsing: Array(
        """
        {"schemas":["urn:ietf:params:scim:schemas:core:2.0:User",
           "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
           "urn:ietf:params:scim:schemas:extension:Microsoft:Entra:2.0:User",
           "urn:contoso:more"],
         "externalId":"anchor","userName":"ada@contoso.com","active":true,
         "name":{"givenName":"Ada","familyName":"King"},
         "emails":[{"type":"work","value":"ada@contoso.com","primary":true},
           {"type":"other","value":"a@home.test"},{"type":"other","value":"b@home.test"}],
         "phoneNumbers":[{"type":"work","value":"1"},{"type":"mobile","value":null}],
         "addresses":[{"type":"work","locality":"London","country":null,"primary":true}],
         "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":
           {"department":"Sums","manager":{"value":"boss"}},
         "urn:ietf:params:scim:schemas:extension:Microsoft:Entra:2.0:User":
           {"onPremisesExtensionAttributes":{"extensionAttribute3":"three"}},
         "urn:contoso:more":{"Policy":"None"}}
        """.utf8))
    for member in expected.object?.members ?? [] {
      if let items = member.value.array {
        let found = data[member.name]?.array ?? []
        #expect(found.count == items.count, "\(member.name)")
        for item in items {
          #expect(found.contains { Self.isSame($0, item) }, "\(member.name) lacks \(item)")
        }
      } else {
        #expect(Self.isSame(data[member.name] ?? .null, member.value), "\(member.name)")
      }
    }
    #expect(data.members.count == expected.object?.members.count)
  }

  // Apart from the order of members.
  private static func isSame(_ a: JSONValue, _ b: JSONValue) -> Bool {
    guard let left = a.object, let right = b.object else { return a == b }
    return left.members.count == right.members.count
      && left.members.allSatisfy { member in
        right.members.contains { $0.name == member.name && isSame(member.value, $0.value) }
      }
  }

  @Test("A delete goes by Graph, which the upload has no way for, and so do groups")
  func others() async throws {
    let cloud = try await cloud()
    _ = try await cloud.connector.export([try Operations.user("ada")])
    let anchor = try #require(try await cloud.entries()[Operations.dn("ada").text]?.anchor)
    let outcomes = try await cloud.connector.export([
      try Operations.group("team", [anchor]), try Operations.user("bob", id: 2),
    ])
    #expect(outcomes[0].anchor != nil && isAccepted(outcomes[1]))
    let deleted = try await cloud.connector.export([try Operations.delete("user", anchor)])
    #expect(deleted[0].anchor == anchor)
    let left = try await cloud.entries()
    #expect(try left.keys.sorted().contains(Operations.dn("bob").text))
    #expect(try left[Operations.dn("ada").text] == nil)
    await cloud.stop()
  }

  @Test("A manager is named by its source anchor; one that has none is told")
  func manager() async throws {
    let cloud = try await cloud()
    _ = try await cloud.connector.export([try Operations.user("boss")])
    let boss = try #require(try await cloud.entries()[Operations.dn("boss").text]?.anchor)
    let outcomes = try await cloud.connector.export([
      try Operations.user("ada", ["manager": [.reference(boss.text)]]),
      try Operations.user("bob", ["manager": [.reference("nobody")]], id: 2),
    ])
    #expect(isAccepted(outcomes[0]))
    #expect(outcomes[1].failure?.type == .dnAttributesFailure)
    #expect(outcomes[1].failure?.value == "nobody")
    let entry = try #require(try await cloud.entries()[Operations.dn("ada").text])
    #expect(entry.attributes["manager"] == [.reference(boss.text)])
    await cloud.stop()
  }

  @Test("What the tenant refuses afterwards is reported once, with its words")
  func rejected() async throws {
    let cloud = try await cloud()
    _ = try await cloud.connector.export([
      try Operations.user("ada"),
      try Operations.user("bob", ["userPrincipalName": ["ada@contoso.com"]], id: 2),
    ])
    let (reports, watermark) = try await reports(cloud)
    #expect(reports.map(\.dn) == [try Operations.dn("bob")])
    let report = try #require(reports.first)
    #expect(report.objectType == "user" && report.failure.type == .attributeValueMustBeUnique)
    #expect(report.failure.code == "AzureActiveDirectoryObjectConflict")
    #expect(report.failure.message.contains("userPrincipalName already exists"))
    #expect(report.failure.message.contains("(change "))
    #expect(try await self.reports(cloud, watermark).0.isEmpty)
    await cloud.stop()
  }

  @Test("Users beyond 50 go by further requests; of one that is refused, each half is sent again")
  func batches() async throws {
    let cloud = try await cloud()
    let many = try (0..<120).map { try Operations.user("u\($0)", id: Int64($0)) }
    let outcomes = try await cloud.connector.export(many)
    #expect(outcomes.allSatisfy(isAccepted))
    #expect(try await cloud.entries().count == 120)
    // Two operations of one number are no request that the service understands.
    let twice = try await cloud.connector.export([
      try Operations.user("a", id: 7), try Operations.user("b", id: 7),
      try Operations.user("c", id: 8),
    ])
    #expect(twice.allSatisfy(isAccepted))
    #expect(try await cloud.entries().count == 123)
    await cloud.stop()
  }

  @Test("A job that is not there, and a service that wants patience for too long, fail as a whole")
  func faults() async throws {
    let wrong = try await cloud { $0.job = "another" }
    let failure = await #expect(throws: ConnectorFailure.self) {
      try await wrong.connector.export([try Operations.user("ada")])
    }
    #expect(failure?.message.contains("no provisioning job another") == true)
    #expect(failure?.result == .badConfiguration)
    #expect(failure?.hint.contains("bulk_upload") == true)
    await wrong.stop()
    let busy = try await cloud()
    busy.server.faults.knobs.throttleNext = 1
    #expect(isAccepted(try await busy.connector.export([try Operations.user("ada")])[0]))
    busy.server.faults.knobs.throttleNext = 50
    busy.server.faults.knobs.retryAfterSeconds = 3600
    await #expect(throws: ConnectorFailure.self) {
      try await busy.connector.export([try Operations.user("bob")])
    }
    await busy.stop()
  }

  @Test("A lost answer is no second user: the same once more means the same user")
  func lostAnswer() async throws {
    let cloud = try await cloud()
    cloud.server.faults.knobs.dropAfterWorkNext = 1
    #expect(isAccepted(try await cloud.connector.export([try Operations.user("ada")])[0]))
    #expect(try await cloud.entries().count == 1)
    await cloud.stop()
  }

  @Test("A job that matches by employeeId holds the source anchor there, 16 characters of it")
  func employees() async throws {
    let cloud = try await cloud { $0.match = .employeeID }
    // The tenant's own job matches by another property: what counts here is what is sent and read.
    let outcomes = try await cloud.connector.export([
      try Operations.user("somebody with a long name")
    ])
    #expect(outcomes[0].failure?.type == .exceededAllowedLength)
    let short = try await cloud.connector.export([
      try Operations.user("ada", ["employeeId": ["7"]], id: 2)
    ])
    #expect(short[0].failure?.type == .readOnlyAttribute)
    await cloud.stop()
    let reader = GraphObjectReader(type: .user, bulkUpload: cloud.settings.bulkUpload)
    let entry = try reader.entry(
      JSONObject(["id": "1", "employeeId": "E7"]), references: [:], location: "")
    #expect(entry.dn.text == GraphNames.dn(sourceAnchor: "E7", id: ""))
    #expect(entry.attributes.text("sourceAnchor") == "E7")
    #expect(entry.attributes["cloudMastered"] == [false])
  }

  @Test("An account is shut though another attribute has no place in an upload")
  func shut() async throws {
    let cloud = try await cloud()
    _ = try await cloud.connector.export([try Operations.user("ada")])
    let anchor = try #require(try await cloud.entries()[Operations.dn("ada").text]?.anchor)
    let whole: [Attribute] = [
      Attribute("accountEnabled", [false]), Attribute("displayName", ["Ada"]),
      Attribute("passwordPolicies", ["DisablePasswordExpiration"]),
      Attribute("sourceAnchor", [.string(Operations.anchor("ada"))]),
      Attribute("userPrincipalName", ["ada@contoso.com"]),
    ]
    var operation = try modify("ada", anchor, whole)
    let outcome = try await cloud.connector.export([operation])[0]
    let part = try #require(outcome.part, "\(outcome)")
    #expect(part.failure.type == .readOnlyAttribute)
    #expect(part.lacking.map(\.name) == ["passwordPolicies"])
    let entry = try await cloud.entries()[Operations.dn("ada").text]
    #expect(entry?.attributes["accountEnabled"] == [false])
    // Once it is shut, what has no place is all that is left, and nothing is sent for it.
    operation.kind = .modify([AttributeChange("passwordPolicies", .replace(["None"]))])
    let rest = try await cloud.connector.export([operation])[0]
    #expect(rest.failure?.attribute == "passwordPolicies", "\(rest)")
    // Nor is anybody made, or changed otherwise, in part.
    operation.whole = whole.map { $0.name == "accountEnabled" ? Attribute($0.name, [true]) : $0 }
    operation.kind = .modify([AttributeChange("accountEnabled", .replace([true]))])
    let opened = try await cloud.connector.export([operation])[0]
    #expect(opened.failure?.attribute == "passwordPolicies", "\(opened)")
    await cloud.stop()
  }

  @Test("What has no place in an upload is known before anything is sent")
  func schema() throws {
    var upload = BulkUploadSettings(servicePrincipal: "sp", job: "job")
    func isReadOnly(_ name: AttributeName) -> Bool {
      GraphConnector.schema(upload).attributes[name]?.isReadOnly ?? false
    }
    #expect(isReadOnly("passwordPolicies") && !isReadOnly("employeeId") && !isReadOnly("manager"))
    #expect(GraphConnector.schema(nil).attributes["passwordPolicies"]?.isReadOnly == false)
    upload.match = .employeeID
    upload.paths = ["passwordPolicies": "urn:contoso:user:Policy"]
    #expect(!isReadOnly("passwordPolicies") && isReadOnly("employeeId"))
    let writable = GraphObjectType.user.attributes.filter { !$0.isReadOnly }.map(\.name)
    #expect(Set(SCIMUserMapping.places.keys).isSubset(of: writable))
  }

  @Test("The connection test tells whether the log can be read")
  func check() async throws {
    let cloud = try await cloud()
    let findings = await cloud.connector.check()
    #expect(findings.contains { $0.isGood && $0.text.contains("API2AAD.lockstep") })
    #expect(findings.contains { $0.isGood && $0.text.contains("log of provisioning can be read") })
    let areGood = findings.allSatisfy(\.isGood)
    #expect(areGood, "\(findings)")
    await cloud.stop()
  }

  @Test("The connection test tells that there is no such job, or that it can't be seen")
  func checkOfJob() async throws {
    let cloud = try await cloud { $0.job = "another" }
    let bad = await cloud.connector.check().filter { !$0.isGood }
    #expect(bad.count == 1 && bad[0].text.contains("no provisioning job another"), "\(bad)")
    #expect(bad[0].hint.contains("service_principal"))
    await cloud.stop()
    let server = try ScriptedGraph { call in
      call.path.hasPrefix("/servicePrincipals")
        ? .error(403, "Authorization_RequestDenied", "Insufficient privileges.") : .list([[:]])
    }
    defer { server.close() }
    let findings = await server.connector {
      $0.bulkUpload = BulkUploadSettings(servicePrincipal: "sp", job: "hidden")
    }.check()
    let finding = findings.first { $0.text.contains("hidden") }
    #expect(finding?.isGood == true && finding?.isWarning == true, "\(findings)")
    #expect(finding?.hint.contains("Synchronization.Read.All") == true)
    #expect(server.count("GET /servicePrincipals/sp/synchronization/jobs/hidden") == 1)
  }

  @Test("No more requests leave in a stretch of time than are allowed")
  func pace() async throws {
    let pace = UploadPace(2, per: 0.3)
    let start = ContinuousClock.now
    for _ in 0..<3 { try await pace.pass() }
    #expect(ContinuousClock.now - start >= .milliseconds(300))
  }
}
