/// Other words for what can be typed on the command line: those that come with the program, and those
/// of `[console.aliases]`.
public struct CommandAliases: Equatable, Sendable {
  private var own: [String: String] = [:]

  /// Only those that come with the program.
  public init() {}

  /// Names of views and of what people call them, and words of other programs.
  private static let shipped: [String: String] = {
    var words = [
      "initial": "full", "q": "quit", "q!": "quit", "?": "help", "schedule": "scheduler",
    ]
    words["runs"] = "view operations"
    words["history"] = "view operations"
    for view in ViewID.allCases {
      // The commands for passwords begin with the name of their view.
      if view != .passwords { words[view.rawValue] = "view " + view.rawValue }
      words[view.shortTitle.lowercased()] = "view " + view.rawValue
    }
    return words
  }()

  /// Why `name` can't stand for `text`, or nil; where it can, it does from then on.
  public mutating func add(_ name: String, _ text: String) -> String? {
    guard !name.isEmpty, !name.contains(where: \.isWhitespace) else {
      return "an alias is one word"
    }
    guard !TypedCommand.names.contains(name) else {
      return "\"\(name)\" is a command already"
    }
    let first = text.split(separator: " ").first.map(String.init) ?? ""
    guard TypedCommand.names.contains(first) || Self.shipped[first] != nil else {
      return "\"\(first)\" is no command; there are: "
        + TypedCommand.names.sorted().joined(separator: ", ")
    }
    own[name] = text
    return nil
  }

  /// The words that a person chose, for completion.
  var names: [String] { own.keys.sorted() }

  /// What a typed line stands for.
  enum Meaning: Equatable {
    case line(String)
    /// Its first word is the beginning of all of these.
    case ambiguous([String])
  }

  /// The line with its first word written out: an alias, or the beginning of one command only.
  ///
  /// One letter is never a beginning: a slip of the finger should start nothing.
  func meaning(of text: String) -> Meaning {
    let parts = text.split(separator: " ", maxSplits: 1).map(String.init)
    guard let word = parts.first else { return .line("") }
    let rest = parts.count > 1 ? " " + parts[1] : ""
    if let known = written(word) { return .line(known + rest) }
    guard word.count > 1 else { return .line(text) }
    let all = TypedCommand.names.union(own.keys).union(Self.shipped.keys)
    let matching = all.filter { $0.hasPrefix(word) }.sorted()
    // Words for one and the same thing are no doubt.
    switch Set(matching.compactMap(written)).count {
    case 0: return .line(text)
    case 1: return .line((matching.first.flatMap(written) ?? word) + rest)
    default: return .ambiguous(matching)
    }
  }

  /// The command that a word stands for; an alias' text may begin with one that came along.
  private func written(_ word: String) -> String? {
    if TypedCommand.names.contains(word) { return word }
    guard let text = own[word] else { return Self.shipped[word] }
    let parts = text.split(separator: " ", maxSplits: 1).map(String.init)
    guard let first = parts.first, let known = Self.shipped[first] else { return text }
    return known + (parts.count > 1 ? " " + parts[1] : "")
  }
}
