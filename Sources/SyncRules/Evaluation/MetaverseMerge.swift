public import Directory

/// Decides which contribution gives an attribute its value.
public enum MetaverseMerge {
  /// As ``resolve(_:)``, for an object that is there already.
  ///
  /// A flow that applies once keeps the value that it gave before, and with it its rank; one that gave
  /// none does not count. One whose expression says `IgnoreThisFlow` keeps it only where no other
  /// says anything: for these it is as if that flow had never been.
  ///
  /// - Parameter tellsEmptied: Whether attributes are told, too, that a rule says have no value.
  /// - Parameter keeping: What the attribute holds now if it has that from this contribution's
  ///   object and rule, else nil.
  public static func resolve(
    _ contributions: [(contributor: Int64, contribution: Contribution)],
    tellsEmptied: Bool = false,
    keeping: (_ contributor: Int64, _ contribution: Contribution) throws -> [AttributeValue]?
  ) rethrows -> [ResolvedAttribute] {
    guard contributions.contains(where: { $0.contribution.isHistoric }) else {
      return resolve(contributions, tellsEmptied: tellsEmptied)
    }
    var settled: [(contributor: Int64, contribution: Contribution)] = []
    settled.reserveCapacity(contributions.count)
    var decided: Set<AttributeName> = []
    for (contributor, contribution) in contributions {
      var contribution = contribution
      if contribution.kind != .ignored {
        if contribution.applyOnce { try settle(&contribution, contributor, keeping) }
        if contribution.decides { decided.insert(contribution.target) }
      }
      settled.append((contributor, contribution))
    }
    for (place, item) in settled.enumerated()
    where item.contribution.kind == .ignored && !decided.contains(item.contribution.target) {
      try settle(&settled[place].contribution, item.contributor, keeping)
    }
    return resolve(settled, tellsEmptied: tellsEmptied)
  }

  private static func settle(
    _ contribution: inout Contribution, _ contributor: Int64,
    _ keeping: (_ contributor: Int64, _ contribution: Contribution) throws -> [AttributeValue]?
  ) rethrows {
    guard let values = try keeping(contributor, contribution) else {
      contribution.values = []
      return
    }
    contribution.values = values
    contribution.kind = .values
    contribution.isKept = !values.isEmpty
  }

  /// The value of each attribute that gets one: of the strongest rule that has a value, or, if the
  /// flow's merge type says so, of all rules together.
  ///
  /// - Parameter contributions: In any order, each with the object that it comes from.
  /// - Parameter tellsEmptied: Whether attributes are told, too, that a rule says have no value.
  /// - Returns: In order of the attributes' first mention.
  public static func resolve(
    _ contributions: [(contributor: Int64, contribution: Contribution)], tellsEmptied: Bool = false
  ) -> [ResolvedAttribute] {
    // Most attributes have one contribution; chains of indices keep those free of arrays.
    let largest = contributions.reduce(-1) { max($0, $1.contribution.target.number) }
    var slots = [Int32](repeating: -1, count: largest + 1)
    var heads: [Int] = []
    var nexts = [Int](repeating: -1, count: contributions.count)
    var tails: [Int] = []
    heads.reserveCapacity(contributions.count)
    tails.reserveCapacity(contributions.count)
    for index in contributions.indices {
      let target = contributions[index].contribution.target.number
      let slot = Int(slots[target])
      if slot >= 0 {
        nexts[tails[slot]] = index
        tails[slot] = index
      } else {
        slots[target] = Int32(heads.count)
        heads.append(index)
        tails.append(index)
      }
    }
    var resolved: [ResolvedAttribute] = []
    resolved.reserveCapacity(heads.count)
    for head in heads {
      if nexts[head] < 0 {
        let (contributor, contribution) = contributions[head]
        let isTold = tellsEmptied && contribution.kind == .authoritativeNull
        guard !contribution.values.isEmpty || isTold else { continue }
        resolved.append(ResolvedAttribute(contribution, contributor))
      } else {
        let group = sequence(first: head) { nexts[$0] < 0 ? nil : nexts[$0] }.map {
          Candidate(
            contributor: contributions[$0].contributor, contribution: contributions[$0].contribution
          )
        }
        let sorted = group.sorted { $0.precedes($1) }
        if let one = resolve(sorted) ?? (tellsEmptied ? emptied(sorted) : nil) {
          resolved.append(one)
        }
      }
    }
    return resolved
  }

  struct Candidate {
    var contributor: Int64?
    var contribution: Contribution

    func precedes(_ other: Candidate) -> Bool {
      if contribution.rule != other.contribution.rule {
        return contribution.rule.precedes(other.contribution.rule)
      }
      return (contributor ?? 0) < (other.contributor ?? 0)
    }
  }

  /// The value of one attribute from `candidates`, the strongest first; nil if none has a value.
  static func resolve(_ candidates: [Candidate]) -> ResolvedAttribute? {
    let end = candidates.firstIndex { $0.contribution.kind == .authoritativeNull }
    let asked = candidates[..<(end ?? candidates.endIndex)]
    guard let index = asked.firstIndex(where: { !$0.contribution.values.isEmpty }) else {
      return nil
    }
    let winner = candidates[index]
    let unites = winner.contribution.merge != .update
    var result = ResolvedAttribute(winner.contribution, winner.contributor)
    guard candidates.count > 1 else { return result }
    for (place, candidate) in candidates.enumerated() where place != index {
      if let reason = candidate.contribution.absence {
        result.losers.append(loser(candidate, reason))
      } else if !asked.indices.contains(place) {
        result.losers.append(loser(candidate, .blocked))
      } else if unites {
        result.values += candidate.contribution.values
        result.partners.append(
          .init(contributor: candidate.contributor, contribution: candidate.contribution))
      } else {
        let isSameRule = candidate.contribution.rule == winner.contribution.rule
        result.losers.append(loser(candidate, isSameRule ? .otherObject : .lowerPrecedence))
      }
    }
    if unites { result.values = united(result.values, winner.contribution.merge) }
    return result
  }

  /// The attribute of which the strongest of `candidates` that says anything says that it has no
  /// value; nil if none says so.
  private static func emptied(_ candidates: [Candidate]) -> ResolvedAttribute? {
    guard let end = candidates.firstIndex(where: { $0.contribution.kind == .authoritativeNull })
    else { return nil }
    var result = ResolvedAttribute(candidates[end].contribution, candidates[end].contributor)
    for (place, candidate) in candidates.enumerated() where place != end {
      result.losers.append(loser(candidate, candidate.contribution.absence ?? .blocked))
    }
    return result
  }

  private static func loser(
    _ candidate: Candidate, _ reason: ResolvedAttribute.Reason
  ) -> ResolvedAttribute.Loser {
    ResolvedAttribute.Loser(
      contributor: candidate.contributor, contribution: candidate.contribution, reason: reason)
  }

  // The strongest rule's values stand first, so its spelling is the one that stays.
  fileprivate static func united(_ values: [AttributeValue], _ merge: MergeType) -> [AttributeValue]
  {
    guard merge == .mergeCaseInsensitive else { return Set(values).sorted() }
    var seen: Set<String> = []
    return values.filter { seen.insert($0.searchKey).inserted }.sorted()
  }
}

extension Contribution {
  /// Whether what it gives to an object that is there already depends on what it gave before.
  fileprivate var isHistoric: Bool { applyOnce || kind == .ignored }

  /// Whether it says what the attribute holds, be it nothing at all.
  public var decides: Bool { !values.isEmpty || kind == .authoritativeNull }

  /// Why it has no value; nil if it has one.
  fileprivate var absence: ResolvedAttribute.Reason? {
    guard values.isEmpty else { return nil }
    if kind == .ignored { return .ignored }
    return applyOnce ? .onlyOnce : .noValue
  }
}

extension ResolvedAttribute {
  /// The attribute as `winner` gives it, without any rival.
  init(_ winner: Contribution, _ contributor: Int64?) {
    // One rule alone may give values that differ in case, too.
    let values =
      winner.merge == .mergeCaseInsensitive && winner.values.count > 1
      ? MetaverseMerge.united(winner.values, winner.merge) : winner.values
    self.init(
      attribute: winner.target, values: values, winner: winner, contributor: contributor,
      losers: [])
  }
}
