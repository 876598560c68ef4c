import Console
import SyncStore
import Workspace

/// What `lockstep show` can open: a step (`12`), a run (`r5`), a cycle (`c3`), the `latest` cycle.
typealias StepReference = RunReference

extension RunReference {
  /// The steps of this reference, oldest first.
  ///
  /// - Throws: ``WorkspaceError`` with the status `notFound` if there are none.
  func steps(in store: any StoreReading) throws -> [OperationRow] {
    let found: [OperationRow]
    switch self {
    case .step(let id): found = try store.operation(step: id).map { [$0] } ?? []
    case .run(let id): found = try Self.steps(ofRun: id, in: store)
    case .cycle(let id): found = try store.cycle(id: id)?.steps ?? []
    case .latest: found = try store.cycles(before: nil, limit: 1).first?.steps ?? []
    }
    guard found.isEmpty else { return found }
    throw WorkspaceError(
      .notFound,
      message: self == .latest
        ? "There is no cycle in the history" : "There is no \(words) in the history",
      hint: "'lockstep history' lists what there is; older runs may have been purged")
  }

  /// Steps get their numbers in the order of their runs, so the first one is found by halving.
  static func steps(ofRun run: Int64, in store: any StoreReading) throws -> [OperationRow] {
    let everything = OperationFilter()
    guard let newest = try store.operations(everything, before: nil, limit: 1).first else {
      return []
    }
    var low: Int64 = 0
    var high = newest.id + 1
    while low + 1 < high {
      let middle = (low + high) / 2
      let row = try store.operations(everything, before: middle + 1, limit: 1).first
      if let row, row.runID > run { high = middle } else { low = middle }
    }
    let rows = try store.operations(everything, before: high, limit: 100)
    return rows.filter { $0.runID == run }.reversed()
  }
}
