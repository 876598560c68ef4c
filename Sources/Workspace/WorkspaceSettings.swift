public import Configuration

/// What `lockstep.toml` says, with every path made absolute.
public struct WorkspaceSettings: Sendable {
  /// The store's file.
  public var storeFile: String
  /// The folder of the rule files.
  public var rulesFolder: String
  /// The embedded tenant; nil if this workspace does not use it.
  public var tenant: EmbeddedTenant?
  /// The connectors in the order of the file.
  public var connectors: [ConnectorDefinition]
  /// The ways that passwords take, in the order of the file.
  public var passwordSync: [PasswordSyncSection] = []
  /// Seconds without work after which an engine that a command started leaves; nil for never.
  public var idleExitSeconds: Int
  /// Whether the engine stands by: everything but exports.
  public var isStaging = false
  /// Errors after which a step ends that has more before it; nil for as many as usual.
  public var errorLimit: Int?
  /// The console's theme, or nil for its own choice.
  public var theme: String?
  /// Whether the console draws only the beginning of the selected row as such.
  public var shortSelection = false
  /// A folder of further themes, or nil.
  public var themesFolder: String?
  /// The console's keys that are other than usual.
  public var keys: [ConsoleKeySetting] = []
  /// Words for commands of the console's command line.
  public var aliases: [ConsoleAliasSetting] = []

  /// What connectors say that `%Name%` stands for in their rules, by the connector's name.
  public var parameters: [String: [String: String]] {
    Dictionary(
      connectors.map { ($0.name, $0.parameters) }, uniquingKeysWith: { first, _ in first })
  }
}

/// Keys that `[console.keys]` gives to an action of the console.
public struct ConsoleKeySetting: Hashable, Sendable {
  /// The action's name.
  public var action: String
  /// The names of the keys.
  public var keys: [String]
  /// Where it stands.
  public var place: SourcePlace
}

/// A word that `[console.aliases]` gives to a command of the console's command line.
public struct ConsoleAliasSetting: Hashable, Sendable {
  /// The word.
  public var name: String
  /// The line that it stands for.
  public var text: String
  /// Where it stands.
  public var place: SourcePlace
}

/// The `[tenant]` section: the tenant that comes with the program.
public struct EmbeddedTenant: Hashable, Sendable {
  /// The tenant's own database.
  public var database: String
  /// The address that it listens on.
  public var address: String
  /// The port that it listens on; 0 takes a free one at each start.
  public var port: Int
  /// The file that holds the token, readable by its owner only.
  public var tokenFile: String
  /// The certificate that it shows, in PEM, with those above it; nil for plain HTTP.
  public var certificateFile: String?
  /// The key of that certificate, readable by its owner only.
  public var keyFile: String?
  /// The name under which its clients know it; nil for its address.
  public var hostName: String?
  /// The domains that user principal names may end with; empty for any.
  public var verifiedDomains: [String] = []
  /// The applications that get tokens for Microsoft Graph from it.
  public var applications: [TenantApplicationSection] = []
}

extension WorkspaceSettings {
  /// The variables of the environment that hold secrets of connectors.
  ///
  /// The tenant, which takes connections, has no use for them, unless an application of its own shows
  /// the same secret.
  var secretVariables: Set<String> {
    Self.variables(connectors.flatMap(\.secrets) + passwordSync.compactMap(\.secret))
      .subtracting(Self.variables(tenant?.applications.compactMap(\.secret) ?? []))
  }

  private static func variables(_ references: [SecretReference]) -> Set<String> {
    Set(
      references.compactMap { reference in
        guard case .environment(let name) = reference.source else { return nil }
        return name
      })
  }
}

extension ConnectorDefinition {
  fileprivate var secrets: [SecretReference] {
    switch kind {
    case .ldif: []
    case .ldap(let section): section.password.map { [$0] } ?? []
    case .scim(let section): section.token.map { [$0] } ?? []
    case .graph(let section):
      switch section.credentials {
      case .embedded: []
      case .secret(_, let reference), .certificate(_, _, let reference): [reference]
      }
    }
  }
}

extension PasswordSyncSection {
  fileprivate var secret: SecretReference? {
    guard case .replication(let replication) = reading,
      case .password(let reference) = replication.credential
    else { return nil }
    return reference
  }
}
