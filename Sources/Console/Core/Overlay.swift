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
  /// Whether it is drawn as something that destroys.
  var isGrave = false
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

  /// The most characters that are taken.
  static let longest = 200
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

  /// Milliseconds that words stay.
  static let duration: Int64 = 5000
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
