import Directory
import SyncRules
import SyncStore

/// Finds out why objects of a target are to be deleted: for each, what became of the objects that
/// it was made from.
struct DeleteCauses {
  let plan: SyncPlan

  /// Keeps the cause of every pending delete of a connector that has none yet.
  func keep(connector: Int64, _ tx: StoreTransaction) throws {
    for id in try tx.deletesWithoutCause(connector: connector) {
      try tx.setCause(try cause(of: id, connector, tx), .deletes, of: id, connector: connector)
    }
  }

  private func cause(of id: Int64, _ target: Int64, _ tx: StoreTransaction) throws -> String {
    guard let metaverse = try tx.lastMetaverse(of: id) else { return "not known" }
    if let stored = try tx.metaverse(metaverse) { return try leftTarget(stored, target, tx) }
    let origins = try tx.lastSources(of: metaverse, but: id)
    // A source that still shows the object says more than one that has deleted it.
    for origin in origins where !origin.isGone {
      if let words = try leftScope(origin, tx) { return words }
    }
    guard let gone = origins.first(where: \.isGone) else { return "not known" }
    let name = plan.connector(gone.connector)?.name ?? "a connector that is gone"
    return "deleted in \(name): " + StoreTransaction.container(of: gone.dn)
  }

  private func leftScope(
    _ origin: StoreTransaction.LastSource, _ tx: StoreTransaction
  ) throws -> String? {
    guard let connector = plan.connector(origin.connector), let object = try tx.object(origin.id),
      var attributes = object.image, object.metaverse == nil
    else { return nil }
    for name in connector.references {
      let values = try tx.references(of: object.id, name, limit: 1000)
      if !values.isEmpty { attributes[name] = values }
    }
    let evaluation = plan.rules.evaluateInbound(
      connector: connector.name, objectType: object.objectType, attributes: attributes,
      references: connector.references)
    guard evaluation.inScope.isEmpty else { return nil }
    return Self.words(evaluation.outOfScope, object.objectType, connector.name)
      + (try moved(object, tx))
  }

  /// Where an object was before it got another name, if its container is another one now.
  private func moved(_ object: ConnectorSpaceObject, _ tx: StoreTransaction) throws -> String {
    guard let before = try tx.lastName(of: object.id) else { return "" }
    let (old, new) = (
      StoreTransaction.container(of: before), StoreTransaction.container(of: object.dn)
    )
    return old.lowercased() == new.lowercased() ? "" : ", moved from \(old) to \(new)"
  }

  private func leftTarget(
    _ stored: MetaverseObject, _ target: Int64, _ tx: StoreTransaction
  ) throws -> String {
    guard let connector = plan.connector(target) else { return "not known" }
    let evaluation = plan.rules.evaluateOutbound(
      connector: connector.name, metaverseType: stored.objectType, attributes: stored.values,
      references: plan.metaverseReferences)
    guard evaluation.inScope.isEmpty else { return "not known" }
    return Self.words(evaluation.outOfScope, stored.objectType, connector.name)
  }

  /// The first clause that failed of the strongest rule, without the values of the one object.
  private static func words(
    _ excluded: [RuleExclusion], _ type: String, _ connector: String
  ) -> String {
    guard let first = excluded.first else {
      return "no rule for objects of type \(type) of \(connector) any more"
    }
    let clauses = first.failed.map { failure in
      first.rule.scope.groups[failure.group].clauses[failure.clause].description
    }
    return "left scope of \(first.rule.name) (" + clauses.joined(separator: "; ") + ")"
  }
}
