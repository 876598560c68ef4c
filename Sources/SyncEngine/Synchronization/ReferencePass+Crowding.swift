import Directory
import SyncRules
import SyncStore

/// References of which several flow to an attribute of a target that takes one.
extension ReferencePass {
  /// Why the references of a metaverse object can't go out; nil if they can.
  ///
  /// As with values, nobody knows which of them is meant, and to send one of them would send another
  /// one the next time.
  mutating func crowding(of metaverse: Int64) throws -> SyncFailure? {
    guard !facts.singles.isEmpty, !roomy.contains(metaverse) else { return nil }
    let sources = try targets(of: metaverse)
    for target in facts.targets {
      guard let singles = facts.singles[target.id], let source = sources[target.id] else {
        continue
      }
      let flows = Dictionary(
        grouping: source.flows.filter { singles.contains($0.target) }, by: \.target)
      for (attribute, flows) in flows.sorted(by: { $0.key < $1.key }) {
        let meant = try meant(of: metaverse, by: flows, in: target)
        if meant.count > 1 { return try failure(meant, attribute, target, flows[0].rule) }
      }
    }
    roomy.insert(metaverse)
    return nil
  }

  /// The metaverse objects that are meant by what flows, a few if there are many.
  private func meant(
    of metaverse: Int64, by flows: [ReferenceFlow], in target: ActiveConnector
  ) throws -> [Int64] {
    var found: Set<Int64> = []
    for flow in flows {
      let holder = StoreTransaction.MetaverseReferences(source: metaverse, attribute: flow.source)
      guard let strongest = try strongest(of: holder) else { continue }
      found.formUnion(
        try tx.meant(by: holder, upTo: strongest, shownIn: target.id, limit: Self.namesTold + 1))
    }
    return found.sorted()
  }

  private static var namesTold: Int { 3 }

  private func failure(
    _ meant: [Int64], _ attribute: AttributeName, _ target: ActiveConnector, _ rule: SyncRule
  ) throws -> SyncFailure {
    let names = try meant.prefix(Self.namesTold).map { id in
      try tx.metaverseDisplay(id).flatMap { $0.isEmpty ? nil : $0 } ?? "metaverse object \(id)"
    }
    let text =
      names.joined(separator: "; ") + (meant.count > Self.namesTold ? "; and others" : "")
    return SyncFailure(
      type: .multiValueToSingle,
      message: "Several references flow to \(attribute) of \(target.name), which takes one "
        + "(rule \(rule.name)): \(text)",
      hint: "Leave one in the source, or change the rule", attribute: attribute.text, value: text,
      rule: rule.name)
  }
}

extension PlanFacts {
  /// Attributes of targets that take one reference, and to which several may flow; only targets that
  /// have some.
  static func singles(
    _ plan: SyncPlan, _ targets: [ActiveConnector], merged: Set<AttributeName>
  ) -> [Int64: Set<AttributeName>] {
    var many = merged.union(plan.madeReferences)
    for connector in plan.connectors {
      for flow in plan.rules(of: connector, .inbound).flatMap(\.flows) {
        guard case .direct(let source) = flow.source,
          case let definition = connector.schema[source],
          definition.kind == .reference, definition.isMultiValued
        else { continue }
        many.insert(flow.target)
      }
    }
    var found: [Int64: Set<AttributeName>] = [:]
    for target in targets {
      let made = plan.madeReferences(in: target)
      let names = plan.rules(of: target, .outbound).flatMap(\.flows).filter { flow in
        guard case let definition = target.schema[flow.target], definition.kind == .reference,
          !definition.isMultiValued
        else { return false }
        return made.contains(flow.target) || flow.merge != .update
          || !flow.source.attributes.isDisjoint(with: many)
      }.map(\.target)
      if !names.isEmpty { found[target.id] = Set(names) }
    }
    return found
  }
}
