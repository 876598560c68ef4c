import Glibc
import Testing

@testable import Tenant

@Suite("The table of connections")
struct ConnectionTableTests {
  /// A pair of sockets that is closed with the value.
  private final class Pair: Sendable {
    let (near, far): (Int32, Int32)

    init() {
      var both: [Int32] = [-1, -1]
      socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &both)
      (near, far) = (both[0], both[1])
    }

    deinit {
      close(near)
      close(far)
    }

    /// Whether the near side reads an end.
    var isEnded: Bool {
      var byte: UInt8 = 0
      return recv(near, &byte, 1, Int32(MSG_DONTWAIT)) == 0
    }
    /// Whether the near side can still write.
    var isWritable: Bool { send(near, "x", 1, Int32(MSG_NOSIGNAL)) == 1 }
  }

  private func table() -> ConnectionTable {
    var limits = ConnectionTable.Limits()
    (limits.head, limits.silence) = (.seconds(20), .seconds(600))
    limits.farewell = .seconds(2)
    return ConnectionTable(limits)
  }

  @Test(
    "A connection is ended when its time is over, one at work never",
    arguments: [
      (.idle, 600), (.head, 20), (.body, 600), (.sending, 600), (.farewell, 2), (.working, nil),
    ] as [(ConnectionTable.Phase, Int?)])
  func times(_ phase: ConnectionTable.Phase, _ seconds: Int?) throws {
    let (table, pair) = (table(), Pair())
    let number = try #require(table.add(pair.near))
    table.enter(phase, number)
    table.sweep(.now + .seconds((seconds ?? 100_000) - 1))
    #expect(!pair.isEnded && !table.isLate(number))
    table.sweep(.now + .seconds((seconds ?? 100_000) + 1))
    #expect(pair.isEnded == (seconds != nil))
    // Who was late with a head is still told.
    #expect(table.isLate(number) == (phase == .head))
    #expect(pair.isWritable == [.head, .working].contains(phase))
  }

  @Test("The time of a head runs from its first byte, that of silence from its last")
  func since() async throws {
    let (table, pairs) = (table(), [Pair(), Pair()])
    let numbers = try pairs.map { try #require(table.add($0.near)) }
    table.enter(.head, numbers[0])
    table.enter(.body, numbers[1])
    let begin = ContinuousClock.now
    while ContinuousClock.now == begin {}
    for (number, phase) in zip(numbers, [ConnectionTable.Phase.head, .body]) {
      #expect(table.enter(phase, number))
    }
    table.sweep(begin + .seconds(20))
    #expect(table.isLate(numbers[0]) == false || pairs[0].isEnded)
    table.sweep(begin + .seconds(20) + .nanoseconds(1))
    #expect(pairs[0].isEnded)
    table.sweep(begin + .seconds(600))
    #expect(!pairs[1].isEnded)
  }

  @Test("Room is made by who waits for the longest time, and by nobody who is answered")
  func room() throws {
    let (table, pairs) = (table(), [Pair(), Pair(), Pair()])
    let numbers = try pairs.map { try #require(table.add($0.near)) }
    table.enter(.working, numbers[0])
    table.enter(.idle, numbers[1])
    table.enter(.body, numbers[2])
    #expect(table.makeRoom() && pairs.map(\.isEnded) == [false, true, false])
    // Its place is free at once, so that one is ended for one that comes; nothing brings it back.
    #expect(table.count == 2 && !table.enter(.working, numbers[1]))
    #expect(table.makeRoom() && pairs.map(\.isEnded) == [false, true, true])
    #expect(!table.makeRoom() && !pairs[0].isEnded)
    table.remove(numbers[1])
    #expect(table.count == 1)
  }

  @Test("A table that stops ends who has asked nothing, and takes nobody more")
  func stop() throws {
    let (table, pairs) = (table(), [Pair(), Pair(), Pair()])
    let numbers = try pairs.map { try #require(table.add($0.near)) }
    for (number, phase) in zip(numbers, [ConnectionTable.Phase.idle, .working, .body]) {
      table.enter(phase, number)
    }
    table.stop()
    #expect(pairs.map(\.isEnded) == [true, false, false])
    #expect(table.add(pairs[0].far) == nil)
    #expect(table.enter(.sending, numbers[1]) && !table.enter(.idle, numbers[1]))
  }
}
