import HTTP
import Synchronization
import Testing

/// A value that several tasks change.
private final class Shared<Value: Sendable>: Sendable {
  private let mutex: Mutex<Value>
  init(_ value: Value) { mutex = Mutex(value) }
  var value: Value { mutex.withLock { $0 } }
  func change(_ body: @Sendable (inout Value) -> Void) { mutex.withLock { body(&$0) } }
}

@Suite("A gate for requests")
struct RequestGateTests {
  /// Sends `count` requests through `gate`, each for a moment; the answer is how many were under way
  /// together at most.
  private func most(_ gate: RequestGate, _ count: Int) async throws -> Int {
    let most = Shared(0)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<count {
        group.addTask {
          try await gate.enter()
          most.change { $0 = max($0, gate.load.inFlight) }
          await Task.yield()
          gate.leave(isQuiet: true)
        }
      }
      try await group.waitForAll()
    }
    return most.value
  }

  @Test("lets no more pass at a time than it was made for", arguments: [1, 3, 8])
  func limit(_ limit: Int) async throws {
    let gate = RequestGate(limit: limit)
    #expect(try await most(gate, 200) <= limit)
    #expect(gate.load == (0, 0))
  }

  /// Waits until `count` requests stand in line.
  private func line(_ gate: RequestGate, _ count: Int) async {
    while gate.load.waiting < count { await Task.yield() }
  }

  @Test("lets those of the least rank pass first, and of one rank those that came first")
  func ranks() async throws {
    let gate = RequestGate(limit: 1)
    try await gate.enter()
    let order = Shared<[String]>([])
    try await withThrowingTaskGroup(of: Void.self) { group in
      for (count, rank) in [2, 1, 0, 1].enumerated() {
        group.addTask {
          try await gate.enter(rank: rank)
          order.change { $0.append("\(rank) \(count)") }
          gate.leave(isQuiet: true)
        }
        await line(gate, count + 1)
      }
      gate.leave(isQuiet: true)
      try await group.waitForAll()
    }
    #expect(order.value == ["0 2", "1 1", "1 3", "2 0"])
  }

  @Test("lets half as many pass after a wish for patience, and all of them again in time")
  func width() async throws {
    let gate = RequestGate(limit: 8)
    gate.hold(seconds: 0.01, words: "slowly")
    gate.hold(seconds: 0.01, words: "slowly")
    #expect(gate.width == 4, "two that were under way together are one wish")
    #expect(try await most(gate, 4) <= 4)
    #expect(gate.width == 5)
    _ = try await most(gate, 100)
    #expect(gate.width == 8)
  }

  @Test("gives back the place of one that leaves the line, and keeps no place for it")
  func cancelled() async throws {
    let gate = RequestGate(limit: 1)
    try await gate.enter()
    let waiting = Task { try await gate.enter() }
    await line(gate, 1)
    waiting.cancel()
    await #expect(throws: CancellationError.self) { try await waiting.value }
    #expect(gate.load == (1, 0))
    let early = Task {
      while !Task.isCancelled { await Task.yield() }
      try await gate.enter()
    }
    early.cancel()
    await #expect(throws: CancellationError.self) { try await early.value }
    gate.leave(isQuiet: true)
    #expect(gate.load == (0, 0))
    try await gate.enter()
    #expect(gate.load == (1, 0))
  }
}
