import Cells
import Directory
import SyncStore

extension InspectorScreen {
  /// The imports that changed the object, newest first, as far as the history goes.
  static func imports(_ detail: ObjectDetail) -> [ObjectHistoryRow] {
    detail.history.filter {
      ($0.type == .fullImport || $0.type == .deltaImport) && !$0.changes.isEmpty
        && $0.space == detail.row.connector && $0.objectID == detail.row.id
    }
  }

  /// The object's values when its newest `undone` imports had not happened yet.
  static func values(_ detail: ObjectDetail, undone: Int) -> [String: [AttributeValue]] {
    var values: [String: [AttributeValue]] = [:]
    for row in detail.attributes where !row.values.isEmpty { values[row.name] = row.values }
    for row in imports(detail).prefix(undone) {
      for delta in row.changes {
        var before = delta.before
        if delta.tellsChangesOnly {
          // The others were there before as well. Names of objects differ in no case.
          let came = Set(delta.after.map { $0.text.lowercased() })
          let known = values[delta.name] ?? []
          let went = Set(before.map { $0.text.lowercased() })
          before += known.filter {
            let name = $0.text.lowercased()
            return !came.contains(name) && !went.contains(name)
          }
        }
        values[delta.name] = before.isEmpty ? nil : before
      }
    }
    return values
  }

  /// What has come and gone since then of the references of an attribute; backwards, since what went
  /// and came back has stayed.
  private static func changes(
    _ name: String, _ detail: ObjectDetail, undone: Int
  ) -> (added: [AttributeValue], removed: [AttributeValue]) {
    var added: [String: AttributeValue] = [:]
    var removed: [String: AttributeValue] = [:]
    for row in imports(detail).prefix(undone) {
      for delta in row.changes where delta.name == name {
        for value in delta.after where removed.removeValue(forKey: value.text.lowercased()) == nil {
          added[value.text.lowercased()] = value
        }
        for value in delta.before where added.removeValue(forKey: value.text.lowercased()) == nil {
          removed[value.text.lowercased()] = value
        }
      }
    }
    func sorted(_ values: [String: AttributeValue]) -> [AttributeValue] {
      values.sorted { $0.key < $1.key }.map(\.value)
    }
    return (sorted(added), sorted(removed))
  }

  /// Steps one run back or forth: from state to state of the attributes, else from run to run of
  /// the history.
  mutating func stepThroughRuns(earlier: Bool, size: Size, scene: Scene) -> [Intent] {
    guard tab == .attributes, let detail else {
      tab = .history
      let lines = lines(width: size.columns, scene: scene)
      let moved = pane.selectTarget(forward: earlier, lines: lines) { $0.isHead }
      return moved ? [] : [.tell("No \(earlier ? "earlier" : "later") run touched this object")]
    }
    let count = Self.imports(detail).count
    let next = undone + (earlier ? 1 : -1)
    guard next >= 0 else { return [.tell("This is the object as it is now; [ goes back")] }
    guard next <= count else {
      return [
        .tell(
          detail.hasMoreHistory
            ? "There is more of its history; the tab History reads on"
            : "The history of this object's imports goes no further back")
      ]
    }
    undone = next
    return []
  }

  /// The attributes as they were, with what became of each since then.
  func pastLines(_ detail: ObjectDetail, width: Int, scene: Scene) -> [DetailLine] {
    let imports = Self.imports(detail)
    let undone = min(self.undone, imports.count)
    let then = Self.values(detail, undone: undone)
    var now: [String: [AttributeValue]] = [:]
    for row in detail.attributes where !row.values.isEmpty { now[row.name] = row.values }
    // Of references the order means nothing, and they are not read in one.
    func differ(_ name: String) -> Bool { Set(then[name] ?? []) != Set(now[name] ?? []) }
    let parts = Self.parts(detail, undone: undone)
    let names = Set(then.keys).union(now.keys)
      .filter { !showsDiffering || differ($0) || parts[$0] != nil }.sorted()
    return [pastHead(imports, undone, scene)]
      + names.flatMap { name -> [DetailLine] in
        if let part = parts[name] {
          return partLines(part, width: width, scene: scene)
        }
        let delta = AttributeDelta(name: name, before: then[name] ?? [], after: now[name] ?? [])
        if !differ(name) {
          let value = delta.before.map {
            ValueText.shown($0, of: name, clock: scene.clock, width: width)
          }.joined(separator: "; ")
          let spans = [
            DeltaLines.name(name, width: width), Span(Sanitizer.verbose(value), .textDim),
          ]
          var line = DetailLine(key: name, spans: spans, copy: value)
          line.copied = CopiedValues(delta.before, of: name)
          return [line]
        }
        return DeltaLines.lines(delta, width: width, clock: scene.clock, glyphs: scene.glyphs)
      }
  }

  /// What became of references of which only a part is read.
  private struct Part {
    var row: AttributeRow
    var added: [AttributeValue]
    var removed: [AttributeValue]
  }

  private static func parts(_ detail: ObjectDetail, undone: Int) -> [String: Part] {
    var parts: [String: Part] = [:]
    for row in detail.attributes where row.valueCount > row.values.count {
      let (added, removed) = changes(row.name, detail, undone: undone)
      guard AttributeDelta(name: row.name, before: removed, after: added).tellsChangesOnly else {
        continue
      }
      parts[row.name] = Part(row: row, added: added, removed: removed)
    }
    return parts
  }

  /// How many there are now, and those that are known to have come and gone since then.
  private func partLines(_ part: Part, width: Int, scene: Scene) -> [DetailLine] {
    let counts = [(part.added, "added"), (part.removed, "removed")].filter { !$0.0.isEmpty }
      .map { Format.count($0.0.count) + " " + $0.1 }
    let head =
      Format.count(part.row.valueCount, "value") + " now, " + counts.joined(separator: ", ")
      + " since"
    let key = part.row.name
    let name = DeltaLines.name(key, width: width)
    let indent = Span(String(repeating: " ", count: DeltaLines.nameWidth(width) + 1))
    let signs: [(String, Role, [AttributeValue])] = [
      ("- ", .valueOld, part.removed), ("+ ", .valueNew, part.added),
    ]
    return [DetailLine(key: key, spans: [name, Span(head, .textDim)])]
      + signs.flatMap { sign, role, values in
        values.map { value in
          let text = ValueText.text(value, of: key, clock: scene.clock)
          return DetailLine(
            key: key + sign + value.text,
            spans: [indent, Span(sign + Sanitizer.verbose(text), role)],
            copy: ValueText.copied(value, of: key))
        }
      }
  }

  private func pastHead(
    _ imports: [ObjectHistoryRow], _ undone: Int, _ scene: Scene
  ) -> DetailLine {
    let text: String
    if undone < imports.count {
      let row = imports[undone]
      text =
        "As step \(row.stepID) left it, " + scene.time(row.time, width: 19)
        + "; what is other now stands beside it. ] goes on"
    } else {
      let first = imports.last.map { "before step \($0.stepID)" } ?? "now"
      text = "As it was " + first + ". ] goes on"
    }
    return DetailLine(key: "past", spans: [Span(text, .valuePending)])
  }
}
