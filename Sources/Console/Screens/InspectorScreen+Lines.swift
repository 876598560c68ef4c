import Cells
import Directory
import SyncStore

extension InspectorScreen {
  /// The attributes with their values now, and beside them what a pending change makes of them.
  func attributeLines(_ attributes: [AttributeRow], width: Int, scene: Scene) -> [DetailLine] {
    let shown = shown(attributes)
    guard !shown.isEmpty else {
      let text = showsDiffering ? "Nothing is pending. a shows all attributes." : "No attributes."
      return [DetailLine(key: "none", spans: [Span(text, .textDim)])]
    }
    return shown.flatMap { lines(of: $0, width: width, scene: scene) }
  }

  /// The attributes that are shown: all, or those with a pending change.
  func shown(_ attributes: [AttributeRow]) -> [AttributeRow] {
    showsDiffering
      ? attributes.filter { $0.before != nil || $0.pendingExport != nil } : attributes
  }

  /// The lines; those that are wider than the screen can be opened, and are then shown in full.
  func whole(_ lines: [DetailLine], width: Int) -> [DetailLine] {
    lines.flatMap { line -> [DetailLine] in
      guard line.target == nil, Span.width(line.spans) > width else { return [line] }
      let fold = "whole " + line.key
      var line = line
      line.target = .fold(fold)
      guard isUnfolded(fold) else { return [line] }
      let text = line.spans.dropFirst().map(\.text).joined()
      return [line]
        + Self.indented(text, .text, width: width, key: fold, copy: line.copy, fold: fold).map {
          var part = $0
          part.copied = line.copied
          return part
        }
    }
  }

  /// A text in lines below the names of attributes, which Enter folds again.
  static func indented(
    _ text: String, _ role: Role, width: Int, key: String, copy: String, fold: String
  ) -> [DetailLine] {
    let indent = min(DeltaLines.nameWidth(width) + 3, width / 2)
    return Wrap.exact(text, width: max(1, width - indent)).enumerated().map { part, line in
      DetailLine(
        key: "\(key) line \(part)",
        spans: [Span(String(repeating: " ", count: indent)), Span(line, role)], copy: copy,
        target: .fold(fold))
    }
  }

  private func lines(of row: AttributeRow, width: Int, scene: Scene) -> [DetailLine] {
    var lines: [DetailLine]
    let isMulti = row.values.count > 1 || row.valueCount > 1
    if row.values.isEmpty, let only = onlyChange(of: row, width: width, scene) { return only }
    if isMulti {
      lines = foldedLines(of: row, width: width, scene: scene)
    } else {
      let value = row.values.first
      let name = DeltaLines.name(row.name, width: width)
      let shown = value.map { [Span(text($0, 0, of: row, width: width, scene), role(of: $0))] }
      lines = [
        DetailLine(
          key: row.name, spans: [name] + (shown ?? [Span("no value", .textDim)]),
          copying: value.map { [$0] } ?? [], of: row.name)
      ]
    }
    if let before = row.before {
      lines += pending("import", from: before, to: row.values, of: row, width: width, scene)
    }
    if let wanted = row.pendingExport {
      lines += pending("export", from: row.values, to: wanted, of: row, width: width, scene)
    }
    return lines
  }

  /// The change of an attribute that has no value now, beside its name; nil where there are two or
  /// none.
  private func onlyChange(
    of row: AttributeRow, width: Int, _ scene: Scene
  ) -> [DetailLine]? {
    var lines: [DetailLine]
    switch (row.before, row.pendingExport) {
    case (let before?, nil):
      lines = pending("import", from: before, to: [], of: row, width: width, scene)
    case (nil, let wanted?):
      lines = pending("export", from: [], to: wanted, of: row, width: width, scene)
    default: return nil
    }
    lines[0].spans[0] = DeltaLines.name(row.name, width: width)
    return lines
  }

  private func foldedLines(of row: AttributeRow, width: Int, scene: Scene) -> [DetailLine] {
    let isOpen = isUnfolded(row.name)
    let mark = String(isOpen ? scene.glyphs.unfolded : scene.glyphs.folded)
    var head = [
      DeltaLines.name(row.name, width: width), Span(mark + " ", .key),
      Span(Format.count(row.valueCount, "value"), .number),
    ]
    if !isOpen, let first = row.values.first {
      head.append(Span("  " + text(first, 0, of: row, width: width, scene), .textDim))
    }
    var lines = [
      DetailLine(
        key: row.name, spans: head, copying: row.values, of: row.name, target: .fold(row.name))
    ]
    guard isOpen else { return lines }
    let indent = Span(String(repeating: " ", count: DeltaLines.nameWidth(width) + 3))
    for (index, value) in row.values.enumerated() {
      lines.append(
        DetailLine(
          key: row.name + "\u{1F}" + ValueText.key(value),
          spans: [indent, Span(text(value, index, of: row, width: width, scene), role(of: value))],
          copying: [value], of: row.name, target: .fold(row.name)))
    }
    if row.valueCount > row.values.count {
      let rest = Format.count(row.valueCount - row.values.count) + " more are not shown"
      lines.append(
        DetailLine(key: row.name + "\u{1F}rest", spans: [indent, Span(rest, .textDim)]))
    }
    return lines
  }

  /// The change that waits, each value marked as coming or going.
  private func pending(
    _ kind: String, from old: [AttributeValue], to new: [AttributeValue], of row: AttributeRow,
    width: Int, _ scene: Scene
  ) -> [DetailLine] {
    let delta = AttributeDelta(name: row.name, before: old, after: new)
    let lines = DeltaLines.lines(
      delta, width: width, clock: scene.clock, glyphs: scene.glyphs,
      keyPrefix: "pending \(kind) ", of: row)
    let indent = String(repeating: " ", count: DeltaLines.nameWidth(width) + 1)
    return lines.enumerated().map { index, line in
      guard index == 0 else { return line }
      var line = line
      line.spans[0] = Span(indent)
      line.spans.insert(Span("pending " + kind + " ", .valuePending), at: 1)
      return line
    }
  }

  /// A value in lines of a width; a reference by the name of what it refers to.
  func text(
    _ value: AttributeValue, _ index: Int, of row: AttributeRow, width: Int, _ scene: Scene
  ) -> String {
    guard index < row.targetNames.count, !row.targetNames[index].isEmpty else {
      return Sanitizer.exact(
        ValueText.shown(value, of: row.name, clock: scene.clock, width: width))
    }
    return Sanitizer.verbose(row.targetNames[index])
  }

  private func role(of value: AttributeValue) -> Role {
    switch value {
    case .integer, .boolean: .number
    default: .text
    }
  }

  /// The object's counterparts in other connector spaces.
  func counterpartLines(_ detail: ObjectDetail, scene: Scene) -> [DetailLine] {
    guard !detail.counterparts.isEmpty else {
      return [
        DetailLine(
          key: "none", spans: [Span("No counterpart in any other connector space.", .textDim)])
      ]
    }
    return detail.counterparts.map { row in
      var spans =
        [Span(row.connector + "  ", .textStrong), Span(row.objectType + "  ", .textDim)]
        + ObjectName.spans(row.dn, display: row.display, .text)
      if row.pendingExport != "none" {
        spans.append(Span("  pending export: " + row.pendingExport, .valuePending))
      }
      if !row.error.isEmpty {
        spans.append(Span("  " + String(scene.glyphs.warning) + " " + row.error, .runError))
      }
      return DetailLine(
        key: String(row.id), spans: spans, copy: row.dn, target: .object(row.id),
        isProblem: !row.error.isEmpty)
    }
  }

  /// The steps that touched the object, newest first, each with what it changed.
  func historyLines(_ detail: ObjectDetail, width: Int, scene: Scene) -> [DetailLine] {
    guard !detail.history.isEmpty else {
      return [
        DetailLine(
          key: "none",
          spans: [Span("No step that is still in the history touched this object.", .textDim)])
      ]
    }
    return detail.history.enumerated().flatMap { index, row in
      let key = "\(row.stepID) \(row.counter) \(index)"
      let head = DetailLine(
        key: key,
        spans: [
          Span(scene.time(row.time, width: 19) + "  ", .time),
          Span(row.type.profileName, .textStrong),
          Span(" on " + row.connector + ", step \(row.stepID)", .textDim),
          // Steps of counterparts are told too; which one it is they say.
          Span(
            row.space == row.connector || row.space.isEmpty
              ? "" : ", object of " + Sanitizer.verbose(row.space), .textDim),
          Span(
            "  " + (row.summary.isEmpty ? row.counter : Sanitizer.verbose(row.summary)),
            row.error == nil ? .rowGroup : .runError),
          Span(row.rule.isEmpty ? "" : ", by " + Sanitizer.verbose(row.rule), .textDim),
        ], copy: row.counter.isEmpty ? row.summary : row.counter, isProblem: row.error != nil,
        isHead: true)
      let reason = row.reason.isEmpty ? [] : [Self.reason(row, key: key)]
      let changes = row.changes.flatMap { delta -> [DetailLine] in
        let lines = DeltaLines.lines(
          delta, width: width - 2, clock: scene.clock, glyphs: scene.glyphs,
          keyPrefix: key + " ", ofStep: true)
        return lines.map { line in
          var line = line
          line.spans.insert(Span("  "), at: 0)
          return line
        }
      }
      return [head] + reason + changes
    }
  }

  /// That there is more of the history than is shown, and how to see it.
  func moreHistory(_ detail: ObjectDetail) -> [DetailLine] {
    guard detail.hasMoreHistory else { return [] }
    let words =
      isHistoryStale
      ? "Reading on" : "There are older steps than these \(Format.count(detail.history.count))"
    return [
      DetailLine(
        key: "more history",
        spans: [
          Span(words, .runWarning),
          Span(isHistoryStale ? "" : "; Enter reads on, \(twin) --limit prints them", .textDim),
        ], copy: twin, target: .more)
    ]
  }

  private static func reason(_ row: ObjectHistoryRow, key: String) -> DetailLine {
    DetailLine(
      key: key + " reason",
      spans: [Span("  "), Span(Sanitizer.verbose(row.reason), .textDim)], copy: row.reason)
  }
}
