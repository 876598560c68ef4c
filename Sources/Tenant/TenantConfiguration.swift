/// How a tenant server is started.
public struct TenantConfiguration: Sendable {
  /// Where the secret comes from that clients must present.
  public enum Token: Sendable {
    /// The token itself; only its SHA-256 is kept.
    case plain(String)
    /// The SHA-256 of the token's UTF-8 in hexadecimal, 64 digits.
    case sha256(String)
  }

  /// A server's certificate and its key.
  public struct Certificate: Hashable, Sendable {
    /// A file in PEM with the certificate, followed by those above it.
    public var file: String
    /// A file in PEM with its key, readable by its owner only.
    public var keyFile: String
    /// A certificate in these files.
    public init(file: String, keyFile: String) {
      self.file = file
      self.keyFile = keyFile
    }
  }

  /// The path of the database file; it is made if it is not there.
  public var databasePath: String
  /// The IPv4 or IPv6 address to listen on.
  public var address: String
  /// The port to listen on; 0 for any free one.
  public var port: UInt16
  /// What clients must present.
  public var token: Token
  /// Whether `/admin/faults` is there, for tests.
  public var faultsEnabled: Bool
  /// Whether only the standard's forms are taken.
  ///
  /// If not, a boolean may be the string "True", a
  /// single value may stand for a list of one, and a name with a dot may stand in a PATCH value.
  public var isStrict: Bool
  /// Whether an address other than loopback is allowed.
  ///
  /// Give the server a ``certificate`` then, or put a proxy with TLS in front of it.
  public var allowsRemoteClients: Bool
  /// What the server shows to be known by clients that speak TLS to it; nil for plain HTTP.
  public var certificate: Certificate?
  /// The name under which clients know the server, as its certificate has it; nil for its address.
  public var hostName: String?
  /// The URL under which clients know the server, if a proxy stands in front of it; without the
  /// base path and without a slash at its end.
  public var publicURL: String?
  /// The greatest body that is taken, in bytes.
  public var maximumPayload: Int
  /// The applications that may get tokens for Graph.
  public var applications: [TenantApplication] = []
  /// The jobs of API-driven provisioning that users can be uploaded to.
  public var provisioningJobs: [ProvisioningJob] = [.standard]
  /// The domains that user principal names may end with; empty for any.
  public var verifiedDomains: [String] = []
  /// Seconds for which such a token holds.
  public var tokenLifetime = 3599
  /// After how many failed sign-ins in a row an account is locked.
  public var lockoutAttempts = 10
  /// Seconds for which it is locked at first; each further time twice as long, an hour at most.
  public var lockoutSeconds = 60
  /// What one client may cost all others.
  var limits = ConnectionTable.Limits()

  /// A configuration for a server on loopback.
  public init(
    databasePath: String, address: String = "127.0.0.1", port: UInt16 = 0, token: Token,
    faultsEnabled: Bool = false, isStrict: Bool = true, allowsRemoteClients: Bool = false,
    publicURL: String? = nil, maximumPayload: Int = 8_388_608
  ) {
    self.databasePath = databasePath
    self.address = address
    self.port = port
    self.token = token
    self.faultsEnabled = faultsEnabled
    self.isStrict = isStrict
    self.allowsRemoteClients = allowsRemoteClients
    self.publicURL = publicURL
    self.maximumPayload = maximumPayload
  }

  // The hash that tokens are compared with.
  func tokenHash() throws -> String {
    switch token {
    case .plain(let text):
      guard text.utf8.count >= 16 else {
        throw TenantError(
          .badToken, "The tenant's token has fewer than 16 characters",
          hint: "Take a random one, such as `openssl rand -hex 32` prints.")
      }
      return SHA256.hexadecimal(text)
    case .sha256(let text):
      let hash = text.lowercased()
      guard hash.utf8.count == 64, hash.allSatisfy(\.isHexDigit) else {
        throw TenantError(
          .badToken, "The hash of the tenant's token is not 64 hexadecimal digits",
          hint: "Give the SHA-256 of the token, as `printf %s TOKEN | sha256sum` prints it.")
      }
      return hash
    }
  }

  // Refuses an address that is open to others unless that is wanted.
  func checkAddress() throws {
    let isLoopback = address.hasPrefix("127.") || address == "::1"
    guard isLoopback || allowsRemoteClients else {
      throw TenantError(
        .addressUnusable, "The tenant would listen on '\(address)', which others can reach",
        hint: "Use 127.0.0.1, or allow remote clients and give the server a certificate.")
    }
  }
}

/// What concerns the tenant as a whole.
public enum Tenant {
  /// The path below which SCIM is spoken.
  public static let basePath = "/scim/v2"
  /// The path below which Microsoft Graph is spoken.
  public static let graphPath = "/v1.0"
  /// The path below which passwords are taken.
  public static let passwordPath = "/passwords/v1"
  /// The id of the application by which anyone may sign in with a password and nothing else.
  public static let publicClientID = "6c6f636b-7374-4570-8000-7369676e696e"

  /// A new random token: 43 characters, 256 bits.
  public static func makeToken() -> String {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    var generator = SystemRandomNumberGenerator()
    return String((0..<43).map { _ in alphabet[Int.random(in: 0..<64, using: &generator)] })
  }

  /// The SHA-256 of a token in the form that ``TenantConfiguration/Token/sha256(_:)`` takes.
  public static func hash(ofToken token: String) -> String { SHA256.hexadecimal(token) }
}
