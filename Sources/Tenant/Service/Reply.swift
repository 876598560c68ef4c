import JSON

/// What a request is answered with.
struct Reply: Sendable {
  /// The HTTP status.
  var status: Int
  /// The body; nil for none.
  var body: JSONValue?
  /// HTTP headers besides `Content-Type` and `Content-Length`.
  var headers: [String: String] = [:]
  /// The type of the body.
  var contentType = "application/scim+json"
  /// Whether the connection is to be cut instead of an answer.
  var isDropped = false

  /// An answer of these parts.
  init(_ status: Int, _ body: JSONValue? = nil, headers: [String: String] = [:]) {
    self.status = status
    self.body = body
    self.headers = headers
  }

  /// The answer that tells of `error`.
  init(_ error: SCIMError) {
    self.init(error.status, error.json, headers: error.headers)
  }
}

/// A request as the service sees it, whatever brought it.
struct ServiceRequest: Sendable {
  /// The HTTP method in capitals.
  var method: String
  /// The parts of the path below the base path.
  var path: [String]
  /// The parameters of the query string.
  var query: [String: String] = [:]
  var ifMatch: String?
  var ifNoneMatch: String?
  /// The body; nil if there was none.
  var body: [UInt8]?
}
