import GRDB
import JSON

/// A value by which a resource is found, and maybe is the only one to have.
struct ResourceKey: Hashable, Sendable {
  /// The number of the key index.
  var code: Int
  /// The value in the form in which equal ones are the same.
  var value: String

  /// A key that must be unique, with what an error says of it.
  struct Described: Sendable {
    var key: ResourceKey
    var path: String
    var given: String
    var isUnique: Bool
    var isTenantWide: Bool
  }

  /// The keys of a resource of this type and body.
  static func all(of body: JSONObject, _ type: ResourceType) -> [Described] {
    var keys = described(body, ResourceType.common.keyed, prefix: "", type)
    keys += described(body, type.schema.keyed, prefix: "", type)
    for schema in type.extensions {
      guard let object = body[schema.id]?.object else { continue }
      keys += described(object, schema.keyed, prefix: schema.id + ":", type)
    }
    return keys
  }

  private static func described(
    _ object: JSONObject, _ definitions: [AttributeDefinition], prefix: String,
    _ type: ResourceType
  ) -> [Described] {
    var keys: [Described] = []
    for definition in definitions {
      guard let code = type.keyCode(definition), let value = object[definition.name] else {
        continue
      }
      for text in (value.array ?? [value]).compactMap(\.string) {
        keys.append(
          Described(
            key: ResourceKey(code: code, value: definition.folded(text)),
            path: prefix + definition.name, given: text,
            isUnique: definition.uniqueness != .none,
            isTenantWide: definition.uniqueness == .global))
      }
    }
    return keys
  }
}

/// The statements on keys.
enum KeyTable {
  /// Makes the resource's keys those of `new` where they were those of `old`.
  ///
  /// - Throws: ``SCIMError`` 409 if another resource has a value that must be unique.
  static func change(
    _ database: Database, seq: Int64, type: ResourceType, from old: [ResourceKey.Described],
    to new: [ResourceKey.Described]
  ) throws {
    let (before, after) = (Set(old.map(\.key)), Set(new.map(\.key)))
    for key in before.subtracting(after) { try delete(database, key, seq: seq) }
    var fresh = after.subtracting(before)
    for described in new {
      guard fresh.remove(described.key) != nil else { continue }
      if described.isUnique, let owner = try owner(database, described.key, except: seq) {
        throw conflict(described, type, owner)
      }
      let statement = try database.cachedStatement(
        sql: "INSERT INTO key_value (code, value, resource) VALUES (?, ?, ?)")
      try statement.execute(arguments: [described.key.code, described.key.value, seq])
    }
  }

  private static func delete(_ database: Database, _ key: ResourceKey, seq: Int64) throws {
    let statement = try database.cachedStatement(
      sql: "DELETE FROM key_value WHERE code = ? AND value = ? AND resource = ?")
    try statement.execute(arguments: [key.code, key.value, seq])
  }

  private static func owner(_ database: Database, _ key: ResourceKey, except seq: Int64) throws
    -> (id: String, type: Int)?
  {
    let statement = try database.cachedStatement(
      sql: """
        SELECT r.id, r.type FROM key_value k JOIN resource r ON r.seq = k.resource
        WHERE k.code = ? AND k.value = ? AND k.resource <> ? LIMIT 1
        """)
    return try Row.fetchOne(statement, arguments: [key.code, key.value, seq]).map { ($0[0], $0[1]) }
  }

  private static func conflict(
    _ described: ResourceKey.Described, _ type: ResourceType, _ owner: (id: String, type: Int)
  ) -> SCIMError {
    let name = ResourceType.numbered(owner.type)?.name ?? "Resource"
    let scope =
      described.isTenantWide ? "in the tenant" : "among all resources of type \(type.name)"
    return SCIMError(
      409, .uniqueness,
      "Attribute '\(described.path)': another object with the same value "
        + "\(ValueReader.shown(described.given)) already exists, \(name) '\(owner.id)'; the value "
        + "must be unique \(scope).", conflictingID: owner.id)
  }
}
