import GRDB
import JSON

// Members and owners of groups, managers of users, and the groups that an object is in.
extension GraphService {
  /// Answers what is asked of the objects around one.
  func related(_ type: GraphType, _ id: String, _ rest: [String], _ request: GraphRequest)
    async throws -> Reply
  {
    let name = rest.first ?? ""
    if type.name == "user", name == "manager", rest.count == 1 || rest.dropFirst() == ["$ref"] {
      return try await manager(type, id, request)
    }
    if rest.count == 1, let check = MembershipCheck(rawValue: name) {
      return try await membership(type, id, check, request)
    }
    if let walk = LinkWalk.named(name, of: type) {
      return try await linked(type, id, walk, rest, request)
    }
    throw unknown(rest)
  }

  private func unknown(_ rest: [String]) -> GraphError {
    .bad("Resource not found for the segment '\(rest.joined(separator: "/"))'.")
  }

  private func linked(
    _ type: GraphType, _ id: String, _ walk: LinkWalk, _ rest: [String], _ request: GraphRequest
  ) async throws -> Reply {
    var (walk, tail) = (walk, Array(rest.dropFirst()))
    let list = GraphLinkList(name: rest[0])
    if let cast = tail.first, cast.hasPrefix("microsoft.graph.") {
      // Some kinds are not here: nobody is an administrator, and applications are no objects.
      walk.kind = GraphType.cast(cast)?.resource.code ?? 0
      try checkCast(list, request)
      tail.removeFirst()
    }
    switch (tail.count, tail.last) {
    case (0, _):
      try allow(["GET"], request)
      return try await ends(type, id, walk, rest, isReference: false, request)
    case (1, "$count"):
      try allow(["GET"], request)
      return try await number(type, id, walk, request)
    case (1, "$ref") where walk.kind == nil:
      try allow(list.isWritten ? ["GET", "POST"] : ["GET"], request)
      guard request.method == "POST" else {
        return try await ends(type, id, walk, rest, isReference: true, request)
      }
      let other = try GraphWriter.objectID(try request.object()["@odata.id"]?.string)
      return try await write(type) { try $0.add(other, to: list, of: id) }
    case (2, "$ref") where walk.kind == nil && list.isWritten:
      try allow(["DELETE"], request)
      let other = tail[0]
      return try await write(type) { try $0.remove(other, from: list, of: id) }
    default: throw unknown(rest)
    }
  }

  private func write(
    _ type: GraphType, _ work: @escaping @Sendable (GraphWriter) throws -> Void
  ) async throws -> Reply {
    let values = values
    try await store.write { try work(GraphWriter(type: type, context: $0, values: values)) }
    return Reply(204)
  }

  // The groups of an object are cast with an index only (learn.microsoft.com, "List a user's
  // memberships").
  private func checkCast(_ list: GraphLinkList, _ request: GraphRequest) throws {
    try allow(["GET"], request)
    guard list.isMembership, request.path.last != "$count", !request.isCounting else { return }
    throw GraphError.query(
      "Unsupported Query: a cast needs the header ConsistencyLevel: eventual and $count=true.")
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
      let base = base
      let body = try await store.read { database -> JSONObject in
        guard let user = try ResourceTable.fetch(database, .user, id: id),
          let manager = try Self.manager(database, of: user)?["id"]?.string,
          let found = try ResourceTable.fetch(database, .user, id: manager)
        else {
          throw GraphError(404, "Request_ResourceNotFound", "Resource 'manager' does not exist.")
        }
        guard !isReference else { return Self.reference(base, found) }
        return GraphRenderer(database: database, names: names).json(found, isTyped: true)
      }
      let kind = isReference ? "$ref" : "directoryObjects/$entity"
      return json(200, .object(contextual(body, kind)))
    }
  }

  private static func reference(_ base: String, _ resource: StoredResource) -> JSONObject {
    JSONObject(["@odata.id": .string("\(base)/directoryObjects/\(resource.id)")])
  }

  private func number(
    _ type: GraphType, _ name: String, _ walk: LinkWalk, _ request: GraphRequest
  ) async throws -> Reply {
    guard request.isEventual else { throw GraphError.query("$count is not currently supported.") }
    try request.allowOptions([])
    let number = try await store.read {
      try walk.count($0, from: try Self.object($0, type, name).seq)
    }
    return plain(number)
  }

  private func ends(
    _ type: GraphType, _ name: String, _ walk: LinkWalk, _ rest: [String], isReference: Bool,
    _ request: GraphRequest
  ) async throws -> Reply {
    try request.allowOptions(
      isReference
        ? ["$top", "$skiptoken", "$count"] : ["$select", "$top", "$skiptoken", "$count"])
    let (top, after) = (try request.top(), try request.skip())
    let names = try request.selectedOfAny()
    let (base, query, counts) = (base, request.query, request.isCounting)
    let body = try await store.read { database -> JSONObject in
      let object = try Self.object(database, type, name)
      let found = try walk.page(database, from: object.seq, after: after, limit: top + 1)
      let renderer = GraphRenderer(database: database, names: names)
      var body = JSONObject()
      if counts {
        body["@odata.count"] = .integer(Int64(try walk.count(database, from: object.seq)))
      }
      if found.count > top {
        let list = rest.joined(separator: "/")
        body["@odata.nextLink"] = .string(
          Self.link(
            base, "\(type.endpoint)/\(object.id)/\(list)", query, skip: found[top - 1].seq))
      }
      body["value"] = .array(
        found.prefix(top).map {
          .object(isReference ? Self.reference(base, $0) : renderer.json($0, isTyped: true))
        })
      return body
    }
    return json(
      200, .object(contextual(body, isReference ? "Collection($ref)" : "directoryObjects")))
  }
}

/// A list of links as paths name it.
struct GraphLinkList: Hashable, Sendable {
  var name: String
  /// Whether clients write it.
  var isWritten: Bool { name == "members" || name == "owners" }
  /// Whether it is of the groups that an object is in.
  var isMembership: Bool { name == "memberOf" || name == "transitiveMemberOf" }
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
