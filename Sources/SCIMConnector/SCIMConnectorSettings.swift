public import HTTP

/// Where a SCIM server is and how it is to be treated.
public struct SCIMConnectorSettings: Sendable {
  /// The base URL, to which `/Users` is appended: `https://scim.example.com/v2`.
  public var url: String
  /// Gives the bearer token (RFC 6750) for each request; it is never stored nor printed.
  public var token: @Sendable () throws -> String
  /// Requests under way at a time, at least 1.
  public var requestsInFlight = 8
  /// Resources asked for in one answer; the server may give fewer.
  public var pageSize = 500
  /// Seconds that one exchange may take.
  public var timeout: Double = 120
  /// Seconds that a connection may take.
  public var connectTimeout: Double = 10
  /// A file of PEM certificates to trust instead of the system's.
  public var caFile: String?
  /// Whether to use Bulk (RFC 7644 §3.7) where the server has it.
  public var useBulk = true
  /// How requests that change something are written.
  public var dialect = SCIMDialect.standard
  /// Values of one attribute in one request, at least 1; more are spread over several requests.
  ///
  /// Some services take as few as 100 members at a time.
  public var valuesPerRequest = 5000
  /// Seconds that one wish of the server to wait (Retry-After) is obeyed; a longer one ends the
  /// step.
  public var maxRetryWait: Double = 300
  /// How often and after which delays a request is sent again.
  public var retry = RetryPolicy()
  /// Bytes that one answer may have.
  ///
  /// A group of 100,000 members takes about 20 MB.
  public var maxResponseSize = 256 << 20
  /// The names that attributes have in the connector space.
  public var names = SCIMAttributeNames.scim
  /// Whether requests that could change something are refused before they leave.
  public var isReadOnly = false
  /// Seconds by which changes may become visible later than their `meta.lastModified` says.
  public var modificationLag: Double = 5

  /// Settings for the server at `url`, with usual values for the rest.
  public init(url: String, token: @escaping @Sendable () throws -> String) {
    self.url = url
    self.token = token
  }

  /// The same for trying the connection, for which somebody waits.
  var forCheck: SCIMConnectorSettings {
    var settings = self
    settings.timeout = min(timeout, RetryPolicy.checkSilence)
    settings.retry = retry.forCheck
    return settings
  }

  /// The base URL without a slash at its end.
  var baseURL: String {
    var text = url[...]
    while text.hasSuffix("/") { text = text.dropLast() }
    return String(text)
  }
}

/// How requests that change something are written.
public enum SCIMDialect: String, Hashable, Sendable, CaseIterable {
  /// As RFC 7644 has them.
  case standard
  /// As Microsoft Entra's provisioning service writes them, for services that were made for it.
  case entra
}

/// The names that a SCIM server's attributes have in the connector space.
public enum SCIMAttributeNames: String, Hashable, Sendable, CaseIterable {
  /// SCIM paths: `userName`, `emails[type eq "work"].value`.
  case scim
  /// Those of Entra Connect's connector for Entra ID: `userPrincipalName`, `mail`.
  case entra
}
