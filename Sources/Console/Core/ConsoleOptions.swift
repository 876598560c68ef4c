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
  /// Searches of the metaverse that were kept, by their names.
  public var searches: [String: String]
  /// Who sits here, as commands are filed: `console ann`.
  public var requestedBy: String

  /// Options that differ from the usual ones only where it is said.
  public init(
    view: ViewID = .operations, filter: String = "", theme: String = "terminal",
    themes: [String] = [], readOnly: Bool = false, ascii: Bool = false, mouse: Bool = false,
    clock: LocalTime = .utc, searches: [String: String] = [:], requestedBy: String = "console"
  ) {
    self.view = view
    self.filter = filter
    self.theme = theme
    self.themes = themes
    self.readOnly = readOnly
    self.ascii = ascii
    self.mouse = mouse
    self.clock = clock
    self.searches = searches
    self.requestedBy = requestedBy
  }
}
