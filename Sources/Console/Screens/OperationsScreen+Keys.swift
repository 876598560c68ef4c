import Cells
import Directory
import SyncStore

/// What keys do in the history and in the panes below.
extension OperationsScreen {
  mutating func perform(_ action: ActionID, size: Size, scene: Scene) -> [Intent]? {
    let layout = Layout(size: size, pane: pane)
    if let motion = action.motion {
      move(motion, layout: layout)
      return []
    }
    switch action {
    case .nextPane: focus(1, layout: layout)
    case .previousPane: focus(-1, layout: layout)
    case .right: show(pane == .history ? .statistics : .errors, layout: layout)
    case .left: show(pane == .errors ? .statistics : .history, layout: layout)
    case .open: return open(layout: layout)
    case .back:
      guard pane != .history else { return nil }
      pane = .history
    case .cycleFilter:
      var settings = table.settings
      settings.choice = ["": "warnings", "warnings": "errors"][settings.choice] ?? ""
      pane = .history
      return [.arrange(settings)]
    case .nextProblem, .previousProblem:
      let forward = action == .nextProblem
      // Who reads the errors of a step goes on to its next one, not to another step.
      if pane == .errors { return moveToError(forward: forward, layout: layout) }
      if !table.list.select(.problem, forward: forward, Self.isProblem) {
        return [
          .tell(TableModel<OperationRow>.nothing(.problem, forward: forward, Self.problem))
        ]
      }
    case .mark, .nextMark, .previousMark:
      guard pane != .statistics else { return [.tell("Mark: counters have no marks")] }
      if pane == .errors { return markError(action, height: errorRows(layout)) }
      return performOnTable(action, height: (layout.history?.rows ?? 1) - 1)
    default: return nil
    }
    return []
  }

  private mutating func moveToError(forward: Bool, layout: Layout) -> [Intent] {
    let before = shownErrors.selected
    move(forward ? .down(1) : .up(1), layout: layout)
    return shownErrors.selected != before
      ? [] : [.tell(TableModel<ErrorRow>.nothing(.problem, forward: forward, "error"))]
  }

  private mutating func markError(_ action: ActionID, height: Int) -> [Intent] {
    guard errorsStep == step?.id else { return [] }
    if action == .mark {
      errorTable.mark(height: height)
      return []
    }
    return errorTable.goToMark(forward: action == .nextMark) ? [] : [.tell("No marked error there")]
  }

  private mutating func focus(_ offset: Int, layout: Layout) {
    let count = Pane.allCases.count
    show(Pane(rawValue: (pane.rawValue + offset + count) % count) ?? .history, layout: layout)
  }

  private mutating func show(_ pane: Pane, layout: Layout) {
    self.pane = pane
    if pane == .statistics { selectTellingCounter(layout: layout) }
  }

  private mutating func move(_ motion: Motion, layout: Layout) {
    switch pane {
    case .history:
      let height = (layout.history?.rows ?? 1) - 1
      switch motion {
      case .pageDown: table.move(motion, height: pageRows(height: height, isDown: true))
      case .pageUp: table.move(motion, height: pageRows(height: height, isDown: false))
      default: table.move(motion, height: height)
      }
    case .statistics:
      let area = layout.statistics
      counters.move(
        motion, lines: counterLines(width: area?.columns ?? 1), height: area?.rows ?? 1)
    case .errors:
      if errorsStep == step?.id { errorTable.move(motion, height: errorRows(layout)) }
    }
  }

  /// The rows of a page that begins or ends at the selected one: the lines of cycles take room too, and
  /// no row must be passed over unseen.
  private func pageRows(height: Int, isDown: Bool) -> Int {
    let lines = isInOrder ? Self.groupLines(height: height) : 0
    var (rows, used) = (1, lines + 1)
    while rows < height {
      let below = isDown ? list.selected + rows : list.selected + 1 - rows
      used += 1 + (Self.beginsGroup(list, at: below) ? lines : 0)
      guard used <= height else { break }
      rows += 1
    }
    return rows
  }

  /// Puts the cursor on the first counter of failures, or on the first one with objects to list;
  /// a heading has nothing to open.
  ///
  /// A counter that a person has chosen stays.
  private mutating func selectTellingCounter(layout: Layout) {
    let lines = counterLines(width: layout.statistics?.columns ?? 1)
    if let line = counters.line(of: lines), line.isProblem || line.opens { return }
    let failed = lines.firstIndex(where: \.isProblem)
    guard let index = failed ?? lines.firstIndex(where: \.opens) else { return }
    counters.select(index, of: lines)
  }

  private mutating func open(layout: Layout) -> [Intent] {
    guard let step else { return [] }
    switch pane {
    case .history:
      show(
        step.errors > 0 || step.severity == .stopped ? .errors : .statistics, layout: layout)
    case .statistics:
      guard let counter = selectedCounter else {
        // A heading opens nothing; the first counter below it that does is a better place.
        selectTellingCounter(layout: layout)
        return []
      }
      if counter.name.hasSuffix("failure"), step.errors > 0 {
        show(.errors, layout: layout)
        return []
      }
      guard counter.hasDetail, counter.count > 0 else {
        return [.tell("\(counter.title) is counted only; its objects are not kept")]
      }
      return [.push(.changes(ChangesScreen(step: step, counter: counter)))]
    case .errors:
      guard let error = shownErrors.selectedRow else { return [] }
      return [.push(.inspector(InspectorScreen(error: error)))]
    }
    return []
  }

  mutating func focus(pane number: Int) {
    if let pane = Pane(rawValue: number) { self.pane = pane }
  }

  mutating func press(pane number: Int, index: Int, scene: Scene, size: Size) {
    focus(pane: number)
    switch pane {
    case .history: table.list.select(index)
    case .statistics:
      let layout = Layout(size: size, pane: pane)
      counters.select(index, of: counterLines(width: layout.statistics?.columns ?? 1))
    case .errors: errorTable.list.select(index)
    }
  }
}
