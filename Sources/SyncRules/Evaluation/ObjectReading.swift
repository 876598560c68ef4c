import Directory
import SyncExpressions

/// One object as the rules of a bucket read it: each attribute looked up once, each clause and each
/// expression worked out once.
///
/// A class, since expressions read it through a protocol while answers are kept; it lives for one
/// evaluation and never leaves it.
final class ObjectReading: ExpressionInput {
  private enum Answer {
    case unknown
    case outcome(ExpressionOutcome)
    // Few fail, and there is a place for every expression.
    indirect case failure(ExpressionFailure)
  }

  let bucket: RuleBucket
  let subject: RuleSubject
  let now: Timestamp
  // Nobody else holds the object, and it calls itself only through `values(of:)`.
  @exclusivity(unchecked) private var values: [[AttributeValue]]
  @exclusivity(unchecked) private var isReference: [Bool]
  @exclusivity(unchecked) private var clauses: [Bool?]
  @exclusivity(unchecked) private var answers: [Answer]
  /// The first clause that did not hold, but might with the values that are not at hand.
  @exclusivity(unchecked) private(set) var undecided: ScopeClause?

  init(_ bucket: RuleBucket, _ subject: RuleSubject) {
    self.bucket = bucket
    self.subject = subject
    now = subject.now ?? .now
    values = Array(repeating: [], count: bucket.attributes.count)
    isReference = Array(repeating: false, count: bucket.attributes.count)
    clauses = Array(repeating: nil, count: bucket.clauses.count)
    answers = Array(repeating: .unknown, count: bucket.expressions.count)
    if let dn = subject.dn, let place = bucket.place(of: RuleSubject.dnAttribute) {
      values[place] = [.string(dn)]
    }
    for attribute in subject.attributes.attributes {
      if let place = bucket.place(of: attribute.name) { values[place] = attribute.values }
    }
    for (name, found) in subject.referenceValues {
      if let place = bucket.place(of: name) { values[place] = found }
    }
    for name in subject.references {
      if let place = bucket.place(of: name) { isReference[place] = true }
    }
  }

  func values(at place: Int) -> [AttributeValue] { values[place] }

  func isReference(at place: Int) -> Bool { isReference[place] }

  /// Whether the object has no value at `place`, and none that is a row elsewhere.
  func isBlank(at place: Int) -> Bool { values[place].isEmpty && !isReference[place] }

  func isPresent(at place: Int) -> Bool {
    !values[place].isEmpty
      || isReference[place] && subject.presentReferences.contains(bucket.attributes[place])
  }

  // MARK: Scopes

  /// The first clause of each group that failed, or nil if the object is in scope of `rule`.
  func failures(_ rule: RuleBucket.Rule) -> [RuleExclusion.FailedClause]? {
    guard !rule.groups.isEmpty else { return nil }
    for group in rule.groups where group.allSatisfy({ holds($0) }) { return nil }
    return rule.groups.enumerated().map { number, group in
      let clause = group.firstIndex { !holds($0) } ?? 0
      let item = bucket.clauses[group[clause]]
      let found = isMember(item.clause) == nil ? values[item.attribute] : []
      return RuleExclusion.FailedClause(group: number, clause: clause, found: found)
    }
  }

  private func holds(_ index: Int) -> Bool {
    if let known = clauses[index] { return known }
    let item = bucket.clauses[index]
    let place = item.attribute
    if let isMember = isMember(item.clause) {
      let answer = isMember != item.clause.operand.isNegated
      clauses[index] = answer
      return answer
    }
    let answer = item.clause.holds(values[place], isPresent: isPresent(at: place))
    clauses[index] = answer
    if !subject.shortened.isEmpty, undecided == nil, answer == item.clause.operand.isNegated,
      item.clause.operand.test != .isNotNull, subject.shortened.contains(item.clause.attribute)
    {
      undecided = item.clause
    }
    return answer
  }

  /// Whether the object is a member of the group of which `clause` asks; nil if it asks something else.
  private func isMember(_ clause: ScopeClause) -> Bool? {
    guard let groups = subject.groups, let group = clause.operand.group else { return nil }
    return groups.contains(group)
  }

  // MARK: Expressions

  func outcome(of index: Int) throws(ExpressionFailure) -> ExpressionOutcome {
    switch answers[index] {
    case .outcome(let outcome): return outcome
    case .failure(let failure): throw failure
    case .unknown: break
    }
    do {
      let outcome = try bucket.expressions[index].evaluate(self)
      answers[index] = .outcome(outcome)
      return outcome
    } catch {
      answers[index] = .failure(error)
      throw error
    }
  }

  /// What an expression reads, in words for an error.
  func text(read expression: Expression) -> String {
    let read = expression.attributes.union(expression.importedAttributes)
    let names = read.sorted().prefix(3)
    return names.map { name in
      let found = values(of: name)
      let shown = found.prefix(3).map { $0.text.beginning(100) }.joined(separator: "; ")
      return "\(name) = " + (found.isEmpty ? "no value" : shown)
    }.joined(separator: ", ")
  }

  // MARK: ExpressionInput

  var certificates: (any CertificateReading)? { subject.certificates }

  func values(of attribute: AttributeName) -> [AttributeValue] {
    bucket.place(of: attribute).map { values[$0] } ?? []
  }

  func importedValues(of attribute: AttributeName) -> [AttributeValue] {
    subject.imported.map { $0[attribute] } ?? values(of: attribute)
  }

  func isShortened(_ attribute: AttributeName) -> Bool {
    !subject.shortened.isEmpty && subject.shortened.contains(attribute)
  }

  func valueCount(of attribute: AttributeName) -> Int {
    subject.counts[attribute] ?? values(of: attribute).count
  }

  func parameter(_ name: String) -> String? { bucket.parameters[name] }
}
