import FlyingFox

/// Brings requests that set passwords to the service, from those who may, and its answers back.
struct PasswordHandler: HTTPHandler {
  let service: CredentialService
  /// What carries out what is due, whichever face is asked.
  let provisioning: ProvisioningService
  let gate: TokenGate
  let maximumPayload: Int

  func handleRequest(_ request: HTTPRequest) async throws -> HTTPResponse {
    if let refusal = await unauthorized(request) {
      return try await RequestBody.refuse(request, refusal)
    }
    let body = try await RequestBody.read(request, limit: maximumPayload)
    if case .endless = body { return SCIMHandler.drop }
    return SCIMHandler.response(try await reply(request, body), to: request.method)
  }

  private func unauthorized(_ request: HTTPRequest) async -> Reply? {
    do {
      let holder = try await gate.holder(request)
      return holder.maySetPasswords
        ? nil : refusal(403, "The token gives no right to set passwords.")
    } catch {
      var reply = refusal(error.status, error.message)
      reply.headers.merge(error.headers) { $1 }
      return reply
    }
  }

  private func reply(_ request: HTTPRequest, _ body: RequestBody) async throws -> Reply {
    guard case .whole(let bytes) = body else {
      return refusal(413, "The body has more than \(maximumPayload) bytes.")
    }
    guard request.method == .POST else { return refusal(405, "Only POST is allowed here.") }
    let latency = service.faults.knobs.latencyMilliseconds
    if latency > 0 { try await Task.sleep(for: .milliseconds(latency)) }
    if let fault = service.faults.takeRefusal() {
      return service.reply(
        .busy(fault.detail, status: fault.status, headers: fault.headers))
    }
    do {
      try await provisioning.applyDue()
    } catch {
      return refusal(500, "What was due could not be carried out: \(error).")
    }
    let path = request.target.path().split(separator: "/").map(String.init)
    guard path.starts(with: ["passwords", "v1"]) else {
      return refusal(404, "Passwords are taken below \(Tenant.passwordPath).")
    }
    var reply = await service.answer(Array(path.dropFirst(2)), bytes)
    if service.faults.takeDrop() { reply.isDropped = true }
    return reply
  }

  private func refusal(_ status: Int, _ words: String) -> Reply {
    service.reply(ProvisioningError(status: status, words: words))
  }
}
