import Cells
import Directory
import Synchronization
import Testing

@testable import Console
@testable import SyncStore

@Suite("Keys, pausing, plain text, and others at work")
struct EverywhereTests {
  @Test("a key can be chosen; help and hints show it, and the old one does nothing")
  func rebind() {
    var keys = KeyBindings()
    #expect(keys.bind("full", to: ["F5"]) == nil)
    var driver = Driver(options: ConsoleOptions(keys: keys))
    #expect(driver.screen.contains("F5 Full"))
    driver.press("F")
    #expect(driver.screen.contains("No key here: F"))
    driver.press("F5")
    #expect(driver.screen.contains("Start an Initial cycle?"))
    driver.press("Esc ? PgDn")
    #expect(driver.row(of: "F5              Start an Initial cycle") != nil)
  }

  @Test("the selected row is marked whole, or its beginning only", arguments: [false, true])
  func selection(isShort: Bool) {
    var driver = Driver(options: ConsoleOptions(shortSelection: isShort))
    driver.press("Down")
    let frame = view(driver.state, size: driver.state.size)
    let selected = (0..<24).flatMap { frame.buffer.row($0) }.count { $0.style.isSelected }
    #expect(selected == (isShort ? 12 : 80))
    #expect(frame.buffer.row(frame.cursor.row).first?.style.isSelected == true)
  }

  @Test("what can't be is refused with its reason")
  func refused() {
    var keys = KeyBindings()
    #expect(keys.bind("fly", to: ["x"])?.contains("there is no action \"fly\"") == true)
    #expect(keys.bind("full", to: ["Hyper-x"])?.contains("is no key") == true)
    #expect(keys.bind("full", to: []) != nil)
    #expect(keys.conflict == nil)
    #expect(keys.bind("delta", to: ["S"]) == nil)
    #expect(keys.conflict?.action == "delta")
    #expect(keys.conflict?.reason == "S is the key of \"stop\" already")
    // In different places one key may mean two things.
    var others = KeyBindings()
    #expect(others.bind("coverage", to: ["p"]) == nil && others.conflict == nil)
  }

  @Test("two actions may change their keys with each other")
  func swapped() {
    var keys = KeyBindings()
    #expect(keys.bind("full", to: ["D"]) == nil)
    #expect(keys.bind("delta", to: ["F"]) == nil)
    #expect(keys.conflict == nil)
    var driver = Driver(options: ConsoleOptions(keys: keys))
    driver.press("D")
    #expect(driver.screen.contains("Start an Initial cycle?"))
    driver.press("Esc F")
    #expect(driver.effects == [.file(.cycle(.delta))])
  }

  @Test("every action has a name of its own, or is one thing in several places")
  func names() {
    for (name, actions) in Dictionary(grouping: Action.all, by: \.name) where actions.count > 1 {
      for scope in Scope.allCases {
        #expect(actions.count { $0.applies(in: scope) } <= 1, "\(name) in \(scope)")
      }
    }
    #expect(KeyBindings().table.contains { $0.name == "view.users" && $0.keys == "4" })
  }

  @Test("z holds what is shown, and says so; z again goes on")
  func pause() {
    var driver = Driver()
    driver.press("z")
    #expect(driver.screen.contains("paused"))
    driver.store.content.withLock {
      $0.operations.insert(Fixture.operation(6, cycle: 2, result: "success", adds: 77), at: 0)
      $0.counter += 1
    }
    driver.wait(2)
    #expect(driver.row(of: "Delta cycle 2") == nil && driver.row(of: " 77 ") == nil)
    driver.press("z")
    #expect(driver.row(of: " 77 ") != nil)
  }

  @Test("Y shows the screen without its lines")
  func undecorated() {
    var driver = Driver()
    driver.press("Y")
    guard case .showText(let lines)? = driver.effects.last else {
      Issue.record("nothing is shown")
      return
    }
    #expect(lines.contains { $0.contains("tenant       Export     ! export-errors") })
    #expect(!lines.joined().contains("│") && !lines.joined().contains("─"))
    #expect(lines.allSatisfy { $0.last != " " })
  }

  @Test("where the terminal takes ASCII only, the plain text has nothing else, in the same columns")
  func undecoratedASCII() throws {
    var content = Fixture.content()
    content.operations[0].connector = "m\u{FC}nchen \u{6B27}\u{9633}"
    var driver = Driver(content, options: ConsoleOptions(ascii: true), columns: 120)
    driver.press("Y")
    guard case .showText(let lines)? = driver.effects.last else {
      Issue.record("nothing is shown")
      return
    }
    #expect(lines.joined().unicodeScalars.allSatisfy { $0.isASCII })
    let (one, other) = (
      try #require(lines.first { $0.contains("m?nchen ? ?") }),
      try #require(lines.first { $0.contains("Full Sync") })
    )
    func column(_ text: String, _ line: String) -> Int? {
      line.firstRange(of: text).map { line.distance(from: line.startIndex, to: $0.lowerBound) }
    }
    #expect(column("Export", one) != nil && column("Export", one) == column("Full Sync", other))
  }

  @Test("the way back is whole beside the command that prints the same, also in wide letters")
  func wideCrumb() {
    var content = Fixture.content()
    let name = String(repeating: "\u{6B27}", count: 24)
    content.details[7]?.row.display = name
    var driver = Driver(content)
    driver.press("Enter Enter Enter")
    #expect(driver.screen.contains("Operations ▸ " + name + " "))
    content = Fixture.content()
    driver = Driver(content)
    driver.press("Enter Enter Enter")
    #expect(driver.screen.contains("Operations ▸ Ann Lee ─"))
    #expect(driver.screen.contains("lockstep object 7 ─"))
  }

  @Test("up and down bring back commands that were typed")
  func recall() {
    var driver = Driver()
    for command in ["view users", "view events"] {
      driver.press(":")
      driver.type(command)
      driver.press("Enter")
    }
    driver.press(": Up Up")
    #expect(driver.screen.contains(":view users"))
    driver.press("Down")
    #expect(driver.screen.contains(":view events"))
    driver.press("Down")
    #expect(!driver.screen.contains(":view"))
  }

  private func run(by person: String, options: ConsoleOptions) -> Driver {
    var driver = Driver(options: options)
    driver.store.content.withLock {
      var step = Fixture.operation(9, cycle: 7, .deltaImport, result: "in-progress", policy: .delta)
      step.requestedBy = person
      $0.progress = RunProgress(step: step, phase: "", done: 1, total: nil, rate: 0)
      $0.counter += 1
    }
    driver.wait(1)
    return driver
  }

  @Test("what another console started is told with who and when, once")
  func presence() {
    let options = ConsoleOptions(requestedBy: "console ann")
    var driver = run(by: "console bob", options: options)
    #expect(driver.screen.contains("Delta cycle started by console bob, 19:44"))
    driver.wait(6)
    driver.store.content.withLock {
      $0.progress?.step.id = 10
      $0.counter += 1
    }
    driver.wait(1)
    #expect(!driver.screen.contains("started by"))
    #expect(!run(by: "console ann", options: options).screen.contains("started by"))
  }

  @Test("for a screen reader there are no lines, the cursor is on the row, changes are words")
  func plain() {
    var driver = run(by: "me", options: ConsoleOptions(plain: true, requestedBy: "me"))
    #expect(driver.screen.contains("Running: Delta Import on contoso.test"))
    #expect(driver.screen.unicodeScalars.allSatisfy { $0.isASCII || $0 == "…" })
    #expect(!driver.screen.contains("---") && !driver.screen.contains("|"))
    let frame = Console.view(driver.state, size: driver.state.size)
    #expect(frame.cursorVisible)
    #expect(driver.cursorLine.contains("Export"))
    driver.store.content.withLock {
      $0.progress = nil
      $0.counter += 1
    }
    driver.wait(1)
    #expect(driver.screen.contains("Ended: Delta Import on contoso.test"))
  }

  @Test("the divider shows how long the last runs of a profile took, and what they changed")
  func chart() {
    var content = Fixture.content()
    content.operations = (1...20).reversed().map {
      Fixture.operation(Int64($0), cycle: Int64($0), adds: $0 == 20 ? 700 : 0)
    }
    var driver = Driver(content, columns: 120)
    let chart = "time ████████████████ changes ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁█"
    #expect(driver.screen.contains(chart))
    // The other way round the newest is the last on the screen, and in the chart still.
    driver.press("O G")
    #expect(driver.cursorLine.contains(" 700 ") && driver.screen.contains(chart))
    driver.press("=")
    #expect(driver.screen.contains("lockstep compare c19 c20"))
    #expect(Sparkline.text([0, 0], glyphs: .unicode) == "▁▁")
    #expect(Sparkline.text([1, 2, 4], glyphs: .ascii).count == 3)
  }

  @Test("= compares a cycle with the one before")
  func compare() {
    var content = Fixture.content()
    content.operations = Fixture.history(10)
    var driver = Driver(content, columns: 100)
    driver.toolOutput = ToolOutput(lines: ["12 objects differ"], status: 0)
    driver.press("=")
    #expect(driver.screen.contains("12 objects differ"))
    #expect(driver.screen.contains("lockstep compare c1 c2"))
  }
}

@Suite("Errors of one type and one cause")
struct FamilyTests {
  private static func content() -> FakeStore.Content {
    var content = Fixture.content()
    var other = Fixture.error(3, dn: "CN=Cy Oz,DC=test")
    other.attribute = "mail"
    other.firstOccurred = Fixture.now.adding(seconds: -900_000)
    content.errors.append(other)
    return content
  }

  @Test("X folds them, with count, first and last seen, trend and remedy")
  func folded() {
    var driver = Driver(Self.content(), columns: 110)
    driver.press("X")
    #expect(driver.screen.contains("3 errors in 2 families"))
    #expect(driver.cursorLine.contains("2 AttributeValueMustBeUnique  at export on tenant"))
    #expect(driver.screen.contains("first 2026-11-22 17:30:00  last 2026-11-22 20:00:00"))
    #expect(driver.screen.contains("2 new in 24 h, 2 in 7 d"))
    #expect(driver.screen.contains("none new for a week"))
    #expect(driver.screen.contains("Change the address of one of the two."))
    #expect(!driver.screen.contains("CN=Bo Ek"))
  }

  @Test("Enter lists the errors of a family, Enter on one opens its object, n goes on")
  func open() {
    var driver = Driver(Self.content(), columns: 140)
    driver.press("X n")
    #expect(driver.cursorLine.contains("1 AttributeValueMustBeUnique"))
    driver.press("N Enter")
    #expect(driver.screen.contains("CN=Ann Lee") && driver.screen.contains("CN=Bo Ek"))
    #expect(driver.screen.contains("at export on tenant  proxyAddresses, code 409  2 errors"))
    #expect(!driver.screen.contains("CN=Cy Oz"))
    driver.press("Down Enter")
    #expect(driver.screen.contains("smtp:ann@contoso.test"))
    driver.press("Esc")
    #expect(driver.cursorLine.contains("CN=Bo Ek"))
    driver.press("Esc")
    #expect(driver.cursorLine.contains("2 AttributeValueMustBeUnique"))
  }

  @Test("very many are counted by the store; a page of them is read when they are opened")
  func many() {
    var content = Fixture.content()
    content.errors = (1...30_001).map { Fixture.error($0) }
    var driver = Driver(content, columns: 110)
    driver.press("X")
    #expect(driver.screen.contains("30,001 errors in 1 family"))
    #expect(driver.store.content.withLock { $0.calls["openErrors"] } == nil)
    driver.store.content.withLock { $0.counter += 1 }
    driver.wait(2)
    #expect(driver.store.content.withLock { $0.calls["errorFamilies"] } == 2)
    driver.press("Enter")
    #expect(driver.store.content.withLock { $0.calls["openErrors"] } == 1)
    driver.press("G")
    #expect(driver.screen.contains("30,001 errors"))
  }

  @Test("no error is said")
  func none() {
    var content = Fixture.content()
    content.errors = []
    var driver = Driver(content)
    driver.press("X")
    #expect(driver.screen.contains("No object has an error."))
  }
}
