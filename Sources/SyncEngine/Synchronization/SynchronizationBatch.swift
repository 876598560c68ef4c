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

  /// The batch after the object `after`; nil at the end.
  func batch(after: Int64) throws -> SynchronizationBatch? {
    try store.snapshot { tx in
      let rows = try tx.storedObjects(
        connector: connector.id, scope, after: after, limit: limit)
      guard let last = rows.last?.id else { return nil }
      var loaded = try LoadedBatch(tx, facts: facts, connector: connector, rows)
      let objects = loaded.batch
      let evaluations = try loaded.evaluate(objects, plan: plan)
      try loaded.loadMetaverse(tx, objects, evaluations)
      var items = objects.map { SynchronizationBatch.Item(id: $0.id) }
      var open = Array(items.indices)
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
      return SynchronizationBatch(items, last: last)
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
