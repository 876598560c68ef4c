public import Configuration

/// The settings of a connector that speaks SCIM 2.0.
public struct SCIMSection: Hashable, Sendable {
  /// The value of `url` that means the workspace's own tenant.
  public static let embedded = "embedded"

  /// The base URL; nil for the workspace's own tenant.
  public var url: String?
  /// Where the bearer token is; nil only for the workspace's own tenant.
  public var token: SecretReference?
  /// Requests under way at a time; nil for the connector's own choice.
  public var requestsInFlight: Int?
  /// Resources asked for in one answer.
  public var pageSize: Int?
  /// Seconds that one exchange may take.
  public var timeoutSeconds: Int?
  /// A file of PEM certificates to trust instead of the system's; an absolute path.
  public var caFile: String?
  /// Whether Bulk is used where the server has it.
  public var usesBulk: Bool
  /// Whether attributes have the names of Entra Connect's connector instead of SCIM's.
  public var usesEntraNames: Bool
  /// Whether requests are written as Entra's provisioning service writes them.
  public var speaksEntra = false
  /// Values of one attribute in one request; nil for the connector's own choice.
  public var valuesPerRequest: Int?
}

extension SCIMSection {
  init(_ table: TOMLTable, folder: String) throws(ConfigurationError) {
    try table.rejectUnknown(
      allowed: ConnectorDefinition.sharedKeys + [
        "url", "token_file", "token_environment", "requests_in_flight", "page_size", "timeout",
        "ca_file", "bulk", "names", "dialect", "values_per_request",
      ])
    let url = try table.string("url")
    let token = try table.optionalSecret("token")
    if url == Self.embedded {
      guard token == nil else {
        throw ConfigurationError(
          place: token?.place, message: "The embedded tenant's token is named in [tenant]",
          hint: "take this key out")
      }
      self.url = nil
      self.token = nil
    } else {
      try Self.check(url, table)
      self.url = url
      if let token { self.token = token } else { self.token = try table.secret("token") }
    }
    requestsInFlight = try table.optionalInteger("requests_in_flight", in: 1...256)
    pageSize = try table.optionalInteger("page_size", in: 1...10_000)
    timeoutSeconds =
      table["timeout"] == nil
      ? nil
      : Int(
        try table.duration("timeout", in: .seconds(1)...Duration.seconds(3600)).components.seconds)
    caFile = try table.optionalString("ca_file").map {
      WorkspaceLocation.absolute($0, in: folder)
    }
    usesBulk = try table.boolean("bulk", default: true)
    usesEntraNames = try table.choice(
      "names", of: ["scim": false, "entra": true], default: false)
    speaksEntra = try table.choice(
      "dialect", of: ["standard": false, "entra": true], default: false)
    valuesPerRequest = try table.optionalInteger("values_per_request", in: 1...100_000)
  }

  /// A token must not cross a network in the clear.
  private static func check(_ url: String, _ table: TOMLTable) throws(ConfigurationError) {
    guard SafeURL.isSafe(url) else {
      throw ConfigurationError(
        place: table.place(of: "url"),
        message:
          "\"url\" must begin with https:// and a host, and hold no user name, but is "
          + "\"\(SafeURL.shown(url))\"",
        hint: "write https://…, or \"\(embedded)\" for the tenant of this workspace; http:// is "
          + "taken for this machine only")
    }
    // Every path is written behind it; and a key in it would stand in messages.
    guard !url.contains("?"), !url.contains("#") else {
      throw ConfigurationError(
        place: table.place(of: "url"),
        message: "\"url\" must be a base URL that paths can follow, but has a query or a fragment",
        hint: "leave out what begins with ? or #: flags such as ?aadOptscim062020 are for Entra "
          + "only, and a token belongs in token_file")
    }
  }
}
