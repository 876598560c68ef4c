import Configuration
import Directory
public import SyncRules

/// Looks for what is wrong in rules that can be read: what can't work, never happens, or likely is
/// not meant.
///
/// A finding is made only where what is known proves it; rules that are switched off are only
/// looked at for what breaks the others.
public struct RuleLint {
  let rules: [SyncRule]
  let active: [SyncRule]
  let surroundings: RuleSurroundings
  /// What goes into the metaverse.
  let writers: MetaverseWriters
  /// What is read there.
  let readers: MetaverseReaders
  private(set) var findings: [Finding] = []
  private var known: Set<Finding> = []

  /// What is wrong in `rules`, which work in `surroundings`.
  public static func findings(
    _ rules: [SyncRule], in surroundings: RuleSurroundings = RuleSurroundings()
  ) -> [Finding] {
    var lint = RuleLint(rules, surroundings)
    lint.checkSet()
    let sources = surroundings.connectors?.filter(\.isSource).map(\.name) ?? []
    lint.findings += idleSources(sources, rules: rules)
    for rule in lint.active {
      lint.checkConnector(rule)
      lint.checkScope(rule)
      lint.checkReach(rule)
      lint.checkSlips(rule)
      lint.checkJoins(rule)
      for flow in rule.flows {
        lint.checkFlow(flow, of: rule)
        lint.checkReaders(of: flow, rule)
      }
      lint.checkReads(rule)
      lint.checkEffect(rule)
    }
    return lint.findings.sorted {
      ($0.severity == .error ? 0 : 1, $0.rule, $0.message)
        < ($1.severity == .error ? 0 : 1, $1.rule, $1.message)
    }
  }

  /// Which of `sources` no rule in force takes anything in from: what came from there before goes.
  public static func idleSources(_ sources: [String], rules: [SyncRule]) -> [Finding] {
    let named = Set(
      rules.filter { !$0.isDisabled && $0.direction == .inbound }.map { $0.connector.lowercased() })
    return sources.filter { !named.contains($0.lowercased()) }.map { name in
      Finding(
        .warning, rule: "",
        message: "no inbound rule in force is for the source \"\(name)\": nothing comes in from "
          + "it, and what it gave before is taken back, down to deletes in the cloud",
        hint: "give it rules before the next cycle")
    }
  }

  init(_ rules: [SyncRule], _ surroundings: RuleSurroundings) {
    self.rules = rules
    self.surroundings = surroundings
    let active = rules.filter { !$0.isDisabled }
    self.active = active
    writers = MetaverseWriters(active)
    readers = MetaverseReaders(active)
  }

  mutating func error(_ rule: SyncRule?, _ message: String, hint: String) {
    add(.error, rule, message, hint)
  }

  mutating func warn(_ rule: SyncRule?, _ message: String, hint: String) {
    add(.warning, rule, message, hint)
  }

  private mutating func add(
    _ severity: Finding.Severity, _ rule: SyncRule?, _ message: String, _ hint: String
  ) {
    let finding = Finding(
      severity, rule: rule?.name ?? "", message: message, hint: hint, place: rule?.place)
    if known.insert(finding).inserted { findings.append(finding) }
  }

  /// What the surroundings say of the attribute on the side of the connector.
  func definition(
    _ name: AttributeName, _ rule: SyncRule
  ) -> DirectorySchema.AttributeDefinition? {
    surroundings.connector(rule.connector)?.definition(name, of: rule.connectorType)
  }
}

extension SyncRule {
  /// The object type in the connector.
  var connectorType: String { direction == .inbound ? sourceType : targetType }
  /// The object type in the metaverse; `*` for any.
  var metaverseType: String { direction == .inbound ? targetType : sourceType }

  /// The attributes that the rule reads on the side where data comes from.
  var reads: Set<AttributeName> {
    // Who is a member of a group on the way in, the group says.
    let clauses = scope.groups.flatMap(\.clauses).filter {
      direction == .outbound || ![.isMemberOf, .isNotMemberOf].contains($0.scopeOperator)
    }
    var names = Set(clauses.map(\.attribute))
    for group in joins { names.formUnion(group.conditions.map(\.source)) }
    for flow in flows { names.formUnion(flow.source.attributes) }
    return names
  }

  /// Whether both rules may apply to one object.
  func meets(_ type: String) -> Bool {
    metaverseType == "*" || type == "*" || metaverseType.lowercased() == type.lowercased()
  }
}
