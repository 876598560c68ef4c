public import HTTP

/// Which of Microsoft's clouds the tenant is in (learn.microsoft.com, "National cloud
/// deployments").
public enum GraphCloud: String, Hashable, Sendable, CaseIterable {
  /// The one for everybody.
  case global
  /// US government, L4.
  case usGovernment = "us-government"
  /// US government, L5 (DoD).
  case usDefense = "us-defense"
  /// China, operated by 21Vianet.
  case china

  /// The root of Microsoft Graph, without a slash at its end.
  public var graphRoot: String {
    switch self {
    case .global: "https://graph.microsoft.com"
    case .usGovernment: "https://graph.microsoft.us"
    case .usDefense: "https://dod-graph.microsoft.us"
    case .china: "https://microsoftgraph.chinacloudapi.cn"
    }
  }

  /// The root of the endpoint for tokens, without a slash at its end.
  public var loginRoot: String {
    switch self {
    case .global: "https://login.microsoftonline.com"
    case .usGovernment, .usDefense: "https://login.microsoftonline.us"
    case .china: "https://login.partner.microsoftonline.cn"
    }
  }
}

extension GraphConnectorSettings {
  /// What is wrong with the two addresses if they are those of two of Microsoft's clouds: no token of
  /// one is of use in another.
  var cloudMismatch: String? {
    let clouds = GraphCloud.allCases
    let ofGraph = clouds.filter { $0.graphRoot == graphRoot.lowercased() }
    let ofLogin = clouds.filter { $0.loginRoot == loginRoot.lowercased() }
    guard let graph = ofGraph.first, !ofLogin.isEmpty, !ofLogin.contains(graph) else { return nil }
    return "\(loginRoot) gives tokens for another cloud than that of \(graphRoot)"
  }
}

/// What a Graph client shows to be let in.
public enum GraphCredentials: Sendable {
  /// A token that comes from elsewhere, given anew for each request.
  case bearer(@Sendable () throws -> String)
  /// The secret of an application that is registered in the tenant.
  case secret(application: String, @Sendable () throws -> String)
  /// The certificate of such an application, in PEM, with its private key in PEM.
  case certificate(
    application: String, certificate: @Sendable () throws -> String,
    key: @Sendable () throws -> String)
}

/// Where a tenant of Microsoft Graph is and how it is to be treated.
public struct GraphConnectorSettings: Sendable {
  /// The root of Graph, to which `/v1.0` is appended.
  public var graphRoot: String
  /// The root of the endpoint for tokens.
  public var loginRoot: String
  /// The scope that a token is asked for; `/.default` of Graph's root unless set.
  public var scope: String
  /// The tenant's id or one of its domains.
  public var tenant: String
  /// What is shown to be let in.
  public var credentials: GraphCredentials
  /// Requests under way at a time, at least 1.
  public var requestsInFlight = 4
  /// Seconds that one exchange may take.
  public var timeout: Double = 120
  /// Seconds that a connection may take.
  public var connectTimeout: Double = 10
  /// A file of PEM certificates to trust instead of the system's.
  public var caFile: String?
  /// Objects asked for in one answer, 1 to 999.
  public var pageSize = 999
  /// Seconds that one wish of the server to wait (Retry-After) is obeyed; a longer one ends the
  /// step.
  public var maxRetryWait: Double = 300
  /// How often and after which delays a request is sent again.
  public var retry = RetryPolicy()
  /// Whether an object that is in the tenant and has no source anchor is taken over when its user
  /// principal name or primary mail address is the same.
  public var softMatches = true
  /// Whether a user who is to be made anew and was deleted within the last 30 days is restored.
  public var restoresDeleted = true
  /// The directory extension that holds the source anchor of groups, for which Graph has no
  /// attribute of its own: `extension_APPLICATIONID_sourceAnchor`.
  public var groupAnchorExtension: String?
  /// How users are sent by API-driven provisioning instead of by Graph's own requests; nil for those.
  public var bulkUpload: BulkUploadSettings?
  /// Whether requests that could change something are refused before they leave.
  public var isReadOnly = false

  /// Settings for `tenant` in one of Microsoft's clouds.
  public init(cloud: GraphCloud = .global, tenant: String, credentials: GraphCredentials) {
    self.init(
      graphRoot: cloud.graphRoot, loginRoot: cloud.loginRoot, tenant: tenant,
      credentials: credentials)
  }

  /// Settings for `tenant` at addresses of its own.
  public init(
    graphRoot: String, loginRoot: String, tenant: String, credentials: GraphCredentials
  ) {
    self.graphRoot = Self.trimmed(graphRoot)
    self.loginRoot = Self.trimmed(loginRoot)
    self.tenant = tenant
    self.credentials = credentials
    scope = Self.trimmed(graphRoot) + "/.default"
  }

  /// The path of what is spoken below the root.
  var path = "/v1.0"
  /// The URL below which requests go, without a slash at its end.
  var base: String { graphRoot + path }

  /// The same for trying the connection, for which somebody waits.
  var forCheck: GraphConnectorSettings {
    var settings = self
    settings.timeout = min(timeout, RetryPolicy.checkSilence)
    settings.retry = retry.forCheck
    return settings
  }

  private static func trimmed(_ url: String) -> String {
    var text = url[...]
    while text.hasSuffix("/") { text = text.dropLast() }
    return String(text)
  }
}
