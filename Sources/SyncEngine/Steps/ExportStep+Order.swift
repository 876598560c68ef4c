import Directory
import SyncStore

/// What the target refused because others were not sent yet.
///
/// It is what is to come into a container that is not there yet, and deletes of containers that are
/// not empty yet. It is sent once more after those, and only what is refused then is told.
final class RefusedForOthers {
  /// A request, and what was said to it.
  typealias Entry = (request: ExportStep.Request, outcome: ExportOutcome)

  private var changes: [Entry] = []
  private var deletes: [Entry] = []
  /// Whether others that changes may wait for were sent.
  var endsChanges = false
  /// Whether everything was sent.
  var isOver = false

  /// So many are sent twice; what is more is told, and comes with the next export.
  private static let most = 5000

  /// Keeps a refusal for later; false if it is none of that kind, or final.
  func keep(_ outcome: ExportOutcome, of request: ExportStep.Request) -> Bool {
    guard !isOver, case .failed(let failure) = outcome, failure.mayFollowOthers,
      changes.count + deletes.count < Self.most
    else { return false }
    if case .delete = request.operation.kind {
      deletes.append((request, outcome))
    } else if endsChanges {
      return false
    } else {
      changes.append((request, outcome))
    }
    return true
  }

  /// Takes the changes out, those of containers before those of what they are to hold.
  func takeChanges() -> [Entry] {
    endsChanges = true
    defer { changes = [] }
    return changes.sorted { $0.request.operation.dn.path < $1.request.operation.dn.path }
  }

  /// Takes the deletes out, those of containers after those of what they hold.
  func takeDeletes() -> [Entry] {
    defer { deletes = [] }
    return deletes.sorted { $0.request.operation.dn.path > $1.request.operation.dn.path }
  }
}

extension ExportStep {
  /// Sends changes once more that waited for a container.
  func settleChanges() async throws {
    let ids = others.takeChanges().map(\.request.id)
    if !ids.isEmpty { try await send(ids) }
  }

  /// Sends deletes once more that waited for a container to be emptied.
  func settleDeletes(releasedOnly: Bool) async throws {
    let ids = others.takeDeletes().map(\.request.id)
    others.isOver = true
    if !ids.isEmpty { try await sendDeletes(ids, releasedOnly: releasedOnly) }
  }

  /// Tells what was kept, which is final where the step ends.
  func tellOthers() throws {
    others.isOver = true
    let kept = others.takeChanges() + others.takeDeletes()
    guard !kept.isEmpty else { return }
    try store.transaction { tx in
      var tally = CounterTally()
      for entry in kept { try keep(entry.outcome, of: entry.request, tx, &tally) }
      try tx.add(tally, step: context.step)
    }
  }

  /// Sends deletes: what is in a container before the container.
  func sendDeletes(releasedOnly: Bool) async throws {
    let ids = try store.look { [id = connector.id] in
      try $0.pendingDeletes(connector: id, releasedOnly: releasedOnly)
    }
    try await sendDeletes(ids, releasedOnly: releasedOnly)
  }

  private func sendDeletes(_ ids: [Int64], releasedOnly: Bool) async throws {
    let limit = connector.engine.connector.capabilities.exportBatchSize
    var rest = ids[...]
    try await send { _ in
      try context.checkStop()
      guard !rest.isEmpty else { return nil }
      let page = rest.prefix(limit)
      rest = rest.dropFirst(limit)
      let pending = try store.look { try $0.pendingDeletes(page, releasedOnly: releasedOnly) }
      return pending.compactMap { item -> Request? in
        // Without an anchor nobody knows whether it ever arrived; the next import tells.
        guard item.object.anchor != nil else { return nil }
        guard let dn = try? DistinguishedName(item.object.dn) else { return nil }
        return Request(
          item: item,
          operation: ExportOperation(
            id: item.object.id, kind: .delete, objectType: item.object.objectType,
            anchor: item.object.anchor, dn: dn, isRetry: item.object.exportState == .unknown))
      }
    }
  }
}
