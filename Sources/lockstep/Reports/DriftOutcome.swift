import SyncStore
import Workspace

/// What a verification found, as its run keeps it.
struct DriftOutcome {
  /// An object that differs.
  struct Object {
    let row: StepChangeRow
    /// How it differs: `missing`, `different`, `unwanted`.
    let drift: String
    let deltas: [AttributeDelta]
  }

  let step: OperationRow
  let message: (message: String, hint: String)
  let counts: [String: Int]
  /// The first of the objects that differ.
  let objects: [Object]

  /// The ways in which an object can differ, with the counters that list them.
  static let kinds = ["missing", "different", "unwanted"]

  /// What the run found, with at most `limit` objects.
  ///
  /// - Throws: ``WorkspaceError`` if there is no such run.
  init(run: Int64, _ store: any StoreReading, limit: Int) throws {
    guard let step = try StepReference.steps(ofRun: run, in: store).last else {
      throw WorkspaceError(
        .notFound, message: "Run \(run) is not in the history any more", hint: "Verify again")
    }
    self.step = step
    message = try store.stepMessage(step: step.id)
    let counters = try store.counters(step: step.id).filter { $0.group == .drift }
    counts = Dictionary(
      counters.map { (String($0.name.dropFirst("drift-".count)), $0.count) },
      uniquingKeysWith: +)
    var objects: [Object] = []
    for kind in Self.kinds where counts[kind] != nil && objects.count < limit {
      objects += try Self.page(step.id, kind, after: nil, limit: limit - objects.count, store)
    }
    self.objects = objects
  }

  /// Some of the objects that differ in a way, after the row `after`.
  static func page(
    _ step: Int64, _ kind: String, after: Int64?, limit: Int, _ store: any StoreReading
  ) throws -> [Object] {
    try store.changes(
      step: step, group: .drift, counter: "drift-" + kind, after: after, limit: limit
    ).map { Object(row: $0, drift: kind, deltas: try store.deltas(change: $0.id)) }
  }

  /// How many objects differ.
  var drifted: Int { Self.kinds.reduce(0) { $0 + count($1) } }
  /// How many objects the rules want or want gone.
  var compared: Int { drifted + count("none") }

  /// Whether there are objects that could not be read; what else was found wrong was read.
  var isUnread: Bool { step.result == "completed-discovery-errors" }

  func count(_ kind: String) -> Int { counts[kind] ?? 0 }

  /// How the command ends.
  static func status(of outcomes: [DriftOutcome]) -> ExitStatus {
    // Where nothing was compared, nothing is known to be right.
    guard let worst = outcomes.map(\.step.severity).max() else { return .notFound }
    if worst == .stopped { return .stopped }
    if outcomes.contains(where: { $0.drifted > 0 }) { return .drift }
    return WorkOutcome.status(of: worst)
  }
}
