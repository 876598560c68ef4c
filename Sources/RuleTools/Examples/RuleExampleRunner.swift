import Configuration
public import Directory
public import SyncExpressions
public import SyncRules

/// Works out what rules make of the entries of examples, without any directory or store.
public struct RuleExampleRunner: Sendable {
  /// The rules.
  public var rules: RuleSet
  /// The moment of evaluation.
  public var now: Timestamp
  /// Reads certificates for the `Cert…` functions; nil where none are read.
  public var certificates: (any CertificateReading)?

  /// A runner of examples for `rules`.
  public init(
    _ rules: RuleSet, now: Timestamp = .now, certificates: (any CertificateReading)? = nil
  ) {
    self.rules = rules
    self.now = now
    self.certificates = certificates
  }

  /// What becomes of `example`.
  public func run(_ example: RuleExample) -> RuleExampleResult {
    var world = ExampleWorld()
    // One that finds nothing yet may join what another one makes.
    var open = Array(example.entries.indices)
    var isFirst = true
    while true {
      let left = open.filter { !take($0, of: example, into: &world, isFirst: isFirst) }
      isFirst = false
      guard left.count < open.count else { break }
      open = left
    }
    var outcome = ExampleOutcome(object: world.owner(of: 1), errors: world.errors)
    outcome.reasons = world.reasons
    for connector in targets(of: example) {
      guard let object = outcome.object else { break }
      let isThere = example.entries.indices.contains { index in
        example.entries[index].connector.lowercased() == connector.lowercased()
          && world.owner(of: Int64(index + 1))?.number == object.number
      }
      outcome.targets.append(target(connector, object, isThere: isThere))
    }
    let applied = world.applied + outcome.targets.flatMap(\.applied)
    return RuleExampleResult(
      name: example.name, place: "\(example.place)",
      differences: unknown(in: example) + outcome.differences(example),
      rules: applied.map(\.name).uniqued(), ruleIDs: Set(applied.map(\.id)))
  }

  /// Names in an example that no rule knows: what is expected of them would hold whatever the rules
  /// say.
  private func unknown(in example: RuleExample) -> [String] {
    func isSame(_ a: String, _ b: String) -> Bool { a.lowercased() == b.lowercased() }
    func hint(_ name: String, _ names: [String]) -> String {
      Spelling.nearest(name, among: names.uniqued()).map { "; did you mean \"\($0)\"?" } ?? ""
    }
    let connectors = rules.rules.map(\.connector)
    var found: [String] = []
    for (index, entry) in example.entries.enumerated() {
      guard connectors.contains(where: { isSame($0, entry.connector) }) else {
        found.append(
          "entry \(index + 1): no rule is for the connector \"\(entry.connector)\""
            + hint(entry.connector, connectors))
        continue
      }
      let types = rules.rules.filter { isSame($0.connector, entry.connector) }
        .map { $0.connectorType }
      guard !types.contains(where: { isSame($0, entry.type) || $0 == SyncRule.anyType }) else {
        continue
      }
      found.append(
        "entry \(index + 1): no rule is for objects of type \"\(entry.type)\" of "
          + "\(entry.connector)" + hint(entry.type, types))
    }
    for target in example.targets
    where !connectors.contains(where: { isSame($0, target.connector) }) {
      found.append(
        "target: no rule is for the connector \"\(target.connector)\""
          + hint(target.connector, connectors))
    }
    return found
  }

  /// The targets that the example names, and all those that rules go to.
  private func targets(of example: RuleExample) -> [String] {
    var names: [String] = []
    let outbound = rules.rules.filter { $0.direction == .outbound }.map(\.connector)
    for name in example.targets.map(\.connector) + outbound
    where !names.contains(where: { $0.lowercased() == name.lowercased() }) {
      names.append(name)
    }
    return names
  }

  /// Takes an entry in; whether it is done with, and need not be tried again.
  private func take(
    _ index: Int, of example: RuleExample, into world: inout ExampleWorld, isFirst: Bool
  ) -> Bool {
    let (entry, number) = (example.entries[index], Int64(index + 1))
    var subject = subject(entry.attributes, dn: entry.dn, isNew: true)
    subject.groups = Self.groups(of: entry, in: example)
    let evaluation = rules.evaluateInbound(
      connector: entry.connector, objectType: entry.type, subject)
    if number == 1 {
      world.reasons = evaluation.outOfScope.map { "\($0.rule.name): \($0.reason)" }
    }
    if isFirst { world.applied += evaluation.inScope }
    guard evaluation.failures.isEmpty else {
      world.errors += evaluation.failures.map(\.description)
      return true
    }
    guard let type = evaluation.metaverseType else { return true }
    var place: Int?
    for attempt in evaluation.joins {
      guard let found = world.match(attempt, type: type) else { continue }
      if let other = rival(of: entry, among: world.objects[found].entries, example) {
        world.errors.append(Self.ambiguous(entry, other, attempt))
        return true
      }
      if let other = evaluation.joins.first(where: { other in
        other.rule != attempt.rule
          && world.match(other, type: type).map { $0 != found } ?? false
      }) {
        world.errors.append(Self.conflicting(entry, attempt, other))
        return true
      }
      place = found
      break
    }
    if place == nil, evaluation.projects { place = world.project(type) }
    guard let place else { return false }
    world.objects[place].add(evaluation, entry.attributes, number)
    return true
  }

  /// The groups of which an entry is a member, by their normalized names: those that other entries of
  /// its connector say, and those that its own `memberOf` does.
  private static func groups(
    of entry: RuleExample.Entry, in example: RuleExample
  ) -> Set<String> {
    func name(_ text: String) -> String {
      (try? DistinguishedName(text))?.normalized ?? text.lowercased()
    }
    let own = name(entry.dn)
    let holders = example.entries.filter { other in
      other.connector.lowercased() == entry.connector.lowercased() && !entry.dn.isEmpty
        && KnownAttributes.members.contains { attribute in
          other.attributes[attribute].contains { name($0.text) == own }
        }
    }
    return Set(holders.map { name($0.dn) } + entry.attributes["memberOf"].map { name($0.text) })
  }

  /// The entry among `entries` that is of the same connector.
  private func rival(
    of entry: RuleExample.Entry, among entries: [Int64], _ example: RuleExample
  ) -> RuleExample.Entry? {
    entries.map { example.entries[Int($0) - 1] }
      .first { $0.connector.lowercased() == entry.connector.lowercased() }
  }

  // As the engine says it.
  private static func ambiguous(
    _ entry: RuleExample.Entry, _ other: RuleExample.Entry, _ attempt: JoinAttempt
  ) -> String {
    let condition = attempt.conditions.first
    let value = condition?.values.first?.portableText ?? ""
    return "\(SyncErrorType.ambiguousImportFlow): \(entry.name) and \(other.name) both join the "
      + "same metaverse object by \(condition?.source.text ?? "a join rule") = \(value) "
      + "(rule \(attempt.rule.name))"
  }

  private static func conflicting(
    _ entry: RuleExample.Entry, _ attempt: JoinAttempt, _ other: JoinAttempt
  ) -> String {
    "\(SyncErrorType.ruleConflictingJoins): The rules \(attempt.rule.name) and \(other.rule.name) "
      + "join \(entry.name) to two different metaverse objects"
  }

  private func target(
    _ connector: String, _ object: ExampleObject, isThere: Bool
  ) -> ExampleOutcome.Target {
    let evaluation = rules.evaluateOutbound(
      connector: connector, metaverseType: object.type,
      subject(object.attributes, dn: nil, isNew: !isThere))
    var values: [AttributeName: [AttributeValue]] = [:]
    for attribute in evaluation.attributes { values[attribute.attribute] = attribute.values }
    for flow in evaluation.referenceFlows {
      let references = object.attributes[flow.source]
      // Several that are left are united.
      guard !references.isEmpty else { continue }
      values[flow.target] =
        values[flow.target].map { AttributeSet.canonical($0 + references) }
        ?? references
    }
    return ExampleOutcome.Target(
      connector: connector, type: evaluation.connectorType,
      isThere: isThere || evaluation.provisions && evaluation.failures.isEmpty, values: values,
      errors: evaluation.failures.map(\.description),
      reasons: evaluation.outOfScope.map { "\($0.rule.name): \($0.reason)" },
      applied: evaluation.inScope)
  }

  /// The rules, in their order, that had no object of any of `results` in scope; rules that are
  /// disabled are left out.
  public func untried(by results: [RuleExampleResult]) -> [String] {
    let tried = results.reduce(into: Set<String>()) { $0.formUnion($1.ruleIDs) }
    return rules.rules.filter { !$0.isDisabled && !tried.contains($0.id) }.map(\.name)
  }

  /// What the rules read of an object; references stand apart, as they do in the store.
  private func subject(_ attributes: AttributeSet, dn: String?, isNew: Bool) -> RuleSubject {
    let references = attributes.attributes.filter(\.isReference)
    let names = Set(references.map(\.name))
    let plain = AttributeSet(attributes.attributes.filter { !$0.isReference })
    var subject = RuleSubject(
      plain, dn: dn, references: names, presentReferences: names, isNew: isNew)
    for attribute in references {
      subject.referenceValues[attribute.name] = attribute.values
      subject.counts[attribute.name] = attribute.values.count
    }
    subject.now = now
    subject.certificates = certificates
    return subject
  }
}

extension [String] {
  /// The same without what stands further on a second time.
  fileprivate func uniqued() -> [String] {
    var seen: Set<String> = []
    return filter { seen.insert($0).inserted }
  }
}

extension RuleExample.Entry {
  /// What an error calls it.
  fileprivate var name: String { dn.isEmpty ? "an entry of \(connector)" : dn }
}

extension Attribute {
  fileprivate var isReference: Bool {
    if case .reference = values.first { true } else { false }
  }
}
