import Foundation
import JSON
import Testing

@testable import Tenant

@Suite("Users who are uploaded to a provisioning job")
struct BulkUploadTests {
  private let graph: TestGraph
  private static let job = ProvisioningJob.standard
  private static let path =
    "/servicePrincipals/\(job.servicePrincipal)/synchronization/jobs/\(job.id)/bulkUpload"
  private static let schemas =
    #""schemas":["\#(TestTenant.userURN)","\#(TestTenant.enterpriseURN)"]"#

  init() throws { graph = try TestGraph() }

  private static func user(_ name: String, _ more: String = "", bulkID: String? = nil) -> String {
    operation(
      #"{\#(schemas),"externalId":"\#(name)-anchor","userName":"\#(name)@contoso.com"\#(more)}"#,
      bulkID: bulkID ?? name)
  }

  private static func operation(_ data: String, bulkID: String = "1") -> String {
    #"{"method":"POST","bulkId":"\#(bulkID)","path":"/Users","data":\#(data)}"#
  }

  @discardableResult
  private func upload(
    _ operations: [String], path: String = path, type: String = "application/scim+json"
  ) async throws -> Reply {
    try await graph.send(
      "POST", path,
      #"{"schemas":["\#(TestTenant.bulkURN)"],"Operations":[\#(operations.joined(separator: ","))],"#
        + #""failOnErrors":null}"#, headers: ["content-type": type])
  }

  private func log(_ filter: String = "") async throws -> [JSONValue] {
    let query = filter.isEmpty ? "" : "?$filter=" + Percent.encode(filter)
    return try await graph.get("/auditLogs/provisioning" + query)["value"]?.array ?? []
  }

  private func user(_ name: String, _ select: String) async throws -> JSONObject {
    try await graph.get("/users/\(name)@contoso.com?$select=\(select)")
  }

  @Test("The job can be looked at, by who wants to know whether it is there")
  func job() async throws {
    let path = Self.path.replacing("/bulkUpload", with: "")
    let job = try await graph.get(path)
    #expect(job["id"]?.string == Self.job.id && job["templateId"]?.string == "API2AAD")
    #expect(try await graph.send("GET", path + "x").status == 404)
    #expect(try await graph.send("PATCH", path, "{}").status == 405)
    #expect(try await graph.send("GET", Self.path).status == 405)
  }

  @Test("A request is accepted, and its answer tells where to look for what becomes of it")
  func accepted() async throws {
    let reply = try await upload([Self.user("ada")])
    #expect(reply.status == 202 && reply.body == nil)
    let location = try #require(reply.headers["Location"])
    let lines = try await graph.get(location)["value"]?.array ?? []
    #expect(lines.count == 1)
    let line = try #require(lines.first)
    #expect(line["jobId"]?.string == Self.job.id)
    #expect(line["provisioningAction"]?.string == "create")
    #expect(line["provisioningStatusInfo"]?["status"]?.string == "success")
    #expect(line["sourceIdentity"]?["id"]?.string == "ada-anchor")
    let made = try await user("ada", "id,onPremisesImmutableId,mailNickname,accountEnabled")
    #expect(line["targetIdentity"]?["id"] == made["id"])
    #expect(made["onPremisesImmutableId"]?.string == "ada-anchor")
    #expect(made["mailNickname"]?.string == "ada" && made["accountEnabled"] == true)
  }

  @Test("Nothing happens before its time, and what was accepted outlives the server")
  func later() async throws {
    graph.service.faults.knobs.provisioningDelayMilliseconds = 3_600_000
    try await upload([Self.user("ada")])
    #expect(try await graph.names("/users") == [])
    #expect(try await log().isEmpty)
    // A service that is started anew, and takes no time, finds on the disk what waits.
    let next = GraphService(
      store: graph.tenant.store, base: TestGraph.base, values: ValueReader(),
      faults: TenantFaults())
    let reply = await next.answer(GraphRequest(method: "GET", path: ["users"]))
    #expect(reply["value"]?.array?.count == 1)
    #expect(try await log().count == 1)
  }

  @Test("Every attribute of the core and the enterprise user has its property")
  func mapping() async throws {
    try await upload([
      Self.operation(
        """
        {\(Self.schemas),"externalId":"x","userName":"ada@contoso.com","displayName":"Ada",
         "name":{"givenName":"Ada","familyName":"King"},"title":"Countess","active":false,
         "preferredLanguage":"en-GB","userType":"Employee",
         "emails":[{"type":"work","value":"ada@contoso.com","primary":true},
                   {"type":"other","value":"a@home.test"}],
         "phoneNumbers":[{"type":"work","value":"1"},{"type":"mobile","value":"2"},
                         {"type":"fax","value":"3"}],
         "addresses":[{"type":"work","streetAddress":"S","locality":"L","region":"R",
                       "postalCode":"P","country":"C"}],
         "\(TestTenant.enterpriseURN)":{"department":"D","organization":"O","employeeNumber":"7"},
         "urn:ietf:params:scim:schemas:extension:Microsoft:Entra:2.0:User":
           {"mailNickname":"countess","officeLocation":"Tower","usageLocation":"GB",
            "onPremisesExtensionAttributes":{"extensionAttribute3":"three"}}}
        """)
    ])
    let shown = try await user(
      "ada",
      "displayName,givenName,surname,jobTitle,accountEnabled,preferredLanguage,employeeType,mail,"
        + "otherMails,businessPhones,mobilePhone,faxNumber,streetAddress,city,state,postalCode,"
        + "country,department,companyName,employeeId,mailNickname,officeLocation,usageLocation,"
        + "onPremisesExtensionAttributes")
    let texts = [
      "displayName": "Ada", "givenName": "Ada", "surname": "King", "jobTitle": "Countess",
      "preferredLanguage": "en-GB", "employeeType": "Employee", "mail": "ada@contoso.com",
      "mobilePhone": "2", "faxNumber": "3", "streetAddress": "S", "city": "L", "state": "R",
      "postalCode": "P", "country": "C", "department": "D", "companyName": "O",
      "employeeId": "7", "mailNickname": "countess", "officeLocation": "Tower",
      "usageLocation": "GB",
    ]
    for (name, text) in texts { #expect(shown[name]?.string == text, "\(name)") }
    #expect(shown["accountEnabled"] == false)
    #expect(shown["otherMails"] == ["a@home.test"] && shown["businessPhones"] == ["1"])
    #expect(shown["onPremisesExtensionAttributes"]?["extensionAttribute3"]?.string == "three")
  }

  @Test("A user who is there is changed: what is left out stays, null goes, false disables")
  func update() async throws {
    try await upload([Self.user("ada", #","title":"Countess","displayName":"Ada""#)])
    try await upload([Self.user("ada", #","title":null,"active":false"#)])
    let shown = try await user("ada", "displayName,jobTitle,accountEnabled")
    #expect(shown["displayName"]?.string == "Ada")
    #expect(shown["jobTitle"] ?? .null == .null && shown["accountEnabled"] == false)
    let actions = try await log().map { $0["provisioningAction"]?.string }
    #expect(actions == ["create", "disable"])
    #expect(try await graph.names("/users").count == 1)
  }

  @Test("A manager is found by externalId; one that is not there is a warning and no failure")
  func manager() async throws {
    func manages(_ name: String) -> String {
      #","\#(TestTenant.enterpriseURN)":{"manager":{"value":"\#(name)"}}"#
    }
    try await upload([
      Self.user("ada"), Self.user("bob", manages("ada-anchor")), Self.user("cid", manages("none")),
    ])
    let statuses = try await log().map { $0["provisioningStatusInfo"]?["status"]?.string }
    #expect(statuses == ["success", "success", "warning"])
    let ada = try await user("ada", "id")["id"]
    let bob = try await graph.get("/users/bob@contoso.com/manager")
    #expect(bob["id"] == ada)
    try await upload([
      Self.user("bob", #","\#(TestTenant.enterpriseURN)":{"manager":null}"#)
    ])
    let none = try await graph.send("GET", "/users/bob@contoso.com/manager")
    let last = try await log().last
    #expect(none.status == 404, "\(none) \(last?.text ?? "")")
  }

  @Test("What the directory refuses stands in the log with its reason, and the others are done")
  func refusal() async throws {
    try await graph.user("ada")
    let reply = try await upload([
      Self.user("ada"), Self.user("bob"), Self.user("cid", #","title":7"#),
      Self.user("dan", #","title":"\#(String(repeating: "x", count: 129))""#),
    ])
    #expect(reply.status == 202)
    let lines = try await log().map { $0["provisioningStatusInfo"] }
    #expect(
      lines.map { $0?["status"]?.string } == ["failure", "success", "failure", "failure"])
    let first = lines[0]?["errorInformation"]
    #expect(first?["errorCode"]?.string == "AzureActiveDirectoryObjectConflict")
    #expect(first?["reason"]?.string?.contains("userPrincipalName already exists") == true)
    #expect(
      lines[3]?["errorInformation"]?["reason"]?.string?.contains("'jobTitle'") == true)
    #expect(try await graph.names("/users").count == 2)
  }

  @Test("The log is found by job, change and time, and read in pages")
  func logs() async throws {
    try await upload((0..<5).map { Self.user("u\($0)") })
    let all = try await log("jobId eq '\(Self.job.id)'")
    #expect(all.count == 5)
    #expect(try await log("jobId eq 'another'").isEmpty)
    let change = try #require(all[3]["changeId"]?.string)
    let found = try await log("jobId eq '\(Self.job.id)' and changeId eq '\(change)'")
    #expect(found.map { $0["sourceIdentity"]?["id"]?.string } == ["u3-anchor"])
    #expect(try await log("activityDateTime gt 2020-01-01T00:00:00Z").count == 5)
    #expect(try await log("activityDateTime gt 2999-01-01T00:00:00Z").isEmpty)
    let page = try await graph.get("/auditLogs/provisioning?$top=3")
    let rest = try await graph.get(try #require(page["@odata.nextLink"]?.string))
    #expect(page["value"]?.array?.count == 3 && rest["value"]?.array?.count == 2)
    #expect(rest["@odata.nextLink"] == nil)
    #expect(try await graph.send("GET", "/auditLogs/provisioning?$filter=nothing").status == 400)
    #expect(try await graph.send("GET", "/auditLogs/signIns").status == 400)
  }

  @Test("A request of another form is refused as a whole")
  func form() async throws {
    let good = Self.user("ada")
    func refused(_ operations: [String], _ words: String) async throws {
      let reply = try await upload(operations)
      #expect(reply.status == 400 && reply.words.contains(words), "\(words): \(reply.words)")
    }
    try await refused([], "not empty")
    try await refused((0...50).map { Self.user("u\($0)") }, "51 operations")
    try await refused([good.replacing(#""POST""#, with: #""DELETE""#)], "method must be POST")
    try await refused([good.replacing(#""POST""#, with: #""PATCH""#)], "method must be POST")
    try await refused([good.replacing("/Users", with: "/Users/1")], "path must be /Users")
    try await refused([good, Self.user("bob", bulkID: "ada")], "bulkId ada stands at two")
    try await refused([good.replacing(#""bulkId":"ada","#, with: "")], "bulkId is missing")
    try await refused(
      [good.replacing(#""externalId":"ada-anchor","#, with: "")], "externalId is missing")
    try await refused(
      [good.replacing(#","\#(TestTenant.enterpriseURN)"]"#, with: "]")], "schemas lacks urn")
    try await refused(
      [#"{"method":"POST","bulkId":"1","path":"/Users"}"#], "data must be an object")
    let json = try await upload([good], type: "application/json")
    #expect(json.status == 400 && json.words.contains("application/scim+json"))
    #expect(try await upload([good], path: Self.path.replacing("API2", with: "X")).status == 404)
    #expect(try await upload([good], path: "/servicePrincipals/1").status == 400)
    #expect(try await graph.send("GET", Self.path).status == 405)
    #expect(try await graph.names("/users") == [])
  }

  @Test("More requests in a stretch of time than are allowed are asked to wait")
  func throttled() async throws {
    let service = ProvisioningService(
      store: graph.tenant.store, values: ValueReader(), faults: TenantFaults(), jobs: [Self.job],
      burst: (3, 3_600_000))
    for _ in 0..<3 { try await service.accept([], job: Self.job) }
    let error = await #expect(throws: GraphError.self) {
      try await service.accept([], job: Self.job)
    }
    #expect(error?.status == 429)
    let seconds = try #require(error?.headers["Retry-After"].flatMap { Int($0) })
    #expect((3000...3600).contains(seconds))
  }

  @Test("A job may match by employeeId, which it then fills")
  func employees() async throws {
    let job = ProvisioningJob(servicePrincipal: "sp", id: "job", match: .employeeID)
    let graph = try TestGraph(jobs: [job])
    func send(_ data: String) async throws -> Int {
      try await graph.send(
        "POST", "/servicePrincipals/sp/synchronization/jobs/job/bulkUpload",
        #"{"schemas":["\#(TestTenant.bulkURN)"],"Operations":[\#(Self.operation(data))]}"#,
        headers: ["content-type": "application/scim+json; charset=utf-8"]
      ).status
    }
    #expect(
      try await send(#"{\#(Self.schemas),"externalId":"E7","userName":"a@contoso.com"}"#) == 202)
    #expect(try await send(#"{\#(Self.schemas),"externalId":"E7","title":"Lead"}"#) == 202)
    let shown = try await graph.get(
      "/users/a@contoso.com?$select=employeeId,jobTitle,onPremisesImmutableId")
    #expect(shown["employeeId"]?.string == "E7" && shown["jobTitle"]?.string == "Lead")
    #expect(shown["onPremisesImmutableId"] ?? .null == .null)
  }
}
