import Dispatch
import Synchronization

/// Batches that are read and decided about while those before them are stored: as many at a time as
/// keeps all cores at work, since one waits for the store where another decides.
///
/// They come in order. One may have been read before the two (``depth``) before it were stored.
final class BatchesAhead<Batch: Sendable>: Sendable {
  /// How batches are read.
  struct Source: Sendable {
    /// The number of the last object of the batch after an object; nil if all that are left make one.
    var last: @Sendable (_ after: Int64) throws -> Int64?
    /// The batch after an object up to another.
    var batch: @Sendable (_ after: Int64, _ last: Int64) throws -> Batch
    /// Lets go of a batch.
    var discard: @Sendable (Batch) -> Void
  }

  /// How many batches are read, or wait to be taken, at a time.
  static var depth: Int { 2 }

  private struct State {
    /// Where the next batch begins; nil at the end.
    var next: Int64? = 0
    /// Batches that were asked for, that got a number, and that were taken.
    var wanted = 0
    var begun = 0
    var taken = 0
    /// Those that are not read yet.
    var working = 0
    var isEnded = false
    var ready: [Int: Result<Batch?, any Error>] = [:]
    var taker: CheckedContinuation<Batch?, any Error>?
    var ender: CheckedContinuation<Void, Never>?
    var discarded: [Batch] = []
  }

  private let source: Source
  private let state = Mutex(State())
  /// Finds out where batches begin and end, one after the other.
  private let lookout = DispatchQueue(label: "lockstep.batches")
  private let readers = DispatchQueue(label: "lockstep.batches.read", attributes: .concurrent)

  private init(_ source: Source) { self.source = source }

  /// Reads ahead from `source` for as long as `work` takes batches; nobody reads any more when this
  /// returns.
  ///
  /// - Throws: what `work` throws.
  static func read(
    from source: Source, _ work: (BatchesAhead) async throws -> Void
  ) async throws {
    let ahead = BatchesAhead(source)
    ahead.fill()
    do {
      try await work(ahead)
    } catch {
      await ahead.end()
      throw error
    }
    await ahead.end()
  }

  /// The next batch; nil after the last.
  ///
  /// - Throws: ``StoreError``, or what deciding threw, at the batch that it concerns.
  func next() async throws -> Batch? {
    try await withCheckedThrowingContinuation { continuation in
      state.withLock { $0.taker = continuation }
      deliver()
    }
  }

  /// Lets go of a batch that has been stored, on a thread that has less to do than the one that
  /// stores.
  func discard(_ batch: Batch) {
    state.withLock { $0.discarded.append(batch) }
  }

  private func end() async {
    await withCheckedContinuation { continuation in
      let isIdle = state.withLock { state in
        state.isEnded = true
        if state.working > 0 { state.ender = continuation }
        return state.working == 0
      }
      if isIdle { continuation.resume() }
    }
  }

  /// Has as many batches read as there may be.
  private func fill() {
    let missing = state.withLock { state in
      guard !state.isEnded, state.next != nil else { return 0 }
      let missing = max(0, Self.depth - (state.wanted - state.taken))
      state.wanted += missing
      state.working += missing
      return missing
    }
    for _ in 0..<missing { lookout.async { [self] in begin() } }
  }

  /// Finds out where the next batch ends, and has it read.
  private func begin() {
    let (after, number) = state.withLock { state in
      defer { state.begun += 1 }
      return (state.isEnded ? nil : state.next, state.begun)
    }
    guard let after else { return finish(number, .success(nil)) }
    do {
      let last = try source.last(after)
      state.withLock { $0.next = last }
      readers.async { [self] in
        discardStored()
        finish(number, Result { try source.batch(after, last ?? .max) })
      }
    } catch {
      state.withLock { $0.next = nil }
      finish(number, .failure(error))
    }
  }

  private func discardStored() {
    let batches = state.withLock { state in
      defer { state.discarded = [] }
      return state.discarded
    }
    for batch in batches { source.discard(batch) }
  }

  private func finish(_ number: Int, _ result: Result<Batch?, any Error>) {
    let ender = state.withLock { state in
      state.working -= 1
      state.ready[number] = result
      return state.isEnded && state.working == 0 ? state.ender.take() : nil
    }
    ender?.resume()
    deliver()
  }

  /// Gives the next batch to whoever waits for it, once it is there.
  private func deliver() {
    let delivery = state.withLock { state -> (() -> Void)? in
      guard let taker = state.taker else { return nil }
      if let result = state.ready.removeValue(forKey: state.taken) {
        state.taker = nil
        state.taken += 1
        return { taker.resume(with: result) }
      }
      guard state.next == nil, state.wanted == state.taken else { return nil }
      state.taker = nil
      return { taker.resume(returning: nil) }
    }
    guard let delivery else { return }
    fill()
    delivery()
  }
}
