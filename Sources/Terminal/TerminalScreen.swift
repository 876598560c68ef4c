import CNcursesw
import CSystem
public import Cells
import Glibc

/// The terminal as a place to put frames and to get events from.
///
/// One thread opens, uses and closes it; only the wake handle may be used from elsewhere. There is
/// one at a time in a process.
public final class TerminalScreen {
  /// What the user should know about how the terminal was opened; nil when all is as asked.
  public let notice: String?
  /// Whether only ASCII reaches the terminal; views then do well to draw with ASCII glyphs.
  public let isASCII: Bool
  /// The terminal description in use.
  public let terminalName: String
  /// Ends a wait from another thread.
  public let wakeHandle = WakeHandle()
  /// The size now.
  public internal(set) var size: Size

  let options: TerminalOptions
  let modes: TerminalModes
  var encoder: CellEncoder
  var reader = InputReader()
  var shown: CellBuffer?
  var shownTitle = ""
  var cursorIsVisible = false
  var mouseIsOn = false { didSet { reader.mouseIsOn = mouseIsOn } }
  var isHungUp = false
  var fruitlessReads = 0
  /// Whether the terminal is the shell's, and nothing may be written to it any more.
  var isAway = false
  private let screen: OpaquePointer
  let signals: Int32
  private var isOpen = true

  /// Takes the terminal over.
  ///
  /// - Throws: ``TerminalError`` when there is no terminal, or it can't place its cursor.
  public init(options: TerminalOptions = TerminalOptions(), theme: Theme = .builtIn)
    throws(TerminalError)
  {
    try Self.checkTerminal()
    self.options = options
    isASCII = nc_locale_is_utf8() == 0 || options.ascii
    // Both override the true size, and freeze it.
    unsetenv("LINES")
    unsetenv("COLUMNS")
    // Our handlers must stand before curses looks: it takes only what is still free, and leaves by
    // `_exit`. A backtracer that nobody configured would ask questions on the screen it lost.
    signals = Self.installSignals()
    cs_signals_limit_end()
    cs_crash_guard(1, Environment.value("SWIFT_BACKTRACE") == nil ? 0 : 1)
    let type: TerminalType
    do {
      type = try TerminalType.open(color: options.color)
      try Self.checkAbilities(type)
    } catch {
      Self.releaseSignals()
      throw error
    }
    notice = type.notice
    terminalName = type.name
    screen = type.screen
    Self.prepareInput(options)
    encoder = CellEncoder(theme: theme, isASCII: isASCII, pairs: ColorPairs(options.color))
    modes = TerminalModes()
    cs_crash_set_restore(modes.restoreSequence)
    modes.enter()
    size = Size(columns: Int(nc_columns()), rows: Int(nc_lines()))
  }

  deinit { close() }

  /// Gives the terminal back as it was; a second call does nothing.
  public func close() {
    guard isOpen else { return }
    isOpen = false
    // A terminal that takes no output would keep the program for ever.
    cs_signals_hurry()
    if !isAway {
      if mouseIsOn { mousemask(0, nil) }
      if !isHungUp { modes.leave() }
      curs_set(1)
      endwin()
    }
    delscreen(screen)
    Self.releaseSignals()
  }

  /// What the terminal can show of a theme.
  public var tier: ColorTier { encoder.pairs.tier }

  /// The theme; a new one is seen with the next frame.
  public var theme: Theme {
    get { encoder.theme }
    set {
      encoder.use(newValue)
      shown = nil
    }
  }

  private static func checkTerminal() throws(TerminalError) {
    let missing =
      isatty(1) == 0 ? "standard output" : isatty(0) == 0 ? "standard input" : nil
    guard let missing else { return }
    throw TerminalError(
      message: "\(missing) is not a terminal, and the console needs one",
      hint: "use a subcommand instead, such as \"lockstep service status\"; \"lockstep --help\" "
        + "lists them")
  }

  private static func checkAbilities(_ type: TerminalType) throws(TerminalError) {
    if nc_string("cup") != nil { return }
    endwin()
    delscreen(type.screen)
    throw TerminalError(
      message: "the terminal \"\(type.name)\" can't place its cursor, and the console needs that",
      hint: "set TERM to what the terminal really is, or use a subcommand: \"lockstep --help\"")
  }

  private static func installSignals() -> Int32 {
    var list = [SIGWINCH, SIGTSTP, SIGCONT, SIGINT, SIGQUIT, SIGTERM, SIGHUP]
    signal(SIGPIPE, SIG_IGN)
    return cs_signals_open(&list, Int32(list.count))
  }

  private static func releaseSignals() {
    cs_crash_unguard()
    cs_signals_close()
  }

  private static func prepareInput(_ options: TerminalOptions) {
    raw()
    noecho()
    nonl()
    let window = nc_stdscr()
    keypad(window, true)
    nodelay(window, true)
    intrflush(window, false)
    typeahead(-1)  // a frame is drawn whole, keys or not
    leaveok(window, false)
    set_escdelay(Int32(max(0, options.escapeDelay)))
    mouseinterval(0)
    define_key("\u{1B}[200~", KeyDecoder.pasteStart)
    define_key("\u{1B}[201~", KeyDecoder.pasteEnd)
    KeySequences.defineMissing()
    curs_set(0)
  }
}
