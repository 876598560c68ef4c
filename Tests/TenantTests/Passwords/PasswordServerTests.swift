import Foundation
import FoundationNetworking
import JSON
import Testing

@testable import Tenant

@Suite("Passwords over HTTP")
struct PasswordServerTests {
  private let json = ["Content-Type": "application/json"]
  private let form = ["Content-Type": "application/x-www-form-urlencoded"]

  private func batch(_ name: String, _ password: String) -> String {
    #"{"items":[\#(TestPasswords.item(name, password, request: "\(name) \(password)"))]}"#
  }

  private func signIn(_ password: String) -> String {
    "grant_type=password&client_id=\(Tenant.publicClientID)&scope=openid"
      + "&username=ada%40contoso.com&password=\(password)"
  }

  private func withUser(_ work: (RunningTenant) async throws -> Void) async throws {
    let tenant = try await RunningTenant(faults: true)
    let created = try await tenant.send(
      "POST", "/v1.0/users",
      TestGraph.user("ada", #","onPremisesImmutableId":"anchor of ada""#), headers: json)
    #expect(created.status == 201)
    try await work(tenant)
    await tenant.server.stop()
  }

  @Test("A password is taken, and the user who signs in with it sees the user alone")
  func roundTrip() async throws {
    try await withUser { tenant in
      let taken = try await tenant.send(
        "POST", "/passwords/v1/credentials", batch("ada", "Pa$$w0rd"), headers: json)
      #expect(taken.json?["results"]?.array?.first?["result"] == 0)
      let wrong = try await tenant.send(
        "POST", "/t/oauth2/v2.0/token", signIn("other"), headers: form)
      #expect(wrong.status == 400)
      let right = try await tenant.send(
        "POST", "/t/oauth2/v2.0/token", signIn("Pa%24%24w0rd"), headers: form)
      let token = try #require(right.json?["access_token"]?.string)
      let own = ["Authorization": "Bearer \(token)"]
      let me = try await tenant.send("GET", "/v1.0/me", headers: own)
      #expect(me.json?["userPrincipalName"] == "ada@contoso.com")
      for (method, path) in [
        ("GET", "/v1.0/users"), ("PATCH", "/v1.0/me"),
        ("POST", "/v1.0/$batch"), ("POST", "/passwords/v1/ping"),
      ] {
        let refused = try await tenant.send(method, path, headers: own)
        #expect(refused.status == 403, "\(method) \(path)")
      }
      #expect(try await tenant.send("GET", "/scim/v2/Users", headers: own).status == 401)
      #expect(try await tenant.send("GET", "/v1.0/me").status == 400)
    }
  }

  @Test("Without a right nothing is taken")
  func rights() async throws {
    let folder = TemporaryFolder()
    var configuration = TenantConfiguration(
      databasePath: folder.file("tenant.sqlite"), token: .plain(RunningTenant.token))
    var mighty = TenantApplication(clientID: "mighty", secret: "secret")
    mighty.maySetPasswords = true
    configuration.applications = [
      TenantApplication(clientID: "plain", secret: "secret"), mighty,
    ]
    let server = try TenantServer(configuration)
    _ = try await server.start()
    let origin = try #require(server.loginURL)
    #expect(server.passwordURL == origin + "/passwords/v1")
    func send(_ path: String, _ body: String, _ token: String?) async throws -> (Int, JSONValue?) {
      var request = URLRequest(url: try #require(URL(string: origin + path)))
      request.httpMethod = "POST"
      request.httpBody = Data(body.utf8)
      if let token { request.setValue("Bearer \(token)", forHTTPHeaderField: "Authorization") }
      let (data, response) = try await URLSession.shared.data(for: request)
      return ((response as? HTTPURLResponse)?.statusCode ?? 0, try? JSONValue(parsing: Array(data)))
    }
    for (application, status) in [("plain", 403), ("mighty", 200)] {
      let (_, answer) = try await send(
        "/t/oauth2/v2.0/token",
        "grant_type=client_credentials&client_id=\(application)&client_secret=secret"
          + "&scope=x%2F.default", nil)
      let token = try #require(answer?["access_token"]?.string)
      #expect(try await send("/passwords/v1/ping", "", token).0 == status)
    }
    for token in [nil, "x"] { #expect(try await send("/passwords/v1/ping", "", token).0 == 401) }
    await server.stop()
  }

  @Test("Other paths and methods are told")
  func paths() async throws {
    try await withUser { tenant in
      let missing = try await tenant.send("POST", "/passwords/v1/other", "{}", headers: json)
      #expect(missing.status == 404)
      #expect(try await tenant.send("POST", "/passwords/v2/ping", "", headers: json).status == 404)
      #expect(try await tenant.send("GET", "/passwords/v1/ping").status == 405)
    }
  }

  @Test("A busy service says so with number 81 and when to come again; a cut answer was work done")
  func faults() async throws {
    try await withUser { tenant in
      tenant.server.faults.knobs.throttleNext = 1
      let path = "/passwords/v1/credentials"
      let busy = try await tenant.send("POST", path, batch("ada", "one"), headers: json)
      #expect(busy.status == 429)
      #expect(busy.header("Retry-After") == "1")
      #expect(busy.json?["errorCode"] == 81)
      tenant.server.faults.knobs.dropAfterWorkNext = 1
      await #expect(throws: (any Error).self) {
        try await tenant.send("POST", path, batch("ada", "two"), headers: json)
      }
      let again = try await tenant.send("POST", path, batch("ada", "two"), headers: json)
      #expect(again.json?["results"]?.array?.first?["result"] == 0)
      let right = try await tenant.send(
        "POST", "/t/oauth2/v2.0/token", signIn("two"), headers: form)
      #expect(right.status == 200)
    }
  }

  @Test("The knobs for passwords are among those of the administration")
  func knobs() async throws {
    try await withUser { tenant in
      let reply = try await tenant.send(
        "POST", "/admin/faults", #"{"refuseCredentialNext":1,"missCredentialNext":2}"#)
      #expect(reply.json?["refuseCredentialNext"] == 1)
      #expect(tenant.server.faults.knobs.missCredentialNext == 2)
    }
  }
}
