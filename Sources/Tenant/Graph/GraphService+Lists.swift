import GRDB
import JSON

// Lists of objects, their number, deleted objects, and the organization.
extension GraphService {
  /// A page of the objects of a type.
  func list(_ type: GraphType, _ request: GraphRequest) async throws -> Reply {
    try request.allowOptions(["$select", "$filter", "$top", "$count", "$skiptoken", "$expand"])
    let names = try request.selected(type)
    let filter = try request.query["$filter"].map { try ODataFilter(parsing: $0, type: type) }
    if let filter, filter.isAdvanced, !request.isEventual || request.query["$count"] == nil {
      throw GraphError.query(
        "Unsupported Query: this filter needs the header ConsistencyLevel: eventual and "
          + "$count=true.")
    }
    let counts = request.query["$count"] == "true" && request.isEventual
    let expansion = try ManagerExpansion(type, request)
    let (top, after, base, query) = (try request.top(), try request.skip(), base, request.query)
    let body = try await store.read { database -> JSONObject in
      let found = try GraphSearch(database: database, type: type, filter: filter)
        .page(after: after, limit: top + 1)
      let renderer = GraphRenderer(database: database, names: names)
      var body = JSONObject()
      if counts {
        let number = try GraphSearch(database: database, type: type, filter: filter).count()
        body["@odata.count"] = .integer(Int64(number))
      }
      if found.count > top {
        body["@odata.nextLink"] = .string(
          Self.link(base, type.endpoint, query, skip: found[top - 1].seq))
      }
      let objects = try found.prefix(top).map { resource -> JSONValue in
        var object = renderer.json(resource)
        if let manager = try expansion?.manager(database, of: resource) {
          object["manager"] = .object(manager)
        }
        return .object(object)
      }
      body["value"] = .array(objects)
      return body
    }
    return json(200, .object(contextual(body, type.endpoint)))
  }

  /// How many objects of a type there are, as text.
  func count(_ type: GraphType, _ request: GraphRequest) async throws -> Reply {
    guard request.isEventual else {
      throw GraphError.query("$count is not currently supported.")
    }
    try request.allowOptions(["$filter"])
    let filter = try request.query["$filter"].map { try ODataFilter(parsing: $0, type: type) }
    let number = try await store.read {
      try GraphSearch(database: $0, type: type, filter: filter).count()
    }
    var reply = Reply(200, .integer(Int64(number)))
    reply.contentType = "text/plain"
    return reply
  }

  /// The tenant itself.
  func organization(_ request: GraphRequest) async throws -> Reply {
    try allow(["GET"], request)
    let id = try await store.tenantID()
    let domains = verifiedDomains
    let object = try await store.read { database -> JSONValue in
      let last = try Self.lastSynchronization(database)
      let password = try FactTable.value(database, FactTable.lastPasswordSync)
      return [
        "id": .string(id), "displayName": "Lockstep",
        "onPremisesSyncEnabled": last == nil ? .null : true,
        "onPremisesLastSyncDateTime": last.map { .string($0.prefix(19) + "Z") } ?? .null,
        "onPremisesLastPasswordSyncDateTime": password.map { .string($0.prefix(19) + "Z") }
          ?? .null,
        "verifiedDomains": domains,
      ]
    }
    return json(200, .object(contextual(JSONObject(["value": [object]]), "organization")))
  }

  // The first is the default one (Microsoft Graph, verifiedDomain).
  private var verifiedDomains: JSONValue {
    .array(
      values.verifiedDomains.enumerated().map { index, name in
        [
          "capabilities": "Email, OfficeCommunicationsOnline", "isDefault": .boolean(index == 0),
          "isInitial": .boolean(name.hasSuffix(".onmicrosoft.com")), "name": .string(name),
          "type": "Managed",
        ]
      })
  }

  // The newest stamp of an object from on premises; a stamp is never older than the object's last
  // write, so the first one found among the newest objects is it.
  private static func lastSynchronization(_ database: Database) throws -> String? {
    var newest: String?
    for type in [GraphType.user, .group] {
      guard let place = type.property("onPremisesLastSyncDateTime")?.place else { continue }
      let cursor = try Row.fetchCursor(
        database,
        sql: "SELECT \(StoredResource.columns) FROM resource WHERE type = ? "
          + "ORDER BY modified DESC LIMIT 1000", arguments: [type.resource.code])
      while let row = try cursor.next() {
        guard let stamp = place.value(in: try StoredResource(row).body)?.string else { continue }
        newest = max(newest ?? "", stamp)
        break
      }
    }
    return newest
  }

  /// Answers what is asked of deleted objects.
  func deletedItems(_ request: GraphRequest, _ rest: [String]) async throws -> Reply {
    guard let name = rest.first else { throw GraphError.bad("Name an object or a type.") }
    if let type = GraphType.all.first(where: { name == "microsoft.graph.\($0.name)" }) {
      try allow(["GET"], request)
      return try await deleted(type, request)
    }
    if rest.count == 2, rest[1] == "restore" {
      try allow(["POST"], request)
      return try await restore(name, request)
    }
    try allow(["GET", "DELETE"], request)
    try request.allowOptions(["$select"])
    let names = try request.selectedOfAny()
    let (deletes, values) = (request.method == "DELETE", values)
    let body = try await store.write { context -> JSONObject in
      let database = try context.database
      guard let item = try DeletedTable.fetch(database, id: name, now: context.now),
        GraphType.numbered(item.resource.typeCode) != nil
      else { throw GraphError.notFound(name) }
      if deletes { try ResourceWriter(context: context, values: values).deleteForEver(item) }
      return GraphRenderer(database: database, names: names).json(
        item.resource, deleted: item.deleted, isTyped: true)
    }
    return deletes ? Reply(204) : json(200, .object(contextual(body, "directoryObjects/$entity")))
  }

  private func deleted(_ type: GraphType, _ request: GraphRequest) async throws -> Reply {
    try request.allowOptions(["$select", "$top", "$skiptoken", "$count"])
    let names = try request.selected(type)
    let (top, after, base, query) = (try request.top(), try request.skip(), base, request.query)
    let counts = request.query["$count"] == "true" && request.isEventual
    let body = try await store.read { database -> JSONObject in
      let now = Moment.now
      let found = try DeletedTable.list(
        database, type.resource, after: after, limit: top + 1, now: now)
      let renderer = GraphRenderer(database: database, names: names)
      var body = JSONObject()
      if counts {
        let number = try DeletedTable.count(database, type.resource, now: now)
        body["@odata.count"] = .integer(Int64(number))
      }
      if found.count > top {
        body["@odata.nextLink"] = .string(
          Self.link(
            base, "directory/deletedItems/microsoft.graph.\(type.name)", query,
            skip: found[top - 1].resource.seq))
      }
      body["value"] = .array(
        found.prefix(top).map { .object(renderer.json($0.resource, deleted: $0.deleted)) })
      return body
    }
    return json(200, .object(contextual(body, "directoryObjects")))
  }

  private func restore(_ id: String, _ request: GraphRequest) async throws -> Reply {
    let (values, body) = (values, request.body == nil ? JSONObject() : try request.object())
    let known = ["newUserPrincipalName", "autoReconcileProxyConflict"]
    if let other = body.members.first(where: { !known.contains($0.name) }) {
      throw GraphError.bad("The parameter '\(other.name)' is not one of this action.")
    }
    let newName = try Self.newName(body)
    let yieldsAddresses = body["autoReconcileProxyConflict"] == true
    let restored = try await store.write { context -> JSONObject in
      let database = try context.database
      guard let item = try DeletedTable.fetch(database, id: id, now: context.now),
        GraphType.numbered(item.resource.typeCode) != nil
      else { throw GraphError.notFound(id) }
      guard newName == nil || item.resource.typeCode == ResourceType.user.code else {
        throw GraphError.bad("Only a user comes back under another principal name.")
      }
      if let newName {
        try GraphWriter(type: .user, context: context, values: values)
          .checkDomain(.string(newName), was: item.resource.body)
      }
      do {
        let resource = try ResourceWriter(context: context, values: values)
          .restore(item, name: newName, yieldsAddresses: yieldsAddresses)
        return GraphRenderer(database: database).json(resource, isTyped: true)
      } catch let error as SCIMError {
        throw GraphError(error, type: GraphType.numbered(item.resource.typeCode))
      }
    }
    return json(200, .object(contextual(restored, "directoryObjects/$entity")))
  }

  // The principal name that a user is to come back under.
  private static func newName(_ body: JSONObject) throws -> String? {
    let name = "newUserPrincipalName"
    guard let value = body.written(name) else { return nil }
    guard value != .null, let property = GraphType.user.property("userPrincipalName") else {
      throw GraphError.value(name, of: GraphType.user.title, "InvalidValue")
    }
    try property.with { $0.name = name }.check(value, of: GraphType.user.title)
    return value.string
  }

  // The link to the next page, with the options of this one.
  static func link(_ base: String, _ path: String, _ query: [String: String], skip: Int64)
    -> String
  {
    let kept = query.filter { $0.key != "$skiptoken" }.sorted { $0.key < $1.key }
    let pairs = kept.map { $0.key + "=" + Percent.encode($0.value) } + ["$skiptoken=\(skip)"]
    return "\(base)/\(path)?" + pairs.joined(separator: "&")
  }
}

extension Percent {
  /// `text` with everything escaped that is not unreserved (RFC 3986 §2.3) or harmless in a query.
  static func encode(_ text: String) -> String {
    var out = ""
    for byte in text.utf8 {
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E, 0x2C:
        out.unicodeScalars.append(Unicode.Scalar(byte))
      default: out += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
      }
    }
    return out
  }
}
