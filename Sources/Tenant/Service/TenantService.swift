import GRDB
import JSON

/// The operations of SCIM on the tenant's resources, apart from HTTP.
struct TenantService: Sendable {
  let store: TenantStore
  /// The URL of the base path, without a slash at its end.
  let base: String
  let values: ValueReader
  let faults: TenantFaults
  /// The greatest body that is taken, in bytes.
  let maximumPayload: Int

  /// Answers the request; refusals are answers too.
  func answer(_ request: ServiceRequest) async -> Reply {
    var request = request
    // As GET; whoever brings the answer leaves out the body (RFC 9110 §9.3.2).
    if request.method == "HEAD" { request.method = "GET" }
    do {
      return try await route(request)
    } catch let error as SCIMError {
      return Reply(error)
    } catch let error as DatabaseError {
      let status = error.resultCode == .SQLITE_FULL ? 507 : 500
      return Reply(SCIMError(status, nil, "The tenant's store failed: \(error.message ?? "")."))
    } catch {
      return Reply(SCIMError(500, nil, "The request failed: \(error)."))
    }
  }

  private func route(_ request: ServiceRequest) async throws -> Reply {
    let path = request.path
    switch path.first {
    case "ServiceProviderConfig" where path.count == 1:
      try allow(["GET"], request)
      let database = try await store.databaseID()
      return Reply(
        200,
        Discovery.serviceProviderConfig(
          base: base, maximumPayload: maximumPayload, database: database))
    case "ResourceTypes" where path.count <= 2:
      try allow(["GET"], request)
      return try Discovery.resourceTypes(path.dropFirst().first, base: base, query: request.query)
    case "Schemas" where path.count <= 2:
      try allow(["GET"], request)
      return try Discovery.schemas(path.dropFirst().first, base: base, query: request.query)
    case "Bulk" where path.count == 1:
      try allow(["POST"], request)
      return try await bulk(request)
    case ".search" where path.count == 1, nil:
      throw SCIMError(
        501, nil,
        "A search over all types is not offered; search /Users, /Groups, "
          + "/Contacts apart, or POST to their /.search.")
    case "Me":
      throw SCIMError(501, nil, "/Me is not offered: the token stands for no user.")
    default: break
    }
    guard let name = path.first, path.count <= 2, let type = ResourceType.at(name) else {
      throw SCIMError(404, nil, "There is nothing at '/\(path.joined(separator: "/"))'.")
    }
    guard path.count == 2 else { return try await collection(type, request) }
    if path[1] == ".search" {
      try allow(["POST"], request)
      return try await list(type, try ListParameters(search: object(request)))
    }
    return try await resource(type, path[1], request)
  }

  private func collection(_ type: ResourceType, _ request: ServiceRequest) async throws -> Reply {
    try allow(["GET", "POST"], request)
    guard request.method == "POST" else {
      return try await list(type, try ListParameters(query: request.query))
    }
    // Before the write: what is refused has changed nothing.
    let (projection, input, values) = (try projection(request, type), try object(request), values)
    let outcome = try await store.write {
      try ResourceWriter(context: $0, values: values).create(type, input)
    }
    return try await written(outcome, status: 201, request, type, projection)
  }

  private func resource(_ type: ResourceType, _ id: String, _ request: ServiceRequest) async throws
    -> Reply
  {
    try allow(["GET", "PUT", "PATCH", "DELETE"], request)
    let (values, ifMatch) = (values, request.ifMatch)
    switch request.method {
    case "GET": return try await get(type, id, request)
    case "PUT":
      let (projection, input) = (try projection(request, type), try object(request))
      let outcome = try await store.write {
        try ResourceWriter(context: $0, values: values).replace(type, id, input, ifMatch: ifMatch)
      }
      return try await written(outcome, status: 200, request, type, projection)
    case "PATCH":
      let projection = try projection(request, type)
      let patch = try Patch(object(request), for: type, isStrict: values.isStrict)
      let outcome = try await store.write {
        try ResourceWriter(context: $0, values: values).patch(type, id, patch, ifMatch: ifMatch)
      }
      return try await written(outcome, status: 200, request, type, projection)
    default:
      try await store.write {
        try ResourceWriter(context: $0, values: values).delete(type, id, ifMatch: ifMatch)
      }
      return Reply(204)
    }
  }

  private func get(_ type: ResourceType, _ id: String, _ request: ServiceRequest) async throws
    -> Reply
  {
    let (projection, base) = (try projection(request, type), base)
    return try await store.read { database in
      guard let resource = try ResourceTable.fetch(database, type, id: id) else {
        throw SCIMError.notFound(type, id)
      }
      var headers = ["ETag": resource.etag]
      let renderer = ResourceRenderer(database: database, base: base, projection: projection)
      // The tag stands for the resource's own version. What is shown of others, such as the groups
      // that a user is in, changes without it.
      let body = try renderer.json(resource)
      guard let tags = request.ifNoneMatch, EntityTag.list(tags, has: resource.etag),
        !renderer.showsOthers(with: resource)
      else { return Reply(200, body, headers: headers) }
      // The size that the body has which is spared (RFC 9110 §8.6).
      headers["Content-Length"] = String(body.encoded.count)
      return Reply(304, nil, headers: headers)
    }
  }

  private func list(_ type: ResourceType, _ parameters: ListParameters) async throws -> Reply {
    let request = try ListRequest(type: type, parameters: parameters, isStrict: values.isStrict)
    let base = base
    return try await store.read { database in
      let renderer = ResourceRenderer(
        database: database, base: base, projection: request.projection)
      return Reply(
        200,
        try ResourceLister(database: database, request: request, renderer: renderer).answer())
    }
  }

  // What a write is answered with. A PATCH of a type with rows, such as a group, is answered without
  // a body unless attributes are asked for: one member more in a group of 100,000 must not be
  // answered with 100,001 (RFC 7644 §3.5.2 leaves the choice to the server).
  private func written(
    _ outcome: ResourceWriter.Outcome, status: Int, _ request: ServiceRequest,
    _ type: ResourceType, _ projection: Projection
  ) async throws -> Reply {
    let base = base
    let resource = outcome.resource
    let location = "\(base)/\(type.endpoint)/\(resource.id)"
    let headers = ["ETag": resource.etag, "Location": location]
    let asks = request.query["attributes"] != nil || request.query["excludedAttributes"] != nil
    if request.method == "PATCH", type.linked != nil, !asks {
      return Reply(204, nil, headers: headers)
    }
    let body = try await store.read { database in
      try ResourceRenderer(database: database, base: base, projection: projection).json(resource)
    }
    return Reply(status, body, headers: headers)
  }

  private func bulk(_ request: ServiceRequest) async throws -> Reply {
    let bulk = try BulkRequest(object(request))
    let stopAfter = faults.takeBulkStop()
    let (base, values) = (base, values)
    let answers = try await store.write { context in
      let writer = ResourceWriter(context: context, values: values)
      return try BulkRunner(writer: writer, base: base, stopAfter: stopAfter).run(bulk)
    }
    var reply = Reply(
      200, ["schemas": [.string(BulkRequest.responseSchema)], "Operations": .array(answers)])
    reply.isDropped = stopAfter.map { $0 < bulk.operations.count } ?? false
    return reply
  }

  private func projection(_ request: ServiceRequest, _ type: ResourceType) throws -> Projection {
    let parameters = try ListParameters(query: request.query)
    return try Projection(
      attributes: parameters.attributes, excluded: parameters.excludedAttributes, type: type)
  }

  private func object(_ request: ServiceRequest) throws -> JSONObject {
    do {
      let value = try JSONValue(parsing: request.body ?? [])
      guard let object = value.object else {
        throw SCIMError.invalidSyntax("The body must be a JSON object but is \(value.kindName).")
      }
      return object
    } catch let error as JSONSyntaxError {
      throw SCIMError.invalidSyntax("The body is not JSON: \(error).")
    }
  }

  private func allow(_ methods: [String], _ request: ServiceRequest) throws {
    guard !methods.contains(request.method) else { return }
    let list = methods.flatMap { $0 == "GET" ? [$0, "HEAD"] : [$0] }.joined(separator: ", ")
    throw SCIMError(
      405, nil, "\(request.method) is not allowed here; allowed are \(list).",
      headers: ["Allow": list])
  }
}
