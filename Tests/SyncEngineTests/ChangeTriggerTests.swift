import Testing

@testable import SyncEngine

/// A trigger with a clock that a test sets.
private struct Timeline {
  private let start = ContinuousClock.now
  var trigger: ChangeTrigger

  init(quiet: Double = 5, longestWait: Double = 60, pause: Double = 30) {
    trigger = ChangeTrigger(ChangePace(quiet: quiet, longestWait: longestWait, pause: pause))
  }

  func at(_ seconds: Double) -> ChangeTrigger.Instant { start.advanced(by: .seconds(seconds)) }
  mutating func note(at seconds: Double, _ cause: ChangeCause = .change) {
    trigger.note(cause, at: at(seconds))
  }
  func due(at seconds: Double) -> ChangeCause? { trigger.due(at: at(seconds)) }
  mutating func ended(at seconds: Double, isFruitful: Bool = true) {
    trigger.ended(isFruitful: isFruitful, at: at(seconds))
  }
}

@Suite("When a cycle follows a change")
struct ChangeTriggerTests {
  @Test("Nothing is due without a change, however long that is")
  func nothing() {
    let line = Timeline()
    #expect(line.due(at: 0) == nil)
    #expect(line.due(at: 1e6) == nil)
  }

  @Test("A change is due once changes have stopped for the quiet time, and not before")
  func quiet() {
    var line = Timeline()
    line.note(at: 0)
    #expect(line.due(at: 4.9) == nil)
    #expect(line.due(at: 5) == .change)
    line.note(at: 4)
    #expect(line.due(at: 8.9) == nil)
    #expect(line.due(at: 9) == .change)
  }

  @Test("Changes that never stop wait no longer than the longest wait")
  func longestWait() {
    var line = Timeline()
    for second in 0..<60 { line.note(at: Double(second)) }
    #expect(line.due(at: 59.9) == nil)
    #expect(line.due(at: 60) == .change)
  }

  @Test("After a person's stop nothing follows for a time, or until another cycle has read it")
  func stopped() {
    var line = Timeline()
    line.note(at: 0)
    line.trigger.rest(100, at: line.at(1))
    #expect(line.due(at: 100.9) == nil)
    #expect(line.due(at: 101) == .change)
    // Not even where the cycle was one that changes had triggered.
    line.ended(at: 2)
    #expect(line.due(at: 100.9) == nil)
    _ = line.trigger.take()
    line.note(at: 40)
    #expect(line.due(at: 45) == .change)
  }

  @Test("Between two triggered cycles is the pause, and what was noticed in it is not forgotten")
  func pause() {
    var line = Timeline()
    line.note(at: 0)
    _ = line.trigger.take()
    line.ended(at: 10)
    line.note(at: 11)
    #expect(line.due(at: 39.9) == nil)
    #expect(line.due(at: 40) == .change)
  }

  @Test("An import reads what was noticed before it began, and nothing of what came later")
  func taking() {
    var line = Timeline()
    line.note(at: 0)
    let first = line.trigger.take()
    #expect(first?.cause == .change)
    #expect(line.due(at: 100) == nil)
    line.note(at: 101)
    #expect(line.due(at: 106) == .change)
    let (second, third) = (line.trigger.take(), line.trigger.take())
    #expect(second != nil && third == nil)
  }

  @Test("What a failed import did not read is due again, with when it was noticed first")
  func givingBack() throws {
    var line = Timeline(quiet: 5, longestWait: 10, pause: 1)
    line.note(at: 0, .beginning)
    let taken = line.trigger.take()
    line.note(at: 8)
    line.trigger.giveBack(try #require(taken), at: line.at(9))
    #expect(line.due(at: 9.9) == nil)
    #expect(line.due(at: 10) == .beginning)
  }

  @Test(
    "After cycles that brought nothing the pause doubles up to a limit, until one brings something"
  )
  func fruitless() {
    var line = Timeline(quiet: 0, longestWait: 0, pause: 10)
    var time = 0.0
    var pauses: [Double] = []
    for _ in 0..<9 {
      line.ended(at: time, isFruitful: false)
      line.note(at: time)
      let pause = [10.0, 20, 40, 80, 160, 320, 640].first { line.due(at: time + $0) != nil }
      pauses.append(pause ?? .infinity)
      time += 1000
    }
    #expect(pauses == [10, 20, 40, 80, 160, 320, 320, 320, 320])
    line.ended(at: time)
    line.note(at: time)
    #expect(line.due(at: time + 9.9) == nil && line.due(at: time + 10) != nil)
  }

  @Test("Reasons name the connector, and do not claim a change that nobody saw")
  func reasons() {
    #expect(ChangeCause.change.reason("ad") == "triggered by a change at ad")
    for cause in [ChangeCause.beginning, .recovery] {
      #expect(cause.reason("ad").contains("the watch of ad"))
      #expect(cause.reason("ad").contains("not known"))
    }
  }
}
