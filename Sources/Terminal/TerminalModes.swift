import CNcursesw
import Cells
import Glibc

/// The terminal modes outside curses, and the sequence that undoes all of them.
struct TerminalModes {
  private let outputs: Int32 = 1
  /// Whether the terminal understands xterm's private modes.
  let isXtermLike: Bool
  private let canPaste: Bool
  /// Puts the terminal back, without curses: for a crash.
  let restoreSequence: String

  /// Asks terminfo, after the screen is open.
  init() {
    isXtermLike = tigetflag("XT") > 0
    canPaste = isXtermLike || (nc_string("kmous") != nil && nc_string("smcup") != nil)
    var sequence = canPaste ? Self.pasteOff : ""
    if nc_string("kmous") != nil { sequence += "\u{1B}[?1006l\u{1B}[?1002l\u{1B}[?1000l" }
    for capability in ["sgr0", "op", "rmkx", "cnorm", "rmcup"] {
      sequence += Self.string(capability)
    }
    restoreSequence = sequence
  }

  private static let pasteOff = "\u{1B}[?2004l"

  /// Asks for pasted text to come in brackets.
  func enter() { if canPaste { write("\u{1B}[?2004h") } }

  /// No longer.
  func leave() { if canPaste { write(Self.pasteOff) } }

  /// Sets the window's title, made harmless.
  func setTitle(_ title: String) {
    if isXtermLike { write("\u{1B}]2;\(Sanitizer.drawable(title))\u{7}") }
  }

  /// Writes all of it past curses, whose own output was flushed before.
  func write(_ text: String) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { Glibc.write(outputs, $0.baseAddress, $0.count) }
      if count > 0 {
        bytes = bytes.dropFirst(count)
      } else if errno != EINTR {
        return
      }
    }
  }

  /// A capability without its padding marks (`$<5>`), which only `tputs` understands.
  private static func string(_ capability: String) -> String {
    guard let text = nc_string(capability) else { return "" }
    var result = ""
    var isPadding = false
    for character in String(cString: text) {
      if character == "<", result.last == "$" {
        result.removeLast()
        isPadding = true
      } else if isPadding {
        isPadding = character != ">"
      } else {
        result.append(character)
      }
    }
    return result
  }
}
