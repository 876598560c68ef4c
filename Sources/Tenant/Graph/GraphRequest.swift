import JSON

/// A request as Graph's face sees it, whether it came alone or in a batch.
struct GraphRequest: Sendable {
  /// The HTTP method in capitals.
  var method: String
  /// The parts of the path below the version, in the form of ``GraphPath``.
  var path: [String]
  /// The parameters of the query string, names of OData's own in lower case.
  var query: [String: String] = [:]
  /// The header fields, names in lower case.
  var headers: [String: String] = [:]
  /// The body; nil if there was none.
  var body: JSONValue?

  /// A request of these parts, whatever the case of names.
  init(
    method: String, path: [String], query: [String: String] = [:],
    headers: [String: String] = [:], body: JSONValue? = nil
  ) {
    self.method = method
    self.path = GraphPath.normalised(path)
    self.query = Dictionary(
      query.map { ($0.hasPrefix("$") ? $0.lowercased() : $0, $1) }, uniquingKeysWith: { $1 })
    self.headers = headers
    self.body = body
  }

  /// Whether the client takes answers that are a little behind, as advanced queries demand.
  var isEventual: Bool { headers["consistencylevel"]?.lowercased() == "eventual" }

  /// Whether the answer tells how many objects there are.
  var isCounting: Bool { isEventual && query["$count"]?.lowercased() == "true" }

  /// Takes the body in JSON; nothing if there is none.
  ///
  /// - Throws: ``GraphError`` if it is something else.
  mutating func read(_ bytes: [UInt8]?, contentType: String) throws(GraphError) {
    guard let bytes else { return }
    // Users are uploaded in SCIM's form, which their endpoint checks.
    guard contentType.lowercased().hasPrefix("application/json") || path.last == "bulkUpload" else {
      throw GraphError(
        415, "RequestBodyRead",
        "The body is of type '\(contentType)'; it must be application/json.")
    }
    do {
      body = try JSONValue(parsing: bytes)
    } catch {
      throw GraphError.bad("Unable to read JSON request payload: \(error).")
    }
  }

  /// The body as an object.
  ///
  /// - Throws: ``GraphError`` if it is none.
  func object() throws -> JSONObject {
    guard let object = body?.object else {
      throw GraphError.bad("Unable to read JSON request payload. The payload must be an object.")
    }
    return object
  }

  /// The names that `$select` asks for, each a property of `type` or one of `more`; nil for the
  /// usual ones.
  ///
  /// - Throws: ``GraphError`` for a name that the type does not have.
  func selected(_ type: GraphType, more: Set<String> = []) throws -> [String]? {
    try selected("microsoft.graph.\(type.name)") { name in
      type.queried(name)?.name ?? more.first { $0.lowercased() == name.lowercased() }
    }
  }

  /// The names that `$select` asks for where objects of every kind are given, each a property of
  /// one of them; nil for the usual ones.
  ///
  /// - Throws: ``GraphError`` for a name that no kind has.
  func selectedOfAny() throws -> [String]? {
    try selected("microsoft.graph.directoryObject") { name in
      GraphType.all.lazy.compactMap { $0.queried(name)?.name }.first
    }
  }

  /// The names that `$select` asks for, each once and as `known` spells it; nil for the usual ones.
  ///
  /// - Throws: ``GraphError`` for a name that `known` does not know on the type called `title`.
  func selected(_ title: String, known: (String) -> String?) throws -> [String]? {
    guard let text = query["$select"] else { return nil }
    var names: [String] = []
    for part in text.split(separator: ",") {
      let word = Self.trimmed(part)
      guard let name = known(word) else {
        throw GraphError.bad("Could not find a property named '\(word)' on type '\(title)'.")
      }
      if !names.contains(name) { names.append(name) }
    }
    return names
  }

  /// `part` without spaces at its ends; by bytes, since every object of a batch is asked for by some
  /// twenty names.
  private static func trimmed(_ part: Substring) -> String {
    let bytes = part.utf8
    guard let first = bytes.firstIndex(where: { $0 != 0x20 }),
      let last = bytes.lastIndex(where: { $0 != 0x20 })
    else { return "" }
    return String(part[first...last])
  }

  /// The size of a page: `$top`, 1 to 999, or 100.
  ///
  /// - Throws: ``GraphError`` for another.
  func top() throws -> Int {
    guard let text = query["$top"] else { return 100 }
    guard let number = Int(text), (1...999).contains(number) else {
      throw GraphError.query(
        "Invalid page size specified: '\(text)'. Must be between 1 and 999 inclusive.")
    }
    return number
  }

  /// The place that `$skiptoken` names; 0 for the beginning.
  ///
  /// - Throws: ``GraphError`` for what is no token of ours.
  func skip() throws -> Int64 {
    guard let text = query["$skiptoken"] else { return 0 }
    guard let number = Int64(text), number >= 0 else {
      throw GraphError(400, "Directory_ExpiredPageToken", "The specified page token is invalid.")
    }
    return number
  }

  /// Refuses query options that are not among `names`.
  ///
  /// - Throws: ``GraphError``.
  func allowOptions(_ names: Set<String>) throws {
    for name in query.keys where name.hasPrefix("$") && !names.contains(name) {
      throw GraphError.query("The query option '\(name)' is not supported for this request.")
    }
  }
}
