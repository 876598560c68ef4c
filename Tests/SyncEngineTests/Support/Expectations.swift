import SyncStore
import Testing

extension CycleSummary {
  /// Whether no step added, changed or removed anything.
  var isQuiet: Bool { steps.allSatisfy { $0.adds + $0.updates + $0.deletes == 0 } }
}

/// Expects that every counter that can be opened lists as many objects as it counts, and every step
/// as many errors.
func expectStatisticsAddUp(
  _ reader: StoreReader, _ comment: Comment = "", sourceLocation: SourceLocation = #_sourceLocation
) throws {
  for step in try reader.operations(OperationFilter(), before: nil, limit: 10_000) {
    for counter in try reader.counters(step: step.id) where counter.hasDetail {
      let rows = try reader.changes(
        step: step.id, group: counter.group, counter: counter.name, after: nil, limit: 10_000)
      #expect(
        rows.count == counter.count, "\(step.type) \(counter.name); \(comment)",
        sourceLocation: sourceLocation)
    }
    let errors = try reader.errors(step: step.id, after: nil, limit: 10_000)
    #expect(errors.count == step.errors, comment, sourceLocation: sourceLocation)
  }
}
