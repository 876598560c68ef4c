import Directory
import TestSupport
import Testing

@testable import SyncRules

@Suite("Any rules beside their plainest reading")
struct RuleModelTests {
  private static let connectors = ["hr", "Hr", "ad", "none"]
  private static let types = ["user", "USER", "contact", "group"]

  // MARK: Outbound

  @Test("What goes out is what each attribute gets by itself", arguments: 1...120)
  func outbound(seed: Int) throws {
    var chance = RandomRules(seed: seed)
    let plain = PlainRules(rules: try chance.rules(.outbound))
    let set = try RuleSet(plain.rules)
    for _ in 0..<20 {
      let object = chance.object()
      let connector = chance.random.choose(Self.connectors)
      let type = chance.random.choose(Self.types)
      var subject = object.subject
      subject.isNew = chance.random.chance(50)
      let found = set.evaluateOutbound(connector: connector, metaverseType: type, subject)
      let all = plain.rules(for: connector, type)
      let inScope = all.filter { PlainRules.failed($0, object) == nil }
      #expect(found.inScope == inScope && found.failures.isEmpty)
      expect(found.outOfScope, all, object)
      #expect(found.connectorType == inScope.first?.targetType)
      let isForeign = inScope.contains { $0.linkType == .joinNoFlow }
      #expect(
        found.provisions == (!isForeign && inScope.contains { PlainRules.creates($0, object) }))
      expect(found.joins, inScope, object)
      let once = all.flatMap(\.flows).contains { $0.applyOnce }
      #expect(found.dependsOnNewness == once)
      for target in RandomRules.targets.map(\.name) {
        let wanted =
          isForeign
          ? .untouched : plain.fate(of: target, inScope, object, isNew: subject.isNew)
        #expect(Self.fate(of: target, found) == wanted, "\(target) of \(object)")
      }
    }
  }

  private static func fate(of target: AttributeName, _ found: OutboundEvaluation) -> PlainRules.Fate
  {
    let rows = found.referenceFlows.filter { $0.target == target }.map(\.source)
    if !rows.isEmpty { return .rows(rows) }
    if found.kept.contains(target) { return .kept }
    if found.unvalued.contains(target) { return .removed }
    guard let one = found.attributes.first(where: { $0.attribute == target }) else {
      return .untouched
    }
    let losers = one.losers.map { ($0.contribution.rule.id, $0.reason) }
    return .values(
      one.values, by: one.winner.rule.id, losers: Dictionary(losers) { first, _ in first })
  }

  // MARK: Inbound

  @Test("What comes in is what each rule in scope gives by itself", arguments: 1...120)
  func inbound(seed: Int) throws {
    var chance = RandomRules(seed: 500 + seed)
    let plain = PlainRules(rules: try chance.rules(.inbound))
    let set = try RuleSet(plain.rules)
    for _ in 0..<20 {
      let object = chance.object()
      let connector = chance.random.choose(Self.connectors)
      let type = chance.random.choose(Self.types)
      let found = set.evaluateInbound(connector: connector, objectType: type, object.subject)
      let all = plain.rules(for: connector, type)
      let inScope = all.filter { PlainRules.failed($0, object) == nil }
      #expect(found.inScope == inScope && found.failures.isEmpty)
      expect(found.outOfScope, all, object)
      let named = inScope.first { $0.targetType != "*" } ?? inScope.first
      #expect(found.metaverseType == named?.targetType)
      #expect(found.keepsAlive == inScope.contains { $0.linkType != .join })
      let makes = inScope.contains { $0.targetType != "*" && PlainRules.creates($0, object) }
      #expect(found.projects == makes)
      #expect(found.enablesPasswordSync == inScope.contains(where: \.enablePasswordSync))
      expect(found.joins, inScope, object)
      expectContributions(found, all, inScope, object)
      expectRows(found, inScope, object)
    }
  }

  /// One thing that a rule says of an attribute of values.
  private struct Said: Hashable {
    var rule: String
    var target: AttributeName
    var values: [AttributeValue]
    var kind: Contribution.Kind
  }

  private func expectContributions(
    _ found: InboundEvaluation, _ all: [SyncRule], _ inScope: [SyncRule], _ object: PlainObject
  ) {
    var (wanted, silent) = ([Said](), Set<Said>())
    for (place, rule) in inScope.enumerated() {
      for flow in rule.flows where flow.target != "boss" {
        let says = PlainRules.saying(flow, object)
        func said(_ kind: Contribution.Kind) -> Said {
          Said(rule: rule.id, target: flow.target, values: says.values, kind: kind)
        }
        switch says {
        case .values: wanted.append(said(.values))
        case .noneAtAll: wanted.append(said(.authoritativeNull))
        case .leaveIt: wanted.append(said(.ignored))
        case .nothing:
          func gives(_ rules: ArraySlice<SyncRule>) -> Bool {
            rules.flatMap(\.flows).contains {
              $0.target == flow.target && !PlainRules.saying($0, object).values.isEmpty
            }
          }
          // Only a weaker rule's value is explained by a stronger one's silence.
          let isPassed = !gives(inScope[..<place]) && gives(inScope[(place + 1)...])
          if flow.applyOnce || isPassed { silent.insert(said(.values)) }
        case .reference: break
        }
      }
    }
    let given = found.contributions.filter { $0.target != "boss" }.map {
      Said(rule: $0.rule.id, target: $0.target, values: $0.values, kind: $0.kind)
    }
    #expect(Array(given.prefix(wanted.count)) == wanted, "\(object)")
    #expect(Set(given.dropFirst(wanted.count)) == silent, "\(object)")
  }

  private func expectRows(
    _ found: InboundEvaluation, _ inScope: [SyncRule], _ object: PlainObject
  ) {
    var (rows, isEnded) = ([AttributeName](), false)
    for rule in inScope {
      for flow in rule.flows where flow.target == "boss" {
        switch PlainRules.saying(flow, object) {
        case .reference(let name): if !isEnded { rows.append(name) }
        case .noneAtAll: isEnded = true
        default: break
        }
      }
    }
    #expect(found.referenceFlows.filter { $0.target == "boss" }.map(\.source) == rows)
  }

  // MARK: Both

  private func expect(_ found: [RuleExclusion], _ all: [SyncRule], _ object: PlainObject) {
    let out = all.compactMap { rule in PlainRules.failed(rule, object).map { (rule, $0) } }
    #expect(found.map(\.rule) == out.map(\.0))
    for (exclusion, (rule, places)) in zip(found, out) {
      #expect(exclusion.failed.map(\.clause) == places)
      #expect(exclusion.failed.map(\.group) == Array(rule.scope.groups.indices))
      let parts = exclusion.reason.split(separator: ";", omittingEmptySubsequences: false)
      #expect(parts.count == places.count && parts.allSatisfy { $0.contains(" fails (") })
    }
  }

  private func expect(_ found: [JoinAttempt], _ inScope: [SyncRule], _ object: PlainObject) {
    let wanted = PlainRules.joins(inScope, object)
    #expect(found.count == wanted.count)
    for (attempt, group) in zip(found, wanted) {
      #expect(attempt.conditions.map(\.target) == group.conditions.map(\.target))
      #expect(attempt.conditions.map(\.source) == group.conditions.map(\.source))
      let first = inScope.first { $0.joins.contains(group) }
      #expect(attempt.rule == first && !attempt.isBlocked && attempt.match == .plain)
      for condition in attempt.conditions {
        #expect(Set(condition.values) == Set(object.values[condition.source] ?? []))
      }
    }
  }

  @Test("The order in which rules are given says nothing, nor does how types are spelled")
  func order() throws {
    for seed in 1...60 {
      var chance = RandomRules(seed: 900 + seed)
      let direction: Direction = seed % 2 == 0 ? .inbound : .outbound
      let rules = try chance.rules(direction)
      let one = try RuleSet(rules)
      let other = try RuleSet(rules.shuffled(using: &chance.random))
      #expect(one.fingerprint == other.fingerprint && one.rules == other.rules)
      for _ in 0..<5 {
        let subject = chance.object().subject
        func found(_ set: RuleSet, _ connector: String, _ type: String) -> [String] {
          direction == .inbound
            ? set.evaluateInbound(connector: connector, objectType: type, subject)
              .contributions.map { "\($0.rule.id) \($0.target) \($0.values)" }
            : set.evaluateOutbound(connector: connector, metaverseType: type, subject)
              .attributes.map { "\($0.winner.rule.id) \($0.attribute) \($0.values)" }
        }
        #expect(found(one, "hr", "user") == found(other, "HR", "uSER"))
      }
    }
  }

  @Test("A rule that is switched off is as if it were not there", arguments: 1...30)
  func disabled(seed: Int) throws {
    var chance = RandomRules(seed: 1200 + seed)
    let rules = try chance.rules(.outbound)
    let (whole, part) = (try RuleSet(rules), try RuleSet(rules.filter { !$0.isDisabled }))
    for _ in 0..<10 {
      let subject = chance.object().subject
      for type in Self.types {
        let a = whole.evaluateOutbound(connector: "hr", metaverseType: type, subject)
        let b = part.evaluateOutbound(connector: "hr", metaverseType: type, subject)
        #expect(a.attributes == b.attributes && a.inScope == b.inScope && a.kept == b.kept)
        #expect(Set(a.unvalued) == Set(b.unvalued) && a.referenceFlows == b.referenceFlows)
      }
    }
  }

  @Test("What rules do not ask for changes nothing", arguments: 1...30)
  func needs(seed: Int) throws {
    var chance = RandomRules(seed: 1500 + seed)
    let set = try RuleSet(try chance.rules(.outbound))
    let needs = set.needs(outboundTo: "hr", metaverseType: "user")
    for _ in 0..<10 {
      let object = chance.object()
      var (subject, less) = (object.subject, object.subject)
      // Of rows nobody asks about it need not be known whether there are any.
      less.presentReferences = object.present.intersection(needs.present)
      subject.attributes["never asked for"] = [.string("x")]
      let a = set.evaluateOutbound(connector: "hr", metaverseType: "user", subject)
      let b = set.evaluateOutbound(connector: "hr", metaverseType: "user", less)
      #expect(a.attributes == b.attributes && a.referenceFlows == b.referenceFlows)
      #expect(a.inScope == b.inScope && a.provisions == b.provisions)
    }
  }
}
