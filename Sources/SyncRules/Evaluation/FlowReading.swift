import Directory
import SyncExpressions

/// What a flow gives for an object.
enum FlowResult {
  /// Values of the object itself, or what an expression says instead of values.
  case contribution(Contribution)
  /// Values that are rows elsewhere.
  case reference(ReferenceFlow)
  /// No value.
  case nothing
  case failure(FlowFailure)
}

extension ObjectReading {
  /// What the flow at `place` of the bucket gives.
  func result(of place: Int) -> FlowResult {
    let item = bucket.flows[place]
    switch item.source {
    case .attribute(let source):
      if isReference(at: source) {
        return .reference(
          ReferenceFlow(
            source: bucket.attributes[source], target: item.flow.target, rule: rule(of: item)))
      }
      let found = values(at: source)
      return found.isEmpty ? .nothing : .contribution(contribution(item, found))
    case .constant(let constants): return .contribution(contribution(item, constants))
    case .expression(let index): return result(item, expression: index)
    }
  }

  /// What the flow at `place` offers for a choice; one without a value is told, too.
  func offer(of place: Int) -> FlowResult {
    let result = result(of: place)
    guard case .nothing = result else { return result }
    return .contribution(contribution(bucket.flows[place], []))
  }

  private func result(_ item: RuleBucket.Flow, expression index: Int) -> FlowResult {
    do {
      switch try outcome(of: index) {
      case .values(let found):
        if let source = reference(whose: found, bucket.expressions[index].expression) {
          return .reference(
            ReferenceFlow(source: source, target: item.flow.target, rule: rule(of: item)))
        }
        return .contribution(contribution(item, found))
      case .null: return .nothing
      case .authoritativeNull: return .contribution(contribution(item, [], .authoritativeNull))
      case .ignoreThisFlow: return .contribution(contribution(item, [], .ignored))
      }
    } catch {
      let expression = bucket.expressions[index].expression
      return .failure(
        FlowFailure(
          rule: rule(of: item), target: item.flow.target, expression: expression.text,
          failure: error, value: text(read: expression)))
    }
  }

  /// The reference attribute that an expression handed on as it is, as `IIF(c,[manager],NULL)` does:
  /// its rows then flow one by one.
  private func reference(
    whose values: [AttributeValue], _ expression: Expression
  ) -> AttributeName? {
    guard !subject.referenceValues.isEmpty, case .reference? = values.first else { return nil }
    let found = Set(values)
    return expression.attributes.first { name in
      guard let all = subject.referenceValues[name], subject.references.contains(name) else {
        return false
      }
      return all.count == found.count && all.allSatisfy(found.contains)
    }
  }

  private func rule(of item: RuleBucket.Flow) -> SyncRule { bucket.rules[item.rule].rule }

  private func contribution(
    _ item: RuleBucket.Flow, _ values: [AttributeValue], _ kind: Contribution.Kind = .values
  ) -> Contribution {
    Contribution(
      target: item.flow.target, values: values, rule: rule(of: item),
      applyOnce: item.flow.applyOnce, merge: item.flow.merge, origin: item.flow.source, kind: kind)
  }
}
