import FlyingFox

/// Finds out who sends a request.
struct TokenGate: Sendable {
  let tokens: TokenService
  /// The SHA-256 of the token that is always taken.
  let tokenHash: String
  let faults: TenantFaults

  /// Who shows the token of `request`.
  ///
  /// - Throws: ``GraphError`` if there is none, or none that holds.
  func holder(_ request: HTTPRequest) async throws(GraphError) -> TokenHolder {
    let parts = (request.headers[.authorization] ?? "").split(separator: " ")
    guard parts.count == 2, parts[0].lowercased() == "bearer" else {
      throw TokenService.invalid("Access token is empty.")
    }
    if faults.takeExpiry() {
      throw TokenService.invalid("Lifetime validation failed, the token is expired.")
    }
    let token = String(parts[1])
    if SHA256.isEqual(SHA256.hexadecimal(token), tokenHash) { return .tenant }
    return try await tokens.holder(ofToken: token)
  }
}
