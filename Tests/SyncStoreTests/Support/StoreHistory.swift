import Directory
import Testing

@testable import SyncStore

/// What the store tells of the past, in words that can be compared.
extension TestStore {
  /// What is told of each step: its figures, the objects behind them with what changed, its errors.
  func toldOfSteps(_ reader: StoreReader? = nil) throws -> [Int64: String] {
    let reader = try reader ?? self.reader
    var told: [Int64: String] = [:]
    for step in try reader.operations(OperationFilter(), before: nil, limit: 10_000) {
      var lines = ["\(step)"]
      for counter in try reader.counters(step: step.id) {
        lines.append("\(counter)")
        for change in try reader.changes(
          step: step.id, group: counter.group, counter: counter.name, after: nil, limit: 10_000)
        {
          lines.append("\(change) \(try reader.deltas(change: change.id))")
        }
      }
      lines += try reader.errors(step: step.id, after: nil, limit: 10_000).map { "\($0)" }
      told[step.id] = lines.joined(separator: "\n")
    }
    return told
  }

  /// Where an object's changes lead, one after the other: references left out, of which only what
  /// came and went is told; nil for one that took another's place, from which its changes go on.
  func replayed(_ id: Int64, _ reader: StoreReader) throws -> [String: [AttributeValue]]? {
    var attributes: [String: [AttributeValue]] = [:]
    for row in try reader.history(of: [id], limit: 10_000).reversed() {
      guard row.counter != "stage-delete-add" else { return nil }
      for delta in row.changes where !delta.tellsChangesOnly {
        #expect(attributes[delta.name, default: []] == delta.before, "\(row) \(delta)")
        attributes[delta.name] = delta.after.isEmpty ? nil : delta.after
      }
    }
    return attributes
  }
}
