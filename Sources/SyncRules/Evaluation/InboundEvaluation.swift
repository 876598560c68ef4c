public import Directory
import SyncExpressions

/// What the inbound rules say of one object of a connector space.
public struct InboundEvaluation: Sendable {
  /// The rules that the object is in scope of, the strongest first.
  public var inScope: [SyncRule] = []
  /// The other rules for its type, each with the reason.
  public var outOfScope: [RuleExclusion] = []
  /// The metaverse type that the strongest rule in scope makes of it, and ``SyncRule/anyType`` if all
  /// of them are for any; nil if none is in scope.
  public var metaverseType: String?
  /// Whether it becomes a new metaverse object if it joins none: a Provision rule is in scope, and
  /// at least one of its join attributes, if it has any, has a value.
  public var projects = false
  /// Whether it keeps its metaverse object alive: a Provision or StickyJoin rule is in scope.
  public var keepsAlive = false
  /// How to look for its metaverse object, in the order to try.
  public var joins: [JoinAttempt] = []
  /// What it contributes, in the order of the rules; after that, without values, the flows that
  /// leave an attribute to a weaker rule's value, and those that apply once.
  public var contributions: [Contribution] = []
  /// Flows whose values are rows elsewhere.
  public var referenceFlows: [ReferenceFlow] = []
  /// References that expressions made; each has its flow among ``referenceFlows``.
  public var made: [MadeReferences] = []
  /// Flows of rules in scope whose expressions can't be evaluated; with any, the object must stay
  /// as it is.
  public var failures: [FlowFailure] = []

  /// Whether it may belong to a metaverse object: a rule in scope makes or keeps one, or says which
  /// is its own.
  public var links: Bool { keepsAlive || inScope.contains { !$0.joins.isEmpty } }

  /// Whether the object's password is to be synchronized as far as this side is asked; it is, if
  /// both sides say so.
  public var enablesPasswordSync: Bool { inScope.contains { $0.enablePasswordSync } }

  /// An evaluation without any rule.
  public init() {}
}

/// One look for a partner: it is found if exactly one object has a value of each condition.
public struct JoinAttempt: Hashable, Sendable {
  /// One condition with the object's own values.
  public struct Condition: Hashable, Sendable {
    /// The object's own attribute.
    public var source: AttributeName
    /// The attribute to look in.
    public var target: AttributeName
    /// The values to look for; at least one.
    public var values: [AttributeValue]
    /// Whether upper and lower case differ.
    public var isCaseSensitive: Bool
  }

  /// The rule that asks for it.
  public var rule: SyncRule
  /// The conditions; all must hold.
  public var conditions: [Condition]
  /// How far a match goes.
  public var match = JoinMatch.plain
  /// For a soft match, the attributes of the other side in which an object that has another
  /// partner already keeps its anchor.
  public var anchors: [AttributeName] = []
  /// Whether the object found must be refused instead of taken over.
  public var isBlocked = false
}

/// What one rule gives to one attribute.
public struct Contribution: Hashable, Sendable {
  /// What the rule says.
  public enum Kind: Hashable, Sendable {
    /// The attribute has these values; none leave it to weaker rules.
    case values
    /// `AuthoritativeNull`: the attribute has no value, whatever weaker rules say.
    case authoritativeNull
    /// `IgnoreThisFlow`: the flow does not count, and what it gave before stays.
    case ignored
  }

  /// The flow, behind one pointer: there are many contributions, and each is copied often.
  let flow: RuleFlow
  /// The values.
  public var values: [AttributeValue]
  /// What the rule says.
  public var kind: Kind
  /// Whether the values are those that it gave before, and not what its source says now.
  public internal(set) var isKept = false

  /// The attribute that is written.
  public var target: AttributeName { flow.target }
  /// The rule.
  public var rule: SyncRule { flow.rule }
  /// Whether it counts only when the target object is made.
  public var applyOnce: Bool { flow.applyOnce }
  /// What happens if several rules write the attribute.
  public var merge: MergeType { flow.merge }
  /// Where the values come from.
  public var origin: AttributeFlow.Source { flow.source }

  /// The attribute that the values come from; nil for a constant or an expression.
  public var source: AttributeName? {
    if case .direct(let name) = origin { name } else { nil }
  }
  /// The text of the expression that the values come from; empty without one.
  public var expressionText: String {
    if case .expression(let expression) = origin { expression.text } else { "" }
  }
  /// The source in words: an attribute's name, `constant`, or the expression.
  public var sourceText: String { origin.text }

  init(_ flow: RuleFlow, _ values: [AttributeValue], _ kind: Kind = .values) {
    self.flow = flow
    self.values = values
    self.kind = kind
  }

  /// A contribution of these parts.
  public init(
    target: AttributeName, values: [AttributeValue], rule: SyncRule, applyOnce: Bool = false,
    merge: MergeType = .update, origin: AttributeFlow.Source, kind: Kind = .values
  ) {
    let flow = AttributeFlow(target: target, source: origin, applyOnce: applyOnce, merge: merge)
    self.init(RuleFlow(rule, flow), values, kind)
  }

  /// A contribution from the attribute `source`, or a constant without one.
  public init(
    target: AttributeName, values: [AttributeValue], rule: SyncRule, applyOnce: Bool = false,
    merge: MergeType = .update, source: AttributeName? = nil
  ) {
    self.init(
      target: target, values: values, rule: rule, applyOnce: applyOnce, merge: merge,
      origin: source.map { .direct($0) } ?? .constant(values))
  }
}

/// One flow of one rule.
final class RuleFlow: Sendable {
  let rule: SyncRule
  let target: AttributeName
  let source: AttributeFlow.Source
  let applyOnce: Bool
  let merge: MergeType

  init(_ rule: SyncRule, _ flow: AttributeFlow) {
    self.rule = rule
    target = flow.target
    source = flow.source
    applyOnce = flow.applyOnce
    merge = flow.merge
  }
}

extension RuleFlow: Hashable {
  static func == (a: RuleFlow, b: RuleFlow) -> Bool {
    a === b
      || a.rule == b.rule && a.target == b.target && a.applyOnce == b.applyOnce
        && a.merge == b.merge && a.source == b.source
  }

  func hash(into hasher: inout Hasher) {
    hasher.combine(rule)
    hasher.combine(target)
  }
}

/// A flow from one reference attribute to another.
public struct ReferenceFlow: Hashable, Sendable {
  /// The attribute that the references come from.
  public var source: AttributeName
  /// The attribute that is written.
  public var target: AttributeName
  /// The rule.
  public var rule: SyncRule
}

extension ReferenceFlow {
  /// Under what it is noted, beside the attributes that are written, that this flow is the one of
  /// several that writes its target; no attribute of a directory has such a name.
  public var mark: AttributeName { Self.mark(of: source, target) }

  /// Under what it is noted that `source` is the one of several that flow to `target`.
  public static func mark(of source: AttributeName, _ target: AttributeName) -> AttributeName {
    AttributeName(">\(source.key) \(target.key)")
  }
}
