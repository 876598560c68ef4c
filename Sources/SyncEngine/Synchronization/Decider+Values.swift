import Directory
import SyncRules
import SyncStore

/// What a metaverse object holds, and who gave it.
extension Decider {
  /// What changes, with the rule that made it so where one did.
  ///
  /// - Parameter emptied: The attributes that a rule says have no value.
  func deltas(
    from old: [MetaverseAttribute], to new: [MetaverseAttribute], emptied: [MetaverseAttribute] = []
  ) -> [ObjectChange.Delta] {
    var deltas: [ObjectChange.Delta] = []
    for item in new {
      let before = old.first { $0.name == item.name }
      if before?.values ?? [] != item.values { deltas.append(delta(from: before, to: item)) }
    }
    for item in old where !item.values.isEmpty && !new.contains(where: { $0.name == item.name }) {
      let rule = emptied.first { $0.name == item.name }?.rule ?? 0
      deltas.append(.init(item.name, before: item.values, after: [], rule: rule))
    }
    return deltas
  }

  /// What a metaverse object is to hold by its contributions, and what a rule only says has no value.
  struct Settled {
    /// The attributes that are stored: with values, or kept empty where others would give some.
    var attributes: [MetaverseAttribute]
    /// The others: who says that they are empty, which nobody denies.
    var emptied: [MetaverseAttribute]

    init(_ all: [MetaverseAttribute]) {
      // Who is overruled asks why; an attribute that nobody fills needs no entry.
      func isStored(_ item: MetaverseAttribute) -> Bool {
        !item.values.isEmpty || item.losers.contains { $0.reason == .blocked }
      }
      let isPlain = all.allSatisfy(isStored)
      attributes = isPlain ? all : all.filter(isStored)
      emptied = isPlain ? [] : all.filter { !isStored($0) }
    }
  }

  func attribute(
    _ resolved: ResolvedAttribute, current: MetaverseAttribute?
  ) -> MetaverseAttribute {
    let item = MetaverseAttribute(
      name: resolved.attribute, values: AttributeSet.canonical(resolved.values),
      contributor: resolved.contributor ?? 0, rule: number(resolved.winner.rule),
      time: facts.now, losers: others(of: resolved))
    guard let current, current.values == item.values, current.contributor == item.contributor,
      current.rule == item.rule
    else { return item }
    // Others may lose now; the value is as old as it was.
    var kept = item
    kept.time = current.time
    return kept
  }

  private func others(of resolved: ResolvedAttribute) -> [LostContribution] {
    guard !resolved.losers.isEmpty || !resolved.partners.isEmpty else { return [] }
    let partners = resolved.partners.map { partner in
      LostContribution(
        contributor: partner.contributor ?? 0, rule: number(partner.contribution.rule),
        reason: .united, values: partner.contribution.values)
    }
    return partners + resolved.losers.map { lost($0) }
  }

  private func lost(_ loser: ResolvedAttribute.Loser) -> LostContribution {
    LostContribution(
      contributor: loser.contributor ?? 0, rule: number(loser.contribution.rule),
      reason: LostContribution.Reason(loser.reason), values: loser.contribution.values)
  }

  func delta(
    from old: MetaverseAttribute?, to new: MetaverseAttribute
  ) -> ObjectChange.Delta {
    .init(new.name, before: old?.values ?? [], after: new.values, rule: new.rule)
  }

  func display(_ attributes: [MetaverseAttribute]) -> String? {
    for name in DisplayNames.all {
      if let text = attributes.first(where: { $0.name == name })?.values.first?.text {
        return text
      }
    }
    return nil
  }
}

/// Where a metaverse object's name for a person stands.
private enum DisplayNames {
  static let all: [AttributeName] = ["displayName", "cn", "userPrincipalName"]
}

extension LostContribution.Reason {
  init(_ reason: ResolvedAttribute.Reason) {
    self =
      switch reason {
      case .noValue: .noValue
      case .lowerPrecedence: .lowerPrecedence
      case .otherObject: .otherObject
      case .ignored: .ignored
      case .blocked: .blocked
      case .onlyOnce: .onlyOnce
      }
  }
}
