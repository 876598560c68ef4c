import Cells
import Directory
import SyncStore

extension OperationsScreen {
  /// The columns of the history.
  static let columns: [Column<OperationRow>] = [
    Column(
      field: "connector", title: "Connector", priority: 0, minimum: 11, ideal: 30
    ) { row, _, _ in
      Span(row.connector, .textStrong)
    },
    Column(
      field: "profile", title: "Profile", priority: 1, minimum: 10, ideal: 21
    ) { row, width, _ in
      // What read a target only to compare it is no import to whoever looks for one.
      guard kind(row) != verification else { return Span(width < 12 ? "Verify" : "Verification") }
      return Span(width < row.type.profileName.count ? short(row.type) : row.type.profileName)
    },
    Column(
      field: "status", title: "Status", priority: 0, minimum: 14, ideal: 48
    ) { row, width, scene in
      let text = String(scene.mark(row.severity)) + " " + fitting(row.result, width: width - 2)
      // The head of its cycle says it as well.
      let suffix = kind(row) == rehearsal ? ", " + rehearsal : ""
      return Span(
        text.count + suffix.count <= width ? text + suffix : text, Scene.role(row.severity))
    },
    Column(
      field: "started", title: "Started", priority: 3, minimum: 8, ideal: 19
    ) { row, width, scene in
      Span(scene.time(row.started, width: width), .time)
    },
    Column(
      field: "duration", title: "Duration", priority: 7, minimum: 8, ideal: 8, alignment: .trailing
    ) {
      row, _, scene in
      Span(Format.duration((row.ended ?? scene.now).seconds(since: row.started)), .time)
    },
    number("adds", "Adds", priority: 4, minimum: 6, .changeAdd) { $0.adds },
    number("updates", "Updates", priority: 5, minimum: 7, .changeModify) { $0.updates },
    number("deletes", "Deletes", priority: 6, minimum: 7, .changeDelete) { $0.deletes },
    number("errors", "Errors", priority: 2, minimum: 6, .runError) { $0.errors },
    optional("step", "Step", 7) { Span(String($0.id), .number) },
    optional("cycle", "Cycle", 7) { Span($0.cycleID.map(String.init) ?? "", .number) },
    optional("by", "Requested by", 24) { Span($0.requestedBy) },
  ]

  /// What a step is that was done on a copy; empty for any other.
  static func kind(_ row: OperationRow) -> String {
    row.isRehearsal ? row.cycleID == nil ? verification : rehearsal : ""
  }

  private static let verification = "verification"
  private static let rehearsal = "rehearsal"

  private static func optional(
    _ field: String, _ title: String, _ ideal: Int,
    _ value: @escaping @Sendable (OperationRow) -> Span
  ) -> Column<OperationRow> {
    Column(
      field: field, title: title, priority: 8, minimum: min(12, ideal), ideal: ideal,
      isOptional: true
    ) { row, _, _ in value(row) }
  }

  private static func number(
    _ field: String, _ title: String, priority: Int, minimum: Int, _ role: Role,
    _ value: @escaping @Sendable (OperationRow) -> Int
  ) -> Column<OperationRow> {
    Column(
      field: field, title: title, priority: priority, minimum: minimum, ideal: 9,
      alignment: .trailing
    ) {
      row, width, _ in
      let count = value(row)
      return Span(Format.count(count, width: width), count == 0 ? .textDim : role)
    }
  }

  /// A result string in so many cells: what follows `completed-` says it as well.
  private static func fitting(_ result: String, width: Int) -> String {
    let prefix = "completed-"
    guard result.count > width, result.hasPrefix(prefix) else { return result }
    return String(result.dropFirst(prefix.count))
  }

  /// A profile's name in ten cells.
  private static func short(_ type: StepType) -> String {
    switch type {
    case .fullImport: "Full Imp."
    case .deltaImport: "Delta Imp."
    case .fullSynchronization: "Full Sync"
    case .deltaSynchronization: "Delta Sync"
    case .export: "Export"
    }
  }

  /// The columns of a step's errors.
  static let errorColumns: [Column<ErrorRow>] = [
    Column(
      field: "object", title: "Object", priority: 0, minimum: 14, ideal: 60
    ) { row, _, _ in
      Span(row.subject)
    },
    Column(
      field: "error", title: "Error", priority: 0, minimum: 18, ideal: 34
    ) { row, _, _ in
      Span(row.type, .runError)
    },
    Column(
      field: "first", title: "First seen", priority: 1, minimum: 10, ideal: 19
    ) { row, width, scene in
      Span(scene.time(row.firstOccurred, width: width), .time)
    },
    Column(
      field: "retries", title: "Retries", priority: 2, minimum: 7, ideal: 7, alignment: .trailing
    ) {
      row, _, _ in Span(Format.count(row.retries), .number)
    },
    Column(
      field: "attribute", title: "Attribute", priority: 3, minimum: 12, ideal: 24,
      isOptional: true
    ) { row, _, _ in Span(row.attribute, .attributeName) },
    Column(
      field: "value", title: "Value", priority: 4, minimum: 12, ideal: 40, isOptional: true
    ) { row, _, _ in Span(row.value) },
    Column(
      field: "message", title: "Server says", priority: 5, minimum: 16, ideal: 120,
      isOptional: true
    ) { row, _, _ in Span(row.message) },
  ]

  func draw(in buffer: inout CellBuffer, area: Rect, scene: Scene, hits: inout [Hit]) -> Position {
    let layout = Layout(size: area.size, pane: pane)
    func place(_ rect: Rect) -> Rect {
      Rect(
        column: area.left + rect.left, row: area.top + rect.top, columns: rect.columns,
        rows: rect.rows)
    }
    var cursors: [Pane: Position] = [:]
    if let history = layout.history {
      cursors[.history] = drawHistory(in: &buffer, area: place(history), scene: scene, hits: &hits)
    }
    if let divider = layout.divider {
      drawDivider(in: &buffer, area: area, row: area.top + divider, layout: layout, scene: scene)
    }
    if let statistics = layout.statistics {
      cursors[.statistics] = drawStatistics(
        in: &buffer, area: place(statistics), scene: scene, hits: &hits)
    }
    if let errors = layout.errors {
      if errors.left > 0 {
        buffer.verticalLine(
          at: Position(column: area.left + errors.left - 2, row: area.top + errors.top),
          length: errors.rows, glyphs: scene.glyphs)
      }
      cursors[.errors] = drawErrors(in: &buffer, area: place(errors), scene: scene, hits: &hits)
    }
    return cursors[pane] ?? area.origin
  }

  /// Whether the rows of one cycle stand together.
  var isInOrder: Bool { table.settings.sort.map { $0.field == "started" } ?? true }

  private func drawHistory(
    in buffer: inout CellBuffer, area: Rect, scene: Scene, hits: inout [Hit]
  ) -> Position {
    let table = drawn
    // A gutter shows which rows belong to one cycle.
    let inner = Rect(
      column: area.left + 2, row: area.top, columns: area.columns - 2, rows: area.rows)
    table.drawHeader(
      in: &buffer, column: inner.left, row: area.top, width: inner.columns, scene: scene,
      hits: &hits)
    guard !list.isLoading, !list.isEmpty else {
      buffer.put(
        [Span(emptyText(scene), .textDim)], column: inner.left, row: area.top + 1,
        width: inner.columns)
      return inner.origin
    }
    var cursor = area.origin
    var row = area.top + 1
    var index = list.top
    let showsGroups = isInOrder && Self.groupLines(height: area.rows - 1) > 0
    while row < area.bottom, index < list.count {
      if showsGroups, index == list.top || Self.beginsGroup(list, at: index),
        let value = list[index], value.cycleID != nil
      {
        buffer.put(
          Self.groupLine(value, scene), column: area.left, row: row, width: area.columns)
        row += 1
        guard row < area.bottom else { break }
      }
      drawStep(index, in: &buffer, area: inner, row: row, scene: scene, hits: &hits)
      if index == list.selected { cursor = Position(column: inner.left, row: row) }
      row += 1
      index += 1
    }
    let areNewer = isInOrder && self.table.settings.sort?.isDescending ?? true
    table.drawAbove(
      list.top, areNewer ? " newer" : "", in: &buffer, area: inner, scene: scene)
    return cursor
  }

  private func drawStep(
    _ index: Int, in buffer: inout CellBuffer, area: Rect, row: Int, scene: Scene,
    hits: inout [Hit]
  ) {
    let rect = Rect(column: area.left - 2, row: row, columns: area.columns + 2, rows: 1)
    hits.append(Hit(rect: rect, target: .row(pane: Pane.history.rawValue, index: index)))
    guard let value = list[index] else {
      buffer.put(
        [Span(String(scene.glyphs.ellipsis), .textDim)], column: area.left, row: row,
        width: area.columns)
      return
    }
    if isInOrder, value.cycleID != nil {
      let isLast = list[index + 1]?.cycleID != value.cycleID
      let bracket = isLast ? scene.glyphs.bottomLeft : scene.glyphs.vertical
      buffer.put([Span(String(bracket), .border)], column: area.left - 2, row: row, width: 1)
    }
    drawn.draw(
      value, in: &buffer, column: area.left, row: row, width: area.columns, scene: scene)
    if index == list.selected { buffer.markSelected(rect, isFocused: pane == .history) }
  }

  private func emptyText(_ scene: Scene) -> String {
    if list.isLoading { return scene.loading }
    if filter == OperationFilter(), table.isPlain {
      return "Nothing has run yet. F starts an Initial cycle."
    }
    var plain = OperationFilter()
    plain.until = filter.until
    if let until = filter.until, filter == plain, table.isPlain {
      return "Nothing had run by " + scene.time(until, width: 19)
        + ". Esc goes back to the newest."
    }
    return "No step passes the filter. Esc in / or f shows more."
  }

  /// The line above a cycle's steps: policy, number, who asked for it and why.
  static func groupLine(_ row: OperationRow, _ scene: Scene) -> [Span] {
    var spans = [
      Span(String(scene.glyphs.topLeft) + String(scene.glyphs.horizontal), .border),
      Span(
        (row.isRehearsal ? " Rehearsal, " : " ") + (row.policy?.rawValue ?? "") + " cycle",
        .rowGroup),
      Span(" \(row.cycleID ?? 0)", .rowGroup),
      Span(", asked for by " + row.requestedBy, .textDim),
    ]
    if !row.reason.isEmpty { spans.append(Span(": " + row.reason, .textDim)) }
    return spans
  }
}
