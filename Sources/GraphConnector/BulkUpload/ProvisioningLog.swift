import Directory
import HTTP
import JSON

/// Reads in the tenant's provisioning log what became of users that it accepted (learn.microsoft.com,
/// "provisioningObjectSummary resource type").
struct ProvisioningLog: Sendable {
  let client: GraphClient
  let settings: BulkUploadSettings

  /// What was refused after `moment`, and the moment of the newest line; nothing if the application
  /// may not read the log.
  ///
  /// - Throws: ``RequestError``.
  func failures(
    after moment: String
  ) async throws(RequestError) -> (reports: [ExportReport], newest: String) {
    var (reports, newest): ([ExportReport], String) = ([], moment)
    let filter =
      "jobId eq " + ODataText.quoted(settings.job) + " and activityDateTime gt " + moment
    var path: String? = "/auditLogs/provisioning?$top=999&$filter=" + HTTPURL.encode(filter)
    var trail = LinkTrail()
    while let next = path {
      let answer = try await client.send(GraphCall("GET", next))
      if answer.status == 403 { break }
      guard answer.isSuccess, let lines = answer.object["value"]?.array else {
        throw answer.fault("GET /auditLogs/provisioning")
      }
      for line in lines {
        guard let text = line["activityDateTime"]?.string, let time = Timestamp(text) else {
          continue
        }
        if Timestamp(newest).map({ time > $0 }) ?? true { newest = text }
        if let report = report(line, time) { reports.append(report) }
      }
      path = try client.nextLink(answer.object, &trail, of: "GET /auditLogs/provisioning")
    }
    return (reports, newest)
  }

  private func report(_ line: JSONValue, _ time: Timestamp) -> ExportReport? {
    let status = line["provisioningStatusInfo"]
    guard status?["status"]?.string?.lowercased() == "failure",
      let anchor = line["sourceIdentity"]?["id"]?.string, !anchor.isEmpty,
      let dn = try? DistinguishedName(GraphNames.dn(sourceAnchor: anchor, id: ""))
    else { return nil }
    let error = status?["errorInformation"]
    func words(_ name: String) -> String {
      ServerWords.shown(error?[name]?.string ?? "", limit: 1000)
    }
    let code = ServerWords.shown(error?["errorCode"]?.string ?? "", limit: 80)
    let message = [words("reason"), words("additionalDetails"), words("recommendedAction")]
      .filter { !$0.isEmpty }.joined(separator: " ")
    var failure = ObjectFailure(
      Self.type(code, message), code: code,
      message: message.isEmpty ? "The provisioning log tells no reason" : message)
    if let change = line["changeId"]?.string, !change.isEmpty {
      failure.message += " (change \(ServerWords.shown(change, limit: 80)))"
    }
    return ExportReport(dn: dn, objectType: "user", time: time, failure: failure)
  }

  private static func type(_ code: String, _ message: String) -> SyncErrorType {
    let text = (code + " " + message).lowercased()
    if text.contains("conflict") || text.contains("already exist") || text.contains("duplicate") {
      return .attributeValueMustBeUnique
    }
    if text.contains("too long") || text.contains("length") { return .exceededAllowedLength }
    if text.contains("permission") || text.contains("unauthorized") { return .permissionIssue }
    return .identityDataValidationFailed
  }
}
