import Configuration
import Directory
import LDAPConnector
import SyncEngine
import Workspace

extension ConnectorFactory {
  /// The settings of the LDAP connector of one section.
  ///
  /// - Throws: ``ConfigurationError`` if a secret is missing or open to others, or a container's
  ///   name is none.
  func settings(
    _ section: LDAPSection, _ definition: ConnectorDefinition
  ) throws -> LDAPConnectorSettings {
    let servers = section.servers.map {
      LDAPServer(host: $0.host, port: $0.port, usesTLS: $0.usesTLS)
    }
    var connection = LDAPSettings(
      servers: servers, authentication: try authentication(section, definition))
    connection.startTLS = section.usesStartTLS
    connection.caFile = section.caFile
    if let seconds = section.connectTimeoutSeconds { connection.connectTimeout = Double(seconds) }
    if let seconds = section.timeoutSeconds { connection.operationTimeout = Double(seconds) }
    var settings = LDAPConnectorSettings(connection: connection)
    let reading = section.reading
    settings.base = reading.base
    settings.filter = reading.filter
    settings.included = try reading.included.map { try Self.container($0, "include", definition) }
    settings.excluded = try reading.excluded.map { try Self.container($0, "exclude", definition) }
    settings.leaving = ScopeLeaving(rawValue: reading.leaving.rawValue) ?? .keep
    settings.attributes = reading.attributes
    settings.anchorAttribute = reading.anchor.map { AttributeName($0) }
    settings.referenceAttributes = Set(reading.references.map { AttributeName($0) })
    settings.binaryAttributes = Set(reading.binaries.map { AttributeName($0) })
    if let size = reading.pageSize { settings.pageSize = size }
    settings.rangeSize = reading.rangeSize
    settings.isTarget = !definition.isSource
    settings.secretAttributes.formUnion(hashAttributes(definition))
    settings.delta = reading.delta == .auto ? nil : DeltaStrategy(rawValue: reading.delta.rawValue)
    if let seconds = reading.comparisonSeconds { settings.comparisonInterval = seconds }
    if let watch = section.watch {
      settings.watchMeans = WatchMeans(rawValue: watch.means.rawValue)
      settings.pollInterval = Double(watch.pollSeconds)
    }
    return settings
  }

  /// How the directory behind `connector` is watched; nil if it is not.
  static func watch(
    _ connector: any Connector, _ definition: ConnectorDefinition
  ) -> ChangeWatchSetup? {
    guard case .ldap(let section) = definition.kind, let watch = section.watch,
      let watching = connector as? any ChangeWatching
    else { return nil }
    return ChangeWatchSetup(
      watching,
      pace: ChangePace(
        quiet: Double(watch.quietSeconds), longestWait: Double(watch.longestWaitSeconds),
        pause: Double(watch.pauseSeconds)))
  }

  private func authentication(
    _ section: LDAPSection, _ definition: ConnectorDefinition
  ) throws -> LDAPAuthentication {
    let identity = KerberosIdentity(
      principal: section.user, keytab: section.keytab, cache: section.ticketCache)
    switch section.authentication {
    case .anonymous: return .anonymous
    case .gssapi: return .gssapi(identity)
    case .spnego: return .spnego(identity)
    case .simple:
      guard let user = section.user, let reference = section.password else {
        throw ConfigurationError(
          place: definition.place, message: "\"\(definition.name)\" has no account",
          hint: "add user, and password_file or password_environment")
      }
      let password = reader(reference)
      // Read once now, so that a secret that is missing or open to others is told at the start.
      _ = try password()
      return .simple(name: user, password: password)
    }
  }

  private static func container(
    _ text: String, _ key: String, _ definition: ConnectorDefinition
  ) throws -> ContainerName {
    if let container = ContainerName(text) { return container }
    throw ConfigurationError(
      place: definition.place,
      message: "\"\(key)\" of \"\(definition.name)\" holds \"\(text)\", which is neither a GUID "
        + "nor a DN",
      hint: "write it like \"6b29fc40-ca47-1067-b31d-00dd010662da\" or \"OU=Staff,DC=contoso,"
        + "DC=com\"")
  }
}
