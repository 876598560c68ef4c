import CNcursesw
import Cells

/// What terminals send for a key, whatever their description says.
///
/// A description names one sequence for a key, and terminals send others: the cursor keys as
/// `ESC [ A` or as `ESC O A` by a mode that another program, a multiplexer or PuTTY's own switch has
/// set, Home and End in four ways. What a description says of a sequence is left as it is; only
/// those that it knows nothing of are taught, and so never arrive as Escape and letters.
///
/// Source: ECMA-48, DEC VT220 Programmer Reference Manual, chapter 4, and xterm's ctlseqs, "PC-Style
/// Function Keys"; the forms of rxvt and of the Linux console from their terminfo entries.
enum KeySequences {
  /// The code of the first key here, outside the range of curses' own.
  private static let base: Int32 = 0x7100

  /// The sequences without their Escape, each with its key.
  private static let all = cursor + editing + functions + keypad

  private struct Entry {
    var sequence: String
    var key: Key

    init(_ sequence: String, _ key: Key) {
      self.sequence = sequence
      self.key = key
    }
  }

  /// The cursor keys by the final letters of their sequences: plain, with modifiers
  /// (`ESC [ 1 ; 5 A`), and rxvt's with Shift and with Control.
  private static let cursor: [Entry] = {
    let letters: [(String, Key.Code)] = [
      ("A", .up), ("B", .down), ("C", .right), ("D", .left), ("H", .home), ("F", .end),
    ]
    var entries: [Entry] = []
    for (letter, code) in letters {
      entries += [Entry("[" + letter, Key(code)), Entry("O" + letter, Key(code))]
      for modifier in 2...8 {
        entries.append(Entry("[1;\(modifier)\(letter)", key(code, modifier: modifier)))
      }
    }
    for (letter, code) in letters.prefix(4) {
      entries.append(Entry("[" + letter.lowercased(), Key(code)))
      entries.append(Entry("O" + letter.lowercased(), Key(code, control: true)))
    }
    return entries
  }()

  /// The keys between the letters and the keypad, by their numbers.
  private static let editing: [Entry] = {
    let numbers: [(Int, Key.Code)] = [
      (1, .home), (2, .insert), (3, .delete), (4, .end), (5, .pageUp), (6, .pageDown), (7, .home),
      (8, .end),
    ]
    var entries: [Entry] = []
    for (number, code) in numbers {
      entries.append(Entry("[\(number)~", Key(code)))
      for modifier in 2...8 {
        entries.append(Entry("[\(number);\(modifier)~", key(code, modifier: modifier)))
      }
    }
    return entries
  }()

  /// F1 to F12 as xterm, the VT220, rxvt and the Linux console send them.
  private static let functions: [Entry] = {
    func numbered(_ sequences: [String]) -> [Entry] {
      sequences.enumerated().map { Entry($1, Key(.function($0 + 1))) }
    }
    let numbers = [11, 12, 13, 14, 15, 17, 18, 19, 20, 21, 23, 24]
    return numbered(numbers.map { "[\($0)~" }) + numbered(["OP", "OQ", "OR", "OS"])
      + numbered(["[[A", "[[B", "[[C", "[[D", "[[E"])
  }()

  /// The keypad in its application mode, where no description gives its keys another meaning.
  private static let keypad: [Entry] = {
    var entries = [
      Entry("[Z", Key(.backTab)), Entry("OM", Key(.enter)), Entry("OI", Key(.tab)),
    ]
    for (letter, character) in zip("jklmnopqrstuvwxy", "*+,-./0123456789") {
      entries.append(Entry("O\(letter)", Key(.character(character))))
    }
    return entries
  }()

  /// Teaches curses what the terminal's description left out; after the keypad is on.
  static func defineMissing() {
    for (index, entry) in all.enumerated() where key_defined("\u{1B}" + entry.sequence) == 0 {
      define_key("\u{1B}" + entry.sequence, base + Int32(index))
    }
  }

  /// The key of a code that ``defineMissing()`` gave.
  static func key(code: Int32) -> Key? {
    let index = Int(code - base)
    return all.indices.contains(index) ? all[index].key : nil
  }

  /// The key of a sequence without its Escape; nil if no key sends it.
  static func key(sequence: String) -> Key? { all.first { $0.sequence == sequence }?.key }

  /// xterm's modifier less one is a sum of 1 for Shift, 2 for Alt, 4 for Control.
  static func key(_ code: Key.Code, modifier: Int) -> Key {
    Key(code, control: (modifier - 1) & 4 != 0, alt: (modifier - 1) & 2 != 0)
  }
}
