import Cells
import Directory
import SyncStore

/// The open errors, counted in families of one type and one cause; Enter lists those of one.
struct FamiliesScreen: TextScreen {
  /// The families, once read.
  var families: [ErrorFamily]?
  var pane = LinePane()
  private var isStale = true

  let scope = Scope.families
  let crumb = "Open errors"
  let twin = "lockstep errors --families"

  func wants(size: Size) -> [Want] {
    isStale ? [Want(slot: .detail, request: .families)] : []
  }

  mutating func receive(_ response: Response, for want: Want) {
    guard case .families(let families) = response else { return }
    self.families = families
    isStale = false
  }

  mutating func markStale() { isStale = true }

  func head(width: Int, scene: Scene) -> [[Span]] {
    let errors = families?.reduce(0) { $0 + $1.count } ?? 0
    return [
      [
        Span("Open errors", .title),
        Span("  " + Format.count(errors, "error") + " in ", .textDim),
        Span(Format.count(families?.count ?? 0, "family", "families"), .textDim),
        Span(": same type, same cause; Enter lists them", .textDim),
      ]
    ]
  }

  func lines(width: Int, scene: Scene) -> [DetailLine] {
    guard let families else {
      return [DetailLine(key: "loading", spans: [Span("Loading" + scene.ellipsis, .textDim)])]
    }
    guard !families.isEmpty else {
      let mark = Span(String(scene.glyphs.success) + " ", .runSuccess)
      return [DetailLine(key: "none", spans: [mark, Span("No object has an error.")])]
    }
    return families.flatMap { Self.lines(of: $0, width: width, scene) }
  }

  /// A row for each family.
  func export(scene: Scene) -> ScreenExport? {
    families.map { families in
      .lines(
        LinesExport(
          "errors",
          [
            "Errors", "Type", "Stage", "Connector", "Attribute", "Rule", "Code", "First seen",
            "Last seen", "New in 24 h", "New in 7 d", "What to do",
          ], numbers: [0, 9, 10],
          rows: families.map { family in
            let kind = family.kind
            return [
              String(family.count), kind.type, kind.stage.rawValue, kind.connector,
              kind.attribute, kind.rule, kind.code, scene.time(family.first, width: 19),
              scene.time(family.last, width: 19), String(family.newInDay),
              String(family.newInWeek), family.hint,
            ]
          }))
    }
  }

  private static func lines(
    of family: ErrorFamily, width: Int, _ scene: Scene
  ) -> [DetailLine] {
    let kind = family.kind
    let key = [
      kind.connector, kind.stage.rawValue, kind.type, kind.attribute, kind.rule, kind.code,
    ].joined(separator: "\u{1F}")
    let head = [
      DetailLine(
        key: key,
        spans: [
          Span(Format.count(family.count) + " " + kind.type, .runError),
          Span("  at " + kind.stage.rawValue + " on " + kind.connector, .textDim),
          Span(
            kind.cause.isEmpty
              ? ""
              : "  "
                + Sanitizer.verbose(AttributeWords.short(kind.cause, ellipsis: scene.ellipsis)),
            .attributeName),
        ], copy: kind.type, target: .family(family), isProblem: true, opens: true),
      DetailLine(
        key: key + " times",
        spans: [
          Span("    first " + scene.time(family.first, width: 19), .time),
          Span("  last " + scene.time(family.last, width: 19), .time),
          Span("  " + trend(family), .textDim),
        ], target: .family(family)),
    ]
    guard !family.hint.isEmpty else { return head }
    let hint = Wrap.lines(Sanitizer.verbose(family.hint), width: max(10, width - 4))
    return head
      + hint.enumerated().map { index, part in
        DetailLine(
          key: key + " hint \(index)", spans: [Span("    " + part)], copy: family.hint,
          target: .family(family))
      }
  }

  /// Whether a family grows: what came up in the last day, and in the last week.
  private static func trend(_ family: ErrorFamily) -> String {
    if family.newInWeek == 0 { return "none new for a week" }
    return "\(Format.count(family.newInDay)) new in 24 h, \(Format.count(family.newInWeek)) in 7 d"
  }

  mutating func act(_ action: ActionID, on line: DetailLine?) -> [Intent]? {
    guard action == .open else { return nil }
    guard case .family(let family)? = line?.target else { return [] }
    return [.push(.family(FamilyScreen(family.kind)))]
  }
}

/// The open errors of one family, or all, page by page.
struct FamilyScreen: TableScreen {
  /// What the errors have in common; nil for all that there are.
  let kind: ErrorFamily.Kind?
  /// The errors.
  var table = TableModel<ErrorRow>()

  let scope = Scope.family

  init(_ kind: ErrorFamily.Kind?) { self.kind = kind }

  var crumb: String { kind?.type ?? "Open errors" }
  var twin: String {
    let text = [kind.map(Self.filter) ?? "", filterText].filter { !$0.isEmpty }
    let filter = text.isEmpty ? [] : [ToolScreen.option("--filter", text.joined(separator: " "))]
    return twin(["lockstep errors"] + filter, filter: false)
  }
  var copyText: String { list.selectedRow?.subject ?? "" }
  var allColumns: [Column<ErrorRow>] { OperationsScreen.errorColumns }
  var source: TableSource { .store(.openErrors(kind)) }
  static let problem = "error"
  static func isProblem(_ row: ErrorRow) -> Bool { true }

  /// What tells the family's errors from others, as it is typed.
  private static func filter(_ kind: ErrorFamily.Kind) -> String {
    let named = [
      ("error", kind.type), ("stage", kind.stage.rawValue), ("connector", kind.connector),
      ("attribute", kind.attribute), ("rule", kind.rule), ("code", kind.code),
    ]
    return named.map { name, value in
      name + "=" + (value.contains(" ") ? "\"" + value + "\"" : value)
    }.joined(separator: " ")
  }

  static func rows(_ response: Response) -> [ErrorRow]? {
    switch response {
    case .errors(let rows): rows
    case .page(let page): if case .store(.errors(let rows)) = page.rows { rows } else { nil }
    default: nil
    }
  }

  func request(after row: ErrorRow?) -> Request {
    .openErrors(kind, after: row?.id, limit: RowList<ErrorRow>.pageSize)
  }

  func wants(size: Size) -> [Want] { wantsOfTable(height: size.rows - 2) }
  mutating func settle(size: Size, scene: Scene) { list.settle(height: size.rows - 2) }

  mutating func perform(_ action: ActionID, size: Size, scene: Scene) -> [Intent]? {
    guard action == .open else { return performOnTable(action, height: size.rows - 2) }
    return list.selectedRow.map { [.push(.inspector(InspectorScreen(error: $0)))] } ?? []
  }

  func draw(in buffer: inout CellBuffer, area: Rect, scene: Scene, hits: inout [Hit]) -> Position {
    var title = [Span(crumb, .title)]
    if let kind {
      title += [
        Span("  at " + kind.stage.rawValue + " on " + kind.connector, .textDim),
        Span(
          kind.cause.isEmpty
            ? ""
            : "  " + Sanitizer.verbose(AttributeWords.short(kind.cause, ellipsis: scene.ellipsis)),
          .attributeName),
      ]
    }
    title += chips("error")
    return draw(
      head: [title], in: &buffer, area: area, scene: scene,
      empty: table.terms.isEmpty
        ? "No object has this error any more." : "No error passes the filter.", hits: &hits)
  }
}
