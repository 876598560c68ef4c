import Directory
import SyncRules
import SyncStore

/// Objects that leave.
extension Decider {
  /// No rule has the object in scope.
  func leaveOut(
    _ object: ConnectorSpaceObject, _ evaluation: InboundEvaluation
  ) throws {
    let isFiltered = !evaluation.outOfScope.isEmpty
    if object.metaverse != nil {
      let (removed, deltas) = try disconnect(
        object, isFiltered: true,
        cause: DeleteCause.leftScope(
          evaluation.outOfScope, type: object.objectType, of: connector.name)
          + DeleteCause.moved(from: object.lastDN, to: object.dn))
      let counter: Counter =
        removed ? .connectorFilteredRemoveMV : .connectorFilteredLeaveMV
      decision.count(counter)
      var change = change(counter, object, deltas)
      change.metaverse = object.metaverse
      change.reason = Self.reason(evaluation.outOfScope)
      record(change)
    } else {
      decision.count(isFiltered ? .disconnectorFiltered : .disconnectorRemains)
    }
    finishImport(of: object, isFiltered: isFiltered)
  }

  /// The rules make another type of metaverse object of it than the one that it is linked to: it
  /// leaves that one, and looks for another, or makes it, when it is tried again in this step.
  func changeType(_ object: ConnectorSpaceObject, to type: String) throws {
    let reason = "the rules make a \(type) of it now"
    let (removed, deltas) = try disconnect(
      object, isFiltered: false, retries: true, cause: "\(connector.name): \(reason)")
    let counter: Counter =
      removed ? .connectorFilteredRemoveMV : .connectorFilteredLeaveMV
    decision.count(counter)
    var change = change(counter, object, deltas)
    change.metaverse = object.metaverse
    change.reason = reason
    record(change)
    finishImport(of: object, isFiltered: false)
  }

  /// Whether `object`, or another that is linked to its metaverse object, keeps that one alive.
  func isKept(
    _ metaverse: MetaverseObject, by object: ConnectorSpaceObject, _ evaluation: InboundEvaluation
  ) throws -> Bool {
    // What rules made of a metaverse object has no say in its life.
    if evaluation.keepsAlive || object.desired != nil { return true }
    guard facts.contributors.contains(connector.id) else { return true }
    return try reader.linked(to: metaverse.id).contains { other in
      guard other.id != object.id else { return false }
      // Who is there by a source that was taken out, or has another name now, leaves with that one.
      return try facts.retired.contains(other.connector) || keepsAlive(other)
    }
  }

  private func keepsAlive(_ other: ConnectorSpaceObject) throws -> Bool {
    guard facts.contributors.contains(other.connector) else { return false }
    guard let evaluation = try evaluate(other) else { return awaitsLeaving(other) }
    return evaluation.keepsAlive
  }

  /// Whether the directory does not hold an object any more and its synchronization, which takes it
  /// from its metaverse object, is yet to come; until then it counts as it did.
  func awaitsLeaving(_ object: ConnectorSpaceObject) -> Bool {
    object.image == nil && object.desired == nil && facts.contributors.contains(object.connector)
  }

  /// Only Join rules are left, after a change of scopes or rules: they keep no metaverse object, and
  /// those without join conditions no object at that of others; `isMaker` tells the rules that would.
  func leaveOrphaned(
    _ object: ConnectorSpaceObject, _ evaluation: InboundEvaluation, because why: String,
    _ isMaker: (SyncRule) -> Bool
  ) throws {
    var reason = why
    var cause = "\(connector.name): \(reason)"
    let makers = evaluation.outOfScope.filter { isMaker($0.rule) }
    if !makers.isEmpty {
      reason += ": " + Self.reason(makers)
      cause =
        DeleteCause.leftScope(makers, type: object.objectType, of: connector.name)
        + DeleteCause.moved(from: object.lastDN, to: object.dn)
    }
    _ = try leave(object, because: reason, cause: cause)
    let keys = evaluation.joins.flatMap { $0.lookups.flatMap(\.keys) }
    if !keys.isEmpty { decision.effects.append(.wait(object.id, keys)) }
    finishImport(of: object, isFiltered: false)
  }

  /// The directory does not hold the object any more.
  func removeLost(_ object: ConnectorSpaceObject) throws {
    if object.metaverse != nil, object.isLetGo {
      let reason =
        "it is still in \(connector.name) and no longer read; what was made of it stays as it is"
      _ = try leave(object, letsGo: true, because: reason, cause: "")
    } else if object.metaverse != nil {
      let (removed, deltas) = try disconnect(
        object, isFiltered: false, cause: DeleteCause.deleted(object.dn, in: connector.name))
      let counter: Counter = removed ? .connectorDeleteRemoveMV : .connectorDeleteLeaveMV
      decision.count(counter)
      var change = change(counter, object, deltas)
      change.metaverse = object.metaverse
      record(change)
    }
    decision.writes.note(object: object.id)
    decision.effects.append(.remove(object.id))
  }

  /// What leaving means for an object whose source is not configured any more.
  ///
  /// - Parameter spares: Whether it stays where it alone keeps its metaverse object.
  static func retire(
    _ object: ConnectorSpaceObject, of source: String, spares: Bool, in surroundings: Surroundings
  ) throws -> Decision {
    let decider = Decider(surroundings)
    let reason = "\(source) is not in lockstep.toml any more"
    do {
      guard try decider.leave(object, because: reason, cause: reason) || !spares else {
        return Decision()
      }
    } catch let failure as SyncFailure {
      // Those that keep the metaverse object bring it in line once they don't fail. What fails only
      // without what this one gave is told of one of them, which was looked at with that.
      decider.decision = Decision()
      decider.unlink(object, isFiltered: false, retries: false)
      let others = try object.metaverse.map { try decider.linked(to: $0) } ?? []
      let givers = others.filter {
        $0.id != object.id && surroundings.facts.contributors.contains($0.connector)
      }
      if !givers.contains(where: { $0.hasSyncError && $0.hasPendingImport }),
        let told = decider.failed(failure, givers)
      {
        decider.decision.effects += told.effects
        decider.decision.counted += told.counted
      }
    }
    return decider.decision
  }

  /// Takes an object from its metaverse object, and tells it; the answer is whether that one stays.
  private func leave(
    _ object: ConnectorSpaceObject, letsGo: Bool = false, because reason: String, cause: String
  ) throws -> Bool {
    let (removed, deltas) = try disconnect(object, isFiltered: false, letsGo: letsGo, cause: cause)
    let counter: Counter = removed ? .connectorFilteredRemoveMV : .connectorFilteredLeaveMV
    decision.count(counter)
    var change = change(counter, object, deltas)
    change.metaverse = object.metaverse
    change.reason = reason
    record(change)
    return !removed
  }

  /// Takes an object from its metaverse object; the answer is whether that one is gone, too, and
  /// what of it changed if it is not.
  ///
  /// `cause` tells why what the rules made of that one is deleted, unless `letsGo`: then that stays
  /// as it is.
  private func disconnect(
    _ object: ConnectorSpaceObject, isFiltered: Bool, retries: Bool = false, letsGo: Bool = false,
    cause: String
  ) throws -> (removed: Bool, deltas: [ObjectChange.Delta]) {
    guard let metaverse = object.metaverse else { return (false, []) }
    // What refers to one that is gone goes with it.
    unlink(
      object, isFiltered: isFiltered, retries: retries, keepsReferences: object.image == nil)
    disconnected = object
    let others = try linked(to: metaverse).filter { $0.id != object.id }
    let isAlive = try others.contains { try keepsAlive($0) }
    let stored = try self.metaverse(metaverse)
    guard isAlive, let stored else {
      for other in others {
        try release(other, isWithheld: isWithheld(other, of: stored), letsGo: letsGo, cause: cause)
      }
      decision.writes.note(metaverse: metaverse)
      let keys = keys(stored?.attributes ?? [])
      for key in keys { decision.writes.note(key) }
      decision.effects.append(.deleteMetaverse(metaverse, keys: keys))
      return (true, [])
    }
    return (false, try update(stored, with: nil, nil))
  }

  /// The metaverse object of `other` is gone: what the rules made of it goes, too.
  private func release(
    _ other: ConnectorSpaceObject, isWithheld: Bool, letsGo: Bool, cause: String
  ) {
    let reason = "its metaverse object was deleted"
    guard other.desired != nil else {
      unlink(other, isFiltered: false, retries: true, keepsReferences: letsGo)
      return record(.disconnectedKept, of: other, because: reason)
    }
    guard letsGo || isWithheld && other.image != nil else {
      return deprovision(other, because: reason, cause: cause)
    }
    letGo(other, because: reason, keepsReferences: letsGo)
  }

  /// The rules want nothing of an object of a target any more, and it stays.
  private func letGo(
    _ object: ConnectorSpaceObject, because reason: String, keepsReferences: Bool
  ) {
    noteFreed(object)
    decision.effects.append(
      .letGo(object.id, connector: object.connector, keepsReferences: keepsReferences))
    record(.disconnectedKept, of: object, because: reason)
  }

  /// Counts and records what becomes of an object of another connector.
  private func record(
    _ counter: Counter, of object: ConnectorSpaceObject, because reason: String
  ) {
    decision.count(counter, target: object.connector)
    var change = change(counter, object, [])
    change.target = object.connector
    change.metaverse = object.metaverse
    change.reason = reason
    record(change)
  }

  /// Why rules leave an object out, in words; two rules say enough.
  static func reason(_ exclusions: [RuleExclusion]) -> String {
    let shown = exclusions.prefix(2).map { "\($0.rule.name): \($0.reason)" }
    let rest = exclusions.count - shown.count
    return String((shown + (rest > 0 ? ["\(rest) more"] : [])).joined(separator: "; ").prefix(400))
  }

  private func unlink(
    _ object: ConnectorSpaceObject, isFiltered: Bool, retries: Bool, keepsReferences: Bool = false
  ) {
    noteFreed(object)
    decision.effects.append(
      .unlink(
        object.id, isFiltered: isFiltered, retries: retries, keepsReferences: keepsReferences))
  }

  /// From now on look-ups of joins find the object.
  private func noteFreed(_ object: ConnectorSpaceObject) {
    decision.writes.note(object: object.id)
    if let metaverse = object.metaverse { decision.writes.note(metaverse: metaverse) }
    for name in facts.indexedConnector[object.connector] ?? [] {
      for value in object.image?[name] ?? [] {
        decision.writes.note(JoinKey(name, value), connector: object.connector)
      }
    }
  }

  /// Has an object deleted in its target that rules have made there, or that a Provision rule took
  /// over; one that Join rules only wrote to is let go.
  func deprovision(
    _ object: ConnectorSpaceObject, because reason: String, cause: String
  ) {
    guard object.linkKind == .provisioned || facts.provides(object) else {
      return letGo(object, because: reason, keepsReferences: false)
    }
    noteFreed(object)
    decision.effects.append(.deprovision(object, cause: cause))
    record(.provisionedDisconnect, of: object, because: reason)
  }
}
