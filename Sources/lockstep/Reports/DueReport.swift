import SyncStore

/// Steps that are due, and what a rehearsal of them came to.
enum DueReport {
  static func make(_ steps: [DueStep]) -> Report {
    Report(json: steps.map(DueJSON.init)) { _ in
      guard !steps.isEmpty else { return ["No full step is due; the next cycle is Delta."] }
      return steps.flatMap { [line($0)] + details($0) } + [
        "The next cycle does it; 'lockstep due --rehearse' shows first what it would send."
      ]
    }
  }

  /// One step that is due.
  static func line(_ step: DueStep) -> String {
    SafeText.line(step.connector) + ": " + step.title + " of \(step.objects) objects, "
      + SafeText.line(step.reason)
  }

  /// What differs in the rules, and what that does to the objects that are there.
  private static func details(_ step: DueStep) -> [String] {
    var lines: [String] = []
    var rule: String?
    for change in step.changes {
      if change.rule != rule, !change.rule.isEmpty {
        lines.append("  " + SafeText.line(change.rule))
      }
      rule = change.rule
      lines.append("    " + SafeText.line(change.what))
      if !change.before.isEmpty { lines.append("      - " + SafeText.line(change.before)) }
      if !change.after.isEmpty { lines.append("      + " + SafeText.line(change.after)) }
    }
    if !step.effects.isEmpty {
      lines.append("  What that does to the objects that are there:")
      lines += step.effects.map { effect in
        "    " + SafeText.line(effect.words)
          + (effect.samples.isEmpty
            ? "" : ", such as " + effect.samples.map(SafeText.line).joined(separator: ", "))
      }
    } else if !step.changes.isEmpty {
      lines.append("  None of the objects that are there changes by that alone.")
    }
    if step.isOutdated { lines.append("  \(DueStep.outdated).") }
    return lines
  }

  /// A cycle that was rehearsed because `due` were due: its steps, as `report` has them, and what it
  /// would send, with some of the objects.
  static func rehearsed(
    _ due: [DueStep], _ cycle: CycleSummary, _ report: Report, in store: any StoreReading
  ) throws -> Report {
    let found = try outcomes(of: cycle, in: store)
    let held = try found.isEmpty ? holds(of: cycle, in: store) : []
    let json = RehearsedJSON(
      due: due.map(DueJSON.init), cycle: CycleJSON(cycle), wouldSend: found)
    return Report(json: json) { width in
      report.lines(width)
        + (found.isEmpty ? ["It would send nothing."] + held : found.flatMap(lines))
    }
  }

  /// Why exports of a cycle ended without sending, in the words that they have for it.
  private static func holds(
    of cycle: CycleSummary, in store: any StoreReading
  ) throws -> [String] {
    try cycle.steps.filter { $0.type == .export && $0.severity >= .warning }.compactMap { step in
      let words = try store.stepMessage(step: step.id).message
      return words.isEmpty ? nil : "  \(SafeText.line(step.connector)): \(SafeText.line(words))"
    }
  }

  private struct RehearsedJSON: Encodable {
    let due: [DueJSON]
    let cycle: CycleJSON
    let wouldSend: [Outcome]
  }

  private static func outcomes(
    of cycle: CycleSummary, in store: any StoreReading
  ) throws -> [Outcome] {
    var rows: [Outcome] = []
    for step in cycle.steps where step.type == .export {
      for counter in try store.counters(step: step.id) where counter.count > 0 {
        let samples =
          counter.hasDetail
          ? try store.changes(
            step: step.id, group: counter.group, counter: counter.name, after: nil, limit: 5)
          : []
        rows.append(
          Outcome(
            connector: step.connector, counter: counter.name, title: counter.title,
            count: counter.count, attributes: try attributes(step.id, counter, store),
            samples: samples.map { $0.display.isEmpty ? $0.dn : $0.display }))
      }
    }
    return rows
  }

  private static func lines(_ row: Outcome) -> [String] {
    var head = SafeText.line(row.connector) + ": \(row.count) " + row.title
    if !row.samples.isEmpty {
      head += ", such as " + row.samples.map { SafeText.line($0) }.joined(separator: ", ")
    }
    return [head] + row.attributes.map { "    " + SafeText.line($0.name) + " on \($0.count)" }
  }

  /// So many changed objects are looked at for their attributes.
  private static let looked = 2000

  /// The attributes that updates change, the most frequent first.
  private static func attributes(
    _ step: Int64, _ counter: CounterRow, _ store: any StoreReading
  ) throws -> [Outcome.Attribute] {
    guard counter.name == "export-update" else { return [] }
    let rows = try store.changes(
      step: step, group: counter.group, counter: counter.name, after: nil, limit: looked)
    var counts: [String: Int] = [:]
    for row in rows {
      for delta in try store.deltas(change: row.id) { counts[delta.name, default: 0] += 1 }
    }
    return counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
      .map { Outcome.Attribute(name: $0.key, count: $0.value) }
  }

  private struct Outcome: Encodable {
    struct Attribute: Encodable {
      let name: String
      let count: Int
    }

    let connector: String
    let counter: String
    let title: String
    let count: Int
    let attributes: [Attribute]
    let samples: [String]
  }
}

/// A step that is due, as `--json` spells it.
struct DueJSON: Encodable {
  let connector: String
  let step: String
  let reason: String
  let objects: Int
  let changes: [Change]
  let effects: [Effect]
  /// Whether ``effects`` are of before the last change of objects.
  let outdated: Bool

  /// What differs in a rule.
  struct Change: Encodable {
    let rule: String
    let what: String
    let before: String
    let after: String
  }

  /// What that does.
  struct Effect: Encodable {
    let kind: String
    let objectType: String
    let attribute: String
    let count: Int
    let looked: Int
    let total: Int
    let samples: [String]
  }

  init(_ step: DueStep) {
    connector = step.connector
    self.step = step.isRetired ? "leaving" : step.type.rawValue
    reason = step.reason
    objects = step.objects
    outdated = step.isOutdated
    changes = step.changes.map {
      Change(rule: $0.rule, what: $0.what, before: $0.before, after: $0.after)
    }
    effects = step.effects.map {
      Effect(
        kind: $0.kind.rawValue, objectType: $0.objectType, attribute: $0.attribute,
        count: $0.count, looked: $0.looked, total: $0.total, samples: $0.samples)
    }
  }
}
