import Cells
import Directory
import SyncStore

/// What one step did to one object: each attribute before and after, as that step saw it.
struct DeltasScreen: ScreenModel {
  /// The step.
  var step: OperationRow
  /// The counter that the object was counted under.
  var counter: CounterRow
  /// The object.
  var change: StepChangeRow
  /// The attributes, once read.
  var deltas: [AttributeDelta]?
  /// The walk through the lines.
  var pane = LinePane()

  let scope = Scope.deltas

  init(step: OperationRow, counter: CounterRow, change: StepChangeRow) {
    self.step = step
    self.counter = counter
    self.change = change
  }

  var crumb: String { change.display.isEmpty ? change.dn : change.display }
  var twin: String {
    let twin = "lockstep show \(step.id) --object --counter " + counter.name
    guard case .outbound(let target) = counter.group else { return twin }
    return twin + " --target " + ToolScreen.quoted(target)
  }
  var copyText: String { pane.copy }
  var violation: String? { pane.violation }

  /// Lines that one change of a value takes at most; `y` and `e` have all of it.
  private static let shownLines = 40

  private func lines(_ size: Size, _ scene: Scene) -> [DetailLine] {
    let width = size.columns
    return (deltas ?? []).flatMap {
      DeltaLines.lines(
        $0, width: width, clock: scene.clock, glyphs: scene.glyphs, ofStep: true)
    }.flatMap { line -> [DetailLine] in
      guard Span.width(line.spans) > width else { return [line] }
      let flow = Wrap.flow(
        line.spans, width: width - 1, indent: DeltaLines.nameWidth(width) + 1,
        most: Self.shownLines)
      return flow.lines.enumerated().map { number, spans in
        var part = line
        part.key = number == 0 ? line.key : line.key + "\u{1F}\(number)"
        part.spans = spans
        if number == flow.lines.count - 1, !flow.isWhole {
          part.spans.append(Span(scene.ellipsis, .textDim))
        }
        return part
      }
    }
  }

  func export(scene: Scene) -> ScreenExport? {
    deltas.map {
      .lines(
        LinesExport(
          "step-\(step.id)-object-\(change.objectID)", [AttributeDelta].exportTitles,
          rows: $0.exported(clock: scene.clock)))
    }
  }

  func wants(size: Size) -> [Want] {
    // What a step did never changes: it is read once.
    deltas == nil ? [Want(slot: .detail, request: .deltas(change: change.id))] : []
  }

  mutating func receive(_ response: Response, for want: Want) {
    if case .deltas(let deltas) = response { self.deltas = deltas }
  }

  mutating func markStale() {}

  mutating func settle(size: Size, scene: Scene) {
    pane.settle(lines(size, scene), height: size.rows - 3)
  }

  mutating func perform(_ action: ActionID, size: Size, scene: Scene) -> [Intent]? {
    if let motion = action.motion {
      pane.move(motion, lines: lines(size, scene), height: size.rows - 3)
      return []
    }
    guard action == .open else { return nil }
    return [.push(.inspector(InspectorScreen(objectID: change.objectID, name: crumb)))]
  }

  mutating func press(pane number: Int, index: Int, scene: Scene, size: Size) {
    pane.select(index, of: lines(size, scene))
  }

  func draw(in buffer: inout CellBuffer, area: Rect, scene: Scene, hits: inout [Hit]) -> Position {
    buffer.put(
      ObjectName.spans(change.dn, display: change.display, .title), column: area.left,
      row: area.top, width: area.columns)
    let subtitle = [
      Span(counter.title, .textStrong),
      Span(" in " + step.type.profileName + " on " + step.connector + " at ", .textDim),
      Span(scene.time(step.started, width: 19), .time),
      Span("; Enter shows the object as it is now", .textDim),
    ]
    buffer.put(subtitle, column: area.left, row: area.top + 1, width: area.columns)
    let below = Rect(
      column: area.left, row: area.top + 3, columns: area.columns, rows: area.rows - 3)
    guard let deltas else {
      buffer.put(
        [Span("Loading" + String(scene.glyphs.ellipsis), .textDim)], column: below.left,
        row: below.top, width: below.columns)
      return below.origin
    }
    if deltas.isEmpty {
      buffer.put(
        [Span("This step changed no attribute of the object.", .textDim)], column: below.left,
        row: below.top, width: below.columns)
    }
    return pane.draw(
      lines(below.size, scene), in: &buffer, area: below, isFocused: true, hits: &hits)
  }
}

/// Lines that show what happened to an attribute.
enum DeltaLines {
  /// Cells that attribute names stand in.
  ///
  /// Where there is much room, the long names of extension schemas get more of it; those that are
  /// longer still stand in full.
  static func nameWidth(_ width: Int) -> Int {
    // In a file no name is cut.
    if width >= LinesExport.width { return 400 }
    return width <= 120 ? max(10, min(30, width / 3)) : min(40, 30 + (width - 120) / 4)
  }

  /// The attribute before and after; values that stay are counted, not listed.
  ///
  /// Of a `row` with more values than are read, what is told of numbers is that of all. What a step did
  /// (`ofStep`) to references does not tell how many others there were.
  static func lines(
    _ delta: AttributeDelta, width: Int, clock: LocalTime, glyphs: Glyphs, keyPrefix: String = "",
    of row: AttributeRow? = nil, ofStep: Bool = false
  ) -> [DetailLine] {
    func text(_ value: AttributeValue) -> String {
      let name = row?.pendingNames[value.text] ?? ""
      return name.isEmpty
        ? ValueText.shown(value, of: delta.name, clock: clock, width: width) : name
    }
    let key = keyPrefix + delta.name
    let rule = delta.rule.isEmpty ? [] : [Span("  " + delta.rule, .textDim)]
    let isPart = ofStep && delta.tellsChangesOnly
    let isPair = delta.before.count == 1 && delta.after.count == 1
    if delta.before.count <= 1, delta.after.count <= 1, row?.valueCount ?? 0 <= 1,
      !(isPart && isPair)
    {
      let spans =
        [name(delta.name, width: width)]
        + change(delta.before.first.map(text), delta.after.first.map(text), glyphs) + rule
      let copied = (delta.after.first ?? delta.before.first).map { [$0] } ?? []
      return [DetailLine(key: key, spans: spans, copying: copied, of: delta.name)]
    }
    let before = Set(delta.before)
    let after = Set(delta.after)
    let removed = delta.before.filter { !after.contains($0) }
    let added = delta.after.filter { !before.contains($0) }
    let unread = row.map { max(0, $0.valueCount - $0.values.count) } ?? 0
    let counts =
      row?.pendingCounts ?? PendingCounts(added: added.count, removed: removed.count)
    let kept =
      row?.pendingCounts == nil
      ? before.intersection(after).count + unread : max(0, (row?.valueCount ?? 0) - counts.removed)
    let changed =
      Format.count(counts.added) + " added, " + Format.count(counts.removed) + " removed"
    let head = [
      name(delta.name, width: width),
      Span(
        isPart
          ? changed
          : Format.count(kept + counts.added, "value") + " (" + changed + ", "
            + Format.count(kept) + " kept)", .textDim),
    ]
    var lines = [DetailLine(key: key, spans: head + rule)]
    let indent = Span(String(repeating: " ", count: nameWidth(width) + 1))
    for (sign, role, values) in [
      ("- ", Role.valueOld, removed), ("+ ", Role.valueNew, added),
    ] {
      for value in values {
        lines.append(
          DetailLine(
            key: key + sign + ValueText.key(value),
            spans: [indent, Span(sign + text(value), role)], copying: [value], of: delta.name))
      }
    }
    let rest = counts.added + counts.removed - added.count - removed.count
    if rest > 0 {
      let words = Format.count(rest, "more change") + (rest == 1 ? " is" : " are") + " not shown"
      lines.append(DetailLine(key: key + " rest", spans: [indent, Span(words, .textDim)]))
    }
    return lines
  }

  /// The attribute's name in its field.
  static func name(_ name: String, width: Int) -> Span {
    let room = nameWidth(width)
    var shown = Sanitizer.drawable(name)
    // Of a long name the end tells it from others: `urn:…:User:employeeNumber`.
    if TextWidth.of(shown) > room, width <= 120 || TextWidth.of(shown) > width / 2 {
      shown =
        shown.contains(":")
        ? "\u{2026}" + String(shown.suffix(room - 1))
        : Wrap.cut(shown, width: room - 1)[0] + "\u{2026}"
    }
    let fill = max(0, room - TextWidth.of(shown))
    return Span(shown + String(repeating: " ", count: fill) + " ", .attributeName)
  }

  /// `old → new`; what is missing on a side is said in words.
  static func change(_ old: String?, _ new: String?, _ glyphs: Glyphs) -> [Span] {
    switch (old, new) {
    case (let old?, let new?):
      [
        Span(old, .valueOld), Span(" " + arrow(glyphs) + " ", .textDim),
        Span(new, .valueNew),
      ]
    case (nil, let new?): [Span("+ ", .changeAdd), Span(new, .valueNew)]
    case (let old?, nil): [Span("- ", .changeDelete), Span(old, .valueOld)]
    case (nil, nil): [Span("no value", .textDim)]
    }
  }

  /// An arrow that can't be taken for a key.
  static func arrow(_ glyphs: Glyphs) -> String {
    glyphs.isASCII ? "->" : String(glyphs.right)
  }
}
