import Directory

/// Decides which contribution gives an attribute its value.
public enum MetaverseMerge {
  /// The value of each attribute that gets one: of the strongest rule that has a value, or, if the
  /// flow's merge type says so, of all rules together.
  ///
  /// - Parameter contributions: In any order, each with the object that it comes from.
  /// - Returns: In order of the attributes' first mention.
  public static func resolve(
    _ contributions: [(contributor: Int64, contribution: Contribution)]
  ) -> [ResolvedAttribute] {
    var slots: [AttributeName: Int] = [:]
    var groups: [[Candidate]] = []
    for (contributor, contribution) in contributions {
      let candidate = Candidate(contributor: contributor, contribution: contribution)
      if let slot = slots[contribution.target] {
        groups[slot].append(candidate)
      } else {
        slots[contribution.target] = groups.count
        groups.append([candidate])
      }
    }
    return groups.compactMap { group in
      resolve(group.count == 1 ? group : group.sorted { $0.precedes($1) })
    }
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
    guard let index = candidates.firstIndex(where: { !$0.contribution.values.isEmpty }) else {
      return nil
    }
    let winner = candidates[index]
    let unites = winner.contribution.merge != .update
    var result = ResolvedAttribute(
      attribute: winner.contribution.target, values: winner.contribution.values,
      winner: winner.contribution, contributor: winner.contributor, losers: [])
    guard candidates.count > 1 else { return result }
    for (place, candidate) in candidates.enumerated() where place != index {
      if candidate.contribution.values.isEmpty {
        result.losers.append(loser(candidate, .noValue))
      } else if unites {
        result.values += candidate.contribution.values
      } else {
        let isSameRule = candidate.contribution.rule == winner.contribution.rule
        result.losers.append(loser(candidate, isSameRule ? .otherObject : .lowerPrecedence))
      }
    }
    if unites { result.values = united(result.values, winner.contribution.merge) }
    return result
  }

  private static func loser(
    _ candidate: Candidate, _ reason: ResolvedAttribute.Reason
  ) -> ResolvedAttribute.Loser {
    ResolvedAttribute.Loser(
      contributor: candidate.contributor, contribution: candidate.contribution, reason: reason)
  }

  // The strongest rule's values stand first, so its spelling is the one that stays.
  private static func united(_ values: [AttributeValue], _ merge: MergeType) -> [AttributeValue] {
    guard merge == .mergeCaseInsensitive else { return Set(values).sorted() }
    var seen: Set<String> = []
    return values.filter { seen.insert($0.searchKey).inserted }.sorted()
  }
}
