import Directory
import Dispatch
import Synchronization
import Testing

@testable import SyncStore

@Suite("Faces and engine tell each other through the store")
struct DeskTests {
  private let test: TestStore

  init() throws { test = try TestStore() }

  @Test(
    "Every command comes to the engine as it was filed",
    arguments: [
      EngineCommand.cycle(.initial), .cycle(.delta), .run(connector: "a b\u{1F}c", .export), .stop,
      .releaseDeletes(connector: "Ténant"),
      .releaseDeletes(connector: "Ténant", atMost: 37), .shutDown, .becomeService,
      .releaseDeletes(
        connector: "Ténant", atMost: 37, until: Timestamp(milliseconds: 1_764_000_000_000)),
      .releaseDeletes(connector: "Ténant", until: Timestamp(milliseconds: 1_764_000_000_000)),
      .rehearse(.delta),
      .staging(true),
      .staging(false), .release(.group(12)), .release(.object(4711)),
      .release(.importOf("a connector")),
      .release(.group(12, until: Timestamp(milliseconds: 1_764_000_000_000))),
      .release(.object(4711, kind: .deletes)),
      .release(.object(4711, until: Timestamp(milliseconds: 1_764_000_000_000))),
      .release(.object(4711, kind: .adds, until: Timestamp(milliseconds: 1_764_000_000_000))),
      .release(.importOf("a connector", until: Timestamp(milliseconds: 1_764_000_000_000))),
      .preview(PreviewOrder(object: 5, isFull: true, commits: false)),
      .preview(PreviewOrder(object: 6, isFull: false, commits: true)),
      .preview(PreviewOrder(object: 6, isFull: true, commits: true, agreed: "1f0")),
      .passwords(.now),
      .passwords(.full), .passwords(.account(anchor: "a\u{1F}b")),
    ])
  func roundTrip(command: EngineCommand) throws {
    let id = try test.reader.file(command, requestedBy: "console ann")
    #expect(try test.reader.command(id: id)?.state == .filed)
    let taken = try #require(try test.store.transaction { try $0.takeCommand() })
    #expect(taken.id == id && taken.command == command && taken.requestedBy == "console ann")
    #expect(try test.reader.command(id: id)?.state == .taken)
    #expect(try test.store.transaction { [try $0.takeCommand()] }[0] == nil)
  }

  @Test(
    "A release whose limit can't be read is not taken for one without a limit",
    arguments: [
      "group 12\u{1F}soon", "object 8\u{1F}all", "object 8\u{1F}adds soon",
      "object 8\u{1F}", "import lab\u{1F}", "group\u{1F}12",
    ])
  func limits(argument: String) {
    #expect(EngineCommand(kind: "release", argument: argument) == nil)
  }

  @Test("What waits for whoever writes keeps nobody from reading, and is filed when it can be")
  func waiting() throws {
    let reader = try test.reader
    let (begun, done) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
    let filed = Mutex<Result<Int64, any Error>?>(nil)
    try test.store.transaction { tx in
      try tx.log(.information, code: 904, "a batch")
      DispatchQueue.global().async {
        begun.signal()
        let result = Result { try reader.file(.stop, requestedBy: "console ann") }
        filed.withLock { $0 = result }
        done.signal()
      }
      begun.wait()
      // All of them are answered while the other one waits.
      for _ in 0..<100 { _ = try reader.status() }
      #expect(done.wait(timeout: .now()) == .timedOut)
    }
    #expect(done.wait(timeout: .now() + 30) == .success)
    let id = try #require(try filed.withLock { try $0?.get() })
    #expect(try reader.command(id: id)?.state == .filed)
  }

  @Test("What was asked is listed newest first, with who asked and what came of it")
  func asked() throws {
    let first = try test.reader.file(.cycle(.delta), requestedBy: "console ann")
    let second = try test.reader.file(.passwords(.now), requestedBy: "command line bob")
    try test.store.transaction { try $0.finish(command: first, .refused, outcome: "no") }
    let asked = try test.reader.commands(limit: 9)
    #expect(asked.map(\.id) == [second, first])
    #expect(asked.map(\.command) == [.passwords(.now), .cycle(.delta)])
    #expect(asked.map(\.requestedBy) == ["command line bob", "console ann"])
    #expect(asked.map(\.state) == [.filed, .refused] && asked[1].outcome == "no")
    #expect(try test.reader.commands(limit: 1).map(\.id) == [second])
  }

  @Test("A command is taken back as long as no engine has taken it")
  func takenBack() throws {
    let ids = try [EngineCommand.cycle(.delta), .cycle(.initial)].map {
      try test.reader.file($0, requestedBy: "bob")
    }
    #expect(try test.store.transaction { try $0.takeCommand() }?.id == ids[0])
    #expect(try !test.reader.withdraw(command: ids[0], requestedBy: "bob"))
    #expect(try test.reader.withdraw(command: ids[1], requestedBy: "bob"))
    #expect(try !test.reader.withdraw(command: ids[1], requestedBy: "bob"))
    #expect(try ids.map { try test.reader.command(id: $0)?.state } == [.taken, .refused])
    #expect(try test.reader.command(id: ids[1])?.outcome == "Taken back by bob")
    #expect(try test.store.transaction { [try $0.takeCommand()] }[0] == nil)
  }

  @Test("What a working engine breaks off is not what it does for passwords beside")
  func passwordsGoOn() throws {
    let ids = try [EngineCommand.passwords(.full), .cycle(.delta)].map {
      try test.reader.file($0, requestedBy: "ann")
    }
    for _ in ids { _ = try test.store.transaction { try $0.takeCommand() } }
    func states() throws -> [CommandStatus.State?] {
      try ids.map { try test.reader.command(id: $0)?.state }
    }
    _ = try test.store.transaction { try $0.closeAbandoned(isAlive: true) }
    #expect(try states() == [.taken, .refused])
    _ = try test.store.transaction { try $0.closeAbandoned() }
    #expect(try states() == [.refused, .refused])
  }

  @Test("Commands are taken in the order in which they were filed, stops before their turn")
  func order() throws {
    let ids = try [EngineCommand.cycle(.delta), .stop, .cycle(.initial)].map {
      try test.reader.file($0, requestedBy: "x")
    }
    #expect(try test.store.look { try $0.hasStopCommand() })
    #expect(try test.store.transaction { try $0.takeStopCommand() }?.id == ids[1])
    #expect(try !test.store.look { try $0.hasStopCommand() })
    #expect(try test.store.transaction { try $0.takeCommand() }?.id == ids[0])
    #expect(try test.store.transaction { try $0.takeCommand() }?.id == ids[2])
  }

  @Test("Commands for passwords are taken apart from the others")
  func shares() throws {
    let ids = try [EngineCommand.cycle(.delta), .passwords(.now), .purge(before: .now)].map {
      try test.reader.file($0, requestedBy: "x")
    }
    #expect(try test.store.transaction { try $0.takeCommand(.passwords) }?.id == ids[1])
    #expect(try !test.store.look { try $0.hasCommand(.passwords) })
    #expect(try test.store.look { try $0.hasCommand(.directory) })
    #expect(try test.store.transaction { try $0.takeCommand(.directory) }?.id == ids[0])
    #expect(try test.store.transaction { try $0.takeCommand() }?.id == ids[2])
    #expect(try test.store.transaction { [try $0.takeCommand()] }[0] == nil)
  }

  @Test("What a command started and how it ended can be asked")
  func outcome() throws {
    let id = try test.reader.file(.cycle(.delta), requestedBy: "x")
    try test.store.transaction {
      _ = try $0.takeCommand()
      try $0.attach(command: id, cycle: 7, run: 9)
      try $0.finish(command: id, .finished, outcome: "Cycle 7 ended")
    }
    let status = try #require(try test.reader.command(id: id))
    #expect(status.cycleID == 7 && status.runID == 9 && status.outcome == "Cycle 7 ended")
    #expect(status.state == .finished)
    #expect(try test.reader.command(id: 4711) == nil)
  }

  @Test("A command of a later version is refused, and the next one is taken")
  func unknownCommand() throws {
    try test.store.transaction {
      try $0.execute(
        "INSERT INTO command(kind, argument, requested_by, filed) VALUES ('dance', '', 'x', 0)")
    }
    let next = try test.reader.file(.stop, requestedBy: "x")
    #expect(try test.store.transaction { try $0.takeCommand() }?.id == next)
    #expect(try test.reader.command(id: 1)?.state == .refused)
  }

  @Test("The schedule is every 3 hours, keeps 7 days and holds above 500, unless it is changed")
  func schedule() throws {
    let standard = try test.reader.status().schedule
    #expect(standard == ScheduleSettings())
    #expect(standard.intervalSeconds == 10_800 && standard.purgeAgeSeconds == 604_800)
    #expect(standard.deletionThreshold == 500 && standard.isEnabled && standard.nextPolicy == nil)
    var changed = ScheduleSettings(
      intervalSeconds: 60, isEnabled: false, nextPolicy: .initial, purgeAgeSeconds: 1,
      deletionThreshold: 0)
    let change = ScheduleChange(from: standard, to: changed)
    #expect(try test.reader.change(change, requestedBy: "ann") == changed)
    #expect(try test.store.look { try $0.schedule() } == changed)
    changed.nextPolicy = nil
    try test.reader.change(ScheduleChange(nextPolicy: .usual), requestedBy: "ann")
    #expect(try SyncStore.open(file: test.store.file).look { try $0.schedule() } == changed)
    #expect(try test.reader.events(codes: [904], text: "BY ANN", before: nil, limit: 9).count == 2)
  }

  @Test("A change of the schedule leaves alone what another has changed since it was looked at")
  func scheduleBesideOthers() throws {
    let looked = try test.reader.status().schedule
    try test.reader.change(
      ScheduleChange(nextPolicy: .only(.initial), deletionThreshold: 50), requestedBy: "bob")
    var wanted = looked
    wanted.intervalSeconds = 1800
    let change = ScheduleChange(from: looked, to: wanted)
    #expect(change == ScheduleChange(intervalSeconds: 1800))
    try test.reader.change(change, requestedBy: "ann")
    let now = try test.reader.status().schedule
    #expect(now.intervalSeconds == 1800 && now.deletionThreshold == 50)
    #expect(now.nextPolicy == .initial)
    let said = try test.reader.events(codes: [904], text: "by ann", before: nil, limit: 1)
    #expect(said.first?.message.hasSuffix("changed by ann: every 30m, enabled") == true)
    // Taken back later, when the engine has begun that cycle.
    try test.reader.change(ScheduleChange(nextPolicy: .usual), requestedBy: "engine")
    try test.reader.change(ScheduleChange(from: wanted, to: looked), requestedBy: "ann")
    let last = try test.reader.status().schedule
    #expect(last.intervalSeconds == 10_800 && last.deletionThreshold == 50)
    #expect(last.nextPolicy == nil)
    #expect(ScheduleChange(from: last, to: last) == ScheduleChange())
  }

  // MARK: History

  @Test("Closing what a vanished engine left open tells what that was")
  func abandoned() throws {
    let step = try test.step(.export, connector: test.target)
    let command = try test.reader.file(.stop, requestedBy: "x")
    _ = try test.store.transaction { [try $0.takeCommand()] }
    #expect(try test.reader.commands(limit: 9).map(\.isBrokenOff) == [false])
    // Nobody holds the lease: what was taken is not at work any more.
    try test.store.transaction { try $0.set("engine.lock-file", test.store.file) }
    #expect(try test.reader.commands(limit: 9).map(\.isBrokenOff) == [true])
    #expect(try test.store.transaction { try $0.closeAbandoned() } == ["export on target"])
    #expect(try test.reader.operation(step: step)?.result == "stopped-server")
    #expect(try test.reader.command(id: command)?.state == .refused)
    #expect(try test.store.transaction { try $0.closeAbandoned() } == [])
  }

  @Test("A step that died with its engine is found as what it is shown as, and so is its cycle")
  func abandonedInLists() throws {
    let cycle = try test.store.transaction {
      try $0.beginCycle(.initial, requestedBy: "ann", reason: "")
    }
    let step = try test.step(cycle: cycle)
    let reader = try test.reader
    func found(_ term: ListTerm) throws -> [Int64] {
      var ids: [Int64] = []
      try reader.arrange(.operations(OperationFilter()), by: ListArrangement(terms: [term])) {
        ids += $0
        return true
      }
      return ids
    }
    func found(_ result: String) throws -> [Int64] {
      try found(ListTerm("status", .equals, .text(result)))
    }
    var stopped = OperationFilter()
    stopped.atLeast = .stopped
    #expect(try found("in-progress") == [step] && found("stopped-server") == [])
    #expect(try reader.operationCount(stopped) == 0)
    #expect(try reader.status().lastCycle == nil)
    // Nobody holds the lease: nobody is at work on it.
    try test.store.transaction { tx in
      try tx.set("engine.lock-file", test.store.file)
      try tx.execute("UPDATE step SET started = 1000, seen = 3000")
    }
    #expect(try found("in-progress") == [] && found("stopped-server") == [step])
    #expect(try found(ListTerm("duration", .atMost, .number(2))) == [step])
    #expect(try reader.operationCount(stopped) == 1)
    #expect(try reader.operations(stopped, before: nil, limit: 9).map(\.id) == [step])
    let last = try #require(try reader.status().lastCycle)
    #expect(last.id == cycle && last.severity == .stopped && last.ended != nil)
  }

  @Test("Until a moment are the steps that began by then, also after a clock was set back")
  func untilAfterJump() throws {
    let steps = try [1000, 9000, 9000, 2000, 3000].map { started in
      let step = try test.step()
      try test.end(step)
      try test.store.transaction {
        try $0.execute("UPDATE step SET started = ? WHERE id = ?", [started, step])
      }
      return step
    }
    var filter = OperationFilter()
    filter.until = Timestamp(milliseconds: 2500)
    let found = try test.reader.operations(filter, before: nil, limit: 9)
    #expect(found.map(\.id) == [steps[3], steps[0]])
    #expect(try test.reader.operationCount(filter) == 2)
  }

  @Test("What an engine left open ended when it was last heard of, not when another one came")
  func abandonedSince() throws {
    let cycle = try test.store.transaction {
      try $0.beginCycle(.delta, requestedBy: "ann", reason: "")
    }
    let silent = try test.step(cycle: cycle)
    let heard = try test.step(.export, connector: test.target, cycle: cycle)
    try test.store.transaction { tx in
      try tx.setProgress(step: heard, phase: "sending", done: 3, total: nil, rate: 1)
      try tx.execute("UPDATE cycle SET started = 1000")
      try tx.execute("UPDATE step SET started = 2000 WHERE id = ?", [silent])
      try tx.execute("UPDATE step SET started = 3000, seen = 5000 WHERE id = ?", [heard])
      _ = try tx.closeAbandoned()
    }
    #expect(try test.reader.operation(step: silent)?.ended == Timestamp(milliseconds: 2000))
    #expect(try test.reader.operation(step: heard)?.ended == Timestamp(milliseconds: 5000))
    #expect(try test.reader.cycle(id: cycle)?.ended == Timestamp(milliseconds: 5000))
  }

  @Test("An error that comes again keeps its beginning; another type begins anew")
  func retries() throws {
    try test.stage([.entry(try test.entry("ann"))])
    let id = try test.id("ann")
    func record(_ type: SyncErrorType) throws -> ErrorRow {
      let step = try test.step(.export)
      try test.store.transaction {
        try $0.record(
          StepError(.export, type, objectID: id, dn: "x", message: "m", hint: "h"), step: step,
          connector: test.source)
      }
      return try #require(try test.reader.errors(step: step, after: nil, limit: 1).first)
    }
    let first = try record(.typeMismatch)
    let second = try record(.typeMismatch)
    let other = try record(.permissionIssue)
    #expect([first, second, other].map(\.retries) == [0, 1, 0])
    #expect(second.firstOccurred == first.firstOccurred)
    #expect(
      try test.reader.openErrors(connector: nil, after: nil, limit: 9).map(\.id) == [other.id])
    #expect(try test.reader.error(id: first.id)?.id == first.id)
  }
}
