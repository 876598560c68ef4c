import Cells
import Directory
import SyncStore

/// The synchronization rules, the strongest of each direction first.
struct RulesScreen: TableScreen {
  /// The rules.
  var table = TableModel<RuleItem>()
  /// What they have brought about, once asked for.
  var use: RuleUse?
  /// Whether that is asked for, or asked for again.
  var wantsUse = false
  private var isStale = true
  private var lastLook: Timestamp?

  /// Seconds between two readings of the files while things are committed.
  static let lookInterval = 5.0

  /// The screen; with what rules have brought about where that is known already.
  init(use: RuleUse? = nil) { self.use = use }

  let scope = Scope.rules
  let crumb = "Rules"
  var twin: String {
    twin(["lockstep rules " + (isLooking || use != nil ? "coverage" : "list")])
  }

  var copyText: String { list.selectedRow?.name ?? "" }
  var allColumns: [Column<RuleItem>] { Self.columns(use) }
  var source: TableSource { .rules(use) }
  static let problem = "rule in trouble"
  static func isProblem(_ row: RuleItem) -> Bool { false }

  /// The columns; with what the rules have brought about where that is known.
  static func columns(_ use: RuleUse?) -> [Column<RuleItem>] {
    var columns: [Column<RuleItem>] = [
      Column(
        field: "precedence", title: "Prec.", priority: 1, minimum: 5, ideal: 5, alignment: .trailing
      ) { row, _, _ in
        Span(String(row.precedence), .number)
      },
      Column(
        field: "way", title: "Way", priority: 2, minimum: 3, ideal: 8
      ) { row, width, _ in
        Span(row.isInbound ? (width < 8 ? "in" : "inbound") : (width < 8 ? "out" : "outbound"))
      },
      Column(
        field: "rule", title: "Rule", priority: 0, minimum: 34, ideal: 56
      ) { row, _, _ in
        Span(row.name, row.isDisabled ? .textDim : .textStrong)
      },
      Column(
        field: "connector", title: "Connector", priority: 4, minimum: 12, ideal: 20
      ) { row, _, _ in
        Span(row.connector)
      },
      Column(
        field: "types", title: "Types", priority: 3, minimum: 15, ideal: 26
      ) { row, _, scene in
        Span(row.source + " " + DeltaLines.arrow(scene.glyphs) + " " + row.target)
      },
      Column(
        field: "link", title: "Link", priority: 5, minimum: 9, ideal: 10
      ) { row, _, _ in
        Span(row.isDisabled ? "disabled" : row.link, row.isDisabled ? .runStopped : .text)
      },
      Column(
        field: "scope", title: "Scope", priority: 6, minimum: 5, ideal: 5, alignment: .trailing
      ) { row, _, _ in
        Span(Format.count(row.scope.reduce(0) { $0 + $1.count }), .number)
      },
      Column(
        field: "flows", title: "Flows", priority: 6, minimum: 5, ideal: 5, alignment: .trailing
      ) { row, _, _ in
        Span(Format.count(row.flows.count), .number)
      },
    ]
    columns += [
      optional("writes", "Writes") { $0.flows.map(\.target).joined(separator: ", ") },
      optional("file", "File") { $0.file },
    ]
    guard let use else { return columns }
    columns.insert(
      Column(
        field: "effect", title: "Effect", priority: 0, minimum: 22, ideal: 40
      ) { row, _, scene in
        effect(of: row, use, scene)
      }, at: 3)
    return columns + [
      number("links", "Links", use.links), number("values", "Values", use.values),
      number("lost", "Lost", use.lost), number("changes", "Changes", use.changes),
    ]
  }

  private static let useFields = ["effect", "links", "values", "lost", "changes"]

  /// A figure of its own, by which rules can be sorted and narrowed.
  private static func number(
    _ field: String, _ title: String, _ figures: [String: Int]
  ) -> Column<RuleItem> {
    Column(
      field: field, title: title, priority: 7, minimum: 7, ideal: 9, alignment: .trailing,
      isOptional: true
    ) { row, _, _ in Span(Format.count(figures[row.name] ?? 0), .number) }
  }

  private static func optional(
    _ field: String, _ title: String, _ value: @escaping @Sendable (RuleItem) -> String
  ) -> Column<RuleItem> {
    Column(
      field: field, title: title, priority: 7, minimum: 12, ideal: 60, isOptional: true
    ) { row, _, _ in Span(value(row)) }
  }

  private static func effect(of row: RuleItem, _ use: RuleUse, _ scene: Scene) -> Span {
    if row.isDisabled { return Span("disabled", .textDim) }
    guard use.isUsed(row.name) else {
      // Its effect is in the ledger of passwords, which notes no rules.
      if row.hasPasswordSync { return Span("decides whose passwords go", .text) }
      // What it gave before stands in the target, and is counted nowhere.
      guard row.isInbound else { return Span("none in the history kept", .textDim) }
      return Span(String(scene.glyphs.warning) + " none known", .runWarning)
    }
    let parts = [
      (use.links[row.name] ?? 0, "link"), (use.values[row.name] ?? 0, "value"),
      (use.lost[row.name] ?? 0, "lost"), (use.changes[row.name] ?? 0, "change"),
    ].filter { $0.0 > 0 }
    return Span(
      parts.map { $0.1 == "lost" ? Format.count($0.0) + " lost" : Format.count($0.0, $0.1) }
        .joined(separator: ", "))
  }

  static func rows(_ response: Response) -> [RuleItem]? {
    switch response {
    case .rules(let rows): rows
    case .page(let page): if case .rules(let rows) = page.rows { rows } else { nil }
    default: nil
    }
  }

  func request(after row: RuleItem?) -> Request {
    .rules(after: row?.id, limit: RowList<RuleItem>.pageSize)
  }

  func wants(size: Size) -> [Want] {
    let asked = isLooking ? [Want(slot: .sub, request: .ruleUse)] : []
    return wantsOfTable(height: size.rows - 2) + asked
  }

  /// Whether it is being looked up what rules have brought about: because a person asked, or since
  /// the last console was left with an order by it.
  private var isLooking: Bool {
    wantsUse
      || (use == nil && table.settings.sort.map { Self.useFields.contains($0.field) } ?? false)
  }

  mutating func receive(_ response: Response, for want: Want) {
    if case .ruleUse(let use) = response {
      self.use = use
      wantsUse = false
      // What is sorted or narrowed by what they did may stand in another order now.
      list.markStale()
    } else {
      receiveTable(response, for: want)
    }
  }

  /// Rules stand in files, which the engine reads when they change: something is committed then.
  mutating func markStale() { isStale = true }

  mutating func rulesEdited() { list.markStale() }

  mutating func settle(size: Size, scene: Scene) {
    let isDue = lastLook.map { abs(scene.now.seconds(since: $0)) >= Self.lookInterval } ?? true
    if isStale, isDue {
      if lastLook != nil { list.markStale() }
      (isStale, lastLook) = (false, scene.now)
    }
    list.settle(height: size.rows - 2)
  }

  mutating func perform(_ action: ActionID, size: Size, scene: Scene) -> [Intent]? {
    switch action {
    case .open:
      guard let row = list.selectedRow else { return [] }
      return [.push(.rule(RuleScreen(rule: row)))]
    case .coverage:
      wantsUse = true
      return [.tell("Looking through the metaverse and the history for what rules did")]
    case .again:
      list.markStale()
      wantsUse = use != nil
    case .edit:
      guard let row = list.selectedRow else {
        return [.tell("No rule is selected; lockstep rules check tells what is wrong with files")]
      }
      return [.edit(file: row.file, line: row.line)]
    case .lint: return [.push(.tool(ToolScreen("Lint of the rules", ["rules", "lint"])))]
    default: return performOnTable(action, height: size.rows - 2)
    }
    return []
  }

  func draw(in buffer: inout CellBuffer, area: Rect, scene: Scene, hits: inout [Hit]) -> Position {
    var title = [Span("Synchronization rules", .title)]
    title += chips("rule")
    if isLooking {
      title.append(Span("  looking what each did" + scene.ellipsis, .runRunning))
    }
    return draw(
      head: [title], in: &buffer, area: area, scene: scene,
      empty: filterText.isEmpty ? "There are no rules." : "No rule passes the filter.", hits: &hits)
  }
}
