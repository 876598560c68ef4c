import Configuration
import Directory
import SyncRules
import SyncStore

/// From the metaverse to a target, and what the target made of it.
extension Explainer {
  /// The first gate on the way to a target that a linked object did not pass.
  func outbound(_ object: ObjectDetail, to target: ConnectorRow) throws -> WhyNot {
    let passed = [
      "imported from \(object.row.connector) as \(object.row.objectType)",
      "\(object.link.lowercased()), metaverse object "
        + "\(object.metaverseID.map(String.init) ?? "") (\(object.metaverseType))",
    ]
    let verdict = RuleVerdict.outbound(object, to: target.name, rules)
    if let keeper = verdict.inScope.first(where: { $0.linkType == .joinNoFlow }) {
      return WhyNot(
        subject: object.row.dn, object: object.row.id, target: target.name, gate: .withheld,
        sentence: "\(keeper.name) lets nothing flow to \(target.name) (link type JoinNoFlow).",
        evidence: origins(object, of: keeper.scope.groups.flatMap(\.clauses).map(\.attribute)),
        hint:
          "What is there is another program's; if it is to be kept in step from here, change that "
          + "rule's scope", passed: passed)
    }
    if let row = object.counterparts.first(where: { $0.connector == target.name }),
      let counterpart = try store.object(id: row.id, valueLimit: 1)
    {
      let passed = passed + ["provisioned or joined in \(target.name)"]
      var found = try arrival(of: counterpart, in: target, passed: passed, subject: object.row)
      guard found.gate == .arrived else { return found }
      if let unwanted = unwanted(counterpart, object, verdict, target) { found = unwanted }
      found.passed = passed
      return try arrivedAsOf(found, object)
    }
    var finding = notProvisioned(object, verdict, target)
    if let leaving = try leaving(object, target) { finding = leaving }
    finding.passed = passed
    return finding
  }

  /// That the rules do not want any more what the target has; nil if they do.
  ///
  /// What Join rules keep depends on which rule made it, and that is not asked here.
  private func unwanted(
    _ there: ObjectDetail, _ object: ObjectDetail, _ verdict: RuleVerdict, _ target: ConnectorRow
  ) -> WhyNot? {
    guard verdict.inScope.isEmpty, ["Provisioned", "Joined"].contains(there.link) else {
      return nil
    }
    return WhyNot(
      subject: object.row.dn, object: object.row.id, target: target.name, gate: .outOfOutboundScope,
      sentence: "\(target.name) shows it, but no outbound rule has it in scope any more: the next "
        + "full synchronization takes it from there.",
      evidence: verdict.excluded.map { "\($0.rule.name): \($0.reason)" }
        + origins(object, verdict),
      hint: "If it is to stay, correct the value where it comes from, or the rules; 'lockstep due' "
        + "tells what else they do")
  }

  /// Adds to what has arrived of what moment that is, where more is known to come.
  private func arrivedAsOf(_ finding: WhyNot, _ object: ObjectDetail) throws -> WhyNot {
    var finding = finding
    let due = try store.dueSteps().filter { $0.type == .fullSynchronization }
    finding.evidence += due.prefix(1).map {
      "as of the last synchronization: a full one is due on \($0.connector), \($0.reason)"
    }
    if due.contains(where: { !$0.changes.isEmpty }), finding.hint.isEmpty {
      finding.hint = "'lockstep due --rehearse' shows what that would change"
    }
    let name = object.row.connector
    let held = try store.status().heldImports.filter { $0.hasPrefix(name + " ") }
    // What is held says so itself.
    if held.isEmpty, let failed = try lastImport(of: name), failed.hasEndedEarly {
      finding.evidence.append(
        "as of an earlier import: the last \(failed.type.profileName) of \(name), "
          + "\(failed.started.local), ended with \(failed.result)")
      if finding.hint.isEmpty { finding.hint = "'lockstep show \(failed.id)' tells why" }
    }
    finding.evidence += held.map { "as of the last import that was believed: \($0)" }
    if !held.isEmpty {
      finding.hint = "If the import is meant: lockstep release import \(ShellText.quoted(name))"
    }
    return finding
  }

  private func lastImport(of connector: String) throws -> OperationRow? {
    try store.connectors().first { $0.name == connector }?.lastSteps
      .filter { [.fullImport, .deltaImport].contains($0.type) }.max { $0.id < $1.id }
  }

  private func notProvisioned(
    _ object: ObjectDetail, _ verdict: RuleVerdict, _ target: ConnectorRow
  ) -> WhyNot {
    func made(
      _ gate: WhyNot.Gate, _ sentence: String, _ evidence: [String], _ hint: String
    ) -> WhyNot {
      WhyNot(
        subject: object.row.dn, object: object.row.id, target: target.name, gate: gate,
        sentence: sentence, evidence: evidence, hint: hint)
    }
    guard verdict.hasRules else {
      return made(
        .noOutboundRule,
        "No outbound rule to \(target.name) is for metaverse objects of type "
          + "\(object.metaverseType).", [], "Add a rule for the type if it is wanted")
    }
    guard !verdict.inScope.isEmpty else {
      return made(
        .outOfOutboundScope, "No outbound rule to \(target.name) has it in scope.",
        verdict.excluded.map { "\($0.rule.name): \($0.reason)" } + origins(object, verdict),
        Self.scopeHint)
    }
    let names = verdict.inScope.map { "\($0.name): link type \($0.linkType.rawValue)" }
    guard verdict.creates else {
      let left = verdict.excludedMakers
      return made(
        .notProvisioned, "Rules are for it, but none makes it in \(target.name).",
        left + (left.isEmpty ? [] : origins(object, verdict)) + names,
        left.isEmpty
          ? "A Provision rule in scope makes it, once one of the attributes that it joins by has a "
            + "value" : Self.scopeHint)
    }
    return made(
      .notProvisioned,
      "The rules would provision it in \(target.name) now, but it was last synchronized under "
        + "others.", names, "Run an Initial cycle")
  }

  private static let scopeHint =
    "Correct the value where it comes from, or change the rules' scope"

  /// Where the metaverse values come from that left the object out.
  private func origins(_ object: ObjectDetail, _ verdict: RuleVerdict) -> [String] {
    origins(
      object,
      of: verdict.excluded.flatMap { exclusion in
        exclusion.failed.map { exclusion.rule.scope.groups[$0.group].clauses[$0.clause].attribute }
      })
  }

  private func origins(_ object: ObjectDetail, of names: [AttributeName]) -> [String] {
    var seen: Set<AttributeName> = []
    return names.filter { seen.insert($0).inserted }.compactMap { name in
      object.metaverse.first { AttributeName($0.name) == name && !$0.origin.isEmpty }
        .map { "\(name) comes from \($0.origin)" }
    }
  }

  /// An object of the target that was taken from the metaverse object and is to be deleted.
  private func leaving(_ object: ObjectDetail, _ target: ConnectorRow) throws -> WhyNot? {
    guard let metaverse = object.metaverseID else { return nil }
    let rows = try store.linkedEver(to: metaverse)
    guard
      let row = rows.first(where: {
        $0.connector == target.name && !$0.isGone && $0.pendingExport == "delete"
      }), let leaving = try store.object(id: row.id, valueLimit: 1)
    else { return nil }
    return try arrival(of: leaving, in: target, passed: [], subject: object.row)
  }

  /// Why the object is there still that has the name of a new one, and is to be deleted.
  private func leaver(inPlaceOf object: ObjectDetail, _ target: ConnectorRow) throws -> WhyNot? {
    let row = try store.find(object.row.dn).first {
      $0.connector == target.name && $0.id != object.row.id && $0.pendingExport == "delete"
    }
    guard let row, let leaving = try store.object(id: row.id, valueLimit: 1) else { return nil }
    return try arrival(of: leaving, in: target, passed: [], subject: leaving.row)
  }

  // MARK: In the target's connector space

  /// How far the export of an object of a target has come.
  func arrival(
    of object: ObjectDetail, in target: ConnectorRow, passed: [String], subject: ObjectRow
  ) throws -> WhyNot {
    let lastExport = target.lastSteps.first { $0.type == .export }
    let export =
      lastExport.map { "the last export to \(target.name) began \($0.started.local): \($0.result)" }
      ?? "nothing was ever exported to \(target.name)"
    func made(
      _ gate: WhyNot.Gate, _ sentence: String, _ evidence: [String] = [], _ hint: String = ""
    ) -> WhyNot {
      WhyNot(
        subject: subject.dn, object: subject.id, target: target.name, gate: gate,
        sentence: sentence, evidence: evidence, hint: hint, passed: passed)
    }
    if let held = object.held {
      let isDelete = held.kind == .deletes
      let all =
        isDelete
        ? ", or all deletes: lockstep release-deletes \(ShellText.quoted(target.name))" : ""
      return made(
        isDelete ? .heldDelete : .heldChange,
        isDelete
          ? "\(target.name) is to delete it; the delete is held."
          : "It waits for a person's word: there were too many \(held.kind.rawValue).",
        (held.cause.isEmpty ? [] : [held.cause]) + [export],
        "Look at what is held: lockstep held. If it is meant: lockstep release "
          + (held.group.map { "g\($0)" } ?? "\(object.row.id)") + all)
    }
    if object.row.pendingExport == "delete" {
      if let error = object.errors.first(where: { $0.stage == .export }) {
        return made(
          .toBeDeleted, "\(target.name) is to delete it, and refuses that: \(error.type).",
          Self.evidence(error) + [export], error.hint)
      }
      let obstacle = try obstacle(after: lastExport)
      return made(
        .toBeDeleted, "\(target.name) is to delete it with the next export.",
        [export] + obstacle.evidence,
        (obstacle.hint.map { $0 + "; " } ?? "") + "'lockstep history \(object.row.id)' says why")
    }
    if let error = object.errors.first(where: { $0.stage == .export }) {
      // One value may be refused, and all else be taken.
      let isPart = error.message.contains("(all else was taken)")
      return made(
        .exportError,
        "\(target.name) refused \(isPart ? "a value of it" : "it"): \(error.type).",
        Self.evidence(error), error.hint)
    }
    switch (object.row.pendingExport, object.exportState) {
    case (_, .unknown):
      return made(
        .unknownOutcome, "It was sent, and no answer came.", [export],
        "The next export finds out whether it arrived")
    case (let pending, .accepted) where pending != "none":
      return made(
        .unconfirmed, "\(target.name) accepted it, and is yet to carry it out.",
        object.exportedAt.map { ["accepted \($0.local)"] } ?? [],
        "Wait, and run Delta Import on \(target.name), or a Delta cycle")
    case (let pending, .unconfirmed) where pending != "none":
      return made(
        .unconfirmed, "It was sent and taken, and no import has shown it yet.",
        object.exportedAt.map { ["sent \($0.local)"] } ?? [],
        "Run Delta Import on \(target.name), or a Delta cycle")
    case ("delete-add", _):
      return made(
        .pendingExport,
        "It comes in the place of an object that \(target.name) is yet to delete, and waits for that.",
        try leaver(inPlaceOf: object, target).map {
          ["\($0.sentence) (\($0.subject))"] + $0.evidence
        } ?? [export],
        try leaver(inPlaceOf: object, target)?.hint
          ?? "Run Export on \(target.name), or a Delta cycle")
    case ("none", _): break
    default:
      if let error = object.errors.first {
        return made(
          .rewritten, "\(target.name) took it and shows something else: \(error.type).",
          Self.evidence(error), error.hint)
      }
      if let missing = object.waitsFor.first, !missing.error.isEmpty {
        let others = object.waitsFor.dropFirst().filter { !$0.error.isEmpty }
        return made(
          .pendingExport,
          "It waits for what it refers to: \(target.name) does not have \(Self.name(missing)) yet.",
          try evidence(of: missing) + others.map { "\(Self.name($0)): \($0.error)" } + [export],
          "Mend that first: 'lockstep why \(missing.id)' says what stops it")
      }
      let obstacle = try obstacle(after: lastExport)
      return made(
        .pendingExport, "It waits to be sent (pending \(object.row.pendingExport)).",
        [export] + obstacle.evidence,
        obstacle.hint ?? "Run Export on \(target.name), or a Delta cycle")
    }
    return made(.arrived, "Nothing stops it: \(target.name) shows what the rules want.")
  }

  /// What keeps exports from running, or stopped the last one: then another one alone helps nobody.
  private func obstacle(
    after lastExport: OperationRow?
  ) throws -> (evidence: [String], hint: String?) {
    if try store.status().isStaging {
      return (
        ["staging mode is on: nothing is exported"],
        "If this engine is to export: lockstep staging off, and no staging = true in lockstep.toml"
      )
    }
    let synchronizations = try store.connectors().compactMap { connector in
      connector.lastSteps.filter {
        $0.type == .fullSynchronization || $0.type == .deltaSynchronization
      }.max { $0.id < $1.id }.map { (connector.name, $0) }
    }
    // After one that was stopped in its midst nothing leaves.
    let stopped = synchronizations.first { _, step in
      ResultSeverity(result: step.result) == .stopped && step.id > lastExport?.id ?? 0
    }
    if let (name, step) = stopped {
      let said = try store.stepMessage(step: step.id)
      let began = "the last \(step.type.profileName) of \(name) began \(step.started.local): "
      return (
        [began + "\(step.result), and nothing was exported after it"] + Self.lines(said.message),
        said.hint.isEmpty ? "Run a Delta cycle" : said.hint
      )
    }
    guard let lastExport, ResultSeverity(result: lastExport.result) == .stopped else {
      return ([], nil)
    }
    let said = try store.stepMessage(step: lastExport.id)
    return (Self.lines(said.message), said.hint.isEmpty ? nil : said.hint)
  }

  private static func lines(_ text: String) -> [String] { text.isEmpty ? [] : [text] }

  private static func name(_ row: ObjectRow) -> String {
    row.display.isEmpty ? row.dn : row.display
  }

  private func evidence(of row: ObjectRow) throws -> [String] {
    let error = try store.object(id: row.id, valueLimit: 1)?.errors.first
    return ["\(Self.name(row)): \(row.error)"] + (error.map(Self.evidence) ?? [])
  }
}

extension OperationRow {
  /// Whether it ended before the directory had said all.
  fileprivate var hasEndedEarly: Bool {
    result.hasPrefix("no-start")
      || result.hasPrefix("stopped") && !result.hasSuffix("-limit")
  }
}
