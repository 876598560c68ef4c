import FlyingFox
import Foundation
import JSON

/// Brings HTTP requests to the service and its answers back.
struct SCIMHandler: HTTPHandler {
  let service: TenantService
  /// What carries out what is due, whichever face is asked.
  let provisioning: ProvisioningService
  /// The SHA-256 of the token.
  let tokenHash: String
  /// Whether `/admin/faults` is there.
  let faultsEnabled: Bool

  func handleRequest(_ request: HTTPRequest) async throws -> HTTPResponse {
    // Nothing is kept of the body of somebody unknown.
    if let refusal = unauthorized(request) {
      return try await RequestBody.refuse(request, Reply(refusal))
    }
    if let coding = RequestHead.coding(of: request) {
      let refusal = SCIMError(
        415, nil, RequestHead.words(onCoding: coding), headers: ["Accept-Encoding": "identity"])
      return try await RequestBody.refuse(request, Reply(refusal))
    }
    let body = try await RequestBody.read(request, limit: service.maximumPayload)
    if case .endless = body { return Self.drop }
    var reply = try await reply(request, body)
    reply.contentType = Self.contentType(accepted: request.headers[HTTPHeader("Accept")])
    return Self.response(reply, to: request.method)
  }

  /// The type of an answer for a client that accepts these (RFC 7644 §3.8): SCIM's own, unless the
  /// client wants plain JSON and nothing else that would do.
  static func contentType(accepted: String?) -> String {
    let types = (accepted ?? "").split(separator: ",").map {
      $0.prefix { $0 != ";" }.trimmingCharacters(in: .whitespaces).lowercased()
    }
    let isPlain =
      types.contains("application/json")
      && Set(types).isDisjoint(with: ["application/scim+json", "application/*", "*/*"])
    return isPlain ? "application/json" : "application/scim+json"
  }

  private func reply(_ request: HTTPRequest, _ body: RequestBody) async throws -> Reply {
    guard let path = segments(request), let query = Percent.parameters(request.target.query())
    else {
      return Reply(SCIMError(400, .invalidSyntax, "The URL has an escape that is broken."))
    }
    guard case .whole(let bytes) = body else {
      return Reply(
        SCIMError(413, nil, "The body has more than \(service.maximumPayload) bytes."))
    }
    if faultsEnabled, path == ["admin", "faults"] { return administrate(request, bytes) }
    guard path.starts(with: ["scim", "v2"]) else {
      return Reply(SCIMError(404, nil, "SCIM is spoken below \(Tenant.basePath)."))
    }
    if bytes != nil, let refusal = unsupportedType(request) { return Reply(refusal) }
    let latency = service.faults.knobs.latencyMilliseconds
    if latency > 0 { try await Task.sleep(for: .milliseconds(latency)) }
    if let refusal = service.faults.takeRefusal() { return Reply(refusal) }
    do {
      try await provisioning.applyDue()
    } catch {
      return Reply(SCIMError(500, nil, "What was due could not be carried out: \(error)."))
    }
    var reply = await service.answer(
      ServiceRequest(
        method: request.method.rawValue, path: Array(path.dropFirst(2)), query: query,
        ifMatch: request.headers[HTTPHeader("If-Match")],
        ifNoneMatch: request.headers[HTTPHeader("If-None-Match")], body: bytes))
    if service.faults.takeDrop() { reply.isDropped = true }
    return reply
  }

  private func segments(_ request: HTTPRequest) -> [String]? {
    var segments: [String] = []
    for part in request.target.path().split(separator: "/") {
      guard let segment = Percent.decode(part, isQuery: false) else { return nil }
      segments.append(segment)
    }
    return segments
  }

  private func unauthorized(_ request: HTTPRequest) -> SCIMError? {
    func refusal(_ detail: String, _ parameters: String = "") -> SCIMError {
      SCIMError(
        401, nil, detail, headers: ["WWW-Authenticate": "Bearer realm=\"scim\"\(parameters)"])
    }
    let parts = (request.headers[.authorization] ?? "").split(separator: " ")
    guard parts.count == 2, parts[0].lowercased() == "bearer" else {
      return refusal("A bearer token must stand in the Authorization header.")
    }
    guard SHA256.isEqual(SHA256.hexadecimal(String(parts[1])), tokenHash) else {
      return refusal("The bearer token is not this tenant's.", ", error=\"invalid_token\"")
    }
    return nil
  }

  private func unsupportedType(_ request: HTTPRequest) -> SCIMError? {
    let header = request.headers[.contentType] ?? ""
    let type = header.prefix { $0 != ";" }.trimmingCharacters(in: .whitespaces).lowercased()
    guard !["application/scim+json", "application/json"].contains(type) else { return nil }
    return SCIMError(
      415, nil, "The body is of type '\(header)'; it must be application/scim+json.")
  }

  private func administrate(_ request: HTTPRequest, _ body: [UInt8]?) -> Reply {
    let faults = service.faults
    switch request.method {
    case .GET: break
    case .DELETE: faults.reset()
    case .POST:
      do {
        let json = try JSONValue(parsing: body ?? []).object ?? JSONObject()
        faults.knobs = try faults.knobs.changed(by: json)
      } catch let error as SCIMError {
        return Reply(error)
      } catch {
        return Reply(SCIMError.invalidSyntax("The body is not JSON: \(error)."))
      }
    default:
      return Reply(
        SCIMError(
          405, nil,
          "Allowed are GET, which shows the faults, POST, which sets those that a JSON object names "
            + "(" + TenantFaults.Knobs.names.joined(separator: ", ") + "), and DELETE, which ends "
            + "all.", headers: ["Allow": "GET, POST, DELETE"]))
    }
    return Reply(200, faults.knobs.json)
  }

  // MARK: Answers

  /// The reply to a request of `method` in HTTP.
  ///
  /// One to HEAD tells of its body the size only (RFC 9110 §9.3.2).
  static func response(_ reply: Reply, to method: HTTPMethod) -> HTTPResponse {
    guard !reply.isDropped else { return Self.drop }
    var headers = HTTPHeaders()
    for (name, value) in reply.headers { headers[HTTPHeader(name)] = value }
    let status = HTTPStatusCode(reply.status, phrase: Self.phrase(reply.status))
    guard let body = reply.body else { return HTTPResponse(statusCode: status, headers: headers) }
    headers[.contentType] = reply.contentType
    let data = Data(body.encoded)
    if method == .HEAD {
      headers[.contentLength] = String(data.count)
      return HTTPResponse(statusCode: status, headers: headers)
    }
    return HTTPResponse(
      statusCode: status, headers: headers,
      // In large pieces: the server writes each apart.
      body: HTTPBodySequence(data: data, suggestedBufferSize: 65_536))
  }

  private static func phrase(_ status: Int) -> String {
    [
      200: "OK", 201: "Created", 202: "Accepted", 204: "No Content", 304: "Not Modified",
      400: "Bad Request",
      401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
      408: "Request Timeout", 409: "Conflict", 412: "Precondition Failed", 413: "Content Too Large",
      410: "Gone", 415: "Unsupported Media Type", 424: "Failed Dependency",
      429: "Too Many Requests", 431: "Request Header Fields Too Large",
      500: "Internal Server Error",
      501: "Not Implemented", 503: "Service Unavailable", 507: "Insufficient Storage",
    ][status] ?? "Status"
  }

  // An answer that is no body cuts the connection.
  static var drop: HTTPResponse { HTTPResponse(webSocket: FailingUpgrade()) }

  private struct FailingUpgrade: WSHandler {
    func makeFrames(for client: AsyncThrowingStream<WSFrame, any Error>) async throws
      -> AsyncStream<WSFrame>
    {
      throw CancellationError()
    }
  }
}
