import Cells
import Directory
import Synchronization
import TestSupport
import Testing

@testable import Console
@testable import SyncStore

@Suite("Random walks through all of the console")
struct RandomWalkTests {
  /// A walk, and what must be true after each of its steps.
  private struct Walk {
    var random: SeededRandom
    var driver: Driver
    /// What was remembered for the next console last.
    var kept: ConsolePreferences?

    init(seed: Int, options: ConsoleOptions) {
      random = SeededRandom(scattering: seed)
      var content = seed % 2 == 0 ? Places.hostile(seed) : Places.content()
      for number in Int64(0)..<230 {
        let errors = number % 7 == 0 ? 1 : 0
        content.operations.append(
          Fixture.operation(-number, cycle: -number / 4, errors: errors))
      }
      driver = Driver(content, options: options, columns: 80, rows: 24)
      driver.toolOutput = ToolOutput(lines: ["one", "error: two", "three"], status: 1)
    }

    /// One thing that a person, the terminal or the engine does.
    mutating func step() {
      switch Int.random(in: 0..<40, using: &random) {
      case 0: driver.send(.tick(driver.state.now.adding(seconds: 0.5)))
      case 1: driver.send(.input(.resize(size())))
      case 2: commit()
      case 3: driver.send(.input(.paste(random.text())))
      case 4: press()
      case 5, 6, 7, 8: answer()
      default: driver.send(.input(.key(key())))
      }
    }

    private mutating func size() -> Size {
      if random.chance(60) { return random.choose([Size(columns: 80, rows: 24), small, large]) }
      return Size(
        columns: .random(in: 1...130, using: &random), rows: .random(in: 1...45, using: &random))
    }
    private let small = Size(columns: 40, rows: 10)
    private let large = Size(columns: 200, rows: 60)

    /// Rows come and go.
    private mutating func commit() {
      let place = Int.random(in: 0..<200, using: &random)
      driver.store.content.withLock {
        $0.counter += 1
        if $0.operations.count > 210 { $0.operations.remove(at: place) }
        if let row = $0.users.popLast() { $0.users.insert(row, at: 0) }
        $0.objects.reverse()
        if place < 20 {
          $0.progress = nil
        } else if place < 40 {
          $0.progress = RunProgress(
            step: Fixture.operation(900, result: "in-progress"), phase: "staging", done: place,
            total: 20, rate: 3)
        }
      }
      driver.send(.tick(driver.state.now.adding(seconds: 0.5)))
    }

    private mutating func press() {
      let place = Position(
        column: .random(in: 0...130, using: &random), row: .random(in: 0...45, using: &random))
      let actions: [MouseEvent.Action] = [.press, .doublePress, .scrollUp, .scrollDown]
      driver.send(.input(.mouse(MouseEvent(random.choose(actions), at: place))))
    }

    /// What a question asks for, or nearly that.
    private mutating func answer() {
      guard case .dialog(let dialog)? = driver.state.overlay else { return }
      switch dialog.consent {
      case .key(let yes): driver.send(.input(.key(.character(random.chance(50) ? yes : "x"))))
      case .word(let word):
        driver.type(random.choose([word, String(word.dropLast()), word.lowercased()]))
        driver.press("Enter")
      }
    }

    /// A key that means something here, or any.
    private mutating func key() -> Key {
      if driver.state.overlay == nil, random.chance(80) {
        let scope = driver.state.screen.model.scope
        let actions = driver.state.actions.filter { $0.applies(in: scope) && $0.id != .quit }
        return random.choose(random.choose(actions).keys)
      }
      let codes: [Key.Code] = [.up, .down, .enter, .escape, .tab, .backspace, .left, .end, .home]
      if random.chance(60) { return Key(random.choose(codes)) }
      return .character(random.choose(Array("aDyq0JK<> /:=é日")))
    }
  }

  /// What asks before it is done.
  private static func isDangerous(_ effect: Effect, _ status: EngineStatus?) -> Bool {
    guard case .file(let command) = effect else {
      if case .schedule = effect { return true }
      return false
    }
    switch command {
    case .cycle(.initial), .stop, .releaseDeletes, .release, .purge, .staging, .becomeService,
      .passwords(.full), .run(_, .export), .shutDown:
      return true
    case .cycle(.delta):
      return status?.passingDeletes.isEmpty == false && !(status?.isStaging ?? true)
    case .preview(let order): return order.commits
    case .run, .rehearse, .verify, .passwords, .readConfiguration: return false
    }
  }

  /// Whether what was done is what the question before had named.
  private static func isAgreed(_ effect: Effect, _ before: Overlay?) -> Bool {
    guard case .dialog(let dialog)? = before else { return false }
    switch (dialog.deed, effect) {
    case (.ask(let asked), .file(let command)): return asked == command
    case (.all(let asked), .file(let command)): return asked.contains(command)
    case (.schedule(let asked), .schedule(let change)): return asked == change
    default: return false
    }
  }

  private func check(_ walk: Walk, _ step: Int) {
    let state = walk.driver.state
    let frame = Console.view(state, size: state.size)
    #expect(frame.buffer.size == state.size)
    #expect(frame.buffer.offence == nil, "step \(step)")
    let size = state.size
    #expect(Rect(size).contains(frame.cursor) || size.columns * size.rows == 0, "step \(step)")
    guard state.overlay == nil, size.columns >= 40, size.rows >= 10 else { return }
    let marked = (0..<size.rows).filter { row in
      frame.buffer.row(row).contains { $0.style.isSelected }
    }
    #expect(marked.count <= 1, "step \(step)")
    // Words that are shown for a while may lie over the selected row.
    if state.toast == nil {
      #expect(marked.isEmpty || marked == [frame.cursor.row], "step \(step)")
    }
    #expect(kept(state) == nil, "step \(step)")
  }

  /// The first table whose arrangement is another than the one that is kept for the next console.
  private func kept(_ state: ConsoleState) -> String? {
    for view in ViewID.allCases {
      guard let model = state.stacks[view]?.first?.model as? any TableScreen else { continue }
      func settings<Table: TableScreen>(_ table: Table) -> TableSettings { table.table.settings }
      let own = settings(model)
      if state.tables[model.scope.rawValue] ?? TableSettings() != own { return view.rawValue }
    }
    return nil
  }

  @Test(
    "No cell outside or half, nothing that a terminal obeys, one selection with the cursor on it",
    arguments: 1...5)
  func cells(seed: Int) {
    var walk = Walk(
      seed: seed, options: ConsoleOptions(themes: ["terminal", "light"], mouse: true))
    for step in 0..<160 {
      walk.step()
      check(walk, step)
    }
  }

  @Test("Nothing dangerous is done but what a question has just named")
  func consent() {
    var done = 0
    for seed in 20...30 {
      var walk = Walk(seed: seed, options: ConsoleOptions(themes: ["terminal"]))
      for step in 0..<250 {
        let (before, status) = (walk.driver.state.overlay, walk.driver.state.status)
        let count = walk.driver.effects.count
        walk.step()
        for effect in walk.driver.effects.dropFirst(count) where Self.isDangerous(effect, status) {
          done += 1
          #expect(Self.isAgreed(effect, before), "\(seed), step \(step): \(effect)")
        }
      }
    }
    // Walks that never came to a question would say nothing.
    #expect(done > 5)
  }

  @Test(
    "Esc leads to a first screen from everywhere, and does nothing on its way", arguments: 40...43)
  func back(seed: Int) {
    var walk = Walk(seed: seed, options: ConsoleOptions(themes: ["terminal"]))
    for step in 0..<220 {
      walk.step()
      // Where nothing can be drawn keys do nothing.
      guard step % 15 == 0, FrameLayout.fits(walk.driver.state.size) else { continue }
      var driver = walk.driver
      let depth = driver.state.stacks[driver.state.view]?.count ?? 0
      let count = driver.effects.count
      // One for what lies above, one for each screen, one for a part, a filter, and a moment.
      for _ in 0..<depth + 4 { driver.press("Esc") }
      #expect(driver.state.overlay == nil && !driver.state.canGoBack, "step \(step)")
      #expect(driver.state.stacks[driver.state.view]?.count == 1)
      #expect(driver.effects.dropFirst(count).allSatisfy { !$0.isOfEngine }, "step \(step)")
    }
  }

  @Test(
    "A console that was started read-only asks the engine for nothing, whatever is pressed",
    arguments: 60...62)
  func readOnly(seed: Int) {
    var walk = Walk(seed: seed, options: ConsoleOptions(themes: ["terminal"], readOnly: true))
    for _ in 0..<250 { walk.step() }
    #expect(walk.driver.effects.allSatisfy { !$0.isOfEngine })
    #expect(walk.driver.state.filing.isEmpty && walk.driver.state.watched.isEmpty)
    #expect(walk.driver.effects.allSatisfy { if case .edit = $0 { false } else { true } })
  }

  @Test(
    "What is remembered reads back as it was, and begins the next console so", arguments: 80...82)
  func remembered(seed: Int) {
    var walk = Walk(seed: seed, options: ConsoleOptions(themes: ["terminal", "light"]))
    for step in 0..<250 {
      let count = walk.driver.effects.count
      walk.step()
      for effect in walk.driver.effects.dropFirst(count) {
        guard case .save(let preferences) = effect else { continue }
        walk.kept = preferences
        #expect(ConsolePreferences.read(preferences.text) == preferences.kept, "step \(step)")
      }
    }
    guard let kept = walk.kept else { return }
    let next = Driver(
      Places.content(),
      options: ConsoleOptions(
        view: kept.view, tables: kept.tables, theme: kept.theme, searches: kept.searches))
    #expect(next.state.tables == kept.tables && next.state.view == kept.view)
    for view in ViewID.allCases {
      let (one, other) = (next.state.stacks[view]?.first, walk.driver.state.stacks[view]?.first)
      guard walk.driver.state.overlay == nil else { break }
      #expect(
        one?.model.tableInfo?.settings == other?.model.tableInfo?.settings || view == .operations)
    }
  }
}
