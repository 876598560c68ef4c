import Dispatch
import Synchronization
import Testing

@testable import SyncEngine

@Suite("Batches are read ahead, and come in order")
struct BatchesAheadTests {
  private struct Fault: Error, Equatable { var at: Int64 }

  /// A source of numbers, ten to a batch, that notes who reads when.
  private final class Numbers: Sendable {
    struct Notes {
      var reading = 0
      var most = 0
      var begun: Set<Int64> = []
      var discarded: [Int64] = []
    }
    let notes = Mutex(Notes())
    let count: Int64
    /// Called while a batch is read.
    let during: @Sendable (Int64) throws -> Void

    init(_ count: Int64, during: @escaping @Sendable (Int64) throws -> Void = { _ in }) {
      self.count = count
      self.during = during
    }

    var source: BatchesAhead<[Int64]>.Source {
      .init(
        last: { [count] after in after + 10 <= count ? after + 10 : nil },
        batch: { [self] after, last in
          notes.withLock {
            $0.reading += 1
            $0.most = max($0.most, $0.reading)
            $0.begun.insert(after)
          }
          defer { notes.withLock { $0.reading -= 1 } }
          try during(after)
          let end = min(last, count)
          return after < end ? Array(after + 1...end) : []
        },
        discard: { [self] batch in
          notes.withLock { if let first = batch.first { $0.discarded.append(first) } }
        })
    }
  }

  private func all(_ numbers: Numbers) async throws -> [Int64] {
    var result: [Int64] = []
    try await BatchesAhead.read(from: numbers.source) { ahead in
      while let batch = try await ahead.next() {
        result += batch
        ahead.discard(batch)
      }
    }
    return result
  }

  @Test(
    "All come once and in order, however many there are",
    arguments: [0, 1, 9, 10, 11, 20, 25, 100, 999] as [Int64])
  func order(_ count: Int64) async throws {
    #expect(try await all(Numbers(count)) == (0..<count).map { $0 + 1 })
  }

  @Test("A batch that is read quickly waits for one before it that is not")
  func slowFirst() async throws {
    let second = DispatchSemaphore(value: 0)
    let numbers = Numbers(40) { after in
      // The first is read only when the second is.
      if after == 0 { second.wait() }
      if after == 10 { second.signal() }
    }
    #expect(try await all(numbers) == (1...40).map { $0 })
    #expect(numbers.notes.withLock { $0.most } == 2)
  }

  @Test("No more are read than two beyond those that were taken")
  func bounded() async throws {
    let numbers = Numbers(100)
    try await BatchesAhead.read(from: numbers.source) { ahead in
      for taken in 1...5 {
        _ = try await ahead.next()
        let begun = numbers.notes.withLock { $0.begun }
        #expect(begun.count <= taken + 2, "\(begun.sorted())")
      }
    }
    #expect(numbers.notes.withLock { $0.most } <= 2)
  }

  @Test("What can't be read is told at its place, after those before it")
  func failure() async throws {
    let numbers = Numbers(100) { if $0 == 20 { throw Fault(at: $0) } }
    var taken = 0
    await #expect(throws: Fault(at: 20)) {
      try await BatchesAhead.read(from: numbers.source) { ahead in
        while try await ahead.next() != nil { taken += 1 }
      }
    }
    #expect(taken == 2)
  }

  @Test("What can't be counted is told, too")
  func uncountable() async throws {
    let whole = Numbers(100).source
    let source = BatchesAhead<[Int64]>.Source(
      last: { if $0 == 10 { throw Fault(at: $0) } else { $0 + 10 } }, batch: whole.batch,
      discard: whole.discard)
    var taken = 0
    await #expect(throws: Fault(at: 10)) {
      try await BatchesAhead.read(from: source) { ahead in
        while try await ahead.next() != nil { taken += 1 }
      }
    }
    #expect(taken == 1)
  }

  @Test("Whoever stops early leaves nobody reading")
  func stopped() async throws {
    for taken in 0..<4 {
      let numbers = Numbers(1000)
      await #expect(throws: Fault(at: 7)) {
        try await BatchesAhead.read(from: numbers.source) { ahead in
          for _ in 0..<taken { _ = try await ahead.next() }
          throw Fault(at: 7)
        }
      }
      let (reading, begun) = numbers.notes.withLock { ($0.reading, $0.begun.count) }
      #expect(reading == 0 && begun <= taken + 2)
    }
  }

  @Test("What was stored is let go of by those who read, in its order")
  func discarded() async throws {
    let numbers = Numbers(200)
    _ = try await all(numbers)
    let discarded = numbers.notes.withLock { $0.discarded }
    #expect(discarded == discarded.sorted() && Set(discarded).count == discarded.count)
  }
}
