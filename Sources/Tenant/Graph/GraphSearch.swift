import GRDB
import JSON

/// Finds the objects of a type that a filter lets through, in the order of their creation.
struct GraphSearch {
  let database: Database
  let type: GraphType
  let filter: ODataFilter?

  /// Up to `limit` objects after the insertion key `after`.
  func page(after: Int64, limit: Int) throws -> [StoredResource] {
    var found: [StoredResource] = []
    let rows = try cursor(after: after)
    while found.count < limit, let row = try rows.next() {
      let resource = try StoredResource(row)
      if matches(resource) { found.append(resource) }
    }
    return found
  }

  /// How many there are.
  func count() throws -> Int {
    guard filter != nil else { return try ResourceTable.count(database, type.resource) }
    var number = 0
    let rows = try cursor(after: 0)
    while let row = try rows.next() {
      if matches(try StoredResource(row)) { number += 1 }
    }
    return number
  }

  private func matches(_ resource: StoredResource) -> Bool {
    guard let filter else { return true }
    return filter.matches(type) { name in
      type.property(name).flatMap { GraphRenderer.value(of: $0, resource) }
    }
  }

  // By a key where the filter demands a value of an indexed property, else all of the type.
  private func cursor(after: Int64) throws -> RowCursor {
    let columns = StoredResource.columns
    guard let wanted = filter?.demanded, let key = type.property(wanted.name)?.key else {
      return try Row.fetchCursor(
        database,
        sql: "SELECT \(columns) FROM resource WHERE type = ? AND seq > ? ORDER BY seq",
        arguments: [type.resource.code, after])
    }
    return try Row.fetchCursor(
      database,
      sql: """
        SELECT \(columns) FROM resource WHERE type = ? AND seq > ? AND seq IN
          (SELECT resource FROM key_value WHERE code = ? AND value = ?) ORDER BY seq
        """,
      arguments: [type.resource.code, after, key.code(type), key.folded(wanted.value)])
  }
}
