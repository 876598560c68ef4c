import Dispatch
import Foundation
import Synchronization

/// Pure work on all cores.
enum Parallel {
  private static let cores = max(1, ProcessInfo.processInfo.activeProcessorCount)
  /// Below this many items a second core costs more than it saves.
  private static let worthwhile = 16

  /// What `work` makes of each item, in the items' order; if it throws, the error of the first item
  /// that failed.
  static func map<Item: Sendable, Outcome: Sendable>(
    _ items: [Item], _ work: @Sendable (Item) throws -> Outcome
  ) throws -> [Outcome] {
    guard items.count >= worthwhile, cores > 1 else { return try items.map(work) }
    let pieces = min(items.count / 8, cores * 4)
    let size = (items.count + pieces - 1) / pieces
    let done = Mutex([Result<[Outcome], any Error>?](repeating: nil, count: pieces))
    DispatchQueue.concurrentPerform(iterations: pieces) { piece in
      let start = min(piece * size, items.count)
      let end = min(start + size, items.count)
      let outcome = Result { try items[start..<end].map(work) }
      done.withLock { $0[piece] = outcome }
    }
    var result: [Outcome] = []
    result.reserveCapacity(items.count)
    for outcome in done.withLock({ $0 }) { result += try outcome?.get() ?? [] }
    return result
  }
}
