import Directory
import HTTP
import HTTPTesting
import JSON
import PasswordSync
import Secrets
import Tenant
import Testing

@testable import GraphConnector

@Suite("Passwords to a tenant")
struct TenantPasswordTests {
  private func change(
    _ name: String, _ password: String, request: String = "1", anchor: Anchor? = nil,
    mustChange: Bool = false
  ) -> PasswordChange {
    PasswordChange(
      request: request, sourceAnchor: Operations.anchor(name), targetAnchor: anchor?.text ?? "",
      targetDN: "CN={\(name)}", hash: PasswordHash.ntHash(of: password),
      changed: Timestamp(milliseconds: 1_700_000_000_000), mustChange: mustChange)
  }

  /// The number of the error that signing in ends with; nil for a success.
  private func signIn(_ name: String, _ password: String, at cloud: TestCloud) async throws
    -> Int64?
  {
    let url = try #require(cloud.server.loginURL) + "/t/oauth2/v2.0/token"
    let form = [
      ("grant_type", "password"), ("client_id", Tenant.publicClientID), ("scope", "openid"),
      ("username", name + "@contoso.com"), ("password", password),
    ].map { $0.0 + "=" + HTTPURL.encode($0.1) }.joined(separator: "&")
    let response = try await HTTPClient().send(HTTPRequest("POST", url, body: Array(form.utf8)))
    let json = try JSONValue(parsing: response.body)
    guard response.status != 200 else { return nil }
    return try #require(json["error_codes"]?.array?.first?.integer)
  }

  private func failure(_ work: () async throws -> Void) async -> PasswordTargetFailure? {
    await #expect(throws: PasswordTargetFailure.self) { try await work() }
  }

  @Test(
    "Whoever's password was sent can sign in with it, whether found by the one anchor or the other")
  func roundTrip() async throws {
    let cloud = try await TestCloud()
    let ada = try await cloud.add(user: "ada")
    try await cloud.add(user: "ben")
    let answers = try await cloud.passwords.provision([
      change("ada", "Pa$$w0rd", request: "1", anchor: ada),
      change("ben", "Passwörd€ &+%", request: "2"), change("cyd", "x", request: "3"),
    ])
    #expect(answers.prefix(2) == [.success, .success])
    guard case .retry(let words) = answers[2] else {
      Issue.record("\(answers)")
      return
    }
    #expect(words.contains("not yet"))
    #expect(try await signIn("ada", "Pa$$w0rd", at: cloud) == nil)
    #expect(try await signIn("ada", "pa$$w0rd", at: cloud) == 50126)
    #expect(try await signIn("ben", "Passwörd€ &+%", at: cloud) == nil)
    await cloud.stop()
  }

  @Test("Fifty go at once and are answered in order; more are never sent")
  func fifty() async throws {
    let cloud = try await TestCloud()
    for number in 0..<5 { try await cloud.add(user: "u\(number)") }
    let many = (0..<51).map { change("u\($0)", "p\($0)", request: "\($0)") }
    let answers = try await cloud.passwords.provision(Array(many.prefix(50)))
    #expect(answers.map { $0 == .success } == (0..<50).map { $0 < 5 })
    #expect(try await signIn("u3", "p3", at: cloud) == nil)
    #expect(await failure { _ = try await cloud.passwords.provision(many) } != nil)
    #expect(try await cloud.passwords.provision([]) == [])
    await cloud.stop()
  }

  @Test("An answer that was lost on its way is asked for again, and the work is done once")
  func lostAnswer() async throws {
    let cloud = try await TestCloud()
    try await cloud.add(user: "ada")
    cloud.server.faults.knobs.dropAfterWorkNext = 2
    #expect(try await cloud.passwords.provision([change("ada", "first")]) == [.success])
    #expect(
      try await cloud.passwords.provision([change("ada", "second", request: "2")]) == [.success])
    // Sent again after all that: answered as before, and the newer password stays.
    #expect(try await cloud.passwords.provision([change("ada", "first")]) == [.success])
    #expect(try await signIn("ada", "second", at: cloud) == nil)
    await cloud.stop()
  }

  @Test("A busy tenant is waited for")
  func busy() async throws {
    let cloud = try await TestCloud()
    try await cloud.add(user: "ada")
    cloud.server.faults.knobs.retryAfterSeconds = 0
    cloud.server.faults.knobs.throttleNext = 1
    cloud.server.faults.knobs.unavailableNext = 1
    cloud.server.faults.knobs.serverErrorNext = 1
    #expect(try await cloud.passwords.provision([change("ada", "x")]) == [.success])
    cloud.server.faults.knobs.expireTokenNext = 1
    try await cloud.passwords.ping()
    await cloud.stop()
  }

  @Test("One that is busy for long fails the batch in the original's words")
  func busyForLong() async throws {
    let cloud = try await TestCloud { $0.retry = RetryPolicy(tries: 2, firstDelay: 0.01) }
    cloud.server.faults.knobs.serverErrorNext = 100
    let failure = await failure { try await cloud.passwords.ping() }
    #expect(
      failure?.message.hasPrefix("An error occurred. Error Code: 81. Error Description: ") == true)
    #expect(failure?.hint == "It is sent again by itself")
    await cloud.stop()
  }

  @Test("One that asks for a longer wait than is allowed says for how long")
  func longWait() async throws {
    let cloud = try await TestCloud()
    cloud.server.faults.knobs.retryAfterSeconds = 3600
    cloud.server.faults.knobs.throttleNext = 100
    let failure = await failure { try await cloud.passwords.ping() }
    #expect(failure?.waitSeconds == 3600 && failure?.mayBeOfOne == false)
    #expect(failure?.hint.contains("password-sync run") == true)
    await cloud.stop()
  }

  @Test("What a tenant repeats of what it was sent is told without it")
  func repeated() async throws {
    let item = String(repeating: "0f", count: 32)
    let words = "bad v1;PPH1_MD4,\(item); of H552hI9GwEykZwosf74JeQ=="
    let body =
      #"{"results":[{"requestId":"1","result":9,"extendedErrorInformation":"\#(words)"}]}"#
    let server = try ScriptedServer { _ in .answer(200, [], Array(body.utf8)) }
    var settings = GraphConnectorSettings(
      graphRoot: server.url, loginRoot: server.url, tenant: "t", credentials: .bearer { "token" })
    settings.retry = RetryPolicy(tries: 1)
    let answers = try await TenantPasswordTarget(settings).provision([change("ada", "x")])
    #expect(
      answers == [.failed("bad v1;PPH1_MD4,(a value); of H552hI9GwEykZwosf74JeQ==")])
    server.close()
  }

  @Test("What one password is refused for is told of it alone")
  func refused() async throws {
    let cloud = try await TestCloud()
    try await cloud.add(user: "ada")
    try await cloud.add(user: "ben")
    let answers = try await cloud.passwords.provision([
      change("ada", "x", mustChange: true), change("ben", "y", request: "2"),
    ])
    guard case .filtered(let words) = answers[0] else {
      Issue.record("\(answers)")
      return
    }
    #expect(words.contains("userForcePasswordChangeOnLogonEnabled is off"))
    #expect(answers[1] == .success)
    await cloud.stop()
  }

  @Test("A tenant with the feature off, and an application without the right, are told apart")
  func wholeBatch() async throws {
    let cloud = try await TestCloud()
    let client = GraphClient(cloud.settings)
    let list = try await client.send(GraphCall("GET", "/directory/onPremisesSynchronization"))
    let id = try #require(list.object["value"]?.array?.first?["id"]?.string)
    let off = try await client.send(
      GraphCall(
        "PATCH", "/directory/onPremisesSynchronization/" + id,
        ["features": ["passwordSyncEnabled": false]]))
    #expect(off.isSuccess)
    let inactive = await failure { try await cloud.passwords.ping() }
    #expect(
      inactive?.message.contains(
        "Error Code: 90. Error Description: Password Synchronization has not been activated for "
          + "this company. Tracking ID: ") == true)
    #expect(inactive?.hint.contains("Switch password synchronization on") == true)
    await cloud.stop()
    let plain = try await TestCloud {
      $0.credentials = .secret(application: TestCloud.plainApplication) { "a secret of tests" }
    }
    let powerless = await failure { try await plain.passwords.ping() }
    #expect(powerless?.message.contains("gives no right") == true)
    #expect(powerless?.hint.contains("Give the application the right") == true)
    await plain.stop()
  }

  @Test("A wrong secret, and a tenant that is not there, are told with what to do")
  func unreachable() async throws {
    let cloud = try await TestCloud {
      $0.credentials = .secret(application: TestCloud.application) { "a wrong secret" }
    }
    let wrong = await failure { try await cloud.passwords.ping() }
    #expect(wrong?.message.contains("AADSTS7000215") == true)
    #expect("\(wrong as Any)".contains("a wrong secret") == false)
    await cloud.stop()
    var settings = cloud.settings
    settings.credentials = .bearer { "token" }
    settings.graphRoot = "http://127.0.0.1:\(try unusedPort())"
    settings.retry = RetryPolicy(tries: 2, firstDelay: 0.01)
    let target = TenantPasswordTarget(settings)
    let gone = await failure { _ = try await target.provision([change("ada", "x")]) }
    #expect(gone?.message.contains("could not connect") == true)
    #expect(gone?.hint.contains("can be reached") == true)
    #expect(gone?.mayBeOfOne == false)
  }

  @Test(
    "A server that is no tenant is told as such",
    arguments: [
      (200, "{}", "did not answer for each"), (200, "<html>", "no JSON"),
      (404, "{}", "HTTP status 404"), (200, #"{"results":[{"requestId":"1"}]}"#, "did not answer"),
    ])
  func strange(_ status: Int, _ body: String, _ words: String) async throws {
    let server = try ScriptedServer { _ in .answer(status, [], Array(body.utf8)) }
    var settings = GraphConnectorSettings(
      graphRoot: server.url, loginRoot: server.url, tenant: "t", credentials: .bearer { "token" })
    settings.retry = RetryPolicy(tries: 1)
    let target = TenantPasswordTarget(settings)
    let failure = await failure { _ = try await target.provision([change("ada", "x")]) }
    #expect(failure?.message.contains(words) == true, "\(failure as Any)")
    server.close()
  }

  @Test(
    "What a tenant refuses for what the batch says is told apart from what it refuses otherwise",
    arguments: [(400, true), (413, true), (422, true), (401, false), (403, false), (404, false)])
  func refusal(_ status: Int, _ isRefusal: Bool) async throws {
    let body = #"{"errorDescription":"items[0] is odd"}"#
    let server = try ScriptedServer { _ in .answer(status, [], Array(body.utf8)) }
    var settings = GraphConnectorSettings(
      graphRoot: server.url, loginRoot: server.url, tenant: "t", credentials: .bearer { "token" })
    settings.retry = RetryPolicy(tries: 1)
    let target = TenantPasswordTarget(settings)
    let failure = await failure { _ = try await target.provision([change("ada", "x")]) }
    #expect(failure?.isRefusal == isRefusal)
    server.close()
  }

  @Test("A tenant that was asked and gives no answer may fail at one of the batch")
  func noAnswer() async throws {
    let server = try ScriptedServer { _ in .close }
    var settings = GraphConnectorSettings(
      graphRoot: server.url, loginRoot: server.url, tenant: "t", credentials: .bearer { "token" })
    settings.retry = RetryPolicy(tries: 1)
    let target = TenantPasswordTarget(settings)
    let failure = await failure { _ = try await target.provision([change("ada", "x")]) }
    #expect(failure?.mayBeOfOne == true && failure?.isRefusal == false)
    server.close()
  }

  @Test("Neither the password nor its hash leaves this machine")
  func nothingLeaves() async throws {
    let server = try ScriptedServer { _ in .answer(500, [], Array("{}".utf8)) }
    var settings = GraphConnectorSettings(
      graphRoot: server.url, loginRoot: server.url, tenant: "t", credentials: .bearer { "token" })
    settings.retry = RetryPolicy(tries: 1)
    let target = TenantPasswordTarget(settings)
    let failure = await failure { _ = try await target.provision([change("ada", "Pa$$w0rd")]) }
    let request = try #require(server.requests.first)
    let body = String(decoding: request.body, as: UTF8.self)
    #expect(request.path == "/passwords/v1/credentials")
    #expect(request.headers["authorization"] == "Bearer token")
    #expect(body.contains("v1;PPH1_MD4,"))
    for secret in [
      "Pa$$w0rd", "92937945b518814341de3f726500d4ff", "92937945B518814341DE3F726500D4FF",
    ] {
      #expect(!body.contains(secret))
    }
    #expect("\(failure as Any)".contains("PPH1_MD4") == false)
    server.close()
  }
}
