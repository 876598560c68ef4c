import Cells
import Testing

@testable import Console
@testable import SyncStore

@Suite("The way back")
struct EscapeTests {
  /// What is on the screen but the line of hints, which says what one came back from.
  private func body(_ driver: Driver) -> String {
    var state = driver.state
    state.toast = nil
    return Console.view(state, size: state.size).buffer.text().split(
      separator: "\n", omittingEmptySubsequences: false
    ).dropLast().joined(separator: "\n")
  }

  private func depth(_ driver: Driver) -> Int {
    driver.state.stacks[driver.state.view]?.count ?? 0
  }

  @Test(
    "Whatever a key opens, Esc leads back to the same rows and the same cursor",
    arguments: Scope.allCases)
  func opened(scope: Scope) throws {
    let there = Places.driver(try #require(Places.ways[scope]))
    let before = body(there)
    for action in there.state.actions where action.applies(in: scope) {
      var driver = there
      driver.send(.input(.key(try #require(action.keys.first))))
      let isAbove = driver.state.overlay != nil
      guard driver.state.view == there.state.view, isAbove || depth(driver) > depth(there) else {
        continue
      }
      driver.press("Esc")
      #expect(driver.state.overlay == nil && depth(driver) == depth(there), "\(action.title)")
      #expect(body(driver) == before, "\(action.title) in \(scope)")
      #expect(driver.effects.filter { $0.isOfEngine }.isEmpty, "\(action.title)")
    }
  }

  @Test(
    "What lies above a screen goes first, and the screen stays", arguments: Scope.allCases)
  func layers(scope: Scope) throws {
    for key in ["?", ":", "t", "M", "T"] {
      var driver = Places.driver(try #require(Places.ways[scope]))
      let deep = depth(driver)
      driver.press(key)
      #expect(driver.state.overlay != nil)
      driver.press("Esc")
      #expect(driver.state.overlay == nil && depth(driver) == deep, "\(key)")
      #expect(driver.state.screen.model.scope == scope)
    }
  }

  @Test("As many times as screens were opened, through each of them, and then it says that it ends")
  func steps() {
    var driver = Places.driver("2 Enter Enter Right Right Right", columns: 100)
    driver.press("H Enter Enter A X")
    var scopes: [Scope] = []
    for _ in 0..<20 where driver.state.canGoBack {
      scopes.append(driver.state.screen.model.scope)
      driver.press("Esc")
    }
    #expect(
      scopes == [.families, .activity, .inspector, .heldObjects, .held, .inspector, .objects])
    #expect(driver.state.screen.model.scope == .connectors)
    driver.press("Esc")
    #expect(driver.state.toast?.text == "Back: This is the first screen; q quits")
    // And forward again, each as it was.
    for scope in scopes.reversed() {
      driver.press(">")
      #expect(driver.state.screen.model.scope == scope)
    }
    driver.press(">")
    #expect(driver.state.toast?.text.hasPrefix("Forward: ") == true)
  }

  @Test("Each view has a way back of its own")
  func views() {
    var driver = Places.driver("2 Enter Enter")
    let inspector = body(driver)
    driver.press("6 Enter")
    let rule = body(driver)
    driver.press("2")
    #expect(body(driver) == inspector)
    driver.press("6")
    #expect(body(driver) == rule)
    driver.press("Esc")
    #expect(driver.state.screen.model.scope == .rules)
    driver.press("2 Esc")
    #expect(driver.state.screen.model.scope == .objects)
    driver.press("Backspace")
    #expect(driver.state.screen.model.scope == .connectors)
  }

  @Test(
    "A table that is narrowed is whole again before Esc says that this is the first screen",
    arguments: ViewID.allCases)
  func narrowed(view: ViewID) {
    var driver = Places.driver(String(view.digit))
    let whole = body(driver)
    driver.press("/")
    driver.type("zzz")
    driver.press("Enter")
    #expect(body(driver) != whole && driver.state.canGoBack)
    driver.press("Esc")
    #expect(driver.state.screen.model.filterText.isEmpty)
    #expect(Sheet(driver).first() == Sheet(Places.driver(String(view.digit))).first())
    driver.press("Esc")
    #expect(driver.state.toast?.text == "Back: This is the first screen; q quits")
    #expect(driver.state.tables.isEmpty)
  }

  @Test("A choice of f is left by Esc as well", arguments: [ViewID.operations, .users, .events])
  func choice(view: ViewID) {
    var driver = Places.driver(String(view.digit))
    let rows = Sheet(driver).indices.count
    driver.press("f f")
    #expect(!driver.state.tables.isEmpty)
    driver.press("Esc")
    #expect(Sheet(driver).indices.count == rows)
    #expect(driver.state.tables.isEmpty && !driver.state.canGoBack)
  }

  @Test("What was typed half is forgotten by Esc: a command, an interval, a time, an expression")
  func typed() {
    for (keys, text) in [
      (":", "quit"), ("M i", "5h"), ("@", "12:00"), ("2 Enter x", "[mail]"), ("M u", ""), ("F", ""),
    ] {
      var driver = Places.driver("1")
      driver.press(keys)
      driver.type(text)
      driver.press("Esc")
      #expect(driver.state.overlay == nil, "\(keys)")
      #expect(driver.effects.allSatisfy { !$0.isOfEngine && $0 != .quit }, "\(keys)")
      driver.press(":")
      #expect(driver.state.overlay == .prompt(Prompt(kind: .command)))
    }
  }

  @Test("A question that was answered by Esc is asked anew, with nothing typed in it")
  func anew() {
    var driver = Places.driver("2 Down R")
    guard case .dialog? = driver.state.overlay else {
      Issue.record("\(driver.screen)")
      return
    }
    driver.type("DELET")
    driver.press("Esc R")
    guard case .dialog(let dialog)? = driver.state.overlay else {
      Issue.record("nothing is asked")
      return
    }
    #expect(dialog.typed.isEmpty && !dialog.isWrong && dialog.top == 0)
    driver.type("E")
    driver.press("Enter")
    #expect(driver.effects.allSatisfy { !$0.isOfEngine })
  }
}

extension Sheet {
  /// What stands below the first heading.
  fileprivate func first() -> [String] { fields.first.map { column($0) } ?? [] }
}

extension Effect {
  /// Whether the engine or its schedule hears of it.
  var isOfEngine: Bool {
    switch self {
    case .file, .schedule, .startEngine: true
    default: false
    }
  }
}
