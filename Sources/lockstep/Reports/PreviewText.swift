import SyncStore

/// A preview as text, in the order in which a synchronization works.
enum PreviewText {
  static func make(_ report: PreviewReport) -> Report {
    Report(json: report) { _ in lines(report) }
  }

  private static func lines(_ report: PreviewReport) -> [String] {
    let mode = report.isFull ? "full" : "delta"
    var lines = [
      (report.isCommitted ? "Synchronized (" : "Preview (") + mode + ") of "
        + text(report.dn) + ", \(report.objectType) of " + text(report.connector),
      "Staged: " + report.pendingImport,
    ]
    if !report.note.isEmpty { lines.append(text(report.note)) }
    lines += section(
      "Errors", report.failures.map { text("\($0.type): \($0.message). \($0.hint)") })
    lines += section("Inbound rules", report.inboundRules.map(rule))
    lines += section("Joins", report.joins.map(join))
    lines += section("What is done", report.operations.flatMap(operation))
    lines += section(report.flowsTitle, report.flows.map(flow))
    for target in report.targets {
      lines += section("Rules of " + text(target.connector), target.rules.map(rule))
    }
    lines += section("Pending exports before", report.exportsBefore.flatMap(export))
    lines += section("Pending exports then", report.exportsAfter.flatMap(export))
    return lines
  }

  private static func section(_ title: String, _ lines: [String]) -> [String] {
    lines.isEmpty ? [] : ["", title] + lines.map { "  " + $0 }
  }

  private static func rule(_ rule: PreviewReport.Rule) -> String {
    (rule.isInScope ? "in scope      " : "out of scope  ") + text(rule.name)
      + (rule.reason.isEmpty ? "" : ": " + text(rule.reason))
  }

  private static func join(_ join: PreviewReport.Join) -> String {
    text(join.rule) + ": " + text(join.conditions) + ": "
      + (join.found.isEmpty ? "" : "found " + text(join.found.joined(separator: ", ")) + ", ")
      + join.outcome
  }

  private static func flow(_ flow: PreviewReport.Flow) -> String {
    let value = flow.values.isEmpty ? "no value" : values(flow.values)
    return (flow.loses.isEmpty ? "" : "  not ") + text(flow.attribute) + " = " + value + " ("
      + source(flow) + ", " + text(flow.rule) + ", "
      + text(flow.connector) + ")" + (flow.loses.isEmpty ? "" : ": " + text(flow.loses))
  }

  /// Where a flow's value comes from; an expression of several lines in one.
  private static func source(_ flow: PreviewReport.Flow) -> String {
    guard flow.source != flow.kind else { return flow.kind }
    return flow.kind + " "
      + text(flow.source.split(whereSeparator: \.isWhitespace).joined(separator: " "))
  }

  private static func operation(_ operation: PreviewReport.Operation) -> [String] {
    [operation.what + ": " + text(operation.connector) + ", " + text(operation.dn)]
      + operation.changes.map { "  " + change($0) }
  }

  private static func export(_ export: PreviewReport.PendingExport) -> [String] {
    [text(export.connector) + ", " + text(export.dn) + ": " + export.operation]
      + export.changes.map { "  " + change($0) }
  }

  private static func change(_ change: PreviewReport.Change) -> String {
    text(change.attribute) + ": " + values(change.before) + " -> " + values(change.after)
      + (change.rule.isEmpty ? "" : " (" + text(change.rule) + ")")
  }

  private static func values(_ values: [String]) -> String {
    values.isEmpty
      ? "none"
      : text(values.prefix(5).joined(separator: "; "))
        + (values.count > 5 ? " and \(values.count - 5) more" : "")
  }

  private static func text(_ text: String) -> String { SafeText.line(text) }
}
