import Cells
import Directory
import Synchronization
import Testing

@testable import Console
@testable import SyncStore

@Suite("What is known of the engine, and of what was asked of it")
struct EngineNewsTests {
  @Test("where there is no store yet tables say what makes one, and never that they are being read")
  func nothingYet() {
    var content = Fixture.content()
    let missing = StoreError(
      .missing, message: "There is no store", hint: "lockstep initial makes one")
    content.fault = missing
    var driver = Driver(content)
    driver.send(.pollFailed(missing))
    for view in ["1", "2", "3", "4", "5", "7"] {
      driver.press(view)
      #expect(driver.screen.contains("Nothing yet: F runs the first cycle"), "\(view)")
      #expect(!driver.screen.contains("Loading"), "\(view)")
      #expect(!driver.screen.contains("looking"), "\(view)")
    }
    #expect(driver.screen.contains("F runs the first cycle, which makes one."))
    // Who may not make one is told how one is made.
    driver = Driver(content, options: ConsoleOptions(readOnly: true))
    driver.send(.pollFailed(missing))
    #expect(driver.screen.contains("lockstep initial makes one"))
    #expect(!driver.screen.contains("F runs the first"))
  }

  @Test("a step that says nothing of itself for long is told of, unless it was asked to wait")
  func silence() {
    var content = Fixture.content()
    content.status = Fixture.status(.running)
    var step = Fixture.operation(5, connector: "tenant", .export, result: "in-progress")
    step.lastSeen = Fixture.now.adding(seconds: -3)
    content.progress = RunProgress(step: step, phase: "exporting", done: 5, total: 9, rate: 1)
    var driver = Driver(content, columns: 120)
    #expect(!driver.screen.contains("no progress"))
    driver.wait(11)
    #expect(driver.screen.contains("exporting no progress for 14 s"))
    driver.store.content.withLock {
      $0.progress?.step.lastSeen = Fixture.now.adding(seconds: 11)
      $0.counter += 1
    }
    driver.wait(1)
    #expect(!driver.screen.contains("no progress"))
    let now = Fixture.now
    var progress = RunProgress(step: step, phase: "exporting", done: 5, total: 9, rate: 1)
    progress.waitsUntil = now.adding(seconds: 30)
    #expect(progress.silence(now: now.adding(seconds: 20)) == nil)
    #expect(progress.silence(now: now.adding(seconds: 40)) == 43)
    // One that has not got so far is measured from its beginning.
    step.lastSeen = nil
    step.started = now.adding(seconds: -12)
    let begun = RunProgress(step: step, phase: "starting", done: 0, total: nil, rate: 0)
    #expect(begun.silence(now: now) == 12)
    let waiting = RunProgress(
      step: step, phase: "no answer for 12 s, try 2 of 6", done: 0, total: nil, rate: 0)
    #expect(waiting.silence(now: now) == nil)
  }

  @Test("an engine of which nothing is known yet is not taken for one that ended")
  func firstCycle() {
    var content = Fixture.content()
    let missing = StoreError(.missing, message: "There is no store", hint: "")
    content.fault = missing
    var driver = Driver(content)
    driver.send(.pollFailed(missing))
    driver.press("F y")
    // The engine has made the store, and works already when the command is looked at.
    driver.store.content.withLock {
      $0.fault = nil
      $0.status = Fixture.status(.running)
      $0.commands[1] = CommandStatus(id: 1, state: .taken, outcome: "")
    }
    driver.answers = false
    driver.held = []
    driver.send(.filed(.cycle(.initial), 1))
    #expect(
      driver.held.contains { $0.request == .header },
      "what failed for want of a store is asked at once")
    let looks = driver.held.filter { $0.request == .command(1) }
    let headers = driver.held.filter { $0.request == .header }
    driver.held = []
    for load in looks { driver.answer(load.ticket, load.request) }
    for counter in 2...5 {
      driver.send(.polled(Int64(counter)))
      let looks = driver.held.filter { $0.request == .command(1) }
      #expect(!looks.isEmpty)
      driver.held.removeAll { $0.request == .command(1) }
      for load in looks { driver.answer(load.ticket, load.request) }
    }
    #expect(!driver.screen.contains("The engine ended") && driver.state.watched.count == 1)
    driver.answers = true
    for load in headers { driver.answer(load.ticket, load.request) }
    driver.answerHeld()
    driver.wait(3)
    #expect(!driver.screen.contains("The engine ended"))
    driver.store.content.withLock {
      $0.commands[1] = CommandStatus(id: 1, state: .finished, outcome: "Cycle 1 ended: success")
      $0.counter += 1
    }
    driver.wait(1)
    #expect(driver.screen.contains("Cycle 1 ended: success"))
  }

  @Test("what an engine had taken that ended is told, once a later look finds none")
  func reallyLost() {
    var content = Fixture.content()
    content.status = Fixture.status(.running)
    content.commands[1] = CommandStatus(id: 1, state: .taken, outcome: "")
    var driver = Driver(content)
    driver.send(.filed(.cycle(.delta), 1))
    driver.wait(3)
    #expect(driver.state.watched.count == 1)
    driver.store.content.withLock { $0.status = Fixture.status(.absent) }
    driver.wait(6)
    #expect(driver.screen.contains("The engine ended before it had finished the Delta cycle"))
    #expect(driver.state.watched.isEmpty)
  }

  @Test("S names what waits and would begin then, and takes it back where that is wanted")
  func stopAll() {
    var content = Fixture.content()
    content.status = Fixture.status(.running)
    var running = Fixture.operation(5, connector: "tenant", .export, result: "in-progress")
    running.ended = nil
    content.progress = RunProgress(step: running, phase: "exporting", done: 5, total: 9, rate: 1)
    func filed(
      _ id: Int64, _ command: EngineCommand, _ state: CommandStatus.State
    ) -> FiledCommand {
      FiledCommand(
        id: id, command: command, requestedBy: "console bob", filed: Fixture.now, state: state,
        outcome: "")
    }
    content.asked = [
      filed(9, .cycle(.initial), .filed), filed(8, .passwords(.now), .filed),
      filed(7, .cycle(.delta), .taken),
    ]
    var driver = Driver(content)
    driver.wait(1)
    driver.press("S")
    let words = "Initial cycle, asked for by console bob, waits, and begins then."
    #expect(driver.screen.contains(words))
    #expect(!driver.screen.contains("Delta cycle, asked"))
    #expect(driver.screen.contains("y Stop    a Stop all    Esc Leave it"))
    driver.press("y")
    #expect(driver.effects == [.file(.stop)])
    driver.send(.filed(.stop, 20))
    driver.press("S a")
    #expect(driver.effects.suffix(2) == [.withdraw(9), .file(.stop)])
    driver.send(.withdrawn(9, .success(true)))
    #expect(driver.screen.contains("Initial cycle is asked for no more"))
    driver.press("S a")
    driver.send(.withdrawn(9, .success(false)))
    #expect(driver.screen.contains("Initial cycle has begun already; it was not taken back"))
    // Where nothing waits there is nothing more to agree to.
    driver.store.content.withLock {
      $0.asked = []
      $0.counter += 1
    }
    driver.wait(1)
    driver.press("S")
    #expect(driver.screen.contains("Stop what runs?") && !driver.screen.contains("Stop all"))
    driver.press("a")
    #expect(driver.state.overlay != nil)
  }

  @Test("who agreed to the end of what has ended takes nothing back by it")
  func stopAllTooLate() {
    var content = Fixture.content()
    content.status = Fixture.status(.running)
    let running = Fixture.operation(5, connector: "tenant", .export, result: "in-progress")
    content.progress = RunProgress(step: running, phase: "exporting", done: 5, total: 9, rate: 1)
    content.asked = [
      FiledCommand(
        id: 9, command: .cycle(.initial), requestedBy: "console bob", filed: Fixture.now,
        state: .filed, outcome: "")
    ]
    var driver = Driver(content)
    driver.wait(1)
    driver.press("S")
    let next = Fixture.operation(6, cycle: 2, connector: "tenant", result: "in-progress")
    driver.store.content.withLock {
      $0.progress?.step = next
      $0.counter += 1
    }
    driver.wait(1)
    driver.press("a")
    #expect(driver.effects.isEmpty)
    #expect(driver.screen.contains("What you were asked about has ended"))
  }
}
