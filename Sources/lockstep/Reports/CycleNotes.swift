import SyncStore

/// What is to be said of a cycle that its steps do not tell.
enum CycleNotes {
  /// So many changes of a rehearsal, and pages of open errors, are looked at.
  private static let most = 2000
  private static let pages = 20
  private static let named = 5

  static func lines(_ cycle: CycleSummary, _ store: any StoreReading) throws -> [String] {
    try staging(cycle, store) + refused(cycle, store)
  }

  /// That nothing is exported because this is the engine that stands by.
  private static func staging(
    _ cycle: CycleSummary, _ store: any StoreReading
  ) throws -> [String] {
    guard try store.status().isStaging else { return [] }
    return [
      cycle.isRehearsal
        ? "Staging mode is on: the cycle itself would send nothing of this."
        : "Staging mode is on: nothing was exported."
    ]
  }

  /// Who of those to whom a rehearsal would send something was refused when that was tried last: a
  /// rehearsal asks no target.
  private static func refused(
    _ cycle: CycleSummary, _ store: any StoreReading
  ) throws -> [String] {
    guard cycle.isRehearsal, try store.status().openErrors > 0 else { return [] }
    var lines: [String] = []
    for step in cycle.steps where step.type == .export && step.adds + step.updates > 0 {
      let errors = try errors(of: step.connector, store)
      guard !errors.isEmpty else { continue }
      let rows = try sent(step, store).filter { errors[$0.objectID] != nil }
      guard !rows.isEmpty else { continue }
      let names = rows.prefix(named).map { row in
        SafeText.line(row.display.isEmpty ? row.dn : row.display)
          + " (" + SafeText.line(errors[row.objectID] ?? "") + ")"
      }
      lines.append(
        "\(SafeText.line(step.connector)) refused \(rows.count) of these last time, and may again: "
          + names.joined(separator: ", ") + (rows.count > named ? ", …" : ""))
    }
    return lines
  }

  /// The open errors of exports to a target: their types by the object.
  private static func errors(
    of connector: String, _ store: any StoreReading
  ) throws -> [Int64: String] {
    var found: [Int64: String] = [:]
    var after: Int64?
    for _ in 0..<pages {
      let page = try store.openErrors(connector: connector, after: after, limit: 500)
      for error in page where error.stage == .export {
        if let object = error.objectID { found[object] = error.type }
      }
      guard page.count == 500, let last = page.last else { break }
      after = last.id
    }
    return found
  }

  /// The objects that a step of a rehearsal would make or change.
  private static func sent(
    _ step: OperationRow, _ store: any StoreReading
  ) throws -> [StepChangeRow] {
    try store.counters(step: step.id)
      .filter { ["export-add", "export-update"].contains($0.name) && $0.count > 0 && $0.hasDetail }
      .flatMap {
        try store.changes(
          step: step.id, group: $0.group, counter: $0.name, after: nil, limit: most)
      }
  }
}
