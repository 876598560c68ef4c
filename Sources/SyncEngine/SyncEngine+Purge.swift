import Directory
import SyncStore
import Synchronization

/// Purging: history that is beyond its age limit goes in small pieces, between what matters more.
extension SyncEngine {
  /// Rows that one transaction takes at most: a tenth of a second's work on a small busy machine, so
  /// that a face which files a command hardly notices.
  private static let purgeRows = 2000

  /// Deletes old history for at most `seconds`, or until something else wants the engine; the
  /// answer is whether nothing is left.
  ///
  /// - Throws: ``StoreError``.
  func purge(forSeconds seconds: Double) throws -> Bool {
    let age = try store.look { try $0.schedule().purgeAgeSeconds }
    let limit = believedTime.adding(seconds: -Double(age))
    let end = ContinuousClock.now + .seconds(seconds)
    while stopSignal.reason == .none, ContinuousClock.now < end {
      if try purgePiece(before: limit).isDone { return true }
      if try store.look({ try $0.hasCommand() }) { return false }
    }
    return false
  }

  /// The time by which history is old: a clock that is far ahead, as one may be after a start, would
  /// make all of it old at once.
  ///
  /// It is not far beyond the last event before this engine began, and goes on as time passes. After a
  /// day the clock is one that somebody has set right: events may be old because nothing ran.
  var believedTime: Timestamp {
    guard let began = began.withLock({ $0 }) else { return .now }
    let passed = began.instant.duration(to: .now) / .seconds(1)
    guard passed < 86_400 else { return .now }
    return min(.now, began.believed.adding(seconds: passed))
  }

  /// Notes which time may be believed, before this engine logs anything.
  func noteTime(_ tx: StoreTransaction) throws {
    let last = try tx.lastEventTime()
    let believed = last.map { min(.now, $0.adding(seconds: 86_400)) } ?? .now
    began.withLock { $0 = $0 ?? (believed, .now) }
  }

  /// Deletes all history of what ended before `moment`, as a person asked.
  ///
  /// - Throws: ``StoreError``.
  func purge(before moment: Timestamp, requestedBy: String) throws -> String {
    var sum = PurgeResult()
    while stopSignal.reason == .none, try !store.look({ try $0.hasStopCommand() }) {
      sum += try purgePiece(before: moment)
      if sum.isDone { break }
    }
    let words =
      "Purged \(sum.steps) steps, \(sum.changes) changes and \(sum.errors) closed errors that ended "
      + "before \(moment)" + (sum.isDone ? "" : "; the rest was stopped")
    try log(.information, 904, words + ", asked for by " + requestedBy)
    return words
  }

  private func purgePiece(before moment: Timestamp) throws -> PurgeResult {
    try store.transaction { try $0.purgeHistory(before: moment, limit: Self.purgeRows) }
  }
}
