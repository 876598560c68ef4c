import Cells

extension ConsoleState {
  /// What the screen shows as lines of text without lines and marks of the frame.
  var undecorated: [String] {
    let frame = Console.view(self, size: size)
    let content = FrameLayout(self, size: size).content
    return (content.top..<content.bottom).map { row in
      var line = ""
      for cell in frame.buffer.row(row) {
        let isFrame = cell.style.role == .border || cell.style.role == .borderFocus
        if isFrame { line += " " } else { append(cell, to: &line) }
      }
      while line.last == " " { line.removeLast() }
      return line
    }
  }

  /// Appends what a cell shows; where the terminal takes ASCII only, what stands there for the rest:
  /// a byte of a letter may be a control code to it.
  private func append(_ cell: Cell, to line: inout String) {
    guard options.ascii else {
      line.unicodeScalars.append(contentsOf: cell.scalars)
      return
    }
    guard !cell.isRightHalf else { return }
    line.unicodeScalars.append(Glyphs.asciiStandIn(for: cell.base))
    line += String(repeating: " ", count: max(0, cell.width - 1))
  }
}
