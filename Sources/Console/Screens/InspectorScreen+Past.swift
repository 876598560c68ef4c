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
        values[delta.name] = delta.before.isEmpty ? nil : delta.before
      }
    }
    return values
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
    let names = Set(then.keys).union(now.keys)
      .filter { !showsDiffering || then[$0] != now[$0] }.sorted()
    return [pastHead(imports, undone, scene)]
      + names.flatMap { name -> [DetailLine] in
        let delta = AttributeDelta(name: name, before: then[name] ?? [], after: now[name] ?? [])
        if delta.before == delta.after {
          let value = delta.before.map { ValueText.text($0, of: name, clock: scene.clock) }
            .joined(separator: "; ")
          let spans = [
            DeltaLines.name(name, width: width), Span(Sanitizer.verbose(value), .textDim),
          ]
          return [DetailLine(key: name, spans: spans, copy: value)]
        }
        return DeltaLines.lines(delta, width: width, clock: scene.clock, glyphs: scene.glyphs)
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
