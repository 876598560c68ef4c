import Foundation
import JSON

/// A refusal in the shape of Microsoft Graph (learn.microsoft.com, "Microsoft Graph error
/// responses and resource types").
struct GraphError: Error, Hashable, Sendable {
  /// One of the reasons in `details`.
  struct Detail: Hashable, Sendable {
    var code: String
    var message: String
    /// The property that is meant.
    var target: String
  }

  /// The HTTP status, 400–599.
  var status: Int
  /// The error's code, such as `Request_BadRequest`.
  var code: String
  /// What is wrong, for a person.
  var message: String
  var details: [Detail] = []
  /// HTTP headers besides the usual ones.
  var headers: [String: String] = [:]

  /// A refusal of these parts.
  init(
    _ status: Int, _ code: String, _ message: String, details: [Detail] = [],
    headers: [String: String] = [:]
  ) {
    self.status = status
    self.code = code
    self.message = message
    self.details = details
    self.headers = headers
  }

  /// Status 400: the request is not one that can be carried out.
  static func bad(_ message: String, details: [Detail] = []) -> GraphError {
    GraphError(400, "Request_BadRequest", message, details: details)
  }

  /// Status 400: the query options are not understood.
  static func query(_ message: String) -> GraphError {
    GraphError(400, "Request_UnsupportedQuery", message)
  }

  /// Status 400: the value of one property can't be taken.
  static func value(_ property: String, of resource: String, _ code: String) -> GraphError {
    let words =
      code == "InvalidLength"
      ? "The specified value for property '\(property)' of resource '\(resource)' is too long."
      : "Invalid value specified for property '\(property)' of resource '\(resource)'."
    return .bad(words, details: [Detail(code: code, message: words, target: property)])
  }

  /// Status 404: there is no such object.
  static func notFound(_ id: String) -> GraphError {
    GraphError(
      404, "Request_ResourceNotFound",
      "Resource '\(id)' does not exist or one of its queried reference-property objects are not "
        + "present.")
  }

  /// Status 405: the method is not for this path.
  static func method(_ allowed: [String]) -> GraphError {
    GraphError(
      405, "Request_BadRequest", "Specified HTTP method is not allowed for the request target.",
      headers: ["Allow": allowed.joined(separator: ", ")])
  }

  /// Status 409: other requests change the tenant at the same time.
  static let concurrency = GraphError(
    409, "Directory_ConcurrencyViolation",
    "Error due to concurrent requests being made to the tenant. Please wait briefly and retry.")

  /// Status 410: the delta token is too old, or of another tenant.
  static func resync(_ location: String) -> GraphError {
    GraphError(
      410, "resyncRequired", "Resync required. Start again with a request without a token.",
      headers: ["Location": location])
  }

  /// The refusal that a refusal in SCIM's shape is here.
  init(_ error: SCIMError, type: GraphType?) {
    if error.kind == .uniqueness {
      let name = Self.property(error.detail, type)
      let words = "Another object with the same value for property \(name) already exists."
      self = .bad(words, details: [Detail(code: "ObjectConflict", message: words, target: name)])
    } else if error.status == 429 {
      self.init(429, "TooManyRequests", error.detail, headers: error.headers)
    } else if error.status == 503 {
      self.init(503, "ServiceUnavailable", error.detail, headers: error.headers)
    } else if error.status == 404 {
      self = .notFound(error.detail)
    } else if error.status >= 500 {
      self.init(error.status, "InternalServerError", error.detail)
    } else {
      let name = Self.property(error.detail, type)
      let words = Self.told(error.detail, name)
      self = .bad(words, details: [Detail(code: "InvalidValue", message: words, target: name)])
    }
  }

  // The property that stands for the attribute that `detail` begins with.
  private static func property(_ detail: String, _ type: GraphType?) -> String {
    let parts = detail.split(separator: "'", omittingEmptySubsequences: false)
    guard parts.count > 1 else { return "" }
    let path = String(parts[1])
    return type?.properties.first { $0.place.path == path }?.name
      ?? type?.properties.first { $0.place.path.hasPrefix(path + ".") }?.name ?? path
  }

  // `detail` in words of Graph's, whose clients know nothing of attributes.
  private static func told(_ detail: String, _ name: String) -> String {
    let head = "Attribute '"
    guard detail.hasPrefix(head), let end = detail.dropFirst(head.count).firstIndex(of: "'") else {
      return detail
    }
    return "Property '\(name)'" + detail[detail.index(after: end)...]
  }

  /// The error as the body of an answer.
  func json(now: Int64, requestID: String) -> JSONValue {
    var error = JSONObject(["code": .string(code), "message": .string(message)])
    if !details.isEmpty {
      error["details"] = .array(
        details.map {
          [
            "code": .string($0.code), "message": .string($0.message), "target": .string($0.target),
          ]
        })
    }
    error["innerError"] = [
      "date": .string(String(Moment.text(now).prefix(19))), "request-id": .string(requestID),
      "client-request-id": .string(requestID),
    ]
    return ["error": .object(error)]
  }
}

extension Reply {
  /// Puts the number that the client gave to the request into an error.
  mutating func tellClient(_ number: String) {
    guard var error = body?["error"]?.object, var inner = error["innerError"]?.object else {
      return
    }
    inner["client-request-id"] = .string(number)
    error["innerError"] = .object(inner)
    body = ["error": .object(error)]
  }
}
