import GRDB

/// The way from an object to those at the other ends of its links, one step or as far as they go.
struct LinkWalk: Hashable, Sendable {
  /// The number of the links.
  var number: Int
  /// Whether the way leads from what the links point to.
  var isReversed = false
  /// Whether it goes on from each object that it comes to; where it leads in a circle, the object at
  /// its beginning is not one of those.
  var isTransitive = false
  /// The number of the kind that is wanted; nil for every kind.
  var kind: Int?

  /// Up to `limit` objects at the ends, after the insertion key `after`.
  func page(_ database: Database, from seq: Int64, after: Int64 = 0, limit: Int) throws
    -> [StoredResource]
  {
    let columns = StoredResource.columns.split(separator: ",").map {
      "r." + $0.drop { $0 == " " }
    }.joined(separator: ", ")
    let statement = try database.cachedStatement(
      sql: "\(start) SELECT \(columns) \(ends) ORDER BY w.seq LIMIT ?5")
    return try Row.fetchAll(statement, arguments: [seq, number, after, kind, limit])
      .map { try StoredResource($0) }
  }

  /// How many objects there are.
  func count(_ database: Database, from seq: Int64) throws -> Int {
    guard isTransitive || kind != nil else {
      return try LinkTable.count(database, of: seq, number, isReversed: isReversed)
    }
    let statement = try database.cachedStatement(sql: "\(start) SELECT count(*) \(ends)")
    return try Int.fetchOne(statement, arguments: [seq, number, 0, kind]) ?? 0
  }

  /// The ids of the objects.
  func ids(_ database: Database, from seq: Int64) throws -> Set<String> {
    let statement = try database.cachedStatement(sql: "\(start) SELECT r.id \(ends)")
    return try String.fetchSet(statement, arguments: [seq, number, 0, kind])
  }

  private var start: String {
    let (here, there) = isReversed ? ("target", "source") : ("source", "target")
    let first = "SELECT \(there) AS seq FROM link WHERE \(here) = ?1 AND number = ?2"
    guard isTransitive else { return "WITH w AS (\(first) AND \(there) > ?3)" }
    return """
      WITH RECURSIVE w(seq) AS (
        \(first) UNION
        SELECT l.\(there) FROM w JOIN link l ON l.\(here) = w.seq AND l.number = ?2)
      """
  }

  // The kind must not become the way in: there are more of a kind than ends.
  private var ends: String {
    "FROM w CROSS JOIN resource r ON r.seq = w.seq WHERE w.seq > ?3 "
      + "\(isTransitive ? "AND w.seq <> ?1 " : "")AND (?4 IS NULL OR +r.type = ?4)"
  }
}

extension LinkWalk {
  /// The way that the part `name` of a path means for objects of `type`; nil if none.
  static func named(_ name: String, of type: GraphType) -> LinkWalk? {
    let members = ResourceType.membersLink
    switch (type.name, name) {
    case (_, "memberOf"): return LinkWalk(number: members, isReversed: true)
    case (_, "transitiveMemberOf"):
      return LinkWalk(number: members, isReversed: true, isTransitive: true)
    case ("group", "members"): return LinkWalk(number: members)
    case ("group", "transitiveMembers"): return LinkWalk(number: members, isTransitive: true)
    case ("group", "owners"): return LinkWalk(number: ResourceType.ownersLink)
    case ("user", "ownedObjects"):
      return LinkWalk(number: ResourceType.ownersLink, isReversed: true)
    case ("user", "directReports"):
      return LinkWalk(number: ResourceType.managerLink, isReversed: true)
    default: return nil
    }
  }
}
