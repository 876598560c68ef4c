import FlyingFox
import Foundation
import JSON

/// Brings requests in HTTP to the face that they are for: Graph, the endpoint for sign-ins, that for
/// passwords, or SCIM.
struct TenantHandler: RequestAnswering {
  let scim: SCIMHandler
  let graph: GraphHandler
  let login: LoginHandler
  let passwords: PasswordHandler

  func handleRequest(_ request: HTTPRequest) async throws -> HTTPResponse {
    let first = request.target.path().split(separator: "/").first?.lowercased()
    let fault = RequestHead.fault(of: request)
    if first == GraphHandler.version || LoginHandler.place(of: request) != nil {
      if let fault {
        let error = GraphError(431, "RequestHeaderFieldsTooLarge", fault)
        return try await RequestBody.refuse(request, graph.service.reply(error))
      }
      return first == GraphHandler.version
        ? try await graph.handleRequest(request) : try await login.handleRequest(request)
    }
    if first == "passwords" {
      guard let fault else { return try await passwords.handleRequest(request) }
      let error = ProvisioningError(status: 431, words: fault)
      return try await RequestBody.refuse(request, passwords.service.reply(error))
    }
    guard let fault else { return try await scim.handleRequest(request) }
    return try await RequestBody.refuse(request, Reply(SCIMError(431, nil, fault)))
  }

  func refusal(of path: String, _ status: Int, _ words: String) -> HTTPResponse {
    let first = path.split(separator: "/").first?.lowercased()
    if first == GraphHandler.version {
      let code = [408: "RequestTimeout", 431: "RequestHeaderFieldsTooLarge"][status]
      let error = GraphError(status, code ?? "BadRequest", words)
      return SCIMHandler.response(graph.service.reply(error), to: .GET)
    }
    if first == "passwords" {
      let error = ProvisioningError(status: status, words: words)
      return SCIMHandler.response(passwords.service.reply(error), to: .GET)
    }
    return SCIMHandler.response(Reply(SCIMError(status, nil, words)), to: .GET)
  }
}

/// Brings requests in HTTP to Graph's face and its answers back.
struct GraphHandler: HTTPHandler {
  let service: GraphService
  let gate: TokenGate
  let maximumPayload: Int
  /// The first part of Graph's paths.
  static let version = "v1.0"

  func handleRequest(_ request: HTTPRequest) async throws -> HTTPResponse {
    func response(_ reply: Reply) -> HTTPResponse {
      SCIMHandler.response(Self.numbered(reply, request), to: request.method)
    }
    func refuse(_ error: GraphError) async throws -> HTTPResponse {
      try await RequestBody.refuse(request, Self.numbered(service.reply(error), request))
    }
    let segments = request.target.path().split(separator: "/")
      .map { Percent.decode($0, isQuery: false) }
    guard let query = Percent.parameters(request.target.query()), !segments.contains(nil) else {
      return try await refuse(.bad("The URL has an escape that is broken."))
    }
    let place: [String]
    // Nothing is kept of the body of somebody unknown.
    do throws(GraphError) {
      place = try Self.place(
        Array(segments.compactMap(\.self).dropFirst()), request.method,
        of: try await gate.holder(request))
    } catch {
      return try await refuse(error)
    }
    if let coding = RequestHead.coding(of: request) {
      return try await refuse(
        GraphError(
          415, "UnsupportedMediaType", RequestHead.words(onCoding: coding),
          headers: ["Accept-Encoding": "identity"]))
    }
    let body = try await RequestBody.read(request, limit: maximumPayload)
    if case .endless = body { return SCIMHandler.drop }
    guard case .whole(let bytes) = body else {
      let error = GraphError(
        413, "RequestEntityTooLarge", "The body has more than \(maximumPayload) bytes.")
      return response(service.reply(error))
    }
    return response(try await reply(request, place, query, bytes))
  }

  private func reply(
    _ request: HTTPRequest, _ place: [String], _ query: [String: String], _ bytes: [UInt8]?
  ) async throws -> Reply {
    let latency = service.faults.knobs.latencyMilliseconds
    if latency > 0 { try await Task.sleep(for: .milliseconds(latency)) }
    if let refusal = service.faults.takeRefusal() {
      return told(service.reply(GraphError(refusal, type: nil)))
    }
    var parsed = GraphRequest(
      method: request.method.rawValue, path: place, query: query,
      headers: Self.headers(request))
    do {
      try parsed.read(bytes, contentType: request.headers[.contentType] ?? "")
    } catch {
      return service.reply(error)
    }
    var reply = told(await service.answer(parsed))
    if service.faults.takeDrop() { reply.isDropped = true }
    return reply
  }

  // Graph tells how much is used up once it is most of what is allowed (learn.microsoft.com,
  // "Microsoft Graph service-specific throttling limits", identity and access).
  private func told(_ reply: Reply) -> Reply {
    let percent = service.faults.knobs.quotaPercent
    guard percent >= 80 else { return reply }
    var reply = reply
    reply.headers["x-ms-throttle-limit-percentage"] = String(Double(percent) / 100)
    return reply
  }

  // What a path means to who shows a token: a user sees only the user.
  private static func place(
    _ path: [String], _ method: HTTPMethod, of holder: TokenHolder
  ) throws(GraphError) -> [String] {
    guard case .user(let id) = holder else {
      guard path.first?.lowercased() != "me" else {
        throw .bad("/me request is only valid with delegated authentication flow.")
      }
      return path
    }
    guard path.map({ $0.lowercased() }) == ["me"], method == .GET else {
      throw GraphError(
        403, "Authorization_RequestDenied",
        "Insufficient privileges to complete the operation.")
    }
    return ["users", id]
  }

  // Every answer has a number, and tells that which the client has given to the request
  // (learn.microsoft.com, "Best practices for working with Microsoft Graph").
  private static func numbered(_ reply: Reply, _ request: HTTPRequest) -> Reply {
    var reply = reply
    let number = reply.headers["request-id"] ?? ResourceID.make()
    let given = request.headers[HTTPHeader("client-request-id")].flatMap { text in
      text.utf8.count <= 128 && text.utf8.allSatisfy { (0x21...0x7E).contains($0) } ? text : nil
    }
    reply.headers["request-id"] = number
    reply.headers["client-request-id"] = given ?? number
    if let given { reply.tellClient(given) }
    return reply
  }

  private static func headers(_ request: HTTPRequest) -> [String: String] {
    var headers: [String: String] = [:]
    for name in ["ConsistencyLevel", "Prefer", "Content-Type"] {
      headers[name.lowercased()] = request.headers[HTTPHeader(name)]
    }
    return headers
  }
}
