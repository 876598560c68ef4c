import Cells
import Directory
import Synchronization
import Testing

@testable import Console
@testable import SyncStore

@Suite("Any size, any key, any name")
struct SizeTests {
  private static let walks = [
    "", "Tab", "Tab Tab", "Enter Enter", "Tab Down Enter", "Tab Down Enter Enter", "2", "2 Enter",
    "2 Enter Enter", "2 Enter Enter Right", "2 Enter Enter Right Right Right Right", "4", "5",
    "5 Enter",
    "5 b", "5 b Enter", "7", "7 Enter", "?", "F", "P", "2 Down R", "t", ": v", "/ x", "S",
  ]

  @Test("no screen overflows, from 1x1 to 30x10 and beyond", arguments: walks)
  func matrix(_ walk: String) {
    var driver = Driver(Fixture.passwordContent())
    driver.press(walk)
    var sizes = [(40, 10), (41, 11), (60, 15), (80, 24), (132, 43), (200, 60), (300, 100), (0, 0)]
    for columns in stride(from: 1, through: 30, by: 3) {
      for rows in 1...10 { sizes.append((columns, rows)) }
    }
    for (columns, rows) in sizes {
      let size = Size(columns: columns, rows: rows)
      driver.send(.input(.resize(size)))
      let frame = Console.view(driver.state, size: size)
      #expect(frame.buffer.size == size)
      let inside = frame.cursor.column < max(1, columns) && frame.cursor.row < max(1, rows)
      #expect(inside && frame.cursor.column >= 0 && frame.cursor.row >= 0)
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
      Array("1234567FDSPRqntoOyesahjklgG/:?Nfxb 0é日").map { Key.character($0) }
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
    var content = Fixture.passwordContent()
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
        Fixture.passwordContent(),
        options: ConsoleOptions(themes: ["terminal"], ascii: true))
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

/// Numbers that are the same every time.
struct SeededRandom: RandomNumberGenerator {
  private var state: UInt64
  init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1 }
  mutating func next() -> UInt64 {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return state
  }
}
