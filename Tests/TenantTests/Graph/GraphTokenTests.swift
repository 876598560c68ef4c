import CGnuTLS
import Foundation
import GRDB
import JSON
import Testing

@testable import Tenant

@Suite("Tokens for Graph")
struct GraphTokenTests {
  private let tenant: TestTenant
  private let service: TokenService
  private let secret = "a secret of tests"

  init() throws {
    tenant = try TestTenant()
    service = TokenService(
      store: tenant.store,
      applications: [
        TenantApplication(clientID: "app", secret: secret), TenantApplication(clientID: "bare"),
      ], audience: { "https://login/\($0)/oauth2/v2.0/token" }, lifetime: 60)
  }

  private func ask(_ change: [String: String?] = [:]) async -> Reply {
    var form: [String: String] = [
      "grant_type": "client_credentials", "client_id": "app", "client_secret": secret,
      "scope": "https://graph.microsoft.com/.default",
    ]
    for (name, value) in change { form[name] = value }
    return await service.answer(tenant: "contoso", form: form)
  }

  @Test("A token is given for the secret, and only its hash is kept")
  func secretToken() async throws {
    let reply = await ask()
    #expect(reply.status == 200)
    #expect(reply["token_type"] == "Bearer")
    #expect(reply["expires_in"] == 60)
    let token = try #require(reply["access_token"]?.string)
    #expect(try await service.holder(ofToken: token) == .application(maySetPasswords: false))
    let kept = try await tenant.store.read {
      try String.fetchAll($0, sql: "SELECT hash FROM access_token")
    }
    #expect(kept == [SHA256.hexadecimal(token)])
  }

  @Test(
    "What does not hold is refused with its number",
    arguments: [
      (["client_secret": "wrong"], 401, 7_000_215), (["client_id": "other"], 400, 700016),
      (["client_id": "bare"], 401, 7_000_215), (["grant_type": "device_code"], 400, 70003),
      (["scope": "User.Read"], 400, 1_002_012),
      (["client_assertion": "a.b.c"], 401, 50027),
    ] as [([String: String], Int, Int64)])
  func refused(_ change: [String: String], _ status: Int, _ number: Int64) async throws {
    let reply = await ask(change.mapValues { $0 })
    #expect(reply.status == status)
    #expect(reply["error_codes"]?.array?.first == .integer(number))
    #expect(reply["access_token"] == nil)
    #expect(reply.body?.text.contains(secret) == false)
  }

  @Test("The id of an application is the same in capitals", arguments: ["app", "APP", "App"])
  func applicationID(_ id: String) async throws {
    let token = try #require(await ask(["client_id": id])["access_token"]?.string)
    #expect(try await service.holder(ofToken: token) == .application(maySetPasswords: false))
    let other = await ask(["client_id": id + "x"])
    #expect(other["error_codes"]?.array?.first == .integer(700016))
  }

  @Test(
    "Who asks for another service's token is told so: here it would work, and in the cloud not",
    arguments: [
      "https://management.azure.com", "https://outlook.office365.com", "https://vault.azure.net/",
      "https://graph.windows.net", "https://Management.Azure.com:443",
    ])
  func otherResource(_ resource: String) async throws {
    let reply = await ask(["scope": resource + "/.default"])
    #expect(reply.status == 400 && reply["error"] == "invalid_resource")
    #expect(reply["error_codes"] == [500011])
    #expect(reply["error_description"]?.string?.contains(resource) == true)
    #expect(reply["access_token"] == nil)
  }

  @Test(
    "Graph has a name in each cloud, and the tenant any",
    arguments: [
      "https://graph.microsoft.com", "https://graph.microsoft.us",
      "https://microsoftgraph.chinacloudapi.cn", "00000003-0000-0000-c000-000000000000",
      "https://localhost:8443", "https://127.0.0.1:8443", "https://[::1]:8443",
      "https://tenant.contoso.com", "https://notazure.com", "api://something",
    ])
  func ownResource(_ resource: String) async throws {
    #expect(await ask(["scope": resource + "/.default"]).status == 200)
  }

  @Test("A token that is none, or has run out, is refused")
  func expired() async throws {
    let none = await #expect(throws: GraphError.self) {
      try await service.holder(ofToken: "x")
    }
    #expect(none?.code == "InvalidAuthenticationToken")
    let token = try #require(await ask()["access_token"]?.string)
    try await tenant.store.write {
      try $0.database.execute(sql: "UPDATE access_token SET expires = 1")
    }
    let expired = await #expect(throws: GraphError.self) {
      try await service.holder(ofToken: token)
    }
    #expect(expired?.message.contains("expired") == true)
  }
}
