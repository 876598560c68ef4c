import Configuration

/// The configuration of a workspace for directories of one's own, before there is one.
public struct WorkspaceDraft: Hashable, Sendable {
  /// Where identities come from.
  public enum Source: Hashable, Sendable {
    /// A directory by LDAP.
    ///
    /// - Parameters:
    ///   - servers: Their addresses, as `ldaps://dc1.contoso.com`.
    ///   - user: The account.
    ///   - caFile: A file of PEM certificates; nil for the system's.
    case ldap(servers: [String], user: String, caFile: String?)
    /// LDIF files.
    case ldif(content: String)
  }

  /// Where they go to.
  public enum Target: Hashable, Sendable {
    /// The workspace's own tenant, for trials.
    case embedded
    /// Microsoft Entra ID by Graph.
    case graph(tenant: String, application: String)
    /// A server that speaks SCIM 2.0, at its base URL.
    case scim(url: String)
  }

  /// A file with a secret that somebody must write.
  public struct SecretFile: Hashable, Sendable {
    /// Its name in the workspace's folder.
    public var name: String
    /// What belongs into it.
    public var content: String
  }

  /// The source connector's name: for a domain of Active Directory its DNS name.
  public var sourceName: String
  /// Where identities come from.
  public var source: Source
  /// The target connector's name.
  public var targetName: String
  /// Where they go to.
  public var target: Target
  /// Whether passwords are synchronized, by replication from a controller of the domain.
  public var sendsPasswords: Bool
  /// What `%Name%` stands for in the rules of the source, besides what follows from its name.
  public var parameters: [String: String] = [:]

  /// Whether connections to `ldap://` addresses are encrypted by StartTLS.
  public var usesStartTLS = false

  /// A draft of these parts.
  public init(
    sourceName: String, source: Source, targetName: String, target: Target,
    sendsPasswords: Bool = false
  ) {
    self.sourceName = sourceName
    self.source = source
    self.targetName = targetName
    self.target = target
    self.sendsPasswords = sendsPasswords
  }

  /// The files that are to be written before it can work.
  public var secretFiles: [SecretFile] {
    var files: [SecretFile] = []
    if case .ldap(_, let user, _) = source {
      files.append(SecretFile(name: "source.password", content: "the password of \(user)"))
    }
    switch target {
    case .embedded: break
    case .graph(_, let application):
      files.append(
        SecretFile(name: "target.secret", content: "the secret of the application \(application)"))
    case .scim(let url):
      files.append(SecretFile(name: "target.token", content: "the bearer token for \(url)"))
    }
    return files
  }

  /// The text of `lockstep.toml`.
  ///
  /// - Throws: ``WorkspaceError`` if it would be none that works, with the reason.
  public func text() throws(WorkspaceError) -> String {
    for name in [sourceName, targetName] { try check(name) }
    if sendsPasswords { try checkPasswords() }
    let text = ([Self.heading, tenant, sourceSection, targetSection, passwords] as [String?])
      .compactMap { $0 }.joined(separator: "\n")
    do throws(ConfigurationError) {
      let table = try TOMLTable.parse(text, file: WorkspaceLocation.configurationFile)
      _ = try WorkspaceSettings(table, folder: "/")
    } catch {
      throw WorkspaceError(.usage, message: error.message, hint: error.hint)
    }
    return text
  }

  /// Rules have the names in quotation marks.
  private func check(_ name: String) throws(WorkspaceError) {
    let isPlain = name.unicodeScalars.allSatisfy { scalar in
      scalar.value >= 0x20 && scalar.value != 0x7F && scalar != "\"" && scalar != "\\"
    }
    guard isPlain, !name.isEmpty else {
      throw WorkspaceError(
        .usage, message: "\(TOMLText.quoted(name)) is no name for a connector",
        hint: "Name it without quotation marks, backslashes and control characters")
    }
  }

  private func checkPasswords() throws(WorkspaceError) {
    if case .ldif = source {
      throw WorkspaceError(
        .usage,
        message: "Passwords are read from a domain controller, and the source is LDIF files",
        hint: "For hashes in files or attributes see hash_attribute in the README, under Passwords")
    }
    if case .graph = target {
      throw WorkspaceError(
        .usage, message: PasswordSyncSection.entraRefusal,
        hint: "Leave --passwords out; " + PasswordSyncSection.entraHint)
    }
    if case .scim = target {
      throw WorkspaceError(
        .usage, message: "SCIM 2.0 has no way for hashes of passwords",
        hint: "Leave --passwords out, or name another target")
    }
  }

  // MARK: Sections

  private static let heading = """
    # Relative paths start at this folder. 'lockstep check' says whether all is right, README.md what
    # else may stand here.

    [rules]
    folder = "rules"

    """

  private var tenant: String? {
    guard case .embedded = target else { return nil }
    return """
      # The workspace's own tenant, for trials: it speaks Graph and SCIM 2.0 on this machine.
      [tenant]
      address = "127.0.0.1"
      token_file = "tenant.token"
      # verified_domains = ["contoso.com"]  # what user principal names may end with; any without it

      """
  }

  private var sourceSection: String {
    let lines: [String]
    switch source {
    case .ldap(let servers, let user, let caFile):
      let list = servers.map(TOMLText.quoted).joined(separator: ", ")
      lines = [
        "type = \"ldap\"", "role = \"source\"",
        "servers = [\(list)]            # tried in this order",
        usesStartTLS ? "start_tls = true" : "# start_tls = true           # for ldap:// addresses",
        "user = \(TOMLText.quoted(user))", "password_file = \"source.password\"",
        caFile.map { "ca_file = " + TOMLText.quoted($0) }
          ?? "# ca_file = \"ca.pem\"           # instead of the system's certificates; PEM",
      ]
    case .ldif(let content):
      lines = [
        "type = \"ldif\"", "role = \"source\"", "content = " + TOMLText.quoted(content),
        "# changes = \"changes\"        # a folder of change files, read in the order of their names;",
        "#                            # the directory is the content with all of them that are there",
      ]
    }
    let own = parameters.sorted { $0.key < $1.key }.map {
      "\($0.key) = " + TOMLText.quoted($0.value)
    }
    return section(sourceName, lines)
      + (own.isEmpty
        ? "" : "\n[connector.parameters]\n" + own.joined(separator: "\n") + "\n")
  }

  private var targetSection: String {
    let lines =
      switch target {
      case .embedded: ["type = \"scim\"", "role = \"target\"", "url = \"embedded\""]
      case .graph(let tenant, let application):
        [
          "type = \"graph\"", "role = \"target\"", "tenant = " + TOMLText.quoted(tenant),
          "application = " + TOMLText.quoted(application), "secret_file = \"target.secret\"",
          "# group_anchor = \"extension_…_sourceAnchor\"  # a place for the source anchors of groups",
        ]
      case .scim(let url):
        [
          "type = \"scim\"", "role = \"target\"", "url = " + TOMLText.quoted(url),
          "token_file = \"target.token\"",
        ]
      }
    return section(targetName, lines)
  }

  private func section(_ name: String, _ lines: [String]) -> String {
    (["[[connector]]", "name = " + TOMLText.quoted(name)] + lines).joined(separator: "\n") + "\n"
  }

  private var passwords: String? {
    guard sendsPasswords else { return nil }
    return """
      [password_sync]
      source = \(TOMLText.quoted(sourceName))
      target = \(TOMLText.quoted(targetName))

      # The account needs the rights Replicating Directory Changes and ... All on the domain.
      [password_sync.replication]
      domain = \(TOMLText.quoted(parameters["Domain.FQDN"] ?? sourceName))

      """
  }
}
