import JSON
import Testing

@testable import Tenant

@Suite("Switches of synchronization")
struct FeatureTests {
  private let graph: TestGraph

  init() throws { graph = try TestGraph() }

  private func features() async throws -> JSONObject {
    let list = try await graph.get("/directory/onPremisesSynchronization")["value"]?.array
    return try #require(list?.first?["features"]?.object)
  }

  @Test("A new tenant takes passwords, which never expire and need no change")
  func atFirst() async throws {
    let features = try await features()
    #expect(features["passwordSyncEnabled"] == true)
    #expect(features["cloudPasswordPolicyForPasswordSyncedUsersEnabled"] == false)
    #expect(features["userForcePasswordChangeOnLogonEnabled"] == false)
  }

  @Test("What is named is changed, and the rest stays; the tenant's id is the place")
  func change() async throws {
    let id = try await graph.tenant.store.tenantID()
    let path = "/directory/onPremisesSynchronization/\(id)"
    let reply = try await graph.send(
      "PATCH", path, #"{"features":{"userForcePasswordChangeOnLogonEnabled":true}}"#)
    #expect(reply.status == 204)
    let object = try await graph.get(path)
    #expect(object["id"]?.string == id)
    #expect(object["features"]?["userForcePasswordChangeOnLogonEnabled"] == true)
    #expect(object["features"]?["passwordSyncEnabled"] == true)
  }

  @Test(
    "What is not offered is refused, and nothing is changed",
    arguments: [
      #"{"features":{"passwordSyncEnabled":false,"other":true}}"#,
      #"{"features":{"passwordSyncEnabled":"no"}}"#, #"{"features":1}"#, #"{"id":"x"}"#,
    ])
  func refused(_ body: String) async throws {
    let id = try await graph.tenant.store.tenantID()
    let path = "/directory/onPremisesSynchronization/\(id)"
    #expect(try await graph.send("PATCH", path, body).status == 400)
    #expect(try await features()["passwordSyncEnabled"] == true)
    #expect(try await graph.send("GET", "/directory/onPremisesSynchronization/x").status == 404)
  }
}
