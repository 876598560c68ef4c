import Foundation
import GRDB
import JSON

/// The statements on what was deleted: for telling it in a delta, and for taking it back.
enum DeletedTable {
  /// One deleted resource.
  struct Item {
    var resource: StoredResource
    var deleted: Int64
    var links: String
  }

  /// For how long a deleted object can be restored: 30 days, in milliseconds.
  static let keeping: Int64 = 30 * 86_400_000

  /// Keeps `resource` with its links before it is deleted.
  static func keep(_ database: Database, _ resource: StoredResource, now: Int64) throws {
    let sql = "SELECT source || ',' || number || ',' || target FROM link WHERE "
    let links = try ["source = ?", "target = ?"].flatMap {
      try String.fetchAll(
        database.cachedStatement(sql: sql + $0), arguments: [resource.seq])
    }
    let statement = try database.cachedStatement(
      sql: """
        INSERT OR REPLACE INTO deleted_resource
          (seq, id, type, deleted, created, version, body, links)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        """)
    try statement.execute(arguments: [
      resource.seq, resource.id, resource.typeCode, now, resource.created, resource.version,
      Data(JSONValue.object(resource.body).encoded), links.joined(separator: " "),
    ])
  }

  private static let columns =
    "seq, id, type, version, created, deleted, body, deleted, links"

  /// The object that can be restored under this id.
  static func fetch(_ database: Database, id: String, now: Int64) throws -> Item? {
    let statement = try database.cachedStatement(
      sql: "SELECT \(columns) FROM deleted_resource "
        + "WHERE id = ? AND body IS NOT NULL AND deleted > ?")
    return try Row.fetchOne(statement, arguments: [id, now - keeping]).map(item)
  }

  /// The objects of a type that can be restored, after the insertion key `after`.
  static func list(_ database: Database, _ type: ResourceType, after: Int64, limit: Int, now: Int64)
    throws -> [Item]
  {
    let statement = try database.cachedStatement(
      sql: "SELECT \(columns) FROM deleted_resource WHERE type = ? AND seq > ? "
        + "AND body IS NOT NULL AND deleted > ? ORDER BY seq LIMIT ?")
    return try Row.fetchAll(statement, arguments: [type.code, after, now - keeping, limit])
      .map(item)
  }

  /// The ids of a type that were deleted after `moment`, and whether for ever.
  static func ids(_ database: Database, _ type: ResourceType, after moment: Int64) throws -> [(
    id: String, isForEver: Bool
  )] {
    let statement = try database.cachedStatement(
      sql: "SELECT id, body IS NULL FROM deleted_resource "
        + "WHERE type = ? AND deleted > ? ORDER BY deleted")
    return try Row.fetchAll(statement, arguments: [type.code, moment]).map { ($0[0], $0[1]) }
  }

  /// Forgets that the object was deleted: it is there again.
  static func remove(_ database: Database, id: String) throws {
    try database.cachedStatement(sql: "DELETE FROM deleted_resource WHERE id = ?")
      .execute(arguments: [id])
  }

  /// Deletes the object for ever; that it was there is still known.
  static func empty(_ database: Database, id: String, now: Int64) throws {
    try database.cachedStatement(
      sql: "UPDATE deleted_resource SET body = NULL, links = '', deleted = ? WHERE id = ?"
    ).execute(arguments: [now, id])
  }

  private static func item(_ row: Row) throws -> Item {
    Item(resource: try StoredResource(row), deleted: row[7], links: row[8])
  }
}

extension ResourceWriter {
  /// Brings a deleted object back with those of its links whose other ends are still there.
  ///
  /// - Throws: ``SCIMError`` 409 if another object has a value by now that must be unique.
  func restore(_ item: DeletedTable.Item) throws -> StoredResource {
    let database = try context.database
    var resource = item.resource
    resource.modified = context.now
    resource.version += 1
    let urn = ResourceType.enterpriseUser.id
    if let manager = resource.body[urn]?.object?["manager"]?.object?["value"]?.string,
      try ResourceTable.reference(database, id: manager) == nil
    {
      GraphPlace.extended(urn, "manager").set(nil, in: &resource.body)
    }
    let statement = try database.cachedStatement(
      sql: """
        INSERT INTO resource (seq, id, type, version, created, modified, display, body)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        """)
    try statement.execute(arguments: [
      resource.seq, resource.id, resource.typeCode, resource.version, resource.created,
      resource.modified, resource.display, Data(JSONValue.object(resource.body).encoded),
    ])
    try DeletedTable.remove(database, id: resource.id)
    try KeyTable.change(
      database, seq: resource.seq, type: resource.type, from: [],
      to: ResourceKey.all(of: resource.body, resource.type))
    for link in item.links.split(separator: " ") {
      let ends = link.split(separator: ",").compactMap { Int64($0) }
      guard ends.count == 3,
        try ResourceTable.fetch(database, seq: ends[0]) != nil,
        try ResourceTable.fetch(database, seq: ends[2]) != nil
      else { continue }
      _ = try LinkTable.add(database, ends[0], Int(ends[1]), ends[2])
      try ResourceTable.touch(database, seq: ends[0], now: context.now)
    }
    return resource
  }
}
