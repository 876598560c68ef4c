import Directory
import SyncStore

/// What is counted and recorded of references that flowed.
extension ReferencePass {
  mutating func recordChanges(_ tally: inout CounterTally) throws {
    guard !changes.isEmpty else { return }
    let names = try names(of: changes)
    try record(.outboundFlow, changes.mapValues { Self.deltas($0, names) }, names, &tally)
    changes = [:]
  }

  mutating func recordGiven(_ tally: inout CounterTally) throws {
    guard !given.isEmpty else { return }
    let names = try names(of: given)
    try record(.connectorFlow, given.mapValues { Self.deltas($0, names) }, names, &tally)
    given = [:]
  }

  mutating func recordLost(
    _ connector: ActiveConnector, _ tally: inout CounterTally
  ) throws {
    guard !lost.isEmpty else { return }
    let (names, links) = (try tx.names(of: lost.keys), try tx.metaverseIDs(of: Set(lost.keys)))
    // What goes with the object that gave it is a part of that.
    lost = lost.filter { id, gone in
      names[id]?.connector == connector.id && links[id] == gone.first?.holder.source
    }
    facts.counted.noteLoss(of: lost.keys)
    let meant = try tx.counterparts(
      of: Set(lost.values.flatMap { $0.map(\.target) }), connector: connector.id)
    let deltas = lost.mapValues { gone in
      Dictionary(grouping: gone, by: \.holder.attribute).sorted { $0.key < $1.key }
        .map { name, gone in
          ObjectChange.Delta(
            name, before: gone.compactMap { meant[$0.target]?.reference }, after: [])
        }
    }
    try record(.connectorFlow, deltas, names, &tally)
    lost = [:]
  }

  private func names(of changes: Changes) throws -> [Int64: ObjectName] {
    let meant = changes.values.flatMap { $0.values.flatMap { $0.added + $0.removed } }
    return try tx.names(of: Set(meant).union(changes.keys))
  }

  private static func deltas(
    _ attributes: [AttributeName: Change],
    _ names: [Int64: ObjectName]
  ) -> [ObjectChange.Delta] {
    attributes.sorted { $0.key < $1.key }.map { name, change in
      ObjectChange.Delta(
        name, before: change.removed.compactMap { names[$0]?.reference },
        after: change.added.compactMap { names[$0]?.reference }, rule: change.rule)
    }
  }

  /// Counts and records what flowed of some objects.
  private func record(
    _ counter: Counter, _ deltas: [Int64: [ObjectChange.Delta]], _ names: [Int64: ObjectName],
    _ tally: inout CounterTally
  ) throws {
    var rows = NewRows(tx)
    for (id, deltas) in deltas.sorted(by: { $0.key < $1.key }) {
      guard let object = names[id] else { continue }
      let target = counter == .outboundFlow ? object.connector : 0
      facts.counted.flow(
        counter == .outboundFlow ? .outbound : .inbound, of: id, target: target, &tally)
      try rows.record(
        ObjectChange(
          counter, target: target, objectID: id, dn: object.dn, display: object.display,
          objectType: object.objectType, deltas: deltas), step: step)
    }
    try rows.flush()
  }
}
