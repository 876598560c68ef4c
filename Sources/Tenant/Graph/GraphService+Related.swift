import GRDB
import JSON

// Members of groups, managers of users, and the groups that an object is in.
extension GraphService {
  /// Answers what is asked of the objects around one.
  func related(_ type: GraphType, _ id: String, _ rest: [String], _ request: GraphRequest)
    async throws -> Reply
  {
    switch (type.name, rest.first, rest.count) {
    case ("group", "members", 1):
      try allow(["GET"], request)
      return try await ends(type, id, ResourceType.membersLink, isReversed: false, request)
    case (_, "memberOf", 1):
      try allow(["GET"], request)
      return try await ends(type, id, ResourceType.membersLink, isReversed: true, request)
    case (_, "memberOf", 2) where rest[1] == "microsoft.graph.group":
      try checkCast(request)
      return try await ends(type, id, ResourceType.membersLink, isReversed: true, request)
    case (_, "memberOf", 2) where rest[1] == "microsoft.graph.directoryRole",
      (_, "transitiveMemberOf", 2) where rest[1] == "microsoft.graph.directoryRole":
      try checkCast(request)
      return try await roles(type, id, request)
    case ("group", "members", 2) where rest[1] == "$ref":
      try allow(["POST"], request)
      return try await addMember(type, id, request)
    case ("group", "members", 3) where rest[2] == "$ref":
      try allow(["DELETE"], request)
      return try await removeMember(type, id, rest[1])
    case ("user", "directReports", 1):
      try allow(["GET"], request)
      return try await ends(type, id, ResourceType.managerLink, isReversed: true, request)
    case ("user", "manager", 1): return try await manager(type, id, request)
    case ("user", "manager", 2) where rest[1] == "$ref":
      return try await manager(type, id, request)
    default:
      throw GraphError.bad(
        "Resource not found for the segment '\(rest.joined(separator: "/"))'.")
    }
  }

  // Links are cast with an index only (learn.microsoft.com, "List a user's memberships").
  private func checkCast(_ request: GraphRequest) throws {
    try allow(["GET"], request)
    guard request.isEventual, request.query["$count"] == "true" else {
      throw GraphError.query(
        "Unsupported Query: a cast needs the header ConsistencyLevel: eventual and $count=true.")
    }
  }

  // Nobody is an administrator here.
  private func roles(_ type: GraphType, _ name: String, _ request: GraphRequest) async throws
    -> Reply
  {
    try request.allowOptions(["$select", "$top", "$skiptoken", "$count"])
    try await store.read { database in
      let id = try Self.identifier(database, type, name)
      guard try ResourceTable.fetch(database, type.resource, id: id) != nil else {
        throw GraphError.notFound(name)
      }
    }
    return json(
      200,
      .object(
        contextual(JSONObject(["@odata.count": 0, "value": []]), "directoryRoles")))
  }

  private func addMember(_ type: GraphType, _ id: String, _ request: GraphRequest) async throws
    -> Reply
  {
    let member = try GraphWriter.objectID(try request.object()["@odata.id"]?.string)
    let values = values
    try await store.write {
      try GraphWriter(type: type, context: $0, values: values).addMember(member, to: id)
    }
    return Reply(204)
  }

  private func removeMember(_ type: GraphType, _ id: String, _ member: String) async throws
    -> Reply
  {
    let values = values
    try await store.write {
      try GraphWriter(type: type, context: $0, values: values).removeMember(member, from: id)
    }
    return Reply(204)
  }

  private func manager(_ type: GraphType, _ name: String, _ request: GraphRequest) async throws
    -> Reply
  {
    let isReference = request.path.last == "$ref"
    try allow(isReference ? ["GET", "PUT", "DELETE"] : ["GET"], request)
    let (values, id) = (values, try await identifier(type, name))
    switch request.method {
    case "PUT", "DELETE":
      let manager =
        request.method == "PUT"
        ? try GraphWriter.objectID(try request.object()["@odata.id"]?.string) : nil
      try await store.write {
        try GraphWriter(type: type, context: $0, values: values).setManager(manager, of: id)
      }
      return Reply(204)
    default:
      let names = try request.selected(type)
      let body = try await store.read { database -> JSONObject in
        guard let user = try ResourceTable.fetch(database, .user, id: id),
          let manager = try Self.manager(database, of: user)?["id"]?.string,
          let found = try ResourceTable.fetch(database, .user, id: manager)
        else {
          throw GraphError(404, "Request_ResourceNotFound", "Resource 'manager' does not exist.")
        }
        return GraphRenderer(database: database, names: names).json(found, isTyped: true)
      }
      return json(200, .object(contextual(body, "directoryObjects/$entity")))
    }
  }

  private func ends(
    _ type: GraphType, _ name: String, _ number: Int, isReversed: Bool, _ request: GraphRequest
  ) async throws -> Reply {
    try request.allowOptions(["$select", "$top", "$skiptoken", "$count"])
    let (top, after) = (try request.top(), try request.skip())
    let names = try request.selectedOfAny()
    let counts = request.query["$count"] == "true" && request.isEventual
    let (base, query) = (base, request.query)
    let body = try await store.read { database -> JSONObject in
      let id = try Self.identifier(database, type, name)
      guard let object = try ResourceTable.fetch(database, type.resource, id: id) else {
        throw GraphError.notFound(name)
      }
      let found = try LinkTable.page(
        database, of: object.seq, number, isReversed: isReversed, after: after, limit: top + 1)
      let renderer = GraphRenderer(database: database, names: names)
      var body = JSONObject()
      if counts {
        let number = try LinkTable.count(database, of: object.seq, number, isReversed: isReversed)
        body["@odata.count"] = .integer(Int64(number))
      }
      if found.count > top {
        let list = request.path.dropFirst(2).joined(separator: "/")
        body["@odata.nextLink"] = .string(
          Self.link(base, "\(type.endpoint)/\(id)/\(list)", query, skip: found[top - 1].seq))
      }
      body["value"] = .array(
        found.prefix(top).map { .object(renderer.json($0, isTyped: true)) })
      return body
    }
    return json(200, .object(contextual(body, "directoryObjects")))
  }
}

extension LinkTable {
  /// How many resources are at the other ends of links.
  static func count(_ database: Database, of seq: Int64, _ number: Int, isReversed: Bool) throws
    -> Int
  {
    let statement = try database.cachedStatement(
      sql: "SELECT count(*) FROM link WHERE \(isReversed ? "target" : "source") = ? AND number = ?")
    return try Int.fetchOne(statement, arguments: [seq, number]) ?? 0
  }

  /// The resources at the other ends of links, after the insertion key `after`.
  static func page(
    _ database: Database, of seq: Int64, _ number: Int, isReversed: Bool, after: Int64, limit: Int
  ) throws -> [StoredResource] {
    let (here, there) = isReversed ? ("target", "source") : ("source", "target")
    let columns = StoredResource.columns.split(separator: ",").map {
      "r." + $0.drop { $0 == " " }
    }.joined(separator: ", ")
    let statement = try database.cachedStatement(
      sql: """
        SELECT \(columns) FROM link l JOIN resource r ON r.seq = l.\(there)
        WHERE l.\(here) = ? AND l.number = ? AND l.\(there) > ? ORDER BY l.\(there) LIMIT ?
        """)
    return try Row.fetchAll(statement, arguments: [seq, number, after, limit])
      .map { try StoredResource($0) }
  }
}
