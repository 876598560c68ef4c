import Directory
import SyncStore

/// What a whole import did not show is looked for by itself before it is taken for gone.
extension ImportStep {
  /// So many are looked for at a time, each with a request of its own, and so many in all.
  private static let (page, most) = (100, 2000)

  /// Stages what the directory has of that which it has not shown: of all that is staged, after an import
  /// that showed all; of what was sent to it, after any other.
  func lookAgain(_ reader: any ImportReader, _ shown: inout Shown) async throws {
    // Most can't be asked so, and what is missing takes a walk through all that is staged to find.
    guard try await reader.look(for: []) != nil else { return }
    let (connector, seen, began, isWhole) =
      (connector.id, shown.seen, shown.began, isFull || shown.endsPresence)
    let missing = try context.store.look { tx in
      isWhole
        ? try tx.unshown(connector: connector, seen, limit: Self.most + 1)
        : try tx.unshownExports(
          connector: connector, sentBefore: began, seen, limit: Self.most)
    }
    try await look(for: missing, reader, isWhole: isWhole, &shown)
  }

  /// Of very many some are looked for: as long as one of a page is there, the next page is looked for;
  /// of what is left nobody knows.
  private func look(
    for missing: [UnshownObject], _ reader: any ImportReader, isWhole: Bool, _ shown: inout Shown
  ) async throws {
    var rest = missing[...]
    var count = 0
    while !rest.isEmpty, missing.count - rest.count < Self.most {
      try context.checkStop()
      let some = rest.prefix(Self.page)
      guard let found = try await reader.look(for: Array(some)) else { return }
      rest = rest.dropFirst(some.count)
      shown.note(found)
      guard !found.changes.isEmpty || !found.errors.isEmpty else { break }
      var read = 0
      shown.seen = try store(found, seen: shown.seen, read: &read, beganEmpty: false)
      count += found.changes.count
    }
    guard count > 0 else { return }
    if isWhole, !rest.isEmpty {
      shown.doubt =
        shown.doubt ?? "it has \(count) others that it does not list: each was asked for by id"
    }
    try note(count)
  }

  private func note(_ count: Int) throws {
    try context.store.transaction { tx in
      try tx.log(
        .information, code: 904,
        "\(connector.name) does not list \(count) objects that it has: each was asked "
          + "for by its id")
    }
  }
}
