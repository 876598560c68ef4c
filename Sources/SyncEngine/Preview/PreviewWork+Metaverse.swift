import Directory
import SyncRules
import SyncStore

/// The metaverse object as it then is, with what flows to it.
extension PreviewWork {
  func describeMetaverse(
    _ id: Int64, _ report: inout PreviewReport, _ tx: StoreTransaction
  ) throws {
    var contributions: [(contributor: Int64, contribution: Contribution)] = []
    var references: [(contributor: Int64, flow: ReferenceFlow)] = []
    var names: [Int64: String] = [:]
    for object in try tx.linked(to: id) {
      names[object.id] = plan.connector(object.connector)?.name
      guard let evaluation = try evaluate(object, tx) else { continue }
      contributions += evaluation.contributions.map { (object.id, $0) }
      references += evaluation.referenceFlows.map { (object.id, $0) }
    }
    let stored = try tx.metaverse(id)
    // Flows that apply once or are ignored keep what they gave, as they did a moment ago.
    let settled = MetaverseMerge.resolve(contributions, tellsEmptied: true) {
      contributor, contribution in
      stored.flatMap { facts.gave(contribution, of: contributor, in: $0)?.values }
    }
    report.flows = settled.flatMap { resolved in
      func connector(_ id: Int64?) -> String { names[id ?? 0] ?? "" }
      // Of values that are united each shows its own.
      let values = resolved.partners.isEmpty ? resolved.values : resolved.winner.values
      return [flow(resolved.winner, values, connector(resolved.contributor), loses: "")]
        + resolved.partners.map {
          flow($0.contribution, $0.contribution.values, connector($0.contributor), loses: "")
        }
        + resolved.losers.map {
          flow(
            $0.contribution, $0.contribution.values, connector($0.contributor),
            loses: $0.reason.text)
        }
    }
    guard let stored else { return }
    report.flows += try referenceFlows(id, references, tx)
    for target in facts.targets {
      let evaluation = try facts.evaluateOutbound(
        id, type: stored.objectType, stored.values, target, plan, tx)
      report.targets.append(
        .init(
          connector: target.name, rules: Self.rules(evaluation.inScope, evaluation.outOfScope)))
    }
  }

  private func flow(
    _ contribution: Contribution, _ values: [AttributeValue], _ connector: String, loses: String
  ) -> PreviewReport.Flow {
    let kind =
      switch contribution.origin {
      case .direct: "direct"
      case .constant: "constant"
      default: "expression"
      }
    return .init(
      attribute: contribution.target.text,
      values: values.map { $0.text(of: contribution.target.text) },
      rule: contribution.rule.name,
      kind: contribution.isKept ? PreviewReport.Flow.kept + kind : kind,
      source: contribution.sourceText, connector: connector, loses: loses)
  }

  /// How many of the objects that an attribute refers to are named.
  private static let named = 20

  /// References are rows elsewhere: what flows is what they are by now, given anew or not.
  private func referenceFlows(
    _ metaverse: Int64, _ flows: [(contributor: Int64, flow: ReferenceFlow)], _ tx: StoreTransaction
  ) throws -> [PreviewReport.Flow] {
    try tx.referenceLineage(of: metaverse, limit: Self.named).flatMap { row in
      let counting = row.contributors.count { $0.reason.isEmpty }
      return row.contributors.map { giver in
        let source = flows.first { item in
          item.contributor == giver.object && item.flow.rule.name == giver.rule
            && item.flow.target.text == row.name
        }?.flow.source.text
        var values = ["\(giver.references) references"]
        if giver.references == 1 { values = ["1 reference"] }
        // Whose they are is known as long as nobody else gives some.
        if counting == 1, giver.reason.isEmpty {
          let more = row.valueCount - row.targetNames.count
          values = row.targetNames + (more > 0 ? ["… and \(more) more"] : [])
        }
        return PreviewReport.Flow(
          attribute: row.name, values: values, rule: giver.rule, kind: "direct",
          source: source ?? row.name, connector: giver.connector, loses: giver.reason)
      }
    }
  }
}
