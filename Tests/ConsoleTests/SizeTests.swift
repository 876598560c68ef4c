import Cells
import Directory
import Synchronization
import TestSupport
import Testing

@testable import Console
@testable import SyncStore

@Suite("Any size, any key, any name")
struct SizeTests {
  /// The keys that lead to a screen of each scope.
  private static let places: [Scope: String] = [
    .operations: "", .changes: "Tab Up Enter", .deltas: "Tab Up Enter Enter", .connectors: "2",
    .objects: "2 Enter", .inspector: "2 Enter Enter", .metaverse: "3", .users: "4",
    .passwords: "5", .passwordAccount: "5 Enter", .passwordBatches: "5 b",
    .passwordBatch: "5 b Enter", .rules: "6", .rule: "6 Enter", .events: "7", .event: "7 Enter",
    .held: "H", .heldObjects: "H Enter", .families: "X", .family: "X Enter", .tool: "2 c",
    .activity: "A",
  ]

  /// Keys that lead to screens, panes, tabs, questions, menus and lines that are typed.
  private static let walks =
    places.values.sorted() + [
      "Tab", "Tab Tab", "Enter Enter", "Enter Enter Enter Right", "Enter Enter S-Tab",
      "2 Enter Enter Right Right", "2 Enter Enter Right Right Right Right", "6 v", "?", "F", "P",
      "2 Down R", "t", ": v", "/ x", "S", "M", "M u", "M s", "T", "o", "C", "2 r", "2 Enter s",
      "5 r", "@", "m", "m =", "3 s", "6 Enter Down x",
    ]

  /// A store with something for each scope.
  private static func content() -> FakeStore.Content {
    var content = Fixture.passwordContent()
    content.groups = [
      HeldGroup(
        id: 12, connector: "tenant", kind: .deletes, cause: "left scope", count: 37,
        since: Fixture.now, latest: Fixture.now, samples: ["Ann Lee", "Bo Ek"])
    ]
    content.held = [12: [Fixture.object(8, "Ann Lee", connector: "tenant")]]
    content.heldImports = [
      HeldImport(
        connector: "contoso.test", kind: "deletes", count: 400, message: "400 are gone",
        since: Fixture.now, releasedBy: nil)
    ]
    content.asked = [
      FiledCommand(
        id: 1, command: .cycle(.delta), requestedBy: "console ann", filed: Fixture.now,
        state: .finished, outcome: "Cycle 2 ended")
    ]
    return content
  }

  private static func driver(_ keys: String) -> Driver {
    var driver = Driver(content())
    driver.toolOutput = ToolOutput(lines: ["✓ contoso.test answers", "error: no"], status: 1)
    driver.press(keys)
    return driver
  }

  /// Whether a frame has the size that was asked for, and its cursor within.
  private func check(_ state: ConsoleState, _ size: Size, _ after: String) {
    let frame = Console.view(state, size: size)
    #expect(frame.buffer.size == size, "\(after)")
    let inside =
      frame.cursor.column < max(1, size.columns) && frame.cursor.row < max(1, size.rows)
    #expect(inside && frame.cursor.column >= 0 && frame.cursor.row >= 0, "\(after)")
    #expect(state.checkInvariants() == nil, "\(after)")
  }

  @Test("no screen overflows, from 1x1 to 30x10 and beyond", arguments: walks)
  func matrix(_ walk: String) {
    var driver = Self.driver(walk)
    var sizes = [(40, 10), (41, 11), (60, 15), (80, 24), (132, 43), (200, 60), (300, 100), (0, 0)]
    for columns in stride(from: 1, through: 30, by: 3) {
      for rows in 1...10 { sizes.append((columns, rows)) }
    }
    for (columns, rows) in sizes {
      let size = Size(columns: columns, rows: rows)
      driver.send(.input(.resize(size)))
      check(driver.state, size, walk)
    }
  }

  @Test("there is a way to each kind of screen")
  func reached() {
    for scope in Scope.allCases {
      let driver = Self.driver(Self.places[scope] ?? "q")
      #expect(driver.state.screen.model.scope == scope)
    }
  }

  @Test(
    "every action of the table, wherever it has a meaning, fits every size",
    arguments: Scope.allCases)
  func actions(_ scope: Scope) throws {
    let there = Self.driver(try #require(Self.places[scope]))
    let own = [(40, 10), (41, 11), (60, 15), (80, 24), (132, 43), (200, 60), (300, 100), (13, 5)]
    // What means the same everywhere need not be drawn everywhere at every size.
    let common = [(40, 10), (80, 24), (132, 43)]
    for action in Action.all where action.applies(in: scope) {
      let key = try #require(action.keys.first)
      for (columns, rows) in action.scopes.isEmpty ? common : own {
        let size = Size(columns: columns, rows: rows)
        var driver = there
        driver.send(.input(.resize(size)))
        driver.send(.input(.key(key)))
        check(driver.state, size, "\(action.title) in \(scope) at \(columns)x\(rows)")
        // A screen that was large may become small under what was opened.
        driver.send(.input(.resize(Size(columns: 40, rows: 10))))
        check(driver.state, Size(columns: 40, rows: 10), "\(action.title) in \(scope), shrunk")
      }
    }
  }

  @Test("below 40x10 one line says what is needed, and the console recovers")
  func tooSmall() {
    var driver = Driver()
    let before = driver.screen
    driver.send(.input(.resize(Size(columns: 20, rows: 5))))
    #expect(driver.screen == "needs 40x10, is 20x5\n\n\n\n")
    driver.press("j")
    driver.press("k")
    driver.send(.input(.resize(Size(columns: 80, rows: 24))))
    #expect(driver.screen == before)
  }

  @Test("the selected row stays visible however the terminal is resized")
  func resized() {
    var content = Fixture.content()
    content.operations = Fixture.history(300)
    var driver = Driver(content)
    for _ in 0..<40 { driver.press("Down") }
    let selected = driver.state.screen
    for (columns, rows) in [(40, 10), (200, 60), (41, 12), (80, 24)] {
      driver.send(.input(.resize(Size(columns: columns, rows: rows))))
      guard case .operations(let now) = driver.state.screen,
        case .operations(let then) = selected
      else { return }
      #expect(now.list.selectedID == then.list.selectedID)
      let frame = Console.view(driver.state, size: driver.state.size)
      #expect(frame.buffer[frame.cursor].style.isSelected, "\(columns)x\(rows)")
    }
  }

  @Test("thousands of random keys never break the state", arguments: 0..<12)
  func fuzz(_ seed: UInt64) {
    var random = SeededRandom(seed: seed)
    var content = Fixture.passwordContent()
    content.operations += (0..<450).map { Fixture.operation(-Int64($0), cycle: -Int64($0 / 4)) }
    if seed % 3 == 0 {
      content.progress = RunProgress(
        step: Fixture.operation(6, result: "in-progress"), phase: "staging", done: 5, total: 3,
        rate: .infinity)
    }
    var driver = Driver(content)
    let keys =
      Array("1234567FDSPRHXAMTBCEKLUVYZqntoOyesahjklgG/:?Nfxbcdimpruvwz@>='\"[] 0é日").map {
        Key.character($0)
      }
      + [
        .up, .down, .left, .right, .pageUp, .pageDown, .home, .end, .enter, .escape, .tab,
        .backTab, .backspace, .delete, .function(1),
      ].map { Key($0) }
      + [
        Key(.character("l"), control: true), Key(.character("u"), control: true),
        Key(.character("w"), control: true),
      ]
    for step in 0..<1500 {
      switch Int.random(in: 0..<40, using: &random) {
      case 0: driver.send(.tick(driver.state.now.adding(seconds: 0.3)))
      case 1:
        driver.send(
          .input(
            .resize(
              Size(
                columns: .random(in: 1...120, using: &random),
                rows: .random(in: 1...40, using: &random)))))
      case 2:
        let position = Position(
          column: .random(in: 0...120, using: &random), row: .random(in: 0...40, using: &random))
        let action: [MouseEvent.Action] = [.press, .doublePress, .scrollUp, .scrollDown]
        driver.send(
          .input(.mouse(MouseEvent(action.randomElement(using: &random) ?? .press, at: position))))
      case 3: driver.answers.toggle()
      case 4: driver.answerHeld()
      case 5:
        driver.store.content.withLock {
          $0.counter += 1
          if !$0.operations.isEmpty { $0.operations.removeFirst() }
        }
      case 6: driver.send(.input(.paste("a,b\u{1B}[2J")))
      default: driver.send(.input(.key(keys.randomElement(using: &random) ?? Key(.up))))
      }
      if step % 25 == 0 {
        let frame = Console.view(driver.state, size: driver.state.size)
        #expect(frame.buffer.size == driver.state.size)
      }
    }
  }

  @Test("hostile names reach the screen as visible marks, in every view")
  func hostile() {
    let name = "Ev\u{1B}[2Jil\u{202E}\u{0}\u{9B}x\r\n"
    var content = Self.content()
    content.groups[0].cause = name
    content.groups[0].samples = [name]
    content.heldImports[0].message = name
    content.held[12]?[0].display = name
    content.asked[0].outcome = name
    content.asked[0].requestedBy = name
    content.metaverse[0].display = name
    content.objects[0].display = name
    content.objects[0].dn = name
    content.errors[0].attribute = name
    content.errors[0].hint = name
    content.channels[0].source = name
    content.channels[0].domain = name
    content.channels[0].reason = name
    content.passwords[0].display = name
    content.passwords[0].dn = name
    content.passwords[0].reason = name
    content.batches[0].error = name
    content.batches[0].lines[0].words = name
    content.batches[0].lines[0].dn = name
    content.operations[0].connector = name
    content.errors[0].dn = name
    content.errors[0].message = name
    content.changes[0].display = name
    content.changes[0].dn = name
    content.connectors[0].name = name
    content.connectors[0].summary = name
    content.users[0].displayName = name
    content.events[0].message = name
    content.status.sources = [name]
    content.details[7]?.row.dn = name
    content.details[7]?.attributes[0].values = [.string(name)]
    content.details[7]?.attributes[0].name = name
    for walk in Self.walks {
      var driver = Driver(content, columns: 120, rows: 40)
      driver.press(walk)
      for scalar in driver.screen.unicodeScalars where scalar != "\n" {
        #expect(!Sanitizer.isHostile(scalar), "U+\(String(scalar.value, radix: 16)) after \(walk)")
      }
    }
  }

  @Test("an inspector spells hostile characters out")
  func spelled() {
    var content = Fixture.content()
    content.details[7]?.attributes[4].values = [.string("Cl\u{202E}erk")]
    var driver = Driver(content)
    driver.press("2 Enter Enter Right")
    #expect(driver.screen.contains("Cl<U+202E>erk"))
  }

  @Test("with ASCII glyphs, and names in ASCII, nothing else reaches the screen")
  func ascii() {
    for walk in Self.walks {
      var driver = Driver(
        Self.content(), options: ConsoleOptions(themes: ["terminal"], ascii: true))
      driver.press(walk)
      #expect(driver.screen.allSatisfy { $0.isASCII || $0 == "…" }, "\(walk): \(driver.screen)")
    }
  }

  @Test("the mouse selects rows, opens them, and presses tabs")
  func mouse() {
    var driver = Driver(options: ConsoleOptions(mouse: true))
    let row = driver.row(of: "sync-errors") ?? 0
    driver.send(.input(.mouse(MouseEvent(.press, at: Position(column: 5, row: row)))))
    #expect(driver.cursorLine.contains("sync-errors"))
    driver.send(.input(.mouse(MouseEvent(.scrollUp, at: Position(column: 5, row: row)))))
    #expect(driver.cursorLine.contains("export-errors"))
    let error = driver.row(of: "CN=Bo Ek") ?? 0
    driver.send(.input(.mouse(MouseEvent(.doublePress, at: Position(column: 50, row: error)))))
    #expect(driver.screen.contains("CN=Bo Ek") && driver.screen.contains("What to do"))
    let tabs = driver.screen.split(separator: "\n")[1]
    let column = tabs.distance(
      from: tabs.startIndex, to: tabs.firstIndex(of: "U") ?? tabs.startIndex)
    driver.send(.input(.mouse(MouseEvent(.press, at: Position(column: column, row: 1)))))
    #expect(driver.state.view == .users)
  }
}
