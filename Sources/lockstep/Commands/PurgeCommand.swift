import ArgumentParser
import Directory
import Foundation
import SyncStore
import Workspace

/// The command `lockstep purge`.
struct PurgeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "purge",
    abstract: "Deletes old history: runs, what they changed, closed errors, events.",
    discussion: """
      Without an option, what is older than the scheduler's purge age; the engine does that by \
      itself after each cycle. Open errors stay, and so do the last steps of each connector with \
      their statistics. Nothing else is touched: objects, rules and what waits stay as they are.
      """)

  @OptionGroup var options: FollowOptions
  @Option(help: "What ended before this moment: a span ago (2d) or a time (2026-11-22T20:00:00Z).")
  var before: Since?
  @Option(help: "How much history stays, such as 7d; 0s clears all runs that have ended.")
  var keep: Span?

  func validate() throws {
    guard before == nil || keep == nil else {
      throw ValidationError("--before and --keep say the same thing; give one of them.")
    }
  }

  /// The moment before which history goes.
  func moment(now: Timestamp, schedule: ScheduleSettings) -> Timestamp {
    if let before { return before.moment(now: now) }
    let seconds = keep?.seconds ?? schedule.purgeAgeSeconds
    return now.adding(seconds: -Double(seconds))
  }

  func run() async throws {
    let workspace = try options.place.open()
    let engine = EngineProcess(workspace: workspace)
    let store = try engine.ensureRunning()
    let moment = moment(now: .now, schedule: try store.status().schedule)
    let id = try store.file(.purge(before: moment), requestedBy: Requester.text)
    guard !options.noWait else {
      let report = Report(json: ["command": id]) { _ in ["The engine has been asked."] }
      return try StandardStreams.print(report, asJSON: options.json)
    }
    let interrupts = Interrupts()
    defer { interrupts.stop() }
    let follower = Follower(
      store: store, isEngineAlive: { engine.pid != nil }, interrupts: { interrupts.count },
      stopsOnInterrupt: options.stopOnInterrupt, takesBack: true, requestedBy: Requester.text,
      display: SilentProgress(),
      startEngine: { _ = try engine.ensureRunning() })
    switch try await follower.follow(id) {
    case .ended(let status) where status.state == .finished:
      let report = Report(json: ["outcome": status.outcome]) { _ in
        [SafeText.line(status.outcome) + "."]
      }
      try StandardStreams.print(report, asJSON: options.json)
    case .ended(let status):
      throw WorkspaceError(
        .stopped, message: "The engine did not purge: " + status.outcome,
        hint: "'lockstep service status' shows what it does")
    case .withdrawn: throw Order.withdrawn
    case .left: throw Order.left
    case .engineGone:
      throw WorkspaceError(
        .engineUnavailable, message: "The engine vanished before it had purged all",
        hint: "See \(workspace.logFile); what was purged stays purged, the rest can be asked again")
    }
  }
}
