/// Makes a failing history small: fewer events, fewer faults, fewer people, a plainer setup.
///
/// What is left fails by itself; nothing of it can be left out.
public struct Shrinker {
  private let isFailing: (History) async -> Bool
  private var best: History
  /// How many histories were lived through.
  public private(set) var tries = 0
  private let limit: Int

  private init(_ history: History, limit: Int, isFailing: @escaping (History) async -> Bool) {
    best = history
    self.limit = limit
    self.isFailing = isFailing
  }

  /// The smallest history found that still fails, after at most `limit` tries.
  ///
  /// - Parameter isFailing: Whether a history fails; asked in one task, one after the other.
  public static func shrink(
    _ history: History, limit: Int = 600, isFailing: @escaping (History) async -> Bool
  ) async -> (history: History, tries: Int) {
    var shrinker = Shrinker(history, limit: limit, isFailing: isFailing)
    await shrinker.work()
    return (shrinker.best, shrinker.tries)
  }

  private mutating func work() async {
    var before: Int
    repeat {
      before = best.weight
      await dropSubjects()
      await dropEvents()
      await dropFaults()
      await makePlain()
    } while best.weight < before && tries < limit
  }

  /// Takes `candidate` if it fails, too.
  @discardableResult
  private mutating func attempt(_ candidate: History) async -> Bool {
    guard tries < limit, candidate.weight < best.weight, candidate.isPossible else { return false }
    tries += 1
    guard await isFailing(candidate) else { return false }
    best = candidate
    return true
  }

  private mutating func dropSubjects() async {
    for subject in Set(best.events.flatMap(\.subjects)).sorted(by: { $0.key < $1.key }) {
      var candidate = best
      candidate.events.removeAll { $0.subjects.contains(subject) }
      await attempt(candidate)
    }
  }

  /// Leaves out runs of events, the long ones first.
  private mutating func dropEvents() async {
    var length = max(1, best.events.count / 2)
    while length >= 1 {
      var start = 0
      while start < best.events.count {
        var candidate = best
        candidate.events.removeSubrange(start..<min(start + length, candidate.events.count))
        if await !attempt(candidate) { start += length }
      }
      length /= 2
    }
  }

  private mutating func dropFaults() async {
    for index in best.events.indices {
      guard case .sync(let sync) = best.events[index] else { continue }
      var kept = sync
      for fault in sync.faults {
        var candidate = best
        var fewer = kept
        fewer.faults.removeAll { $0 == fault }
        candidate.events[index] = .sync(fewer)
        if await attempt(candidate) { kept = fewer }
      }
    }
  }

  private mutating func makePlain() async {
    for index in best.setup.models.indices {
      for choice in RuleModel.choices {
        var candidate = best
        candidate.setup.models[index][keyPath: choice] = RuleModel()[keyPath: choice]
        await attempt(candidate)
      }
    }
    for plain in History.Setup.plainer {
      var candidate = best
      plain(&candidate.setup)
      await attempt(candidate)
    }
  }
}

extension RuleModel {
  /// All choices.
  static var choices: [WritableKeyPath<RuleModel, Bool>] {
    [
      \.hrProvisions, \.hrTitlesFirst, \.hidesHidden, \.filtersCloud, \.marksManaged,
      \.marksManagedInbound, \.flowsManagers, \.managersNeedTitle, \.managersNeedDepartment,
      \.hasDeputies, \.deputiesByKey, \.flowsMembers, \.limitsMembers, \.hasDefaultDepartment,
      \.hasEqualPrecedences, \.sendsGuestsAsContacts, \.takesGuestsAsContacts,
      \.hasOtherNames, \.disablesTitles, \.disablesGroupsInbound, \.disablesGroupsOutbound,
      \.flowsPhones, \.joinsByBadge, \.mergesMembers, \.mutes,
    ]
  }
}

extension History.Setup {
  /// Ways to make a setup plainer.
  static var plainer: [(inout History.Setup) -> Void] {
    let plain = History.Setup()
    return [
      { $0.adRefersByAnchor = plain.adRefersByAnchor },
      { $0.hrSharesNames = plain.hrSharesNames }, { $0.adKnowsDeltas = plain.adKnowsDeltas },
      { $0.hrKnowsDeltas = plain.hrKnowsDeltas },
      { $0.keepsRulesOfRetired = plain.keepsRulesOfRetired },
      { $0.adRetellsBelow = plain.adRetellsBelow },
      { $0.page = plain.page }, { $0.batch = plain.batch },
      { $0.exportBatch = plain.exportBatch }, { $0.threshold = plain.threshold },
    ]
  }

  fileprivate var weight: Int {
    let plain = History.Setup()
    let choices = models.map { model in
      RuleModel.choices.count { model[keyPath: $0] != RuleModel()[keyPath: $0] }
    }
    let others = [
      adRefersByAnchor != plain.adRefersByAnchor, hrSharesNames != plain.hrSharesNames,
      adKnowsDeltas != plain.adKnowsDeltas,
      hrKnowsDeltas != plain.hrKnowsDeltas, keepsRulesOfRetired != plain.keepsRulesOfRetired,
      adRetellsBelow != plain.adRetellsBelow,
      page != plain.page, batch != plain.batch,
      exportBatch != plain.exportBatch, threshold != plain.threshold,
    ]
    return choices.reduce(0, +) + others.count { $0 }
  }
}

extension History {
  /// How much there is of it; a smaller history is easier to understand.
  fileprivate var weight: Int {
    events.reduce(setup.weight) { sum, event in
      if case .sync(let sync) = event { sum + 100 + 10 * sync.faults.count } else { sum + 100 }
    }
  }
}

extension History {
  /// Whether nobody can say that a difference is the directory's own fault.
  ///
  /// One that refers by name takes references out when what they mean is no longer read, and tells
  /// nobody.
  var isPossible: Bool {
    setup.adRefersByAnchor || !events.contains(where: \.usesUnreadContainer)
  }
}

extension Event {
  fileprivate var usesUnreadContainer: Bool {
    switch self {
    case .hire(_, _, let container), .duplicate(_, _, let container), .move(_, _, let container),
      .makeGroup(_, _, let container), .makeContact(_, _, let container):
      container == HistoryMaker.unreadContainer
    case .moveContainer(_, let container): container == HistoryMaker.unreadContainer
    default: false
    }
  }
}
