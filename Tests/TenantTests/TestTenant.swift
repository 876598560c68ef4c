import Foundation
import JSON
import Testing

@testable import Tenant

/// A folder of its own that is deleted with the value.
final class TemporaryFolder: Sendable {
  let path: String

  init() {
    path =
      FileManager.default.temporaryDirectory
      .appendingPathComponent("tenant-tests-\(UUID().uuidString)").path
    try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func file(_ name: String) -> String { path + "/" + name }
}

/// A tenant without HTTP, in a folder of its own.
struct TestTenant {
  static let base = "http://127.0.0.1:1/scim/v2"
  static let userURN = "urn:ietf:params:scim:schemas:core:2.0:User"
  static let groupURN = "urn:ietf:params:scim:schemas:core:2.0:Group"
  static let contactURN = "urn:lockstep:params:scim:schemas:core:2.0:Contact"
  static let enterpriseURN = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
  static let onPremisesURN = "urn:lockstep:params:scim:schemas:extension:onpremises:2.0:User"
  static let onPremisesGroupURN = "urn:lockstep:params:scim:schemas:extension:onpremises:2.0:Group"
  static let bulkURN = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"

  let folder = TemporaryFolder()
  let store: TenantStore
  let service: TenantService

  init(isStrict: Bool = true, verifiedDomains: [String] = []) throws {
    store = try TenantStore(path: folder.file("tenant.sqlite"))
    service = TenantService(
      store: store, base: Self.base,
      values: ValueReader(isStrict: isStrict, verifiedDomains: verifiedDomains),
      faults: TenantFaults(), maximumPayload: 1 << 20)
  }

  func send(
    _ method: String, _ target: String, _ body: String? = nil, ifMatch: String? = nil,
    ifNoneMatch: String? = nil
  ) async -> Reply {
    let parts = target.split(separator: "?", maxSplits: 1)
    let path = parts[0].split(separator: "/").map(String.init)
    let query = parts.count == 2 ? Percent.parameters(String(parts[1])) ?? [:] : [:]
    return await service.answer(
      ServiceRequest(
        method: method, path: path, query: query, ifMatch: ifMatch, ifNoneMatch: ifNoneMatch,
        body: body.map { Array($0.utf8) }))
  }

  func get(_ target: String) async -> JSONObject {
    await send("GET", target).body?.object ?? JSONObject()
  }

  /// Lists with a filter.
  func find(_ type: String, _ filter: String, _ more: String = "") async -> Reply {
    let escaped =
      filter.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? filter
    return await send("GET", "/\(type)?filter=\(escaped)\(more)")
  }

  /// The userNames or displayNames that a filter finds.
  func names(_ type: String, _ filter: String, _ more: String = "") async -> [String] {
    let resources = await find(type, filter, more).body?.object?["Resources"]?.array ?? []
    return resources.compactMap {
      $0.object?["userName"]?.string ?? $0.object?["displayName"]?.string
    }
  }

  func patch(_ target: String, _ operations: String, ifMatch: String? = nil) async -> Reply {
    await send(
      "PATCH", target,
      """
      {"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[\(operations)]}
      """, ifMatch: ifMatch)
  }

  /// Creates a user and gives the id.
  @discardableResult
  func user(_ name: String, _ more: String = "") async throws -> String {
    let reply = await send(
      "POST", "/Users", #"{"schemas":["\#(Self.userURN)"],"userName":"\#(name)"\#(more)}"#)
    try #require(reply.status == 201, "\(reply.body?.text ?? "")")
    return try #require(reply.body?.object?["id"]?.string)
  }

  /// Creates a group with these members and gives the id.
  @discardableResult
  func group(_ name: String, members: [String] = []) async throws -> String {
    let values = members.map { #"{"value":"\#($0)"}"# }.joined(separator: ",")
    let reply = await send(
      "POST", "/Groups",
      #"{"schemas":["\#(Self.groupURN)"],"displayName":"\#(name)","members":[\#(values)]}"#)
    try #require(reply.status == 201, "\(reply.body?.text ?? "")")
    return try #require(reply.body?.object?["id"]?.string)
  }

  func members(_ group: String) async -> Set<String> {
    let values = await get("/Groups/\(group)")["members"]?.array ?? []
    return Set(values.compactMap { $0.object?["value"]?.string })
  }
}

extension Reply {
  var detail: String { body?.object?["detail"]?.string ?? "" }
  var kind: String { body?.object?["scimType"]?.string ?? "" }
  subscript(name: String) -> JSONValue? { body?.object?[name] }
}

/// The value that JSON text spells.
func json(_ text: String) throws -> JSONValue { try JSONValue(parsing: Array(text.utf8)) }

/// The object that JSON text spells.
func object(_ text: String) throws -> JSONObject { try #require(try json(text).object) }
