import Foundation
import FoundationNetworking
import JSON
import Testing

@testable import Tenant

@Suite("Graph over HTTP")
struct GraphServerTests {
  private let json = ["Content-Type": "application/json"]

  @Test("Both faces answer at one port, to the tenant's token")
  func faces() async throws {
    let tenant = try await RunningTenant()
    let created = try await tenant.send(
      "POST", "/v1.0/users", TestGraph.user("ada"), headers: json)
    #expect(created.status == 201)
    #expect(created.header("Content-Type")?.hasPrefix("application/json") == true)
    #expect(created.header("Location")?.contains("/v1.0/users/") == true)
    #expect(try await tenant.count() == 1)
    await tenant.server.stop()
  }

  @Test("Without a token, with a wrong one, or with a wrong type nothing is done")
  func refused() async throws {
    let tenant = try await RunningTenant()
    let none = try await tenant.send("GET", "/v1.0/users", headers: ["Authorization": "Bearer"])
    #expect(none.status == 401)
    let wrong = try await tenant.send("GET", "/v1.0/users", headers: ["Authorization": "Bearer x"])
    #expect(wrong.json?["error"]?["code"] == "InvalidAuthenticationToken")
    let type = try await tenant.send("POST", "/v1.0/users", TestGraph.user("ada"))
    #expect(type.status == 415)
    #expect(try await tenant.count() == 0)
    await tenant.server.stop()
  }

  @Test("An application's token opens Graph, and not SCIM")
  func application() async throws {
    let folder = TemporaryFolder()
    var configuration = TenantConfiguration(
      databasePath: folder.file("tenant.sqlite"), token: .plain(RunningTenant.token))
    configuration.applications = [TenantApplication(clientID: "app", secret: "secret")]
    let server = try TenantServer(configuration)
    let port = try await server.start()
    let origin = "http://127.0.0.1:\(port)"
    #expect(server.graphURL == origin + "/v1.0")
    #expect(server.loginURL == origin)
    var request = URLRequest(url: try #require(URL(string: origin + "/t/oauth2/v2.0/token")))
    request.httpMethod = "POST"
    request.httpBody = Data(
      "grant_type=client_credentials&client_id=app&client_secret=secret&scope=x%2F.default".utf8)
    let (data, _) = try await URLSession.shared.data(for: request)
    let token = try #require(try JSONValue(parsing: Array(data))["access_token"]?.string)
    for (path, status) in [("/v1.0/users", 200), ("/scim/v2/Users", 401)] {
      var request = URLRequest(url: try #require(URL(string: origin + path)))
      request.setValue("Bearer \(token)", forHTTPHeaderField: "Authorization")
      let (_, response) = try await URLSession.shared.data(for: request)
      #expect((response as? HTTPURLResponse)?.statusCode == status)
    }
    await server.stop()
  }

  @Test("Faults on purpose are told in Graph's form")
  func faults() async throws {
    let tenant = try await RunningTenant(faults: true)
    tenant.server.faults.knobs.throttleNext = 1
    let throttled = try await tenant.send("GET", "/v1.0/users")
    #expect(throttled.status == 429)
    #expect(throttled.header("Retry-After") == "1")
    tenant.server.faults.knobs.expireTokenNext = 1
    #expect(try await tenant.send("GET", "/v1.0/users").status == 401)
    tenant.server.faults.knobs.resyncNext = 1
    #expect(try await tenant.send("GET", "/v1.0/users/delta").status == 410)
    #expect(try await tenant.send("GET", "/v1.0/users/delta").status == 200)
    await tenant.server.stop()
  }
}
