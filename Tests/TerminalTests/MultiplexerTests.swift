import CVTerm
import Glibc
import Testing

/// A program that runs a shell in a terminal of its own making.
struct Multiplexer: CustomTestStringConvertible, Sendable {
  let program: String
  /// The `TERM` that programs in it are given.
  let term: String
  /// What stands in its configuration.
  let configuration: String

  static let tmux = Multiplexer(
    program: "/usr/bin/tmux", term: "tmux-256color",
    configuration: """
      set -g status off
      set -sg escape-time 0
      set -g default-terminal tmux-256color
      set -g default-command "/bin/bash --norc --noprofile"
      """)
  /// As tmux is without a configuration that names a terminal.
  static let tmuxOfOld = Multiplexer(
    program: "/usr/bin/tmux", term: "screen",
    configuration: """
      set -g status off
      set -sg escape-time 0
      set -g default-terminal screen
      set -g default-command "/bin/bash --norc --noprofile"
      """)
  static let screen = Multiplexer(
    program: "/usr/bin/screen", term: "screen-256color",
    configuration: """
      startup_message off
      altscreen on
      defutf8 on
      maptimeout 5
      term screen-256color
      shell /bin/bash
      """)

  var testDescription: String { program + " with TERM=" + term }
  var isInstalled: Bool { access(program, X_OK) == 0 }

  func arguments(in folder: String) -> [String] {
    program.hasSuffix("tmux")
      ? ["-u", "-S", folder + "/mux", "-f", folder + "/mux.conf", "new-session"]
      : ["-U", "-c", folder + "/mux.conf", "-S", "walk"]
  }

  func ending(in folder: String) -> [String] {
    program.hasSuffix("tmux")
      ? ["-S", folder + "/mux", "kill-server"] : ["-S", "walk", "-X", "quit"]
  }
}

extension TerminalSuite {
  /// The console in the programs that people leave their sessions in.
  @Suite("The console inside tmux and GNU screen") struct InMultiplexer {
    /// A multiplexer with a shell in it, which ends with the test however that ends.
    private final class Session {
      let terminal: PseudoTerminal
      private let multiplexer: Multiplexer
      private let place: ConsoleWalk.Place
      private let environment: [String: String]

      init(_ multiplexer: Multiplexer, _ place: ConsoleWalk.Place) throws {
        self.multiplexer = multiplexer
        self.place = place
        let folder = place.folder
        try #require(mkdir(folder + "/screens", 0o700) == 0)
        environment = place.environment.merging([
          "SCREENDIR": folder + "/screens", "SHELL": "/bin/bash",
        ]) { $1 }
        let file = try #require(fopen(folder + "/mux.conf", "w"))
        fputs(multiplexer.configuration + "\n", file)
        fclose(file)
        terminal = try PseudoTerminal(
          multiplexer.arguments(in: folder), environment: environment,
          program: multiplexer.program)
      }

      deinit {
        let ending = try? PseudoTerminal(
          multiplexer.ending(in: place.folder), environment: environment,
          program: multiplexer.program)
        _ = ending?.exitStatus(5000)
      }

      /// The rows in which a text stands, each with the column of its first cell.
      func places(of text: String) -> [Int: Int] {
        let wanted = text.unicodeScalars.map(\.value)
        var places: [Int: Int] = [:]
        for row in 0..<terminal.rows {
          let cells = (0..<terminal.columns).map { terminal.cell(row, $0).characters.0 }
          places[row] = cells.indices.first { cells[$0...].prefix(wanted.count) == wanted[...] }
        }
        return places
      }

      /// Whether a row has characters that are two columns wide.
      func isWide(_ row: Int) -> Bool {
        (0..<terminal.columns).contains { terminal.cell(row, $0).is_right_half != 0 }
      }
    }

    @Test(
      "starts, takes keys, follows its window's size, and gives the terminal back",
      .enabled(
        if: Multiplexer.tmux.isInstalled, "tmux is not installed: apt-get install tmux"),
      arguments: [Multiplexer.tmux, .tmuxOfOld])
    func tmux(_ multiplexer: Multiplexer) throws { try walk(multiplexer) }

    @Test(
      "does the same in GNU screen",
      .enabled(
        if: Multiplexer.screen.isInstalled, "GNU screen is not installed: apt-get install screen"))
    func screen() throws { try walk(.screen) }

    private func walk(_ multiplexer: Multiplexer) throws {
      let place = try ConsoleWalk.Place()
      let demo = try place.lockstep("demo", "--no-console", "--users", "40", columns: 200)
      #expect(demo.exitStatus(300_000) == 0, "\(demo.text)")
      let session = try Session(multiplexer, place)
      let terminal = session.terminal

      terminal.type("PS1='> '; echo before-$((40+2)) $TERM\n")
      try terminal.reach("before-42 " + multiplexer.term)
      terminal.type(PseudoTerminal.built("lockstep") + "\n")
      try terminal.reach("1 Operations", "9 open errors", "Initial cycle 1", "F Full")
      #expect(!terminal.text.contains("before-42"))

      // Keys: a digit, an arrow as this terminal sends it, a text, and Esc alone.
      terminal.type("4")
      try terminal.reach("Display name", "Sync state", "Synced")
      terminal.type("/")
      terminal.type("jürgen")
      try terminal.reach("/jürgen", "Jürgen") { !terminal.text.contains("Hannah") }
      // Whoever began to type on the first row is there again.
      terminal.type("\u{1B}")
      try terminal.reach("Display name", "Ann Jansen", "Hannah")
      terminal.type("1")
      try terminal.reach("Statistics: Delta Import")
      terminal.type("\u{1B}OB")
      try terminal.reach("Statistics: Export on tenant")

      // Sizes: each is followed without a key, and nothing of the one before stays.
      for (rows, columns) in [(10, 40), (36, 120), (24, 80)] {
        terminal.resize(rows: rows, columns: columns)
        try terminal.reach(columns == 40 ? "? Help  q Quit" : "7 Events", "Lockstep") {
          terminal.line(rows - 1).contains("q Quit") && !terminal.line(rows - 1).contains("before")
        }
        #expect(terminal.text.ranges(of: "q Quit").count == 1, "\(terminal.text)")
      }

      // Text that is two columns wide moves nothing that stands right of it.
      terminal.type("4")
      try terminal.reach("Display name")
      terminal.type("G")
      try terminal.reach("이") { session.places(of: "Synced").keys.contains(where: session.isWide) }
      let places = session.places(of: "Synced").filter { $0.key > 5 }
      #expect(places.keys.contains { !session.isWide($0) }, "\(terminal.text)")
      #expect(Set(places.values).count == 1, "\(terminal.text)")

      // And back: the shell's own screen, whole lines and echo.
      terminal.type("q")
      try terminal.reach("before-42")
      #expect(!terminal.text.contains("Operations"), "\(terminal.text)")
      terminal.type("stty -a | grep -o -w -e '-*icanon' -e '-*echo' | tr '\\n' ' '\n")
      try terminal.reach("icanon echo")
      #expect(!terminal.text.contains("-icanon") && !terminal.text.contains("-echo "))
      terminal.type("exit\n")
      #expect(terminal.exitStatus() == 0, "\(terminal.text)")

      let stop = try place.lockstep("service", "stop")
      #expect(stop.exitStatus(60_000) == 0, "\(stop.text)")
    }
  }
}
