import Cells
public import SyncStore

/// How the console begins.
public struct ConsoleOptions: Equatable, Sendable {
  /// The view that is shown first.
  public var view: ViewID
  /// What its list is narrowed to.
  public var filter: String
  /// What its list is sorted by; nil for as usual.
  public var sort: ListSort?
  /// The run that the history begins at; nil for the newest.
  public var run: RunReference?
  /// How tables were arranged when the last console was left, by their names.
  public var tables: [String: TableSettings]
  /// The theme's name.
  public var theme: String
  /// The themes that can be chosen.
  public var themes: [String]
  /// Whether nothing may be started, stopped or released.
  public var readOnly: Bool
  /// Whether marks and lines must be plain ASCII.
  public var ascii: Bool
  /// Whether there are no lines and marks, and changes are told in words, for screen readers.
  public var plain: Bool
  /// The keys that a person chose.
  public var keys: KeyBindings
  /// The words that a person chose for commands.
  public var aliases: CommandAliases
  /// Whether the mouse is used.
  public var mouse: Bool
  /// Whether only the beginning of the selected row is drawn so, which sends less.
  public var shortSelection: Bool
  /// The person's clocks.
  public var clock: LocalTime
  /// Searches of the metaverse that were kept, by their names.
  public var searches: [String: String]
  /// Who sits here, as commands are filed: `console ann`.
  public var requestedBy: String

  /// Options that differ from the usual ones only where it is said.
  public init(
    view: ViewID = .operations, filter: String = "", sort: ListSort? = nil,
    run: RunReference? = nil, tables: [String: TableSettings] = [:], theme: String = "terminal",
    themes: [String] = [], readOnly: Bool = false, ascii: Bool = false, plain: Bool = false,
    keys: KeyBindings = KeyBindings(), aliases: CommandAliases = CommandAliases(),
    mouse: Bool = false, shortSelection: Bool = false,
    clock: LocalTime = .utc, searches: [String: String] = [:], requestedBy: String = "console"
  ) {
    self.view = view
    self.filter = filter
    self.sort = sort
    self.run = run
    self.tables = tables
    self.theme = theme
    self.themes = themes
    self.readOnly = readOnly
    self.ascii = ascii
    self.plain = plain
    self.keys = keys
    self.aliases = aliases
    self.mouse = mouse
    self.shortSelection = shortSelection
    self.clock = clock
    self.searches = searches
    self.requestedBy = requestedBy
  }
}
