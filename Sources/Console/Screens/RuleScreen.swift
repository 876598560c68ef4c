import Cells
import SyncStore

/// One rule: its scope, its join, its flows.
struct RuleScreen: TextScreen {
  /// The rule.
  private(set) var rule: RuleItem
  var pane = LinePane()
  /// Whether its file was changed here since it was read.
  private var isStale = false
  /// Whether the files have no rule of its name any more.
  private var isGone = false

  /// More rules than there ever are.
  private static let allRules = 100_000

  let scope = Scope.rule

  init(rule: RuleItem) { self.rule = rule }

  var crumb: String { rule.name }
  var exportName: String { "rule-" + rule.name }
  var twin: String {
    ToolScreen.words(["lockstep", "rules", "show"], rule.name).map(ToolScreen.quoted)
      .joined(separator: " ")
  }

  func wants(size: Size) -> [Want] {
    isStale ? [Want(slot: .detail, request: .rules(after: nil, limit: Self.allRules))] : []
  }

  mutating func receive(_ response: Response, for want: Want) {
    guard case .rules(let rules) = response else { return }
    isStale = false
    let found = rules.first { $0.name == rule.name }
    isGone = found == nil
    if let found { rule = found }
  }

  mutating func markStale() {}
  mutating func rulesEdited() { isStale = true }

  func head(width: Int, scene: Scene) -> [[Span]] {
    let arrow = " " + DeltaLines.arrow(scene.glyphs) + " "
    let way = rule.isInbound ? "Inbound from " : "Outbound to "
    var facts = [
      Span(way + rule.connector, .textDim), Span("  " + rule.source + arrow + rule.target),
      Span("  " + rule.link, .textStrong), Span("  precedence ", .textDim),
      Span(String(rule.precedence), .number),
    ]
    if isGone { facts.append(Span("  no rule has this name any more", .runWarning)) }
    if rule.isDisabled { facts.append(Span("  disabled", .runStopped)) }
    if rule.hasPasswordSync { facts.append(Span("  password sync", .runSuccess)) }
    return [[Span(rule.name, .title)], facts]
  }

  func lines(width: Int, scene: Scene) -> [DetailLine] {
    var lines: [DetailLine] = []
    for (number, part) in Wrap.lines(rule.description, width: width).enumerated()
    where !rule.description.isEmpty {
      lines.append(DetailLine(key: "description \(number)", spans: [Span(part, .textDim)]))
    }
    lines += groups("Scope", rule.scope, all: "Every object of its type is in scope.")
    lines += groups("Join", rule.joins, all: "Nothing is joined.")
    lines.append(DetailLine(key: "Flows gap", spans: []))
    lines.append(DetailLine(key: "Flows", spans: [Span("Flows", .header)]))
    lines += rule.flows.enumerated().flatMap { flow($1, $0, width: width) }
    lines.append(DetailLine(key: "place gap", spans: []))
    lines.append(
      DetailLine(
        key: "place", spans: [Span("\(rule.file):\(rule.line)", .textDim)],
        copy: "\(rule.file):\(rule.line)"))
    return lines
  }

  private func groups(_ title: String, _ groups: [[String]], all: String) -> [DetailLine] {
    var lines = [
      DetailLine(key: title + " gap", spans: []),
      DetailLine(
        key: title,
        spans: [Span(title, .header), Span(groups.isEmpty ? "  " + all : "", .textDim)]),
    ]
    for (index, group) in groups.enumerated() {
      for (number, clause) in group.enumerated() {
        let word = number > 0 ? "and " : index > 0 ? "or  " : "    "
        lines.append(
          DetailLine(
            key: "\(title) \(index) \(number)",
            spans: [Span("  " + word, .textDim), Span(Sanitizer.verbose(clause))], copy: clause))
      }
    }
    return lines
  }

  private func flow(_ flow: RuleItem.Flow, _ index: Int, width: Int) -> [DetailLine] {
    let room = max(10, width - DeltaLines.nameWidth(width) - 1)
    let parts = flow.source.split(whereSeparator: \.isNewline).flatMap {
      Wrap.lines(Sanitizer.verbose(String($0)), width: room)
    }
    let indent = Span(String(repeating: " ", count: DeltaLines.nameWidth(width) + 1))
    return parts.enumerated().map { number, part in
      let isLast = number == parts.count - 1
      return DetailLine(
        key: "flow \(index) \(number)",
        spans: [
          number == 0 ? DeltaLines.name(flow.target, width: width) : indent,
          Span(part, flow.kind == "expression" ? .valueNew : .text),
          Span(
            !isLast || (flow.note.isEmpty && flow.kind == "direct")
              ? ""
              : "  (" + ([flow.kind, flow.note].filter { !$0.isEmpty }).joined(separator: ", ")
                + ")", .textDim),
        ], copy: flow.source, target: flow.kind == "expression" ? .expression(flow.source) : nil)
    }
  }

  mutating func act(_ action: ActionID, on line: DetailLine?) -> [Intent]? {
    switch action {
    case .open, .tryOut:
      guard case .expression(let text)? = line?.target else {
        return [.tell("Try: put the cursor on an expression, or use :expression TEXT")]
      }
      return [.prompt(.expression, text)]
    case .edit: return [.edit(file: rule.file, line: rule.line)]
    default: return nil
    }
  }
}
