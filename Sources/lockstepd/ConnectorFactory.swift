import Configuration
import Directory
import LDAPConnector
import LDIFConnector
import SCIMConnector
import SyncEngine
import SyncStore
import Workspace

/// Builds connectors from what the configuration says; nothing is opened or sent yet.
struct ConnectorFactory {
  let workspace: Workspace
  let tenant: TenantKeeper?

  /// All connectors in the order of the configuration.
  ///
  /// - Throws: ``ConfigurationError`` if one can't be built.
  func connectors() throws -> [EngineConnector] {
    try workspace.settings.connectors.map { definition in
      var connector = EngineConnector(
        name: definition.name, type: definition.typeName, isSource: definition.isSource,
        connector: try connector(definition), fingerprint: fingerprint(definition))
      connector.watch = Self.watch(connector.connector, definition)
      connector.limits.importing.merge(Self.limits(definition.importLimits)) { $1 }
      connector.limits.exporting = Self.limits(definition.exportLimits)
      connector.canaries = try definition.importLimits.canaries.map {
        try Self.canary($0, of: definition)
      }
      return connector
    }
  }

  /// The attributes that hold hashes of passwords for `definition`.
  func hashAttributes(_ definition: ConnectorDefinition) -> [AttributeName] {
    workspace.settings.hashAttributes(ofConnector: definition.name).map { AttributeName($0) }
  }

  /// A text that differs when the connector reads in another way; an attribute that has become a
  /// secret is to leave the connector space.
  private func fingerprint(_ definition: ConnectorDefinition) -> String {
    let secrets = hashAttributes(definition).filter { !KnownAttributes.secrets.contains($0) }
    guard !secrets.isEmpty else { return definition.fingerprint }
    let names = Set(secrets.map { $0.text.lowercased() }).sorted()
    return definition.fingerprint + "\nsecret " + names.joined(separator: " ")
  }

  private static func limits(_ section: LimitsSection) -> [GuardedKind: GuardLimit] {
    var limits: [GuardedKind: GuardLimit] = [:]
    for (name, limit) in section.limits {
      guard let kind = GuardedKind(rawValue: name) else { continue }
      limits[kind] = GuardLimit(count: limit.count, percent: limit.percent.map(Double.init))
    }
    return limits
  }

  private static func canary(
    _ text: String, of definition: ConnectorDefinition
  ) throws -> DistinguishedName {
    do {
      return try DistinguishedName(text)
    } catch {
      throw ConfigurationError(
        place: definition.place,
        message: "\"canaries\" holds \"\(text)\", which is no name of an "
          + "entry: \(error)", hint: "write it like \"CN=Keeper,OU=Staff,DC=contoso,DC=com\"")
    }
  }

  /// The connector of one section.
  ///
  /// - Throws: ``ConfigurationError`` if it can't be built, or would keep a secret as an anchor, or wait
  ///   for an entry whose name is none.
  func connector(_ definition: ConnectorDefinition) throws -> any Connector {
    for text in definition.importLimits.canaries { _ = try Self.canary(text, of: definition) }
    try Self.checkAnchor(of: definition)
    switch definition.kind {
    case .ldif(let section):
      var settings = Self.settings(section)
      settings.secretAttributes.formUnion(hashAttributes(definition))
      return LDIFConnector(settings: settings)
    case .ldap(let section): return LDAPConnector(try settings(section, definition))
    case .graph(let section): return try graph(section, definition)
    case .scim(let section):
      guard let url = section.url else { return try embedded(section, definition) }
      let token = try tokenReader(section, definition)
      // Read once now, so that a secret that is missing or open to others is told at the start.
      _ = try token()
      return SCIMConnector(Self.settings(section, url: url, token: token))
    }
  }

  /// An anchor is stored and shown.
  private static func checkAnchor(of definition: ConnectorDefinition) throws {
    let anchor: String? =
      switch definition.kind {
      case .ldif(let section): section.anchor
      case .ldap(let section): section.reading.anchor
      case .scim, .graph: nil
      }
    guard let anchor, KnownAttributes.isSecret(AttributeName(anchor)) else { return }
    throw ConfigurationError(
      place: definition.place,
      message: "The anchor of \"\(definition.name)\" is \"\(anchor)\", a secret that is never read",
      hint: "name an attribute that each object keeps for ever, or leave \"anchor\" out")
  }

  private func embedded(
    _ section: SCIMSection, _ definition: ConnectorDefinition
  ) throws -> any Connector {
    let (tenant, token) = try embeddedTenant(definition)
    return EmbeddedTenantConnector(tenant: tenant) { url in
      SCIMConnector(Self.settings(section, url: url, token: { try token(url) }))
    }
  }

  /// The workspace's own tenant, and what reads its token for a request to a URL of it.
  func embeddedTenant(
    _ definition: ConnectorDefinition
  ) throws -> (TenantKeeper, @Sendable (String) throws -> String) {
    guard let tenant else {
      throw ConfigurationError(
        place: definition.place, message: "\"\(definition.name)\" needs the embedded tenant",
        hint: "add a [tenant] section")
    }
    try TenantToken.make(tenant.settings.tokenFile)
    let token = reader(SecretReference(.file(tenant.settings.tokenFile)))
    _ = try token()
    return (
      tenant,
      { url in
        try tenant.check(url)
        return try token()
      }
    )
  }

  private func tokenReader(
    _ section: SCIMSection, _ definition: ConnectorDefinition
  ) throws -> @Sendable () throws -> String {
    guard let reference = section.token else {
      throw ConfigurationError(
        place: definition.place, message: "\"\(definition.name)\" has no token",
        hint: "add token_file or token_environment")
    }
    return reader(reference)
  }

  /// The secret is read anew for each use, so that a token can be exchanged while the engine works.
  func reader(_ reference: SecretReference) -> @Sendable () throws -> String {
    let folder = workspace.folder
    return { try reference.resolve(relativeTo: folder).withValue { $0 } }
  }

  static func settings(_ section: LDIFSection) -> LDIFConnectorSettings {
    var settings = LDIFConnectorSettings(content: section.content, changes: section.changes)
    settings.anchorAttribute = section.anchor.map { AttributeName($0) }
    settings.allowFileURLs = section.allowsFileURLs
    settings.referenceAttributes.formUnion(section.references.map { AttributeName($0) })
    settings.binaryAttributes.formUnion(section.binaries.map { AttributeName($0) })
    return settings
  }

  static func settings(
    _ section: SCIMSection, url: String, token: @escaping @Sendable () throws -> String
  ) -> SCIMConnectorSettings {
    var settings = SCIMConnectorSettings(url: url, token: token)
    settings.useBulk = section.usesBulk
    settings.names = section.usesEntraNames ? .entra : .scim
    settings.caFile = section.caFile
    settings.dialect = section.speaksEntra ? .entra : .standard
    if let count = section.valuesPerRequest { settings.valuesPerRequest = count }
    if let count = section.requestsInFlight { settings.requestsInFlight = count }
    if let size = section.pageSize { settings.pageSize = size }
    if let seconds = section.timeoutSeconds { settings.timeout = Double(seconds) }
    return settings
  }
}
