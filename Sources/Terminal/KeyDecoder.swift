import CNcursesw
import Cells

/// Turns what curses read into keys.
enum KeyDecoder {
  /// What curses gave for one call: a character, or the code of a special key.
  enum Input: Hashable {
    case character(UInt32)
    case code(Int32)
  }

  /// Codes of the brackets around pasted text, outside the range of curses' own.
  static let pasteStart: Int32 = 0x7000
  static let pasteEnd: Int32 = 0x7001

  /// The key of a character; control characters are keys with Control, or named ones.
  static func key(character value: UInt32) -> Key? {
    switch value {
    case 0: return Key(.character(" "), control: true)
    case 8, 127: return Key(.backspace)
    case 9: return Key(.tab)
    case 10, 13: return Key(.enter)
    case 27: return Key(.escape)
    case 1...26: return control(value + 0x60)
    case 28...31: return control(value + 0x40)
    case 0x80...0x9F: return nil
    default: return Unicode.Scalar(value).map { Key(.character(Character($0))) }
    }
  }

  /// The key of a curses code; nil for what no key means.
  static func key(code: Int32) -> Key? {
    if let known = codes[code] ?? KeySequences.key(code: code) { return known }
    if code > KEY_F0, code <= KEY_F0 + 63 { return functionKey(Int(code - KEY_F0)) }
    return keyname(code).flatMap { extended(String(cString: $0)) }
  }

  private static func control(_ value: UInt32) -> Key? {
    Unicode.Scalar(value).map { Key(.character(Character($0)), control: true) }
  }

  /// Terminfo counts Shift-F1 as F13 and Control-F1 as F25 where F-keys end at 12.
  private static func functionKey(_ number: Int) -> Key {
    switch number {
    case 25...36: Key(.function(number - 24), control: true)
    case 49...60: Key(.function(number - 48), alt: true)
    default: Key(.function(number))
    }
  }

  private static let codes: [Int32: Key] = [
    KEY_UP: Key(.up), KEY_DOWN: Key(.down), KEY_LEFT: Key(.left), KEY_RIGHT: Key(.right),
    KEY_SR: Key(.up), KEY_SF: Key(.down), KEY_SLEFT: Key(.left), KEY_SRIGHT: Key(.right),
    KEY_PPAGE: Key(.pageUp), KEY_NPAGE: Key(.pageDown), KEY_HOME: Key(.home), KEY_END: Key(.end),
    KEY_A1: Key(.home), KEY_C1: Key(.end), KEY_A3: Key(.pageUp), KEY_C3: Key(.pageDown),
    KEY_ENTER: Key(.enter), KEY_BACKSPACE: Key(.backspace), KEY_DC: Key(.delete),
    KEY_IC: Key(.insert), KEY_BTAB: Key(.backTab), KEY_FIND: Key(.home), KEY_SELECT: Key(.end),
  ]

  private static let extendedNames: [String: Key.Code] = [
    "kUP": .up, "kDN": .down, "kLFT": .left, "kRIT": .right, "kHOM": .home, "kEND": .end,
    "kPRV": .pageUp, "kNXT": .pageDown, "kDC": .delete, "kIC": .insert,
  ]

  /// xterm's names of the keypad's other keys.
  private static let keypadNames: [String: Character] = [
    "kpADD": "+", "kpCMA": ",", "kpDIV": "/", "kpDOT": ".", "kpMUL": "*", "kpSUB": "-",
    "kpZRO": "0",
  ]

  /// xterm's names of keys with modifiers: `kUP5` is Up with Control.
  private static func extended(_ name: String) -> Key? {
    if let character = keypadNames[name] { return Key(.character(character)) }
    guard let digit = name.last?.wholeNumberValue, (2...8).contains(digit),
      let code = extendedNames[String(name.dropLast())]
    else { return nil }
    return KeySequences.key(code, modifier: digit)
  }
}
