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
  /// Whether it may belong to an object on the other side, and whether a rule keeps that one there.
  var links = true
  var keeps = true
  /// The type of the metaverse object that an object joins or makes; nil without a rule in scope.
  var metaverseType: String?
  /// Looks for a partner that can be made with the values that it has.
  var joins: [JoinAttempt]

  /// Why the rules that would make the object leave it out, a line each.
  var excludedMakers: [String] {
    excluded.filter { $0.rule.linkType == .provision }.map { "\($0.rule.name): \($0.reason)" }
  }

  /// Whether any rule at all is for objects of its type.
  var hasRules: Bool { !inScope.isEmpty || !excluded.isEmpty }

  /// What the inbound rules say of an object of a connector space.
  static func inbound(_ object: ObjectDetail, _ rules: RuleSet) -> RuleVerdict {
    var subject = subject(object.attributes, dn: object.row.dn)
    subject.groups = Set(
      object.groups.map { (try? DistinguishedName($0))?.normalized ?? $0.lowercased() })
    let evaluation = rules.evaluateInbound(
      connector: object.row.connector, objectType: object.row.objectType, subject)
    return RuleVerdict(
      inScope: evaluation.inScope, excluded: evaluation.outOfScope, creates: evaluation.projects,
      links: evaluation.links, keeps: evaluation.keepsAlive,
      metaverseType: evaluation.metaverseType, joins: evaluation.joins)
  }

  /// What the outbound rules to a target say of the metaverse object that `object` is linked to.
  static func outbound(_ object: ObjectDetail, to target: String, _ rules: RuleSet) -> RuleVerdict {
    let evaluation = rules.evaluateOutbound(
      connector: target, metaverseType: object.metaverseType, subject(object.metaverse))
    return RuleVerdict(
      inScope: evaluation.inScope, excluded: evaluation.outOfScope,
      creates: evaluation.provisions, keeps: evaluation.keeps, joins: evaluation.joins)
  }

  /// An object as the rules read it; references count as present, and by their names.
  private static func subject(_ rows: [AttributeRow], dn: String? = nil) -> RuleSubject {
    var subject = RuleSubject(AttributeSet(), dn: dn)
    for row in rows where !row.values.isEmpty {
      let name = AttributeName(row.name)
      guard case .reference? = row.values.first else {
        subject.attributes[name] = row.values
        continue
      }
      subject.references.insert(name)
      subject.presentReferences.insert(name)
      subject.referenceValues[name] = row.values
      subject.counts[name] = row.valueCount
      if row.valueCount > row.values.count { subject.shortened.insert(name) }
    }
    return subject
  }
}
