import Foundation
import JSON
import Testing

@testable import Tenant

/// What a client may cost the others, over plain HTTP.
@Suite("Heads and connections are bounded")
struct RequestServerTests {
  /// Does `body` with a tenant of these limits.
  private func serve(
    _ limits: ConnectionTable.Limits = .init(), _ body: (RunningTenant) async throws -> Void
  ) async throws {
    let tenant = try await RunningTenant(limits: limits)
    do {
      try await body(tenant)
    } catch {
      await tenant.server.stop()
      throw error
    }
    await tenant.server.stop()
  }

  /// The words of the refusal that comes next, in the shape of the face at `path`.
  private func refusal(_ client: RawClient, _ status: Int, of path: String) async throws -> String {
    let head = try #require(await client.head())
    #expect(head.hasPrefix("HTTP/1.1 \(status) "), "\(head)")
    #expect(head.lowercased().contains("connection: close"))
    let size = try #require(head.lowercased().firstMatch(of: /content-length: (\d+)/)?.output.1)
    let body = try object(try #require(await client.body(Int(size) ?? 0)))
    #expect(await client.head() == nil, "The connection goes on")
    return path.hasPrefix("/v1.0")
      ? body["error"]?["message"]?.string ?? "" : body["detail"]?.string ?? ""
  }

  @Test(
    "A head without an end is refused after its first 64 kB, in the face's shape",
    arguments: [
      "GET /v1.0/users HTTP/1.1\r\nX: ", "GET /v1.0/users?$filter=",
      "GET /scim/v2/Users HTTP/1.1\r\n", "",
    ])
  func endlessHead(_ beginning: String) async throws {
    try await serve { tenant in
      let client = try RawClient(port: tenant.port)
      // The server may be gone before all is sent.
      await client.send(beginning + String(repeating: "y", count: 1 << 20))
      let words = try await refusal(client, 431, of: String(beginning.dropFirst(4)))
      #expect(words.contains("65536 bytes"), "\(words)")
      #expect(try await tenant.count() == 0)
    }
  }

  @Test("Who waits for a word before the body gets it, and who sends none does not")
  func waitsForWord() async throws {
    try await serve { tenant in
      let client = try RawClient(port: tenant.port)
      let start = "POST /v1.0/users HTTP/1.1\r\nHost: x\r\n"
      await client.send(start + "Expect: 100-Continue\r\nContent-Length: 2\r\n\r\n")
      #expect(await client.head()?.hasPrefix("HTTP/1.1 100 Continue") == true)
      await client.send("{}")
      let answer = try #require(await client.head())
      #expect(answer.hasPrefix("HTTP/1.1 401 "), "\(answer)")
      let size = try #require(answer.lowercased().firstMatch(of: /content-length: (\d+)/)?.output.1)
      _ = await client.body(Int(size) ?? 0)
      await client.send(start + "Expect: 100-continue\r\nContent-Length: 0\r\n\r\n")
      #expect(await client.head()?.hasPrefix("HTTP/1.1 401 ") == true)
    }
  }

  @Test("A head that does not become whole in its time is refused, however often a byte comes")
  func slowHead() async throws {
    var limits = ConnectionTable.Limits()
    limits.head = .milliseconds(400)
    try await serve(limits) { tenant in
      let client = try RawClient(port: tenant.port)
      await client.send("GET /v1.0/users HTTP/1.1\r\nX: ")
      let bytes = Task {
        while !Task.isCancelled, await client.send("y") {
          try await Task.sleep(for: .milliseconds(20))
        }
      }
      let words = try await refusal(client, 408, of: "")
      bytes.cancel()
      #expect(words.contains("0.4 seconds"), "\(words)")
      #expect(try await tenant.count() == 0)
    }
  }

  @Test("Where all places are taken, the one that is idle for the longest time is another's")
  func full() async throws {
    var limits = ConnectionTable.Limits()
    limits.most = 4
    try await serve(limits) { tenant in
      let request = "GET /scim/v2/Users HTTP/1.1\r\n\r\n"
      let idle = try (0..<4).map { _ in try RawClient(port: tenant.port) }
      // Each has been answered, so that their order is known.
      for client in idle {
        await client.send(request)
        let head = try #require(await client.head())
        let size = try #require(head.lowercased().firstMatch(of: /content-length: (\d+)/)?.output.1)
        _ = await client.body(Int(size) ?? 0)
      }
      let fifth = try RawClient(port: tenant.port)
      await fifth.send(request)
      #expect(await fifth.head()?.hasPrefix("HTTP/1.1 401") == true)
      #expect(await idle[0].head() == nil, "The oldest is still there")
      await idle[3].send(request)
      #expect(await idle[3].head()?.hasPrefix("HTTP/1.1 401") == true)
    }
  }

  @Test(
    "What can't be told from the next request is refused and ends the connection",
    arguments: [
      "nonsense\r\n\r\n", "GET /v1.0/users\r\n\r\n",
      "POST /x HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
      "POST /x HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
      "POST /x HTTP/1.1\r\nContent-Length: +1\r\n\r\n",
      "POST /x HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
      "POST /x HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n",
      "POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
      "POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabX",
    ])
  func malformed(_ text: String) async throws {
    try await serve { tenant in
      let client = try RawClient(port: tenant.port)
      await client.send(text + "\r\n")
      let words = try await refusal(
        client, 400, of: text.contains("/v1.0") ? "/v1.0" : "")
      #expect(!words.isEmpty)
    }
  }

  @Test("Requests in a row are answered in a row, in pieces of any size, with bodies of both forms")
  func pieces() async throws {
    try await serve { tenant in
      func user(_ name: String) -> String {
        #"{"schemas":["\#(TestTenant.userURN)"],"userName":"\#(name)@example.com"}"#
      }
      func head(_ more: String) -> String {
        "POST /scim/v2/Users HTTP/1.1\r\nAuthorization: Bearer \(RunningTenant.token)\r\n"
          + "Content-Type: application/scim+json\r\n\(more)\r\n\r\n"
      }
      let (first, second) = (user("a"), user("b"))
      let (start, end) = (second.prefix(7), second.dropFirst(7))
      let text =
        "\r\n" + head("Content-Length: \(first.utf8.count)") + first
        + head("Transfer-Encoding: chunked")
        + "\(String(start.utf8.count, radix: 16));x=y\r\n\(start)\r\n"
        + "\(String(end.utf8.count, radix: 16))\r\n\(end)\r\n0\r\nX-Trailer: x\r\n\r\n"
        + "GET /scim/v2/Users?count=0 HTTP/1.1\nAuthorization: Bearer \(RunningTenant.token)\n"
        + "Connection: close\n\n"
      for size in [1, 7, text.utf8.count] {
        let client = try RawClient(port: tenant.port)
        var rest = text[...]
        while !rest.isEmpty {
          await client.send(String(rest.prefix(size)))
          rest = rest.dropFirst(size)
        }
        let status = size == 1 ? "201" : "409"
        for expected in [status, status, "200"] {
          let head = try #require(await client.head())
          #expect(head.hasPrefix("HTTP/1.1 \(expected) "), "\(size): \(head)")
          let count = try #require(
            head.lowercased().firstMatch(of: /content-length: (\d+)/)?.output.1)
          let body = try #require(await client.body(Int(count) ?? 0))
          if expected == "200" { #expect(try object(body)["totalResults"] == 2) }
        }
        #expect(await client.head() == nil)
      }
    }
  }

  @Test("An answer without a body has no size, and one to HEAD that of its body")
  func sizes() async throws {
    try await serve { tenant in
      let id = try #require(try await tenant.user("a@example.com").json?["id"]?.string)
      let client = try RawClient(port: tenant.port)
      let token = "Authorization: Bearer \(RunningTenant.token)\r\n\r\n"
      await client.send("HEAD /scim/v2/Users/\(id) HTTP/1.1\r\n\(token)")
      let head = try #require(await client.head()).lowercased()
      #expect(head.contains("content-length: ") && !head.contains("content-length: 0"))
      await client.send("DELETE /scim/v2/Users/\(id) HTTP/1.1\r\n\(token)")
      let deleted = try #require(await client.head())
      #expect(deleted.hasPrefix("HTTP/1.1 204 No Content"))
      #expect(!deleted.lowercased().contains("content-length"))
      await client.send("GET /scim/v2/Users/\(id) HTTP/1.1\r\n\(token)")
      #expect(await client.head()?.hasPrefix("HTTP/1.1 404") == true)
    }
  }
}
