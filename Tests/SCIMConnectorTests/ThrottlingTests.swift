import Directory
import HTTP
import HTTPTesting
import JSON
import Synchronization
import Testing

@testable import SCIMConnector

@Suite("A server that asks for patience")
struct ThrottlingTests {
  @Test("is not asked anything before the time it names, by anyone")
  func allWait() async throws {
    let directory = FakeDirectory()
    let times = Mutex<[ContinuousClock.Instant]>([])
    let server = try directory.serve { request, _ in
      guard request.method == "POST" else { return nil }
      let count = times.withLock { times in
        times.append(.now)
        return times.count
      }
      return count == 1
        ? directory.reply(429, ["detail": "slow down"], [("Retry-After", "1")]) : nil
    }
    defer { server.close() }
    let connector = connector(server) { $0.requestsInFlight = 1 }
    let operations = try (1...3).map { try addUser(Int64($0), "user\($0)") }
    let outcomes = try await connector.export(operations)
    #expect(outcomes.allSatisfy { $0.isDone })
    let seen = times.withLock { $0 }
    #expect(seen.count == 4)
    #expect(seen[1] - seen[0] >= .milliseconds(990))
    #expect(connector.throttle.count == 1)
    #expect(connector.throttle.words == "slow down")
    #expect(connector.throttle.waitsUntil != nil)
  }

  @Test("holds every request of the connector back")
  func shared() async throws {
    let throttle = Throttle()
    // From before the hold: a machine that is busy in between takes nothing off what is measured.
    let start = ContinuousClock.now
    throttle.hold(seconds: 0.2, words: "a")
    throttle.hold(seconds: 0.01, words: "b")
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<4 { group.addTask { try await throttle.pass() } }
      try await group.waitForAll()
    }
    #expect(ContinuousClock.now - start >= .milliseconds(190))
    #expect(throttle.shown.count == 2)
    try await throttle.pass()
  }

  @Test("lets a wait be cancelled")
  func cancelled() async {
    let throttle = Throttle()
    throttle.hold(seconds: 3600, words: "")
    let task = Task { try await throttle.pass() }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
  }

  @Test("ends the step when it asks for more than is allowed")
  func tooLong() async throws {
    let directory = FakeDirectory()
    let server = try directory.serve { request, _ in
      request.method == "POST"
        ? directory.reply(429, ["detail": "come back tomorrow"], [("Retry-After", "86400")]) : nil
    }
    defer { server.close() }
    let failure = await failure { _ = try await connector(server).export([addUser(1, "ann")]) }
    #expect(failure?.result == .stoppedConnectivity)
    #expect(failure?.serverWords == "come back tomorrow")
    #expect(failure?.message.contains("86400") == true)
  }

  @Test("is asked a limited number of times")
  func limited() async throws {
    let directory = FakeDirectory()
    let server = try directory.serve { request, _ in
      request.method == "POST"
        ? directory.reply(429, ["detail": "no"], [("Retry-After", "0")]) : nil
    }
    defer { server.close() }
    let outcomes = try await connector(server).export([addUser(1, "ann")])
    #expect(outcomes[0].failure?.isTransient == true)
    #expect(outcomes[0].failure?.message == "no")
    #expect(server.requests.filter { $0.method == "POST" }.count == 4)
  }
}
