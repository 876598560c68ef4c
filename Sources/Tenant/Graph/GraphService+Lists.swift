import GRDB
import JSON

// Lists of objects, and their number.
extension GraphService {
  /// A page of the objects of a type.
  func list(_ type: GraphType, _ request: GraphRequest) async throws -> Reply {
    try request.allowOptions([
      "$select", "$filter", "$search", "$orderby", "$top", "$count", "$skiptoken", "$expand",
    ])
    let body = try await page(
      try GraphSearch(type, request), at: type.endpoint, request,
      expansion: try GraphExpansion(type, request))
    return json(200, .object(contextual(body, type.endpoint)))
  }

  /// How many objects of a type there are, as text.
  func count(_ type: GraphType, _ request: GraphRequest) async throws -> Reply {
    try await count(try GraphSearch(type, request), request)
  }

  /// How many objects `search` finds, as text.
  func count(_ search: GraphSearch, _ request: GraphRequest) async throws -> Reply {
    guard request.isEventual else {
      throw GraphError.query("$count is not currently supported.")
    }
    try request.allowOptions(["$filter", "$search"])
    return plain(try await store.read { try search.count($0) })
  }

  /// A page of the objects that `search` finds; the next one is below `path`.
  func page(
    _ search: GraphSearch, at path: String, _ request: GraphRequest,
    expansion: GraphExpansion? = nil
  ) async throws -> JSONObject {
    if search.filter?.isAdvanced == true, !request.isEventual || request.query["$count"] == nil {
      throw GraphError.query(
        "Unsupported Query: this filter needs the header ConsistencyLevel: eventual and "
          + "$count=true.")
    }
    let names = try request.selected(search.type)
    let (top, base, query, counts) = (try request.top(), base, request.query, request.isCounting)
    return try await store.read { database -> JSONObject in
      let (found, next) = try search.page(database, after: query["$skiptoken"], limit: top)
      let renderer = GraphRenderer(database: database, names: names)
      var body = JSONObject()
      if counts { body["@odata.count"] = .integer(Int64(try search.count(database))) }
      if let next { body["@odata.nextLink"] = .string(Self.link(base, path, query, skip: next)) }
      let objects = try found.map { resource -> JSONValue in
        var object = renderer.json(
          resource, deleted: search.deletedBy == nil ? nil : resource.modified)
        try expansion?.add(to: &object, database, of: resource)
        return .object(object)
      }
      body["value"] = .array(objects)
      return body
    }
  }

  // The link to the next page, with the options of this one.
  static func link(
    _ base: String, _ path: String, _ query: [String: String],
    skip: some CustomStringConvertible
  ) -> String {
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
