/// An application that may get tokens for Graph.
public struct TenantApplication: Hashable, Sendable {
  /// Its id, a GUID in Entra ID.
  public var clientID: String
  /// The SHA-256 of its secret in hexadecimal; nil if it has none.
  public var secretHash: String?
  /// Its certificate in DER; nil if it has none.
  public var certificate: [UInt8]?
  /// Whether its tokens let passwords of users be set.
  public var maySetPasswords = false

  /// An application that shows a secret, a certificate, or either.
  public init(clientID: String, secret: String? = nil, certificate: [UInt8]? = nil) {
    self.clientID = clientID
    secretHash = secret.map { SHA256.hexadecimal($0) }
    self.certificate = certificate
  }
}
