import JSON

/// A request as Graph's face sees it, whether it came alone or in a batch.
struct GraphRequest: Sendable {
  /// The HTTP method in capitals.
  var method: String
  /// The parts of the path below the version.
  var path: [String]
  /// The parameters of the query string.
  var query: [String: String] = [:]
  /// The header fields, names in lower case.
  var headers: [String: String] = [:]
  /// The body; nil if there was none.
  var body: JSONValue?

  /// Whether the client takes answers that are a little behind, as advanced queries demand.
  var isEventual: Bool { headers["consistencylevel"]?.lowercased() == "eventual" }

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
    guard let names = selectedNames else { return nil }
    for name in names where type.property(name) == nil && !more.contains(name) {
      throw GraphError.bad(
        "Could not find a property named '\(name)' on type 'microsoft.graph.\(type.name)'.")
    }
    return names
  }

  /// The names that `$select` asks for where objects of every kind are given, each a property of
  /// one of them; nil for the usual ones.
  ///
  /// - Throws: ``GraphError`` for a name that no kind has.
  func selectedOfAny() throws -> [String]? {
    guard let names = selectedNames else { return nil }
    for name in names where GraphType.all.allSatisfy({ $0.property(name) == nil }) {
      throw GraphError.bad(
        "Could not find a property named '\(name)' on type 'microsoft.graph.directoryObject'.")
    }
    return names
  }

  private var selectedNames: [String]? {
    query["$select"]?.split(separator: ",").map { String($0.drop { $0 == " " }) }
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
