import Directory
import HTTPTesting
import Synchronization
import Testing

@testable import HTTP

@Suite("A client with patience", .timeLimit(.minutes(2)))
struct PatientClientTests {
  private func ask(
    _ server: ScriptedServer, tries: Int = 3, firstDelay: Double = 0.01, isRepeatable: Bool = true,
    longestWait: Double = 60
  ) async -> Result<HTTPResponse, RequestError> {
    let client = PatientClient(
      HTTPClient(), limit: 1,
      retry: RetryPolicy(tries: tries, firstDelay: firstDelay, longestDelay: 1),
      longestWait: longestWait)
    do throws(RequestError) {
      return .success(
        try await client.send(isRepeatable: isRepeatable, words: { _ in "busy" }) {
          HTTPRequest("PATCH", server.url + "/x", body: [], isRepeatable: isRepeatable)
        })
    } catch {
      return .failure(error)
    }
  }

  private func error(_ result: Result<HTTPResponse, RequestError>) -> RequestError? {
    if case .failure(let error) = result { error } else { nil }
  }

  /// A server that reacts so, one request after the other, and then always by the last.
  private func server(_ reactions: Reaction...) throws -> ScriptedServer {
    let count = Mutex(0)
    return try ScriptedServer { _ in
      count.withLock { count in
        defer { count += 1 }
        return reactions[min(count, reactions.count - 1)]
      }
    }
  }

  private static let longWait = Reaction.answer(429, [("Retry-After", "3600")], [])

  @Test("that is told to wait for too long has sent nothing, if that was its only try")
  func tooLong() async throws {
    let server = try server(Self.longWait)
    defer { server.close() }
    let error = try #require(error(await ask(server)))
    #expect(error.nothingWasSent)
    #expect(error.text.contains("3600 s"))
  }

  @Test("tells of an absurd wish no longer time than it is kept")
  func absurd() async throws {
    let server = try server(.answer(429, [("Retry-After", "999999999")], []))
    defer { server.close() }
    let client = PatientClient(
      HTTPClient(), limit: 1, retry: RetryPolicy(tries: 3, firstDelay: 0.01, longestDelay: 1),
      longestWait: 60, waits: LongWaits())
    await #expect {
      _ = try await client.send(isRepeatable: true, words: { _ in "slow down" }) {
        HTTPRequest("GET", server.url + "/x")
      }
    } throws: { error in
      guard case .waitTooLong(let seconds, _) = error as? RequestError else { return false }
      return seconds == LongWaits.longest
    }
  }

  @Test("sends nothing to a server that wants to be left alone, with all who remember that")
  func leftAlone() async throws {
    let server = try server(Self.longWait, .answer(200))
    defer { server.close() }
    let waits = LongWaits()
    func ask(_ waits: LongWaits?) async -> Result<HTTPResponse, RequestError> {
      let client = PatientClient(
        HTTPClient(), limit: 1, retry: RetryPolicy(tries: 3, firstDelay: 0.01, longestDelay: 1),
        longestWait: 60, waits: waits)
      do throws(RequestError) {
        return .success(
          try await client.send(isRepeatable: true, words: { _ in "slow down" }) {
            HTTPRequest("GET", server.url + "/x")
          })
      } catch {
        return .failure(error)
      }
    }
    for _ in 0..<3 {
      let error = try #require(error(await ask(waits)))
      #expect(error.nothingWasSent && error.text.contains("slow down"), "\(error.text)")
      guard case .waitTooLong(let seconds, _) = error else {
        Issue.record("\(error)")
        return
      }
      #expect(seconds > 3500 && seconds <= 3600)
    }
    #expect(server.requests.count == 1)
    // Whoever has no such memory asks again.
    #expect(try await ask(nil).get().status == 200)
  }

  @Test("A wish that is over holds up nothing, and none does for years")
  func overAndAbsurd() throws {
    let waits = LongWaits()
    #expect(waits.note(seconds: 0, words: "soon") == 0)
    try waits.check()
    #expect(waits.note(seconds: 1e9, words: "never") == LongWaits.longest)
    // A shorter wish ends no longer one.
    let left = waits.note(seconds: 60, words: "soon")
    #expect(left > LongWaits.longest - 60 && left <= LongWaits.longest)
    #expect {
      try waits.check()
    } throws: { error in
      guard case .waitTooLong(let seconds, let words) = error as? RequestError else { return false }
      return seconds > LongWaits.longest - 60 && seconds <= LongWaits.longest && words == "never"
    }
  }

  @Test(
    "does not say that nothing was sent where an earlier try got no clear answer",
    arguments: [Reaction.close, .answer(500), .answer(503)])
  func earlierTry(_ first: Reaction) async throws {
    let server = try server(first, Self.longWait)
    defer { server.close() }
    let error = try #require(error(await ask(server)))
    #expect(!error.nothingWasSent)
    #expect(error.text.contains("3600 s") && error.text.contains("may have been carried out"))
  }

  @Test("takes a 503 with too long a time for what may have been carried out")
  func unavailable() async throws {
    let server = try server(.answer(503, [("Retry-After", "3600")], []))
    defer { server.close() }
    #expect(try #require(error(await ask(server))).nothingWasSent == false)
  }

  @Test("takes a 403 that tells of a limit for a wish to wait, and sends even a POST again")
  func limitOfRights() async throws {
    let limit = Reaction.answer(
      403, [("X-RateLimit-Remaining", "0"), ("X-RateLimit-Reset", "0")], [])
    let server = try server(limit, .answer(201))
    defer { server.close() }
    #expect(try await ask(server, isRepeatable: false).get().status == 201)
    #expect(server.requests.count == 2)
  }

  @Test(
    "waits by its own delays where a limit would be for longer than is allowed",
    arguments: ["3900", "0", nil])
  func longLimit(remaining: String?) async throws {
    let fields =
      [("X-RateLimit-Reset", "3000")] + (remaining.map { [("X-RateLimit-Remaining", $0)] } ?? [])
    let server = try server(.answer(429, fields, []), .answer(200))
    defer { server.close() }
    #expect(try await ask(server).get().status == 200)
    #expect(server.requests.count == 2)
  }

  @Test("takes any other 403 for an answer")
  func rights() async throws {
    let server = try server(.answer(403, [("X-RateLimit-Remaining", "9")], []))
    defer { server.close() }
    #expect(try await ask(server).get().status == 403)
    #expect(server.requests.count == 1)
  }

  @Test("waits by its own delays where the server asks for no time", arguments: ["0", nil])
  func noTime(_ text: String?) async throws {
    let server = try server(.answer(429, text.map { [("Retry-After", $0)] } ?? [], []))
    defer { server.close() }
    let start = ContinuousClock.now
    let result = await ask(server, tries: 3, firstDelay: 0.2)
    // Half of the first delay and of the second, at least.
    #expect(ContinuousClock.now - start >= .milliseconds(300))
    #expect(server.requests.count == 3)
    #expect(try result.get().status == 429)
  }

  @Test("asks a server that names moments only so often as its patience and its own delay allow")
  func moments() async throws {
    let server = try server(.answer(429, [("Retry-After", "0.001")], []))
    defer { server.close() }
    let result = await ask(server, tries: 2, firstDelay: 0.1, longestWait: 0.5)
    #expect(try result.get().status == 429)
    // Half of the first delay at least, until half a second is used up, and the tries.
    #expect(server.requests.count <= 12, "\(server.requests.count)")
    #expect(server.requests.count > 2)
  }

  /// Sends by a client to a service that is gone for the first `times` that it is looked for.
  private func send(
    _ client: PatientClient, to server: ScriptedServer, goneFor times: Int
  ) async -> Result<HTTPResponse, RequestError> {
    let count = Mutex(0)
    do throws(RequestError) {
      return .success(
        try await client.send(isRepeatable: false, words: { _ in "busy" }) {
          () throws(RequestError) in
          let isGone = count.withLock { count in
            count += 1
            return count <= times
          }
          if isGone { throw RequestError(ofSecret: ServiceGone("it does not run")) }
          return HTTPRequest("POST", server.url + "/x", body: [])
        })
    } catch {
      return .failure(error)
    }
  }

  private func client(delay: Double) -> PatientClient {
    PatientClient(
      HTTPClient(), limit: 1,
      retry: RetryPolicy(tries: 3, firstDelay: delay, longestDelay: delay), longestWait: 60)
  }

  @Test("looks again for a service that is gone, which may start anew, and shows nobody a secret")
  func startsAnew() async throws {
    let server = try server(.answer(201))
    defer { server.close() }
    let client = client(delay: 0.001)
    #expect(try await send(client, to: server, goneFor: 2).get().status == 201)
    #expect(server.requests.count == 1)
    #expect(client.silence == nil)
    let error = try #require(error(await send(client, to: server, goneFor: 3)))
    #expect(error.nothingWasSent && error.text.contains("it does not run"))
    #expect(server.requests.count == 1)
    #expect(client.silence == nil)
  }

  @Test("tells that it waits for one that is gone, and waits no more once the task is cancelled")
  func cancelledWhileGone() async throws {
    let server = try server(.answer(201))
    defer { server.close() }
    let client = client(delay: 3600)
    let task = Task { await send(client, to: server, goneFor: 2) }
    while client.silence == nil { await Task.yield() }
    #expect(client.silence?.attempt == 1)
    task.cancel()
    let error = try #require(error(await task.value))
    #expect(error.isCancelled && error.nothingWasSent)
    #expect(server.requests.isEmpty)
  }
}
