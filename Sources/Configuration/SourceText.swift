/// The text of a configuration file, to find the place of a character inside a value.
final class SourceText: Sendable {
  private let scalars: [Unicode.Scalar]

  init(_ text: String) { scalars = Array(text.unicodeScalars) }

  /// Where the character at `line` and `column`, both from 1, of the text value that starts at
  /// `start` stands; the start itself if no text value starts there.
  func place(of line: Int, _ column: Int, inValueAt start: SourcePlace) -> SourcePlace {
    var cursor = Cursor(scalars: scalars)
    guard cursor.move(to: start), cursor.open() else { return start }
    var (seenLine, seenColumn) = (1, 1)
    while (seenLine, seenColumn) < (line, column) {
      // A column behind the end of its line stands for that end.
      if seenLine == line, cursor.isAtLineEnd { break }
      guard let scalar = cursor.next() else { break }
      if scalar == "\n" {
        (seenLine, seenColumn) = (seenLine + 1, 1)
      } else {
        seenColumn += 1
      }
    }
    return SourcePlace(file: start.file, line: cursor.line, column: cursor.column)
  }
}

/// Walks through the characters that a text value means, counting those that spell it.
private struct Cursor {
  let scalars: [Unicode.Scalar]
  private var index = 0
  private(set) var line = 1
  private(set) var column = 1
  private var isBasic = false

  init(scalars: [Unicode.Scalar]) { self.scalars = scalars }

  var isAtLineEnd: Bool { peek(0) == "\n" || peek(0) == "\r" && peek(1) == "\n" }

  mutating func move(to place: SourcePlace) -> Bool {
    while (line, column) < (place.line, place.column), index < scalars.count { step() }
    return line == place.line && column == place.column
  }

  /// Goes behind the quotation marks that open a value; false if there are none.
  mutating func open() -> Bool {
    guard let quote = peek(0), quote == "\"" || quote == "'" else { return false }
    isBasic = quote == "\""
    let isLong = peek(1) == quote && peek(2) == quote
    for _ in 0..<(isLong ? 3 : 1) { step() }
    // TOML 1.0: a line break right behind the opening marks is no part of the value.
    if isLong, peek(0) == "\r", peek(1) == "\n" { step() }
    if isLong, peek(0) == "\n" { step() }
    return true
  }

  /// The next character of the value, whose spelling is left behind.
  mutating func next() -> Unicode.Scalar? {
    guard let scalar = peek(0) else { return nil }
    step()
    guard isBasic, scalar == "\\", let escaped = peek(0) else { return scalar }
    switch escaped {
    case "u": for _ in 0..<5 { step() }
    case "U": for _ in 0..<9 { step() }
    case " ", "\t", "\r", "\n":
      while let space = peek(0), " \t\r\n".unicodeScalars.contains(space) { step() }
      return next()
    default: step()
    }
    return escaped == "n" ? "\n" : "_"
  }

  private func peek(_ offset: Int) -> Unicode.Scalar? {
    index + offset < scalars.count ? scalars[index + offset] : nil
  }

  private mutating func step() {
    guard index < scalars.count else { return }
    if scalars[index] == "\n" { (line, column) = (line + 1, 1) } else { column += 1 }
    index += 1
  }
}
