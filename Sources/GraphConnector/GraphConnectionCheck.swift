import Directory
import HTTP
import JSON

/// The connection test of a tenant of Graph, a finding a line.
struct GraphConnectionCheck: Sendable {
  let client: GraphClient

  /// What was tried and seen; it ends with the first thing without which nothing else can work.
  func run() async -> [ConnectionFinding] {
    var findings: [ConnectionFinding] = []
    let settings = client.settings
    for url in [settings.graphRoot, settings.loginRoot]
    where url.lowercased().hasPrefix("http://") && !HTTPURL.isLoopback(url) {
      findings.append(
        ConnectionFinding(
          isGood: false, text: "\(url) is not encrypted: everybody on the way can read the token",
          hint: "Use https."))
    }
    if let words = settings.cloudMismatch {
      findings.append(
        ConnectionFinding(
          isGood: false, text: words,
          hint: "Name the cloud alone, or two addresses of the same one."))
    }
    do throws(RequestError) {
      let asked = Timestamp.now
      let (organization, date) = try await client.organization()
      let name = ServerWords.shown(organization?["displayName"]?.string ?? "", limit: 100)
      findings.append(
        ConnectionFinding(
          isGood: true,
          text: "\(settings.graphRoot) takes the credentials; "
            + (organization == nil ? "the tenant's name can't be read" : "the tenant is \(name)"),
          hint: organization == nil ? "Give the application Organization.Read.All to see it." : ""))
      findings.append(.clock(date, asked: asked, now: .now))
      for type in GraphObjectType.all { findings.append(try await count(type)) }
      if let finding = try await memberships() { findings.append(finding) }
      if let upload = settings.bulkUpload {
        findings.append(try await job(upload))
        findings.append(try await log(upload))
      }
    } catch {
      let failure = error.failure(url: settings.graphRoot, isStart: true)
      findings.append(
        ConnectionFinding(
          isGood: false,
          text: failure.message + (failure.serverWords.isEmpty ? "" : ": " + failure.serverWords),
          hint: failure.hint))
    }
    if settings.groupAnchorExtension == nil {
      findings.append(
        ConnectionFinding(
          isGood: true,
          text: "groups have no place for their source anchor: a store that is lost or made anew "
            + "may make them a second time, or can't tell them from others of the same name",
          hint: "Name a directory extension of the application in group_anchor, by which each is "
            + "found again.", isWarning: true))
    }
    return findings
  }

  /// Whether the job is there by which users go out (learn.microsoft.com, "Get synchronizationJob").
  private func job(_ upload: BulkUploadSettings) async throws(RequestError) -> ConnectionFinding {
    let answer = try await client.send(GraphCall("GET", upload.path))
    if answer.isSuccess {
      return ConnectionFinding(
        isGood: true, text: "users go out by the provisioning job \(upload.job)")
    }
    if answer.tellsAbsence {
      return ConnectionFinding(
        isGood: false, text: upload.absence + ": " + answer.error.words, hint: upload.absenceHint)
    }
    return ConnectionFinding(
      isGood: true,
      text: "users are to go out by the provisioning job \(upload.job); whether it is there can't "
        + "be read: \(answer.error.words)",
      hint: answer.status == 403
        ? "Give the application Synchronization.Read.All to see it." : "", isWarning: true)
  }

  private func log(_ upload: BulkUploadSettings) async throws(RequestError) -> ConnectionFinding {
    let filter = HTTPURL.encode("jobId eq " + ODataText.quoted(upload.job))
    let answer = try await client.send(
      GraphCall("GET", "/auditLogs/provisioning?$top=1&$filter=" + filter))
    guard answer.isSuccess else {
      return ConnectionFinding(
        isGood: false, text: "The provisioning log can't be read: \(answer.error.words)",
        hint: "Give the application AuditLog.Read.All; without it a user whom the tenant refuses "
          + "after it accepted the upload is only told when it stays away.")
    }
    return ConnectionFinding(
      isGood: true, text: "the log of provisioning can be read")
  }

  /// That the groups of a user can't be read; nil if they can, or no user is there to try it with.
  private func memberships() async throws(RequestError) -> ConnectionFinding? {
    let users = try await client.send(GraphCall("GET", "/users?$top=1&$select=id"))
    guard let id = users.object["value"]?.array?.first?["id"]?.string else { return nil }
    let list = "/users/\(HTTPURL.encode(id))/memberOf?$top=1&$select=id"
    let answer = try await client.send(GraphCall("GET", list))
    guard answer.status == 403 else { return nil }
    return ConnectionFinding(
      isGood: true, text: "the groups of a user can't be read: \(answer.error.words)",
      hint: "Give the application Directory.Read.All, so that a delta import reads the groups of "
        + "users who come back after a delete; without it everything is read then.")
  }

  private func count(_ type: GraphObjectType) async throws(RequestError) -> ConnectionFinding {
    var call = GraphCall("GET", type.endpoint + "?$top=1&$select=id&$count=true")
    call.isEventual = true
    let answer = try await client.send(call)
    guard answer.isSuccess else {
      return ConnectionFinding(
        isGood: false, text: "\(type.endpoint) can't be read: \(answer.error.words)",
        hint: answer.status == 403
          ? "Give the application the right to read and write this kind of object, and consent."
          : "")
    }
    let number = answer.object["@odata.count"]?.lenientInteger
    return ConnectionFinding(
      isGood: true, text: "\(type.endpoint): \(number.map { String($0) } ?? "?") objects")
  }
}

extension GraphClient {
  /// The tenant itself, nil if the application may not see it, and the time by the server's clock.
  ///
  /// - Throws: ``RequestError``.
  func organization() async throws(RequestError) -> (JSONObject?, Timestamp?) {
    let answer = try await send(GraphCall("GET", "/organization"))
    if answer.status == 403 { return (nil, answer.date) }
    guard answer.isSuccess, let found = answer.object["value"]?.array?.first?.object else {
      throw answer.fault("GET /organization")
    }
    return (found, answer.date)
  }
}
