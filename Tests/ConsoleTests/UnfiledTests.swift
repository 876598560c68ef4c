import Directory
import Dispatch
import Synchronization
import Testing

@testable import Console
@testable import SyncStore

@Suite("What was asked for in vain")
struct UnfiledTests {
  private static let fault = Fault(message: "no lockstepd", hint: "Install it.")

  /// A console without an engine, in which a command was filed that no engine could be started for.
  private func driver(_ commands: [EngineCommand] = [.cycle(.initial)]) -> Driver {
    var content = Fixture.content()
    content.status = Fixture.status(.absent)
    for id in commands.indices {
      let id = Int64(id + 1)
      content.commands[id] = CommandStatus(id: id, state: .filed, outcome: "")
    }
    var driver = Driver(content, columns: 200)
    for (index, command) in commands.enumerated() {
      driver.send(.filed(command, Int64(index + 1)))
    }
    driver.send(.engineStarted(Self.fault))
    return driver
  }

  @Test("a command that no engine could be started for is taken back, and that is told")
  func takenBack() {
    var driver = driver()
    #expect(driver.effects == [.startEngine, .withdraw(1)])
    driver.send(.withdrawn(1, .success(true)))
    #expect(driver.state.watched.isEmpty)
    #expect(driver.screen.contains("The Initial cycle is asked for no more."))
    #expect(driver.screen.contains("no lockstepd"))
    driver.press("D")
    driver.send(.filed(.cycle(.delta), 2))
    #expect(driver.effects.suffix(2) == [.file(.cycle(.delta)), .startEngine])
  }

  @Test("what waits for a locked store says so, and goes on by itself")
  func lockedStore() {
    var driver = Driver(columns: 120)
    driver.press("D")
    driver.wait(1)
    #expect(!driver.screen.contains("as soon as"))
    driver.wait(3)
    #expect(
      driver.screen.contains("The Delta cycle is asked for as soon as the store can be written"))
    #expect(driver.screen.contains("Another process has written to it for 4 s"))
    driver.press("4")
    #expect(driver.screen.contains("Ann Lee"), "reading goes on")
    driver.send(.filed(.cycle(.delta), 1))
    #expect(!driver.screen.contains("as soon as"))
  }

  @Test("the next one in the queue has its own time to be written")
  func nextInQueue() {
    var driver = Driver(columns: 120)
    driver.press("D")
    driver.wait(3)
    driver.press("M d y")
    #expect(driver.effects.count == 2)
    driver.send(.filed(.cycle(.delta), 1))
    #expect(!driver.screen.contains("as soon as"))
    driver.wait(3)
    #expect(driver.screen.contains("What was changed is asked for as soon as"))
    driver.send(.scheduled(.success(ScheduleSettings())))
    #expect(!driver.screen.contains("as soon as"))
  }

  @Test("the same may be asked for again at once")
  func again() {
    var driver = driver([.cycle(.delta)])
    driver.press("D")
    #expect(driver.effects.last == .file(.cycle(.delta)))
  }

  @Test("one that an engine has taken after all is followed on")
  func takenAfterAll() {
    var driver = driver()
    driver.send(.withdrawn(1, .success(false)))
    #expect(driver.state.watched.map(\.id) == [1])
    driver.store.content.withLock {
      $0.commands[1] = CommandStatus(id: 1, state: .finished, outcome: "Cycle 2 ended")
      $0.counter += 1
    }
    driver.wait(2)
    #expect(driver.screen.contains("Cycle 2 ended"))
  }

  @Test("where it can't be taken back it is said that it stays asked for")
  func stays() {
    var driver = driver()
    let busy = StoreError(.busy, message: "The store is locked", hint: "Wait.")
    driver.send(.withdrawn(1, .failure(busy)))
    #expect(driver.screen.contains("stays asked for"))
    #expect(driver.state.watched.map(\.id) == [1])
  }

  @Test("releases that were asked for together are told of as one, with why")
  func releases() {
    let commands: [EngineCommand] = [8, 9].map { .release(.object($0, kind: .deletes)) }
    var content = Fixture.content()
    content.status = Fixture.status(.absent)
    var driver = Driver(content)
    driver.store.content.withLock {
      for id in [1, 2] as [Int64] {
        $0.commands[id] = CommandStatus(id: id, state: .filed, outcome: "")
      }
    }
    _ = driver.state.release(commands)
    for (index, command) in commands.enumerated() {
      driver.send(.filed(command, Int64(index + 1)))
    }
    driver.send(.engineStarted(Self.fault))
    #expect(driver.effects.suffix(2) == [.withdraw(1), .withdraw(2)])
    driver.send(.withdrawn(1, .success(true)))
    driver.send(.withdrawn(2, .success(true)))
    #expect(driver.state.watched.isEmpty && driver.state.releases.isEmpty)
    #expect(driver.screen.contains("0 of 2 released; 2 refused: No engine could be started"))
  }

  @Test("the loader takes a command back")
  func loader() {
    let store = FakeStore(Fixture.content())
    let inbox = Mutex<[Message]>([])
    let isTold = DispatchSemaphore(value: 0)
    let loader = ConsoleLoader(
      store: store, options: ConsoleOptions(), files: NoFiles(), services: ConsoleServices(),
      post: { message in
        inbox.withLock { $0.append(message) }
        isTold.signal()
      })
    #expect(loader.take(.withdraw(7)))
    isTold.wait()
    #expect(inbox.withLock { $0 } == [.withdrawn(7, .success(false))])
    loader.close()
  }

  private struct NoFiles: ExportFiles {
    func create(name: String, format: ExportFormat) throws -> any ExportFile {
      throw Fault(message: "no files here", hint: "")
    }
  }

  @Test("a command that the store has no more ends, and those behind it are looked at")
  func forgotten() {
    var driver = Driver()
    driver.store.content.withLock {
      $0.commands[2] = CommandStatus(id: 2, state: .finished, outcome: "Cycle 2 ended")
    }
    driver.answers = false
    driver.send(.filed(.release(.group(12)), 1))
    driver.send(.filed(.cycle(.delta), 2))
    driver.answers = true
    driver.answerHeld()
    #expect(driver.state.watched.isEmpty)
    #expect(driver.screen.contains("Cycle 2 ended"))
  }

  @Test("releases of which the store has one no more end nevertheless")
  func forgottenRelease() {
    let commands: [EngineCommand] = [8, 9].map { .release(.object($0, kind: .deletes)) }
    var driver = Driver()
    _ = driver.state.release(commands)
    driver.finish(commands[0], 1)
    driver.send(.filed(commands[1], 2))
    #expect(driver.state.releases.isEmpty)
    #expect(driver.screen.contains("1 of 2 released; 1 refused: the store does not know it"))
  }

  @Test("a preview that is refused before it is filed is not waited for")
  func preview() {
    var driver = Driver()
    driver.press("2 Enter Enter")
    driver.send(.pollFailed(StoreError(.missing, message: "There is no store", hint: "")))
    driver.press("p")
    #expect(!driver.screen.contains("The engine works it out"))
    #expect(driver.screen.contains("Not asked for: "))
  }

  @Test("a change that could not be filed is none that could be taken back")
  func reversal() {
    let full = StoreError(.diskFull, message: "The disk is full", hint: "")
    var driver = Driver()
    driver.press("M s y")
    #expect(driver.effects == [.file(.staging(true))])
    driver.send(.notFiled(.staging(true), full))
    #expect(driver.state.reversals.isEmpty)
    driver.press("M s y")
    driver.send(.filed(.staging(true), 1))
    #expect(driver.state.reversals.map(\.deed) == [.ask(.staging(false))])
    driver.press("B y")
    #expect(driver.state.reversals.isEmpty)
    driver.send(.notFiled(.staging(false), full))
    #expect(driver.state.reversals.map(\.deed) == [.ask(.staging(false))], "it stands still")
  }

  @Test("a change of the schedule that was refused is none that could be taken back")
  func schedule() {
    var driver = Driver()
    driver.press("M p y")
    let changes = driver.effects.filter { if case .schedule = $0 { true } else { false } }
    #expect(changes.count == 1 && driver.state.reversals.count == 1)
    driver.send(
      .scheduled(.failure(StoreError(.diskFull, message: "The disk is full", hint: ""))))
    #expect(driver.state.reversals.isEmpty)
  }
}
