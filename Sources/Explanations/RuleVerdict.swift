import Directory
import SyncRules
import SyncStore

/// What the rules say of one object now, as far as an explanation needs it.
struct RuleVerdict {
  /// The rules that are for it, the strongest first.
  var inScope: [SyncRule]
  /// The others for its type, with the clause that left it out and the value that it found.
  var excluded: [RuleExclusion]
  /// Whether a rule makes the object on the other side if it joins none.
  var creates: Bool
  /// Looks for a partner that can be made with the values that it has.
  var joins: [JoinAttempt]

  /// Whether any rule at all is for objects of its type.
  var hasRules: Bool { !inScope.isEmpty || !excluded.isEmpty }

  /// What the inbound rules say of an object of a connector space.
  static func inbound(_ object: ObjectDetail, _ rules: RuleSet) -> RuleVerdict {
    let (attributes, references) = split(object.attributes)
    let evaluation = rules.evaluateInbound(
      connector: object.row.connector, objectType: object.row.objectType, attributes: attributes,
      references: references, presentReferences: references)
    return RuleVerdict(
      inScope: evaluation.inScope, excluded: evaluation.outOfScope, creates: evaluation.projects,
      joins: evaluation.joins)
  }

  /// What the outbound rules to a target say of the metaverse object that `object` is linked to.
  static func outbound(_ object: ObjectDetail, to target: String, _ rules: RuleSet) -> RuleVerdict {
    let (attributes, references) = split(object.metaverse)
    let evaluation = rules.evaluateOutbound(
      connector: target, metaverseType: object.metaverseType, attributes: attributes,
      references: references, presentReferences: references)
    return RuleVerdict(
      inScope: evaluation.inScope, excluded: evaluation.outOfScope,
      creates: evaluation.provisions, joins: evaluation.joins)
  }

  /// The values as the rules read them; references count as present, and by their names.
  private static func split(_ rows: [AttributeRow]) -> (AttributeSet, Set<AttributeName>) {
    var attributes = AttributeSet()
    var references: Set<AttributeName> = []
    for row in rows where !row.values.isEmpty {
      attributes[AttributeName(row.name)] = row.values
      if case .reference? = row.values.first { references.insert(AttributeName(row.name)) }
    }
    return (attributes, references)
  }
}
