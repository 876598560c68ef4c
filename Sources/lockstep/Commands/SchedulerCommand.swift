import ArgumentParser
import Configuration
import SyncStore
import Workspace

/// The command `lockstep scheduler`.
struct SchedulerCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "scheduler", abstract: "Shows the schedule, or changes it.",
    discussion: """
      Spans are written as 30m, 3h, 7d or 1d12h, or as the original's scheduler writes them, \
      [days.]hours:minutes:seconds. A synchronization at least once every 7 days is advised.
      """)

  @OptionGroup var options: ReportOptions
  @Option(help: "The span between the beginnings of two cycles, from 1m to 30d.")
  var interval: Span?
  @Option(help: "Whether the schedule starts cycles: true or false.")
  var enabled: Bool?
  @Option(help: "The policy of the next cycle alone.")
  var nextPolicy: Policy?
  @Option(help: "The age at which history is purged, from 1h to 10 years.")
  var purgeAge: Span?
  @Option(
    help: "How many deletes one run may export without a person's word, and no more than half.")
  var deletionThreshold: Int?

  func validate() throws {
    if let interval, !(60...2_592_000).contains(interval.seconds) {
      throw ValidationError("--interval is a span from 1m to 30d.")
    }
    if let purgeAge, purgeAge.seconds < 3600 {
      throw ValidationError("--purge-age is a span of 1h or more.")
    }
    if let deletionThreshold, deletionThreshold < 0 {
      throw ValidationError("--deletion-threshold is a number from 0.")
    }
  }

  func run() throws {
    let store = try options.place.store()
    let before = try store.status().schedule
    // What another sets meanwhile stays as that one wants it.
    let wanted = change.applied(to: before)
    if wanted != before { try store.change(change, requestedBy: Requester.text) }
    try StandardStreams.print(
      StatusReport.schedule(of: try store.status()), asJSON: options.json)
    if wanted.intervalSeconds > 604_800 {
      StandardStreams.complain(
        "lockstep: the interval is longer than the 7 days within which a synchronization is "
          + "advised")
    }
  }

  /// What the options name.
  var change: ScheduleChange {
    ScheduleChange(
      intervalSeconds: interval?.seconds, isEnabled: enabled,
      nextPolicy: nextPolicy.map { .only($0.policy) }, purgeAgeSeconds: purgeAge?.seconds,
      deletionThreshold: deletionThreshold)
  }
}
