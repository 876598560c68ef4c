import Directory
import SyncRules
import SyncStore

/// Matches with what a target has already.
extension Decider {
  /// What the target has already of a metaverse object, unlinked, and the rule that found it.
  func joinOutbound(
    _ evaluation: OutboundEvaluation, _ target: ActiveConnector, type: String
  ) throws -> (object: ConnectorSpaceObject, rule: SyncRule)? {
    try reader.expect(
      evaluation.joins.flatMap { $0.lookups.queries(type: type) }, connector: target.id)
    for attempt in evaluation.joins {
      let found = try findUnlinked(connector: target.id, type: type, attempt.lookups)
      guard found.count == 1, let object = found.first else { continue }
      // Deletes leave before what is made: who leaves gives up the address for another.
      if object.awaitsDelete, belongsToOther(attempt, object) { continue }
      try checkMatch(attempt, object, target)
      return (object, attempt.rule)
    }
    return nil
  }

  /// Refuses to write to an object for the first time that an inbound rule has joined, where the
  /// target forbids to take over what has the anchor already.
  func checkTakeover(
    _ evaluation: OutboundEvaluation, _ linked: ConnectorSpaceObject, _ target: ActiveConnector
  ) throws {
    guard linked.desired == nil, linked.linkKind == .joined, let image = linked.image,
      let attempt = evaluation.joins.first(where: { attempt in
        attempt.isBlocked && attempt.lookups.allSatisfy { $0.matches(image) }
      })
    else { return }
    try checkMatch(attempt, linked, target)
  }

  /// Whether a match by an address is with what another object on premises has already.
  private func belongsToOther(_ attempt: JoinAttempt, _ object: ConnectorSpaceObject) -> Bool {
    attempt.match == .soft && !attempt.isBlocked
      && attempt.anchors.contains { object.image?[$0].isEmpty == false }
  }

  /// Refuses a match that the target forbids, and one by an address with an object that another
  /// object on premises has already.
  private func checkMatch(
    _ attempt: JoinAttempt, _ object: ConnectorSpaceObject, _ target: ActiveConnector
  ) throws {
    let condition = attempt.conditions.first
    let value = condition?.values.first?.portableText ?? ""
    let name = object.display.isEmpty ? object.dn : "\(object.display) (\(object.dn))"
    if attempt.isBlocked {
      throw SyncFailure(
        type: .invalidHardMatch,
        message: "\(name) of \(target.name) has the anchor \(value), and block_hard_match forbids "
          + "to take it over (rule \(attempt.rule.name))",
        hint: "Allow hard matches of \(target.name) for this synchronization, or remove the anchor "
          + "there", attribute: condition?.source.text ?? "", value: value, other: object.id,
        rule: attempt.rule.name)
    }
    guard attempt.match == .soft,
      let anchor = attempt.anchors.lazy.compactMap({ object.image?[$0].first }).first
    else { return }
    throw SyncFailure(
      type: .invalidSoftMatch,
      message: "\(name) of \(target.name) has the same \(condition?.target.text ?? "address") "
        + "\(value), but belongs to another object on premises: its anchor is "
        + "\(anchor.portableText) (rule \(attempt.rule.name))",
      hint: "Correct the value at one of the two, or remove the anchor there if it is the same "
        + "person", attribute: condition?.source.text ?? "", value: value, other: object.id,
      rule: attempt.rule.name)
  }
}
