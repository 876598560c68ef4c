import Cells

/// A screen that is a text one walks through, below a few lines of heading.
protocol TextScreen: ScreenModel {
  /// The walk through the lines.
  var pane: LinePane { get set }
  /// What stands above the text.
  func head(width: Int, scene: Scene) -> [[Span]]
  /// The text.
  func lines(width: Int, scene: Scene) -> [DetailLine]
  /// The text with each line in as many as it takes.
  func folded(width: Int, scene: Scene) -> [DetailLine]
  /// The word for the text in the name of a file.
  var exportName: String { get }
  /// Does what a key asks for on a line; `nil` says that it means nothing here.
  mutating func act(_ action: ActionID, on line: DetailLine?) -> [Intent]?
}

extension TextScreen {
  var copyText: String { pane.copy }
  var violation: String? { pane.violation }
  var exportName: String { scope.rawValue }
  func folded(width: Int, scene: Scene) -> [DetailLine] {
    lines(width: width, scene: scene).flatMap { $0.folded(width: width) }
  }

  func export(scene: Scene) -> ScreenExport? {
    let width = LinesExport.width
    return .lines(
      LinesExport(
        exportName, head: head(width: width, scene: scene), lines(width: width, scene: scene)))
  }

  private func height(_ size: Size, _ scene: Scene) -> Int {
    max(1, size.rows - head(width: size.columns, scene: scene).count)
  }

  mutating func settle(size: Size, scene: Scene) {
    pane.settle(folded(width: size.columns, scene: scene), height: height(size, scene))
  }

  mutating func perform(_ action: ActionID, size: Size, scene: Scene) -> [Intent]? {
    let lines = folded(width: size.columns, scene: scene)
    if let motion = action.motion {
      pane.move(motion, lines: lines, height: height(size, scene))
      return []
    }
    let line = pane.line(of: lines)
    if let intents = act(action, on: line) {
      let isVain = action == .open && intents.isEmpty && line?.target == nil
      return isVain ? [.tell("There is nothing to open on this line")] : intents
    }
    guard action == .nextProblem || action == .previousProblem else { return nil }
    let found = pane.selectProblem(forward: action == .nextProblem, lines: lines)
    return found ? [] : [.tell("No other error here")]
  }

  mutating func press(pane number: Int, index: Int, scene: Scene, size: Size) {
    pane.select(index, of: folded(width: size.columns, scene: scene))
  }

  func draw(in buffer: inout CellBuffer, area: Rect, scene: Scene, hits: inout [Hit]) -> Position {
    let head = head(width: area.columns, scene: scene)
    for (offset, line) in head.enumerated() where offset < area.rows {
      buffer.put(line, column: area.left, row: area.top + offset, width: area.columns)
    }
    let below = Rect(
      column: area.left, row: area.top + head.count, columns: area.columns,
      rows: max(0, area.rows - head.count))
    return pane.draw(
      folded(width: below.columns, scene: scene), in: &buffer, area: below, isFocused: true,
      hits: &hits)
  }
}
