import Directory
import SyncStore

/// What a whole import did not show is looked for by itself before it is taken for gone.
extension ImportStep {
  /// So many are looked for, each with a request of its own.
  private static let mostLooked = 100

  /// Stages what the directory has of that which it has not shown.
  ///
  /// Of more than a few only some are looked for: if one of them is there, nobody knows of the others.
  func lookAgain(_ reader: any ImportReader, _ shown: inout Shown) async throws {
    // Most can't be asked so, and what is missing takes a walk through all that is staged to find.
    guard try await reader.look(for: []) != nil else { return }
    let (connector, seen) = (connector.id, shown.seen)
    let missing = try context.store.look {
      try $0.unshown(connector: connector, seen, limit: Self.mostLooked + 1)
    }
    guard !missing.isEmpty else { return }
    try context.checkStop()
    guard let found = try await reader.look(for: Array(missing.prefix(Self.mostLooked))),
      !found.changes.isEmpty || !found.errors.isEmpty
    else { return }
    guard missing.count <= Self.mostLooked else {
      let count = found.changes.count + found.errors.count
      shown.doubt =
        shown.doubt
        ?? "of \(Self.mostLooked) that were asked for by id it has \(count), though it does not list them"
      return
    }
    var read = 0
    shown.seen = try store(found, seen: shown.seen, read: &read, beganEmpty: false)
    shown.note(found)
    try note(found)
  }

  private func note(_ found: ImportBatch) throws {
    try context.store.transaction { tx in
      try tx.log(
        .information, code: 904,
        "\(connector.name) does not list \(found.changes.count) objects that it has: each was asked "
          + "for by its id")
    }
  }
}
