/// Plans that wait for their next request, in the order in which they are sent.
///
/// A plan is large, and a call of the exporter has a thousand: they stay in their places, and only
/// their keys are put in order.
struct GraphExportQueue {
  private struct Key: Comparable {
    var rank: Int
    /// Fills a request by itself, and another, and takes the longest: it begins before the others.
    var isLong: Bool
    var index: Int
    var notBefore: ContinuousClock.Instant?

    static func < (first: Key, second: Key) -> Bool {
      if first.rank != second.rank { return first.rank < second.rank }
      return first.isLong == second.isLong ? first.index < second.index : first.isLong
    }
  }

  private var plans: [GraphExportPlan?]
  private var keys: [Key] = []

  /// - Parameter count: How many operations there are; the plans' indexes are below it.
  init(_ waiting: [GraphExportPlan], count: Int) {
    plans = Array(repeating: nil, count: count)
    for plan in waiting { plans[plan.index] = plan }
    keys = waiting.map(Self.key).sorted()
  }

  // A group that is there and has many members yet to get goes along with the making of others: its
  // requests go one after the other, and would go alone in the end.
  private static func key(_ plan: GraphExportPlan) -> Key {
    Key(
      rank: plan.isLong ? min(plan.rank, 2) : plan.rank, isLong: plan.isLong, index: plan.index,
      notBefore: plan.notBefore)
  }

  /// When the first of those that wait may be sent; nil if none has a time.
  var nextMoment: ContinuousClock.Instant? { keys.lazy.compactMap(\.notBefore).min() }

  mutating func append(_ plan: GraphExportPlan) {
    let key = Self.key(plan)
    var (low, high) = (0, keys.count)
    while low < high {
      let middle = (low + high) / 2
      if keys[middle] < key { low = middle + 1 } else { high = middle }
    }
    keys.insert(key, at: low)
    plans[plan.index] = plan
  }

  /// Lets all be sent now.
  mutating func endWaits() {
    for index in keys.indices { keys[index].notBefore = nil }
  }

  /// Takes out the plans of the next request; none if all are to wait.
  ///
  /// Up to 20 of one rank, fewer when they must do for several requests at a time; a long one alone,
  /// and not while those under way leave no request for others.
  mutating func take(sharedBy requests: Int, longUnderWay: Int) -> [GraphExportPlan] {
    let requests = max(1, requests)
    let now = ContinuousClock.now
    let takesLong = longUnderWay < max(1, requests - 1) || !keys.contains { !$0.isLong }
    func isReady(_ key: Key) -> Bool {
      (takesLong || !key.isLong) && key.notBefore.map { $0 <= now } ?? true
    }
    guard let first = keys.firstIndex(where: isReady) else { return [] }
    let (rank, isLong) = (keys[first].rank, keys[first].isLong)
    var taken: [Int] = []
    for position in first..<keys.count where isReady(keys[position]) {
      guard keys[position].rank == rank, keys[position].isLong == isLong,
        taken.count < GraphClient.batchSize * requests
      else { break }
      taken.append(position)
      if isLong { break }
    }
    let share = (taken.count + requests - 1) / requests
    taken.removeLast(taken.count - min(taken.count, share))
    var batch: [GraphExportPlan] = []
    for position in taken {
      guard var plan = plans[keys[position].index] else { continue }
      plans[keys[position].index] = nil
      plan.notBefore = nil
      batch.append(plan)
    }
    for position in taken.reversed() { keys.remove(at: position) }
    return batch
  }

  /// Takes out the plans for which `isMeant` is true.
  mutating func remove(where isMeant: (GraphExportPlan) -> Bool) -> [GraphExportPlan] {
    var removed: [GraphExportPlan] = []
    keys.removeAll { key in
      guard let plan = plans[key.index], isMeant(plan) else { return false }
      plans[key.index] = nil
      removed.append(plan)
      return true
    }
    return removed
  }
}

extension GraphExportPlan {
  /// Whether its requests, which go one after the other, fill more than one batch by themselves.
  var isLong: Bool { calls.count > GraphClient.batchSize && calls[0].step.isChange }
}
