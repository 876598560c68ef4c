import Cells

/// How the console begins.
public struct ConsoleOptions: Equatable, Sendable {
  /// The view that is shown first.
  public var view: ViewID
  /// What its list is narrowed to.
  public var filter: String
  /// The theme's name.
  public var theme: String
  /// The themes that can be chosen.
  public var themes: [String]
  /// Whether nothing may be started, stopped or released.
  public var readOnly: Bool
  /// Whether marks and lines must be plain ASCII.
  public var ascii: Bool
  /// Whether the mouse is used.
  public var mouse: Bool
  /// The person's clocks.
  public var clock: LocalTime
  /// Who sits here, as commands are filed: `console ann`.
  public var requestedBy: String

  /// Options that differ from the usual ones only where it is said.
  public init(
    view: ViewID = .operations, filter: String = "", theme: String = "terminal",
    themes: [String] = [], readOnly: Bool = false, ascii: Bool = false, mouse: Bool = false,
    clock: LocalTime = .utc, requestedBy: String = "console"
  ) {
    self.view = view
    self.filter = filter
    self.theme = theme
    self.themes = themes
    self.readOnly = readOnly
    self.ascii = ascii
    self.mouse = mouse
    self.clock = clock
    self.requestedBy = requestedBy
  }
}

/// What a person chose that the next console should begin with.
public struct ConsolePreferences: Equatable, Sendable {
  /// The theme.
  public var theme: String
  /// The view.
  public var view: ViewID

  /// Preferences of these parts.
  public init(theme: String, view: ViewID) {
    self.theme = theme
    self.view = view
  }

  /// The preferences as the lines of a small file.
  public var text: String { "theme = \"\(theme)\"\nview = \"\(view.rawValue)\"\n" }

  /// What a file of ``text`` says; nil for what it does not say.
  ///
  /// What it can't mean is passed over: a spoilt file of habits must not keep anybody from
  /// starting.
  public static func read(_ text: String) -> (theme: String?, view: ViewID?) {
    var result: (theme: String?, view: ViewID?) = (nil, nil)
    for line in text.split(whereSeparator: \.isNewline) {
      let parts = line.split(separator: "\"", omittingEmptySubsequences: false)
      guard parts.count == 3 else { continue }
      let key = parts[0].filter { $0 != " " }
      if key == "theme=" { result.theme = String(parts[1]) }
      if key == "view=" { result.view = ViewID(rawValue: String(parts[1])) }
    }
    return result
  }
}
