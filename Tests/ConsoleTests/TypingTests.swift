import Cells
import SyncStore
import Synchronization
import Testing

@testable import Console

@Suite("Filter, command line, themes, help")
struct TypingTests {
  @Test("/ narrows while one types; Enter keeps it, Esc takes it back")
  func filter() {
    var driver = Driver()
    driver.press("/")
    driver.type("tenant")
    #expect(!driver.screen.contains("contoso.test Full"))
    #expect(driver.screen.contains("/tenant"))
    driver.press("Enter")
    #expect(driver.screen.contains("3 steps"))
    driver.press("/ x Esc")
    #expect(driver.state.screen.model.filterText == "tenant")
    driver.press("Esc")
    #expect(driver.screen.contains("5 steps"))
  }

  @Test("Esc out of a filter that was begun on the first row goes back to that row")
  func firstRow() {
    var driver = Driver(options: ConsoleOptions(view: .users))
    let first = driver.cursorLine
    driver.press("/")
    driver.type("Bo")
    // The cursor is where one types; the only row is another one.
    #expect(driver.screen.contains("Bo Ek") && !driver.screen.contains("Ann Lee"))
    #expect(first.contains("Ann Lee"))
    driver.press("Esc")
    #expect(driver.cursorLine == first)
    // The newest row of the history is the one that is newest then.
    driver.press("1 /")
    driver.type("full")
    driver.store.content.withLock {
      $0.operations.insert(Fixture.operation(77, result: "success"), at: 0)
      $0.counter += 1
    }
    driver.press("Esc")
    driver.wait(1)
    let shown = driver.cursorLine
    driver.press("g")
    #expect(driver.cursorLine == shown)
  }

  @Test("letters that are keys elsewhere are letters in a prompt, and arrows still move")
  func letters() {
    var driver = Driver()
    driver.press("/")
    driver.type("qFDS")
    #expect(driver.effects.isEmpty)
    #expect(driver.state.screen.model.filterText == "qFDS")
    driver.press("C-u Down")
    #expect(driver.state.screen.model.filterText == "")
    #expect(driver.state.overlay != nil)
    #expect(driver.screen.contains("tenant       Full Sync"))
  }

  @Test("letters that came as a pasted text does start nothing, and all else is done")
  func unbracketed() {
    var driver = Driver()
    driver.send(.amid(.character("D")))
    #expect(driver.effects.isEmpty)
    #expect(driver.screen.contains("D came together with others, as pasted text does, and starts"))
    driver.send(.amid(.character("2")))
    #expect(driver.state.view == .connectors)
    driver.send(.amid(.character("r")))
    driver.send(.amid(.character("d")))
    #expect(driver.effects.allSatisfy { if case .file = $0 { false } else { true } })
    #expect(driver.screen.contains("d came together with others"))
    driver.press("Esc")
    driver.send(.amid(.character("e")))
    #expect(!driver.effects.contains { if case .export = $0 { true } else { false } })
    driver.press("r")
    driver.press("d")
    #expect(driver.effects.last == .file(.run(connector: "contoso.test", .deltaImport)))
    // Where one types, it is text.
    driver.press("/")
    driver.send(.amid(.character("D")))
    #expect(driver.state.screen.model.filterText == "D")
  }

  @Test("a question is not answered by a letter that came as a pasted text does")
  func unbracketedAnswer() {
    var driver = Driver()
    driver.press("F")
    driver.send(.amid(.character("y")))
    #expect(driver.effects.isEmpty)
    #expect(driver.state.overlay != nil)
    driver.press("y")
    #expect(driver.effects == [.file(.cycle(.initial))])
  }

  @Test("what a key would start is known before it does, and nothing changes by asking")
  func wouldStart() {
    let driver = Driver()
    for (letter, starts): (Character, Bool) in [
      ("D", true), ("F", false), ("j", false), ("2", false),
    ] {
      let before = driver.state
      #expect(driver.state.wouldStart(.character(letter)) == starts, "\(letter)")
      #expect(driver.state == before)
    }
  }

  @Test("text that is pasted goes into the prompt, its first line only; elsewhere nowhere")
  func paste() {
    var driver = Driver()
    driver.send(.input(.paste("F\ny")))
    #expect(driver.effects.isEmpty && driver.state.overlay == nil)
    #expect(driver.screen.contains("Pasted text goes where one types"))
    driver.press("/")
    driver.send(.input(.paste("tenant\nq")))
    #expect(driver.state.screen.model.filterText == "tenant")
  }

  @Test("f shows only what has warnings, then only errors, then all")
  func severity() {
    var driver = Driver()
    driver.press("f")
    #expect(driver.screen.contains("warnings and worse"))
    #expect(driver.screen.contains("2 steps"))
    driver.press("f")
    #expect(driver.screen.contains("errors 2 steps"))
    driver.press("f")
    #expect(driver.screen.contains("5 steps"))
  }

  @Test("events are narrowed by id where the filter is numbers, by text otherwise")
  func events() {
    var driver = Driver()
    driver.press("7 /")
    driver.type("656, 657")
    #expect(driver.screen.contains("Password request") && !driver.screen.contains("Scheduler"))
    driver.press("C-u")
    driver.type("Sched")
    #expect(driver.screen.contains("Scheduler") && !driver.screen.contains("Password request"))
  }

  @Test("users are narrowed by state and sorted by age")
  func users() {
    var driver = Driver()
    driver.press("4 f")
    #expect(driver.screen.contains("Ann Lee") && !driver.screen.contains("Bo Ek"))
    driver.press("f f")
    #expect(driver.screen.contains("Bo Ek") && !driver.screen.contains("Ann Lee"))
    driver.press("f f g o l")
    #expect(driver.screen.contains("Last sync↓"))
    #expect(driver.cursorLine.contains("Cy Oz"))
    driver.press("O")
    #expect(driver.screen.contains("Last sync↑"))
    #expect(driver.cursorLine.contains("Bo Ek"))
  }

  @Test("what the tenant confirmed is told from what was only sent")
  func confirmed() {
    var driver = Driver(columns: 110)
    driver.press("4")
    #expect(
      driver.screen.split(separator: "\n").contains {
        $0.contains("Ann") && $0.contains("✓ confirmed")
      })
    #expect(
      driver.screen.split(separator: "\n").contains {
        $0.contains("Bo Ek") && $0.contains("↑ only sent")
      })
    #expect(driver.screen.contains("Unchanged an interval 2"))
  }

  @Test("s shows the kinds of objects, with how many there are of each")
  func scope() {
    var content = Fixture.content()
    content.connectors[0].filtered = 1234
    content.connectors[0].importErrors = 2
    content.connectors[0].exportErrors = 7
    var driver = Driver(content)
    driver.press("2 Enter s")
    #expect(driver.screen.contains("filtered disconnectors  1,234"))
    #expect(driver.row(of: "import errors") != driver.row(of: "export errors"))
    driver.press("c")
    #expect(driver.screen.contains("Connector space of contoso.test  connectors"))
    driver.press("s w")
    #expect(driver.screen.contains("with errors"))
    #expect(driver.screen.contains("Ann Lee") && !driver.screen.contains("Bo Ek"))
    driver.press("s m")
    #expect(driver.screen.contains("Connector space of contoso.test  import errors"))
    // The counts are those of now.
    driver.store.content.withLock {
      $0.connectors[0].filtered = 9
      $0.counter += 1
    }
    driver.wait(6)
    driver.press("s")
    #expect(driver.screen.contains("filtered disconnectors  9"))
  }

  @Test("a view that is named with words shows its list narrowed, whatever was open in it")
  func viewWithWords() {
    for command in ["users anna", "view users anna"] {
      var driver = Driver()
      driver.press("4 Enter 1 :")
      driver.type(command)
      driver.press("Enter")
      #expect(driver.state.view == .users && driver.state.stacks[.users]?.count == 1)
      #expect(driver.state.screen.model.filterText == "anna")
    }
  }

  @Test("commands are completed by Tab, and done by Enter")
  func commands() {
    var driver = Driver()
    driver.press(":")
    driver.type("del")
    driver.press("Tab Enter")
    #expect(driver.effects == [.file(.cycle(.delta))])
    driver.press(":")
    driver.type("vi")
    driver.press("Tab")
    driver.type("us")
    driver.press("Tab Enter")
    #expect(driver.state.view == .users)
    driver.press(":")
    driver.type("quit")
    driver.press("Enter")
    #expect(driver.effects.last == .quit)
  }

  @Test("a full cycle from the command line asks like its key does")
  func commandAsks() {
    var driver = Driver()
    driver.press(":")
    driver.type("full")
    driver.press("Enter")
    #expect(driver.effects.isEmpty)
    #expect(driver.screen.contains("Start an Initial cycle?"))
  }

  @Test(
    "what is no command is told, with what there is",
    arguments: ["foo", "view nowhere", "theme x", "since 5m"])
  func noCommand(_ text: String) {
    var driver = Driver()
    driver.press(":")
    driver.type(text)
    driver.press("Enter")
    #expect(driver.screen.contains("\"\(text)\" is no command; there are: "))
  }

  @Test("a theme is shown as soon as it is reached; Enter keeps it, Esc goes back")
  func themes() {
    var driver = Driver()
    driver.press("t Down")
    #expect(driver.effects == [.useTheme("light")])
    driver.press("Esc")
    #expect(driver.effects == [.useTheme("light"), .useTheme("terminal")])
    driver.press("t Down Down Enter")
    #expect(driver.effects.last == .save(ConsolePreferences(theme: "mono", view: .operations)))
    #expect(driver.state.theme == "mono")
  }

  @Test("a theme that can't be used is told of, and what stays in use is what is remembered")
  func refusedTheme() {
    var driver = Driver()
    driver.press("t Down")
    driver.send(.themeRefused("Theme not used: light.toml:1: no colour \"rde\"", stays: "terminal"))
    #expect(driver.screen.contains("no colour"))
    driver.press("Enter")
    #expect(driver.effects.last == .save(ConsolePreferences(theme: "terminal", view: .operations)))
    driver.press(":")
    driver.type("theme mono")
    driver.press("Enter")
    let chosen = ConsolePreferences(theme: "mono", view: .operations)
    #expect(driver.effects.suffix(2) == [.save(chosen), .useTheme("mono")])
    driver.send(.themeRefused("no", stays: "terminal"))
    #expect(driver.effects.last == .save(ConsolePreferences(theme: "terminal", view: .operations)))
  }

  @Test("the view is remembered")
  func remembers() {
    var driver = Driver()
    driver.press("4")
    #expect(driver.effects == [.save(ConsolePreferences(theme: "terminal", view: .users))])
    let preferences = ConsolePreferences(theme: "mono", view: .events)
    let read = ConsolePreferences.read(preferences.text)
    #expect(read.theme == "mono" && read.view == .events)
  }

  @Test("a spoilt file of habits is passed over")
  func spoilt() {
    let read = ConsolePreferences.read("theme = \nview = \"nowhere\"\n\u{0}\u{1B}[2J\n\"\"\"")
    #expect(read.theme == nil && read.view == nil)
  }

  @Test("e writes what is shown, with its filter")
  func export() {
    var driver = Driver()
    driver.press("/")
    driver.type("tenant")
    driver.press("Enter e")
    let export = TableExport(
      source: .store(.operations(OperationFilter())),
      arrangement: ListArrangement(terms: [.containing("tenant")]),
      columns: [
        "connector", "profile", "status", "started", "duration", "adds", "updates", "deletes",
        "errors",
      ])
    #expect(driver.effects.last == .export(.table(export), .csv))
    driver.send(.exported(path: "/tmp/x.csv", rows: 3))
    #expect(driver.screen.contains("3 rows written to /tmp/x.csv"))
    driver.press(":")
    driver.type("export json")
    driver.press("Enter")
    #expect(driver.effects.last == .export(.table(export), .json))
  }

  @Test("words go away after five seconds")
  func toasts() {
    var driver = Driver()
    driver.press("D")
    driver.wait(4)
    #expect(driver.screen.contains("Delta cycle asked for"))
    driver.wait(2)
    #expect(!driver.screen.contains("Delta cycle asked for"))
  }

  @Test("a key that means nothing says so and names the help")
  func noKey() {
    var driver = Driver()
    driver.press("Z")
    #expect(driver.screen.contains("No key here: Z; ? shows all"))
    driver.press("C-c")
    #expect(driver.screen.contains("No key here: C-c; q leaves"))
  }
}

@Suite("The table of actions")
struct ActionTests {
  @Test("no key means two things in one place", arguments: Scope.allCases)
  func unambiguous(_ scope: Scope) {
    var owners: [Key: String] = [:]
    for action in Action.all where !action.scopes.isEmpty && action.scopes.contains(scope) {
      for key in action.keys {
        #expect(owners[key] == nil, "\(key.name): \(action.title) and \(owners[key] ?? "")")
        owners[key] = action.title
      }
    }
    for action in Action.all where action.scopes.isEmpty {
      for key in action.keys {
        #expect(owners[key] == nil, "\(key.name): \(action.title) and \(owners[key] ?? "")")
        owners[key] = action.title
      }
    }
  }

  @Test("n goes on to the next error of the step whose errors are read")
  func nextErrorOfStep() {
    var driver = Driver()
    driver.press("Enter n")
    guard case .operations(let operations) = driver.state.screen else { return }
    #expect(operations.pane == .errors && operations.step?.id == 5)
    #expect(operations.shownErrors.selected == 1)
    driver.press("n")
    #expect(driver.screen.contains("No error below"))
    driver.press("N")
    guard case .operations(let operations) = driver.state.screen else { return }
    #expect(operations.pane == .errors && operations.shownErrors.selected == 0)
  }

  @Test("the help begins with the keys of what one looks at")
  func helpHere() {
    var driver = Driver()
    for (keys, title) in [("4", "Users"), ("H", "Held")] {
      driver.press(keys)
      let headers = HelpText.lines(driver.state, width: 78)
        .filter { $0.count == 1 && $0[0].role == .header }.map { $0[0].text }
      #expect(headers.prefix(2) == [title, "Everywhere"])
      #expect(Set(headers).count == headers.count)
    }
  }

  @Test("the help ends at its last line, and goes up from there at once")
  func helpEnds() {
    var driver = Driver()
    driver.press("?")
    let first = driver.screen
    driver.press("G")
    let last = driver.screen
    #expect(last != first)
    driver.press("PgDn Down End")
    #expect(driver.screen == last)
    driver.press("Up")
    #expect(driver.screen != last)
    driver.press("g")
    #expect(driver.screen == first)
    driver.press("x")
    #expect(driver.state.overlay == nil)
  }

  @Test("the help names every key of every action")
  func help() {
    let text = HelpText.lines(Driver().state, width: 78).map { $0.map(\.text).joined() }.joined(
      separator: "\n")
    for action in Action.all {
      for key in action.keys { #expect(text.contains(key.name), "\(action.title)") }
    }
  }

  @Test("what can hurt asks: none of it does anything at its key alone")
  func dangerous() {
    for action in Action.all where action.isDangerous && action.applies(in: .connectors) {
      var content = Fixture.passwordContent()
      content.status = Fixture.status(.running)
      content.status.passwords = .waiting
      content.connectors.swapAt(0, 1)
      var driver = Driver(content)
      driver.press("2")
      driver.state.reversals = [Reversal(change: "It is on again", deed: .ask(.staging(true)))]
      driver.effects = []
      driver.send(.input(.key(action.keys[0])))
      #expect(driver.effects.isEmpty, "\(action.title)")
      guard case .dialog(let dialog)? = driver.state.overlay else {
        Issue.record("\(action.title) asks nothing")
        continue
      }
      if case .key(let yes) = dialog.consent {
        #expect(!action.keys.contains(.character(yes)))
      }
    }
  }

  @Test("hints are only shown where they act")
  func hints() {
    var driver = Driver(columns: 200)
    #expect(driver.screen.contains("f Show") && !driver.screen.contains("s Scope"))
    driver.press("2 Enter")
    #expect(driver.screen.contains("s Scope") && !driver.screen.contains("f Show"))
    #expect(driver.screen.contains("Esc Back"))
  }
}
