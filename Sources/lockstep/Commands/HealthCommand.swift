import ArgumentParser
import Configuration
import Directory
import SyncStore
import Workspace

/// The command `lockstep health`.
struct HealthCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "health", abstract: "Tells whether all is well, for scripts and monitors.",
    discussion: """
      It only looks, and starts nothing. Ends with \(ExitStatus.success.rawValue) if all is well, \
      with \(ExitStatus.completedWithErrors.rawValue) if some objects have errors, with \
      \(ExitStatus.stopped.rawValue) if something is held, overdue or stopped, with \
      \(ExitStatus.engineUnavailable.rawValue) if no engine keeps the schedule that is on, and with \
      \(ExitStatus.store.rawValue) if the store's disk is full or nearly so. Where a \
      timer runs the cycles, turn the schedule off (lockstep scheduler --enabled false), and say \
      with --max-age how old the last cycle may be.
      """)

  @OptionGroup var options: ReportOptions
  @Option(
    help: """
      How long ago the last cycle may have come to its end, such as 4h; without this, twice the \
      interval of the schedule.
      """)
  var maxAge: Span?

  func run() throws {
    let store = try options.place.store()
    let health = try Health(
      store, passwords: try store.passwordChannels(), maxAge: maxAge?.seconds,
      configuration: configurationFault(isEngineThere: try store.status().state != .absent),
      disk: (try? options.place.storeFile()).flatMap { FullDisk.warning(of: $0) }, now: .now)
    try StandardStreams.print(HealthReport.make(health), asJSON: options.json)
    if health.status != .success { throw health.status.asError }
  }

  /// What is wrong with the configuration; nil if nothing is.
  ///
  /// An engine that works reads the rules itself, and says what it found.
  private func configurationFault(isEngineThere: Bool) -> String? {
    do {
      let workspace = try options.place.open()
      if !isEngineThere { _ = try WorkspaceRules.load(workspace) }
      return nil
    } catch {
      return "\(error)"
    }
  }
}
