import SyncStore

/// Containers of which an import shows nothing any more, though it shows others.
extension ImportGuard {
  /// As many objects of a container do not vanish together by themselves while it is shown itself; of one
  /// that is not imported, which may be gone with them, only so many are a reason.
  private static let (fewOfAContainer, fewOfUnknownContainer) = (10, 20)

  func containerFinding(_ seen: SeenObjects, _ count: Int) throws -> Finding? {
    let emptied = try context.store.look { [id = connector.id] tx in
      [
        try tx.emptiedContainer(
          connector: id, seen, few: Self.fewOfAContainer, fewOfUnknown: Self.fewOfUnknownContainer)
      ]
    }[0]
    return emptied.map { container in
      Finding(
        kind: GuardedKind.deletes.rawValue, result: "stopped-deletion-limit", count: count,
        message:
          "\(connector.name) shows none of the \(container.count) objects any more that were "
          + "right below \(container.dn), as when the right to list them is lost; no delete was staged"
      )
    }
  }
}
