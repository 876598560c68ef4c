import Dispatch
import HTTPTesting
import Testing

@testable import HTTP

@Suite("The HTTP client")
struct HTTPClientTests {
  private func ask(
    _ client: HTTPClient, _ request: HTTPRequest
  ) async -> Result<HTTPResponse, HTTPError> {
    do throws(HTTPError) {
      return .success(try await client.send(request))
    } catch {
      return .failure(error)
    }
  }

  private func error(_ result: Result<HTTPResponse, HTTPError>) -> HTTPError? {
    if case .failure(let error) = result { error } else { nil }
  }

  @Test("sends method, header fields and body, and gives status, fields and body")
  func exchange() async throws {
    let server = try ScriptedServer { _ in
      .answer(201, [("ETag", "W/\"1\""), ("Location", "/Users/7")], Array("hello".utf8))
    }
    defer { server.close() }
    let client = HTTPClient()
    let response = try await client.send(
      HTTPRequest(
        "POST", server.url + "/Users?a=b", headers: [("Content-Type", "text/plain")],
        body: Array("body".utf8)))
    #expect(response.status == 201)
    #expect(response.header("etag") == "W/\"1\"")
    #expect(response.header("location") == "/Users/7")
    #expect(response.body == Array("hello".utf8))
    let request = try #require(server.requests.first)
    #expect(request.method == "POST")
    #expect(request.target == "/Users?a=b")
    #expect(request.headers["content-type"] == "text/plain")
    #expect(request.headers["expect"] == nil)
    #expect(request.body == Array("body".utf8))
  }

  @Test("sends every method it is given", arguments: ["GET", "PATCH", "DELETE", "PUT"])
  func methods(method: String) async throws {
    let server = try ScriptedServer { _ in .answer(204) }
    defer { server.close() }
    let body: [UInt8]? = method == "PATCH" || method == "PUT" ? [1, 2, 3] : nil
    let response = try await HTTPClient().send(HTTPRequest(method, server.url, body: body))
    #expect(response.status == 204)
    #expect(server.requests.first?.method == method)
    #expect(server.requests.first?.body == body ?? [])
  }

  @Test("sends an empty body and a large one")
  func bodies() async throws {
    let server = try ScriptedServer { .answer(200, [], $0.body) }
    defer { server.close() }
    let client = HTTPClient()
    let empty = try await client.send(HTTPRequest("POST", server.url, body: []))
    #expect(empty.body.isEmpty)
    let large = [UInt8](repeating: 0x61, count: 3 << 20)
    let echo = try await client.send(HTTPRequest("POST", server.url, body: large))
    #expect(echo.body == large)
  }

  @Test("keeps connections open from one request to the next")
  func keepAlive() async throws {
    let server = try ScriptedServer { _ in .answer(200) }
    defer { server.close() }
    let client = HTTPClient()
    for _ in 0..<5 { _ = try await client.send(HTTPRequest("GET", server.url)) }
    #expect(Set(server.requests.map(\.connection)) == [0])
  }

  @Test("has many requests under way, over no more connections than allowed")
  func parallel() async throws {
    let server = try ScriptedServer { .answer(200, [], Array($0.target.utf8)) }
    defer { server.close() }
    var settings = HTTPClient.Settings()
    settings.connectionsPerHost = 3
    let client = HTTPClient(settings)
    let bodies = try await withThrowingTaskGroup(of: String.self) { group in
      for number in 0..<200 {
        group.addTask {
          let response = try await client.send(HTTPRequest("GET", server.url + "/\(number)"))
          return String(decoding: response.body, as: UTF8.self)
        }
      }
      return try await group.reduce(into: Set<String>()) { $0.insert($1) }
    }
    #expect(bodies == Set((0..<200).map { "/\($0)" }))
    #expect(Set(server.requests.map(\.connection)).count <= 3)
  }

  @Test("says that nothing was sent when nobody listens")
  func refused() async throws {
    let port = try unusedPort()
    let result = await ask(HTTPClient(), HTTPRequest("POST", "http://127.0.0.1:\(port)/"))
    #expect(error(result)?.code == .couldNotConnect)
    #expect(error(result)?.nothingWasSent == true)
  }

  @Test("says that a request was sent when the server closes without an answer")
  func closed() async throws {
    let server = try ScriptedServer { _ in .close }
    defer { server.close() }
    let result = await ask(HTTPClient(), HTTPRequest("POST", server.url, body: [1]))
    #expect(error(result)?.code == .unanswered)
    #expect(server.requests.count == 1)
  }

  @Test("never repeats a POST by itself when a kept connection closes")
  func postIsNotRepeated() async throws {
    let server = try ScriptedServer { $0.target == "/first" ? .answer(200) : .close }
    defer { server.close() }
    let client = HTTPClient()
    _ = try await client.send(HTTPRequest("POST", server.url + "/first", body: [1]))
    let result = await ask(client, HTTPRequest("POST", server.url + "/second", body: [1]))
    #expect(error(result)?.code == .unanswered)
    #expect(server.requests.map(\.target) == ["/first", "/second"])
  }

  @Test("says that a request was sent when the time runs out during the answer")
  func stalled() async throws {
    let server = try ScriptedServer { _ in .stall(promised: 100, sent: 10) }
    defer { server.close() }
    let result = await ask(HTTPClient(), HTTPRequest("GET", server.url, timeout: 0.3))
    #expect(error(result)?.code == .unanswered)
  }

  @Test("does not take a body that ends too early")
  func truncated() async throws {
    let server = try ScriptedServer { _ in
      .raw(Array("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"a\"".utf8))
    }
    defer { server.close() }
    let result = await ask(HTTPClient(), HTTPRequest("POST", server.url, body: [1]))
    #expect(error(result)?.code == .unanswered)
  }

  @Test("does not take what is no HTTP")
  func noHTTP() async throws {
    let server = try ScriptedServer { _ in .raw(Array("SSH-2.0-OpenSSH_9.2\r\n".utf8)) }
    defer { server.close() }
    let result = await ask(HTTPClient(), HTTPRequest("POST", server.url, body: [1]))
    #expect(error(result)?.code == .unanswered)
  }

  @Test("stops reading an answer without end")
  func endless() async throws {
    let server = try ScriptedServer { _ in .endless }
    defer { server.close() }
    var settings = HTTPClient.Settings()
    settings.maxResponseSize = 1 << 20
    let result = await ask(HTTPClient(settings), HTTPRequest("GET", server.url))
    #expect(error(result)?.code == .tooLarge)
  }

  @Test("takes an answer of just the allowed size")
  func limit() async throws {
    let server = try ScriptedServer { _ in .answer(200, [], Array(repeating: 1, count: 1000)) }
    defer { server.close() }
    var settings = HTTPClient.Settings()
    settings.maxResponseSize = 1000
    #expect(try await HTTPClient(settings).send(HTTPRequest("GET", server.url)).body.count == 1000)
    settings.maxResponseSize = 999
    let result = await ask(HTTPClient(settings), HTTPRequest("GET", server.url))
    #expect(error(result)?.code == .tooLarge)
  }

  @Test("ends a request whose task is cancelled")
  func cancelled() async throws {
    let server = try ScriptedServer { _ in .stall(promised: 100, sent: 0) }
    defer { server.close() }
    let client = HTTPClient()
    let task = Task { await ask(client, HTTPRequest("GET", server.url, timeout: 60)) }
    while server.requests.isEmpty { await Task.yield() }
    task.cancel()
    #expect(error(await task.value)?.code == .cancelled)
  }

  @Test("sends nothing for a task that is cancelled already")
  func cancelledBefore() async throws {
    let server = try ScriptedServer { _ in .stall(promised: 1, sent: 0) }
    defer { server.close() }
    let client = HTTPClient()
    let task = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      return await ask(client, HTTPRequest("GET", server.url, timeout: 60))
    }
    #expect(try #require(error(await task.value)).isCancelled)
  }

  @Test(
    "gives a request that may change something the time to be answered when its task is cancelled",
    arguments: [60.0, 0])
  func cancelledWrite(secondsToFinish: Double) async throws {
    let mayAnswer = DispatchSemaphore(value: 0)
    let server = try ScriptedServer { _ in
      mayAnswer.wait()
      return .answer(204)
    }
    defer { server.close() }
    var settings = HTTPClient.Settings()
    settings.secondsToFinish = secondsToFinish
    let client = HTTPClient(settings)
    let task = Task { await ask(client, HTTPRequest("PATCH", server.url, timeout: 60)) }
    while server.requests.isEmpty { await Task.yield() }
    task.cancel()
    if secondsToFinish > 0 {
      mayAnswer.signal()
      #expect(try await task.value.get().status == 204)
    } else {
      #expect(error(await task.value)?.code == .cancelled)
      mayAnswer.signal()
    }
  }

  @Test("does not follow redirects, which would carry the token elsewhere")
  func redirect() async throws {
    let server = try ScriptedServer { _ in .answer(307, [("Location", "/elsewhere")]) }
    defer { server.close() }
    let response = try await HTTPClient().send(HTTPRequest("GET", server.url))
    #expect(response.status == 307)
    #expect(server.requests.count == 1)
  }

  @Test("tells a TLS fault apart, with nothing sent")
  func tls() async throws {
    let server = try ScriptedServer { _ in .answer(200) }
    defer { server.close() }
    let url = "https://127.0.0.1:\(server.port)/"
    // The server waits for a request's end and answers the handshake with nothing.
    let result = await ask(HTTPClient(), HTTPRequest("POST", url, body: [1], timeout: 0.5))
    #expect(error(result)?.nothingWasSent == true)
    #expect(server.requests.isEmpty)
  }

  @Test("refuses what is no URL, and other protocols", arguments: ["", "ftp://127.0.0.1/", "x y"])
  func noURL(url: String) async {
    let result = await ask(HTTPClient(), HTTPRequest("GET", url, timeout: 5))
    #expect(error(result)?.nothingWasSent == true)
  }

  @Test("sends again what does no harm when a kept connection closes")
  func repeatable() async throws {
    let server = try ScriptedServer {
      $0.connection == 0 && $0.target == "/2" ? .close : .answer(200)
    }
    defer { server.close() }
    let client = HTTPClient()
    _ = try await client.send(HTTPRequest("GET", server.url + "/1"))
    let response = try await client.send(HTTPRequest("GET", server.url + "/2"))
    #expect(response.status == 200)
    #expect(server.requests.map(\.target) == ["/1", "/2", "/2"])
  }

  @Test("knows loopback addresses")
  func loopback() {
    for url in [
      "http://127.0.0.1:80/x", "http://localhost", "http://[::1]:8080/", "http://127.9.9.9",
      "http://[::ffff:127.0.0.1]:8080", "http://[::FFFF:7f00:1]", "http://[0:0:0:0:0:0:0:1]:8080",
    ] { #expect(HTTPURL.isLoopback(url), "\(url)") }
    for url in [
      "http://127.0.0.1.example.com/", "http://example.com", "http://128.0.0.1", "x",
      "http://[::ffff:10.0.0.1]", "http://[::2]",
    ] {
      #expect(!HTTPURL.isLoopback(url), "\(url)")
    }
  }

  @Test("encodes what a query may not hold")
  func encoding() {
    #expect(HTTPURL.encode("a b\"é&=/") == "a%20b%22%C3%A9%26%3D%2F")
    #expect(HTTPURL.encode("Az09-._~") == "Az09-._~")
  }
}
