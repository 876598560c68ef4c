import Configuration
import Directory
import SyncExpressions

extension SyncRule {
  /// The rule with its parameters in the values of scopes and constants, and in what it is called,
  /// replaced, and with all that its expressions name looked up.
  ///
  /// Rule files are replaced where they are read, with exact places; this is for rules that come
  /// from elsewhere.
  ///
  /// - Throws: ``ConfigurationError`` at the rule's place if a parameter is not defined.
  func expanding(_ parameters: RuleParameters) throws(ConfigurationError) -> SyncRule {
    var text = ParameterText(parameters: parameters.values(for: connector))
    text.isLenient = isDisabled
    for flow in flows where !isDisabled {
      guard case .expression(let expression) = flow.source else { continue }
      for name in expression.parameters.sorted() where text.parameters[name] == nil {
        var error = text.unknown(name, place)
        error.message += ", which \"\(self.name)\" asks for in its flow to \(flow.target)"
        throw error
      }
    }
    let labels = [id, name, description]
    guard
      scope.mentionsParameters || flows.contains(where: \.mentionsParameters)
        || labels.contains(where: { $0.utf8.contains(0x25) })
    else { return self }
    let label = text.lenient
    var groups: [ScopeGroup] = []
    for group in scope.groups {
      var clauses: [ScopeClause] = []
      for clause in group.clauses { clauses.append(try clause.expanding(text, place)) }
      groups.append(ScopeGroup(clauses: clauses))
    }
    var scope = ScopeFilter(groups: groups)
    scope.name = self.scope.name
    var flows: [AttributeFlow] = []
    for flow in self.flows { flows.append(try flow.expanding(text, place)) }
    return SyncRule(
      id: try label.expand(id, place: place), name: try label.expand(name, place: place),
      description: try label.expand(description, place: place), direction: direction,
      connector: connector, sourceType: sourceType, targetType: targetType, linkType: linkType,
      precedence: precedence, scope: scope, joins: joins, flows: flows,
      isDisabled: isDisabled, enablePasswordSync: enablePasswordSync, place: place)
  }
}

extension SyncRule {
  /// The names of the parameters in the rule's expressions, and in the values of its scope and its
  /// constants.
  public var parameters: Set<String> {
    var names: Set<String> = []
    for flow in flows {
      switch flow.source {
      case .expression(let expression): names.formUnion(expression.parameters)
      case .constant(let values):
        for case .string(let text) in values { names.formUnion(ParameterText.names(in: text)) }
      case .direct: break
      }
    }
    for value in scope.groups.flatMap(\.clauses).flatMap(\.values) {
      names.formUnion(ParameterText.names(in: value))
    }
    return names
  }
}

extension ScopeFilter {
  fileprivate var mentionsParameters: Bool {
    groups.contains { $0.clauses.contains { $0.values.contains { $0.utf8.contains(0x25) } } }
  }
}

extension ScopeClause {
  fileprivate func expanding(
    _ text: ParameterText, _ place: SourcePlace
  ) throws(ConfigurationError) -> ScopeClause {
    var expanded: [String] = []
    for value in values { expanded.append(try text.expand(value, place: place)) }
    guard expanded != values else { return self }
    do {
      return try ScopeClause(attribute, scopeOperator, expanded)
    } catch {
      throw ConfigurationError(
        place: error.place ?? place, message: error.message, hint: error.hint)
    }
  }
}

extension AttributeFlow {
  fileprivate var mentionsParameters: Bool {
    guard case .constant(let values) = source else { return false }
    return values.contains {
      if case .string(let text) = $0 { text.utf8.contains(0x25) } else { false }
    }
  }

  fileprivate func expanding(
    _ text: ParameterText, _ place: SourcePlace
  ) throws(ConfigurationError) -> AttributeFlow {
    guard case .constant(let values) = source else { return self }
    var expanded: [AttributeValue] = []
    for value in values {
      if case .string(let string) = value {
        expanded.append(.string(try text.expand(string, place: place)))
      } else {
        expanded.append(value)
      }
    }
    var copy = self
    copy.source = .constant(expanded)
    return copy
  }
}
