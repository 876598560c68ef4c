import Cells
import Directory
import Synchronization
import Testing

@testable import Console
@testable import SyncStore

@Suite("Reading the store")
struct ReadingTests {
  @Test("a console that begins asks for the first page and the header, and nothing else")
  func start() {
    let driver = Driver(answers: false)
    #expect(
      driver.held.map(\.request) == [
        .operations(OperationFilter(), before: nil, limit: 200), .header,
      ])
    #expect(driver.effects.isEmpty)
  }

  @Test("the first frame needs no answer")
  func firstFrame() {
    let driver = Driver(answers: false)
    #expect(driver.screen.contains("Loading…"))
    #expect(driver.screen.contains("1 Operations"))
  }

  @Test("an answer that comes too late changes nothing")
  func stale() {
    var driver = Driver(answers: false)
    let late = driver.held
    driver.held = []
    driver.press("4")
    let before = driver.state
    for load in late where load.ticket.slot != .header {
      driver.send(.answered(load.ticket, .operations(Fixture.cycle)))
    }
    #expect(driver.state == before)
    #expect(driver.screen.contains("Loading…"))
  }

  @Test("nothing is asked for twice while it is waited for")
  func once() {
    var driver = Driver(answers: false)
    let count = driver.held.count
    driver.press("j j k k")
    driver.wait(1)
    #expect(driver.held.count == count)
  }

  @Test("moving on asks for the new step's detail; the old one's answer is dropped")
  func movesOn() {
    var driver = Driver()
    driver.answers = false
    driver.press("j")
    driver.press("j")
    let details = driver.held.filter { $0.ticket.slot == .detail }
    #expect(details.map(\.request) == [.step(4), .step(3)])
    let old = StepDetail(
      step: 4, counters: [Fixture.counter(.staging, "stage-add", "Adds", 77_777)], message: "",
      hint: "")
    driver.send(.answered(details[0].ticket, .step(old)))
    #expect(!driver.screen.contains("77,777"))
  }

  @Test("only a counter that moved makes the visible page be read again")
  func polling() {
    var driver = Driver()
    driver.wait(3)
    let reads = driver.store.content.withLock { $0.calls["operations"] ?? 0 }
    let polls = driver.store.content.withLock { $0.calls["changeCounter"] ?? 0 }
    // Once at the start, once for what may have come before the first look at the counter.
    #expect(reads == 2 && polls >= 5)
    driver.store.content.withLock {
      $0.counter += 1
      $0.operations.insert(Fixture.operation(6, connector: "brand-new"), at: 0)
    }
    driver.wait(1)
    #expect(driver.store.content.withLock { $0.calls["operations"] } == 3)
    #expect(driver.cursorLine.contains("brand-new"))
  }

  @Test("an idle console looks half as often as a busy one")
  func pace() {
    var driver = Driver()
    driver.wait(10)
    let before = driver.store.content.withLock { $0.calls["changeCounter"] ?? 0 }
    driver.wait(10)
    let idle = driver.store.content.withLock { $0.calls["changeCounter"] ?? 0 } - before
    #expect((19...21).contains(idle))
    driver.store.content.withLock {
      $0.progress = RunProgress(
        step: Fixture.operation(6, result: "in-progress"), phase: "", done: 1, total: 9, rate: 1)
    }
    driver.wait(3)
    let start = driver.store.content.withLock { $0.calls["changeCounter"] ?? 0 }
    driver.wait(10)
    let busy = driver.store.content.withLock { $0.calls["changeCounter"] ?? 0 } - start
    #expect((39...41).contains(busy))
  }

  @Test("a view that is not shown is read again when it is shown")
  func hiddenViews() {
    var driver = Driver()
    driver.press("4 1")
    driver.wait(1)
    let reads = driver.store.content.withLock { $0.calls["users"] ?? 0 }
    driver.store.content.withLock { $0.counter += 1 }
    driver.wait(1)
    #expect(driver.store.content.withLock { $0.calls["users"] } == reads)
    driver.press("4")
    #expect(driver.store.content.withLock { $0.calls["users"] } == reads + 1)
  }

  @Test("an engine that died is noticed though nothing is committed any more")
  func deadEngine() {
    var driver = Driver()
    #expect(driver.screen.contains("engine idle"))
    driver.store.content.withLock { $0.status = Fixture.status(.absent) }
    driver.wait(3)
    #expect(driver.screen.contains("no engine"))
  }
}

@Suite("A store that can't answer")
struct FaultTests {
  private static let busy = StoreError(
    .busy, message: "Another process keeps the store locked", hint: "Wait until it has ended.")

  @Test("is told with what to do next, on a line of its own; keys still work")
  func told() {
    var content = Fixture.content()
    content.fault = Self.busy
    var driver = Driver(content)
    #expect(driver.screen.contains("! Another process keeps the store locked"))
    #expect(driver.screen.contains("Wait until it has ended."))
    driver.press("? Esc 4")
    #expect(driver.screen.contains(" 4 Users "))
  }

  @Test("is asked again after a second, not before, and forgotten when all is well")
  func retried() {
    var content = Fixture.content()
    content.fault = Self.busy
    var driver = Driver(content)
    let first = driver.store.content.withLock { $0.calls["operations"] ?? 0 }
    driver.press("j j j")
    driver.wait(0.5)
    #expect(driver.store.content.withLock { $0.calls["operations"] } == first)
    driver.store.content.withLock { $0.fault = nil }
    driver.wait(2)
    #expect(!driver.screen.contains("locked"))
    #expect(driver.screen.contains("contoso.test"))
  }

  @Test("is not hidden by what was known of the engine: nobody knows that now")
  func headline() {
    var driver = Driver(columns: 100)
    #expect(driver.screen.contains("engine idle"))
    driver.store.content.withLock {
      $0.fault = StoreError(.missing, message: "The store was removed", hint: "Put it back.")
    }
    driver.wait(2)
    #expect(driver.screen.contains("store can't be read") && !driver.screen.contains("engine idle"))
    #expect(driver.screen.contains("! The store was removed"))
    // Another store may have the same count of changes, and is read anew all the same.
    driver.store.content.withLock {
      $0.fault = nil
      $0.operations.insert(Fixture.operation(6, connector: "brand-new"), at: 0)
    }
    driver.wait(3)
    #expect(driver.screen.contains("engine idle") && driver.screen.contains("brand-new"))
  }

  @Test("keeps what was read before on the screen")
  func keeps() {
    var driver = Driver()
    driver.store.content.withLock { $0.fault = Self.busy }
    driver.wait(3)
    #expect(driver.screen.contains("Another process"))
    #expect(driver.screen.contains("contoso.test Full Sync"))
  }

  @Test("one that is slow is said to be, with the time")
  func slow() {
    var driver = Driver(answers: false)
    driver.wait(3)
    #expect(driver.screen.contains("Waiting for the store for 3 s"))
    driver.answers = true
    driver.answerHeld()
    #expect(!driver.screen.contains("Waiting for the store"))
  }
}

@Suite("The line of keys where there is little room")
struct NarrowHintTests {
  private func hints(_ driver: Driver) -> String {
    String(driver.screen.split(separator: "\n").last ?? "")
  }

  @Test("Where there is a way back, that and Enter come before what starts a cycle")
  func back() {
    var driver = Places.driver("2", columns: 40, rows: 10)
    #expect(hints(driver).contains("F Full  D Delta"))
    driver.press("Enter")
    #expect(hints(driver) == " Esc Back  ⏎ Open  ? Help  q Quit")
    driver.send(.input(.resize(Size(columns: 80, rows: 24))))
    #expect(hints(driver).hasPrefix(" F Full  D Delta"))
    #expect(hints(driver).contains("Esc Back"))
  }

  @Test("What is held is released by a key that stands there, too")
  func release() {
    var driver = Places.driver("H", columns: 40, rows: 10)
    #expect(hints(driver) == " Esc Back  R Release  ? Help  q Quit")
    driver.send(.input(.resize(Size(columns: 56, rows: 10))))
    #expect(hints(driver) == " Esc Back  R Release  ⏎ Open  F Full  ? Help  q Quit")
    // A first screen has no way but the one out.
    #expect(hints(Places.driver("1", columns: 40, rows: 10)).contains("q Quit"))
    var content = Places.content()
    content.connectors[1].heldDeletes = 37
    let connectors = Places.driver("2 Down", content, columns: 80, rows: 24)
    #expect(hints(connectors).contains(" R Release deletes "))
    #expect(!hints(Places.driver("2", columns: 80, rows: 24)).contains("Release"))
  }

  @Test("A moment before the first run has a way back to the newest")
  func beforeAll() {
    for keys in ["1", "7"] {
      var driver = Places.driver(keys, columns: 100)
      let rows = driver.screen
      driver.press("@")
      driver.type("2001-01-01")
      driver.press("Enter")
      driver.store.content.withLock {
        $0.operations = []
        $0.events = []
        $0.counter += 1
      }
      driver.wait(1)
      #expect(driver.screen.contains("by 2001-01-01 23:59:59. Esc goes back to the newest."))
      #expect(!driver.screen.contains("passes the filter"))
      driver.press("Esc")
      #expect(!driver.screen.contains("2001-01-01"))
      #expect(rows != driver.screen)
    }
  }
}

@Suite("A console at rest")
struct RestTests {
  @Test(
    "looks the same but for its clocks as long as its moment is the same, in each view",
    arguments: ViewID.allCases)
  func looksTheSame(view: ViewID) {
    var driver = Driver(options: ConsoleOptions(view: view))
    driver.wait(10)
    for _ in 0..<80 {
      let (moment, screen) = (driver.state.moment, Self.withoutDigits(driver.screen))
      driver.wait(0.25)
      // A countdown may pass from one second to the next between two of the clock's.
      if driver.state.moment == moment { #expect(Self.withoutDigits(driver.screen) == screen) }
    }
  }

  private static func withoutDigits(_ screen: String) -> String { screen.filter { !$0.isNumber } }

  @Test("looks seldom where it is told of what is committed, and at once when it is")
  func watching() {
    var driver = Driver()
    driver.send(.watching(true))
    driver.wait(10)
    func looks() -> Int { driver.store.content.withLock { $0.calls["changeCounter"] ?? 0 } }
    let before = looks()
    driver.wait(20)
    #expect((3...5).contains(looks() - before))
    let later = looks()
    driver.send(.stirred(driver.state.now.adding(seconds: 0.1)))
    #expect(looks() == later + 1)
    // Told again while the last look has just been: the next tick looks, not this moment.
    driver.send(.stirred(driver.state.now.adding(seconds: 0.01)))
    #expect(looks() == later + 1)
    #expect(!driver.state.isAtRest)
    driver.wait(0.25)
    #expect(looks() == later + 2)
    driver.wait(20)
    let last = looks()
    driver.wait(10)
    #expect((1...3).contains(looks() - last))
    driver.send(.watching(false))
    let unwatched = looks()
    driver.wait(10)
    #expect((19...21).contains(looks() - unwatched))
  }

  @Test("shows within three seconds what an answer did not know when something was committed")
  func settling() {
    var driver = Driver(options: ConsoleOptions(view: .users))
    driver.send(.watching(true))
    driver.wait(10)
    func looks() -> Int { driver.store.content.withLock { $0.calls["changeCounter"] ?? 0 } }
    // The last commit of a cycle, whose answer may be as old as answers get.
    driver.store.content.withLock { $0.counter += 1 }
    driver.send(.stirred(driver.state.now.adding(seconds: 0.1)))
    driver.wait(2.25)
    driver.store.content.withLock {
      $0.counter += 1
      $0.users[0].displayName = "Somebody Else"
    }
    driver.wait(0.5)
    #expect(driver.screen.contains("Somebody Else"))
    #expect(!driver.state.isAtRest)
    driver.wait(1)
    let settled = looks()
    driver.wait(4)
    #expect(looks() <= settled + 1)
    #expect(driver.state.isAtRest)
  }

  @Test("goes on looking when the clock is set back", arguments: [1.5, 3600, 86_400])
  func clockBack(seconds: Double) {
    var driver = Driver()
    driver.wait(10)
    func looks() -> Int { driver.store.content.withLock { $0.calls["changeCounter"] ?? 0 } }
    let before = looks()
    let earlier = driver.state.now.adding(seconds: -seconds)
    driver.send(.tick(earlier))
    driver.wait(3)
    #expect(looks() - before >= 5)
    driver.store.content.withLock {
      $0.status.state = .absent
    }
    driver.wait(3)
    #expect(driver.state.status?.state == .absent)
    driver.state.tell("something")
    driver.wait(6)
    #expect(driver.state.toast == nil)
  }

  @Test("needs a tick a second only where it is told, and nothing goes on or is waited for")
  func rest() {
    var driver = Driver()
    driver.wait(10)
    #expect(!driver.state.isAtRest)
    driver.send(.watching(true))
    #expect(driver.state.isAtRest)
    driver.state.tell("something")
    #expect(!driver.state.isAtRest)
    driver.wait(10)
    #expect(driver.state.isAtRest)
    driver.answers = false
    driver.press("5")
    #expect(!driver.state.isAtRest)
    driver.answerHeld()
    #expect(driver.state.isAtRest)
    driver.answers = true
    driver.store.content.withLock {
      $0.progress = RunProgress(
        step: Fixture.operation(6, result: "in-progress"), phase: "", done: 1, total: 9, rate: 1)
    }
    driver.wait(10)
    #expect(!driver.state.isAtRest)
  }

  @Test("has one moment a second, and a look at an unchanged store is none")
  func oncePerSecond() {
    var driver = Driver()
    driver.wait(10)
    var moments = 0
    for _ in 0..<40 {
      let moment = driver.state.moment
      driver.wait(0.25)
      if driver.state.moment != moment { moments += 1 }
    }
    #expect(moments == 10)
    let moment = driver.state.moment
    driver.send(.polled(driver.store.content.withLock { $0.counter }))
    #expect(driver.state.moment == moment)
    driver.send(.polled(77))
    #expect(driver.state.moment != moment)
  }

  @Test("words that come or go and a store that can't be read make another moment")
  func words() {
    var driver = Driver()
    driver.wait(10)
    let before = driver.state.moment
    driver.state.tell("something")
    #expect(driver.state.moment != before)
    driver.wait(6)
    #expect(driver.state.moment.toast == nil)
    let later = driver.state.moment
    driver.store.content.withLock { $0.fault = Self.gone }
    driver.send(.pollFailed(Self.gone))
    #expect(driver.state.moment != later)
  }

  @Test("a line about a slow store makes another moment when it comes, whatever the second")
  func slowStore() {
    var driver = Driver()
    driver.wait(10)
    driver.answers = false
    driver.press("4")
    driver.wait(0.25)
    #expect(!driver.screen.contains("Waiting for the store"))
    for _ in 0..<8 {
      let (moment, rows) = (driver.state.moment, driver.state.contentSize)
      driver.wait(0.25)
      if driver.state.moment == moment { #expect(driver.state.contentSize == rows) }
    }
    #expect(driver.screen.contains("Waiting for the store"))
    #expect(driver.state.moment.isWaiting)
  }

  private static let gone = StoreError(.missing, message: "gone", hint: "look")
}
