import ArgumentParser
import Directory
import Foundation
import Testing

@testable import SyncStore
@testable import Workspace
@testable import lockstep

@Suite("Whether all is well")
struct HealthTests {
  private let well = CycleSummary.sample(7, [.sample(1)])

  /// The health of a store a minute after its sample cycles have ended.
  private func health(
    _ cycles: [CycleSummary]? = nil, passwords: [PasswordChannelRow] = [], maxAge: Int? = nil,
    after seconds: Double = 63, configuration: String? = nil,
    _ change: (inout EngineStatus) -> Void = { _ in }
  ) throws -> Health {
    let store = FakeStore { content in
      content.cycles = cycles ?? [well]
      content.status.lastCycle = content.cycles.max { $0.id < $1.id }
      content.status.openErrors = 0
      change(&content.status)
      content.messages[9] = ("dc2 is behind", "Wait.")
    }
    return try Health(
      store, passwords: passwords, maxAge: maxAge, configuration: configuration,
      now: Timestamp.sample.adding(seconds: seconds))
  }

  private func channel(_ state: PasswordChannelState) -> PasswordChannelRow {
    PasswordChannelRow(
      id: 1, source: "contoso.test", target: "tenant", domain: "contoso.test", state: state,
      reason: "no answer", intervalSeconds: 120, fullDone: 0, byStatus: [:], waiting: 0,
      retrying: 0)
  }

  @Test("Where nothing is wrong, the command ends well and says how old the last cycle is")
  func nothingWrong() throws {
    let health = try health(passwords: [channel(.waiting)])
    #expect(health.troubles.isEmpty && health.status == .success)
    let lines = HealthReport.make(health).lines(nil)
    #expect(lines == ["All is well. The last cycle that came to its end did so 1m ago."])
  }

  @Test("Objects that stay because others could not be read are a trouble of their own")
  func unshown() throws {
    let health = try health {
      $0.unshown = [
        UnshownObjects(
          connector: "contoso.test", since: .sample,
          message: "200 objects were not shown, and stay", hint: "")
      ]
    }
    #expect(health.status == .completedWithErrors)
    #expect(
      health.troubles.map(\.message) == [
        "contoso.test: 200 objects were not shown, and stay ('lockstep held')"
      ])
  }

  @Test("Staging mode is no trouble, and is told beside what else there is")
  func staging() throws {
    let words =
      "Staging mode is on, and nothing is sent: 'lockstep staging off' ends it, or staging in "
      + "lockstep.toml."
    let stage = try health { $0.isStaging = true }
    #expect(stage.status == .success)
    #expect(HealthReport.make(stage).lines(nil).last == words)
    let both = try health {
      $0.isStaging = true
      $0.openErrors = 3
    }
    #expect(HealthReport.make(both).lines(nil).count == 2)
    #expect(HealthReport.make(both).lines(nil).last == words)
  }

  @Test("Objects in error end it with 1, and anything else with more")
  func errors() throws {
    #expect(try health { $0.openErrors = 3 }.status == .completedWithErrors)
    let both = try health {
      $0.openErrors = 3
      $0.heldDeletes = 2
    }
    #expect(both.status == .stopped)
    #expect(both.troubles.map(\.kind) == [.held, .errors])
  }

  @Test("A disk without room ends it with 5, and is told first")
  func disk() throws {
    let told = try Health(
      FakeStore { _ in }, passwords: [], maxAge: nil, configuration: nil, disk: "no room", now: .now
    )
    #expect(told.troubles.first == Health.Trouble(kind: .disk, message: "no room"))
    #expect(told.status == .store)
  }

  @Test("What is held, stopped or wrong ends it with 3")
  func stopped() throws {
    #expect(try health { $0.heldChanges = 1 }.status == .stopped)
    #expect(try health { $0.heldImports = ["dc1 had less"] }.status == .stopped)
    #expect(try health(configuration: "lockstep.toml:3:1: unknown key").status == .stopped)
    let told = try health { $0.wrongConfiguration = "rules/a.toml:3:1: unknown key" }
    #expect(told.troubles.map(\.kind) == [.configuration] && told.status == .stopped)
    #expect(told.troubles.first?.message == "rules/a.toml:3:1: unknown key")
    let broken = WatchState(isBroken: true, since: .sample, text: "gone", retrySeconds: 60)
    let watch = try health { $0.watches = [ConnectorWatch(connector: "hr", state: broken)] }
    #expect(watch.troubles.map(\.kind) == [.watch] && watch.status == .stopped)
    for state in [PasswordChannelState.failed, .refused, .stopped] {
      let health = try health(passwords: [channel(state)])
      #expect(health.troubles.map(\.kind) == [.passwords] && health.status == .stopped)
    }
    // It waits for something that comes by itself, or that a person wanted so.
    #expect(try health(passwords: [channel(.paused)]).status == .success)
  }

  @Test("Passwords that fail for long or are held back are errors, a channel that stands is more")
  func passwords() throws {
    var bad = channel(.waiting)
    bad.retrying = 3
    #expect(try health(passwords: [bad]).status == .success)
    bad.stuck = 2
    let failing = try health(passwords: [bad])
    #expect(failing.status == .completedWithErrors && failing.troubles.map(\.kind) == [.errors])
    #expect(failing.troubles.first?.message.contains("2 have failed for an hour") == true)
    (bad.stuck, bad.doubted) = (0, 1)
    #expect(try health(passwords: [bad]).status == .completedWithErrors)
    bad.doubted = 0
    for state in [PasswordChannelState.waiting, .working] {
      bad.state = state
      bad.turnStarted = .sample.adding(seconds: 63 - 3600)
      bad.turnEnded = .sample.adding(seconds: -9000)
      #expect(try health(passwords: [bad]).status == .success)
      #expect(try health(passwords: [bad], after: 64).troubles.map(\.kind) == [.passwords])
      // What takes a while, and has shown that it goes on.
      bad.lastContact = .sample
      #expect(try health(passwords: [bad], after: 64).status == .success)
      bad.lastContact = nil
      bad.intervalSeconds = 600
      #expect(try health(passwords: [bad], after: 64).status == .success)
      bad.intervalSeconds = 120
    }
  }

  @Test("Where the last cycle stopped, it says at which step and why")
  func stoppedCycle() throws {
    let bad = CycleSummary.sample(
      8, [.sample(9, type: .deltaImport, result: "no-start-server-behind"), .sample(10)])
    let health = try health([well, bad])
    #expect(health.status == .stopped && health.lastGood?.id == 7)
    let message = try #require(health.troubles.first).message
    #expect(message.contains("Cycle 8, step 9") && message.hasSuffix(": dc2 is behind"))
  }

  @Test("A delta that a full import made good is no trouble")
  func madeGood() throws {
    let required = "no-start-full-import-required"
    let good = CycleSummary.sample(
      8, [.sample(9, type: .deltaImport, result: required), .sample(10), .sample(11)])
    #expect(try health([good]).status == .success)
    let other = CycleSummary.sample(
      8,
      [.sample(9, type: .deltaImport, result: required), .sample(10, type: .deltaSynchronization)])
    #expect(try health([other]).status == .stopped)
  }

  @Test("An engine that keeps the schedule must work, if the schedule is on")
  func engine() throws {
    #expect(try health { $0.state = .absent }.status == .engineUnavailable)
    #expect(try health { $0.keepsSchedule = false }.status == .engineUnavailable)
    let byTimer = try health(passwords: [channel(.stopped)]) {
      $0.state = .absent
      $0.schedule.isEnabled = false
    }
    #expect(byTimer.status == .success)
  }

  @Test("A cycle is overdue after two intervals, or after the time that is given")
  func overdue() throws {
    let two = 2.0 * 10_800 + 3
    #expect(try health(after: two).status == .success)
    #expect(try health(after: two + 1).troubles.map(\.kind) == [.overdue])
    #expect(try health(after: two + 1) { $0.state = .running }.status == .success)
    #expect(try health(after: two + 1) { $0.schedule.isEnabled = false }.status == .success)
    #expect(try health(maxAge: 59).troubles.map(\.kind) == [.overdue])
    #expect(try health(maxAge: 60).status == .success)
    #expect(try health([]).troubles.map(\.message) == ["No cycle has come to its end yet"])
    let rehearsal = {
      var cycle = well
      cycle.isRehearsal = true
      return cycle
    }()
    #expect(try health([rehearsal]).lastGood == nil)
  }

  @Test("A cycle that takes long is none that is overdue, unless its step does not move")
  func standing() throws {
    func health(_ seen: Double?, after seconds: Double) throws -> Health {
      var step = OperationRow.sample(9, result: "in-progress")
      step.lastSeen = seen.map { Timestamp.sample.adding(seconds: $0) }
      let store = FakeStore { content in
        content.cycles = [well]
        content.status.openErrors = 0
        content.status.state = .running
        content.progress = RunProgress(step: step, phase: "staging", done: 1, total: nil, rate: 0)
      }
      return try Health(
        store, passwords: [], maxAge: nil, configuration: nil,
        now: Timestamp.sample.adding(seconds: seconds))
    }
    let longest = 2.0 * 10_800
    #expect(try health(nil, after: longest).status == .success)
    #expect(try health(5000, after: longest + 5000).status == .success)
    let hanging = try health(5000, after: longest + 5001)
    #expect(hanging.status == .stopped && hanging.troubles.map(\.kind) == [.overdue])
    #expect(
      hanging.troubles.first?.message.hasPrefix("Step 9, Full Import on contoso.test") == true)
    #expect(try health(nil, after: longest + 5001).troubles.count == 1)
  }

  @Test("Many cycles that did not come to their end do not make the last one that did forgotten")
  func manyStopped() throws {
    func cycle(_ id: Int64, minute: Int, _ result: String) -> CycleSummary {
      var cycle = CycleSummary.sample(id, [.sample(9, type: .export, result: result)])
      cycle.started = .sample.adding(seconds: Double(60 * minute))
      cycle.ended = cycle.started.adding(seconds: 3)
      return cycle
    }
    let stopped = "no-start-credentials"
    let cycles = (1...400).map { cycle(Int64($0), minute: $0, $0 == 100 ? "success" : stopped) }
    let within = try health(cycles, after: 60 * 400 + 10)
    #expect(within.lastGood?.id == 100 && within.troubles.map(\.kind) == [.cycle])
    let late = try health(cycles, after: 60 * 100 + 2 * 10_800 + 4)
    #expect(late.lastGood?.id == 100 && late.troubles.map(\.kind) == [.overdue, .cycle])
    // What nobody looks for is not known.
    let busy = (1...6000).map { cycle(Int64($0), minute: 0, stopped) }
    let words = try health(busy, after: 30_000).troubles.first?.message ?? ""
    #expect(words.hasPrefix("No cycle has come to its end for 8h 20m"), "\(words)")
    let purged = try health([cycle(70, minute: 0, stopped)]).troubles.first?.message
    #expect(purged == "No cycle that the history tells of has come to its end")
  }

  @Test("Its JSON has the status, the troubles and the age")
  func json() throws {
    let text = try HealthReport.make(health { $0.heldDeletes = 2 }).text(asJSON: true, width: nil)
    let json = try #require(
      try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    #expect(json["isWell"] as? Bool == false && json["exitStatus"] as? Int == 3)
    #expect(json["ageSeconds"] as? Int == 60 && json["lastGoodCycle"] as? Int == 7)
    let troubles = try #require(json["troubles"] as? [[String: Any]])
    #expect(troubles.map { $0["kind"] as? String } == ["held"])
  }

  @Test("A cycle's JSON tells which errors are new and which are gone, where that is known")
  func newErrors() throws {
    var cycle = well
    func json(_ cycle: CycleSummary) throws -> [String: Any] {
      let text = try JSONText.of(CycleJSON(cycle))
      return try #require(
        try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    }
    #expect(try json(cycle)["newErrors"] == nil)
    cycle.errors = CycleErrors(open: 6, new: 2, gone: 1)
    let told = try json(cycle)
    #expect(told["openErrors"] as? Int == 6 && told["newErrors"] as? Int == 2)
    #expect(told["resolvedErrors"] as? Int == 1)
    cycle.steps[0].errors = 6
    let store = FakeStore { $0.cycles = [cycle] }
    let command = CommandStatus(id: 1, state: .finished, cycleID: 7, runID: nil, outcome: "")
    let text = try #require(try WorkOutcome(command, from: store)).report.lines(nil)
    #expect(
      text.contains { $0.contains("6 are open now, 2 of them new, and 1 others are gone") })
    // What a rehearsal met is open nowhere: there is no list of it but the step's.
    cycle.errors = nil
    for index in cycle.steps.indices { cycle.steps[index].isRehearsal = true }
    let rehearsed = FakeStore { $0.cycles = [cycle] }
    let lines = try #require(try WorkOutcome(command, from: rehearsed)).report.lines(nil)
    let advice = try #require(lines.first { $0.hasPrefix("6 errors were met") })
    #expect(
      advice.hasSuffix(
        "each: 'lockstep show \(cycle.steps[0].id)' lists those of step "
          + "\(cycle.steps[0].id)."))
    #expect(!lines.contains { $0.contains("'lockstep errors'") })
  }

  @Test("Programs get all rows of a list unless they ask for fewer")
  func completeLists() throws {
    let all = try LimitOptions.parse([])
    #expect(all.limit(.json) > 1_000_000 && all.limit(.csv) > 1_000_000)
    #expect(all.limit(.text) == 50)
    let some = try LimitOptions.parse(["--limit", "7"])
    #expect([.json, .csv, .text].map(some.limit) == [7, 7, 7])
  }
}
