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
    let throttle = RequestGate(limit: 4)
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
    let throttle = RequestGate(limit: 4)
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

  @Test("and names no time is waited for by the usual delays")
  func withoutTime() async throws {
    let directory = FakeDirectory()
    let refused = Mutex(0)
    let server = try directory.serve { request, _ in
      guard request.method == "POST" else { return nil }
      let isRefused = refused.withLock { count in
        count += 1
        return count <= 2
      }
      return isRefused ? directory.reply(429, ["detail": "busy"]) : nil
    }
    defer { server.close() }
    let connector = connector(server)
    #expect(try await connector.export([addUser(1, "ann")])[0].isDone)
    #expect(server.requests.filter { $0.method == "POST" }.count == 3)
    #expect(connector.throttle.count == 2 && connector.throttle.words == "busy")
  }

  @Test("is believed for as long as it names times, and is waited for rather than failed")
  func patient() async throws {
    let directory = FakeDirectory()
    let count = Mutex(0)
    let server = try directory.serve { request, _ in
      guard request.method == "POST" else { return nil }
      let isEarly = count.withLock { count in
        count += 1
        return count <= 12
      }
      return isEarly
        ? directory.reply(429, ["detail": "slow down"], [("Retry-After", "0.02")]) : nil
    }
    defer { server.close() }
    let connector = connector(server)
    #expect(try await connector.export([addUser(1, "ann")])[0].isDone)
    #expect(connector.throttle.count == 12)
  }

  @Test("gets what takes access away before all else of a call")
  func urgent() async throws {
    let directory = FakeDirectory()
    let server = try directory.serve { _, _ in nil }
    defer { server.close() }
    let connector = connector(server) { $0.requestsInFlight = 1 }
    let ids = try await connector.export([addUser(1, "ann"), addUser(2, "bob")])
      .map { outcome -> Anchor? in if case .done(let anchor) = outcome { anchor } else { nil } }
    let dn = try DistinguishedName("CN=x")
    func modify(_ id: Int64, _ anchor: Anchor?, _ name: AttributeName, _ value: AttributeValue)
      -> ExportOperation
    {
      ExportOperation(
        id: id, kind: .modify([AttributeChange(name, .replace([value]))]), objectType: "user",
        anchor: anchor, dn: dn)
    }
    _ = try await connector.export([
      addUser(3, "eve"), modify(4, ids[0], "displayName", "Ann"),
      modify(5, ids[0], "active", .boolean(false)),
      ExportOperation(id: 6, kind: .delete, objectType: "user", anchor: ids[1], dn: dn),
    ])
    let methods = server.requests.suffix(4).map(\.method)
    #expect(methods == ["PATCH", "DELETE", "POST", "PATCH"])
  }
}
