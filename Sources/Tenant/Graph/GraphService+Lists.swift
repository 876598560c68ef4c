import GRDB
import JSON

// Lists of objects, and their number.
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
    let counts = request.isCounting
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
    return plain(number)
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
