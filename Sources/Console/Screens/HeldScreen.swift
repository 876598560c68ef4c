import Cells
import Directory
public import SyncStore

/// What waits for a person's word: changes by their causes, imports, steps that are due, and who
/// released what before.
struct HeldScreen: TextScreen {
  /// What is held, once read.
  var overview: HeldOverview?
  var pane = LinePane()
  private var isStale = true

  let scope = Scope.held
  let crumb = "Held"
  let twin = "lockstep held"

  func wants(size: Size) -> [Want] {
    isStale ? [Want(slot: .detail, request: .held)] : []
  }

  mutating func receive(_ response: Response, for want: Want) {
    guard case .held(let overview) = response else { return }
    self.overview = overview
    isStale = false
  }

  mutating func markStale() { isStale = true }

  func head(width: Int, scene: Scene) -> [[Span]] {
    let title = [Span("Held for a person's word", .title)]
    let keys = [
      "  R releases what is under the cursor, Enter lists its objects",
      "  R releases, Enter lists",
    ].map { title + [Span($0, .textDim)] }
    return [keys.first { Span.width($0) <= width } ?? title]
  }

  func lines(width: Int, scene: Scene) -> [DetailLine] {
    guard let overview else {
      return [
        DetailLine(
          key: "loading", spans: [Span("Loading" + String(scene.glyphs.ellipsis), .textDim)])
      ]
    }
    var lines = overview.groups.flatMap { Self.lines(of: $0, scene) }
    lines += overview.imports.flatMap { Self.lines(of: $0, width: width, scene) }
    if !lines.isEmpty {
      lines += [
        DetailLine(key: "advice gap", spans: []),
        DetailLine(key: "advice", spans: [Span(Self.advice, .textDim)]),
      ]
    } else {
      lines = [DetailLine(key: "none", spans: [Span("Nothing is held.", .textDim)])]
    }
    lines += Self.section(
      "Not shown any more", overview.unshown.flatMap { Self.lines(of: $0, width: width, scene) })
    lines += Self.section(
      "Due", overview.due.flatMap { [Self.line(of: $0)] + Self.details(of: $0) })
    return lines
      + Self.section("Released before", overview.releases.map { Self.line(of: $0, scene) })
  }

  /// What to do where what is held is not meant.
  private static let advice =
    "Not meant? Put it right where it comes from, in the source directory or in the rules, and run "
    + "a Delta cycle (D): what is not wanted any more leaves this list by itself."

  func export(scene: Scene) -> ScreenExport? {
    guard let overview else { return nil }
    func time(_ moment: Timestamp) -> String { scene.time(moment, width: 19) }
    var rows = overview.groups.map {
      [
        "held", "g\($0.id)", $0.connector, $0.kind.rawValue, String($0.count), time($0.since),
        $0.cause, $0.samples.joined(separator: "; "), "",
      ]
    }
    rows += overview.imports.map {
      [
        "held", "import", $0.connector, $0.kind, String($0.count), time($0.since), $0.message, "",
        $0.releasedBy ?? "",
      ]
    }
    rows += overview.unshown.map {
      ["not shown", "", $0.connector, "", "", time($0.since), $0.message, "", ""]
    }
    rows += overview.due.map {
      ["due", "", $0.connector, $0.type.profileName, String($0.objects), "", $0.reason, "", ""]
    }
    rows += overview.releases.map {
      ["released", "", $0.connector, "", String($0.count), time($0.time), $0.what, "", $0.person]
    }
    return .lines(
      LinesExport(
        "held",
        [
          "Standing", "Group", "Connector", "Kind", "Objects", "Time", "Cause", "Such as",
          "Released by",
        ], numbers: [4], rows: rows))
  }

  private static func section(_ title: String, _ lines: [DetailLine]) -> [DetailLine] {
    guard !lines.isEmpty else { return [] }
    return [
      DetailLine(key: title + " gap", spans: []),
      DetailLine(key: title, spans: [Span(title, .header)]),
    ] + lines
  }

  private static func lines(of group: HeldGroup, _ scene: Scene) -> [DetailLine] {
    let role: Role =
      switch group.kind {
      case .adds: .changeAdd
      case .updates: .changeModify
      case .renames: .changeRename
      case .deletes: .changeDelete
      }
    return [
      DetailLine(
        key: "group \(group.id)",
        spans: [
          Span("g\(group.id)  ", .key),
          Span(group.kind.counted(group.count), role),
          Span(" on " + group.connector + "  ", .textDim),
          Span(AttributeWords.short(group.cause, ellipsis: scene.ellipsis), .textStrong),
        ], copy: group.cause, target: .heldGroup(group), isProblem: true, opens: true),
      DetailLine(
        key: "group \(group.id) more",
        spans: [
          Span("     since " + scene.time(group.since, width: 19) + "  ", .time),
          Span(
            "such as "
              + group.samples.map { Sanitizer.verbose($0) }.joined(separator: ", "), .textDim),
        ], copy: group.samples.joined(separator: "\n"), target: .heldGroup(group)),
    ]
  }

  private static func lines(
    of item: HeldImport, width: Int, _ scene: Scene
  ) -> [DetailLine] {
    let head = DetailLine(
      key: "import " + item.connector + item.kind,
      spans: [
        Span("import of " + item.connector, .textStrong),
        Span("  since " + scene.time(item.since, width: 19), .time),
        Span(
          item.releasedBy.map { "  released by " + $0 + "; the next import is believed" } ?? "",
          .runSuccess),
      ], copy: item.message, target: .heldImport(item), isProblem: item.releasedBy == nil,
      opens: !item.samples.isEmpty)
    let samples = item.samples.map { Sanitizer.verbose($0) }.joined(separator: ", ")
    return [head]
      + Wrap.lines(Sanitizer.verbose(item.message), width: max(10, width - 5)).enumerated().map {
        DetailLine(
          key: "import " + item.connector + item.kind + " \($0)",
          spans: [Span("     "), Span($1)], copy: item.message, target: .heldImport(item))
      }
      + (samples.isEmpty
        ? []
        : [
          DetailLine(
            key: "import " + item.connector + item.kind + " more",
            spans: [Span("     such as " + samples, .textDim)],
            copy: item.samples.joined(separator: "\n"), target: .heldImport(item))
        ])
  }

  private static func lines(
    of item: UnshownObjects, width: Int, _ scene: Scene
  ) -> [DetailLine] {
    let words = item.message + ". " + item.hint + "."
    let head = DetailLine(
      key: "unshown " + item.connector,
      spans: [
        Span("in " + item.connector, .textStrong),
        Span("  since " + scene.time(item.since, width: 19), .time),
      ], copy: words, isProblem: true)
    return [head]
      + Wrap.lines(Sanitizer.verbose(words), width: max(10, width - 5)).enumerated().map {
        DetailLine(
          key: "unshown " + item.connector + " \($0)", spans: [Span("     "), Span($1)],
          copy: words)
      }
  }

  private static func line(of step: DueStep) -> DetailLine {
    DetailLine(
      key: "due " + step.connector + step.type.rawValue,
      spans: [
        Span(step.title, .textStrong),
        Span((step.isRetired ? " of " : " on ") + step.connector, .textDim),
        Span("  " + step.reason), Span("  " + Format.count(step.objects, "object"), .number),
      ], copy: step.reason)
  }

  /// What differs in the rules, and what that does to the objects that are there.
  private static func details(of step: DueStep) -> [DetailLine] {
    let head = "due " + step.connector + step.type.rawValue
    let changes = step.changes.enumerated().map { index, change in
      let text = change.rule.isEmpty ? change.what : change.rule + ": " + change.what
      let now = change.after.isEmpty ? "nothing" : change.after
      let values = now + (change.before.isEmpty ? "" : ", was: " + change.before)
      return DetailLine(
        key: head + " change \(index)",
        spans: [
          Span("     " + Sanitizer.verbose(text) + "  ", .changeModify),
          Span(Sanitizer.verbose(values), .textDim),
        ], copy: text + "  " + values)
    }
    let effects = step.effects.enumerated().map { index, effect in
      let samples = effect.samples.joined(separator: ", ")
      let role: Role = effect.kind == .goes || effect.kind == .fails ? .changeDelete : .text
      return DetailLine(
        key: head + " effect \(index)",
        spans: [
          Span("     " + Sanitizer.verbose(effect.words), role),
          Span(samples.isEmpty ? "" : "  such as " + Sanitizer.verbose(samples), .textDim),
        ], copy: effect.words + (samples.isEmpty ? "" : ", such as " + samples),
        isProblem: effect.kind == .goes || effect.kind == .fails)
    }
    let outdated = DetailLine(
      key: head + " outdated", spans: [Span("     " + DueStep.outdated, .textDim)],
      copy: DueStep.outdated)
    return changes + effects + (step.isOutdated ? [outdated] : [])
  }

  private static func line(of row: ReleaseRow, _ scene: Scene) -> DetailLine {
    DetailLine(
      key: "release \(row.id)",
      spans: [
        Span(scene.time(row.time, width: 19) + "  ", .time), Span(row.person, .textStrong),
        Span(": " + Format.count(row.count) + " of " + row.connector + ", " + row.what),
      ], copy: row.what)
  }

  mutating func act(_ action: ActionID, on line: DetailLine?) -> [Intent]? {
    switch (action, line?.target) {
    case (.open, .heldGroup(let group)?):
      return [.push(.heldObjects(HeldObjectsScreen(group: group)))]
    case (.releaseHeld, .heldGroup(let group)?):
      return [.confirm(HeldQuestion.of(group))]
    case (.releaseHeld, .heldImport(let item)?):
      if let person = item.releasedBy { return [.tell("Released by " + person + " already")] }
      return [.confirm(HeldQuestion.of(item, among: overview?.imports ?? []))]
    case (.releaseHeld, _): return [.tell("Release: there is nothing held under the cursor")]
    case (.open, .heldImport(let item)?):
      guard !item.samples.isEmpty,
        let row = overview?.connectors.first(where: { $0.name == item.connector })
      else { return [.tell("R lets the next import of it be believed")] }
      var objects = ObjectsScreen(connector: row)
      objects.searchScope = .notShown
      return [.push(.objects(objects))]
    case (.open, _): return []
    default: return nil
    }
  }
}

/// What is held, as the store tells it.
public struct HeldOverview: Equatable, Sendable {
  /// Held changes by their causes.
  public var groups: [HeldGroup]
  /// Imports that are not believed.
  public var imports: [HeldImport]
  /// The connectors, where an import of one is held.
  public var connectors: [ConnectorRow] = []
  /// What is not shown any more, and stays.
  public var unshown: [UnshownObjects] = []
  /// Steps that are due.
  public var due: [DueStep]
  /// Who let what pass, newest first.
  public var releases: [ReleaseRow]
}

extension GuardedKind {
  /// So many changes of the kind: `1 delete`, `37 deletes`.
  func counted(_ count: Int) -> String {
    Format.count(count, String(rawValue.dropLast()), rawValue)
  }
}

/// The questions before something held is let go.
enum HeldQuestion {
  static func of(_ group: HeldGroup) -> Dialog {
    let isDelete = group.kind == .deletes
    let effect =
      isDelete
      ? "The next export will delete \(Format.count(group.count, "object")) from \(group.connector)."
      : "The next export will send \(group.kind.counted(group.count)) to \(group.connector)."
    return Dialog(
      title: "Release g\(group.id)?",
      text: [
        effect, "Cause: " + Sanitizer.verbose(group.cause) + ".",
        "Such as " + group.samples.map { Sanitizer.verbose($0) }.joined(separator: ", ") + ".",
        "Your name is kept with the release.",
      ], consent: isDelete ? .word("DELETE") : .key("y"), verb: "Release",
      deed: .ask(.release(.group(group.id, until: group.latest))), isGrave: isDelete)
  }

  /// One word believes all that an import is held for: all of it is shown.
  static func of(_ item: HeldImport, among imports: [HeldImport]) -> Dialog {
    let others = imports.filter {
      $0.connector == item.connector && $0.releasedBy == nil && $0 != item
    }
    let all = [item] + others
    return Dialog(
      title: "Believe the import of \(item.connector)?",
      text: all.map { Sanitizer.verbose($0.message) + "." } + effects(of: all, item.connector) + [
        "Your name is kept with the release."
      ], consent: .word("BELIEVE"), verb: "Release",
      deed: .ask(
        .release(.importOf(item.connector, until: all.map(\.since).max() ?? item.since))),
      isGrave: true)
  }

  /// What follows from a word for all of `held`.
  private static func effects(of held: [HeldImport], _ connector: String) -> [String] {
    var effects: [String] = []
    if held.contains(where: \.isOfFiles) {
      effects.append(
        "The next import of \(connector) reads its files as they are now, and what they do not show is taken for deleted."
      )
    }
    if held.contains(where: { $0.isBehind && !$0.isOfFiles }) {
      effects.append(
        "The next import of \(connector) reads everything, and what its server does not show is taken for deleted: say so only if the directory was restored, or the server that was read before is gone for ever."
      )
    }
    if held.contains(where: { !$0.isBehind }) {
      effects.append(
        "The next import of \(connector) is believed, as far as what was held: what it does not show any more is taken for deleted."
      )
    }
    return effects
  }

  /// What an object is called, and what tells it from its namesakes.
  private static func name(_ row: ObjectRow) -> String {
    if row.display.isEmpty { return row.dn }
    if !row.account.isEmpty, row.account != row.display {
      return row.display + " <" + row.account + ">"
    }
    // A name that was made of an anchor tells nobody anything.
    return row.dn.isEmpty || row.dn.hasPrefix("CN={") ? row.display : row.display + " (\(row.dn))"
  }

  /// The question before the changes of single objects are let go, one by one.
  static func of(_ rows: [ObjectRow], _ kind: GuardedKind, on connector: String) -> Dialog {
    let isDelete = kind == .deletes
    let count = Format.count(rows.count, "object")
    return Dialog(
      title: "Release \(count)?",
      text: [
        (isDelete ? "The next export will delete " : "The next export will send the change of ")
          + count + (isDelete ? " from " : " to ") + connector + ":",
        rows.prefix(5).map { Sanitizer.verbose(name($0)) }
          .joined(separator: ", ") + (rows.count > 5 ? " and \(rows.count - 5) more." : "."),
        "Your name is kept with the release.",
      ], consent: isDelete ? .word("DELETE") : .key("y"), verb: "Release",
      deed: .all(rows.map { .release(.object($0.id, kind: kind, until: $0.heldSince)) }),
      isGrave: isDelete)
  }
}
