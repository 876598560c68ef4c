import Foundation
import HTTP
import JSON

/// Fills a tenant with users and a group, by SCIM's Bulk.
struct CloudLoader {
  private let root: String
  private let client = HTTPClient()
  private static let bulk = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
  private static let user = "urn:ietf:params:scim:schemas:core:2.0:User"
  private static let group = "urn:ietf:params:scim:schemas:core:2.0:Group"

  init(root: String) { self.root = root }

  /// Makes so many users; the answer is their ids.
  func users(_ count: Int) async throws -> [String] {
    var ids: [String] = []
    for start in stride(from: 0, to: count, by: 1000) {
      let operations = (start..<min(start + 1000, count)).map { number -> JSONValue in
        [
          "method": "POST", "path": "/Users", "bulkId": .string("u\(number)"),
          "data": [
            "schemas": [.string(Self.user)], "externalId": .string("anchor-\(number)"),
            "userName": .string("user\(number)@contoso.test"),
            "displayName": .string("User \(number)"), "active": true,
          ],
        ]
      }
      let answer = try await send(
        "POST", "/Bulk", ["schemas": [.string(Self.bulk)], "Operations": .array(operations)])
      for operation in answer["Operations"]?.array ?? [] {
        guard let location = operation["location"]?.string,
          let id = location.split(separator: "/").last
        else { throw BenchError(message: "a user was not made") }
        ids.append(String(id))
      }
    }
    return ids
  }

  /// Makes a group of these members; the answer is its id.
  func group(_ members: [String]) async throws -> String {
    let answer = try await send(
      "POST", "/Groups",
      [
        "schemas": [.string(Self.group)], "displayName": "Large",
        "members": .array(members.map { ["value": .string($0)] }),
      ])
    guard let id = answer["id"]?.string else { throw BenchError(message: "no group was made") }
    return id
  }

  /// Changes the title of these users.
  func change(_ ids: [String]) async throws {
    for id in ids {
      _ = try await send(
        "PATCH", "/Users/" + id,
        [
          "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
          "Operations": [["op": "replace", "path": "title", "value": "Changed"]],
        ])
    }
  }

  private func send(_ method: String, _ path: String, _ body: JSONValue) async throws -> JSONValue {
    let response = try await client.send(
      HTTPRequest(
        method, root + "/scim/v2" + path,
        headers: [
          (name: "Authorization", value: "Bearer " + CloudTenant.token),
          (name: "Content-Type", value: "application/scim+json"),
        ], body: body.encoded, isRepeatable: false, timeout: 300))
    guard (200..<300).contains(response.status) else {
      throw BenchError(message: "\(method) \(path) was answered with \(response.status)")
    }
    return response.body.isEmpty ? .null : try JSONValue(parsing: response.body)
  }
}
