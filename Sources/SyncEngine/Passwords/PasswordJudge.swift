import Directory
import PasswordSync
import SyncRules
import SyncStore

/// Where an account's password goes, by what the directory synchronization has stored.
struct PasswordPlace: Sendable {
  /// The source's object; nil if the directory synchronization does not know it.
  var object: Int64?
  /// The target's object.
  var targetObject: Int64?
  /// Its anchor.
  var targetAnchor = ""
  /// Its name.
  var targetDN = ""
  /// What ties both.
  var sourceAnchor = ""
  /// Why it can't go there; nil if it can.
  var obstacle: (status: PasswordStatus, reason: String)?
}

/// Decides by the rules whose password goes where.
struct PasswordJudge {
  let plan: SyncPlan
  let facts: PlanFacts
  let source: ActiveConnector
  let target: ActiveConnector
  let setup: PasswordChannelSetup

  /// Where the password of the account with this anchor goes.
  func place(of anchor: String, _ tx: StoreTransaction) throws -> PasswordPlace {
    var place = PasswordPlace()
    guard let id = try tx.objectID(connector: source.id, anchor: Anchor(anchor)),
      let object = try tx.object(id), let image = object.image
    else {
      place.obstacle = (
        .sourceConnectorNotPresent, "\(source.name) has not imported an object of this anchor"
      )
      return place
    }
    place.object = id
    guard let metaverseID = object.metaverse, let metaverse = try tx.metaverse(metaverseID) else {
      place.obstacle = (.noTargetConnection, "The object has no metaverse object")
      return place
    }
    let inbound = try facts.evaluateInbound(object, image, source, plan, tx)
    guard inbound.enablesPasswordSync else {
      place.obstacle = (
        .noTargetConnection, "No inbound rule that synchronizes passwords has it in scope"
      )
      return place
    }
    let linked = try tx.linkedID(to: metaverseID, connector: target.id)
    let there = try linked.flatMap { try tx.object($0) }
    let outbound = try facts.evaluateOutbound(
      metaverseID, type: metaverse.objectType, metaverse.values, target, plan, tx,
      isNew: there?.image == nil)
    guard outbound.enablesPasswordSync else {
      place.obstacle = (
        .noTargetConnection,
        "No outbound rule to \(target.name) that synchronizes passwords has it in scope"
      )
      return place
    }
    guard let there, let targetAnchor = there.anchor, there.image != nil, !there.awaitsDelete else {
      place.obstacle = (
        .targetNotExportedToDirectory,
        there?.awaitsDelete == true
          ? "The user waits to be deleted from \(target.name)"
          : "\(target.name) has not shown the user yet"
      )
      return place
    }
    place.targetObject = there.id
    place.targetAnchor = targetAnchor.text
    place.targetDN = there.dn
    place.sourceAnchor = metaverse.values.text("sourceAnchor") ?? anchor
    return place
  }

  /// Why the password of an account that has a place is kept back; nil if it is sent.
  func obstacle(of account: SourceAccount) -> (status: PasswordStatus, reason: String)? {
    if account.hash == nil {
      return (
        .missingAttribute,
        account.problem.isEmpty ? "The source has no hash for the account" : account.problem
      )
    }
    if account.isDisabled {
      // The standard rules keep such accounts out by userAccountControl, which not all directories
      // have.
      return (.filteredByTarget, "The account is disabled; the hash of its password is not sent")
    }
    if account.mustChangePassword && !setup.sendsMustChange {
      return (
        .filteredByTarget,
        "The user must change the password at the next sign-in; such passwords are not sent"
      )
    }
    if account.requiresSmartCard && !setup.sendsSmartCard {
      return (
        .filteredByTarget, "The account signs in with a smart card only; its hash is not sent"
      )
    }
    return nil
  }
}
