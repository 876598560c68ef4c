import Cells
import Directory
import Synchronization
import Testing

@testable import Console
@testable import SyncStore

@Suite("Asking the engine")
struct CommandTests {
  @Test("F asks first, and says exactly what it will do")
  func fullAsks() {
    var driver = Driver()
    driver.press("F")
    #expect(driver.screen.contains("Start an Initial cycle?"))
    #expect(driver.screen.contains("Full Import on contoso.test, tenant."))
    #expect(driver.screen.contains("More than 500 deletes"))
    #expect(driver.effects.isEmpty)
  }

  @Test("neither Enter nor the key that asked starts it", arguments: ["Enter", "F", "Esc", "n"])
  func notByAccident(_ key: String) {
    var driver = Driver()
    driver.press("F " + key)
    #expect(driver.effects.isEmpty)
    driver.press("Esc y")
    #expect(!driver.effects.contains(.file(.cycle(.initial))))
  }

  @Test("y starts it")
  func full() {
    var driver = Driver()
    driver.press("F y")
    #expect(driver.effects == [.file(.cycle(.initial))])
    #expect(driver.screen.contains("Initial cycle asked for"))
    #expect(!driver.screen.contains("Start an Initial cycle?"))
  }

  @Test("D doesn't ask as long as nothing waits that it would delete")
  func delta() {
    var content = Fixture.content()
    content.waiting = [WaitingExports(connector: "tenant", adds: 4, updates: 9, deletes: 37)]
    content.status.heldDeletesByConnector = ["tenant": 37]
    var driver = Driver(content)
    driver.press("D")
    #expect(driver.effects == [.file(.cycle(.delta))])
  }

  @Test("D asks for the word where its export deletes, but in staging mode")
  func deltaDeletes() {
    var content = Fixture.content()
    content.waiting = [WaitingExports(connector: "tenant", adds: 4, updates: 9, deletes: 40)]
    content.status.heldDeletesByConnector = ["tenant": 37]
    content.status.passingDeletes = ["tenant": 3]
    var driver = Driver(content)
    driver.press("D")
    #expect(driver.effects.isEmpty)
    #expect(driver.screen.contains("Its export will delete 3 objects from tenant."))
    driver.type("y")
    driver.press("Enter Esc")
    #expect(driver.effects.isEmpty)
    driver.press("D")
    driver.type("DELETE")
    driver.press("Enter")
    #expect(driver.effects == [.file(.cycle(.delta))])
    content.status.isStaging = true
    driver = Driver(content)
    driver.press("D")
    #expect(driver.effects == [.file(.cycle(.delta))])
  }

  @Test("deletes that are gone by the time they are counted are not asked about")
  func deltaDeletesGone() {
    var content = Fixture.content()
    content.status.passingDeletes = ["tenant": 3]
    var driver = Driver(content)
    driver.press("D")
    #expect(driver.effects == [.file(.cycle(.delta))])
  }

  @Test("F asks for the word where deletes wait, and names them")
  func fullDeletes() {
    var content = Fixture.content()
    content.waiting = [WaitingExports(connector: "tenant", adds: 0, updates: 0, deletes: 39)]
    content.status.heldDeletesByConnector = ["tenant": 37]
    var driver = Driver(content)
    driver.press("F y Enter")
    #expect(driver.screen.contains("What is pending deletes 2 objects from tenant"))
    #expect(driver.effects.isEmpty)
    driver.press("Backspace")
    driver.type("DELETE")
    driver.press("Enter")
    #expect(driver.effects == [.file(.cycle(.initial))])
  }

  @Test("an export names what it sends, and asks for the word where it deletes")
  func exportDeletes() {
    var content = Fixture.content()
    content.waiting = [WaitingExports(connector: "tenant", adds: 4, updates: 9, deletes: 40)]
    content.status.heldDeletesByConnector = ["tenant": 37]
    var driver = Driver(content)
    driver.press("2 Down r e")
    #expect(
      driver.screen.contains("tenant: 4 adds, 9 updates, 3 deletes. Not sent: 37 held deletes."))
    #expect(driver.screen.contains("It will delete 3 objects from tenant."))
    driver.press("y Enter")
    let export = Effect.file(.run(connector: "tenant", .export))
    #expect(!driver.effects.contains(export))
    driver.press("Backspace")
    driver.type("DELETE")
    driver.press("Enter")
    #expect(driver.effects.last == export)
  }

  @Test("a key that is held down asks for one cycle, until that has begun")
  func once() {
    var driver = Driver()
    driver.press("D D")
    #expect(driver.effects == [.file(.cycle(.delta))])
    #expect(driver.screen.contains("The Delta cycle was asked for already, and has not begun"))
    driver.store.content.withLock {
      $0.commands[1] = CommandStatus(id: 1, state: .filed, outcome: "")
    }
    driver.send(.filed(.cycle(.delta), 1))
    driver.press("D D")
    #expect(driver.effects == [.file(.cycle(.delta))])
    driver.press("F y")
    #expect(driver.effects.count == 2, "another cycle is another matter")
    driver.store.content.withLock {
      $0.commands[1]?.state = .taken
      $0.counter += 1
    }
    driver.wait(2)
    driver.press("D")
    #expect(driver.effects.count == 3)
  }

  @Test("what could not be filed may be asked for again, and a waiting one starts a new engine")
  func again() {
    var content = Fixture.content()
    content.status = Fixture.status(.absent)
    content.commands[1] = CommandStatus(id: 1, state: .filed, outcome: "")
    var driver = Driver(content)
    driver.press("D")
    driver.send(
      .notFiled(.cycle(.delta), StoreError(.diskFull, message: "The disk is full", hint: "")))
    driver.press("D")
    #expect(driver.effects == [.file(.cycle(.delta)), .file(.cycle(.delta))])
    driver.send(.filed(.cycle(.delta), 1))
    driver.press("D")
    #expect(driver.effects.suffix(2) == [.startEngine, .startEngine])
    #expect(driver.screen.contains("has not begun; the engine starts"))
  }

  @Test("where the store is gone nothing is asked for; where there never was one, only by F")
  func noStore() {
    var driver = Driver()
    let missing = StoreError(.missing, message: "There is no store", hint: "")
    driver.send(.pollFailed(missing))
    driver.press("D F")
    #expect(driver.effects.isEmpty && driver.state.overlay == nil)
    driver.press("M")
    #expect(driver.state.overlay == nil)
    driver.press(":")
    driver.type("rehearse initial")
    driver.press("Enter")
    #expect(driver.effects.isEmpty)
    #expect(driver.screen.contains("the store that was here is gone"))
    driver.send(.polled(7))
    driver.press("D")
    #expect(driver.effects == [.file(.cycle(.delta))])
    var content = Fixture.content()
    content.fault = missing
    driver = Driver(content)
    driver.send(.pollFailed(missing))
    driver.press("D")
    #expect(driver.effects.isEmpty)
    #expect(driver.screen.contains("there is no store yet; the Initial cycle (F) makes one"))
    driver.press("F")
    #expect(driver.screen.contains("There is no store yet: a new one is made."))
    driver.press("y")
    #expect(driver.effects == [.file(.cycle(.initial))])
  }

  @Test("a run whose engine died is read again, though nothing is committed that would tell")
  func died() {
    var content = Fixture.content()
    content.status = Fixture.status(.running)
    content.operations[0] = Fixture.operation(5, connector: "tenant", result: "in-progress")
    var driver = Driver(content)
    #expect(driver.screen.contains("in-progress"))
    driver.store.content.withLock {
      $0.status = Fixture.status(.absent)
      $0.operations[0] = Fixture.operation(5, connector: "tenant", result: "stopped-server")
    }
    driver.wait(3)
    #expect(!driver.screen.contains("in-progress"))
    #expect(driver.screen.contains("stopped-serv"))
  }

  @Test("a command that an idle engine leaves lying is told of, as long as it lies there")
  func untaken() {
    var driver = Driver()
    driver.store.content.withLock {
      $0.status.pid = 28_330
      $0.commands[1] = CommandStatus(id: 1, state: .filed, outcome: "")
      $0.counter += 1
    }
    driver.send(.filed(.cycle(.delta), 1))
    driver.wait(4)
    #expect(!driver.screen.contains("Not taken"))
    driver.wait(8)
    #expect(driver.screen.contains("Not taken by the engine (process 28330) for 12 s: Delta cycle"))
    driver.store.content.withLock {
      $0.status.state = .running
      $0.counter += 1
    }
    driver.wait(3)
    #expect(!driver.screen.contains("Not taken"), "what runs is finished first")
    driver.store.content.withLock {
      $0.status.state = .idle
      $0.commands[1]?.state = .finished
      $0.counter += 1
    }
    driver.wait(3)
    #expect(!driver.screen.contains("Not taken"))
  }

  @Test("an error leaves the rows below it for Esc, and for any key once it could be read")
  func errorToast() {
    for (seconds, key, stays) in [(1.0, "j", true), (1.0, "Esc", false), (6.0, "j", false)] {
      var driver = Driver()
      driver.send(.trouble("The disk is full"))
      driver.wait(seconds)
      driver.press(key)
      #expect(driver.screen.contains("The disk is full") == stays, "\(seconds) \(key)")
    }
  }

  @Test("Esc with the key after it is Esc, and then that key; in a question it is Esc alone")
  func escapeWithKey() {
    var driver = Driver()
    driver.press("M-7")
    #expect(driver.state.view == .events)
    driver.press("1 F M-y")
    #expect(driver.state.overlay == nil)
    #expect(!driver.effects.contains(.file(.cycle(.initial))))
    driver.press("/ x M-7")
    #expect(driver.state.overlay == nil && driver.state.view == .operations)
    #expect(driver.state.screen.model.filterText == "")
  }

  @Test("a key with Alt that is bound is that key")
  func boundAlt() {
    var keys = KeyBindings()
    #expect(keys.bind("full", to: ["M-f"]) == nil)
    var driver = Driver(options: ConsoleOptions(keys: keys))
    driver.press("M-f")
    #expect(driver.screen.contains("Start an Initial cycle?"))
  }

  @Test("where no engine works, one is started as soon as the command is filed")
  func startsEngine() {
    var content = Fixture.content()
    content.status = Fixture.status(.absent)
    var driver = Driver(content)
    driver.press("D")
    #expect(driver.screen.contains("Delta cycle asked for; the engine starts"))
    #expect(driver.effects == [.file(.cycle(.delta))])
    driver.send(.filed(.cycle(.delta), 1))
    #expect(driver.effects == [.file(.cycle(.delta)), .startEngine])
  }

  @Test("where an engine works, none is started")
  func noSecondEngine() {
    var driver = Driver()
    driver.press("D")
    driver.send(.filed(.cycle(.delta), 1))
    #expect(!driver.effects.contains(.startEngine))
  }

  @Test("why no engine started is told")
  func engineFault() {
    var driver = Driver()
    driver.send(.engineStarted(Fault(message: "lockstepd is not there", hint: "Install it.")))
    #expect(driver.screen.contains("No engine could be started: lockstepd is not there"))
  }

  @Test("a command that the engine refused is told with its reason")
  func refused() {
    var driver = Driver()
    driver.store.content.withLock {
      $0.commands[1] = CommandStatus(
        id: 1, state: .refused, cycleID: nil, runID: nil, outcome: "the configuration changed")
    }
    driver.send(.filed(.cycle(.delta), 1))
    #expect(driver.screen.contains("The engine refused: the configuration changed"))
    #expect(driver.state.watched.isEmpty)
  }

  @Test("a command that is still on its way is asked about again when something was committed")
  func watched() {
    var driver = Driver()
    driver.store.content.withLock {
      $0.commands[1] = CommandStatus(
        id: 1, state: .taken, cycleID: 9, runID: nil, outcome: "")
    }
    driver.send(.filed(.cycle(.delta), 1))
    #expect(driver.state.watched.map(\.id) == [1])
    driver.store.content.withLock {
      $0.commands[1]?.state = .finished
      $0.counter += 1
    }
    driver.wait(2)
    #expect(driver.state.watched.isEmpty)
  }

  @Test("a command that an engine about to leave did not take starts another one, once")
  func missed() {
    var driver = Driver()
    driver.store.content.withLock {
      $0.commands[1] = CommandStatus(
        id: 1, state: .filed, cycleID: nil, runID: nil, outcome: "")
    }
    driver.press("D")
    driver.send(.filed(.cycle(.delta), 1))
    driver.wait(3)
    #expect(!driver.effects.contains(.startEngine))
    driver.store.content.withLock { $0.status = Fixture.status(.absent) }
    driver.wait(6)
    #expect(driver.effects.filter { $0 == .startEngine }.count == 1)
    driver.store.content.withLock {
      $0.status = Fixture.status(.idle)
      $0.commands[1]?.state = .finished
      $0.counter += 1
    }
    driver.wait(3)
    #expect(driver.state.watched.isEmpty)
  }

  @Test("what an engine had taken that was killed is told as lost, and not with the next command")
  func lost() {
    var driver = Driver()
    driver.store.content.withLock {
      $0.commands[1] = CommandStatus(
        id: 1, state: .taken, cycleID: 9, runID: nil, outcome: "")
    }
    driver.send(.filed(.cycle(.initial), 1))
    driver.wait(3)
    #expect(driver.state.watched.count == 1)
    driver.store.content.withLock { $0.status = Fixture.status(.absent) }
    driver.wait(6)
    #expect(driver.state.watched.isEmpty)
    #expect(
      driver.screen.contains("The engine ended before it had finished the Initial cycle"))
    driver.store.content.withLock {
      $0.commands[2] = CommandStatus(
        id: 2, state: .filed, cycleID: nil, runID: nil, outcome: "")
      $0.commands[1]?.state = .refused
    }
    driver.press("D")
    driver.send(.filed(.cycle(.delta), 2))
    #expect(!driver.screen.contains("refused"))
    // An engine that has just been started is not taken for one that is gone.
    driver.store.content.withLock {
      $0.commands[2]?.state = .taken
      $0.status = Fixture.status(.running)
      $0.counter += 1
    }
    driver.wait(3)
    #expect(driver.state.watched.map(\.id) == [2])
  }

  @Test("of two commands that were refused, the first is told as the earlier one")
  func earlier() {
    var driver = Driver()
    for id in [1, 2] as [Int64] {
      driver.store.content.withLock {
        $0.commands[id] = CommandStatus(
          id: id, state: id == 1 ? .refused : .taken, cycleID: nil, runID: nil, outcome: "busy")
      }
      driver.state.watched.append(
        WatchedCommand(id: id, command: .cycle(.initial), hasEngine: false))
    }
    driver.state.isWatchStale = true
    driver.wait(1)
    #expect(driver.screen.contains("The engine refused the earlier Initial cycle: busy"))
    #expect(driver.state.watched.map(\.id) == [2])
  }

  @Test("a command that could not be filed is told")
  func notFiled() {
    var driver = Driver()
    let error = StoreError(.diskFull, message: "The disk is full", hint: "Make room.")
    driver.send(.notFiled(.stop, error))
    #expect(driver.screen.contains("Not asked for: The disk is full. Make room."))
  }

  @Test("S says why it can't stop when nothing runs")
  func nothingToStop() {
    var driver = Driver()
    driver.press("S")
    #expect(driver.screen.contains("Stop: Nothing runs that could be stopped"))
    #expect(driver.effects.isEmpty)
  }

  @Test("S asks, and says how far the step has come")
  func stop() {
    var content = Fixture.content()
    content.status = Fixture.status(.running)
    content.progress = RunProgress(
      step: Fixture.operation(6, result: "in-progress"), phase: "staging", done: 12_345,
      total: 100_000, rate: 20_000)
    var driver = Driver(content)
    driver.press("S")
    #expect(driver.screen.contains("has done 12,345 of 100,000"))
    driver.press("S Enter")
    #expect(driver.effects.isEmpty)
    driver.press("S y")
    #expect(driver.effects == [.file(.stop)])
  }

  @Test("a target that asks for patience is shown as waiting, with its quota")
  func waiting() {
    var content = Fixture.content()
    content.status = Fixture.status(.running)
    var progress = RunProgress(
      step: Fixture.operation(6, result: "in-progress"), phase: "exporting", done: 12, total: 100,
      rate: 20)
    progress.waitsUntil = Fixture.now.adding(seconds: 42)
    progress.quotaUsed = 0.85
    content.progress = progress
    let driver = Driver(content)
    #expect(driver.screen.contains("asked to wait 42 s"))
    #expect(driver.screen.contains("quota 85 %"))
  }

  @Test("releasing deletes takes a typed word, and names the number and the connector")
  func release() {
    var driver = Driver()
    driver.press("2 R")
    #expect(driver.screen.contains("This connector holds no deletes back"))
    driver.press("Down R")
    #expect(driver.screen.contains("will delete 37 objects from tenant"))
    driver.type("delete")
    driver.press("Enter")
    let release = EngineCommand.releaseDeletes(
      connector: "tenant", atMost: 37, until: Fixture.now)
    #expect(!driver.effects.contains(.file(release)))
    for _ in 0..<6 { driver.press("Backspace") }
    driver.type("DELETE")
    driver.press("Enter")
    #expect(driver.effects.last == .file(release))
  }

  @Test("a read-only console starts, stops and releases nothing", arguments: ["F", "D", "S"])
  func readOnly(_ key: String) {
    var driver = Driver(options: ConsoleOptions(readOnly: true))
    driver.press(key + " y")
    #expect(
      driver.effects.isEmpty
        || driver.effects.allSatisfy { if case .copy = $0 { true } else { false } })
    #expect(driver.state.overlay == nil)
  }

  @Test("words that come meanwhile hide nothing of what runs; long ones end visibly")
  func wordsBesideProgress() {
    var content = Fixture.content()
    content.status = Fixture.status(.running)
    content.progress = RunProgress(
      step: Fixture.operation(6, connector: "tenant", .export, result: "in-progress"),
      phase: "", done: 500, total: 1000, rate: 250)
    var driver = Driver(content)
    driver.press("D")
    #expect(driver.screen.contains("Delta cycle asked for"))
    #expect(driver.screen.contains("500/1,000"))
    let long = String(repeating: "many words ", count: 60)
    driver.send(.trouble(long))
    #expect(driver.screen.contains("many …") || driver.screen.contains("words …"))
    driver.wait(10)
    #expect(driver.screen.contains("many words"))
    driver.wait(6)
    #expect(!driver.screen.contains("many words"))
  }

  @Test("what runs is shown with its bar, figures, rate, time left and errors")
  func progress() {
    var content = Fixture.content()
    content.status = Fixture.status(.running)
    content.progress = RunProgress(
      step: Fixture.operation(6, connector: "tenant", .export, result: "in-progress", errors: 2),
      phase: "waiting 12 s for the tenant", done: 500, total: 1000, rate: 250)
    let driver = Driver(content, columns: 132)
    #expect(driver.screen.contains("▶ Export on tenant"))
    #expect(
      driver.screen.contains(
        "500/1,000 250/s 00:00:02 left 2 errors waiting 12 s for the tenant"))
    #expect(driver.screen.contains("███"))
    #expect(driver.screen.contains("▶ engine running"))
  }
}
