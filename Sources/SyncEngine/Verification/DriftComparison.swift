import Directory
import SyncStore

/// Compares a target, as an import just read it, with what the rules want, and records what differs
/// under the counters of drift.
struct DriftComparison {
  let context: StepContext

  private var connector: ActiveConnector { context.connector }

  /// How many objects are compared in one transaction.
  private static let page = 500

  /// Compares everything.
  ///
  /// - Throws: ``StepStopped``, ``StoreError``.
  func run() throws {
    try context.store.transaction { try context.progress($0, phase: "comparing", amount: 0) }
    var after: Int64? = 0
    while let last = after {
      try context.checkStop()
      after = try comparePage(after: last)
    }
  }

  private func comparePage(after: Int64) throws -> Int64? {
    try context.store.transaction { tx in
      let objects = try tx.expectedObjects(
        connector: connector.id, after: after, limit: Self.page)
      var tally = CounterTally()
      for object in objects { try compare(object, tx, &tally) }
      try tx.add(tally, step: context.step)
      try context.progress(tx, phase: "comparing", amount: objects.count)
      return objects.last?.id
    }
  }

  private func compare(
    _ object: ConnectorSpaceObject, _ tx: StoreTransaction, _ tally: inout CounterTally
  ) throws {
    let deltas = try tx.drift(of: object)
    let counter = object.drift(deltas)
    tally.count(counter)
    guard counter.hasDetail else { return }
    tally.count(.driftAttributes, amount: deltas.count)
    var change = ObjectChange(
      counter, objectID: object.id, dn: object.dn, display: object.display,
      objectType: object.objectType, deltas: deltas)
    change.reason = try DriftCause(of: object, in: context).words
    try tx.record(change, step: context.step)
  }
}

extension ConnectorSpaceObject {
  /// How an object stands that differs in `deltas`.
  fileprivate func drift(_ deltas: [ObjectChange.Delta]) -> Counter {
    if awaitsDelete { return .driftUnwanted }
    if desired == nil { return .driftUnmanaged }
    if image == nil { return .driftMissing }
    return deltas.isEmpty ? .driftNone : .driftDifferent
  }
}

/// Why a target differs in an object, as far as the engine knows.
private struct DriftCause {
  let words: String

  /// The cause by what the store itself tells of the object, before the target was read.
  init(of object: ConnectorSpaceObject, in context: StepContext) throws {
    guard let report = context.report,
      let situation = try report.store.look({ [try $0.exportSituation(of: object.id)] })[0]
    else {
      words = "not synchronized yet"
      return
    }
    words = Self.words(situation, object)
  }

  private static func words(
    _ situation: ExportSituation, _ object: ConnectorSpaceObject
  ) -> String {
    if let error = situation.error { return "the target refused it: \(error)" }
    if situation.isHeld {
      return "its export waits, and may be held" + (situation.group.map { " (g\($0))" } ?? "")
    }
    switch situation.state {
    case .unknown: return "it was sent, and no answer came"
    case .accepted: return "the target accepted it, and is yet to carry it out"
    case .unconfirmed: return "it was sent, and no import has confirmed it"
    case .idle: break
    }
    if situation.isPending { return "its export waits" }
    if situation.desired != object.desired { return "its source changed since it was synchronized" }
    return "changed at the target"
  }
}
