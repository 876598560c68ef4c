import GRDB
import JSON

/// Answers questions for many resources from one snapshot.
struct ResourceLister {
  let database: Database
  let request: ListRequest
  let renderer: ResourceRenderer

  /// A part of the resources that were asked for.
  private struct Page {
    var total: Int
    var resources: [StoredResource]
    /// Whether there are more after these.
    var hasMore: Bool
  }

  /// The URN of answers with many resources.
  static let schema = "urn:ietf:params:scim:api:messages:2.0:ListResponse"

  /// The answer (RFC 7644 §3.4.2, RFC 9865 §2).
  func answer() throws -> JSONValue {
    let page = try page()
    var object = JSONObject([
      "schemas": [.string(Self.schema)], "totalResults": .integer(Int64(page.total)),
      "itemsPerPage": .integer(Int64(page.resources.count)),
    ])
    if request.cursor == nil {
      object["startIndex"] = .integer(Int64(request.startIndex))
    } else if page.hasMore, let last = page.resources.last {
      object["nextCursor"] = .string(request.cursor(after: last.seq))
    }
    if request.count > 0 {
      object["Resources"] = .array(try page.resources.map { try renderer.json($0) })
    }
    return .object(object)
  }

  private func page() throws -> Page {
    let plan = FilterPlan(request.filter, for: request.type)
    if request.sortBy != nil { return try sorted(plan) }
    switch plan.candidates {
    case .all where plan.isExact:
      return try indexed(total: ResourceTable.count(database, request.type), range: nil)
    case .modified(let range) where plan.isExact:
      let total = try count(range)
      return total == 0
        ? Page(total: 0, resources: [], hasMore: false) : try indexed(total: total, range: range)
    case .all: return try scanned()
    default: return try gathered(plan)
    }
  }

  // MARK: Straight from an index

  private func count(_ range: ClosedRange<Int64>) throws -> Int {
    let statement = try database.cachedStatement(
      sql: "SELECT count(*) FROM resource WHERE type = ? AND modified BETWEEN ? AND ?")
    let arguments: StatementArguments = [request.type.code, range.lowerBound, range.upperBound]
    return try Int.fetchOne(statement, arguments: arguments) ?? 0
  }

  private func indexed(total: Int, range: ClosedRange<Int64>?) throws -> Page {
    let type = request.type.code
    var arguments: StatementArguments = [type]
    var condition = "type = ?"
    var index = "resource_type"
    if let range {
      condition += " AND modified BETWEEN ? AND ?"
      arguments += [range.lowerBound, range.upperBound]
      // A small range is sorted after it is found; a large one is found in the order of the key.
      let all = try ResourceTable.count(database, request.type)
      if total < 1000 || total * 8 < all { index = "resource_modified" }
    }
    if let cursor = request.cursor {
      condition += " AND seq > ?"
      arguments += [cursor]
    }
    arguments += [request.count + 1, request.cursor == nil ? request.startIndex - 1 : 0]
    // The keys alone come from the index, and skipping in it is quick; then the rows of the page.
    let sql = """
      SELECT \(StoredResource.columns) FROM resource WHERE seq IN (
        SELECT seq FROM resource INDEXED BY \(index) WHERE \(condition)
        ORDER BY seq LIMIT ? OFFSET ?)
      ORDER BY seq
      """
    let statement = try database.cachedStatement(sql: sql)
    let found = try Row.fetchAll(statement, arguments: arguments)
    let resources = try found.prefix(request.count).map { try StoredResource($0) }
    return Page(total: total, resources: resources, hasMore: found.count > request.count)
  }

  // MARK: By trying each

  private func matches(_ resource: StoredResource) throws -> Bool {
    guard let filter = request.filter else { return true }
    return try filter.matches(renderer.filterable(resource)) {
      try renderer.linked($0, of: resource)
    }
  }

  private func scanned() throws -> Page {
    var collector = Collector(request)
    let sql = "SELECT \(StoredResource.columns) FROM resource WHERE type = ? ORDER BY seq"
    let rows = try Row.fetchCursor(
      try database.cachedStatement(sql: sql), arguments: [request.type.code])
    while let row = try rows.next() {
      let resource = try StoredResource(row)
      if try matches(resource) { collector.take(resource) }
    }
    return Page(
      total: collector.total, resources: collector.resources, hasMore: collector.hasMore)
  }

  private func gathered(_ plan: FilterPlan) throws -> Page {
    let seqs = try keys(plan.candidates).sorted()
    var collector = Collector(request)
    for seq in seqs {
      // What can't be on the page need not be read.
      if plan.isExact, !collector.wants(seq) {
        collector.skip(seq)
        continue
      }
      guard let resource = try ResourceTable.fetch(database, seq: seq),
        resource.typeCode == request.type.code
      else { continue }
      if try plan.isExact || matches(resource) { collector.take(resource) }
    }
    return Page(
      total: collector.total, resources: collector.resources, hasMore: collector.hasMore)
  }

  private func sorted(_ plan: FilterPlan) throws -> Page {
    var everything = request
    (everything.sortBy, everything.startIndex, everything.count) = (nil, 1, Int.max - 1)
    let lister = ResourceLister(database: database, request: everything, renderer: renderer)
    let found: [StoredResource]
    if case .all = plan.candidates {
      found = try lister.scanned().resources
    } else {
      found = try lister.gathered(FilterPlan(request.filter, for: request.type)).resources
    }
    let ordered = try SortKey.sorted(found, by: request, renderer: renderer)
    let page = ordered.dropFirst(request.startIndex - 1).prefix(request.count)
    return Page(total: ordered.count, resources: Array(page), hasMore: false)
  }

  // MARK: Keys

  private func keys(_ candidates: FilterPlan.Candidates) throws -> Set<Int64> {
    switch candidates {
    case .none: return []
    case .id(let id):
      return try ResourceTable.fetch(database, request.type, id: id).map { [$0.seq] } ?? []
    case .key(let code, let value):
      return try ofType(
        "SELECT resource FROM key_value WHERE code = ? AND value = ?", [code, value])
    case .modified(let range):
      let statement = try database.cachedStatement(
        sql: "SELECT seq FROM resource WHERE type = ? AND modified BETWEEN ? AND ?")
      let arguments: StatementArguments = [request.type.code, range.lowerBound, range.upperBound]
      return try Int64.fetchSet(statement, arguments: arguments)
    case .linking(let number, let id):
      return try ofType(
        """
        SELECT source FROM link WHERE number = ? AND target = (SELECT seq FROM resource WHERE id = ?)
        """, [number, id])
    case .linked(let number, let id):
      return try ofType(
        """
        SELECT target FROM link WHERE number = ? AND source = (SELECT seq FROM resource WHERE id = ?)
        """, [number, id])
    case .union(let parts):
      return try parts.reduce(into: []) { $0.formUnion(try keys($1)) }
    case .all:
      let sql = "SELECT seq FROM resource WHERE type = ?"
      return try Int64.fetchSet(database, sql: sql, arguments: [request.type.code])
    }
  }

  private func ofType(_ sql: String, _ arguments: StatementArguments) throws -> Set<Int64> {
    let statement = try database.cachedStatement(
      sql: "SELECT seq FROM resource WHERE type = ? AND seq IN (\(sql))")
    return try Int64.fetchSet(statement, arguments: [request.type.code] + arguments)
  }
}

/// Takes resources in their order, keeps those of one page, and counts all.
private struct Collector {
  private(set) var total = 0
  private(set) var resources: [StoredResource] = []
  private(set) var hasMore = false
  private let request: ListRequest

  init(_ request: ListRequest) { self.request = request }

  /// Whether the next resource, of this insertion key, belongs to the page.
  func wants(_ seq: Int64) -> Bool {
    guard resources.count < request.count else { return false }
    if let cursor = request.cursor { return seq > cursor }
    return total >= request.startIndex - 1
  }

  mutating func take(_ resource: StoredResource) {
    if wants(resource.seq) {
      resources.append(resource)
      total += 1
    } else {
      skip(resource.seq)
    }
  }

  mutating func skip(_ seq: Int64) {
    total += 1
    if resources.count >= request.count, seq > (request.cursor ?? 0) { hasMore = true }
  }
}
