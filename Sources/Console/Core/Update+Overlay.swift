import Cells
import SyncStore

extension ConsoleState {
  mutating func help(_ key: Key, top: Int) -> [Effect] {
    let lines = HelpText.lines(self, width: min(78, size.columns - 4)).count
    // Its frame has two rows; below the last line there is nothing to go to.
    let last = max(0, lines - max(1, size.rows - 2))
    let top = min(top, last)
    switch key.code {
    case .down, .character("j"): overlay = .help(min(last, top + 1))
    case .up, .character("k"): overlay = .help(max(0, top - 1))
    case .pageDown, .character(" "): overlay = .help(min(last, top + max(1, size.rows - 4)))
    case .pageUp: overlay = .help(max(0, top - max(1, size.rows - 4)))
    case .home, .character("g"): overlay = .help(0)
    case .end, .character("G"): overlay = .help(last)
    default: overlay = nil
    }
    return []
  }

  /// The number of the question above the screens that no key has opened; nil if there is none.
  public var question: Int? {
    if case .dialog(let dialog)? = overlay { dialog.sprung } else { nil }
  }

  /// Notes that the question above the screens has come up by itself.
  mutating func noteSprung() {
    guard case .dialog(var dialog)? = overlay else { return }
    sprungQuestions += 1
    dialog.sprung = sprungQuestions
    overlay = .dialog(dialog)
  }

  /// Takes a key that was pressed before the question could be read: it agrees to nothing.
  mutating func takeEarly(_ key: Key) -> [Effect] {
    guard case .dialog(let dialog)? = overlay, case .key(let yes) = dialog.consent,
      key == .character(yes) || dialog.also.map({ key == .character($0.key) }) ?? false
    else { return take(.key(key)) }
    tell("The question has only just come up; \(key.name) once more answers it", .toastWarning)
    return []
  }

  mutating func answer(_ key: Key, _ dialog: Dialog) -> [Effect] {
    if key.code == .escape {
      overlay = nil
      return []
    }
    let layout = DialogLayout(dialog, size: size)
    let page = max(1, layout.height - 1)
    let offsets: [Key.Code: Int] = [.up: -1, .down: 1, .pageUp: -page, .pageDown: page]
    if let offset = offsets[key.code] {
      var dialog = dialog
      dialog.top = layout.first(layout.first(dialog.top) + offset)
      overlay = .dialog(dialog)
      return []
    }
    switch dialog.consent {
    case .key(let yes):
      if key == .character(yes) {
        overlay = nil
        return perform(dialog.deed)
      }
      if let also = dialog.also, key == .character(also.key) {
        overlay = nil
        return perform(also.deed)
      }
      // Enter, n and the key that asked all mean no harm.
      if [Key(.enter), .character("n"), .character("q")].contains(key) {
        overlay = nil
        tell("Left as it is; only " + String(yes) + " does it", .toastWarning)
      }
    case .word(let word):
      var dialog = dialog
      dialog.isWrong = key.code == .enter
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
    case .backspace where prompt.text.isEmpty:
      overlay = nil
      // A filter that was deleted letter by letter is none, as after Enter.
      if case .filter = prompt.kind { return enter(prompt) }
    case .backspace: return edit(prompt, to: String(prompt.head.dropLast()) + prompt.tail)
    case .delete: return edit(prompt, to: prompt.head + prompt.tail.dropFirst(), after: -1)
    case .character("u") where key.control: return edit(prompt, to: prompt.tail)
    case .character("k") where key.control:
      return edit(prompt, to: prompt.head, after: -prompt.after)
    case .character("w") where key.control:
      // The word, and the blanks behind it; those before it part it from the next one.
      let word = prompt.head.reversed().drop { $0 == " " }
      let kept = prompt.head.prefix(word.drop { $0 != " " }.count)
      return edit(prompt, to: String(kept) + prompt.tail)
    case .left: moveCaret(of: prompt, by: 1)
    case .right: moveCaret(of: prompt, by: -1)
    case .home: moveCaret(of: prompt, by: prompt.text.count)
    case .end: moveCaret(of: prompt, by: -prompt.text.count)
    case .character("a") where key.control: moveCaret(of: prompt, by: prompt.text.count)
    case .character("e") where key.control: moveCaret(of: prompt, by: -prompt.text.count)
    case .tab where prompt.kind == .command:
      let all = TypedCommand.completions(prompt.head, self)
      return edit(
        prompt, to: (TypedCommand.commonPrefix(all) ?? prompt.head) + prompt.tail)
    case .tab:
      guard case .filter = prompt.kind, let info = screen.model.tableInfo else { break }
      return edit(
        prompt, to: FilterText.completed(prompt.head, fields: info.fields) + prompt.tail)
    case .up where prompt.kind == .command: return recall(prompt, -1)
    case .down where prompt.kind == .command: return recall(prompt, 1)
    case .up, .down, .pageUp, .pageDown:
      guard prompt.kind != .command, let action = action(of: key, in: screen.model.scope) else {
        break
      }
      return perform(action)
    case .character(let character) where !key.control && !key.alt:
      return edit(prompt, to: prompt.head + String(character) + prompt.tail)
    default: break
    }
    return []
  }

  /// Moves the caret to the left, by less than nothing to the right, as far as there is text.
  private mutating func moveCaret(of prompt: Prompt, by characters: Int) {
    var prompt = prompt
    prompt.after = max(0, min(prompt.text.count, prompt.after + characters))
    overlay = .prompt(prompt)
  }

  /// Brings back a command that was typed before.
  private mutating func recall(_ prompt: Prompt, _ offset: Int) -> [Effect] {
    let here = typedCommands.lastIndex(of: prompt.text) ?? typedCommands.count
    let index = here + offset
    guard index >= 0 else { return [] }
    let text = typedCommands.indices.contains(index) ? typedCommands[index] : ""
    return edit(prompt, to: text, after: -prompt.after)
  }

  /// Takes what was typed.
  private mutating func enter(_ prompt: Prompt) -> [Effect] {
    switch prompt.kind {
    case .filter(let original):
      tellFilterFault()
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
  ///
  /// What would be longer than is taken stays as it is: nothing of a text is cut off unasked.
  /// - Parameter after: how many characters more than before stand behind the caret.
  mutating func edit(_ prompt: Prompt, to text: String, after: Int = 0) -> [Effect] {
    guard text.count <= max(prompt.limit, prompt.text.count) else {
      tell(
        "No more than " + Format.count(prompt.limit, "character") + " can be typed here",
        .toastWarning)
      return []
    }
    var prompt = prompt
    prompt.text = text
    prompt.after = max(0, min(text.count, prompt.after + after))
    overlay = .prompt(prompt)
    if case .filter = prompt.kind, screen.model.filterText != prompt.text {
      return narrow(prompt.text, isStep: false)
    }
    return []
  }

  /// Works an expression out for the object that was looked at last.
  mutating func tryOut(_ expression: String) {
    guard !expression.isEmpty else { return }
    // Names may be those of several objects, the number is of this one.
    let options = objectAtHand.map { ["--object", String($0.id)] } ?? []
    let words = ToolScreen.words(["expression"], expression, options)
    push(.tool(ToolScreen("Expression " + String(expression.prefix(40)), words)))
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
