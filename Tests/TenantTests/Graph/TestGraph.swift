import Foundation
import JSON
import Testing

@testable import Tenant

/// Graph's face of a tenant without HTTP, in a folder of its own.
struct TestGraph {
  static let base = "http://127.0.0.1:1/v1.0"

  let tenant: TestTenant
  let service: GraphService

  init(jobs: [ProvisioningJob] = [.standard], verifiedDomains: [String] = []) throws {
    tenant = try TestTenant(verifiedDomains: verifiedDomains)
    service = GraphService(
      store: tenant.store, base: Self.base,
      values: ValueReader(verifiedDomains: verifiedDomains), faults: TenantFaults(),
      jobs: jobs)
  }

  func send(
    _ method: String, _ target: String, _ body: String? = nil, headers: [String: String] = [:]
  ) async throws -> Reply {
    let target = target.replacingOccurrences(of: Self.base, with: "")
    let parts = target.split(separator: "?", maxSplits: 1)
    var request = GraphRequest(
      method: method, path: parts[0].split(separator: "/").map(String.init),
      query: parts.count == 2 ? Percent.parameters(String(parts[1])) ?? [:] : [:],
      headers: headers)
    request.body = try body.map { try json($0) }
    return await service.answer(request)
  }

  func get(_ target: String) async throws -> JSONObject {
    try await send("GET", target).body?.object ?? JSONObject()
  }

  /// With which ``user(_:_:)`` is made.
  static let password = "xWwvJ]6NMw+bWH-d"

  static func user(_ name: String, _ more: String = "") -> String {
    """
    {"accountEnabled":true,"displayName":"\(name)","mailNickname":"\(name)",
     "userPrincipalName":"\(name)@contoso.com","passwordProfile":{"password":"\(password)"}\(more)}
    """
  }

  static func group(_ name: String, _ more: String = "") -> String {
    """
    {"displayName":"\(name)","mailEnabled":false,"mailNickname":"\(name)","securityEnabled":true\(more)}
    """
  }

  @discardableResult
  func user(_ name: String, _ more: String = "") async throws -> String {
    let reply = try await send("POST", "/users", Self.user(name, more))
    try #require(reply.status == 201, "\(reply.body?.text ?? "")")
    return try #require(reply["id"]?.string)
  }

  @discardableResult
  func group(_ name: String, members: [String] = []) async throws -> String {
    let links = members.map { #""\#(Self.base)/directoryObjects/\#($0)""# }
      .joined(separator: ",")
    let reply = try await send(
      "POST", "/groups",
      Self.group(name, members.isEmpty ? "" : #","members@odata.bind":[\#(links)]"#))
    try #require(reply.status == 201, "\(reply.body?.text ?? "")")
    return try #require(reply["id"]?.string)
  }

  /// The names that a list gives.
  func names(_ target: String, headers: [String: String] = [:]) async throws -> [String] {
    let reply = try await send("GET", target, headers: headers)
    return (reply["value"]?.array ?? []).compactMap { $0["displayName"]?.string }
  }

  func members(_ group: String) async throws -> Set<String> {
    let values = try await get("/groups/\(group)/members?$top=999")["value"]?.array ?? []
    return Set(values.compactMap { $0["id"]?.string })
  }
}

extension Reply {
  /// The code of a Graph error.
  var code: String { body?["error"]?["code"]?.string ?? "" }
  /// The message of a Graph error.
  var words: String { body?["error"]?["message"]?.string ?? "" }
  /// The property that the first detail of a Graph error is about.
  var target: String { body?["error"]?["details"]?.array?.first?["target"]?.string ?? "" }
  /// The code of the first detail of a Graph error.
  var detailCode: String { body?["error"]?["details"]?.array?.first?["code"]?.string ?? "" }
}
