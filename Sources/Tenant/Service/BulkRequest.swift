import JSON

/// A Bulk request, read and checked for its form (RFC 7644 §3.7).
struct BulkRequest: Sendable {
  /// The most operations that one request may have.
  static let maximumOperations = 1000
  /// The URN of requests.
  static let schema = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
  /// The URN of answers.
  static let responseSchema = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"

  /// One operation.
  struct Operation: Sendable {
    var method: String
    var bulkID: String?
    /// The version that the resource must have.
    var version: String?
    var path: String
    var data: JSONObject
    /// The names of the resources of this request that it refers to.
    var references: Set<String>
    /// What is wrong with the form of this operation, if anything.
    var fault: SCIMError?
  }

  var operations: [Operation]
  /// After how many errors to stop; nil if never.
  var failOnErrors: Int?

  /// The operations that `body` asks for.
  ///
  /// - Throws: ``SCIMError``: 400, or 413 for too many operations.
  init(_ body: JSONObject) throws {
    let schemas = (body.written("schemas")?.array ?? []).compactMap(\.string)
    guard schemas.contains(where: { $0.lowercased() == Self.schema.lowercased() }) else {
      throw SCIMError.invalidSyntax("Attribute 'schemas' must be [\"\(Self.schema)\"].")
    }
    guard let list = body.written("Operations")?.array else {
      throw SCIMError.invalidSyntax("Attribute 'Operations' must be an array.")
    }
    guard list.count <= Self.maximumOperations else {
      throw SCIMError(
        413, nil,
        "\(list.count) operations are more than the \(Self.maximumOperations) that maxOperations "
          + "allows.")
    }
    if let limit = body.written("failOnErrors") {
      guard let number = limit.integer, number >= 0 else {
        throw SCIMError.invalidSyntax("'failOnErrors' must be an integer of 0 or more.")
      }
      failOnErrors = number == 0 ? nil : Int(clamping: number)
    }
    operations = list.enumerated().map { Self.operation($1, "Operations[\($0)]") }
    let named = operations.compactMap(\.bulkID)
    guard Set(named).count == named.count else {
      throw SCIMError.invalidSyntax("Two operations have the same bulkId.")
    }
  }

  private static func operation(_ item: JSONValue, _ place: String) -> Operation {
    let object = item.object ?? JSONObject()
    func text(_ name: String) -> String? { object.written(name)?.string }
    let method = text("method")?.uppercased() ?? ""
    let data = object.written("data") ?? .object(JSONObject())
    let path = text("path") ?? ""
    var operation = Operation(
      method: method, bulkID: text("bulkId"), version: text("version"), path: path,
      data: data.object ?? JSONObject(), references: [])
    collect(data, into: &operation.references)
    collect(.string(String(path.split(separator: "/").last ?? "")), into: &operation.references)
    if item.object == nil {
      operation.fault = .invalidSyntax("\(place) must be an object.")
    } else if !["POST", "PUT", "PATCH", "DELETE"].contains(method) {
      operation.fault = .invalidSyntax(
        "\(place).method is '\(method)'; known are POST, PUT, PATCH, DELETE.")
    } else if method == "POST", operation.bulkID?.isEmpty ?? true {
      operation.fault = .invalidSyntax("\(place): POST needs a bulkId.")
    } else if method != "DELETE", data.object?.members.isEmpty ?? true {
      operation.fault = .invalidSyntax("\(place): \(method) needs data, an object.")
    }
    return operation
  }

  private static func collect(_ value: JSONValue, into names: inout Set<String>) {
    switch value {
    case .string(let text): if let name = name(in: text) { names.insert(name) }
    case .array(let elements): for element in elements { collect(element, into: &names) }
    case .object(let object): for member in object.members { collect(member.value, into: &names) }
    default: break
    }
  }

  /// The name of a resource of the request, if `text` is a reference to one.
  static func name(in text: String) -> String? {
    let head = "bulkId:".utf8
    // By bytes: a mark behind the colon makes another character of both.
    guard text.utf8.starts(with: head) else { return nil }
    return String(decoding: Array(text.utf8.dropFirst(head.count)), as: UTF8.self)
  }
}
