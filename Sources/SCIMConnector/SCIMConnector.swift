public import Directory
public import HTTP
import Synchronization

/// The connector to a SCIM 2.0 server (RFC 7643, RFC 7644).
///
/// Attributes are named by their SCIM paths as Microsoft Entra's provisioning writes them:
/// `userName`, `emails[type eq "work"].value`,
/// `urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager`. Object types are the names
/// of the server's resource types in lower camel case. An object's anchor is its SCIM `id`; its DN
/// is `CN={…}` with the hexadecimal digits of its `externalId`, or of its `id` if it has none.
public final class SCIMConnector: Connector {
  private let settings: SCIMConnectorSettings
  private let client: SCIMClient
  private let known = Mutex<SCIMServer?>(nil)
  private let names = Mutex<AttributeNaming?>(nil)
  private let waits: LongWaits

  /// A connector to the server that `settings` name; nothing is sent yet.
  public convenience init(_ settings: SCIMConnectorSettings) {
    self.init(settings, LongWaits())
  }

  private init(_ settings: SCIMConnectorSettings, _ waits: LongWaits) {
    self.settings = settings
    self.waits = waits
    client = SCIMClient(settings, waits: waits)
  }

  /// What this connector can do; before the server was asked, what SCIM servers usually can.
  public var capabilities: ConnectorCapabilities {
    let server = known.withLock { $0 }
    var capabilities = ConnectorCapabilities(
      deltaImport: server?.features.canFilter ?? true && !client.tellsNoChanges.withLock(\.self)
        && !hidesMembers,
      export: true, exportBatchSize: 1000,
      exportsInFlight: 2, mayShowWritesLate: true)
    // Who was left in a list by the removal of somebody is known by what was to be in it.
    let types = server?.resourceTypes ?? SCIMServer.commonResourceTypes
    capabilities.wholeTypesOnceSent = Set(types.map(\.objectType))
    return capabilities
  }

  /// Whether the server was found not to tell of who comes into a group and who leaves it.
  private var hidesMembers: Bool {
    if case .standing = client.memberStamps.withLock({ $0 }) { true } else { false }
  }

  /// The same server through a client that sends nothing but `GET`.
  public var readOnly: any DirectoryReading {
    var settings = settings
    settings.isReadOnly = true
    return SCIMConnector(settings, waits)
  }

  /// Whether the server has asked for patience.
  public var throttle: ThrottleState { client.gate.shown }

  /// How the server bears the work.
  public var load: ServiceLoad? {
    let shown = throttle
    var load = ServiceLoad(waitsUntil: shown.waitsUntil, wishes: shown.count)
    load.silence = client.silence
    return load
  }

  /// Asks the server what it is and what it holds.
  ///
  /// - Throws: ``ConnectorFailure`` if it can't be reached, refuses the token, or is no SCIM server.
  public func describe() async throws -> DirectoryDescription {
    known.withLock { $0 = nil }
    names.withLock { $0 = nil }
    let server = try await server()
    let features = server.features
    let parts = [
      "SCIM 2.0 at " + settings.baseURL,
      features.hasBulk ? "Bulk of \(features.maxOperations)" : "no Bulk",
      features.canFilter ? "filter" : "no filter",
      features.hasCursors ? "cursors" : "pages by index",
    ]
    let hidden =
      hidesMembers
      ? ["every import a full one, since meta.lastModified does not move with a group's members"]
      : []
    let shared = server.sharedEndpoints.map { endpoint, types in
      ServerWords.shown(endpoint + " of " + types.joined(separator: " and "), limit: 200)
    }
    let place = features.location.isEmpty ? settings.baseURL : features.location
    let database =
      features.database.isEmpty
      ? "" : " database " + ServerWords.shown(features.database, limit: 64)
    return DirectoryDescription(
      serverIdentity: "scim " + settings.baseURL + " " + ServerWords.shown(place) + database,
      summary: (parts + shared + hidden).joined(separator: ", "),
      schema: naming(server)?.renamed(server.directorySchema) ?? server.directorySchema)
  }

  /// Opens a reader over all objects, or over those changed since `request.watermark`.
  ///
  /// - Throws: ``ConnectorFailure``; with `no-start-full-import-required` if the watermark is not
  ///   this connector's, lacks a resource type, or the server can't filter.
  public func openImport(_ request: ImportRequest) async throws -> any ImportReader {
    let server = try await server()
    let types = try types(request.objectTypes, server)
    let since = try request.watermark.map { try usable($0, SCIMServer.lists(types), server) }
    let reader = SCIMImportReader(
      client: client, server: server, request: request, types: types, since: since)
    return naming(server).map { RenamingImportReader(reader: reader, naming: $0) } ?? reader
  }

  /// Sends `operations`, in Bulk requests where the server has them.
  ///
  /// Operations of one call must not need each other's results. When the server goes away on the
  /// way, those sent without an answer are `unknown` and those not sent have failed transiently.
  ///
  /// - Throws: ``ConnectorFailure`` only if the server has settled none of them.
  public func export(_ operations: [ExportOperation]) async throws -> [ExportOutcome] {
    guard !operations.isEmpty else { return [] }
    let server = try await server()
    do throws(RequestError) {
      let exporter = SCIMExporter(client: client, server: server, naming: naming(server))
      return try await exporter.run(operations)
    } catch {
      throw error.failure(url: settings.baseURL, isStart: false)
    }
  }

  /// Why the server could not be sent an operation, by its schemas; nil before they were read.
  public func refusal(of operation: ExportOperation) -> ObjectFailure? {
    guard let server = known.withLock({ $0 }) else { return nil }
    return SCIMExporter(client: client, server: server, naming: naming(server))
      .refusal(of: operation)
  }

  /// Tries the connection: reachability, TLS, token, what the server can, how much it holds.
  public func check() async -> [ConnectionFinding] {
    await ConnectionCheck(client: SCIMClient(settings.forCheck)).run()
  }

  private func server() async throws -> SCIMServer {
    if let server = known.withLock({ $0 }) { return server }
    do throws(RequestError) {
      let server = try await client.describe()
      known.withLock { $0 = server }
      return server
    } catch {
      throw error.failure(url: settings.baseURL, isStart: true)
    }
  }

  /// The names to use instead of SCIM's; worked out once for each look at the server.
  private func naming(_ server: SCIMServer) -> AttributeNaming? {
    guard settings.names == .entra else { return nil }
    return names.withLock { names in
      if let known = names { return known }
      let made = AttributeNaming(server: server)
      names = made
      return made
    }
  }

  private func types(_ wanted: [String], _ server: SCIMServer) throws -> [SCIMResourceType] {
    guard !wanted.isEmpty else { return server.resourceTypes }
    return try wanted.map { name in
      if let type = server.resourceType(name) { return type }
      throw ConnectorFailure(
        .badConfiguration, message: "\(settings.baseURL) has no objects of type \(name)",
        serverWords: "",
        hint: "It has: " + server.resourceTypes.map(\.objectType).joined(separator: ", "))
    }
  }

  private func usable(
    _ watermark: Watermark, _ types: [SCIMResourceType], _ server: SCIMServer
  ) throws -> ModificationWatermark {
    let reason: String
    if !server.features.canFilter {
      reason = "The server can't filter, so it can't be asked for changes"
    } else if let moments = ModificationWatermark(watermark) {
      let missing = types.filter { !moments.moments.keys.contains($0.objectType) }
      let other = types.first { moments.asked[$0.objectType] != server.wantedDigest($0) }
      if !missing.isEmpty {
        reason = "Objects of type \(missing.map(\.objectType).joined(separator: ", ")) are new"
      } else if let other {
        reason = Self.askedOtherwise(other, moments, server)
      } else {
        return moments
      }
    } else {
      reason = "The stored watermark is not one of this connector"
    }
    throw ConnectorFailure(
      .fullImportRequired, message: reason, hint: "Run a full import of this connector.")
  }

  // What has not changed since would stay as it was shown then.
  private static func askedOtherwise(
    _ type: SCIMResourceType, _ moments: ModificationWatermark, _ server: SCIMServer
  ) -> String {
    guard moments.asked[type.objectType] == nil else {
      return "The attributes that the server has to be asked for, of objects of type "
        + "\(type.objectType), are others than at the last import"
    }
    let names = ServerWords.shown(
      server.shownOnRequest(type).joined(separator: ", "), limit: 200)
    return "The server shows \(names) of objects of type \(type.objectType) only on request, and "
      + "was not asked for that at the last import"
  }
}
