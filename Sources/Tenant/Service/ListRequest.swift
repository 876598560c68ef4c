import Foundation
import JSON

/// A question for many resources of one type (RFC 7644 §3.4.2, RFC 9865).
struct ListRequest: Sendable {
  /// The most resources that one answer has.
  static let maximumCount = 1000
  /// How many it has if nothing is said.
  static let defaultCount = 100

  var type: ResourceType
  var filter: Filter?
  /// The filter as it was written; a cursor belongs to it.
  var filterText = ""
  var sortBy: AttributePath?
  var isAscending = true
  /// From 1.
  var startIndex = 1
  var count = ListRequest.defaultCount
  /// The insertion key after which to go on; nil if the paging is by index.
  var cursor: Int64?
  var projection = Projection.standard

  /// A question for everything of `type`.
  init(type: ResourceType) { self.type = type }

  /// The question that the parameters ask, from a query string or a search request.
  ///
  /// - Throws: ``SCIMError``, status 400.
  init(type: ResourceType, parameters: ListParameters, isStrict: Bool) throws {
    self.type = type
    if let text = parameters.filter {
      filterText = text
      filter = try FilterParser.filter(text, for: type, isStrict: isStrict)
    }
    if let name = parameters.sortBy { sortBy = try Self.sorted(by: name, type) }
    switch parameters.sortOrder?.lowercased() {
    case nil, "ascending": isAscending = true
    case "descending": isAscending = false
    case let order?:
      throw SCIMError(
        400, .invalidValue, "sortOrder is '\(order)'; known are ascending, descending.")
    }
    startIndex = max(1, parameters.startIndex ?? 1)
    count = min(Self.maximumCount, max(0, parameters.count ?? Self.defaultCount))
    if let text = parameters.cursor { cursor = try position(ofCursor: text, parameters) }
    projection = try Projection(
      attributes: parameters.attributes, excluded: parameters.excludedAttributes, type: type)
  }

  private static func sorted(by name: String, _ type: ResourceType) throws -> AttributePath {
    let path = try AttributePath(name, in: type, kind: .invalidPath)
    guard path.attribute.storage == .body, path.leaf.returned != .never,
      path.leaf.kind != .complex || path.leaf.isMultiValued
    else { throw SCIMError(400, .invalidPath, "Resources can't be sorted by '\(name)'.") }
    return path
  }

  private func position(ofCursor text: String, _ parameters: ListParameters) throws -> Int64 {
    guard parameters.startIndex == nil, sortBy == nil else {
      throw SCIMError(
        400, .invalidValue, "A cursor can't go with startIndex or sortBy; leave out one of them.")
    }
    guard !text.isEmpty else { return 0 }
    guard let data = Data(base64Encoded: text),
      case let decoded = String(decoding: data, as: UTF8.self),
      case let parts = decoded.split(separator: " ", omittingEmptySubsequences: false),
      parts.count == 2, let seq = Int64(parts[0]), parts[1] == fingerprint
    else {
      throw SCIMError(
        400, .invalidCursor,
        "The cursor is not one that this server gave for this question. Begin again without one.")
    }
    return seq
  }

  /// The cursor with which to go on after the resource of this insertion key.
  func cursor(after seq: Int64) -> String {
    Data("\(seq) \(fingerprint)".utf8).base64EncodedString()
  }

  private var fingerprint: String {
    String(SHA256.hexadecimal("\(type.code) \(filterText)").prefix(12))
  }
}

/// The parameters of a question as they were written.
struct ListParameters: Sendable {
  var filter: String?
  var sortBy: String?
  var sortOrder: String?
  var startIndex: Int?
  var count: Int?
  var cursor: String?
  var attributes: [String] = []
  var excludedAttributes: [String] = []

  /// The URN of search requests.
  static let searchSchema = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"

  /// The parameters of a query string.
  ///
  /// - Throws: ``SCIMError``, status 400, if a number is none.
  init(query: [String: String]) throws {
    filter = query["filter"]
    sortBy = query["sortBy"]
    sortOrder = query["sortOrder"]
    startIndex = try Self.number(query, "startIndex", .invalidValue)
    count = try Self.number(query, "count", .invalidCount)
    cursor = query["cursor"]
    attributes = Self.names(query["attributes"])
    excludedAttributes = Self.names(query["excludedAttributes"])
  }

  /// The parameters of a search request (RFC 7644 §3.4.3).
  ///
  /// - Throws: ``SCIMError``, status 400.
  init(search body: JSONObject) throws {
    var query: [String: String] = [:]
    let known = [
      "schemas", "attributes", "excludedAttributes", "startIndex", "count", "filter", "sortBy",
      "sortOrder", "cursor",
    ]
    for member in body.members {
      // Names in any case (RFC 7643 §2.1).
      guard let name = known.first(where: { $0.lowercased() == member.name.lowercased() }) else {
        throw SCIMError.invalidSyntax("A search request has no '\(member.name)'.")
      }
      guard member.value != .null else { continue }
      switch name {
      case "schemas":
        guard let urns = member.value.array, urns.count == 1,
          urns[0].string?.lowercased() == Self.searchSchema.lowercased()
        else {
          throw SCIMError.invalidSyntax("Attribute 'schemas' must be [\"\(Self.searchSchema)\"].")
        }
      case "attributes", "excludedAttributes":
        guard let names = member.value.array else {
          throw SCIMError.invalidSyntax("'\(name)' must be an array of strings.")
        }
        query[name] = names.compactMap(\.string).joined(separator: ",")
      case "startIndex", "count":
        guard let number = member.value.integer else {
          throw SCIMError.invalidSyntax("'\(name)' must be an integer.")
        }
        query[name] = String(number)
      default:
        guard let text = member.value.string else {
          throw SCIMError.invalidSyntax("'\(name)' must be a string.")
        }
        query[name] = text
      }
    }
    guard body.written("schemas") ?? .null != .null else {
      throw SCIMError.invalidSyntax("Attribute 'schemas' must be [\"\(Self.searchSchema)\"].")
    }
    try self.init(query: query)
  }

  private static func number(_ query: [String: String], _ name: String, _ kind: SCIMError.Kind)
    throws -> Int?
  {
    guard let text = query[name] else { return nil }
    guard let number = Int(text) else {
      throw SCIMError(400, kind, "\(name) is '\(text)' and must be an integer.")
    }
    return number
  }

  private static func names(_ text: String?) -> [String] {
    (text ?? "").split(separator: ",").map { String($0.filter { $0 != " " }) }
  }
}
