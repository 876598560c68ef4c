import CVTerm
import Testing

@testable import Terminal

extension TerminalSuite {
  @Suite("Kinds of terminal") struct Kinds {
    private func started(
      _ arguments: [String] = [], term: String, environment: [String: String] = [:]
    ) throws -> PseudoTerminal {
      let terminal = try PseudoTerminal(arguments, term: term, environment: environment)
      terminal.expect("END")
      return terminal
    }

    @Test(
      "The tier follows the terminal's description",
      arguments: [
        ("xterm-256color", "rich"), ("tmux-256color", "rich"), ("screen", "base"),
        ("linux", "base"), ("vt100", "mono"), ("vt220", "mono"), ("xterm-16color", "base"),
      ])
    func tier(term: String, tier: String) throws {
      let terminal = try started(term: term)
      #expect(terminal.line(0) == "probe 80x24 \(tier) \(term)")
      #expect(terminal.line(4) == "went well")
      #expect(terminal.cell(7, 0).reverse == 1)
      #expect(terminal.cell(4, 0).foreground == (tier == "mono" ? -1 : 2))
      terminal.type("q")
      #expect(terminal.exitStatus() == 0)
    }

    @Test(
      "A description that this system lacks is replaced, with a word about it",
      arguments: [
        ("xterm-nonesuch", "xterm-256color"), ("tmux-nonesuch", "screen"), ("nonesuch", "xterm"),
      ])
    func unknown(term: String, used: String) throws {
      let terminal = try started(term: term)
      #expect(terminal.line(0).hasSuffix(used))
      #expect(terminal.line(1).contains("the terminal \"\(term)\" is unknown here"))
      #expect(terminal.line(1).contains("drawing as for \(used)"))
    }

    @Test(
      "Every kind of terminal that people come with draws, by its own description or xterm's",
      arguments: [
        ("xterm-256color", "rich"), ("tmux-256color", "rich"), ("screen-256color", "rich"),
        ("alacritty", "rich"), ("kitty", "rich"), ("putty-256color", "rich"), ("iterm2", "rich"),
        ("vte-256color", "rich"), ("st-256color", "rich"), ("mintty", "rich"),
        ("rxvt-unicode-256color", "rich"), ("xterm", "base"), ("screen", "base"), ("tmux", "base"),
        ("linux", "base"), ("ansi", "base"), ("konsole", "base"), ("putty", "base"),
        ("xterm-16color", "base"), ("xterm-direct", "rich"), ("tmux-direct", "rich"),
        ("vt100", "mono"), ("vt220", "mono"), ("xterm-kitty", "rich"), ("foot", "rich"),
        ("xterm-ghostty", "rich"), ("wezterm", "rich"), ("contour", "rich"),
      ])
    func everyKind(term: String, tier: String) throws {
      let terminal = try started(term: term)
      let line = terminal.line(0)
      let isOwn = line.hasSuffix(" " + term) && !terminal.line(1).contains("is unknown here")
      // Where this system has no description of it, xterm's is used, and that is said.
      let isLikeXterm =
        line.hasSuffix(" xterm-256color") && line.contains(" rich ")
        && terminal.line(1).contains("the terminal \"\(term)\" is unknown here")
      let isLikeScreen = term.hasPrefix("tmux") && line.hasSuffix(" screen")
      #expect(
        (isOwn && line.contains(" \(tier) ")) || isLikeXterm || isLikeScreen, "\(terminal.text)")
      #expect(terminal.line(4) == "went well")
      terminal.type("q")
      #expect(terminal.exitStatus() == 0)
      #expect(terminal.isCanonical)
    }

    @Test("A terminal that cannot place its cursor is refused in words")
    func dumb() throws {
      let terminal = try PseudoTerminal(term: "dumb")
      #expect(terminal.exitStatus() == 2)
      let words = terminal.receivedText
      #expect(words.contains("the terminal \"dumb\" can't place its cursor"))
      #expect(terminal.isCanonical)
    }

    @Test("NO_COLOR, when not empty, leaves attributes only; an explicit choice is stronger")
    func noColor() throws {
      let plain = try started(term: "xterm-256color", environment: ["NO_COLOR": "1"])
      #expect(plain.line(0).contains(" mono "))
      #expect(plain.cell(4, 0).foreground == -1)
      #expect(plain.cell(3, 0).bold == 1)
      let empty = try started(term: "xterm-256color", environment: ["NO_COLOR": ""])
      #expect(empty.line(0).contains(" rich "))
      let chosen = try started(
        ["--color=256"], term: "xterm-256color", environment: ["NO_COLOR": "1"])
      #expect(chosen.line(0).contains(" rich "))
    }

    @Test("Colours can be limited and refused")
    func choice() throws {
      #expect(try started(["--color=16"], term: "xterm-256color").line(0).contains(" base "))
      #expect(try started(["--color=never"], term: "xterm-256color").line(0).contains(" mono "))
    }

    @Test("Exact colours reach the terminal exactly")
    func exact() throws {
      let theme = "--theme=\(ThemeFilesTests.folder)/dark.toml"
      let terminal = try started([theme], term: "xterm-direct2")
      #expect(terminal.cell(0, 0).foreground == 0x1D7_DAE0)
      #expect(terminal.cell(0, 0).background == 0x116_181D)
      let indexed = try started([theme], term: "xterm-256color")
      #expect(
        indexed.cell(0, 0).foreground
          == Int32(Color.nearestIndex(red: 0xD7, green: 0xDA, blue: 0xE0)))
    }

    @Test("A bar in the theme's background costs at most 120 bytes to move")
    func bar() throws {
      let terminal = try started(
        ["--theme=\(ThemeFilesTests.folder)/dark.toml"], term: "xterm-256color")
      terminal.type(String(repeating: "\u{1B}OB", count: 5))
      terminal.expect("events: Down | Down | Down | Down")
      let sent = terminal.sent(for: "\u{1B}OB") { terminal.cursor.row == 13 }
      #expect(sent.count > 0 && sent.count <= 120, "\(sent.count) bytes")
    }

    @Test("A locale without Unicode gets ASCII, and so does who asks for it")
    func ascii() throws {
      for terminal in [
        try started(term: "xterm-256color", environment: ["LC_ALL": "C"]),
        try started(["--ascii"], term: "xterm-256color"),
      ] {
        #expect(terminal.line(2) == "Zo? ? ?  ex + .[31m ~")
        #expect(terminal.received.allSatisfy { $0 < 0x80 })
      }
    }

    @Test("Without a terminal there is a word about what to use instead")
    func noTerminal() throws {
      let probe = PseudoTerminal.probe
      let terminal = try PseudoTerminal(["-c", "\(probe) | cat; echo done"], program: "/bin/sh")
      terminal.expect("done")
      #expect(terminal.receivedText.contains("standard output is not a terminal"))
      #expect(terminal.receivedText.contains("lockstep service status"))
      let piped = try PseudoTerminal(["-c", "\(probe) </dev/null; echo done"], program: "/bin/sh")
      piped.expect("done")
      #expect(piped.receivedText.contains("standard input is not a terminal"))
    }
  }
}
