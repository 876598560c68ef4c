import CNcursesw

/// Opens curses on the best terminal description that this system has.
struct TerminalType {
  /// The description in use.
  let name: String
  /// What to tell the user when it is not the one that they asked for.
  let notice: String?
  /// The curses screen.
  let screen: OpaquePointer

  /// Tries `$TERM`, then what resembles it.
  ///
  /// Terminals newer than the system's terminfo are usual after an ssh to an older machine; nearly
  /// all of them understand what xterm does.
  static func open(color: TerminalOptions.ColorChoice) throws(TerminalError) -> TerminalType {
    let wanted = Environment.value("TERM") ?? ""
    for name in candidates(wanted: wanted, color: color) {
      guard let screen = nc_newterm(name) else { continue }
      let isWanted = name == wanted || directNames(of: wanted).contains(name)
      return TerminalType(
        name: name, notice: isWanted ? nil : notice(wanted: wanted, used: name), screen: screen)
    }
    throw TerminalError(
      message:
        "this system has no description of the terminal \"\(wanted)\", nor of any common one",
      hint: "install the package ncurses-base, or set TERMINFO_DIRS to where the descriptions are")
  }

  private static func candidates(
    wanted: String, color: TerminalOptions.ColorChoice
  ) -> [String] {
    var names = color == .exact ? directNames(of: wanted) : []
    if !wanted.isEmpty { names.append(wanted) }
    let name = wanted.split(separator: "-").first.map(String.init) ?? wanted
    let resemblesXterm =
      wanted.hasPrefix("xterm") || likeXterm.contains(name)
      || Environment.value("COLORTERM") != nil
    if resemblesXterm { names.append("xterm-256color") }
    if wanted.hasPrefix("tmux") || wanted.hasPrefix("screen") { names.append("screen") }
    return names + ["xterm", "vt100"]
  }

  /// Terminals that do what xterm does with 256 colours, and that a system's descriptions often lack
  /// after an ssh.
  private static let likeXterm: Set<String> = [
    "alacritty", "contour", "foot", "ghostty", "iterm", "iterm2", "kitty", "konsole", "mintty",
    "mlterm", "putty", "rio", "st", "vte", "warp", "wezterm", "zellij",
  ]

  /// The exact-colour entries next to a terminal's own.
  private static func directNames(of wanted: String) -> [String] {
    if wanted.isEmpty || wanted.contains("-direct") { return [] }
    let base = wanted.split(separator: "-").first.map(String.init) ?? wanted
    return ["\(base)-direct", "xterm-direct"]
  }

  private static func notice(wanted: String, used: String) -> String {
    let what =
      wanted.isEmpty
      ? "TERM is not set" : "the terminal \"\(wanted)\" is unknown here"
    return "\(what); drawing as for \(used)"
  }
}
