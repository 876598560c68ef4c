import Cells
import Directory
import SyncStore

/// The open errors, folded into families of one type and one cause; Enter unfolds one.
struct FamiliesScreen: TextScreen {
  /// The families, once read.
  var families: [ErrorFamily]?
  /// How many open errors there are; more than the families hold where there are very many.
  var total = 0
  /// The one whose errors are shown.
  var unfolded: Set<String> = []
  var pane = LinePane()
  private var isStale = true

  let scope = Scope.families
  let crumb = "Open errors"
  let twin = "lockstep errors"

  func wants(size: Size) -> [Want] {
    isStale ? [Want(slot: .detail, request: .families)] : []
  }

  mutating func receive(_ response: Response, for want: Want) {
    guard case .families(let families, let total) = response else { return }
    self.families = families
    self.total = total
    isStale = false
  }

  mutating func markStale() { isStale = true }

  func head(width: Int, scene: Scene) -> [[Span]] {
    let errors = families?.reduce(0) { $0 + $1.errors.count } ?? 0
    return [
      [
        Span("Open errors", .title),
        Span(
          errors < total
            ? "  the first " + Format.count(errors) + " of " + Format.count(total, "error") + " in "
            : "  " + Format.count(errors, "error") + " in ",
          errors < total ? .runWarning : .textDim),
        Span(Format.count(families?.count ?? 0, "family", "families"), .textDim),
        Span(": same type, same cause", .textDim),
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
    return families.flatMap { lines(of: $0, width: width, scene) }
  }

  /// A row for each family; below one that is opened, a row for each of its errors.
  func export(scene: Scene) -> ScreenExport? {
    families.map { families in
      .lines(
        LinesExport(
          "errors",
          [
            "Errors", "Type", "Stage", "Connector", "Attribute", "Rule", "Code", "First seen",
            "Last seen", "New in 24 h", "New in 7 d", "What to do", "Object", "Value", "Message",
          ], numbers: [0, 9, 10], rows: families.flatMap { exported($0, scene) }))
    }
  }

  private func exported(_ family: ErrorFamily, _ scene: Scene) -> [[String]] {
    let sample = family.sample
    let kind = [
      sample.type, sample.stage.rawValue, sample.connector, sample.attribute, sample.rule,
      sample.code,
    ]
    let head =
      [String(family.errors.count)] + kind
      + [
        scene.time(family.first, width: 19), scene.time(family.last, width: 19),
        String(family.fresh(within: 86_400, of: scene.now)),
        String(family.fresh(within: 604_800, of: scene.now)), sample.hint, "", "", "",
      ]
    guard unfolded.contains(family.id) else { return [head] }
    return [head]
      + family.errors.map { error in
        [""] + kind
          + [
            scene.time(error.firstOccurred, width: 19), scene.time(error.occurred, width: 19), "",
            "", error.hint, error.subject, error.value, error.message,
          ]
      }
  }

  private func lines(of family: ErrorFamily, width: Int, _ scene: Scene) -> [DetailLine] {
    let isOpen = unfolded.contains(family.id)
    let sample = family.sample
    let cause = [
      sample.attribute, sample.rule.isEmpty ? "" : "by " + sample.rule,
      sample.code.isEmpty ? "" : "code " + sample.code,
    ].filter { !$0.isEmpty }.joined(separator: ", ")
    var lines = [
      DetailLine(
        key: family.id,
        spans: [
          Span(String(isOpen ? scene.glyphs.unfolded : scene.glyphs.folded) + " ", .key),
          Span(Format.count(family.errors.count) + " " + sample.type, .runError),
          Span("  at " + sample.stage.rawValue + " on " + sample.connector, .textDim),
          Span(cause.isEmpty ? "" : "  " + Sanitizer.verbose(cause), .attributeName),
        ], copy: sample.type, target: .fold(family.id), isProblem: true),
      DetailLine(
        key: family.id + " times",
        spans: [
          Span("    first " + scene.time(family.first, width: 19), .time),
          Span("  last " + scene.time(family.last, width: 19), .time),
          Span("  " + Self.trend(family, scene.now), .textDim),
        ], target: .fold(family.id)),
    ]
    for (index, part) in Wrap.lines(Sanitizer.verbose(sample.hint), width: max(10, width - 4))
      .enumerated() where !sample.hint.isEmpty
    {
      lines.append(
        DetailLine(
          key: family.id + " hint \(index)", spans: [Span("    " + part)], copy: sample.hint,
          target: .fold(family.id)))
    }
    guard isOpen else { return lines }
    return lines
      + family.errors.map { error in
        DetailLine(
          key: "error \(error.id)",
          spans: [
            Span("    "), Span(Sanitizer.verbose(error.subject), .textStrong),
            Span(error.value.isEmpty ? "" : "  " + Sanitizer.verbose(error.value), .valueOld),
          ], copy: error.subject, target: .error(error))
      }
  }

  /// Whether a family grows: what came up in the last day, and in the last week.
  private static func trend(_ family: ErrorFamily, _ now: Timestamp) -> String {
    let day = family.fresh(within: 86_400, of: now)
    let week = family.fresh(within: 604_800, of: now)
    if week == 0 { return "none new for a week" }
    return "\(Format.count(day)) new in 24 h, \(Format.count(week)) in 7 d"
  }

  mutating func act(_ action: ActionID, on line: DetailLine?) -> [Intent]? {
    guard action == .open else { return nil }
    switch line?.target {
    case .fold(let id)?:
      if unfolded.remove(id) == nil { unfolded.insert(id) }
      return []
    case .error(let error)?: return [.push(.inspector(InspectorScreen(error: error)))]
    default: return []
    }
  }
}
