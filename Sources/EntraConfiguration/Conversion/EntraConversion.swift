import Configuration
import Directory
import SyncExpressions
public import SyncRules

/// Turns exported rules into rules of a workspace.
///
/// Nothing of what a rule does is changed: expressions are as they were written, precedence, scope,
/// joins, merge types and flags are the exported ones. Constants become values of the type that
/// the exported schema gives the attribute, since the export has only their text. Rules of a
/// connector that several stand for are there once for each: the first ones with the exported ids,
/// the others with the connector's name added.
public struct EntraConversion: Sendable {
  /// The exported configuration.
  public let export: EntraExport
  /// The names of the workspace's connectors by the exported connectors' ids.
  public let connectors: [String: [String]]

  /// A conversion of `export` for these connectors, of which several may stand for one.
  public init(_ export: EntraExport, connectors: [String: [String]]) {
    self.export = export
    self.connectors = connectors
  }

  /// A conversion of `export` for connectors of which one stands for one.
  public init(_ export: EntraExport, connectors: [String: String]) {
    self.init(export, connectors: connectors.mapValues { [$0] })
  }

  /// The rules, the lowest precedence number first.
  ///
  /// - Throws: ``EntraConfigurationError`` as ``converted()`` does.
  public func rules() throws(EntraConfigurationError) -> [SyncRule] { try converted().rules }

  /// The rules, the lowest precedence number first, and what is not as it was exported.
  ///
  /// A rule that is switched off and can't be read is left out with a note.
  ///
  /// - Throws: ``EntraConfigurationError`` with the places of all expressions and conditions that
  ///   can't be read, and of rules whose connector is none of ``connectors``.
  public func converted() throws(EntraConfigurationError) -> Result {
    var result = Result()
    let strangers = strangers()
    var faults = strangers.sorted { $0.key < $1.key }.map { id, rules in
      EntraConfigurationError(
        place: export.folder,
        message: "The folder Connectors of the export lacks the connector \(id), which "
          + (rules.count == 1
            ? "the rule \"\(rules[0].name)\" is for"
            : "\(rules.count) rules are for, \"\(rules[0].name)\" among them"),
        hint: "export again, or put the file of the connector there")
    }
    for rule in export.rules where rule.isDisabled || strangers[rule.connectorID] == nil {
      var work = Work()
      let converted = convert(rule, &work)
      if let converted, work.faults.isEmpty {
        result.rules += copies(of: converted, for: connectors[rule.connectorID] ?? [])
        result.notes += work.notes
      } else if rule.isDisabled, let first = work.faults.first {
        result.notes.append(
          EntraNote(
            rule.place,
            "the rule \"\(rule.name)\" is switched off and left out, since it can't be read: "
              + first.message))
      } else {
        faults += work.faults
      }
    }
    guard faults.isEmpty else { throw .all(faults) }
    return result
  }

  /// Converted rules.
  public struct Result: Sendable {
    /// The rules.
    public var rules: [SyncRule] = []
    /// What is not as it was exported.
    public var notes: [EntraNote] = []
  }

  /// What comes up while a rule is converted.
  private struct Work {
    var faults: [EntraConfigurationError] = []
    var notes: [EntraNote] = []

    /// What `body` makes; nil with its fault.
    mutating func attempt<T>(
      _ body: (inout Work) throws(EntraConfigurationError) -> T
    ) -> T? {
      do throws(EntraConfigurationError) {
        return try body(&self)
      } catch {
        faults.append(error)
        return nil
      }
    }
  }

  /// The rules in force by the connectors that they are for and that the export does not have.
  private func strangers() -> [String: [EntraRule]] {
    Dictionary(grouping: export.rules, by: \.connectorID).mapValues { $0.filter { !$0.isDisabled } }
      .filter { connectors[$0.key] == nil && export.connector(id: $0.key) == nil }
      .filter { !$0.value.isEmpty }
  }

  private func copies(of rule: SyncRule, for connectors: [String]) -> [SyncRule] {
    [rule]
      + connectors.dropFirst().map { name in
        SyncRule(
          id: rule.id + "@" + name.lowercased(), name: rule.name, description: rule.description,
          direction: rule.direction, connector: name, sourceType: rule.sourceType,
          targetType: rule.targetType, linkType: rule.linkType, precedence: rule.precedence,
          scope: rule.scope, joins: rule.joins, flows: rule.flows, isDisabled: rule.isDisabled,
          enablePasswordSync: rule.enablePasswordSync, place: rule.place)
      }
  }

  private func convert(_ rule: EntraRule, _ work: inout Work) -> SyncRule? {
    guard let connector = connectors[rule.connectorID]?.first else {
      work.faults.append(
        EntraConfigurationError(
          place: "\(rule.place)",
          message: "The rule \"\(rule.name)\" is for the connector \(rule.connectorID), which has "
            + "no counterpart here",
          hint: "name one with --connector '\(name(of: rule.connectorID))=…'"))
      return nil
    }
    if rule.linkType == .joinNoFlow, rule.direction == .inbound {
      work.faults.append(
        EntraConfigurationError(
          place: "\(rule.place)",
          message: "The inbound rule \"\(rule.name)\" has the link type JoinNoFlow, which only "
            + "outbound rules have here",
          hint: "leave its objects out by the scopes of the inbound rules, and export again"))
      return nil
    }
    let groups = rule.scope.map { group in
      ScopeGroup(
        clauses: group.compactMap { clause in
          work.attempt { work throws(EntraConfigurationError) in
            try converted(clause, in: rule, &work)
          }
        })
    }
    let flows = rule.mappings.compactMap { mapping -> AttributeFlow? in
      guard !KnownAttributes.isSecret(mapping.target) else {
        work.notes.append(
          EntraNote(
            mapping.place,
            "the flow to \(mapping.target) in \"\(rule.name)\" is left out: what rules make is "
              + "stored and shown, and this is a secret"))
        return nil
      }
      return work.attempt { _ throws(EntraConfigurationError) in
        try converted(mapping, in: rule)
      }
    }
    checkTwice(rule, &work)
    return SyncRule(
      id: Self.bare(rule.id), name: rule.name, description: rule.description,
      direction: rule.direction, connector: connector, sourceType: rule.sourceType,
      targetType: rule.targetType, linkType: rule.linkType, precedence: rule.precedence,
      scope: ScopeFilter(groups: groups),
      joins: rule.joins.map { Self.converted($0, rule.direction) }, flows: flows,
      isDisabled: rule.isDisabled, enablePasswordSync: rule.enablePasswordSync, place: rule.place)
  }

  /// Tells flows to an attribute that another flow of the rule writes already: which of them counts,
  /// no rule file can say.
  private func checkTwice(_ rule: EntraRule, _ work: inout Work) {
    var first: [AttributeName: EntraMapping] = [:]
    for mapping in rule.mappings {
      guard let other = first.updateValue(mapping, forKey: mapping.target) else { continue }
      work.faults.append(
        EntraConfigurationError(
          place: "\(mapping.place)",
          message: "The rule \"\(rule.name)\" writes \(mapping.target) twice, first at "
            + "\(other.place)",
          hint: "take one of the two out in the rule editor, and export again"))
    }
  }

  private func name(of id: String) -> String { export.connector(id: id)?.name ?? id }

  /// A GUID without its braces.
  static func bare(_ id: String) -> String {
    id.hasPrefix("{") && id.hasSuffix("}") ? String(id.dropFirst().dropLast()) : id
  }

  private func converted(
    _ clause: EntraScopeClause, in rule: EntraRule, _ work: inout Work
  ) throws(EntraConfigurationError) -> ScopeClause {
    var scopeOperator = clause.scopeOperator
    let values: [String]
    switch scopeOperator {
    case .isNull, .isNotNull: values = []
    case .isIn, .isNotIn:
      values = clause.value.split(separator: ";").map(Self.trimmed).filter { !$0.isEmpty }
      if values.count > 1 {
        note(clause, rule, &work, "is taken as \(values.count) values, parted by semicolons")
      }
    case .equal where clause.value.isEmpty, .notEqual where clause.value.isEmpty:
      // No directory holds an empty value.
      scopeOperator = scopeOperator == .equal ? .isNull : .isNotNull
      values = []
      note(clause, rule, &work, "is taken as \(scopeOperator.rawValue)")
    case _ where clause.value.isEmpty:
      throw EntraConfigurationError(
        place: "\(clause.place)",
        message: "In the scope of \"\(rule.name)\": \(clause.attribute) \(scopeOperator.rawValue) "
          + "compares with nothing",
        hint: "give it a value in the rule editor, or remove the condition, and export again")
    default: values = [clause.value]
    }
    do throws(ConfigurationError) {
      return try ScopeClause(clause.attribute, scopeOperator, values)
    } catch {
      throw EntraConfigurationError(
        place: "\(clause.place)", message: "In the scope of \"\(rule.name)\": \(error.message)",
        hint: error.hint)
    }
  }

  private func note(
    _ clause: EntraScopeClause, _ rule: EntraRule, _ work: inout Work, _ message: String
  ) {
    work.notes.append(
      EntraNote(
        clause.place,
        "in the scope of \"\(rule.name)\", \(clause.attribute) \(clause.scopeOperator.rawValue) "
          + "\"\(clause.value)\" \(message)"))
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
