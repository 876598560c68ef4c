import Directory
import Synchronization
import Testing

@testable import SyncStore
@testable import Workspace
@testable import lockstep

/// Remembers what was shown.
private final class Recorder: ProgressDisplay {
  let lines = Mutex<[String]>([])
  func show(_ progress: RunProgress) { lines.withLock { $0.append("\(progress.done)") } }
  func note(_ text: String) { lines.withLock { $0.append(text) } }
  func finish() { lines.withLock { $0.append("finish") } }
  var all: [String] { lines.withLock { $0 } }
}

private func answer(
  _ state: CommandStatus.State, cycle: Int64? = nil, outcome: String = ""
) -> CommandStatus {
  CommandStatus(id: 1, state: state, cycleID: cycle, runID: nil, outcome: outcome)
}

@Suite("Following a run")
struct FollowerTests {
  private func follower(
    _ store: FakeStore, _ display: Recorder, alive: @escaping () -> Bool = { true },
    interrupts: @escaping () -> Int = { 0 }, stops: Bool = false
  ) -> Follower {
    Follower(
      store: store, isEngineAlive: alive, interrupts: interrupts, stopsOnInterrupt: stops,
      requestedBy: "test", display: display, pause: {}, patience: 3)
  }

  @Test("The run is followed to its end")
  func end() async throws {
    let store = FakeStore {
      $0.answers = [answer(.filed), answer(.taken, cycle: 1), answer(.finished, cycle: 1)]
      $0.progress = .sample(done: 5, total: 10)
    }
    let display = Recorder()
    let end = try await follower(store, display).follow(1)
    #expect(end == .ended(answer(.finished, cycle: 1)))
    #expect(display.all == ["5", "5", "finish"])
  }

  @Test("A refusal ends it too")
  func refused() async throws {
    let store = FakeStore { $0.answers = [answer(.refused, outcome: "a cycle runs")] }
    let end = try await follower(store, Recorder()).follow(1)
    #expect(end == .ended(answer(.refused, outcome: "a cycle runs")))
  }

  @Test("An engine that vanishes is noticed")
  func vanished() async throws {
    let store = FakeStore { $0.answers = [answer(.taken, cycle: 1)] }
    let looks = Mutex(0)
    let alive = {
      looks.withLock { looks in
        looks += 1; return looks < 3
      }
    }
    let end = try await follower(store, Recorder(), alive: alive).follow(1)
    #expect(end == .engineGone)
  }

  @Test("An engine that left without taking the command is followed by another one, once")
  func missed() async throws {
    let store = FakeStore {
      $0.answers = [
        answer(.filed), answer(.filed), answer(.taken, cycle: 1), answer(.finished, cycle: 1),
      ]
    }
    let starts = Mutex(0)
    var follower = follower(
      store, Recorder(), alive: { starts.withLock { $0 > 0 } })
    follower.startEngine = { starts.withLock { $0 += 1 } }
    #expect(try await follower.follow(1) == .ended(answer(.finished, cycle: 1)))
    #expect(starts.withLock { $0 } == 1)
    // One that does not come to work is not started for ever.
    let none = FakeStore { $0.answers = [answer(.filed)] }
    var hopeless = self.follower(none, Recorder(), alive: { false })
    hopeless.startEngine = { starts.withLock { $0 += 1 } }
    #expect(try await hopeless.follow(1) == .engineGone)
    #expect(starts.withLock { $0 } == 2)
  }

  @Test("An engine that finished just before it left has finished")
  func leftAfterwards() async throws {
    let store = FakeStore { $0.answers = [answer(.taken), answer(.finished, cycle: 1)] }
    let end = try await follower(store, Recorder(), alive: { false }).follow(1)
    #expect(end == .ended(answer(.finished, cycle: 1)))
  }

  @Test("The first Ctrl-C says that the run goes on, and lets the person go")
  func leaves() async throws {
    let store = FakeStore { $0.answers = [answer(.taken)] }
    let display = Recorder()
    let end = try await follower(store, display, interrupts: { 1 }).follow(1)
    #expect(end == .left)
    #expect(store.filed.isEmpty)
    #expect(display.all.first?.contains("lockstep stop") == true)
  }

  @Test("The second Ctrl-C stops the run, once, and waits for its end")
  func stops() async throws {
    let store = FakeStore {
      $0.answers = Array(repeating: answer(.taken), count: 6) + [answer(.finished)]
    }
    let presses = Mutex(0)
    let interrupts = {
      presses.withLock { presses in
        presses += 1; return min(presses, 2)
      }
    }
    let end = try await follower(store, Recorder(), interrupts: interrupts).follow(1)
    #expect(end == .ended(answer(.finished)))
    #expect(store.filed == [.stop])
  }

  @Test("What still waits is taken back, and what runs before it is left alone")
  func takenBack() async throws {
    let store = FakeStore { $0.answers = [answer(.filed)] }
    let end = try await follower(store, Recorder(), interrupts: { 1 }, stops: true).follow(7)
    #expect(end == .withdrawn)
    #expect(store.filed.isEmpty && store.withdrawn == [7])
    let twice = FakeStore { $0.answers = [answer(.filed)] }
    #expect(
      try await follower(twice, Recorder(), interrupts: { 2 }).follow(8) == .withdrawn)
    #expect(twice.filed.isEmpty && twice.withdrawn == [8])
  }

  @Test("An order that the engine has begun is left to it, and stops nothing")
  func order() async throws {
    let store = FakeStore { $0.answers = [answer(.taken)] }
    var begun = follower(store, Recorder(), interrupts: { 1 })
    begun.takesBack = true
    #expect(try await begun.follow(1) == .left)
    let waiting = FakeStore { $0.answers = [answer(.filed)] }
    var filed = follower(waiting, Recorder(), interrupts: { 1 })
    filed.takesBack = true
    #expect(try await filed.follow(1) == .withdrawn)
    #expect(store.filed.isEmpty && waiting.filed.isEmpty && waiting.withdrawn == [1])
  }

  @Test("With --stop-on-interrupt the first Ctrl-C stops the run")
  func stopsAtOnce() async throws {
    let store = FakeStore { $0.answers = [answer(.taken), answer(.taken), answer(.finished)] }
    let end = try await follower(store, Recorder(), interrupts: { 1 }, stops: true).follow(1)
    #expect(end == .ended(answer(.finished)))
    #expect(store.filed == [.stop])
  }
}

@Suite("How a run is told")
struct OutcomeTests {
  private func outcome(_ results: String...) throws -> WorkOutcome? {
    let steps = results.enumerated().map {
      OperationRow.sample(Int64($0.offset + 1), result: $0.element)
    }
    let store = FakeStore {
      $0.steps = steps
      $0.cycles = [.sample(1, steps)]
      $0.messages = [2: ("The tenant is away", "Start it")]
    }
    return try WorkOutcome(answer(.finished, cycle: 1), from: store)
  }

  @Test("The status is that of the worst step")
  func status() throws {
    #expect(try outcome("success", "success")?.status == .success)
    #expect(try outcome("success", "completed-warnings")?.status == .success)
    #expect(try outcome("completed-export-errors", "success")?.status == .completedWithErrors)
    #expect(try outcome("completed-export-errors", "stopped-user")?.status == .stopped)
    #expect(try outcome("success", "no-start-credentials")?.status == .stopped)
    #expect(try outcome("success", "in-progress")?.status == .engineUnavailable)
  }

  @Test("A step that ended early says why and what to do")
  func reason() throws {
    let outcome = try #require(try outcome("success", "no-start-connection"))
    let text = try outcome.report.text(asJSON: false, width: 100)
    #expect(text.contains("Step 2: The tenant is away. Start it"))
  }

  @Test("Staging mode is told, of a cycle and of a rehearsal")
  func staging() throws {
    func lines(isStaging: Bool, isRehearsal: Bool) throws -> String {
      let store = FakeStore { content in
        content.status.isStaging = isStaging
        content.status.openErrors = 0
        content.cycles = [.sample(1, [.sample(1)])]
        content.cycles[0].isRehearsal = isRehearsal
      }
      return try #require(try WorkOutcome(answer(.finished, cycle: 1), from: store))
        .report.text(asJSON: false, width: 200)
    }
    #expect(
      try lines(isStaging: true, isRehearsal: false)
        .contains("Staging mode is on: nothing was exported."))
    #expect(
      try lines(isStaging: true, isRehearsal: true)
        .contains("Staging mode is on: the cycle itself would send nothing of this."))
    #expect(try !lines(isStaging: false, isRehearsal: true).contains("Staging"))
  }

  @Test("Who was refused last time is named where a rehearsal would send him something again")
  func refusedBefore() throws {
    let export = OperationRow.sample(4, connector: "tenant", type: .export)
    func lines(isRehearsal: Bool, object: Int64 = 7) throws -> String {
      let store = FakeStore { content in
        content.cycles = [.sample(1, [export])]
        content.cycles[0].isRehearsal = isRehearsal
        content.errors = [.sample(1)]
        content.counters = [
          4: [
            CounterRow(
              group: .export, name: "export-update", title: "Updates", count: 1, hasDetail: true)
          ]
        ]
        content.changes = [
          StepChangeRow(
            id: 1, objectID: object, dn: "CN=Ann", display: "Ann", objectType: "user",
            connector: "tenant")
        ]
      }
      return try #require(try WorkOutcome(answer(.finished, cycle: 1), from: store))
        .report.text(asJSON: false, width: 200)
    }
    let words = "tenant refused 1 of these last time, and may again: Ann (AttributeValueMustBeUniq"
    #expect(try lines(isRehearsal: true).contains(words))
    #expect(try !lines(isRehearsal: true, object: 9).contains("refused"))
    #expect(try !lines(isRehearsal: false).contains("refused"))
  }

  @Test("A command that started nothing has no outcome")
  func nothing() throws {
    #expect(try WorkOutcome(answer(.refused), from: FakeStore())?.status == nil)
  }
}

@Suite("Progress on a line")
struct ProgressTextTests {
  @Test("A target that asks for patience is told as waiting, with its quota, and not as failing")
  func waiting() {
    var progress = RunProgress.sample(done: 500, total: 1000, rate: 100, phase: "exporting")
    progress.waitsUntil = Timestamp.sample.adding(seconds: 30)
    progress.quotaUsed = 1.2
    let line = ProgressText.line(progress, width: 140, now: .sample)
    #expect(line.contains("(asked to wait 30 s)") && line.contains("quota 120 %"))
    let later = ProgressText.line(progress, width: 140, now: Timestamp.sample.adding(seconds: 31))
    #expect(later.contains("(exporting)"))
  }

  @Test("Done, total, rate and time left")
  func whole() {
    let line = ProgressText.line(.sample(done: 500, total: 1000, rate: 100), width: 100)
    #expect(line.hasPrefix("contoso.test: Full Import  [##############..............]"))
    #expect(line.hasSuffix("500/1000  100/s  5.0 s left"))
  }

  @Test("A total that is not known has no bar and no time left")
  func unknownTotal() {
    let line = ProgressText.line(.sample(done: 500, total: nil, rate: 99.6), width: 100)
    #expect(line == "contoso.test: Full Import  500  100/s")
  }

  @Test("It never takes more than its width", arguments: [1, 10, 40, 79])
  func narrow(width: Int) {
    let line = ProgressText.line(
      .sample(done: 5, total: 10, rate: 1, phase: "obsoletion"), width: width)
    #expect(line.count <= width)
  }

  @Test("A bar stays within its frame", arguments: [(-5, 10), (0, 10), (20, 10), (3, 0)])
  func bar(done: Int, total: Int) {
    let bar = ProgressText.bar(done, of: total, columns: 12)
    #expect(bar.count == 12)
    #expect(bar.hasPrefix("[") && bar.hasSuffix("]"))
  }

  @Test("Without a terminal there is a line a step, and one every ten seconds")
  func plain() {
    let lines = Mutex<[String]>([])
    let time = Mutex(Timestamp.sample)
    let display = PlainProgress(
      write: { line in lines.withLock { $0.append(line) } }, now: { time.withLock { $0 } })
    for second in 0..<25 {
      time.withLock { $0 = Timestamp.sample.adding(seconds: Double(second)) }
      display.show(.sample(done: second, total: 25))
    }
    #expect(lines.withLock { $0.count } == 3)
  }
}

@Suite("The systemd unit")
struct UnitTests {
  @Test("Paths with blanks and percent signs are written as systemd reads them")
  func quoting() {
    let other = SystemdUnit(
      program: "/opt/$l/lockstepd", workspace: "/srv/a", user: "sync",
      folders: ["/var/s t", "/d/$x"])
    #expect(other.text.contains("\nExecStart=\"/opt/$$l/lockstepd\" run --workspace /srv/a\n"))
    #expect(other.text.contains("\nReadWritePaths=/srv/a \"/var/s t\" \"/d/$x\"\n"))
    let unit = SystemdUnit(program: "/opt/l/lockstepd", workspace: "/srv/100% \"x\"", user: "sync")
    #expect(
      unit.text.contains("ExecStart=/opt/l/lockstepd run --workspace \"/srv/100%% \\\"x\\\"\""))
    #expect(unit.text.contains("User=sync\n"))
    #expect(unit.text.hasSuffix("WantedBy=multi-user.target\n"))
  }

  @Test(
    "The account is the one that owns the workspace, which is told of where it is another",
    .enabled(if: Bench.areBuilt))
  func account() throws {
    try Bench.use { bench in
      let owner = try #require(SystemdUnit.owner(of: bench.folder))
      let unit = try bench.run("service", "unit")
      let other = try bench.run("service", "unit", "--user", "nobody-else")
      #expect(other.output.contains("\nUser=nobody-else\n"))
      #expect(other.errors.contains("belongs to \(owner), and the unit's account is nobody-else"))
      let same = try bench.run("service", "unit", "--user", owner)
      #expect(same.output.contains("\nUser=\(owner)\n") && same.errors.isEmpty)
      // Root's engine is nothing that is set up without a word.
      let account = owner == "root" ? "lockstep" : owner
      #expect(unit.output.contains("\nUser=\(account)\n"))
      #expect(unit.errors.contains("chown -R lockstep") == (owner == "root"))
    }
    #expect(SystemdUnit.owner(of: "/there/is/no/such/folder") == nil)
  }
}
