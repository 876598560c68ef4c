import Foundation
import GRDB
import JSON

// Microsoft Graph, synchronizationJob and its bulkUpload, and the provisioning log.
extension GraphService {
  /// Shows a job, or takes users for it.
  func provisioningJob(_ request: GraphRequest) async throws -> Reply {
    let path = request.path
    guard path.count == 5 || path.count == 6 && path[5] == "bulkUpload",
      path[2] == "synchronization", path[3] == "jobs"
    else { throw GraphError.bad("Resource not found for the segment 'servicePrincipals'.") }
    guard
      let job = provisioning.jobs.first(where: {
        ResourceID.folded($0.servicePrincipal) == path[1] && ResourceID.folded($0.id) == path[4]
      })
    else { throw GraphError.notFound(path[4]) }
    guard path.count == 5 else { return try await bulkUpload(request, to: job) }
    try allow(["GET"], request)
    let body = JSONObject([
      "id": .string(job.id), "templateId": "API2AAD", "schedule": ["state": "Active"],
    ])
    return json(
      200,
      .object(
        contextual(
          body, "servicePrincipals('\(job.servicePrincipal)')/synchronization/jobs/$entity")))
  }

  private func bulkUpload(_ request: GraphRequest, to job: ProvisioningJob) async throws -> Reply {
    try allow(["POST"], request)
    let type = (request.headers["content-type"] ?? "").prefix { $0 != ";" }.lowercased()
    guard type.filter({ $0 != " " }) == "application/scim+json" else {
      throw UploadRequest.wrong("the header Content-Type must be application/scim+json")
    }
    let upload = try UploadRequest(try request.object())
    try await provisioning.accept(upload.users, job: job)
    let filter = Percent.encode("jobId eq '\(job.id)'")
    return Reply(
      202,
      headers: [
        "Location": "\(base)/auditLogs/provisioning?$filter=\(filter)",
        "request-id": UUID().uuidString.lowercased(),
      ])
  }

  /// What a line of the log can be found by.
  private static let logLine = GraphType(
    "provisioningObjectSummary", endpoint: "auditLogs/provisioning",
    title: "ProvisioningObjectSummary", resource: .user,
    properties: [
      .read("id"), .read("jobId"), .read("changeId"), .read("cycleId"),
      .read("provisioningAction"), .read("activityDateTime", .dateTime),
    ], isReadOnly: true)

  /// A page of the provisioning log, the oldest line first.
  func provisioningLog(_ request: GraphRequest) async throws -> Reply {
    try allow(["GET"], request)
    try request.allowOptions(["$filter", "$top", "$skiptoken"])
    let filter = try request.query["$filter"].map {
      try ODataFilter(parsing: $0, type: Self.logLine)
    }
    let (top, after, base, query) = (try request.top(), try request.skip(), base, request.query)
    let body = try await store.read { database -> JSONObject in
      let rows = try Row.fetchCursor(
        database, sql: "SELECT seq, line FROM provisioning_log WHERE seq > ? ORDER BY seq",
        arguments: [after])
      var (lines, last): ([JSONValue], Int64) = ([], after)
      var hasMore = false
      while let row = try rows.next() {
        let bytes: Data = row[1]
        let line = try JSONValue(parsing: Array(bytes))
        guard filter?.matches(Self.logLine, { line[$0] }) ?? true else { continue }
        guard lines.count < top else {
          hasMore = true
          break
        }
        lines.append(line)
        last = row[0]
      }
      var body = JSONObject()
      if hasMore {
        body["@odata.nextLink"] = .string(
          Self.link(base, Self.logLine.endpoint, query, skip: last))
      }
      body["value"] = .array(lines)
      return body
    }
    return json(200, .object(contextual(body, Self.logLine.endpoint)))
  }
}
