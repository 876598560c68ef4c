import FlyingFox

/// Brings requests in HTTP to what gives tokens, and to what tells clients where that is; nobody needs
/// a token for either.
struct LoginHandler: HTTPHandler {
  let service: GraphService
  let tokens: TokenService
  let documents: LoginDocuments
  let maximumPayload: Int
  /// The largest form that the token endpoint reads, in bytes: anybody may send one.
  private static let largestForm = 64 << 10

  /// What `request` asks for; nil if it is for another face.
  static func place(of request: HTTPRequest) -> LoginPath? {
    let path = request.target.path().split(separator: "/")
      .map { Percent.decode($0, isQuery: false) }
    return path.contains(nil) ? nil : LoginPath(path.compactMap(\.self))
  }

  func handleRequest(_ request: HTTPRequest) async throws -> HTTPResponse {
    guard let place = Self.place(of: request) else {
      return try await refuse(request, .bad("The URL is none of the endpoint for sign-ins."))
    }
    if case .token(let tenant) = place { return try await token(request, tenant: tenant) }
    guard request.method == .GET else { return try await refuse(request, .method(["GET"])) }
    guard let query = Percent.parameters(request.target.query()) else {
      return try await refuse(request, .bad("The URL has an escape that is broken."))
    }
    do {
      return try await RequestBody.refuse(request, try await documents.reply(to: place, query))
    } catch {
      return try await refuse(
        request, GraphError(500, "InternalServerError", "The request failed: \(error)."))
    }
  }

  private func token(_ request: HTTPRequest, tenant: String) async throws -> HTTPResponse {
    let limit = min(Self.largestForm, maximumPayload)
    let body = try await RequestBody.read(request, limit: limit)
    if case .endless = body { return SCIMHandler.drop }
    guard case .whole(let bytes) = body else {
      let error = GraphError(
        413, "RequestEntityTooLarge", "The body has more than \(limit) bytes.")
      return SCIMHandler.response(service.reply(error), to: request.method)
    }
    var form = bytes ?? []
    guard request.method == .POST, let form = FormBody(&form) else {
      return SCIMHandler.response(service.reply(GraphError.method(["POST"])), to: request.method)
    }
    let reply = await tokens.answer(tenant: tenant, form: form.fields, password: form.password)
    return SCIMHandler.response(reply, to: request.method)
  }

  private func refuse(_ request: HTTPRequest, _ error: GraphError) async throws -> HTTPResponse {
    try await RequestBody.refuse(request, service.reply(error))
  }
}
