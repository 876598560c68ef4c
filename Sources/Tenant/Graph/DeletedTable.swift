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

  /// The columns that ``StoredResource/init(_:)`` reads; the change is the delete.
  static let resourceColumns = "seq, id, type, version, created, deleted, body"
  private static let columns = resourceColumns + ", deleted, links"

  /// The object that can be restored under this id.
  static func fetch(_ database: Database, id: String, now: Int64) throws -> Item? {
    let statement = try database.cachedStatement(
      sql: "SELECT \(columns) FROM deleted_resource "
        + "WHERE id = ? AND body IS NOT NULL AND deleted > ?")
    return try Row.fetchOne(statement, arguments: [id, now - keeping]).map(item)
  }

  /// How many objects of a type can be restored.
  static func count(_ database: Database, _ type: ResourceType, now: Int64) throws -> Int {
    let statement = try database.cachedStatement(
      sql: "SELECT count(*) FROM deleted_resource "
        + "WHERE type = ? AND body IS NOT NULL AND deleted > ?")
    return try Int.fetchOne(statement, arguments: [type.code, now - keeping]) ?? 0
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

  /// Lets the deleted object `seq` have this link when it comes back, too.
  fileprivate static func add(_ database: Database, link: [Int64], toDeleted seq: Int64) throws {
    let text = link.map { String($0) }.joined(separator: ",")
    try database.cachedStatement(
      sql: """
        UPDATE deleted_resource SET links = trim(links || ' ' || ?1)
        WHERE seq = ?2 AND body IS NOT NULL AND ' ' || links || ' ' NOT LIKE '% ' || ?1 || ' %'
        """
    ).execute(arguments: [text, seq])
  }

  private static func item(_ row: Row) throws -> Item {
    Item(resource: try StoredResource(row), deleted: row[7], links: row[8])
  }
}

extension DeletedTable.Item {
  /// The links as `source`, `number` and `target`.
  fileprivate var ends: [[Int64]] {
    links.split(separator: " ")
      .map { $0.split(separator: ",").compactMap { Int64($0) } }
      .filter { $0.count == 3 }
  }
}

extension ResourceWriter {
  /// Deletes an object that can be restored.
  ///
  /// "Only users that have been permanently deleted are removed from groups": the changes of groups
  /// tell nothing of one who is not (learn.microsoft.com, "Get incremental changes to groups").
  ///
  /// - Throws: ``GraphError`` if it is not there.
  func deleteSoftly(_ type: ResourceType, _ id: String) throws {
    let isUser = type.code == ResourceType.user.code
    guard try ResourceTable.fetch(try context.database, type, id: id) != nil else {
      throw GraphError.notFound(id)
    }
    try Self.unlogged(try context.database, isUser) {
      try delete(type, id, ifMatch: nil, isTold: !isUser)
    }
  }

  /// Deletes a deleted object for ever; the groups of a user tell now that it has left.
  func deleteForEver(_ item: DeletedTable.Item) throws {
    let database = try context.database
    if item.resource.type.code == ResourceType.user.code {
      for ends in item.ends
      where ends[1] == ResourceType.membersLink && ends[2] == item.resource.seq {
        guard try ResourceTable.fetch(database, seq: ends[0]) != nil else { continue }
        try database.cachedStatement(
          sql: """
            INSERT INTO member_change (source, target, id, type, removed) VALUES (?, ?, ?, ?, 1)
            """
        ).execute(arguments: [ends[0], ends[2], item.resource.id, item.resource.typeCode])
        try ResourceTable.touch(database, seq: ends[0], now: context.now)
      }
    }
    try DeletedTable.empty(database, id: item.resource.id, now: context.now)
  }

  // Does `work` without a trace in the changes of groups, where that is wanted.
  private static func unlogged<Value>(
    _ database: Database, _ isWanted: Bool, _ work: () throws -> Value
  ) throws -> Value {
    guard isWanted else { return try work() }
    let last = try Housekeeping.lastMemberChange(database)
    let value = try work()
    for sql in [
      "DELETE FROM member_change WHERE position > ?",
      "UPDATE sqlite_sequence SET seq = ? WHERE name = 'member_change'",
    ] { try database.cachedStatement(sql: sql).execute(arguments: [last]) }
    return value
  }

  /// Brings a deleted object back with those of its links whose other ends are still there.
  ///
  /// - Parameters:
  ///   - name: The user principal name that it is to have, instead of its old one.
  ///   - yieldsAddresses: Whether proxy addresses that others have by now are left to them.
  /// - Throws: ``SCIMError`` 409 if another object has a value by now that must be unique.
  func restore(
    _ item: DeletedTable.Item, name: String? = nil, yieldsAddresses: Bool = false
  ) throws -> StoredResource {
    let isUser = item.resource.type.code == ResourceType.user.code
    var item = item
    if yieldsAddresses { try yieldAddresses(of: &item.resource) }
    let resource = try Self.unlogged(try context.database, isUser) {
      try bringBack(item, name: name, isTold: !isUser)
    }
    if isUser { try tellReturn(of: resource) }
    return resource
  }

  // A group that has told that the user left, as it does when SCIM deletes one, tells the return.
  private func tellReturn(of user: StoredResource) throws {
    let database = try context.database
    for group in try LinkTable.sources(database, of: user.seq, ResourceType.membersLink) {
      let statement = try database.cachedStatement(
        sql: """
          SELECT removed FROM member_change WHERE source = ? AND target = ?
          ORDER BY position DESC LIMIT 1
          """)
      guard try Bool.fetchOne(statement, arguments: [group, user.seq]) == true else { continue }
      try database.cachedStatement(
        sql: """
          INSERT INTO member_change (source, target, id, type, removed) VALUES (?, ?, ?, ?, 0)
          """
      ).execute(arguments: [group, user.seq, user.id, user.typeCode])
      try ResourceTable.touch(database, seq: group, now: context.now)
    }
  }

  private func yieldAddresses(of resource: inout StoredResource) throws {
    guard let type = GraphType.numbered(resource.typeCode),
      let property = type.property("proxyAddresses"), let key = property.key
    else { return }
    let database = try context.database
    let kept = try (property.place.value(in: resource.body)?.array ?? []).filter { address in
      guard let text = address.string else { return false }
      let statement = try database.cachedStatement(
        sql: "SELECT 1 FROM key_value WHERE code = ? AND value = ?")
      return try Int.fetchOne(statement, arguments: [key.code(type), key.folded(text)]) == nil
    }
    property.place.set(kept.isEmpty ? nil : .array(kept), in: &resource.body)
  }

  // Shows a manager to whom a link gives one.
  private func giveBack(_ manager: Int64, to seq: Int64) throws {
    let database = try context.database
    guard let manager = try ResourceTable.fetch(database, seq: manager),
      var report = try ResourceTable.fetch(database, seq: seq)
    else { return }
    GraphPlace.extended(ResourceType.enterpriseUser.id, "manager")
      .set(["value": .string(manager.id)], in: &report.body)
    report.body = try canonical(report.body, of: report)
    try ResourceTable.update(database, report)
  }

  // The body in the order in which bodies are compared.
  private func canonical(_ body: JSONObject, of resource: StoredResource) throws -> JSONObject {
    try ResourceReader(type: resource.type, values: values)
      .read(body, current: resource.body, checksSchemas: false).body
  }

  private func bringBack(
    _ item: DeletedTable.Item, name: String?, isTold: Bool
  ) throws -> StoredResource {
    let database = try context.database
    var resource = item.resource
    if let name, let type = GraphType.numbered(resource.typeCode) {
      type.property("userPrincipalName")?.place.set(.string(name), in: &resource.body)
      // A name that no user may have would keep this one from every later change.
      resource.body = try canonical(resource.body, of: resource)
    }
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
    for ends in item.ends {
      let other = ends[0] == resource.seq ? ends[2] : ends[0]
      guard try ResourceTable.fetch(database, seq: other) != nil else {
        try DeletedTable.add(database, link: ends, toDeleted: other)
        continue
      }
      let isManager = ends[1] == ResourceType.managerLink
      // Who got another manager meanwhile keeps that one.
      if isManager, try LinkTable.count(database, of: ends[0], Int(ends[1]), isReversed: false) > 0
      {
        continue
      }
      _ = try LinkTable.add(database, ends[0], Int(ends[1]), ends[2])
      if isManager { try giveBack(ends[2], to: ends[0]) }
      if isTold { try ResourceTable.touch(database, seq: ends[0], now: context.now) }
    }
    return resource
  }
}
