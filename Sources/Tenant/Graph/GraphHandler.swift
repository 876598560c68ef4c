import FlyingFox
import Foundation
import JSON

/// Brings requests in HTTP to the face that they are for: Graph, the token endpoint, or SCIM.
struct TenantHandler: HTTPHandler {
  let scim: SCIMHandler
  let graph: GraphHandler

  func handleRequest(_ request: HTTPRequest) async throws -> HTTPResponse {
    let path = request.target.path().split(separator: "/")
    if path.first == "v1.0" || path.dropFirst() == ["oauth2", "v2.0", "token"] {
      return try await graph.handleRequest(request)
    }
    return try await scim.handleRequest(request)
  }
}

/// Brings requests in HTTP to Graph's face and its answers back.
struct GraphHandler: HTTPHandler {
  let service: GraphService
  let tokens: TokenService
  /// The SHA-256 of the token that is always taken.
  let tokenHash: String
  let maximumPayload: Int

  func handleRequest(_ request: HTTPRequest) async throws -> HTTPResponse {
    let body = try await RequestBody.read(request, limit: maximumPayload)
    if case .endless = body { return SCIMHandler.drop }
    return SCIMHandler.response(try await reply(request, body))
  }

  private func reply(_ request: HTTPRequest, _ body: RequestBody) async throws -> Reply {
    let segments = request.target.path().split(separator: "/")
      .map { Percent.decode($0, isQuery: false) }
    guard let query = Percent.parameters(request.target.query()), !segments.contains(nil) else {
      return service.reply(GraphError.bad("The URL has an escape that is broken."))
    }
    guard case .whole(let bytes) = body else {
      return service.reply(
        GraphError(413, "RequestEntityTooLarge", "The body has more than \(maximumPayload) bytes."))
    }
    let path = segments.compactMap(\.self)
    if path.first != "v1.0" { return await token(request, tenant: path[0], bytes) }
    if let refusal = await unauthorized(request) { return service.reply(refusal) }
    let latency = service.faults.knobs.latencyMilliseconds
    if latency > 0 { try await Task.sleep(for: .milliseconds(latency)) }
    if let refusal = service.faults.takeRefusal() {
      return service.reply(GraphError(refusal, type: nil))
    }
    var parsed = GraphRequest(
      method: request.method.rawValue, path: Array(path.dropFirst()), query: query,
      headers: Self.headers(request))
    do {
      try parsed.read(bytes, contentType: request.headers[.contentType] ?? "")
    } catch {
      return service.reply(error)
    }
    var reply = await service.answer(parsed)
    if service.faults.takeDrop() { reply.isDropped = true }
    return reply
  }

  private func token(_ request: HTTPRequest, tenant: String, _ bytes: [UInt8]?) async -> Reply {
    let form = Percent.parameters(String(decoding: bytes ?? [], as: UTF8.self))
    guard request.method == .POST, let form else {
      return service.reply(GraphError.method(["POST"]))
    }
    return await tokens.answer(tenant: tenant, form: form)
  }

  private func unauthorized(_ request: HTTPRequest) async -> GraphError? {
    let parts = (request.headers[.authorization] ?? "").split(separator: " ")
    guard parts.count == 2, parts[0].lowercased() == "bearer" else {
      return TokenService.invalid("Access token is empty.")
    }
    if service.faults.takeExpiry() {
      return TokenService.invalid("Lifetime validation failed, the token is expired.")
    }
    let token = String(parts[1])
    if SHA256.isEqual(SHA256.hexadecimal(token), tokenHash) { return nil }
    return await tokens.refusal(ofToken: token)
  }

  private static func headers(_ request: HTTPRequest) -> [String: String] {
    var headers: [String: String] = [:]
    for name in ["ConsistencyLevel", "Prefer", "Content-Type"] {
      headers[name.lowercased()] = request.headers[HTTPHeader(name)]
    }
    return headers
  }
}
