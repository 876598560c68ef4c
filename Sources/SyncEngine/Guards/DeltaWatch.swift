import Directory
import SyncStore

/// Counts the deletes that a delta tells before they are staged.
struct DeltaWatch {
  private let warden: ImportGuard
  private var deletes: Int
  /// An entry that must be there and is told to be gone.
  private var canary: String?
  /// What is wrong with the deletes so far; nil if they pass.
  private(set) var finding: ImportGuard.Finding?

  /// Changes that are read before any of them is staged: deltas are short as a rule, and a long one
  /// must fit into memory.
  static let window = 20_000

  /// A watch that counts on from what deltas staged that ended in their midst.
  init(_ warden: ImportGuard) throws {
    self.warden = warden
    deletes = try warden.unweighedDeletes()
  }

  /// Counts the deletes of a batch.
  mutating func look(at batch: ImportBatch) throws {
    let gone = batch.changes.compactMap(\.deleted)
    guard !gone.isEmpty else { return }
    let staged = try warden.staged(gone)
    deletes += staged.count
    canary = try canary ?? warden.canary(among: staged)
    // What else it tells may make the share of its deletes a smaller one, and excuses none.
    finding = try warden.finding(ofDeletes: deletes, canary: canary) ?? finding
  }
}

extension ImportGuard {
  /// How many deletes imports staged that ended in their midst, which nothing has taken yet.
  fileprivate func unweighedDeletes() throws -> Int {
    try context.store.look { tx in
      try tx.unweighedImports(connector: context.connector.id, before: context.step)
        .reduce(0) { sum, step in
          try [Counter.stageDelete, .stageDeleteAdd].reduce(sum) {
            try $0 + tx.count($1, step: step)
          }
        }
    }
  }

  /// The names of those of these objects that are staged.
  fileprivate func staged(_ gone: [ObjectAddress]) throws -> [String] {
    let id = context.connector.id
    return try context.store.look { tx in
      try gone.compactMap { try tx.staged(connector: id, $0)?.dn }
    }
  }

  /// A name that must be there.
  fileprivate func canary(among names: [String]) throws -> String? {
    let canaries = Set(context.connector.engine.canaries.map(\.normalized))
    guard !canaries.isEmpty else { return nil }
    return names.first {
      (try? DistinguishedName($0)).map { canaries.contains($0.normalized) } ?? false
    }
  }

  /// What is wrong with so many deletes that a delta tells, `canary` among them; nil if they pass.
  fileprivate func finding(ofDeletes count: Int, canary: String?) throws -> Finding? {
    if let canary, !isReleased(count) { return canaryFinding(canary, count) }
    return try limitFinding(count)
  }
}

extension ImportedChange {
  /// The object that is gone, or is read no more; nil if none is.
  var deleted: ObjectAddress? {
    switch self {
    case .delete(let address), .leave(let address), .letGo(let address): address
    default: nil
    }
  }
}
