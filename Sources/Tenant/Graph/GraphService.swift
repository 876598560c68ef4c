import Foundation
import GRDB
import JSON

/// The operations of Microsoft Graph v1.0 on the tenant's resources, apart from HTTP.
struct GraphService: Sendable {
  let store: TenantStore
  /// The URL of the version, without a slash at its end.
  let base: String
  let values: ValueReader
  let faults: TenantFaults
  /// Where users are uploaded to.
  let provisioning: ProvisioningService

  init(
    store: TenantStore, base: String, values: ValueReader, faults: TenantFaults,
    jobs: [ProvisioningJob] = [.standard]
  ) {
    self.store = store
    self.base = base
    self.values = values
    self.faults = faults
    provisioning = ProvisioningService(
      store: store, values: values, faults: faults, jobs: jobs)
  }

  /// Answers the request; refusals are answers too.
  func answer(_ request: GraphRequest) async -> Reply {
    let type = request.path.first.flatMap(GraphType.at)
    do {
      try await provisioning.applyDue()
      if !["GET"].contains(request.method), request.path != ["$batch"], faults.takeConcurrency() {
        throw GraphError.concurrency
      }
      return try await route(request)
    } catch let error as GraphError {
      return reply(error)
    } catch let error as SCIMError {
      return reply(GraphError(error, type: type))
    } catch {
      return reply(GraphError(500, "InternalServerError", "The request failed: \(error)."))
    }
  }

  /// The answer that tells of `error`.
  func reply(_ error: GraphError) -> Reply {
    let id = UUID().uuidString.lowercased()
    var headers = error.headers
    headers["request-id"] = id
    return json(error.status, error.json(now: Moment.now, requestID: id), headers: headers)
  }

  /// An answer with a body in JSON.
  func json(_ status: Int, _ body: JSONValue?, headers: [String: String] = [:]) -> Reply {
    var reply = Reply(status, body, headers: headers)
    reply.contentType = "application/json;odata.metadata=minimal"
    return reply
  }

  private func route(_ request: GraphRequest) async throws -> Reply {
    switch request.path.first {
    case "$batch" where request.path.count == 1: return try await batch(request)
    case "servicePrincipals": return try await provisioningJob(request)
    case "auditLogs" where request.path.dropFirst() == ["provisioning"]:
      return try await provisioningLog(request)
    case "organization":
      return try await organization(request, Array(request.path.dropFirst()))
    case "domains": return try await domains(request, Array(request.path.dropFirst()))
    case "directoryObjects":
      return try await directoryObjects(request, Array(request.path.dropFirst()))
    case "directory" where request.path.dropFirst().first == "onPremisesSynchronization":
      return try await onPremisesSynchronization(request, Array(request.path.dropFirst(2)))
    case "directory" where request.path.dropFirst().first == "deletedItems":
      return try await deletedItems(request, Array(request.path.dropFirst(2)))
    case let name?:
      guard let type = GraphType.at(name) else { break }
      return try await collection(type, request, Array(request.path.dropFirst()))
    case nil: break
    }
    throw GraphError.bad(
      "Resource not found for the segment '\(request.path.first ?? "")'.")
  }

  private func collection(_ type: GraphType, _ request: GraphRequest, _ rest: [String]) async throws
    -> Reply
  {
    switch (rest.count, rest.first) {
    case (0, _):
      if request.method == "POST", !type.isReadOnly { return try await create(type, request) }
      try allow(type.isReadOnly ? ["GET"] : ["GET", "POST"], request)
      return try await list(type, request)
    case (1, "delta"):
      try allow(["GET"], request)
      return try await delta(type, request)
    case (1, "$count"):
      try allow(["GET"], request)
      return try await count(type, request)
    case (1, let id?): return try await object(type, id, request)
    case (_, let id?): return try await related(type, id, Array(rest.dropFirst()), request)
    default: throw GraphError.notFound(request.path.joined(separator: "/"))
    }
  }

  private func object(_ type: GraphType, _ id: String, _ request: GraphRequest) async throws
    -> Reply
  {
    let values = values
    if request.method == "GET" { return try await get(type, id, request) }
    try allow(type.isReadOnly ? ["GET"] : ["GET", "PATCH", "DELETE"], request)
    let found = try await identifier(type, id)
    if request.method == "PATCH" {
      let input = try request.object()
      let password = GraphWriter.newPassword(type, input)
      try await store.write {
        try GraphWriter(type: type, context: $0, values: values, password: password)
          .update(found, input)
      }
    } else {
      try await store.write {
        if let old = try ResourceTable.fetch(try $0.database, type.resource, id: found) {
          try GraphWriter(type: type, context: $0, values: values).checkMail(old, "Delete")
        }
        try ResourceWriter(context: $0, values: values).deleteSoftly(type.resource, found)
      }
    }
    return Reply(204)
  }

  private func create(_ type: GraphType, _ request: GraphRequest) async throws -> Reply {
    let (values, input) = (values, try request.object())
    let password = GraphWriter.newPassword(type, input)
    let resource = try await store.write {
      try GraphWriter(type: type, context: $0, values: values, password: password).create(input)
    }
    let names = type.defaultNames.filter { $0 != "createdDateTime" } + ["createdDateTime"]
    let body = try await store.read { database in
      GraphRenderer(database: database, names: names).json(resource)
    }
    return json(
      201, .object(contextual(body, "\(type.endpoint)/$entity")),
      headers: ["Location": "\(base)/\(type.endpoint)/\(resource.id)"])
  }

  private func get(_ type: GraphType, _ id: String, _ request: GraphRequest) async throws -> Reply {
    try request.allowOptions(["$select", "$expand"])
    let names = try request.selected(type)
    let expansion = try GraphExpansion(type, request)
    let body = try await store.read { database in
      let resource = try Self.object(database, type, id)
      let renderer = GraphRenderer(database: database, names: names)
      var body = renderer.json(resource)
      try expansion?.add(to: &body, database, of: resource)
      return body
    }
    return json(200, .object(contextual(body, "\(type.endpoint)/$entity")))
  }

  /// The id and type of a user's manager.
  static func manager(_ database: Database, of resource: StoredResource) throws -> JSONObject? {
    let value = resource.body[ResourceType.enterpriseUser.id]?.object?["manager"]?.object?["value"]
    return value.map { JSONObject(["@odata.type": "#microsoft.graph.user", "id": $0]) }
  }

  // MARK: Parts

  /// `body` with the context of the answer before it.
  func contextual(_ body: JSONObject, _ what: String) -> JSONObject {
    JSONObject(
      members: [JSONMember(name: "@odata.context", value: .string("\(base)/$metadata#\(what)"))]
        + body.members)
  }

  /// An answer with a number as text.
  func plain(_ number: Int) -> Reply {
    var reply = Reply(200, .integer(Int64(number)))
    reply.contentType = "text/plain"
    return reply
  }

  /// Refuses methods other than these.
  func allow(_ methods: [String], _ request: GraphRequest) throws {
    guard !methods.contains(request.method) else { return }
    throw GraphError.method(methods)
  }

  /// The id of an object that is named by its id or, as a user, by its user principal name.
  static func identifier(_ database: Database, _ type: GraphType, _ name: String) throws -> String {
    guard type.name == "user", name.contains("@"),
      let key = type.property("userPrincipalName")?.key
    else { return name }
    let statement = try database.cachedStatement(
      sql: "SELECT r.id FROM key_value k JOIN resource r ON r.seq = k.resource "
        + "WHERE k.code = ? AND k.value = ?")
    let id = try String.fetchOne(
      statement, arguments: [key.code(type), key.folded(name)])
    guard let id else { throw GraphError.notFound(name) }
    return id
  }

  /// The object that is named by its id or, as a user, by its user principal name.
  ///
  /// - Throws: ``GraphError`` if it is not there.
  static func object(_ database: Database, _ type: GraphType, _ name: String) throws
    -> StoredResource
  {
    let id = try identifier(database, type, name)
    guard let object = try ResourceTable.fetch(database, type.resource, id: id) else {
      throw GraphError.notFound(name)
    }
    return object
  }

  /// The id of an object that is named by its id or, as a user, by its user principal name.
  func identifier(_ type: GraphType, _ name: String) async throws -> String {
    guard name.contains("@") else { return name }
    return try await store.read { try Self.identifier($0, type, name) }
  }
}
