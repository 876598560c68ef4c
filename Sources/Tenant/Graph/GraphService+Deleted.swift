import GRDB
import JSON

// Deleted objects (learn.microsoft.com, "Deleted items in Microsoft Entra ID").
extension GraphService {
  /// Answers what is asked of deleted objects.
  func deletedItems(_ request: GraphRequest, _ rest: [String]) async throws -> Reply {
    let unknown = GraphError.bad(
      "Resource not found for the segment '\(rest.joined(separator: "/"))'.")
    guard let first = rest.first else { throw GraphError.bad("Name an object or a type.") }
    guard let type = GraphType.cast(first), type.isRestorable else {
      switch (rest.count, rest.last) {
      case (1, _): return try await deletedItem(first, nil, request)
      case (2, "restore"):
        try allow(["POST"], request)
        return try await restore(first, request)
      case (2, let cast?):
        guard let type = GraphType.cast(cast) else { throw unknown }
        try allow(["GET"], request)
        return try await deletedItem(first, type, request)
      default: throw unknown
      }
    }
    switch (rest.count, rest.last) {
    case (1, _):
      try allow(["GET"], request)
      return try await deleted(type, request)
    case (2, "$count"):
      try allow(["GET"], request)
      return try await count(
        try GraphSearch(type, request, deletedBy: Moment.now), request)
    case (2, let id?): return try await deletedItem(id, type, request)
    default: throw unknown
    }
  }

  // One object, of whatever kind if none is told: to be shown, or deleted for ever.
  private func deletedItem(_ id: String, _ type: GraphType?, _ request: GraphRequest) async throws
    -> Reply
  {
    try allow(["GET", "DELETE"], request)
    try request.allowOptions(["$select"])
    let names = try request.selectedOfAny()
    let (deletes, values) = (request.method == "DELETE", values)
    let body = try await store.write { context -> JSONObject in
      let database = try context.database
      guard let item = try DeletedTable.fetch(database, id: id, now: context.now),
        let found = GraphType.numbered(item.resource.typeCode), found.isRestorable,
        type == nil || type?.name == found.name
      else { throw GraphError.notFound(id) }
      if deletes { try ResourceWriter(context: context, values: values).deleteForEver(item) }
      return GraphRenderer(database: database, names: names).json(
        item.resource, deleted: item.deleted, isTyped: true)
    }
    return deletes ? Reply(204) : json(200, .object(contextual(body, "directoryObjects/$entity")))
  }

  private func deleted(_ type: GraphType, _ request: GraphRequest) async throws -> Reply {
    try request.allowOptions([
      "$select", "$filter", "$search", "$orderby", "$top", "$skiptoken", "$count",
    ])
    let body = try await page(
      try GraphSearch(type, request, deletedBy: Moment.now),
      at: "directory/deletedItems/microsoft.graph.\(type.name)", request)
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
        GraphType.numbered(item.resource.typeCode)?.isRestorable == true
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
}
