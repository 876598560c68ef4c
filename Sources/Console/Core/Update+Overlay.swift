import Cells
import SyncStore

extension ConsoleState {
  mutating func help(_ key: Key, top: Int) -> [Effect] {
    let last = max(0, HelpText.lines(self, width: min(78, size.columns - 4)).count - 1)
    switch key.code {
    case .down, .character("j"): overlay = .help(min(last, top + 1))
    case .up, .character("k"): overlay = .help(max(0, top - 1))
    case .pageDown, .character(" "): overlay = .help(min(last, top + max(1, size.rows - 4)))
    case .pageUp: overlay = .help(max(0, top - max(1, size.rows - 4)))
    case .home: overlay = .help(0)
    default: overlay = nil
    }
    return []
  }

  mutating func answer(_ key: Key, _ dialog: Dialog) -> [Effect] {
    if key.code == .escape {
      overlay = nil
      return []
    }
    switch dialog.consent {
    case .key(let yes):
      if key == .character(yes) {
        overlay = nil
        return perform(dialog.deed)
      }
      // Enter, n and the key that asked all mean no harm.
      if [Key(.enter), .character("n"), .character("q")].contains(key) { overlay = nil }
    case .word(let word):
      var dialog = dialog
      switch key.code {
      case .enter where dialog.typed == word:
        overlay = nil
        return perform(dialog.deed)
      case .backspace: dialog.typed = String(dialog.typed.dropLast())
      case .character(let character) where !key.control && dialog.typed.count < 20:
        dialog.typed.append(character)
      default: break
      }
      overlay = .dialog(dialog)
    }
    return []
  }

  mutating func pick(_ key: Key, _ picker: ThemePicker) -> [Effect] {
    var picker = picker
    switch key.code {
    case .escape, .character("q"):
      overlay = nil
      theme = picker.original
      return [.useTheme(theme)]
    case .enter:
      overlay = nil
      return [.save(preferences)]
    case .down, .character("j"): picker.selected += 1
    case .up, .character("k"): picker.selected -= 1
    case .home: picker.selected = 0
    case .end: picker.selected = options.themes.count - 1
    default: return []
    }
    picker.selected = max(0, min(picker.selected, options.themes.count - 1))
    overlay = .themes(picker)
    guard options.themes.indices.contains(picker.selected) else { return [] }
    theme = options.themes[picker.selected]
    return [.useTheme(theme)]
  }

  mutating func type(_ key: Key, _ prompt: Prompt) -> [Effect] {
    switch key.code {
    case .escape:
      overlay = nil
      if case .filter(let original) = prompt.kind, original != prompt.text {
        return narrow(original, isStep: false)
      }
    case .enter:
      overlay = nil
      return enter(prompt)
    case .backspace:
      if prompt.text.isEmpty {
        overlay = nil
      } else {
        return edit(prompt, to: String(prompt.text.dropLast()))
      }
    case .character("u") where key.control: return edit(prompt, to: "")
    case .character("w") where key.control:
      let words = prompt.text.split(separator: " ").dropLast()
      return edit(prompt, to: words.joined(separator: " "))
    case .tab where prompt.kind == .command:
      let all = TypedCommand.completions(prompt.text, self)
      return edit(prompt, to: TypedCommand.commonPrefix(all) ?? prompt.text)
    case .tab:
      guard case .filter = prompt.kind, let info = screen.model.tableInfo else { break }
      return edit(prompt, to: FilterText.completed(prompt.text, fields: info.fields))
    case .up where prompt.kind == .command: return recall(prompt, -1)
    case .down where prompt.kind == .command: return recall(prompt, 1)
    case .up, .down, .pageUp, .pageDown:
      guard prompt.kind != .command, let action = action(of: key, in: screen.model.scope) else {
        break
      }
      return perform(action)
    case .character(let character) where !key.control && !key.alt:
      return edit(prompt, to: prompt.text + String(character))
    default: break
    }
    return []
  }

  /// Brings back a command that was typed before.
  private mutating func recall(_ prompt: Prompt, _ offset: Int) -> [Effect] {
    let here = typedCommands.lastIndex(of: prompt.text) ?? typedCommands.count
    let index = here + offset
    guard index >= 0 else { return [] }
    return edit(prompt, to: typedCommands.indices.contains(index) ? typedCommands[index] : "")
  }

  /// Takes what was typed.
  private mutating func enter(_ prompt: Prompt) -> [Effect] {
    switch prompt.kind {
    case .filter(let original):
      guard original != prompt.text, var settings = screen.model.tableInfo?.settings else { break }
      settings.text = original
      screen.model.rememberArrangement(settings)
      return keepArrangement()
    case .command: return run(prompt.text)
    case .time: goTo(prompt.text)
    case .expression: tryOut(prompt.text)
    case .interval:
      if let dialog = intervalDialog(prompt.text) {
        overlay = .dialog(dialog)
      } else {
        tell("The interval is a span from 1m to 30d, such as 30m or 1d12h", .toastError)
      }
    }
    return []
  }

  /// Changes what is typed; a filter takes effect with every letter.
  mutating func edit(_ prompt: Prompt, to text: String) -> [Effect] {
    var prompt = prompt
    prompt.text = String(text.prefix(Prompt.longest))
    overlay = .prompt(prompt)
    if case .filter = prompt.kind, screen.model.filterText != prompt.text {
      return narrow(prompt.text, isStep: false)
    }
    return []
  }

  /// Works an expression out for the object that was looked at last.
  mutating func tryOut(_ expression: String) {
    guard !expression.isEmpty else { return }
    var arguments = ["expression", expression]
    if let object = objectAtHand { arguments += ["--object", object.dn] }
    push(.tool(ToolScreen("Expression " + String(expression.prefix(40)), arguments)))
  }

  /// Shows what was at the time that was typed.
  mutating func goTo(_ text: String) {
    let moment = SearchText.moment(text, now: now, clock: options.clock, isEnd: true)
    guard text.isEmpty || text == "now" || moment != nil else {
      tell("A time is 14:30, 2026-11-22, 2026-11-22T14:30 or a span ago such as 2d", .toastError)
      return
    }
    if !screen.model.goTo(moment) { tell("There is no time in this list", .toastWarning) }
  }
}
