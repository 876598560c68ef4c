public import Directory
public import HTTP
import JSON

/// The connector to a tenant of Microsoft Entra ID by Microsoft Graph v1.0.
///
/// Attributes have the names of Entra Connect's connector. An object's anchor is its id; its DN is
/// `CN={…}` with the hexadecimal digits of its source anchor, or of its id if it has none.
public final class GraphConnector: Connector {
  private let settings: GraphConnectorSettings
  private let client: GraphClient

  /// The attributes and object types, with what Graph lets nobody write; the same for every tenant.
  public static var schema: DirectorySchema { GraphObjectType.schema }

  /// A connector to the tenant that `settings` name; nothing is sent yet.
  public init(_ settings: GraphConnectorSettings) {
    self.settings = settings
    client = GraphClient(settings)
  }

  /// What this connector can do.
  public var capabilities: ConnectorCapabilities {
    ConnectorCapabilities(
      deltaImport: true, export: true, exportBatchSize: 1000, exportsInFlight: 2,
      mayShowWritesLate: true)
  }

  /// The same tenant through a client that sends nothing but `GET`, besides asking for tokens.
  public var readOnly: any DirectoryReading {
    var settings = settings
    settings.isReadOnly = true
    return GraphConnector(settings)
  }

  /// Whether the server has asked for patience.
  public var throttle: ThrottleState { client.gate.shown }

  /// How the server bears the work.
  public var load: ServiceLoad? {
    let shown = throttle
    return ServiceLoad(
      waitsUntil: shown.waitsUntil, wishes: shown.count, quotaUsed: client.quotaUsed)
  }

  /// Asks the tenant what it is.
  ///
  /// - Throws: ``ConnectorFailure`` if it can't be reached or refuses the credentials.
  public func describe() async throws -> DirectoryDescription {
    let organization = try await started { () throws(RequestError) in
      try await self.client.organization().0
    }
    let name = ServerWords.shown(organization["displayName"]?.string ?? "", limit: 100)
    return DirectoryDescription(
      serverIdentity: "graph \(settings.graphRoot) \(organization["id"]?.string ?? "")",
      summary: "Microsoft Graph v1.0 at \(settings.graphRoot), tenant \(name)",
      schema: GraphObjectType.schema)
  }

  /// Opens a reader over all objects, or over those changed since `request.watermark`.
  ///
  /// - Throws: ``ConnectorFailure``; with `no-start-full-import-required` if the watermark is not
  ///   this connector's or lacks an object type.
  public func openImport(_ request: ImportRequest) async throws -> any ImportReader {
    let wanted = request.objectTypes
    let types = try (wanted.isEmpty ? GraphObjectType.all.map(\.name) : wanted).map { name in
      guard let type = GraphObjectType.named(name) else {
        throw ConnectorFailure(
          .badConfiguration, message: "Graph has no objects of type \(name) that could be read",
          hint: "It has: " + GraphObjectType.all.map(\.name).joined(separator: ", "))
      }
      return type
    }
    let since = try request.watermark.map { watermark in
      guard let known = GraphWatermark(watermark), types.allSatisfy({ known.links[$0.name] != nil })
      else {
        throw ConnectorFailure(
          .fullImportRequired, message: "The stored watermark does not tell where to go on",
          hint: "Run a full import of this connector.")
      }
      return known
    }
    return GraphImportReader(client: client, types: types, since: since)
  }

  /// Sends `operations` in batches.
  ///
  /// When the server goes away on the way, those sent without an answer are `unknown` and those not
  /// sent have failed transiently.
  ///
  /// - Throws: ``ConnectorFailure`` only if the server has settled none of them.
  public func export(_ operations: [ExportOperation]) async throws -> [ExportOutcome] {
    guard !operations.isEmpty else { return [] }
    do throws(RequestError) {
      return try await GraphExporter(client: client).run(operations)
    } catch {
      throw error.failure(url: settings.graphRoot, isStart: false)
    }
  }

  /// Tries the connection: reachability, TLS, credentials, rights, and what has no place in Graph.
  public func check() async -> [ConnectionFinding] {
    await GraphConnectionCheck(client: client).run()
  }

  private func started<Value>(
    _ work: () async throws(RequestError) -> Value
  ) async throws -> Value {
    do throws(RequestError) {
      return try await work()
    } catch {
      throw error.failure(url: settings.graphRoot, isStart: true)
    }
  }
}
