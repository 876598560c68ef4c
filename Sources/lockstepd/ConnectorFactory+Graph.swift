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
    guard section.isEmbedded else {
      let credentials = try credentials(section, definition)
      return GraphConnector(Self.settings(section, root: nil, credentials: credentials))
    }
    let (tenant, token) = try embeddedTenant(definition)
    return EmbeddedTenantConnector(tenant: tenant) { url in
      GraphConnector(
        Self.settings(section, root: Self.root(url), credentials: .bearer { try token(url) }))
    }
  }

  /// The root of the tenant that tells by `url` where it speaks SCIM; Graph is at the same place.
  static func root(_ url: String) -> String {
    url.hasSuffix("/scim/v2") ? String(url.dropLast(8)) : url
  }

  /// What the section's application shows.
  ///
  /// - Throws: ``ConfigurationError`` if a secret is missing or open to others.
  func credentials(
    _ section: GraphSection, _ definition: ConnectorDefinition
  ) throws -> GraphCredentials {
    switch section.credentials {
    case .embedded:
      throw ConfigurationError(
        place: definition.place,
        message:
          "\"\(definition.name)\" is the embedded tenant, whose token goes only to where it runs",
        hint: "write url = \"embedded\"")
    case .secret(let application, let reference):
      let secret = reader(reference)
      // Read once now, so that a secret that is missing or open to others is told at the start.
      _ = try secret()
      return .secret(application: application, secret)
    case .certificate(let application, let file, let reference):
      let key = reader(reference)
      _ = try key()
      return .certificate(
        application: application, certificate: { try Self.text(of: file) }, key: key)
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

  /// The provisioning job of a section.
  static func bulkUpload(_ section: GraphSection) -> BulkUploadSettings? {
    section.bulkUpload.map { upload in
      BulkUploadSettings(
        servicePrincipal: upload.servicePrincipal, job: upload.job,
        match: BulkUploadSettings.Match(rawValue: upload.match) ?? .immutableID,
        paths: Dictionary(
          upload.attributes.map { (AttributeName($0), $1) }, uniquingKeysWith: { $1 }),
        patience: Double(upload.patienceSeconds))
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
    settings.restoresDeleted = section.restoresDeleted
    settings.groupAnchorExtension = section.groupAnchor
    settings.caFile = section.caFile
    settings.bulkUpload = bulkUpload(section)
    if let count = section.requestsInFlight { settings.requestsInFlight = count }
    if let seconds = section.timeoutSeconds { settings.timeout = Double(seconds) }
    return settings
  }
}
