import CNcursesw
import CSystem
import Cells

/// Reads everything that curses has waiting and makes events of it.
struct InputReader {
  /// Whether the terminal was asked to tell what the mouse does.
  var mouseIsOn = false
  private var paste: String.UnicodeScalarView?
  private var lastPress: (position: Position, time: Int64)?

  /// Scalars of one paste that are kept.
  private static let pasteLimit = 65_536
  /// Two presses of one cell within this many nanoseconds are a double press.
  private static let doublePressTime: Int64 = 400_000_000

  /// Appends the events that are waiting and returns how many inputs there were.
  mutating func drain(into events: inout [InputEvent]) -> Int {
    var count = 0
    while let input = Self.next() {
      count += 1
      handle(input, into: &events)
    }
    return count
  }

  private static func next() -> KeyDecoder.Input? {
    var value: wint_t = 0
    switch wget_wch(nc_stdscr(), &value) {
    case OK: return .character(value)
    case KEY_CODE_YES: return .code(Int32(bitPattern: value))
    default: return nil
    }
  }

  private mutating func handle(_ input: KeyDecoder.Input, into events: inout [InputEvent]) {
    switch input {
    case .code(KeyDecoder.pasteStart): paste = String.UnicodeScalarView()
    case .code(KeyDecoder.pasteEnd):
      if let text = paste { events.append(.paste(String(text))) }
      paste = nil
    case _ where paste != nil: addToPaste(input)
    case .code(KEY_MOUSE):
      if let event = mouseEvent() { events.append(.mouse(event)) }
      if !mouseIsOn { Self.skipMouseReport() }
    case .code(KEY_RESIZE): break  // the size is asked of the kernel
    case .code(let code): if let key = KeyDecoder.key(code: code) { events.append(.key(key)) }
    case .character(27): handleEscape(into: &events)
    case .character(let value):
      if let key = KeyDecoder.key(character: value) { events.append(.key(key)) }
    }
  }

  /// What follows an Escape at once belongs to it: Alt with a key, or a sequence that means none.
  private mutating func handleEscape(into events: inout [InputEvent]) {
    guard let following = Self.next() else {
      events.append(.key(Key(.escape)))
      return
    }
    if following == .character(0x5B), Self.skipSequence() { return }
    let key: Key? =
      switch following {
      case .character(27): nil
      case .character(let value): KeyDecoder.key(character: value)
      case .code(let code): KeyDecoder.key(code: code)
      }
    if var key {
      key.alt = true
      events.append(.key(key))
    } else {
      events.append(.key(Key(.escape)))
      handle(following, into: &events)
    }
  }

  /// Takes in the rest of a control sequence (ECMA-48 §5.4), whose characters are no keys; false if
  /// nothing of one is there.
  ///
  /// Terminals send such without being asked, after a program that asked for them has crashed.
  private static func skipSequence() -> Bool {
    var isBegun = false
    while case .character(let value)? = next(), (0x20...0x7E).contains(value) {
      if value >= 0x40 { return true }
      isBegun = true
    }
    return isBegun
  }

  /// Takes in what follows the beginning of a report of the mouse, which curses leaves where it was
  /// not asked to read them: three bytes in the old form.
  private static func skipMouseReport() {
    guard nc_string("kmous").map({ String(cString: $0) }) == "\u{1B}[M" else {
      _ = skipSequence()
      return
    }
    for _ in 0..<3 { _ = next() }
  }

  private mutating func addToPaste(_ input: KeyDecoder.Input) {
    guard case .character(let value) = input, let scalar = Unicode.Scalar(value),
      (paste?.count ?? 0) < Self.pasteLimit
    else { return }
    paste?.append(scalar == "\r" ? "\n" : scalar)
  }

  private mutating func mouseEvent() -> MouseEvent? {
    var event = MEVENT()
    guard getmouse(&event) == OK else { return nil }
    let position = Position(column: Int(event.x), row: Int(event.y))
    if event.bstate & nc_wheel_up() != 0 { return MouseEvent(.scrollUp, at: position) }
    if event.bstate & nc_wheel_down() != 0 { return MouseEvent(.scrollDown, at: position) }
    if event.bstate & nc_button3() != 0 { return MouseEvent(.secondaryPress, at: position) }
    guard event.bstate & nc_button1() != 0 else { return nil }
    let now = cs_monotonic_nanoseconds()
    if let last = lastPress, last.position == position, now - last.time < Self.doublePressTime {
      lastPress = nil
      return MouseEvent(.doublePress, at: position)
    }
    lastPress = (position, now)
    return MouseEvent(.press, at: position)
  }
}
