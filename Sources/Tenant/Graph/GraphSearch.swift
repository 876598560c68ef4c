import GRDB
import JSON

/// Finds the objects of a type that a filter and a phrase let through.
struct GraphSearch: Sendable {
  let type: GraphType
  var filter: ODataFilter?
  var phrase: GraphPhrase?
  /// The order; nil for that of creation.
  var order: GraphOrder?
  /// Whether those are meant that were deleted and can be restored at this moment, in milliseconds
  /// since the epoch; their time of change is that of the delete.
  var deletedBy: Int64?

  /// What `request` asks for of objects of `type`.
  ///
  /// - Throws: ``GraphError`` for what makes no sense, or is asked without what Graph wants for it.
  init(_ type: GraphType, _ request: GraphRequest, deletedBy: Int64? = nil) throws {
    self.type = type
    self.deletedBy = deletedBy
    filter = try request.query["$filter"].map { try ODataFilter(parsing: $0, type: type) }
    phrase = try GraphPhrase(type, request)
    order = try GraphOrder(type, request)
  }

  /// Those of `type` that `filter` lets through.
  init(_ type: GraphType, filter: ODataFilter) {
    self.type = type
    self.filter = filter
  }

  /// Up to `limit` objects after the place of `token`, and the token of the place after them; nil if
  /// there are no more.
  func page(_ database: Database, after token: String?, limit: Int) throws -> (
    found: [StoredResource], next: String?
  ) {
    if let order { return try page(database, in: order, after: token, limit: limit) }
    let start = token ?? "0"
    guard let after = Int64(start), after >= 0 else {
      throw GraphError(400, "Directory_ExpiredPageToken", "The specified page token is invalid.")
    }
    var found: [StoredResource] = []
    let rows = try cursor(database, after: after)
    while found.count <= limit, let row = try rows.next() {
      let resource = try StoredResource(row)
      if matches(resource) { found.append(resource) }
    }
    guard found.count > limit else { return (found, nil) }
    return (Array(found.dropLast()), String(found[limit - 1].seq))
  }

  /// How many there are.
  func count(_ database: Database) throws -> Int {
    if filter == nil, phrase == nil {
      guard let deletedBy else { return try ResourceTable.count(database, type.resource) }
      return try DeletedTable.count(database, type.resource, now: deletedBy)
    }
    var number = 0
    let rows = try cursor(database, after: 0)
    while let row = try rows.next() {
      if matches(try StoredResource(row)) { number += 1 }
    }
    return number
  }

  // All are looked at, and only those of one page are held.
  private func page(
    _ database: Database, in order: GraphOrder, after token: String?, limit: Int
  ) throws -> (found: [StoredResource], next: String?) {
    let start = try token.map { try GraphOrder.Place(token: $0) }
    var best: [(place: GraphOrder.Place, resource: StoredResource)] = []
    let rows = try cursor(database, after: 0)
    while let row = try rows.next() {
      let resource = try StoredResource(row)
      guard matches(resource) else { continue }
      let place = order.place(of: resource, deleted: deleted(resource))
      if let start, !order.precedes(start, place) { continue }
      if best.count > limit, !order.precedes(place, best[limit].place) { continue }
      var (low, high) = (0, best.count)
      while low < high {
        let middle = (low + high) / 2
        if order.precedes(place, best[middle].place) { high = middle } else { low = middle + 1 }
      }
      best.insert((place, resource), at: low)
      if best.count > limit + 1 { best.removeLast() }
    }
    let next = best.count > limit ? best[limit - 1].place.token : nil
    return (best.prefix(limit).map(\.resource), next)
  }

  private func deleted(_ resource: StoredResource) -> Int64? {
    deletedBy == nil ? nil : resource.modified
  }

  private func matches(_ resource: StoredResource) -> Bool {
    let deleted = deleted(resource)
    let passes =
      filter?.matches(type) { name in
        type.queried(name).flatMap { GraphRenderer.value(of: $0, resource, deleted: deleted) }
      } ?? true
    guard passes, let phrase else { return passes }
    return phrase.matches { GraphRenderer.value(of: $0, resource, deleted: deleted) }
  }

  // By a key where the filter demands a value of an indexed property, else all of the type.
  private func cursor(_ database: Database, after: Int64) throws -> RowCursor {
    let columns = StoredResource.columns
    if let deletedBy {
      return try Row.fetchCursor(
        database,
        sql: "SELECT \(DeletedTable.resourceColumns) FROM deleted_resource "
          + "WHERE type = ? AND seq > ? AND body IS NOT NULL AND deleted > ? ORDER BY seq",
        arguments: [type.resource.code, after, deletedBy - DeletedTable.keeping])
    }
    let all = "SELECT \(columns) FROM resource WHERE type = ? AND seq > ?"
    let wanted = filter?.demanded
    if let wanted, wanted.name == "id" {
      return try Row.fetchCursor(
        database, sql: all + " AND id = ?",
        arguments: [type.resource.code, after, ResourceID.folded(wanted.value)])
    }
    guard let wanted, let key = type.queried(wanted.name)?.key else {
      return try Row.fetchCursor(
        database, sql: all + " ORDER BY seq", arguments: [type.resource.code, after])
    }
    return try Row.fetchCursor(
      database,
      sql: all + """
         AND seq IN
          (SELECT resource FROM key_value WHERE code = ? AND value = ?) ORDER BY seq
        """,
      arguments: [type.resource.code, after, key.code(type), key.folded(wanted.value)])
  }
}
