/// How a terminal is opened.
public struct TerminalOptions: Sendable {
  /// How much colour to use.
  public enum ColorChoice: String, CaseIterable, Hashable, Sendable {
    /// What terminfo says, none when `NO_COLOR` is set.
    case automatic = "auto"
    /// None.
    case never
    /// The sixteen that users set.
    case sixteen = "16"
    /// The 256, even with `NO_COLOR`.
    case indexed = "256"
    /// Exact ones, where terminfo has an entry that can.
    case exact = "true"
  }

  /// How much colour to use.
  public var color: ColorChoice
  /// Draw in ASCII even where the locale could do more.
  public var ascii: Bool
  /// Allow frames to ask for the mouse.
  public var mouse: Bool
  /// Let frames set the window's title.
  public var title: Bool
  /// Milliseconds after which an Escape is a key and no longer the start of one.
  public var escapeDelay: Int

  /// Makes options.
  public init(
    color: ColorChoice = .automatic, ascii: Bool = false, mouse: Bool = true, title: Bool = false,
    escapeDelay: Int = 25
  ) {
    self.color = color
    self.ascii = ascii
    self.mouse = mouse
    self.title = title
    self.escapeDelay = escapeDelay
  }
}

/// Why a terminal can't be used.
public struct TerminalError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What is wrong.
  public var message: String
  /// What to do instead.
  public var hint: String

  /// Makes an error.
  public init(message: String, hint: String) {
    self.message = message
    self.hint = hint
  }

  /// The error in one line.
  public var description: String { "\(message) (\(hint))" }
}
