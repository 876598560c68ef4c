import GRDB
import JSON

// Changes of a type since a token (learn.microsoft.com, "Use delta query to track changes in
// Microsoft Graph data").
extension GraphService {
  /// A page of changes.
  func delta(_ type: GraphType, _ request: GraphRequest) async throws -> Reply {
    try request.allowOptions(["$select", "$filter", "$deltatoken", "$skiptoken"])
    if faults.takeResync() { throw GraphError.resync("\(base)/\(type.endpoint)/delta") }
    let tenant = try await store.tenantID()
    let given = request.query["$deltatoken"]
    var token: DeltaToken
    if let text = request.query["$skiptoken"] ?? given, text != "latest" {
      guard let known = DeltaToken(text), known.tenant == tenant, known.type == type.name else {
        throw GraphError.resync("\(base)/\(type.endpoint)/delta")
      }
      token = known
      if given != nil { token.startRound() }
    } else {
      let names = try request.selected(type, more: ["members", "manager"])
      token = DeltaToken(
        tenant: tenant, type: type.name, names: names, since: 0, position: 0, nextSince: 0,
        nextPosition: 0)
      token.ids = try request.query["$filter"].map { try Self.ids($0, type) }
    }
    let (isFirst, isLatest) = (request.query["$skiptoken"] == nil, given == "latest")
    let limit = Self.pageSize(request)
    let (base, started) = (base, token)
    let body = try await store.read { database -> JSONObject in
      var reader = DeltaReader(database: database, type: type, token: started, base: base)
      if isFirst { try reader.begin() }
      return isLatest ? reader.end([]) : try reader.page(limit)
    }
    return json(200, .object(contextual(body, "\(type.endpoint)/$delta")))
  }

  // Changes are filtered by ids alone, 50 at most (learn.microsoft.com, "user: delta").
  private static func ids(_ filter: String, _ type: GraphType) throws -> [String] {
    let ids = try ODataFilter(parsing: filter, type: type, choices: 50).ids
    guard let ids else {
      throw GraphError.query("Changes can be filtered by ids alone: id eq '…' or id eq '…'.")
    }
    return ids.map(ResourceID.folded)
  }

  // Prefer: odata.maxpagesize=N.
  private static func pageSize(_ request: GraphRequest) -> Int {
    let wishes = (request.headers["prefer"] ?? "").split(separator: ",")
    let sizes = wishes.compactMap { wish -> Int? in
      let parts = wish.split(separator: "=")
      guard parts.count == 2, parts[0].hasSuffix("odata.maxpagesize") else { return nil }
      return Int(parts[1])
    }
    return min(max(sizes.first ?? 200, 1), 999)
  }
}

extension DeltaToken {
  /// Makes the end of one round the start of the next.
  mutating func startRound() {
    (since, position) = (nextSince, nextPosition)
    (afterStamp, afterKey, afterMember) = (since, 0, 0)
  }
}

/// Reads one page of changes.
private struct DeltaReader {
  let database: Database
  let type: GraphType
  var token: DeltaToken
  let base: String

  private var wantsMembers: Bool {
    type.name == "group" && (token.names?.contains("members") ?? true)
  }
  private var wantsManager: Bool {
    type.name == "user" && (token.names?.contains("manager") ?? false)
  }

  /// Notes from where the next round starts, and refuses a token that is older than what is known.
  mutating func begin() throws {
    token.nextSince = max(
      try ResourceTable.lastModified(database),
      try Int64.fetchOne(database, sql: "SELECT max(deleted) FROM deleted_resource") ?? 0, 1)
    token.nextPosition = try Housekeeping.lastMemberChange(database)
    guard !token.isInitial else { return }
    // What is ahead of the file is of one in whose place an older copy was put.
    guard (0...token.nextSince).contains(token.since),
      (0...token.nextPosition).contains(token.position)
    else { throw GraphError.resync("\(base)/\(type.endpoint)/delta") }
    let oldest =
      try Int64.fetchOne(database, sql: "SELECT min(position) FROM member_change")
      ?? token.nextPosition + 1
    guard !wantsMembers || oldest <= token.position + 1,
      try Housekeeping.lastForgottenDelete(database) <= token.since
    else { throw GraphError.resync("\(base)/\(type.endpoint)/delta") }
  }

  /// The answer with the next `limit` objects.
  mutating func page(_ limit: Int) throws -> JSONObject {
    var objects: [JSONValue] = []
    let rows = try resources(limit + 1)
    // Members given in a page; a large group goes on in the next one.
    var room = 5000
    for resource in rows.prefix(limit) {
      let start = token.afterMember
      var object = object(resource, isFirstPart: start == 0)
      if wantsMembers, token.isInitial {
        let members = try LinkTable.page(
          database, of: resource.seq, ResourceType.membersLink, isReversed: false, after: start,
          limit: room + 1)
        if !members.isEmpty {
          object["members@delta"] = .array(members.prefix(room).map(Self.member))
        }
        if members.count > room {
          objects.append(.object(object))
          token.afterMember = members[room - 1].seq
          return answer(objects, next: "$skiptoken")
        }
        room -= members.count
      } else if wantsMembers {
        let changes = try memberChanges(resource)
        if !changes.isEmpty { object["members@delta"] = .array(changes) }
      }
      objects.append(.object(object))
      (token.afterStamp, token.afterKey) = (resource.modified, resource.seq)
      token.afterMember = 0
      if room <= 0 { return answer(objects, next: "$skiptoken") }
    }
    if rows.count > limit { return answer(objects, next: "$skiptoken") }
    if !token.isInitial { objects += try removed() }
    return end(objects)
  }

  /// The last answer of a round.
  mutating func end(_ objects: [JSONValue]) -> JSONObject { answer(objects, next: "$deltatoken") }

  private func answer(_ objects: [JSONValue], next: String) -> JSONObject {
    let name = next == "$deltatoken" ? "@odata.deltaLink" : "@odata.nextLink"
    return JSONObject([
      name: .string("\(base)/\(type.endpoint)/delta?\(next)=\(token.text)"),
      "value": .array(objects),
    ])
  }

  // The ids come from a token, which anybody can write.
  private var chosen: String {
    guard let ids = token.ids else { return "" }
    let list = ids.map { "'" + $0.replacing("'", with: "''") + "'" }.joined(separator: ", ")
    return "AND id IN (\(list)) "
  }

  private func resources(_ limit: Int) throws -> [StoredResource] {
    let columns = StoredResource.columns
    let rows: [Row]
    if token.isInitial {
      rows = try Row.fetchAll(
        database,
        sql: "SELECT \(columns) FROM resource WHERE type = ? AND seq > ? \(chosen)"
          + "ORDER BY seq LIMIT ?",
        arguments: [type.resource.code, token.afterKey, limit])
    } else {
      rows = try Row.fetchAll(
        database,
        sql: """
          SELECT \(columns) FROM resource WHERE type = ?1 AND modified >= ?2
            AND (modified > ?2 OR seq > ?3) \(chosen)ORDER BY modified, seq LIMIT ?4
          """,
        arguments: [
          type.resource.code, token.afterStamp,
          // At the start of a round everything of the last stamp was given before.
          token.afterStamp == token.since && token.afterKey == 0 ? Int64.max : token.afterKey,
          limit,
        ])
    }
    return try rows.map { try StoredResource($0) }
  }

  private func object(_ resource: StoredResource, isFirstPart: Bool) -> JSONObject {
    // What has no value is left out of a first reading, and given as null when it may have changed.
    let renderer = GraphRenderer(
      database: database, names: isFirstPart ? token.names : [], givesNull: !token.isInitial)
    var object = renderer.json(resource)
    guard wantsManager else { return object }
    let value = resource.body[ResourceType.enterpriseUser.id]?.object?["manager"]?.object?["value"]
    if let value {
      object["manager@delta"] = [["@odata.type": "#microsoft.graph.user", "id": value]]
    } else if !token.isInitial {
      object["manager@delta"] = []
    }
    return object
  }

  private static func member(_ resource: StoredResource) -> JSONValue {
    member(resource.id, resource.typeCode, isRemoved: false)
  }

  private static func member(_ id: String, _ type: Int, isRemoved: Bool) -> JSONValue {
    var object = JSONObject()
    if let type = GraphType.numbered(type) { object["@odata.type"] = .string(type.odataType) }
    object["id"] = .string(id)
    if isRemoved { object["@removed"] = ["reason": "deleted"] }
    return .object(object)
  }

  // The last that happened to each member since the token.
  private func memberChanges(_ resource: StoredResource) throws -> [JSONValue] {
    let rows = try Row.fetchAll(
      database,
      sql: """
        SELECT id, type, removed, max(position) FROM member_change
        WHERE source = ? AND position > ? GROUP BY target ORDER BY 4
        """, arguments: [resource.seq, token.position])
    return rows.map { Self.member($0[0], $0[1], isRemoved: $0[2]) }
  }

  private func removed() throws -> [JSONValue] {
    let ids = token.ids.map(Set.init)
    return try DeletedTable.ids(database, type.resource, after: token.since).filter {
      ids?.contains($0.id) ?? true
    }.map { id, isForEver in
      [
        "id": .string(id), "@removed": ["reason": isForEver ? "deleted" : "changed"],
      ]
    }
  }
}

extension TenantStore {
  /// The tenant's id: a GUID that another database does not have.
  func tenantID() async throws -> String {
    let query = "SELECT value FROM tenant_fact WHERE name = 'id'"
    if let id = try await read({ try String.fetchOne($0, sql: query) }) { return id }
    return try await write { context in
      let database = try context.database
      if let id = try String.fetchOne(database, sql: query) { return id }
      let id = ResourceID.make()
      try database.execute(
        sql: "INSERT INTO tenant_fact (name, value) VALUES ('id', ?)", arguments: [id])
      return id
    }
  }
}
