import Directory
import SyncStore

/// New objects that refer to other new ones: sent after those, they arrive whole, and need no second
/// request for a manager.
extension ExportStep {
  /// How long a chain of objects may be that each wait for the next one.
  private static let waves = 30
  /// How many objects are looked at in one go.
  private static let page = 2000

  /// Sends objects that wait for others, wave by wave: what one made the next can refer to.
  ///
  /// What waits in a circle, or for something that does not come, is sent as it is; its references
  /// follow with those of all others.
  func sendWaiting(_ ids: [Int64]) async throws {
    var waiting = ids
    for _ in 0..<Self.waves where !waiting.isEmpty {
      let ready = try ready(waiting)
      guard !ready.isEmpty else { break }
      try await send(ready)
      waiting.removeAll(where: Set(ready).contains)
    }
    try await send(waiting)
  }

  private func ready(_ waiting: [Int64]) throws -> [Int64] {
    try pages(of: waiting).flatMap { ids in
      try context.checkStop()
      return try store.look { try $0.withoutWaitingReferences(ids) }
    }
  }

  private func pages(of ids: [Int64]) -> [ArraySlice<Int64>] {
    stride(from: 0, to: ids.count, by: Self.page).map { start in
      ids[start..<min(start + Self.page, ids.count)]
    }
  }
}

extension PendingExport {
  /// A group with many members is sent at once: the few that are missing follow by themselves.
  private static let fewReferences = 20

  /// Whether the object is to be made, and better after others that it refers to.
  var canWait: Bool {
    object.anchor == nil && object.exportState == .idle && waitingReferences > 0
      && addedReferences.count + waitingReferences <= Self.fewReferences
  }
}
