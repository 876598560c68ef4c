import Directory
import SyncStore

/// The order in which adds and updates are sent: type by type, and new objects that refer to other
/// new ones after those, so that they arrive whole and need no second request for a manager.
///
/// What waits in a circle, or for something that does not come, is sent as it is; its references
/// follow with those of all others.
struct ExportOrder {
  /// What was sent.
  struct UnderWay {
    /// How many objects are not answered yet, and of which types.
    var count = 0
    var types: Set<String> = []
    /// What was answered since this was told before.
    var answered: [Int64] = []
    var isIdle: Bool { count == 0 }
  }

  /// How many objects are looked at in one go.
  private static let page = 1000
  /// A group with more members is sent at once: the few that are missing follow by themselves.
  private static let fewReferences = 20
  /// How long a chain of objects may be that each wait for the one before.
  private static let longestChain = 30

  private let step: ExportStep
  private let moment: Timestamp?
  /// What was sent before all others.
  private let sent: Set<Int64>
  private var types: ArraySlice<String>
  /// The last object of the type that was looked at; nil once all were.
  private var after: Int64? = 0
  /// Whether those of the type that wait do so for objects of other types, too, that are under way.
  private var isStrict = false
  private var waiting: Set<Int64> = []
  /// Those of them that may wait for nothing any more.
  private var awakened: ArraySlice<Int64> = []
  private var ready: [Int64] = []
  private var hasGiven = false
  /// Whether nothing could be sent before an answer.
  private var isWaiting = false
  /// How often all others of the type waited for a few.
  private var pauses = 0

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
    // A small wave is as slow as a large one.
    if isWaiting, underWay.isIdle, underWay.answered.count < limit / 2 { pauses += 1 }
    try follow(underWay)
    // The first ones leave while the others are looked at.
    while ready.count < limit, hasGiven || ready.isEmpty, let type = types.first {
      try step.context.checkStop()
      if try awake() || look(type, underWay) { continue }
      guard ready.isEmpty else { break }
      if waiting.isEmpty {
        types.removeFirst()
        (after, isStrict, pauses) = (0, false, 0)
      } else if underWay.isIdle {
        // They wait in a circle, or for what does not come.
        (ready, waiting) = (waiting.sorted(), [])
      } else {
        break
      }
    }
    isWaiting = ready.isEmpty
    guard !ready.isEmpty else { return nil }
    let batch = Array(ready.prefix(limit))
    ready.removeFirst(batch.count)
    hasGiven = true
    return batch
  }

  /// Finds those that may wait for nothing any more, now that there are answers.
  private mutating func follow(_ underWay: UnderWay) throws {
    guard !waiting.isEmpty, let type = types.first else { return }
    if pauses > Self.longestChain {
      (ready, waiting) = (ready + waiting.sorted(), [])
    } else if isStrict, underWay.types.isSubset(of: [type]) {
      isStrict = false
      awakened = waiting.sorted()[...]
    } else {
      for ids in pages(of: underWay.answered) {
        awakened += try step.store.look { try $0.waiting(for: ids) }.filter(waiting.contains)
      }
    }
  }

  /// Looks at some of those that may wait for nothing any more; false if there are none.
  private mutating func awake() throws -> Bool {
    guard !awakened.isEmpty else { return false }
    let ids = awakened.prefix(Self.page).filter(waiting.contains)
    awakened = awakened.dropFirst(Self.page)
    let most = isStrict ? nil : Self.fewReferences
    for export in try step.store.look({ try $0.exportsInOrder(ids, waitingFor: most) })
    where !export.waits && waiting.remove(export.id) != nil {
      ready.append(export.id)
    }
    return true
  }

  private func pages(of ids: [Int64]) -> [ArraySlice<Int64>] {
    stride(from: 0, to: ids.count, by: Self.page).map { start in
      ids[start..<min(start + Self.page, ids.count)]
    }
  }

  /// Looks at one more page of the objects of a type; false if there is none.
  private mutating func look(_ type: String, _ underWay: UnderWay) throws -> Bool {
    guard let last = after else { return false }
    // Nobody is sent without those that are on their way.
    isStrict = isStrict || !underWay.types.isSubset(of: [type])
    let page = try step.store.look {
      [connector = step.connector.id, moment, most = isStrict ? nil : Self.fewReferences] tx in
      try tx.exportsInOrder(
        connector: connector, objectType: type, takenBefore: moment, after: last,
        limit: Self.page, waitingFor: most)
    }
    after = page.last?.id
    for export in page where !sent.contains(export.id) {
      if export.waits { waiting.insert(export.id) } else { ready.append(export.id) }
    }
    return !page.isEmpty
  }
}
