import SyncRules
import SyncStore

/// Why objects of a target are to be deleted, in words that are the same for all that one thing
/// made so: held deletes are grouped by them.
///
/// They are found when a delete is decided: later the objects that it came from may be gone, or be
/// elsewhere again.
enum DeleteCause {
  /// The directory deleted the object that bore the name `dn`, whether its container went, too, or not.
  static func deleted(_ dn: String, in connector: String) -> String {
    "deleted in \(connector), below " + StoreTransaction.container(of: dn)
  }

  /// No rule has the object in scope: the clauses of the strongest rule that failed, without the
  /// values of the one object.
  static func leftScope(
    _ excluded: [RuleExclusion], type: String, of connector: String
  ) -> String {
    guard let first = excluded.first else {
      return "no rule for objects of type \(type) of \(connector) any more"
    }
    let clauses = first.failed.map { failure in
      first.rule.scope.groups[failure.group].clauses[failure.clause].description
    }
    return "left scope of \(first.rule.name) (" + clauses.joined(separator: "; ") + ")"
  }

  /// Where an object was before it got another name, if its container is another one now.
  static func moved(from before: String?, to dn: String) -> String {
    guard let before else { return "" }
    let (old, new) = (
      StoreTransaction.container(of: before), StoreTransaction.container(of: dn)
    )
    return old.lowercased() == new.lowercased() ? "" : ", moved from \(old) to \(new)"
  }
}
