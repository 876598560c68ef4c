import Cells
import SyncStore

/// What lies above the screens and takes the keys.
enum Overlay: Equatable, Sendable {
  /// All keys; the number is the first line that is shown.
  case help(Int)
  case dialog(Dialog)
  case prompt(Prompt)
  case themes(ThemePicker)
  case menu(Menu)
  case columns(ColumnPicker)
}

/// A question before something that can hurt.
struct Dialog: Equatable, Sendable {
  /// How a person says yes; never with the key that asked, nor with Enter alone.
  enum Consent: Equatable, Sendable {
    case key(Character)
    /// A word to type, then Enter.
    case word(String)
  }

  /// What it is about.
  var title: String
  /// What exactly will happen.
  var text: [String]
  /// How to say yes.
  var consent: Consent
  /// The word for yes.
  var verb: String
  /// What is done then.
  var deed: Deed
  /// What has been typed of the word.
  var typed = ""
  /// Whether Enter was pressed with another word than the one that is asked for.
  var isWrong = false
  /// The first line of the text that is shown.
  var top = 0
  /// Whether it is drawn as something that destroys.
  var isGrave = false
  /// The number of a question that no key has opened: it came up when what it counts was known.
  var sprung: Int?
  /// What can be done as well, where yes is a key.
  var also: Also?

  /// Another yes.
  struct Also: Equatable, Sendable {
    /// How a person says so.
    var key: Character
    /// The word for it.
    var verb: String
    /// What is done then.
    var deed: Deed
  }
}

/// How a question is laid out in a terminal: its answer's line is always there, its text can be
/// scrolled where there is not enough room for it.
struct DialogLayout {
  /// Cells of a line.
  let width: Int
  /// The text, in lines of that width.
  let text: [String]
  /// How the word is to be typed, where that does not fit before what is typed.
  let guide: [String]
  /// What stands before what is typed.
  let lead: String
  /// Lines of the text that are shown at once.
  let height: Int

  init(_ dialog: Dialog, size: Size) {
    width = max(1, min(64, size.columns - 4))
    text = dialog.text.flatMap { [width] in Wrap.lines($0, width: width) }
    let words: String? =
      if case .word(let word) = dialog.consent {
        "Type " + word + " and Enter to go on, Esc to leave it:"
      } else {
        nil
      }
    // Beside the words there must be room for as long a word as can be typed by mistake.
    if let words, words.count + 12 > width {
      (guide, lead) = (Wrap.lines(words, width: width), "> ")
    } else {
      (guide, lead) = ([], words.map { $0 + " " } ?? "")
    }
    // The frame, the line below the text, and that of the answer.
    height = max(1, min(text.count, size.rows - 4 - guide.count))
  }

  /// The first line that is shown, as near to `top` as there is one.
  func first(_ top: Int) -> Int { max(0, min(top, text.count - height)) }
}

/// A line that is typed.
struct Prompt: Equatable, Sendable {
  /// What it is for.
  enum Kind: Equatable, Sendable {
    /// Narrowing the list; the text to go back to.
    case filter(original: String)
    case command
    /// The span between two cycles.
    case interval
    /// An expression to work out.
    case expression
    /// A moment to go to.
    case time
  }

  /// What it is for.
  var kind: Kind
  /// What has been typed.
  var text = ""
  /// How many of its characters stand behind the caret.
  var after = 0

  /// The most characters that narrow a list.
  static let longest = 200
  /// The most characters of an expression; what rules of years hold is shorter.
  static let longestExpression = 20_000

  /// The most characters that are taken.
  var limit: Int {
    switch kind {
    case .expression, .command: Self.longestExpression
    case .filter, .interval, .time: Self.longest
    }
  }
  /// What stands before the caret.
  var head: String { String(text.dropLast(after)) }
  /// What stands behind the caret.
  var tail: String { String(text.suffix(after)) }
}

/// The choice of a theme, each shown as soon as it is reached.
struct ThemePicker: Equatable, Sendable {
  /// The theme to go back to.
  var original: String
  /// The theme that is shown.
  var selected: Int
}

/// Words that are shown for a while.
struct Toast: Equatable, Sendable {
  /// The words.
  var text: String
  /// Whether they are good or bad.
  var role: Role
  /// When they were first shown; set by the next tick.
  var since: Int64

  /// Milliseconds that words stay: why something failed is longer to read, and is told nowhere else.
  var duration: Int64 { role == .toastError ? 15_000 : 5000 }
}

extension Prompt.Kind {
  /// What stands before the typed text.
  var sign: String {
    switch self {
    case .filter: "/"
    case .command: ":"
    case .interval: "every "
    case .time: "go to "
    case .expression: "= "
    }
  }
}
