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
  private let pace = UploadPace()
  private let waits: GraphClient.Waits

  /// The attributes and object types, with what Graph lets nobody write; the same for every tenant.
  public static var schema: DirectorySchema { GraphObjectType.schema }

  /// The same where users are sent by a bulk upload: what has no place there, nobody writes either.
  public static func schema(_ bulkUpload: BulkUploadSettings?) -> DirectorySchema {
    var schema = GraphObjectType.schema
    for name in bulkUpload?.unplaced ?? [] { schema.attributes[name]?.isReadOnly = true }
    return schema
  }

  /// What Graph lets nobody write to objects of a type, by the type's name.
  public static var unwritable: [String: Set<AttributeName>] { GraphObjectType.unwritable }

  /// How many characters Graph takes at most, of what rules give as a constant (Microsoft Graph,
  /// resource type user; ISO 3166 for the usage location).
  public static var longest: [AttributeName: Int] {
    [
      "usageLocation": 2, "company": 64, "department": 64, "title": 128, "city": 128,
      "state": 128, "country": 128, "postalCode": 40, "employeeId": 16,
    ]
  }

  /// The object types that Graph lets nobody make or change, by their names.
  public static var readOnlyTypes: Set<String> {
    Set(GraphObjectType.all.filter(\.isReadOnly).map(\.name))
  }

  /// A connector to the tenant that `settings` name; nothing is sent yet.
  public convenience init(_ settings: GraphConnectorSettings) {
    self.init(settings, GraphClient.Waits())
  }

  private init(_ settings: GraphConnectorSettings, _ waits: GraphClient.Waits) {
    self.settings = settings
    self.waits = waits
    client = GraphClient(settings, waits: waits)
  }

  /// What this connector can do.
  public var capabilities: ConnectorCapabilities {
    var capabilities = ConnectorCapabilities(
      deltaImport: true, export: true, exportBatchSize: 1000, exportsInFlight: 2,
      mayShowWritesLate: true)
    if let upload = settings.bulkUpload {
      capabilities.secondsToShow = upload.patience
      capabilities.wholeTypes = ["user"]
    }
    return capabilities
  }

  /// The same tenant through a client that sends nothing but `GET`, besides asking for tokens.
  public var readOnly: any DirectoryReading {
    var settings = settings
    settings.isReadOnly = true
    return GraphConnector(settings, waits)
  }

  /// Whether the server has asked for patience.
  public var throttle: ThrottleState { client.gate.shown }

  /// How the server bears the work.
  public var load: ServiceLoad? {
    let shown = throttle
    var load = ServiceLoad(
      waitsUntil: shown.waitsUntil, wishes: shown.count, quotaUsed: client.quotaUsed)
    load.silence = client.silence
    return load
  }

  /// Asks the tenant what it is.
  ///
  /// An application that may not see that is known by the tenant's name in the configuration.
  ///
  /// - Throws: ``ConnectorFailure`` if it can't be reached or refuses the credentials.
  public func describe() async throws -> DirectoryDescription {
    let organization = try await started { () throws(RequestError) in
      try await self.client.organization().0
    }
    let name = ServerWords.shown(
      organization?["displayName"]?.string ?? settings.tenant, limit: 100)
    let id = organization == nil ? settings.tenant : organization?["id"]?.string ?? ""
    return DirectoryDescription(
      serverIdentity: "graph \(settings.graphRoot) \(id)",
      summary: "Microsoft Graph v1.0 at \(settings.graphRoot), tenant \(name)",
      schema: Self.schema(settings.bulkUpload))
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
    return GraphImportReader(client: client, types: types, since: since, staged: request.staged)
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
      guard let upload = settings.bulkUpload else {
        return try await GraphExporter(client: client).run(operations)
      }
      return try await export(operations, uploading: upload)
    } catch {
      throw error.failure(url: settings.graphRoot, isStart: false)
    }
  }

  /// Why Graph could not be sent an operation, or all of it: what it lets nobody write, and values of
  /// a wrong kind.
  public func refusal(of operation: ExportOperation) -> ObjectFailure? {
    guard settings.bulkUpload == nil || !Self.isForUpload(operation) else { return nil }
    do throws(ObjectFailure) {
      return try GraphExportPlan(operation, index: 0, settings: settings).refusal
    } catch {
      return error
    }
  }

  private static func isForUpload(_ operation: ExportOperation) -> Bool {
    GraphObjectType.named(operation.objectType)?.name == "user" && operation.kind != .delete
  }

  // Users who are made or changed go by the upload, which knows nothing else; all else by Graph.
  private func export(
    _ operations: [ExportOperation], uploading upload: BulkUploadSettings
  ) async throws(RequestError) -> [ExportOutcome] {
    let isUploaded = operations.map(Self.isForUpload)
    let others = operations.indices.filter { !isUploaded[$0] }
    let users = operations.indices.filter { isUploaded[$0] }
    var outcomes = [ExportOutcome](
      repeating: .unknown(reason: "no answer"), count: operations.count)
    if !others.isEmpty {
      let settled = try await GraphExporter(client: client).run(others.map { operations[$0] })
      for (index, outcome) in zip(others, settled) { outcomes[index] = outcome }
    }
    guard !users.isEmpty else { return outcomes }
    let uploader = BulkUploader(client: client, settings: upload, pace: pace)
    do throws(RequestError) {
      let settled = try await uploader.run(users.map { operations[$0] })
      for (index, outcome) in zip(users, settled) { outcomes[index] = outcome }
    } catch {
      // What the other requests have settled stays settled.
      guard !others.isEmpty else { throw error }
      for index in users { outcomes[index] = error.outcome(wasSent: !error.nothingWasSent) }
    }
    return outcomes
  }

  /// Tries the connection: reachability, TLS, credentials, rights, and what has no place in Graph.
  public func check() async -> [ConnectionFinding] {
    await GraphConnectionCheck(client: GraphClient(settings.forCheck)).run()
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
