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
        if isFrame { line += " " } else { line.unicodeScalars.append(contentsOf: cell.scalars) }
      }
      while line.last == " " { line.removeLast() }
      return line
    }
  }
}
