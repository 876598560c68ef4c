import Workspace

/// The program under the name of the original's command, `DirectorySyncClientCmd`: one word,
/// Initial or Delta in any case, Delta when there is none.
enum OriginalCommand {
  /// What the words after the name ask for.
  enum Request: Equatable {
    case initial, delta, help
    case wrong(String)

    init(_ arguments: [String]) {
      guard let word = arguments.first else {
        self = .delta
        return
      }
      guard arguments.count == 1 else {
        self = .wrong(arguments.joined(separator: " "))
        return
      }
      switch word.lowercased() {
      case "initial": self = .initial
      case "delta": self = .delta
      case "?", "/?", "-?", "-h", "--help", "help": self = .help
      default: self = .wrong(word)
      }
    }
  }

  /// Whether the program was called by this name: `path` is the first word of the command line.
  static func isMeant(by path: String) -> Bool {
    var name = path.split(separator: "/").last.map { $0.lowercased() } ?? ""
    if name.hasSuffix(".exe") { name.removeLast(4) }
    return name == "directorysyncclientcmd"
  }

  /// Does what `arguments` ask and says how it ended.
  static func run(_ arguments: [String]) async -> Int32 {
    switch Request(arguments) {
    case .initial: return await Invocation.run(["initial"])
    case .delta: return await Invocation.run(["delta"])
    case .help:
      StandardStreams.say(help)
      return ExitStatus.success.rawValue
    case .wrong(let words):
      StandardStreams.complain("DirectorySyncClientCmd: '\(SafeText.line(words))' is no policy.")
      StandardStreams.complain(help)
      return ExitStatus.usage.rawValue
    }
  }

  static let help = """
    Runs one synchronization cycle and waits for its end.

    Usage: DirectorySyncClientCmd [Initial | Delta | ?]

      Initial   reads every directory whole, computes every object anew, and exports
      Delta     takes in what has changed since the last cycle, and exports; this is the
                policy when none is named
      ?         prints this text

    The workspace is the folder of the variable LOCKSTEP_WORKSPACE, else the current folder if
    it holds lockstep.toml, else ~/.local/share/lockstep. 'lockstep --help' tells the rest.

    Exit status:
    \(ExitStatus.table)
    """
}
