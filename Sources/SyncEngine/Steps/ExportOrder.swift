import Directory
import SyncStore

/// The order in which adds and updates are sent: type by type, and new objects that refer to other
/// new ones after those, so that they arrive whole and need no second request for a manager.
///
/// What waits in a circle, or for something that does not come, is sent as it is; its references
/// follow with those of all others.
struct ExportOrder {
  /// What was sent and is not answered yet.
  struct UnderWay {
    var count = 0
    var types: Set<String> = []
    var isIdle: Bool { count == 0 }
  }

  /// How many objects are looked at in one go.
  private static let page = 2000
  /// A group with more members is sent at once: the few that are missing follow by themselves.
  private static let fewReferences = 20
  /// How long a chain of objects may be that each wait for the one before.
  private static let longestChain = 30
  /// All that wait are looked at again once so large a part of them could have been waited for.
  private static let part = 8

  private let step: ExportStep
  private let moment: Timestamp?
  /// What was sent before all others.
  private let sent: Set<Int64>
  private var types: ArraySlice<String>
  /// The last object of the type that was looked at; nil once all were.
  private var after: Int64? = 0
  /// What is looked at again in this round.
  private var again: ArraySlice<Int64> = []
  private var waiting: [Int64] = []
  private var ready: [Int64] = []
  private var given = 0
  private var round = Round()

  private struct Round {
    /// How many had been given, and how many of them been answered, when it began.
    var given = 0
    var answered = 0
    /// Whether nothing was under way then: what was not ready won't be by itself.
    var isLast = false
    /// How many rounds of the type have waited for a single answer.
    var idle = 0
  }

  /// The objects of these types that wait, apart from those that were `sent`.
  ///
  /// - Parameter moment: From when on what was taken is not sent again; nil where all is that the
  ///   target does not show.
  init(of step: ExportStep, types: [String], but sent: Set<Int64>, takenBefore moment: Timestamp?) {
    self.step = step
    self.types = types[...]
    self.sent = sent
    self.moment = moment
  }

  /// The objects that go next, at most `limit`; nil if there are none before an answer comes, and
  /// none at all where nothing is under way.
  mutating func next(_ limit: Int, _ underWay: UnderWay) throws -> [Int64]? {
    // The first ones leave while the others are looked at.
    while ready.count < limit, given > 0 || ready.isEmpty {
      try step.context.checkStop()
      guard let type = types.first else { break }
      if try look(type, underWay) { continue }
      guard ready.isEmpty else { break }
      if waiting.isEmpty {
        types.removeFirst()
        (after, round) = (0, Round())
      } else if !begin(underWay) {
        break
      }
    }
    guard !ready.isEmpty else { return nil }
    let batch = Array(ready.prefix(limit))
    ready.removeFirst(batch.count)
    given += batch.count
    return batch
  }

  /// Begins another round over those that wait; false if that is not worth it before more answers
  /// are there.
  private mutating func begin(_ underWay: UnderWay) -> Bool {
    let answered = given - underWay.count
    if underWay.isIdle {
      if round.isLast && given == round.given || round.idle >= Self.longestChain {
        (ready, waiting) = (waiting, [])
        return true
      }
      round.idle += 1
    } else if answered - round.answered < max(1, waiting.count / Self.part) {
      return false
    }
    (again, waiting) = (waiting[...], [])
    (round.given, round.answered, round.isLast) = (given, answered, underWay.isIdle)
    return true
  }

  /// Looks at one more page of the round; false if there is none.
  private mutating func look(_ type: String, _ underWay: UnderWay) throws -> Bool {
    // Nobody is sent without those that are on their way.
    let most = underWay.types.subtracting([type]).isEmpty ? Self.fewReferences : nil
    let page: [StoreTransaction.ExportInOrder]
    if let last = after {
      page = try step.store.look { [connector = step.connector.id, moment] tx in
        try tx.exportsInOrder(
          connector: connector, objectType: type, takenBefore: moment, after: last,
          limit: Self.page, waitingFor: most)
      }
      after = page.last?.id
    } else {
      let ids = again.prefix(Self.page)
      again = again.dropFirst(Self.page)
      page = try step.store.look { try $0.exportsInOrder(ids, waitingFor: most) }
    }
    for export in page where !sent.contains(export.id) {
      if export.waits { waiting.append(export.id) } else { ready.append(export.id) }
    }
    return !page.isEmpty
  }
}
