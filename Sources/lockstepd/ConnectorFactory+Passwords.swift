import Configuration
import Directory
import DirectoryReplication
import GraphConnector
import LDAPConnector
import LDIFConnector
import PasswordSync
import SyncEngine
import Workspace

/// A way that passwords take, with both of its ends.
struct PasswordWay: Sendable {
  /// Between which connectors, how often, and which passwords.
  let settings: PasswordSyncSettings
  /// Where hashes are read from.
  let source: any PasswordHashSource
  /// Where they go to.
  let target: any PasswordTarget

  /// The way as the engine takes it.
  var setup: PasswordChannelSetup {
    var setup = PasswordChannelSetup(
      sourceConnector: settings.sourceConnector, targetConnector: settings.targetConnector,
      source: source, target: target)
    setup.intervalSeconds = settings.intervalSeconds
    setup.sendsMustChange = settings.sendsMustChange
    setup.sendsSmartCard = settings.sendsSmartCard
    setup.allowsFIPS = settings.allowsFIPS
    return setup
  }
}

extension ConnectorFactory {
  /// The ways that passwords take, in the order of the configuration; nothing is opened or sent yet.
  ///
  /// Where hashes are read from an attribute, the workspace's key for their stamps is read, and made
  /// if there is none yet.
  ///
  /// - Throws: ``ConfigurationError`` if one can't be built.
  func passwordWays() throws -> [PasswordWay] {
    try workspace.settings.passwordSync.map { section in
      PasswordWay(
        settings: Self.settings(section), source: try passwordSource(section),
        target: try passwordTarget(section))
    }
  }

  private static func settings(_ section: PasswordSyncSection) -> PasswordSyncSettings {
    var settings = PasswordSyncSettings(
      sourceConnector: section.source, targetConnector: section.target)
    settings.intervalSeconds = section.intervalSeconds
    settings.sendsMustChange = section.sendsMustChange
    settings.sendsSmartCard = section.sendsSmartCard
    settings.allowsFIPS = section.allowsFIPS
    return settings
  }

  private func definition(
    _ name: String, _ section: PasswordSyncSection
  ) throws -> ConnectorDefinition {
    if let found = workspace.settings.connectors.first(where: { $0.name == name }) { return found }
    throw ConfigurationError(
      place: section.place, message: "There is no connector \"\(name)\"",
      hint: "write the name of a [[connector]] section")
  }

  // MARK: The source

  private func passwordSource(
    _ section: PasswordSyncSection
  ) throws -> any PasswordHashSource {
    let definition = try definition(section.source, section)
    switch (section.reading, definition.kind) {
    case (.replication(let replication), _):
      return ReplicationPasswordSource(try settings(replication))
    case (.attribute(let attribute), .ldap(let directory)):
      return LDAPPasswordSource(
        try settings(directory, definition), attribute: Self.attribute(attribute),
        key: try stampKey(section), domain: definition.name)
    case (.attribute(let attribute), .ldif(let files)):
      return LDIFPasswordSource(
        Self.settings(files), attribute: Self.attribute(attribute), key: try stampKey(section),
        domain: definition.name)
    case (.attribute, .scim), (.attribute, .graph): throw Self.misfit(definition, section)
    }
  }

  private func settings(
    _ replication: PasswordSyncSection.Replication
  ) throws -> ReplicationSettings {
    let credential: ReplicationSettings.Credential
    switch replication.credential {
    case .keytab(let file): credential = .keytab(file)
    case .password(let reference):
      let folder = workspace.folder
      // Read once now, so that a secret that is missing or open to others is told at the start.
      _ = try reference.resolve(relativeTo: folder)
      credential = .password { try reference.resolve(relativeTo: folder) }
    }
    var settings = ReplicationSettings(
      hosts: replication.hosts, domain: replication.domain, account: replication.account,
      credential: credential)
    switch replication.authentication {
    case .automatic: settings.authentication = .automatic
    case .kerberos: settings.authentication = .kerberos
    case .ntlm: settings.authentication = .ntlm
    }
    if let seconds = replication.timeoutSeconds { settings.patience = Double(seconds) }
    return settings
  }

  private func stampKey(_ section: PasswordSyncSection) throws -> StampKey {
    do {
      return try StampKey.load(file: workspace.stampKeyFile)
    } catch {
      throw ConfigurationError(
        place: section.place, message: error.message, hint: error.hint)
    }
  }

  private static func attribute(_ section: PasswordSyncSection.HashAttribute) -> HashAttribute {
    HashAttribute(
      AttributeName(section.name), section.form == .binary ? .binary : .hexadecimal,
      changed: section.changed.map { AttributeName($0) })
  }

  private static func misfit(
    _ definition: ConnectorDefinition, _ section: PasswordSyncSection
  ) -> ConfigurationError {
    ConfigurationError(
      place: section.place,
      message: "No passwords go by \"\(definition.name)\", which is of type \(definition.typeName)",
      hint: "name another connector")
  }

  // MARK: The target

  private func passwordTarget(_ section: PasswordSyncSection) throws -> any PasswordTarget {
    let definition = try definition(section.target, section)
    switch (definition.kind, section.writing) {
    case (.ldap(let directory), let attribute?):
      return LDAPPasswordTarget(
        try settings(directory, definition), attribute: Self.attribute(attribute))
    case (.graph(let cloud), nil) where !cloud.isEmbedded:
      return TenantPasswordTarget(
        Self.settings(cloud, root: nil, credentials: try credentials(cloud, definition)))
    case (.graph(let cloud), nil):
      return try embeddedTarget(definition) { root, token in
        Self.settings(cloud, root: root, credentials: .bearer(token))
      }
    case (.scim(let cloud), nil) where cloud.url == nil:
      return try embeddedTarget(definition) { root, token in
        GraphConnectorSettings(
          graphRoot: root, loginRoot: root, tenant: "", credentials: .bearer(token))
      }
    case (.ldap, _), (.graph, _), (.scim, _), (.ldif, _): throw Self.misfit(definition, section)
    }
  }

  private func embeddedTarget(
    _ definition: ConnectorDefinition,
    _ settings:
      @escaping @Sendable (String, @escaping @Sendable () throws -> String)
      -> GraphConnectorSettings
  ) throws -> any PasswordTarget {
    let (tenant, token) = try embeddedTenant(definition)
    return EmbeddedPasswordTarget(tenant: tenant) { url in
      TenantPasswordTarget(settings(Self.root(url), { try token(url) }))
    }
  }
}
