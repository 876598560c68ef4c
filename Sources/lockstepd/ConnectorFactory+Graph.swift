import Configuration
import Directory
import Foundation
import GraphConnector
import Workspace

extension ConnectorFactory {
  /// The connector to Microsoft Graph of one section.
  func graph(
    _ section: GraphSection, _ definition: ConnectorDefinition
  ) throws -> any Connector {
    switch section.credentials {
    case .embedded:
      guard let tenant else {
        throw ConfigurationError(
          place: definition.place, message: "\"\(definition.name)\" needs the embedded tenant",
          hint: "add a [tenant] section")
      }
      let token = reader(SecretReference(.file(tenant.settings.tokenFile)))
      _ = try token()
      return EmbeddedTenantConnector(tenant: tenant) { url in
        // The tenant tells where it speaks SCIM; Graph is at the same place.
        let root = url.hasSuffix("/scim/v2") ? String(url.dropLast(8)) : url
        return GraphConnector(Self.settings(section, root: root, credentials: .bearer(token)))
      }
    case .secret(let application, let reference):
      let secret = reader(reference)
      // Read once now, so that a secret that is missing or open to others is told at the start.
      _ = try secret()
      let credentials = GraphCredentials.secret(application: application, secret)
      return GraphConnector(Self.settings(section, root: nil, credentials: credentials))
    case .certificate(let application, let file, let reference):
      let key = reader(reference)
      _ = try key()
      let credentials = GraphCredentials.certificate(
        application: application, certificate: { try Self.text(of: file) }, key: key)
      return GraphConnector(Self.settings(section, root: nil, credentials: credentials))
    }
  }

  private static func text(of file: String) throws -> String {
    do {
      return try String(contentsOfFile: file, encoding: .utf8)
    } catch {
      throw ConfigurationError(
        message: "The certificate file \(file) can't be read",
        hint: "name a file in PEM that the engine may read")
    }
  }

  static func settings(
    _ section: GraphSection, root: String?, credentials: GraphCredentials
  ) -> GraphConnectorSettings {
    let cloud = section.cloud.flatMap { GraphCloud(rawValue: $0) } ?? .global
    let graph = root ?? section.url ?? cloud.graphRoot
    let login = root ?? section.loginURL ?? (section.url == nil ? cloud.loginRoot : graph)
    var settings = GraphConnectorSettings(
      graphRoot: graph, loginRoot: login, tenant: section.tenant, credentials: credentials)
    settings.softMatches = section.softMatches
    settings.groupAnchorExtension = section.groupAnchor
    settings.caFile = section.caFile
    if let count = section.requestsInFlight { settings.requestsInFlight = count }
    if let seconds = section.timeoutSeconds { settings.timeout = Double(seconds) }
    return settings
  }
}
