import Foundation
import JSON
import Testing

@testable import Tenant

@Suite("The server over HTTP")
struct ServerTests {
  @Test("A user is created, read, changed and deleted")
  func wholeLife() async throws {
    let tenant = try await RunningTenant()
    let created = try await tenant.user("a@example.com")
    #expect(created.status == 201)
    #expect(created.header("Content-Type") == "application/scim+json")
    #expect(created.header("ETag") == "W/\"1\"")
    let id = try #require(created.json?["id"]?.string)
    let path = "/scim/v2/Users/\(id)"
    #expect(created.header("Location") == "http://127.0.0.1:\(tenant.port)\(path)")
    let patched = try await tenant.send(
      "PATCH", path,
      #"""
      {"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
       "Operations":[{"op":"add","path":"title","value":"Grüße"}]}
      """#)
    #expect(patched.status == 200 && patched.json?["title"] == "Grüße")
    let read = try await tenant.send("GET", path + "/")
    #expect(read.json == patched.json)
    let known = try await tenant.send("GET", path, headers: ["If-None-Match": "W/\"2\""])
    #expect(known.status == 304 && known.body.isEmpty)
    let stale = try await tenant.send("DELETE", path, headers: ["If-Match": "W/\"1\""])
    #expect(stale.status == 412)
    #expect(try await tenant.send("DELETE", path).status == 204)
    #expect(try await tenant.send("GET", path).status == 404)
    await tenant.server.stop()
  }

  @Test("Filters in a query string are read, with %20 and with +")
  func query() async throws {
    let tenant = try await RunningTenant()
    _ = try await tenant.user("a@example.com")
    for filter in [
      "userName%20eq%20%22a@example.com%22", "userName+eq+%22a%40example.com%22+and+id+pr",
    ] {
      let list = try await tenant.send("GET", "/scim/v2/Users?filter=\(filter)")
      #expect(list.json?["totalResults"] == 1)
    }
    #expect(try await tenant.send("GET", "/scim/v2/Users?filter=%ZZ").status == 400)
    await tenant.server.stop()
  }

  @Test(
    "Without the right token everything is refused, and said in SCIM's shape",
    arguments: [
      "", "Bearer", "Bearer wrong", "Basic YTpi", "Bearer a-token-for-tests-onlyx",
    ])
  func unauthorized(_ header: String) async throws {
    let tenant = try await RunningTenant(faults: true)
    for path in ["/scim/v2/Users", "/scim/v2/ServiceProviderConfig", "/admin/faults", "/"] {
      let answer = try await tenant.send("GET", path, headers: ["Authorization": header])
      #expect(answer.status == 401)
      #expect(answer.header("WWW-Authenticate")?.hasPrefix("Bearer") == true)
      #expect(answer.json?["status"] == "401")
    }
    await tenant.server.stop()
  }

  @Test("The token is kept nowhere but as its hash")
  func tokenIsNotKept() async throws {
    let tenant = try await RunningTenant()
    _ = try await tenant.user("a@example.com")
    for name in try FileManager.default.contentsOfDirectory(atPath: tenant.folder.path) {
      let data = FileManager.default.contents(atPath: tenant.folder.file(name)) ?? Data()
      #expect(data.range(of: Data(RunningTenant.token.utf8)) == nil)
    }
    await tenant.server.stop()
  }

  @Test("Other types of bodies are refused, JSON's own is taken")
  func contentType() async throws {
    let tenant = try await RunningTenant()
    let body = #"{"schemas":["\#(TestTenant.userURN)"],"userName":"a@example.com"}"#
    let text = try await tenant.send(
      "POST", "/scim/v2/Users", body, headers: ["Content-Type": "text/plain"])
    #expect(text.status == 415)
    let json = try await tenant.send(
      "POST", "/scim/v2/Users", body, headers: ["Content-Type": "application/json; charset=utf-8"])
    #expect(json.status == 201)
    await tenant.server.stop()
  }

  @Test("A body that is too large is refused, and the connection goes on")
  func tooLarge() async throws {
    let tenant = try await RunningTenant(maximumPayload: 10_000)
    let large = String(repeating: " ", count: 100_000)
    let answer = try await tenant.send("POST", "/scim/v2/Users", large)
    #expect(answer.status == 413)
    #expect(answer.json?["detail"]?.string?.contains("10000") == true)
    #expect(try await tenant.user("a@example.com").status == 201)
    await tenant.server.stop()
  }

  @Test("Many clients at once create what they should, each user once")
  func concurrent() async throws {
    let tenant = try await RunningTenant()
    let statuses = await withTaskGroup(of: Int.self) { group in
      for index in 0..<60 {
        group.addTask { (try? await tenant.user("u\(index % 40)@example.com").status) ?? 0 }
      }
      return await group.reduce(into: [Int: Int]()) { $0[$1, default: 0] += 1 }
    }
    #expect(statuses == [201: 40, 409: 20])
    #expect(try await tenant.count() == 40)
    await tenant.server.stop()
  }

  @Test("What was written is there after a stop and a start")
  func restart() async throws {
    let tenant = try await RunningTenant()
    _ = try await tenant.user("a@example.com")
    await tenant.server.stop()
    #expect(tenant.server.port == nil)
    let port = try await tenant.server.start()
    let list = try await RunningTenant(tenant, port: port).count()
    #expect(list == 1)
    await tenant.server.stop()
  }

  @Test("A port that is taken is named, with what to do")
  func portTaken() async throws {
    let tenant = try await RunningTenant()
    let folder = TemporaryFolder()
    let second = try TenantServer(
      TenantConfiguration(
        databasePath: folder.file("t"), port: tenant.port, token: .plain(RunningTenant.token)))
    let error = await #expect(throws: TenantError.self) { try await second.start() }
    #expect(error?.code == .portTaken)
    #expect(error?.message.contains("\(tenant.port)") == true)
    await second.stop()
    await tenant.server.stop()
  }

  @Test("An address that others reach is refused unless it is allowed")
  func loopbackOnly() {
    let folder = TemporaryFolder()
    for address in ["0.0.0.0", "192.168.1.1", "::"] {
      let error = #expect(throws: TenantError.self) {
        try TenantServer(
          TenantConfiguration(
            databasePath: folder.file("t"), address: address, token: .plain(RunningTenant.token)))
      }
      #expect(error?.code == .addressUnusable)
    }
  }

  @Test("A short token and a broken hash are refused, and not shown")
  func badTokens() {
    for token in [TenantConfiguration.Token.plain("short-secret"), .sha256("short-secret")] {
      let error = #expect(throws: TenantError.self) {
        try TenantServer(
          TenantConfiguration(databasePath: TemporaryFolder().file("t"), token: token))
      }
      #expect(error?.code == .badToken)
      #expect(error?.description.contains("short-secret") == false)
    }
  }
}

extension RunningTenant {
  /// The same tenant at the port that it has after a start.
  init(_ tenant: RunningTenant, port: UInt16) {
    server = tenant.server
    self.port = port
  }
}

@Suite("Faults on purpose")
struct FaultTests {
  @Test("The next requests are throttled, with the time to wait")
  func throttle() async throws {
    let tenant = try await RunningTenant()
    tenant.server.faults.knobs.throttleNext = 2
    tenant.server.faults.knobs.retryAfterSeconds = 7
    for _ in 0..<2 {
      let answer = try await tenant.user("a@example.com")
      #expect(answer.status == 429 && answer.header("Retry-After") == "7")
    }
    #expect(try await tenant.user("a@example.com").status == 201)
    await tenant.server.stop()
  }

  @Test("503 and 500 leave nothing behind")
  func unavailable() async throws {
    let tenant = try await RunningTenant()
    tenant.server.faults.knobs.unavailableNext = 1
    tenant.server.faults.knobs.serverErrorNext = 1
    #expect(try await tenant.user("a@example.com").status == 503)
    #expect(try await tenant.user("a@example.com").status == 500)
    #expect(try await tenant.count() == 0)
    await tenant.server.stop()
  }

  @Test("A cut connection after the work leaves the work done and the client without an answer")
  func drop() async throws {
    let tenant = try await RunningTenant()
    tenant.server.faults.knobs.dropAfterWorkNext = 1
    await #expect(throws: (any Error).self) { try await tenant.user("a@example.com") }
    #expect(try await tenant.count() == 1)
    await tenant.server.stop()
  }

  @Test("Answers are held back")
  func latency() async throws {
    let tenant = try await RunningTenant()
    tenant.server.faults.knobs.latencyMilliseconds = 150
    let start = ContinuousClock.now
    _ = try await tenant.count()
    #expect(ContinuousClock.now - start >= .milliseconds(150))
    await tenant.server.stop()
  }

  @Test("The knobs are turned over HTTP only where faults are enabled")
  func administration() async throws {
    let plain = try await RunningTenant()
    #expect(try await plain.send("GET", "/admin/faults").status == 404)
    await plain.server.stop()
    let tenant = try await RunningTenant(faults: true)
    let set = try await tenant.send(
      "POST", "/admin/faults", #"{"throttleNext":1,"bulkStopAfter":3}"#)
    #expect(set.status == 200 && set.json?["bulkStopAfter"] == 3)
    #expect(tenant.server.faults.knobs.throttleNext == 1)
    let graph = #"{"throttleInBatchNext":1,"resyncNext":2,"expireTokenNext":3,"quotaPercent":90}"#
    #expect(try await tenant.send("POST", "/admin/faults", graph).status == 200)
    let knobs = tenant.server.faults.knobs
    #expect(knobs.throttleInBatchNext == 1 && knobs.resyncNext == 2)
    #expect(knobs.expireTokenNext == 3 && knobs.quotaPercent == 90)
    #expect(try await tenant.send("POST", "/admin/faults", #"{"nothing":1}"#).status == 400)
    #expect(try await tenant.send("POST", "/admin/faults", #"{"throttleNext":-1}"#).status == 400)
    for method in ["PUT", "PATCH"] {
      let refused = try await tenant.send(method, "/admin/faults", "{}")
      let words = refused.json?["detail"]?.string ?? ""
      #expect(refused.status == 405 && words.contains("POST"))
      #expect(words.contains("throttleNext") && words.contains("bulkStopAfter"), "\(words)")
    }
    #expect(try await tenant.send("DELETE", "/admin/faults").status == 200)
    #expect(tenant.server.faults.knobs == TenantFaults.Knobs())
    await tenant.server.stop()
  }
}
