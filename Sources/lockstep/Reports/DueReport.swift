import SyncStore

/// Steps that are due, and what a rehearsal of them came to.
enum DueReport {
  static func make(_ steps: [DueStep]) -> Report {
    Report(json: steps.map(DueJSON.init)) { _ in
      guard !steps.isEmpty else { return ["No full step is due; the next cycle is Delta."] }
      return steps.map(line) + [
        "The next cycle does it; 'lockstep due --rehearse' shows first what it would send."
      ]
    }
  }

  /// One step that is due.
  static func line(_ step: DueStep) -> String {
    SafeText.line(step.connector) + ": " + step.type.profileName + " of \(step.objects) objects, "
      + SafeText.line(step.reason)
  }

  /// What a rehearsed cycle would send, with some of the objects.
  static func outcome(of cycle: CycleSummary, in store: any StoreReading) throws -> Report {
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
            count: counter.count,
            samples: samples.map { $0.display.isEmpty ? $0.dn : $0.display }))
      }
    }
    let found = rows
    return Report(json: found) { _ in
      guard !found.isEmpty else { return ["It would send nothing."] }
      return found.map { row in
        SafeText.line(row.connector) + ": \(row.count) " + row.title
          + (row.samples.isEmpty
            ? "" : ", such as " + row.samples.map(SafeText.line).joined(separator: ", "))
      }
    }
  }

  private struct Outcome: Encodable {
    let connector: String
    let counter: String
    let title: String
    let count: Int
    let samples: [String]
  }
}

/// A step that is due, as `--json` spells it.
struct DueJSON: Encodable {
  let connector: String
  let step: String
  let reason: String
  let objects: Int

  init(_ step: DueStep) {
    connector = step.connector
    self.step = step.type.rawValue
    reason = step.reason
    objects = step.objects
  }
}
