import Directory
import SyncRules
import SyncStore

/// From the source's connector space to the metaverse.
extension Explainer {
  /// The first gate on the way to the metaverse that the object did not pass; nil if it is there.
  func inbound(_ object: ObjectDetail, _ connectors: [ConnectorRow]) throws -> WhyNot? {
    let verdict = RuleVerdict.inbound(object, rules)
    if let error = object.errors.first(where: Self.stopsSynchronization) {
      return finding(
        object, .synchronizationError, "Its synchronization failed: \(error.type).",
        Self.evidence(error), error.hint)
    }
    if object.row.pendingImport != "none", !object.isOnlyLookedAtAgain {
      return try notSynchronized(object, connectors)
    }
    if object.metaverseID != nil {
      return contradicts(verdict, object) ? notWanted(object, verdict) : nil
    }
    guard verdict.hasRules else { return noInboundRule(object) }
    guard !verdict.inScope.isEmpty else {
      return finding(
        object, .outOfScope, "No inbound rule has it in scope.",
        verdict.excluded.map { "\($0.rule.name): \($0.reason)" },
        "Correct the value in \(object.row.connector), or change the rules' scope")
    }
    return try notConnected(object, verdict)
  }

  /// Whether the rules would take a linked object from its metaverse object, about which they have not
  /// been asked since they are what they are.
  private func contradicts(_ verdict: RuleVerdict, _ object: ObjectDetail) -> Bool {
    guard !verdict.inScope.isEmpty, verdict.links else { return true }
    guard !verdict.keeps else { return false }
    // Another connector may keep the metaverse object.
    let keepers = rules.rules.filter {
      $0.direction == .inbound && !$0.isDisabled && $0.linkType != .join
    }
    let names = Set(keepers.map { $0.connector.lowercased() })
    return !object.counterparts.contains {
      $0.connector != object.row.connector && names.contains($0.connector.lowercased())
    }
  }

  private func notWanted(_ object: ObjectDetail, _ verdict: RuleVerdict) -> WhyNot {
    let sentence =
      verdict.inScope.isEmpty
      ? "No inbound rule has it in scope any more" : "No rule in scope makes or keeps it any more"
    return finding(
      object, verdict.inScope.isEmpty ? .outOfScope : .notConnected,
      sentence + ": the next full synchronization takes it from its metaverse object.",
      verdict.excluded.map { "\($0.rule.name): \($0.reason)" }
        + ["it is \(object.link.lowercased()) as of the last synchronization"],
      "If it is to stay, correct the value in \(object.row.connector), or the rules; 'lockstep due' "
        + "tells what else they do")
  }

  private static func stopsSynchronization(_ error: ErrorRow) -> Bool {
    error.stage == .synchronization
      && error.type != SyncErrorType.exportedChangeNotReimported.text
  }

  private func notSynchronized(
    _ object: ObjectDetail, _ connectors: [ConnectorRow]
  ) throws -> WhyNot {
    let own = connectors.first { $0.name == object.row.connector }
    let last = own?.lastSteps.first {
      $0.type == .fullSynchronization || $0.type == .deltaSynchronization
    }
    var evidence = [
      last.map { "the last \($0.type.profileName) began \($0.started.local): \($0.result)" }
        ?? "\(object.row.connector) was never synchronized"
    ]
    var hint = "Run a Delta cycle, or Delta Synchronization on \(object.row.connector)"
    // A synchronization that was stopped says itself what it waits for: an import that is held.
    if let last, ResultSeverity(result: last.result) == .stopped {
      let said = try store.stepMessage(step: last.id)
      if try isReleased(last, said.message) {
        evidence.append("that was released since: it goes with the next cycle")
      } else {
        evidence += [said.message].filter { !$0.isEmpty }
        if !said.hint.isEmpty { hint = said.hint }
      }
    }
    return finding(
      object, .notSynchronized,
      "It is imported (pending \(object.row.pendingImport)) and not yet synchronized.", evidence,
      hint)
  }

  /// Whether a synchronization was stopped for an import that is not held any more.
  private func isReleased(_ step: OperationRow, _ message: String) throws -> Bool {
    guard step.result == "stopped-object-limit", !message.isEmpty else { return false }
    let held = try store.status().heldImports
    return !held.contains { message.contains($0) } && message.hasPrefix(Self.nothingSynchronized)
  }

  /// How a synchronization begins that waits for a person's word on an import.
  private static let nothingSynchronized = "Nothing is synchronized: "

  private func noInboundRule(_ object: ObjectDetail) -> WhyNot {
    let types = Set(
      rules.rules.filter {
        $0.direction == .inbound && !$0.isDisabled
          && $0.connector.lowercased() == object.row.connector.lowercased()
      }.map(\.sourceType)
    ).sorted()
    return finding(
      object, .noInboundRule,
      "No inbound rule is for objects of type \(object.row.objectType).",
      [
        types.isEmpty
          ? "no rule reads \(object.row.connector)"
          : "the rules of \(object.row.connector) are for: " + types.joined(separator: ", ")
      ], "Add a rule for the type if it is wanted")
  }

  /// Rules are for it, but it found no metaverse object and none was made.
  private func notConnected(_ object: ObjectDetail, _ verdict: RuleVerdict) throws -> WhyNot {
    var evidence = verdict.inScope.map { "\($0.name): link type \($0.linkType.rawValue)" }
    let matches = try verdict.joins.map { attempt in
      try store.joinMatches(
        type: verdict.metaverseType ?? "",
        attempt.conditions.map {
          JoinLookup(
            attribute: $0.target, values: $0.values, isCaseSensitive: $0.isCaseSensitive)
        })
    }
    evidence += zip(verdict.joins, matches).map { attempt, found in
      let conditions = attempt.conditions.map { condition in
        "\(condition.source) = \(condition.values.prefix(2).map(\.text).joined(separator: ", ")) "
          + "in \(condition.target)"
      }
      let outcome =
        switch found.count {
        case 0: ""
        case 1: ", and finds \(found[0])"
        default:
          ", and finds " + found.prefix(Self.namedMatches).joined(separator: ", ")
            + (found.count > Self.namedMatches ? ", …" : "") + ": more than one is none"
        }
      return "\(attempt.rule.name) looked for " + conditions.joined(separator: " and ") + outcome
    }
    if verdict.creates {
      return finding(
        object, .notConnected,
        "The rules would project it now, but it was last synchronized under others.", evidence,
        "Run an Initial cycle, or Full Synchronization on \(object.row.connector)")
    }
    if matches.contains(where: { $0.count > 1 }), !matches.contains(where: { $0.count == 1 }) {
      return finding(
        object, .notConnected,
        "It joined no metaverse object: more than one has what it is joined by.", evidence,
        "Correct the value where it comes from, so that one of them alone has it")
    }
    let makers = verdict.inScope.filter {
      $0.linkType == .provision && $0.targetType != SyncRule.anyType
    }
    guard let maker = makers.first else {
      let left = verdict.excludedMakers
      return finding(
        object, .notConnected,
        "It joined no metaverse object, and no rule in scope projects one.", left + evidence,
        left.isEmpty
          ? "Correct the values that it joins by, or bring it into the scope of a Provision rule"
          : "If it is meant to arrive, correct the value in \(object.row.connector), or change the "
            + "rule's scope")
    }
    let names = Set(maker.joins.flatMap(\.conditions).map(\.source.text)).sorted()
    return finding(
      object, .notConnected,
      "\(maker.name) would project it, but no attribute that it joins by has a value.",
      evidence + ["needs a value in one of: " + names.joined(separator: ", ")],
      "Give it a value in \(object.row.connector)")
  }

  /// How many metaverse objects are named that a join finds.
  private static let namedMatches = 5

  func finding(
    _ object: ObjectDetail, _ gate: WhyNot.Gate, _ sentence: String, _ evidence: [String],
    _ hint: String
  ) -> WhyNot {
    WhyNot(
      subject: object.row.dn, object: object.row.id, gate: gate, sentence: sentence,
      evidence: evidence, hint: hint,
      passed: ["imported from \(object.row.connector) as \(object.row.objectType)"])
  }
}
