import Directory
import SyncRules
import SyncStore

/// Synchronizes one object inside a transaction by the very means of a step, and reports on it.
struct PreviewWork {
  let plan: SyncPlan
  let connector: ActiveConnector
  let facts: PlanFacts
  let order: PreviewOrder
  let requestedBy: String

  /// Does the work; whether it stays is for the owner of the transaction.
  func run(_ tx: StoreTransaction) throws -> PreviewReport {
    try facts.keepMembersPending(of: connector, tx)
    guard let object = try tx.object(order.object) else {
      throw EngineError(message: "Object \(order.object) is gone", hint: "Look for it again")
    }
    var report = PreviewReport(
      object: object.id, connector: connector.name, dn: object.dn, objectType: object.objectType,
      pendingImport: try tx.pendingImportWord(of: object.id) ?? "none", isFull: order.isFull,
      isCommitted: order.commits)
    let evaluation = try describeInbound(object, &report, tx)
    if object.metaverse == nil, let evaluation {
      report.joins = try joins(evaluation, tx)
    }
    let before = try related(to: object, tx)
    report.exportsBefore = try tx.pendingExports(of: before)
    let isPassedOver = try !order.isFull && !object.hasPendingImport && !tx.isToBeRetried(object.id)
    if try isPassedOver && !hasReferences(object, tx) {
      report.note =
        "Nothing is staged for this object: a delta synchronization passes it over. Look with full"
      report.exportsAfter = report.exportsBefore
      try checkAgreement(report)
      return report
    }
    try synchronize(object, referencesOnly: isPassedOver, related: before, &report, tx)
    let now = try tx.object(object.id)
    let after = try now.map { try related(to: $0, tx) } ?? []
    report.exportsAfter = try tx.pendingExports(of: Array(Set(before + after)).sorted())
    if let metaverse = now?.metaverse { try describeMetaverse(metaverse, &report, tx) }
    try checkAgreement(report)
    return report
  }

  /// Refuses to store anything but what a person has looked at.
  private func checkAgreement(_ report: PreviewReport) throws {
    guard order.commits, let agreed = order.agreed, report.digest != agreed else { return }
    throw EngineError(
      message:
        "Synchronizing \(report.dn) would do something else by now than what was looked at",
      hint: "Look at a new preview, and store that")
  }

  /// What a step does with the object, and with what refers from it and to it.
  ///
  /// - Parameter referencesOnly: Whether it is passed over itself.
  /// - Parameter before: The objects that share its metaverse object.
  private func synchronize(
    _ object: ConnectorSpaceObject, referencesOnly: Bool, related before: [Int64],
    _ report: inout PreviewReport, _ tx: StoreTransaction
  ) throws {
    let step = try tx.beginStep(
      cycle: nil, connector: connector.id,
      type: order.isFull ? .fullSynchronization : .deltaSynchronization,
      requestedBy: requestedBy, phase: "synchronizing"
    ).step
    var first: ConnectorSpaceObject?
    if !referencesOnly {
      try tx.retried([object.id], connector: connector.id)
      first = try goesFirst(object, tx)
      if let first { try synchronize(first, step, tx) }
      try synchronize(object, step, tx)
      // Who was let go, or found a place taken that is free now, is tried again.
      for _ in 0..<SynchronizationStep.retryRounds where try tx.isToBeRetried(object.id) {
        try tx.retried([object.id], connector: connector.id)
        if let now = try tx.object(object.id) { try synchronize(now, step, tx) }
      }
    }
    try flowReferences(object, related: before, step, tx)
    report.operations = try tx.operations(step: step)
    report.failures = try tx.failures(step: step)
    if report.operations.isEmpty && report.failures.isEmpty {
      report.note = try tx.countedTitles(step: step).joined(separator: ", ")
    }
    if let first {
      let note =
        "\(first.dn), whose place it takes and whose change is staged, too, is synchronized before it"
      report.note = [report.note, note].filter { !$0.isEmpty }.joined(separator: "; ")
    }
    try tx.endStep(
      step, result: report.failures.isEmpty ? "success" : "completed-sync-errors",
      message: StoreTransaction.oneObject + object.dn, hint: "")
  }

  /// Who has the place that an object is to have, and may leave it by a change that is staged: a step
  /// looks at all others before the object fails.
  private func goesFirst(
    _ object: ConnectorSpaceObject, _ tx: StoreTransaction
  ) throws -> ConnectorSpaceObject? {
    let decision = try Decider.decide(
      object,
      in: Decider.Surroundings(reader: tx, plan: plan, facts: facts, connector: connector))
    guard case .fail(_, let failure)? = decision.effects.first, failure.mayPass,
      let other = try failure.other.flatMap({ try tx.object($0) }),
      other.connector == connector.id, other.hasPendingImport
    else { return nil }
    return other
  }

  private func synchronize(
    _ object: ConnectorSpaceObject, _ step: Int64, _ tx: StoreTransaction
  ) throws {
    var synchronizer = try Synchronizer(
      tx: tx, plan: plan, connector: connector, step: step, facts: facts)
    try synchronizer.synchronize(object)
    try synchronizer.finish()
  }

  // MARK: References

  /// How many references are looked at in one go.
  private static let referencesAtOnce = 2000

  /// Whether a synchronization would look at references of the object, or to it.
  private func hasReferences(
    _ object: ConnectorSpaceObject, _ tx: StoreTransaction
  ) throws -> Bool {
    let isChanged = try !tx.changedReferences(
      connector: connector.id, outbound: facts.outboundRuleNames, about: [object.id], limit: 1
    ).isEmpty
    if isChanged { return true }
    guard let metaverse = object.metaverse else { return false }
    return try !tx.changedMetaverseReferences(from: 0, about: [metaverse], limit: 1).isEmpty
  }

  private func flowReferences(
    _ object: ConnectorSpaceObject, related before: [Int64], _ step: Int64, _ tx: StoreTransaction
  ) throws {
    let now = try tx.object(object.id)
    let after = try now.map { try related(to: $0, tx) } ?? []
    var rounds = ReferenceRounds(
      plan: plan, facts: facts, connector: connector, step: step, followsFull: false,
      limit: Self.referencesAtOnce,
      subject: .init(
        objects: Set(before + after + [object.id]),
        metaverse: Set([object.metaverse, now?.metaverse].compactMap(\.self))))
    while try rounds.go(tx).isMore {}
  }

  /// The objects that share the metaverse object, the object itself among them.
  private func related(to object: ConnectorSpaceObject, _ tx: StoreTransaction) throws -> [Int64] {
    guard let metaverse = object.metaverse else { return [object.id] }
    return try tx.linked(to: metaverse).map(\.id)
  }

  // MARK: Rules

  private func describeInbound(
    _ object: ConnectorSpaceObject, _ report: inout PreviewReport, _ tx: StoreTransaction
  ) throws -> InboundEvaluation? {
    guard let evaluation = try evaluate(object, tx) else { return nil }
    report.inboundRules = Self.rules(evaluation.inScope, evaluation.outOfScope)
    return evaluation
  }

  func evaluate(
    _ object: ConnectorSpaceObject, _ tx: StoreTransaction
  ) throws -> InboundEvaluation? {
    guard let image = object.image, let connector = plan.connector(object.connector) else {
      return nil
    }
    return try facts.evaluateInbound(object, image, connector, plan, tx)
  }

  static func rules(
    _ inScope: [SyncRule], _ outOfScope: [RuleExclusion]
  ) -> [PreviewReport.Rule] {
    let there = inScope.map { PreviewReport.Rule(name: $0.name, isInScope: true, reason: "") }
    return there
      + outOfScope.map {
        PreviewReport.Rule(name: $0.rule.name, isInScope: false, reason: $0.reason)
      }
  }

  private func joins(
    _ evaluation: InboundEvaluation, _ tx: StoreTransaction
  ) throws -> [PreviewReport.Join] {
    guard let type = evaluation.metaverseType else { return [] }
    var result: [PreviewReport.Join] = []
    for (place, attempt) in evaluation.joins.enumerated() {
      let next = place + 1 < evaluation.joins.count ? ", the next one is tried" : ""
      let decider = Decider(reader: tx, plan: plan, facts: facts, connector: connector)
      let found = try decider.findMetaverse(type: type, attempt.lookups)
      let words =
        switch found.count {
        case 0: "nothing found" + next
        case 1: "joins"
        default: "ambiguous" + next
        }
      result.append(
        .init(
          rule: attempt.rule.name,
          conditions: attempt.conditions.map { condition in
            "\(condition.source) = \(condition.target) ("
              + condition.values.prefix(3).map(\.text).joined(separator: ", ") + ")"
          }.joined(separator: " and "),
          found: try found.compactMap { try tx.metaverseDisplay($0.id) }, outcome: words))
      if found.count == 1 { break }
    }
    return result
  }
}
