import Cells
import SyncStore

extension ConsoleState {
  /// Keeps what is looked for under a name.
  private mutating func keepSearch(_ name: String) -> [Effect] {
    guard case .metaverse(let metaverse) = screen, !metaverse.filterText.isEmpty, !name.isEmpty
    else {
      tell("Save: a search of the metaverse and a name are needed", .toastWarning)
      return []
    }
    searches[name] = metaverse.filterText
    tell("Kept as " + name + "; s lists what is kept")
    return [.save(preferences)]
  }

  /// Does what was typed on the command line.
  mutating func run(_ text: String) -> [Effect] {
    if !text.isEmpty, typedCommands.last != text { typedCommands.append(text) }
    switch options.aliases.meaning(of: text) {
    case .line(let line): return run(line: line, typed: text)
    case .ambiguous(let list):
      tell("\"" + text + "\" could be: " + list.joined(separator: ", "), .toastWarning)
      return []
    }
  }

  private mutating func run(line: String, typed text: String) -> [Effect] {
    let words = line.split(separator: " ").map(String.init)
    let argument = words.dropFirst().first ?? ""
    // What follows the command as it was typed: blanks may stand in quotation marks.
    let rest = String(
      line.drop { $0 == " " }.dropFirst(words.first?.count ?? 0).drop { $0 == " " })
    switch words.first {
    case nil: return []
    case "full": return perform(.full)
    case "delta": return perform(.delta)
    case "stop": return perform(.stop)
    case "rehearse":
      guard
        let policy = CyclePolicy.allCases.first(where: {
          $0.rawValue.lowercased() == argument
        })
      else { break }
      if options.readOnly { return perform(.rehearse) }
      return ask(.rehearse(policy))
    case "errors": return perform(.families)
    case "activity": return perform(.activity)
    case "takeback": return perform(.takeBack)
    case "passwords":
      switch argument {
      case "full": return perform(.passwordsFull)
      case "now":
        if let reason = action(.passwordRun)?.disabledReason(self) {
          tell("Passwords: " + reason, .toastWarning)
          return []
        }
        if let reason = passwordStagingReason {
          tell("Passwords: " + reason, .toastWarning)
          return []
        }
        return ask(.passwords(.now))
      default: return show(.passwords, narrowed: words.dropFirst())
      }
    case "held": return perform(.held)
    case "manage", "scheduler", "staging", "service": return perform(.manage)
    case "verify": return verify(rest)
    case "check": return perform(.check)
    case "quit": return [.quit]
    case "help": return perform(.help)
    case "view":
      let matching = ViewID.allCases.filter { $0.rawValue.hasPrefix(argument) }
      guard matching.count == 1, let view = matching.first else { break }
      return show(view, narrowed: words.dropFirst(2))
    case "theme":
      guard options.themes.contains(argument) else { break }
      theme = argument
      // Remembered first: should it be refused, what stays in use is remembered after that.
      return [.save(preferences), .useTheme(theme)]
    case "export":
      guard let format = ExportFormat(rawValue: argument.isEmpty ? "csv" : argument) else { break }
      return export(format)
    case "filter":
      guard screen.model.tableInfo != nil else {
        tell("Filter: this is no table", .toastWarning)
        return []
      }
      return narrow(rest)
    case "sort": return sort(typed: argument)
    case "columns": return showColumns(typed: words.dropFirst().joined(separator: " "))
    case "undo": return step(back: true)
    case "redo": return step(back: false)
    case "goto":
      goTo(words.dropFirst().joined(separator: " "))
      return []
    case "expression":
      tryOut(rest)
      return []
    case "why":
      guard !rest.isEmpty else {
        tell("Why: name an object: DN, anchor, user principal or display name", .toastWarning)
        return []
      }
      // Of what is in no list there is no row to put the cursor on.
      push(.tool(ToolScreen("Why " + String(rest.prefix(40)), ToolScreen.words(["why"], rest))))
      return []
    case "save": return keepSearch(words.dropFirst().joined(separator: " "))
    case "forget":
      let name = words.dropFirst().joined(separator: " ")
      guard searches.removeValue(forKey: name) != nil else {
        tell("Forget: no search is kept as " + name, .toastWarning)
        return []
      }
      tell("The search " + name + " is kept no more")
      return [.save(preferences)]
    case "search":
      guard let text = searches[words.dropFirst().joined(separator: " ")] else { break }
      let effects = view == .metaverse ? [] : show(.metaverse)
      showRoot(of: .metaverse)
      return effects + narrow(text)
    default: break
    }
    let known = words.count > 1 ? TypedCommand.completions(words[0] + " ", self) : []
    let close = known.isEmpty ? TypedCommand.completions("", self) : known
    let list = close.map { $0.split(separator: " ").last.map(String.init) ?? $0 }
    tell(
      "\"" + text + "\" is no command; there are: " + list.joined(separator: ", "), .toastError)
    return []
  }

  /// Shows a view, and only what the words say, if there are any: `users /stale` or `users stale`.
  private mutating func show(_ view: ViewID, narrowed words: ArraySlice<String>) -> [Effect] {
    let effects = show(view)
    let text = words.joined(separator: " ")
    guard !text.isEmpty else { return effects }
    // The words are of the view's list; what was opened from it lies above it.
    showRoot(of: view)
    return effects + narrow(text.hasPrefix("/") ? String(text.dropFirst()) : text)
  }

  /// Leaves what was opened from a view's list.
  private mutating func showRoot(of view: ViewID) {
    stacks[view] = stacks[view].map { Array($0.prefix(1)) }
    leftScreens[view] = nil
  }

  /// Compares a target with what the rules want: the one that is named, else the only one.
  private mutating func verify(_ name: String) -> [Effect] {
    let targets = status?.targets ?? []
    let meant = name.isEmpty && targets.count == 1 ? targets[0] : name
    guard let target = targets.first(where: { $0.lowercased() == meant.lowercased() }) else {
      tell("Verify: name a target: " + targets.joined(separator: ", "), .toastWarning)
      return []
    }
    return ask(.verify(connector: target, .stored))
  }

  mutating func perform(_ id: ActionID) -> [Effect] {
    action(id).map { perform($0) } ?? []
  }
}

/// The commands that can be typed.
enum TypedCommand {
  /// The first words of all commands.
  static let names: Set<String> = [
    "full", "delta", "stop", "rehearse", "errors", "activity", "takeback", "passwords", "held",
    "manage", "scheduler", "staging", "check", "quit", "help", "view", "theme", "export", "filter",
    "sort", "columns", "undo", "redo", "goto", "expression", "save", "search",
    "forget", "why", "verify", "service",
  ]

  private static let words = [
    "full", "delta", "stop", "passwords full", "passwords now", "rehearse delta",
    "rehearse initial", "held", "errors", "scheduler", "manage", "staging", "service", "check",
    "filter ", "goto ", "save ", "expression ", "why ", "help", "quit", "export csv", "export json",
    "sort ", "columns ", "undo", "redo", "activity", "takeback",
  ]

  /// Lines whose last word is one of what there is.
  private static func parameters(_ state: ConsoleState) -> [String] {
    let fields = state.screen.model.tableInfo?.fields.map(\.name) ?? []
    let searches = state.searches.keys.sorted()
    let targets = state.status?.targets ?? []
    var lines = targets.map { "verify " + $0 }
    lines += searches.map { "search " + $0 } + searches.map { "forget " + $0 }
    lines += ViewID.allCases.map { "view " + $0.rawValue }
    // A view is named as well without the word; passwords begin commands of their own.
    lines += ViewID.allCases.map(\.rawValue).filter { $0 != ViewID.passwords.rawValue }
    lines += state.options.aliases.names
    lines += state.options.themes.map { "theme " + $0 }
    for field in fields { lines += ["sort " + field, "sort " + field + ":desc"] }
    return lines
  }

  /// What `text` could become, each as a whole line.
  static func completions(_ text: String, _ state: ConsoleState) -> [String] {
    let all = words + parameters(state)
    let matching = all.filter { $0.hasPrefix(text) }
    guard !text.contains(" ") else { return matching }
    // Before the blank, a word with several arguments is one candidate.
    var seen: Set<String> = []
    return matching.compactMap { line in
      let word = line.split(separator: " ").first.map(String.init) ?? line
      guard seen.insert(word).inserted else { return nil }
      return line.contains(" ") ? word + " " : word
    }
  }

  /// The longest beginning that all share; nil for none.
  static func commonPrefix(_ texts: [String]) -> String? {
    guard var prefix = texts.first else { return nil }
    for text in texts.dropFirst() {
      while !text.hasPrefix(prefix) { prefix.removeLast() }
    }
    return prefix
  }
}
