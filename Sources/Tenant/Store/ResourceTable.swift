import Foundation
import GRDB
import JSON

/// A resource as it is kept.
struct StoredResource: Hashable, Sendable {
  var seq: Int64
  var id: String
  var type: ResourceType { ResourceType.numbered(typeCode) ?? .user }
  var typeCode: Int
  /// Counts the writes, from 1.
  var version: Int64
  /// Milliseconds since the epoch.
  var created: Int64
  /// Milliseconds since the epoch.
  var modified: Int64
  var body: JSONObject

  /// The version as an entity tag; weak, because the same version can be given with more or fewer
  /// attributes.
  var etag: String { "W/\"\(version)\"" }

  /// The columns that ``init(_:)`` reads, in its order.
  static let columns = "seq, id, type, version, created, modified, body"

  /// The resource in a row of ``columns``.
  init(_ row: Row) throws {
    seq = row[0]
    id = row[1]
    typeCode = row[2]
    version = row[3]
    created = row[4]
    modified = row[5]
    let bytes: Data = row[6]
    body = try JSONValue(parsing: Array(bytes)).object ?? JSONObject()
  }

  /// A resource that is not kept yet.
  init(id: String, type: ResourceType, now: Int64, body: JSONObject) {
    (seq, self.id, typeCode, version) = (0, id, type.code, 1)
    (created, modified) = (now, now)
    self.body = body
  }

  /// The name to show where the resource is referred to.
  var display: String {
    body["displayName"]?.string ?? body["userName"]?.string ?? id
  }
}

/// The statements on resources and their keys.
enum ResourceTable {
  /// The resource of this type and id.
  static func fetch(_ database: Database, _ type: ResourceType, id: String) throws
    -> StoredResource?
  {
    let sql = "SELECT \(StoredResource.columns) FROM resource WHERE id = ? AND type = ?"
    let statement = try database.cachedStatement(sql: sql)
    return try Row.fetchOne(statement, arguments: [id, type.code]).map { try StoredResource($0) }
  }

  /// The resource of this insertion key.
  static func fetch(_ database: Database, seq: Int64) throws -> StoredResource? {
    let sql = "SELECT \(StoredResource.columns) FROM resource WHERE seq = ?"
    let statement = try database.cachedStatement(sql: sql)
    return try Row.fetchOne(statement, arguments: [seq]).map { try StoredResource($0) }
  }

  /// The insertion key, type and name of the resource with this id.
  static func reference(_ database: Database, id: String) throws -> (
    seq: Int64, type: Int, display: String
  )? {
    let statement = try database.cachedStatement(
      sql: "SELECT seq, type, display FROM resource WHERE id = ?")
    return try Row.fetchOne(statement, arguments: [id]).map { ($0[0], $0[1], $0[2]) }
  }

  /// Adds the resource and gives its insertion key.
  static func insert(_ database: Database, _ resource: StoredResource) throws -> Int64 {
    let statement = try database.cachedStatement(
      sql: """
        INSERT INTO resource (id, type, version, created, modified, display, body)
        VALUES (?, ?, ?, ?, ?, ?, ?)
        """)
    try statement.execute(arguments: [
      resource.id, resource.typeCode, resource.version, resource.created, resource.modified,
      resource.display, Data(JSONValue.object(resource.body).encoded),
    ])
    return database.lastInsertedRowID
  }

  /// Writes what changed of the resource.
  static func update(_ database: Database, _ resource: StoredResource) throws {
    let statement = try database.cachedStatement(
      sql: "UPDATE resource SET version = ?, modified = ?, display = ?, body = ? WHERE seq = ?")
    try statement.execute(arguments: [
      resource.version, resource.modified, resource.display,
      Data(JSONValue.object(resource.body).encoded), resource.seq,
    ])
  }

  /// Marks the resource as written at `now`.
  static func touch(_ database: Database, seq: Int64, now: Int64) throws {
    let statement = try database.cachedStatement(
      sql: "UPDATE resource SET version = version + 1, modified = ? WHERE seq = ?")
    try statement.execute(arguments: [now, seq])
  }

  /// Removes the resource, but not its keys and links.
  static func delete(_ database: Database, seq: Int64) throws {
    let statement = try database.cachedStatement(sql: "DELETE FROM resource WHERE seq = ?")
    try statement.execute(arguments: [seq])
  }

  /// How many resources of the type there are; costs the same whatever the number.
  static func count(_ database: Database, _ type: ResourceType) throws -> Int {
    let statement = try database.cachedStatement(
      sql: "SELECT total FROM type_count WHERE type = ?")
    return try Int.fetchOne(statement, arguments: [type.code]) ?? 0
  }

  /// When the last write was, in milliseconds since the epoch; 0 if there was none.
  static func lastModified(_ database: Database) throws -> Int64 {
    let forgotten = try Housekeeping.lastForgottenDelete(database)
    return try ResourceType.all.map { type in
      // What was written last may have been a delete.
      try [
        "SELECT max(modified) FROM resource WHERE type = ?",
        "SELECT max(deleted) FROM deleted_resource WHERE type = ?",
      ].map { try Int64.fetchOne(database, sql: $0, arguments: [type.code]) ?? 0 }.max() ?? 0
    }.reduce(forgotten, max)
  }
}
