public import Configuration

/// The settings of a connector to Microsoft Graph.
public struct GraphSection: Hashable, Sendable {
  /// What lets the connector in.
  public enum Credentials: Hashable, Sendable {
    /// The workspace's own tenant, whose token is named in its section.
    case embedded
    /// The secret of an application.
    case secret(application: String, SecretReference)
    /// The certificate of an application, a PEM file of absolute path, with its private key in PEM.
    case certificate(application: String, file: String, key: SecretReference)
  }

  /// Microsoft's cloud by its name; nil for another address.
  public var cloud: String?
  /// The root of Graph at another address; nil for one of Microsoft's clouds, or for the
  /// workspace's own tenant.
  public var url: String?
  /// The root of the endpoint for tokens at another address.
  public var loginURL: String?
  /// The tenant's id or one of its domains.
  public var tenant: String
  /// What lets the connector in.
  public var credentials: Credentials
  /// The directory extension that holds the source anchor of groups.
  public var groupAnchor: String?
  /// Whether objects without a source anchor are taken over by name or mail address.
  public var softMatches: Bool
  /// Whether users who are to be made again are restored where they were deleted.
  public var restoresDeleted = true
  /// Requests under way at a time; nil for the connector's own choice.
  public var requestsInFlight: Int?
  /// Seconds that one exchange may take.
  public var timeoutSeconds: Int?
  /// A file of PEM certificates to trust instead of the system's; an absolute path.
  public var caFile: String?
  /// How users are sent by API-driven provisioning; nil if by Graph itself.
  public var bulkUpload: BulkUpload?

  /// A provisioning job that takes users.
  public struct BulkUpload: Hashable, Sendable {
    /// The object id of the service principal.
    public var servicePrincipal: String
    /// The job's id.
    public var job: String
    /// The property by which the job finds a user.
    public var match: String
    /// Where the job takes attributes from, by their name in the connector space.
    public var attributes: [String: String]
    /// Seconds that the tenant may take.
    public var patienceSeconds: Int

    /// The properties that ``match`` may name.
    static let matches = ["onPremisesImmutableId", "employeeId"]
  }

  /// Whether it goes to the workspace's own tenant.
  public var isEmbedded: Bool { credentials == .embedded }
  /// Whether it goes to Microsoft Entra ID, in any of Microsoft's clouds.
  public var isMicrosoft: Bool {
    guard !isEmbedded else { return false }
    guard let url else { return true }
    let rest = url.lowercased().split(separator: "/").dropFirst().first ?? ""
    let host = rest.split(separator: ":").first.map(String.init) ?? ""
    return Self.hosts.contains { host == $0 || host.hasSuffix("." + $0) }
  }

  /// Where Microsoft's clouds have Graph (learn.microsoft.com, "Microsoft Graph national cloud
  /// deployments").
  private static let hosts = [
    "graph.microsoft.com", "graph.microsoft.us", "dod-graph.microsoft.us",
    "microsoftgraph.chinacloudapi.cn",
  ]
  /// A text that differs when the connector reads other objects, or reads them in another way.
  public var fingerprint: String {
    let place = isEmbedded ? SCIMSection.embedded : url ?? cloud ?? "global"
    return "graph " + place + " " + tenant + (groupAnchor.map { " " + $0 } ?? "")
      + (bulkUpload.map { $0.match == "employeeId" ? " employeeId" : "" } ?? "")
  }

  /// The names that ``cloud`` may have.
  static let clouds = ["global", "us-government", "us-defense", "china"]
}

extension GraphSection {
  init(_ table: TOMLTable, folder: String) throws(ConfigurationError) {
    try table.rejectUnknown(
      allowed: ConnectorDefinition.sharedKeys + [
        "cloud", "url", "login_url", "tenant", "application", "secret_file", "secret_environment",
        "certificate_file", "key_file", "key_environment", "group_anchor", "soft_match",
        "restore_deleted",
        "requests_in_flight", "timeout", "ca_file", "bulk_upload",
      ])
    let address = try table.optionalString("url")
    if address == SCIMSection.embedded {
      try Self.refuse(
        Self.credentialKeys + ["cloud", "login_url", "tenant"], table,
        why: "is for a tenant of Microsoft's, and this connector goes to the embedded one",
        hint: "take it out, or take out url = \"\(SCIMSection.embedded)\"")
      (url, loginURL, cloud) = (nil, nil, nil)
      tenant = "embedded"
      credentials = .embedded
    } else {
      if let address { try Self.check(address, "url", table) }
      if address != nil {
        try Self.refuse(
          ["cloud"], table, why: "has no effect beside \"url\"", hint: "keep one of them")
      }
      let login = try table.optionalString("login_url")
      if let login { try Self.check(login, "login_url", table) }
      (url, loginURL) = (address, login)
      cloud =
        url == nil
        ? try table.choice(
          "cloud", of: Dictionary(uniqueKeysWithValues: Self.clouds.map { ($0, $0) }),
          default: "global") : nil
      tenant = try table.string("tenant")
      credentials = try Self.credentials(table, folder: folder)
    }
    groupAnchor = try table.optionalString("group_anchor")
    softMatches = try table.boolean("soft_match", default: true)
    restoresDeleted = try table.boolean("restore_deleted", default: true)
    requestsInFlight = try table.optionalInteger("requests_in_flight", in: 1...64)
    timeoutSeconds =
      table["timeout"] == nil
      ? nil
      : Int(
        try table.duration("timeout", in: .seconds(1)...Duration.seconds(3600)).components.seconds)
    caFile = try table.optionalString("ca_file").map {
      WorkspaceLocation.absolute($0, in: folder)
    }
    bulkUpload = try table.optionalTable("bulk_upload").map { table throws(ConfigurationError) in
      try Self.bulkUpload(table)
    }
  }

  private static let credentialKeys = [
    "application", "secret_file", "secret_environment", "certificate_file", "key_file",
    "key_environment",
  ]

  /// Refuses keys that would have no effect, so that nobody relies on them.
  private static func refuse(
    _ keys: [String], _ table: TOMLTable, why: String, hint: String
  ) throws(ConfigurationError) {
    for key in keys where table[key] != nil {
      throw ConfigurationError(
        place: table.place(of: key), message: "\"\(key)\" \(why)", hint: hint)
    }
  }

  private static func bulkUpload(_ table: TOMLTable) throws(ConfigurationError) -> BulkUpload {
    try table.rejectUnknown(
      allowed: ["service_principal", "job", "match", "patience", "attributes"])
    var attributes: [String: String] = [:]
    if let names = try table.optionalTable("attributes") {
      for name in names.keys {
        let path = try names.string(name)
        guard isExtensionPath(path) else {
          throw ConfigurationError(
            place: names.place(of: name),
            message: "\"\(path)\" is no attribute of a SCIM extension",
            hint: "write the extension's URN, a colon and the attribute's name, such as "
              + "\"urn:contoso:employee:JobCode\"")
        }
        attributes[name] = path
      }
    }
    return BulkUpload(
      servicePrincipal: try segment("service_principal", table), job: try segment("job", table),
      match: try table.choice(
        "match", of: Dictionary(uniqueKeysWithValues: BulkUpload.matches.map { ($0, $0) }),
        default: BulkUpload.matches[0]),
      attributes: attributes,
      patienceSeconds: table["patience"] == nil
        ? 7200
        : Int(
          try table.duration("patience", in: .seconds(0)...Duration.seconds(7 * 86_400))
            .components.seconds))
  }

  // A part of a path: an id holds neither spaces nor slashes.
  private static func segment(_ key: String, _ table: TOMLTable) throws(ConfigurationError)
    -> String
  {
    let text = try table.string(key)
    guard !text.isEmpty, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != 0x2F }) else {
      throw ConfigurationError(
        place: table.place(of: key), message: "\"\(key)\" is no id: \"\(text)\"",
        hint: "copy it from the provisioning application's technical information")
    }
    return text
  }

  private static func isExtensionPath(_ path: String) -> Bool {
    let parts = path.split(separator: ":", omittingEmptySubsequences: false)
    return parts.count >= 3 && parts[0].lowercased() == "urn"
      && parts.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy { (0x21...0x7E).contains($0) } }
  }

  private static func credentials(
    _ table: TOMLTable, folder: String
  ) throws(ConfigurationError) -> Credentials {
    let application = try table.string("application")
    guard let file = try table.optionalString("certificate_file") else {
      try refuse(
        ["key_file", "key_environment"], table, why: "belongs to a certificate, and there is none",
        hint: "add certificate_file, or take it out")
      return .secret(application: application, try table.secret("secret"))
    }
    guard try table.optionalSecret("secret") == nil else {
      throw ConfigurationError(
        place: table.place(of: "certificate_file"),
        message: "An application shows a secret or a certificate, not both",
        hint: "keep one of them")
    }
    var key = try table.secret("key")
    key.form = .pem
    return .certificate(
      application: application, file: WorkspaceLocation.absolute(file, in: folder), key: key)
  }

  /// A secret must not cross a network in the clear.
  private static func check(
    _ url: String, _ key: String, _ table: TOMLTable
  ) throws(ConfigurationError) {
    guard SafeURL.isSafe(url) else {
      throw ConfigurationError(
        place: table.place(of: key),
        message:
          "\"\(key)\" must begin with https:// and a host, and hold no user name, but is "
          + "\"\(SafeURL.shown(url))\"",
        hint: "write https://…; http:// is taken for this machine only")
    }
    // Every path is written behind it.
    guard !url.contains("?"), !url.contains("#") else {
      throw ConfigurationError(
        place: table.place(of: key),
        message: "\"\(key)\" must be a root that paths can follow, but has a query or a fragment",
        hint: "leave out what begins with ? or #")
    }
    let path = url.lowercased().split(separator: "/").dropFirst(2)
    if key == "login_url", path.contains("oauth2") {
      throw ConfigurationError(
        place: table.place(of: key),
        message: "\"\(key)\" must be the root of the endpoint for tokens, but is one of its paths: "
          + "\"\(url)\"",
        hint: "write what stands before the tenant, such as https://login.microsoftonline.com")
    }
    if key == "url", path.last == "v1.0" || path.last == "beta" {
      throw ConfigurationError(
        place: table.place(of: key),
        message: "\"\(key)\" must be the root of Microsoft Graph, but names a version: \"\(url)\"",
        hint: "leave out the version: v1.0 is written behind it")
    }
  }
}
