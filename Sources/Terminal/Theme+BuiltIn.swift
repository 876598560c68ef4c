import Configuration

extension Theme {
  /// The name under which the compiled-in theme is known.
  static let builtInName = "terminal"

  /// What `Themes/terminal.toml` says, for when that file is not there.
  static let builtInFile: ThemeFile = {
    var file = ThemeFile()
    file.description = "Your terminal's own colours"
    for (tier, rules) in [(ColorTier.mono, monoRules), (.base, baseRules)] {
      for (name, text) in rules {
        let place = SourcePlace(file: "terminal (built in)", line: 1, column: 1)
        file.rules[tier, default: [:]][name] = ThemeFile.Rule(text: text, place: place)
      }
    }
    return file
  }()

  static func compiledIn() -> Theme {
    do {
      return try Theme(name: builtInName, chain: [builtInFile], sources: [])
    } catch {
      preconditionFailure("The compiled-in theme is not valid: \(error)")
    }
  }

  private static let monoRules: KeyValuePairs = [
    "text": "", "text.dim": "dim", "text.strong": "bold", "title": "bold", "status": "",
    "border": "dim", "border.focus": "bold", "tab": "", "tab.active": "reverse",
    "header": "bold underline", "header.sorted": "bold reverse", "row.marked": "bold",
    "row.group": "bold", "selection": "reverse", "selection.unfocused": "underline",
    "run.success": "", "run.warning": "bold", "run.error": "bold",
    "run.running": "bold", "run.stopped": "bold", "run.unknown": "dim",
    "change.add": "bold", "change.modify": "", "change.delete": "bold underline",
    "change.rename": "underline", "change.none": "dim", "value.old": "dim", "value.new": "bold",
    "value.pending": "underline", "attribute.name": "bold",
    "time": "", "number": "", "key": "bold", "key.hint": "", "key.disabled": "dim",
    "prompt": "bold", "prompt.error": "reverse", "dialog": "", "dialog.title": "bold",
    "dialog.danger": "bold reverse", "button": "underline", "button.focus": "reverse bold",
    "progress.done": "bold", "progress.left": "dim", "chart": "", "crumb": "",
    "crumb.active": "bold", "chip": "reverse",
    "toast": "reverse", "toast.error": "reverse bold", "mark.hostile": "reverse",
  ]

  private static let baseRules: KeyValuePairs = [
    "text": "default on default", "text.dim": "bright-black", "text.strong": "bold",
    "title": "bold", "status": "", "status.dim": "bright-black",
    "border": "bright-black", "border.focus": "cyan", "tab": "", "tab.active": "reverse bold",
    "header": "bold underline", "header.sorted": "cyan bold underline",
    "row": "", "row.marked": "yellow bold", "row.group": "bold",
    "selection": "reverse", "selection.unfocused": "underline",
    "run.success": "green", "run.warning": "yellow bold", "run.error": "red bold",
    "run.running": "cyan bold", "run.stopped": "magenta bold", "run.unknown": "bright-black",
    "change.add": "green", "change.modify": "yellow", "change.delete": "red",
    "change.rename": "cyan", "change.none": "bright-black",
    "value.old": "red", "value.new": "green",
    "value.pending": "yellow", "attribute.name": "cyan", "time": "", "number": "",
    "key": "cyan bold", "key.hint": "", "key.disabled": "bright-black",
    "prompt": "cyan bold", "prompt.error": "red bold", "dialog": "", "dialog.title": "bold",
    "dialog.danger": "red bold", "button": "underline", "button.focus": "reverse bold",
    "progress.done": "green", "progress.left": "bright-black",
    "chart.1": "blue", "chart.2": "green", "crumb": "bright-black",
    "crumb.active": "bold", "chip": "reverse", "toast": "cyan reverse",
    "toast.warning": "yellow reverse", "toast.error": "red reverse bold",
    "mark.hostile": "red reverse",
  ]
}
