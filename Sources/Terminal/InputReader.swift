import CNcursesw
import CSystem
import Cells
import Glibc

/// Reads everything that curses has waiting and makes events of it.
struct InputReader {
  /// Whether the terminal was asked to tell what the mouse does.
  var mouseIsOn = false
  private var letter = PartialLetter()
  private var paste: OpenPaste?
  private var lastPress: (position: Position, time: Int64)?
  /// When an Escape that nothing followed was taken for a key.
  private var loneEscape: Int64?
  /// A sequence of which not all has come.
  private var split: SplitSequence?

  /// Two presses of one cell within this many nanoseconds are a double press.
  private static let doublePressTime: Int64 = 400_000_000

  /// Appends the events that are waiting and returns how many inputs there were.
  mutating func drain(into events: inout [InputEvent]) -> Int {
    var count = 0
    if let paste, paste.isLost(at: cs_monotonic_nanoseconds()) { endPaste(into: &events) }
    while let input = next() {
      count += 1
      handle(input, into: &events)
    }
    if count > 0, paste?.pause() == true {
      endPaste(into: &events)
      events.append(.key(Key(.escape)))
    }
    return count
  }

  /// Nanoseconds until what has come of a sequence is no longer waited for; nil if nothing is.
  var patience: Int64? {
    split.map { max(0, $0.deadline - cs_monotonic_nanoseconds()) }
  }

  /// Appends what has come of a sequence as keys if it has been waited for long enough.
  mutating func giveUp(into events: inout [InputEvent]) {
    if let split, split.deadline <= cs_monotonic_nanoseconds() { breakUp(into: &events) }
  }

  private mutating func next() -> KeyDecoder.Input? {
    while case let value = wgetch(nc_stdscr()), value != ERR {
      guard let byte = UInt8(exactly: value) else {
        letter.forget()
        return .code(value)
      }
      if let character = letter.add(byte) { return .character(character) }
    }
    return nil
  }

  private mutating func handle(_ input: KeyDecoder.Input, into events: inout [InputEvent]) {
    if paste == nil, isOfSequence(input, into: &events) { return }
    switch input {
    case .code(KeyDecoder.pasteStart):
      endPaste(into: &events)
      paste = OpenPaste(at: cs_monotonic_nanoseconds())
    case .code(KeyDecoder.pasteEnd): endPaste(into: &events)
    case _ where paste != nil: addToPaste(input, into: &events)
    case .code(KEY_MOUSE):
      if let event = mouseEvent() { events.append(.mouse(event)) }
      if !mouseIsOn { skipMouseReport() }
    case .code(KEY_RESIZE): break  // the size is asked of the kernel
    case .code(let code): if let key = KeyDecoder.key(code: code) { events.append(.key(key)) }
    case .character(27): handleEscape(into: &events)
    case .character(let value):
      if let key = KeyDecoder.key(character: value) { events.append(.key(key)) }
    }
  }

  /// What follows an Escape at once belongs to it: Alt with a key, or a sequence that means none.
  private mutating func handleEscape(into events: inout [InputEvent]) {
    guard let following = next() else {
      events.append(.key(Key(.escape)))
      loneEscape = cs_monotonic_nanoseconds()
      return
    }
    if case .character(let value) = following, begin(value, followsKey: false) { return }
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

  /// Whether `input` is a part of a sequence that comes in parts, or begins one.
  private mutating func isOfSequence(
    _ input: KeyDecoder.Input, into events: inout [InputEvent]
  ) -> Bool {
    defer { loneEscape = nil }
    giveUp(into: &events)
    guard case .character(let value) = input else {
      breakUp(into: &events)
      return false
    }
    guard var sequence = split else {
      guard let loneEscape, cs_monotonic_nanoseconds() - loneEscape < SplitSequence.patience
      else { return false }
      return begin(value, followsKey: true)
    }
    switch sequence.take(value, at: cs_monotonic_nanoseconds()) {
    case .open: split = sequence
    case .broken:
      breakUp(into: &events)
      return false
    case .whole(let meaning):
      split = nil
      take(meaning, into: &events)
    }
    return true
  }

  private mutating func take(
    _ meaning: SplitSequence.Meaning, into events: inout [InputEvent]
  ) {
    switch meaning {
    case .key(let key): events.append(.key(key))
    case .pasteStart: handle(.code(KeyDecoder.pasteStart), into: &events)
    case .pasteEnd: handle(.code(KeyDecoder.pasteEnd), into: &events)
    case .nothing: break
    }
  }

  /// Whether a character after an Escape begins a sequence (ECMA-48 §5.4), whose characters are no
  /// keys.
  ///
  /// Terminals send such without being asked, after a program that asked for them has crashed.
  private mutating func begin(_ value: UInt32, followsKey: Bool) -> Bool {
    split = SplitSequence(value, followsKey: followsKey, at: cs_monotonic_nanoseconds())
    return split != nil
  }

  /// What has come of a sequence are keys.
  private mutating func breakUp(into events: inout [InputEvent]) {
    events += (split?.keys ?? []).map { .key($0) }
    split = nil
  }

  /// What follows the beginning of a report of the mouse is no key, which curses leaves where it was
  /// not asked to read it.
  private mutating func skipMouseReport() {
    guard let begun = nc_string("kmous").map({ String(cString: $0).dropFirst() }) else { return }
    split = SplitSequence(begun: String(begun), at: cs_monotonic_nanoseconds())
  }

  private mutating func addToPaste(
    _ input: KeyDecoder.Input, into events: inout [InputEvent]
  ) {
    var scalar: Unicode.Scalar?
    if case .character(let value) = input { scalar = Unicode.Scalar(value) }
    if paste?.take(scalar, at: cs_monotonic_nanoseconds()) == true { endPaste(into: &events) }
  }

  private mutating func endPaste(into events: inout [InputEvent]) {
    if let text = paste?.text { events.append(.paste(String(text))) }
    paste = nil
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

/// The bytes of a letter in the locale's encoding, of which not all may be there yet.
///
/// Over a slow line they come one by one, and curses itself drops those that came first.
private struct PartialLetter {
  private var state = mbstate_t()

  /// Takes a byte; the answer is the character that it completes.
  ///
  /// Bytes that are none are passed over.
  mutating func add(_ byte: UInt8) -> UInt32? {
    let isFirst = !isOpen
    switch complete(byte) {
    case .some(let character): return character
    case .none where isFirst || isOpen: return nil
    // What began before has no end; this may begin another.
    case .none: return complete(byte)
    }
  }

  /// Whether there is a part of a letter.
  private var isOpen: Bool { withUnsafePointer(to: state) { mbsinit($0) == 0 } }

  /// Passes over what is there of a letter.
  mutating func forget() { state = mbstate_t() }

  private mutating func complete(_ byte: UInt8) -> UInt32? {
    var value: wchar_t = 0
    let count = withUnsafePointer(to: byte) { pointer in
      pointer.withMemoryRebound(to: CChar.self, capacity: 1) { mbrtowc(&value, $0, 1, &state) }
    }
    switch count {
    case 0, 1: return UInt32(bitPattern: value)
    case -2: return nil
    default:
      forget()
      return nil
    }
  }
}
