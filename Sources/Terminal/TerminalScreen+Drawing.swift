import CNcursesw
public import Cells

extension TerminalScreen {
  /// Shows a frame: sends what differs from the last one.
  public func draw(_ frame: Frame) {
    let window = nc_stdscr()
    let old = shown ?? CellBuffer(size: Size(columns: 0, rows: 0))
    if old.size != frame.buffer.size { werase(window) }
    for run in Self.joined(CellBuffer.differences(old, frame.buffer)) where run.row < size.rows {
      var line = encoder.line(run.columns, of: frame.buffer.row(run.row))
      nc_put(window, Int32(run.row), Int32(run.columns.lowerBound), &line, Int32(line.count))
    }
    shown = frame.buffer
    apply(modesOf: frame)
    let cursor = frame.cursor
    wmove(
      window, Int32(min(max(0, cursor.row), max(0, size.rows - 1))),
      Int32(min(max(0, cursor.column), max(0, size.columns - 1))))
    wnoutrefresh(window)
    doupdate()
    if options.title, frame.title != shownTitle {
      shownTitle = frame.title
      modes.setTitle(frame.title)
    }
  }

  /// The runs with those joined that only a few cells lie between: their gaps are drawn, too, so that
  /// they can be drawn as their words are.
  private static func joined(_ runs: [CellRun]) -> [CellRun] {
    var joined: [CellRun] = []
    for run in runs {
      if let last = joined.last, last.row == run.row,
        run.columns.lowerBound - last.columns.upperBound <= CellEncoder.bridgedBlanks
      {
        joined[joined.count - 1].columns = last.columns.lowerBound..<run.columns.upperBound
      } else {
        joined.append(run)
      }
    }
    return joined
  }

  /// Makes the next frame draw every cell, for a screen that something else wrote on.
  public func repaint() {
    shown = nil
    clearok(nc_curscr(), true)
  }

  /// Rings the bell, or flashes.
  public func bell() { beep() }

  /// Puts text on the user's clipboard, wherever the terminal runs; false when it is too long.
  ///
  /// Terminals don't answer, so that success can't be told: some ignore the request.
  public func copy(_ text: String) -> Bool {
    let name = Environment.value("TERM") ?? ""
    let tmux = Environment.value("TMUX") != nil
    guard
      let sequence = Clipboard.sequence(
        for: text, tmux: tmux, screen: !tmux && Environment.value("STY") != nil),
      modes.isXtermLike || tmux || name.hasPrefix("screen") || name.hasPrefix("tmux")
    else { return false }
    modes.write(sequence)
    return true
  }

  private func apply(modesOf frame: Frame) {
    if frame.cursorVisible != cursorIsVisible {
      cursorIsVisible = frame.cursorVisible
      curs_set(cursorIsVisible ? 1 : 0)
    }
    let wantsMouse = frame.mouse && options.mouse
    if wantsMouse != mouseIsOn {
      mouseIsOn = wantsMouse
      mousemask(wantsMouse ? nc_mouse_mask() : 0, nil)
    }
  }
}
