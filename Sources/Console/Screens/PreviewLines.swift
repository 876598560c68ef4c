import Cells
import SyncStore

/// Writes a preview's report as lines; rules that leave the object out are folded.
struct PreviewLines {
  let width: Int
  let scene: Scene
  let isUnfolded: (String) -> Bool
  private(set) var lines: [DetailLine] = []

  init(width: Int, scene: Scene, isUnfolded: @escaping (String) -> Bool) {
    self.width = width
    self.scene = scene
    self.isUnfolded = isUnfolded
  }

  /// Adds one line.
  mutating func line(
    _ key: String, _ spans: [Span], copy: String = "", target: DetailLine.Target? = nil,
    isProblem: Bool = false
  ) {
    lines.append(
      DetailLine(
        key: "preview " + key, spans: spans, copy: copy, target: target, isProblem: isProblem))
  }

  /// Adds a text in as many lines as it takes.
  mutating func text(_ key: String, _ text: String, indent: Int = 0, role: Role = .text) {
    let room = max(10, width - indent)
    for (index, part) in Wrap.lines(Sanitizer.verbose(text), width: room).enumerated() {
      let fill = Span(String(repeating: " ", count: indent))
      line(key + " \(index)", [fill, Span(part, role)], copy: text)
    }
  }

  /// Adds everything that a report says.
  mutating func write(_ report: PreviewReport) {
    for (index, failure) in report.failures.enumerated() {
      let mark = String(scene.glyphs.warning) + " "
      line(
        "failure \(index)", [Span(mark + failure.type, .runError)], copy: failure.type,
        isProblem: true)
      text("failure \(index) m", failure.message, indent: 2, role: .textStrong)
      text("failure \(index) h", failure.hint, indent: 2, role: .textDim)
    }
    section("What is done", report.operations.isEmpty ? "Nothing changes." : "")
    for (index, operation) in report.operations.enumerated() { write(operation, index) }
    exports(report)
    rules("Inbound rules", report.inboundRules)
    if !report.joins.isEmpty { section("Joins") }
    for (index, join) in report.joins.enumerated() {
      let found = join.found.isEmpty ? "" : "found " + join.found.joined(separator: ", ") + ", "
      text("join \(index)", join.rule + ": " + join.conditions + ": " + found + join.outcome)
    }
    if !report.flows.isEmpty { section(report.flowsTitle) }
    for (index, flow) in report.flows.enumerated() { write(flow, index) }
    for target in report.targets { rules("Rules of " + target.connector, target.rules) }
  }

  private mutating func section(_ title: String, _ empty: String = "") {
    line(title + " gap", [])
    line(title, [Span(title, .header), Span(empty.isEmpty ? "" : "  " + empty, .textDim)])
  }

  private mutating func write(_ operation: PreviewReport.Operation, _ index: Int) {
    line(
      "operation \(index)",
      [
        Span("  " + operation.what, .rowGroup), Span(" in " + operation.connector + "  ", .textDim),
        Span(Sanitizer.verbose(operation.dn)),
      ], copy: operation.dn)
    for change in operation.changes { write(change, "operation \(index)") }
  }

  /// The first values, of each as much as a screen shows.
  private func joined(_ values: [String]) -> String {
    values.prefix(5).map { ValueText.cut($0, width: width) }.joined(separator: "; ")
  }

  private mutating func write(_ change: PreviewReport.Change, _ key: String) {
    func shown(_ values: [String]) -> String? {
      values.isEmpty
        ? nil
        : Sanitizer.verbose(joined(values))
          + (values.count > 5 ? " and \(values.count - 5) more" : "")
    }
    var spans = [Span("    "), DeltaLines.name(change.attribute, width: width)]
    spans += DeltaLines.change(shown(change.before), shown(change.after), scene.glyphs)
    if !change.rule.isEmpty { spans.append(Span("  " + change.rule, .textDim)) }
    line(
      key + " " + change.attribute, spans,
      copy: (change.after.isEmpty ? change.before : change.after).joined(separator: "\n"))
  }

  /// What waits to be sent; what waited before is told only where that was something else.
  private mutating func exports(_ report: PreviewReport) {
    guard !report.exportsAfter.isEmpty || !report.exportsBefore.isEmpty else { return }
    section("Pending exports")
    for (index, export) in report.exportsAfter.enumerated() {
      let before = report.exportsBefore.first {
        $0.connector == export.connector && $0.dn == export.dn
      }
      var spans = [
        Span("  " + export.operation, export.operation == "none" ? .textDim : .valuePending),
        Span(" to " + export.connector + "  ", .textDim), Span(Sanitizer.verbose(export.dn)),
      ]
      if let before, before != export { spans.append(Span("  was " + before.operation, .textDim)) }
      line("export \(index)", spans, copy: export.dn)
      for change in export.changes { write(change, "export \(index)") }
    }
  }

  private mutating func rules(_ title: String, _ rules: [PreviewReport.Rule]) {
    guard !rules.isEmpty else { return }
    section(title)
    for (index, rule) in rules.enumerated() where rule.isInScope {
      line(
        title + " \(index)",
        [
          Span("  " + String(scene.glyphs.success) + " ", .runSuccess),
          Span(Sanitizer.verbose(rule.name)),
        ], copy: rule.name)
    }
    let left = rules.enumerated().filter { !$0.element.isInScope }
    guard !left.isEmpty else { return }
    let fold = "preview fold " + title
    let isOpen = isUnfolded(fold)
    line(
      fold,
      [
        Span("  " + String(isOpen ? scene.glyphs.unfolded : scene.glyphs.folded) + " ", .key),
        Span(
          Format.count(left.count, "rule that leaves it out", "rules that leave it out"), .textDim),
      ], target: .fold(fold))
    guard isOpen else { return }
    for (index, rule) in left {
      text(title + " \(index)", rule.name + ": " + rule.reason, indent: 4, role: .textDim)
    }
  }

  private mutating func write(_ flow: PreviewReport.Flow, _ index: Int) {
    let value = flow.values.isEmpty ? "no value" : joined(flow.values)
    let isWinner = flow.loses.isEmpty
    line(
      "flow \(index)",
      [
        Span(isWinner ? "  " : "    "), DeltaLines.name(flow.attribute, width: width),
        Span(Sanitizer.verbose(value), isWinner ? .text : .textDim),
        Span("  " + flow.kind + " " + Sanitizer.verbose(flow.source), .textDim),
        Span(", " + flow.rule + (isWinner ? "" : ": " + flow.loses), .textDim),
      ], copy: flow.values.joined(separator: "\n"))
  }
}
