import Foundation
import JSON
import Testing

@testable import Tenant

@Suite("Requests as they come over a connection")
struct RequestTests {
  private let authorization = "Authorization: Bearer \(RunningTenant.token)\r\n"

  private func length(_ head: String?) throws -> Int {
    let line = try #require(
      head?.split(separator: "\r\n").first { $0.lowercased().hasPrefix("content-length:") })
    return try #require(Int(line.drop { $0 != " " }.dropFirst()))
  }

  @Test(
    "An answer to HEAD has no body, and the next one stands right behind it",
    arguments: [
      ("/scim/v2/Users", 200), ("/v1.0/users", 405), ("/passwords/v1/ping", 405),
      ("/admin/faults", 405),
    ])
  func head(_ path: String, _ status: Int) async throws {
    let tenant = try await RunningTenant(faults: true)
    let client = try RawClient(port: tenant.port)
    await client.send("HEAD \(path) HTTP/1.1\r\nHost: x\r\n\(authorization)\r\n")
    let head = await client.head()
    #expect(head?.hasPrefix("HTTP/1.1 \(status) ") == true, "\(head ?? "nothing")")
    #expect(try length(head) > 0)
    await client.send(
      "GET /scim/v2/Users?count=0 HTTP/1.1\r\nHost: x\r\n\(authorization)\r\n")
    let next = await client.head()
    #expect(next?.hasPrefix("HTTP/1.1 200 ") == true, "\(next ?? "nothing")")
    let body = await client.body(try length(next))
    #expect(body?.contains("totalResults") == true)
    await tenant.server.stop()
  }

  @Test(
    "Somebody unknown is answered before the body is taken, and the connection goes on",
    arguments: ["/scim/v2/Users", "/v1.0/users", "/passwords/v1/provision"])
  func unknown(_ path: String) async throws {
    let tenant = try await RunningTenant(maximumPayload: 16 << 20)
    let client = try RawClient(port: tenant.port)
    let body = String(repeating: "x", count: 100_000)
    for _ in 1...2 {
      await client.send("POST \(path) HTTP/1.1\r\nContent-Length: \(body.count)\r\n\r\n" + body)
      let head = await client.head()
      #expect(head?.hasPrefix("HTTP/1.1 401 ") == true, "\(head ?? "nothing")")
      let answer = await client.body(try length(head))
      #expect(answer != nil)
    }
    // A large one is not heard: the connection ends without waiting for it.
    await client.send("POST \(path) HTTP/1.1\r\nContent-Length: 8000000\r\n\r\n")
    let end = await client.head()
    #expect(end == nil)
    await tenant.server.stop()
  }

  @Test(
    "A head that is too large is refused in the words of its path, and the connection goes on",
    arguments: ["/scim/v2/Users", "/v1.0/users", "/passwords/v1/provision"])
  func largeHead(_ path: String) async throws {
    let tenant = try await RunningTenant()
    let client = try RawClient(port: tenant.port)
    let many = (1...101).map { "X-\($0): y\r\n" }.joined()
    let long = "X-Long: " + String(repeating: "y", count: 33_000) + "\r\n"
    for (fields, words) in [(many, "header fields; 100 are"), (long, "32768 are allowed")] {
      await client.send("GET \(path) HTTP/1.1\r\n\(authorization)\(fields)\r\n")
      let head = await client.head()
      #expect(head?.hasPrefix("HTTP/1.1 431 ") == true, "\(head ?? "nothing")")
      let body = await client.body(try length(head))
      #expect(body?.contains(words) == true, "\(body ?? "nothing")")
    }
    let few = (1...90).map { "X-\($0): y\r\n" }.joined()
    await client.send("GET /v1.0/users HTTP/1.1\r\n\(authorization)\(few)\r\n")
    let next = await client.head()
    #expect(next?.hasPrefix("HTTP/1.1 200 ") == true, "\(next ?? "nothing")")
    await tenant.server.stop()
  }

  @Test("A form that asks for a token is small, or refused")
  func form() async throws {
    let tenant = try await RunningTenant(maximumPayload: 16 << 20)
    let answer = try await tenant.send(
      "POST", "/t/oauth2/v2.0/token", "a=" + String(repeating: "x", count: 100_000),
      headers: ["Authorization": "", "Content-Type": "application/x-www-form-urlencoded"])
    #expect(answer.status == 413)
    await tenant.server.stop()
  }

  @Test(
    "An escape in a URL has two hexadecimal digits", arguments: ["%+F", "%-1", "%F", "%", "%0g"])
  func escapes(_ text: String) {
    #expect(Percent.decode(text, isQuery: false) == nil)
    #expect(Percent.decode("%2bx%C3%bc", isQuery: true) == "+xü")
  }
}
