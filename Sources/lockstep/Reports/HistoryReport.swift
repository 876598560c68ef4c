import Directory
import SyncStore

/// The run history as a table: one row a step, newest first.
enum HistoryReport {
  /// - Parameter total: How many steps pass, where that is known.
  static func make(_ rows: [OperationRow], total: Int?, hasMore: Bool) -> Report {
    Report(rows: rows.map(StepJSON.init), hasMore: hasMore) { width in
      guard !rows.isEmpty else { return ["No run to show."] }
      let rest =
        total.map { "\($0 - rows.count) more; --limit \($0) shows all." }
        ?? "There are more; --limit shows them."
      return table(rows).lines(width: width) + (hasMore ? ["", rest] : [])
    }
  }

  /// The steps of a cycle or a run, oldest first, with what the cycle is.
  static func lines(_ cycle: CycleSummary, width: Int?) -> [String] {
    let reason = cycle.reason.isEmpty ? "" : " (" + SafeText.line(cycle.reason) + ")"
    let heading =
      (cycle.isRehearsal ? "Rehearsal, cycle" : "Cycle")
      + " \(cycle.id): \(cycle.policy.rawValue), asked for by "
      + SafeText.line(cycle.requestedBy) + reason
    let note = cycle.isRehearsal ? ["Nothing was sent: all of it was done on a copy."] : []
    return [heading] + note + table(cycle.steps).lines(width: width)
  }

  /// A table of steps in the order of `rows`.
  static func table(_ rows: [OperationRow]) -> Table {
    var table = Table(columns: [
      .number("Step"), .flexible("Connector"), .flexible("Profile", shortest: 11),
      .flexible("Status", shortest: 19), .text("Started").droppable(2),
      .number("Duration").droppable(1), .number("Adds"), .number("Updates"),
      .number("Deletes"), .number("Errors"),
    ])
    table.rows = rows.map { row in
      [
        String(row.id), row.connector,
        row.type.profileName + (row.isRehearsal ? ", rehearsal" : ""), row.result,
        TimeText.local(row.started), TimeText.duration(row.started, row.ended), String(row.adds),
        String(row.updates), String(row.deletes), String(row.errors),
      ]
    }
    return table
  }
}
