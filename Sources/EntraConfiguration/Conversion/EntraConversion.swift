import Configuration
import Directory
import SyncExpressions
public import SyncRules

/// Turns exported rules into rules of a workspace.
///
/// Nothing of what a rule does is changed: expressions are as they were written, precedence, scope,
/// joins, merge types and flags are the exported ones. Constants become values of the type that
/// the exported schema gives the attribute, since the export has only their text.
public struct EntraConversion: Sendable {
  /// The exported configuration.
  public let export: EntraExport
  /// The names of the workspace's connectors by the exported connectors' ids.
  public let connectors: [String: String]

  /// A conversion of `export` for these connectors.
  public init(_ export: EntraExport, connectors: [String: String]) {
    self.export = export
    self.connectors = connectors
  }

  /// The rules, the lowest precedence number first.
  ///
  /// - Throws: ``EntraConfigurationError`` with the place of an expression or condition that can't
  ///   be read, or of a rule whose connector is none of ``connectors``.
  public func rules() throws(EntraConfigurationError) -> [SyncRule] {
    var rules: [SyncRule] = []
    for rule in export.rules { rules.append(try converted(rule)) }
    return rules
  }

  private func converted(_ rule: EntraRule) throws(EntraConfigurationError) -> SyncRule {
    guard let connector = connectors[rule.connectorID] else {
      throw EntraConfigurationError(
        place: "\(rule.place)",
        message: "The rule \"\(rule.name)\" is for the connector \(rule.connectorID), which has "
          + "no counterpart here",
        hint: "name one with --connector '\(name(of: rule.connectorID))=…'")
    }
    var scope = ScopeFilter()
    for group in rule.scope {
      var clauses: [ScopeClause] = []
      for clause in group { clauses.append(try converted(clause, in: rule)) }
      scope.groups.append(ScopeGroup(clauses: clauses))
    }
    var flows: [AttributeFlow] = []
    for mapping in rule.mappings { flows.append(try converted(mapping, in: rule)) }
    return SyncRule(
      id: Self.bare(rule.id), name: rule.name, description: rule.description,
      direction: rule.direction, connector: connector, sourceType: rule.sourceType,
      targetType: rule.targetType, linkType: rule.linkType, precedence: rule.precedence,
      scope: scope, joins: rule.joins.map { Self.converted($0, rule.direction) }, flows: flows,
      isDisabled: rule.isDisabled, enablePasswordSync: rule.enablePasswordSync, place: rule.place)
  }

  private func name(of id: String) -> String { export.connector(id: id)?.name ?? id }

  /// A GUID without its braces.
  static func bare(_ id: String) -> String {
    id.hasPrefix("{") && id.hasSuffix("}") ? String(id.dropFirst().dropLast()) : id
  }

  private func converted(
    _ clause: EntraScopeClause, in rule: EntraRule
  ) throws(EntraConfigurationError) -> ScopeClause {
    let values: [String]
    switch clause.scopeOperator {
    case .isNull, .isNotNull: values = []
    case .isIn, .isNotIn:
      values = clause.value.split(separator: ";").map(Self.trimmed).filter { !$0.isEmpty }
    default: values = [clause.value]
    }
    do throws(ConfigurationError) {
      return try ScopeClause(clause.attribute, clause.scopeOperator, values)
    } catch {
      throw EntraConfigurationError(
        place: "\(clause.place)", message: "In the scope of \"\(rule.name)\": \(error.message)",
        hint: error.hint)
    }
  }

  private static func trimmed(_ text: Substring) -> String {
    var text = text
    while text.first?.isWhitespace == true { text = text.dropFirst() }
    while text.last?.isWhitespace == true { text = text.dropLast() }
    return String(text)
  }

  private static func converted(
    _ group: [EntraJoinCondition], _ direction: Direction
  ) -> JoinGroup {
    JoinGroup(
      conditions: group.map { condition in
        let isInbound = direction == .inbound
        return JoinCondition(
          source: isInbound ? condition.connectorAttribute : condition.metaverseAttribute,
          target: isInbound ? condition.metaverseAttribute : condition.connectorAttribute,
          isCaseSensitive: condition.isCaseSensitive)
      })
  }

  private func converted(
    _ mapping: EntraMapping, in rule: EntraRule
  ) throws(EntraConfigurationError) -> AttributeFlow {
    let source: AttributeFlow.Source
    switch mapping.source {
    case .direct(let name): source = .direct(name)
    case .constant(let text):
      source = .constant([try value(text, for: mapping, in: rule)])
    case .expression(let text):
      do throws(ExpressionSyntaxError) {
        source = .expression(try Expression(text))
      } catch {
        throw EntraConfigurationError(
          place: "\(mapping.place)",
          message: "The expression for \(mapping.target) in \"\(rule.name)\" can't be read, at "
            + "line \(error.line), column \(error.column) of it: \(error.message)",
          hint: error.hint)
      }
    }
    return AttributeFlow(
      target: mapping.target, source: source, applyOnce: mapping.applyOnce, merge: mapping.merge)
  }

  /// The constant that `text` means for the attribute that is written.
  private func value(
    _ text: String, for mapping: EntraMapping, in rule: EntraRule
  ) throws(EntraConfigurationError) -> AttributeValue {
    let schema =
      rule.direction == .inbound
      ? export.metaverse?.schema : export.connector(id: rule.connectorID)?.schema
    // Rule files have no other constants; texts become bytes where they arrive.
    guard let kind = schema?.attributes[mapping.target]?.kind, kind == .boolean || kind == .integer
    else { return .string(text) }
    guard let value = AttributeValue.string(text).converted(to: kind) else {
      throw EntraConfigurationError(
        place: "\(mapping.place)",
        message: "The constant \"\(text)\" for \(mapping.target) in \"\(rule.name)\" is no "
          + "\(kind.rawValue), as the schema demands",
        hint: "correct it in the rule editor, and export again")
    }
    return value
  }
}

extension EntraConversion {
  /// The names of the parameters that `rules` use in expressions, scopes and constants.
  public static func parameters(of rules: [SyncRule]) -> Set<String> {
    rules.reduce(into: []) { $0.formUnion($1.parameters) }
  }
}
