import JSON

/// A refusal in SCIM's own shape (RFC 7644 §3.12).
struct SCIMError: Error, Hashable, Sendable {
  /// The detail error keywords of RFC 7644 §3.12, table 9, and of RFC 9865 §2.
  enum Kind: String, Sendable {
    case invalidFilter, tooMany, uniqueness, mutability, invalidSyntax, invalidPath, noTarget
    case invalidValue, invalidVers, sensitive, invalidCursor, invalidCount
  }

  /// The HTTP status, 400–599.
  var status: Int
  /// The keyword, where the standard has one for the case.
  var kind: Kind?
  /// What is wrong, with the attribute and value, for a person.
  var detail: String
  /// The id of the object that holds the value that must be unique.
  var conflictingID: String?
  /// HTTP headers besides the usual ones.
  var headers: [String: String] = [:]

  /// A refusal of these parts.
  init(
    _ status: Int, _ kind: Kind? = nil, _ detail: String, conflictingID: String? = nil,
    headers: [String: String] = [:]
  ) {
    self.status = status
    self.kind = kind
    self.detail = detail
    self.conflictingID = conflictingID
    self.headers = headers
  }

  /// Status 400 with `invalidValue`: the value of `path` can't be taken.
  static func invalidValue(_ path: String, _ detail: String) -> SCIMError {
    SCIMError(400, .invalidValue, "Attribute '\(path)': \(detail)")
  }

  /// Status 400 with `invalidSyntax`: the message is not built as it must be.
  static func invalidSyntax(_ detail: String) -> SCIMError {
    SCIMError(400, .invalidSyntax, detail)
  }

  /// Status 404: there is no such resource.
  static func notFound(_ type: ResourceType, _ id: String) -> SCIMError {
    SCIMError(404, nil, "\(type.name) '\(id)' not found.")
  }

  /// The schema URN of error messages.
  static let schema = "urn:ietf:params:scim:api:messages:2.0:Error"

  /// The error as the body of an answer.
  var json: JSONValue {
    var object = JSONObject(["schemas": [.string(Self.schema)], "status": .string(String(status))])
    if let kind { object["scimType"] = .string(kind.rawValue) }
    object["detail"] = .string(detail)
    if let conflictingID { object["conflictingId"] = .string(conflictingID) }
    return .object(object)
  }
}
