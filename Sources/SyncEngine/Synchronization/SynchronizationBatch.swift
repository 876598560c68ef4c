import Directory
import SyncRules
import SyncStore
import Synchronization

/// A batch of objects with what is to be done about each, decided on all cores from one state of
/// the store.
final class SynchronizationBatch: Sendable {
  /// One object, and what was decided; nothing if it must be decided where it is stored.
  struct Item: Sendable {
    /// The object's number.
    var id: Int64
    var decision: Decision?
  }

  /// The number of the last object.
  let last: Int64
  private let contents: Mutex<[Item]>

  /// A batch of `items`.
  init(_ items: [Item], last: Int64) {
    self.last = last
    contents = Mutex(items)
  }

  /// The objects; none after ``discard()``.
  var items: [Item] { contents.withLock { $0 } }

  /// Lets go of all that was decided, which takes a while: where is for who stores it to say.
  func discard() {
    let items = contents.withLock { items in
      defer { items = [] }
      return items
    }
    _ = consume items
  }
}

/// Reads batches and decides about them, away from the transaction that stores them.
struct SynchronizationReader: Sendable {
  let store: SyncStore
  let plan: SyncPlan
  let facts: PlanFacts
  let connector: ActiveConnector
  let scope: SynchronizationScope
  let limit: Int

  /// How often what is missing is loaded before the rest is left to the transaction.
  private static let rounds = 4

  /// Reads batches ahead of those that are stored.
  var ahead: BatchesAhead<SynchronizationBatch>.Source {
    .init(
      last: { try last(after: $0) }, batch: { try batch(after: $0, through: $1) },
      discard: { $0.discard() })
  }

  /// The number of the last object of the batch after the object `after`; nil if there are fewer
  /// than make a whole one.
  func last(after: Int64) throws -> Int64? {
    try store.snapshot {
      try $0.lastObject(connector: connector.id, scope, after: after, limit: limit)
    }
  }

  /// The batch after the object `after`; nil at the end.
  func batch(after: Int64) throws -> SynchronizationBatch? {
    let last = try last(after: after) ?? .max
    let batch = try batch(after: after, through: last)
    return batch.items.isEmpty && last == .max ? nil : batch
  }

  /// The objects after the object `after` up to `last`; none if something has happened to them since
  /// they were counted.
  func batch(after: Int64, through last: Int64) throws -> SynchronizationBatch {
    try store.snapshot { tx in
      let rows = try tx.storedObjects(
        connector: connector.id, scope, after: after, through: last)
      var loaded = try LoadedBatch(tx, facts: facts, connector: connector, rows)
      let objects = loaded.batch
      let evaluations = try loaded.evaluate(objects, plan: plan)
      try loaded.loadMetaverse(tx, objects, evaluations)
      var items = objects.map { SynchronizationBatch.Item(id: $0.id) }
      var open = objects.indices.filter { !loaded.isCrowded(objects[$0].id) }
      for _ in 0..<Self.rounds where !open.isEmpty {
        let known = Decider.Surroundings(
          reader: FrozenBatch(loaded), plan: plan, facts: facts, connector: connector)
        let outcomes = try Parallel.map(open) { index in
          try Self.decide(objects[index], evaluations[index], known)
        }
        var missing: [LoadedBatch.Missing] = []
        var left: [Int] = []
        for (index, outcome) in zip(open, outcomes) {
          switch outcome {
          case .success(let decision): items[index].decision = decision
          case .failure(let miss):
            missing.append(miss)
            left.append(index)
          }
        }
        open = left
        if !missing.isEmpty { try loaded.load(missing, tx) }
      }
      return SynchronizationBatch(items, last: last == .max ? rows.last?.id ?? after : last)
    }
  }

  private static func decide(
    _ object: ConnectorSpaceObject, _ evaluation: InboundEvaluation?,
    _ known: Decider<FrozenBatch>.Surroundings
  ) throws -> Result<Decision, LoadedBatch.Missing> {
    do {
      return .success(try Decider.decide(object, evaluation: evaluation, in: known))
    } catch let miss as LoadedBatch.Missing {
      return .failure(miss)
    }
  }
}
