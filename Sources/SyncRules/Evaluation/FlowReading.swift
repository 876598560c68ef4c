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
        return .reference(reference(item, from: bucket.attributes[source]))
      }
      let found = values(at: source)
      return found.isEmpty ? .nothing : .contribution(Contribution(item.flow, found))
    case .constant(let constants): return .contribution(Contribution(item.flow, constants))
    case .expression(let index): return result(item, expression: index)
    }
  }

  /// What the flow at `place` offers for a choice; one without a value is told, too.
  func offer(of place: Int) -> FlowResult {
    let result = result(of: place)
    guard case .nothing = result else { return result }
    return .contribution(Contribution(bucket.flows[place].flow, []))
  }

  private func result(_ item: RuleBucket.Flow, expression index: Int) -> FlowResult {
    do throws(ExpressionFailure) {
      switch try outcome(of: index) {
      case .values(let found):
        if let source = try reference(whose: found, bucket.expressions[index].expression) {
          return .reference(reference(item, from: source))
        }
        return .contribution(Contribution(item.flow, found))
      case .null: return .nothing
      case .authoritativeNull: return .contribution(Contribution(item.flow, [], .authoritativeNull))
      case .ignoreThisFlow: return .contribution(Contribution(item.flow, [], .ignored))
      }
    } catch {
      let expression = bucket.expressions[index].expression
      return .failure(
        FlowFailure(
          rule: item.flow.rule, target: item.flow.target, expression: expression.text,
          failure: error, value: text(read: expression)))
    }
  }

  /// The reference attribute that an expression handed on as it is, as `IIF(c,[manager],NULL)` does:
  /// its rows then flow one by one.
  private func reference(
    whose values: [AttributeValue], _ expression: Expression
  ) throws(ExpressionFailure) -> AttributeName? {
    guard !subject.referenceValues.isEmpty, case .reference? = values.first else { return nil }
    let found = Set(values)
    let read = expression.attributes.union(expression.importedAttributes)
    let source = read.sorted().first { name in
      guard let all = subject.referenceValues[name], subject.references.contains(name) else {
        return false
      }
      return all.count == found.count && all.allSatisfy(found.contains)
    }
    // The first of many are handed on as they are, or else chosen one by one.
    if source == nil, let name = expression.handedOnAttribute, subject.shortened.contains(name) {
      throw .shortened(name, count: subject.referenceValues[name]?.count ?? 0)
    }
    return source
  }

  private func reference(_ item: RuleBucket.Flow, from source: AttributeName) -> ReferenceFlow {
    ReferenceFlow(source: source, target: item.flow.target, rule: item.flow.rule)
  }
}
