import Cells
import Directory
import Synchronization
import Testing

@testable import Console
@testable import SyncStore

@Suite("What nobody has seen")
struct UnseenTests {
  private static let tiny = Size(columns: 39, rows: 24)

  private func isFiled(_ driver: Driver) -> Bool {
    driver.effects.contains { if case .file = $0 { true } else { false } }
  }

  @Test(
    "in a terminal too small to draw in no key acts but those that leave",
    arguments: ["D", "F y", "2 Enter", "H", "M s y", ": d e l Enter", "t Down Enter"])
  func tooSmall(_ keys: String) {
    var driver = Driver()
    driver.send(.input(.resize(Self.tiny)))
    let before = driver.state
    driver.press(keys)
    #expect(driver.effects.isEmpty && driver.state.view == before.view)
    #expect(driver.state.overlay == nil && driver.state.stacks == before.stacks)
  }

  @Test("a question that a smaller terminal hides takes no consent, and Esc ends it")
  func hiddenQuestion() {
    var driver = Driver()
    driver.press("F")
    driver.send(.input(.resize(Size(columns: 80, rows: 9))))
    driver.press("y")
    #expect(!isFiled(driver) && driver.state.overlay != nil)
    driver.press("Esc")
    #expect(driver.state.overlay == nil)
    driver.press("Esc")
    #expect(driver.state.stacks[.operations]?.count == 1)
  }

  @Test("what is typed, pasted or pressed with the mouse there goes nowhere")
  func otherInput() {
    var driver = Driver()
    driver.press(":")
    driver.send(.input(.resize(Self.tiny)))
    driver.send(.input(.paste("delta")))
    driver.press("x")
    #expect(driver.state.overlay == .prompt(Prompt(kind: .command)))
    driver.press("Esc")
    driver.send(.input(.resize(Size(columns: 80, rows: 24))))
    let row = driver.state.screen.model.copyText
    driver.send(.input(.resize(Self.tiny)))
    driver.send(.input(.mouse(MouseEvent(.scrollDown, at: Position(column: 1, row: 8)))))
    #expect(driver.state.screen.model.copyText == row)
  }

  @Test("q leaves, and C-l and C-z do what they do, whatever the size")
  func leaving() {
    var driver = Driver()
    driver.send(.input(.resize(Self.tiny)))
    driver.press("C-l C-z q")
    #expect(driver.effects == [.redraw, .suspend, .quit])
  }

  @Test("a key that came before its question could be read agrees to nothing; the next one does")
  func early() {
    var driver = Driver()
    driver.press("F")
    driver.send(.early(.character("y")))
    #expect(!isFiled(driver) && driver.screen.contains("Start an Initial cycle?"))
    #expect(driver.screen.contains("y once more answers it"))
    driver.press("y")
    #expect(driver.effects == [.file(.cycle(.initial))])
    driver = Driver()
    driver.press("F")
    driver.send(.early(Key(.escape)))
    #expect(driver.state.overlay == nil, "any other key is as ever")
  }

  @Test("only a question that came up by itself has a number, and each its own")
  func numbers() {
    var driver = Driver()
    driver.press("F")
    let first = driver.state.question
    driver.press("Esc F")
    #expect(first != nil && driver.state.question != nil && driver.state.question != first)
    driver.store.content.withLock { $0.status = Fixture.status(.running) }
    driver.press("Esc")
    driver.wait(3)
    driver.press("S")
    #expect(driver.state.overlay != nil && driver.state.question == nil)
  }

  @Test("a question is read once it has been drawn for a moment")
  func sight() {
    var sight = Sight()
    let now = Fixture.now
    #expect(!sight.isTooEarly(for: nil, at: now) && sight.isTooEarly(for: 1, at: now))
    sight.draw(nil, at: now)
    #expect(sight.isTooEarly(for: 1, at: now.adding(seconds: 9)))
    sight.draw(1, at: now.adding(seconds: 10))
    #expect(sight.isTooEarly(for: 1, at: now.adding(seconds: 10.1)))
    sight.draw(1, at: now.adding(seconds: 10.2))
    #expect(!sight.isTooEarly(for: 1, at: now.adding(seconds: 10.4)))
    #expect(sight.isTooEarly(for: 2, at: now.adding(seconds: 10.4)))
    #expect(!sight.isTooEarly(for: 1, at: now), "the clock was set back")
  }

  @Test("who goes on with the mouse is asked nothing of what was counted for an earlier key")
  func mouse() {
    var driver = Driver(answers: false)
    driver.answerHeld()
    driver.held = []
    driver.press("F")
    driver.send(.input(.mouse(MouseEvent(.scrollDown, at: Position(column: 1, row: 8)))))
    driver.answerHeld()
    #expect(driver.state.overlay == nil)
  }

  @Test("y stops what the question named, and asks anew where that has ended")
  func stopsWhatWasNamed() {
    func progress(_ step: Int64, cycle: Int64) -> RunProgress {
      RunProgress(
        step: Fixture.operation(step, cycle: cycle, result: "in-progress"), phase: "", done: 5,
        total: 10, rate: 1)
    }
    var content = Fixture.content()
    content.status = Fixture.status(.running)
    content.progress = progress(6, cycle: 2)
    var driver = Driver(content)
    driver.press("S")
    driver.store.content.withLock { $0.progress = progress(7, cycle: 2) }
    driver.wait(3)
    driver.press("y")
    #expect(driver.effects == [.file(.stop)], "another step of the same cycle is meant, too")
    driver.press("S")
    driver.store.content.withLock { $0.progress = progress(8, cycle: 3) }
    driver.wait(3)
    driver.press("y")
    #expect(driver.effects == [.file(.stop)])
    #expect(driver.screen.contains("asked about has ended, and something else"))
    driver.press("y")
    #expect(driver.effects == [.file(.stop), .file(.stop)])
    driver.press("S")
    driver.store.content.withLock {
      $0.progress = nil
      $0.status = Fixture.status(.idle)
    }
    driver.wait(3)
    driver.press("y")
    #expect(driver.effects.count == 2 && driver.screen.contains("has ended already"))
  }
}
