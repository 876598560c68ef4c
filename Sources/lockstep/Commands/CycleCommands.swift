import ArgumentParser
import SyncStore
import Workspace

/// The options of commands that start work and follow it.
struct FollowOptions: ParsableArguments {
  @OptionGroup var place: WorkspaceOptions

  @Flag(help: "Print JSON for programs instead of text for people.")
  var json = false
  @Flag(name: .customLong("no-wait"), help: "Ask for it, and do not wait for its end.")
  var noWait = false
  @Flag(help: "Ctrl-C stops the run; without this it goes on, and a second Ctrl-C stops it.")
  var stopOnInterrupt = false
}

/// The command `lockstep initial`.
struct InitialCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "initial",
    abstract: "Runs an Initial cycle: reads and computes everything anew, then exports.",
    discussion: followDiscussion)

  @OptionGroup var options: FollowOptions
  @Flag(help: dryRunHelp)
  var dryRun = false

  func run() async throws {
    try await Work(options).perform(dryRun ? .rehearse(.initial) : .cycle(.initial))
  }
}

/// The command `lockstep delta`.
struct DeltaCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "delta",
    abstract: "Runs a Delta cycle: reads and computes what changed, then exports.",
    discussion: followDiscussion)

  @OptionGroup var options: FollowOptions
  @Flag(help: dryRunHelp)
  var dryRun = false

  func run() async throws {
    try await Work(options).perform(dryRun ? .rehearse(.delta) : .cycle(.delta))
  }
}

/// The command `lockstep run`.
struct RunCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Runs one profile on one connector.",
    discussion: followDiscussion)

  @OptionGroup var options: FollowOptions
  @Argument(help: "The connector's name.")
  var connector: String
  @Argument(
    help: """
      full-import, delta-import, full-synchronization, delta-synchronization or export; \
      initials do (fi, di, fs, ds, e).
      """)
  var profile: Profile

  func run() async throws {
    let workspace = try options.place.open()
    let names = workspace.settings.connectors.map(\.name)
    guard let name = names.first(where: { $0.lowercased() == connector.lowercased() }) else {
      throw WorkspaceError(
        .notFound, message: "There is no connector '\(connector)'",
        hint: "lockstep.toml has: " + names.joined(separator: ", "))
    }
    try await Work(options).perform(.run(connector: name, profile.type))
  }
}

private let dryRunHelp: ArgumentHelp = """
  Rehearse: read and compute all on a copy of the store and send nothing. The outcome is kept as \
  a cycle that is marked so.
  """

private let followDiscussion = """
  An engine is started if none works on the workspace; it leaves when it has been idle for a \
  while. Progress goes to standard error, the result to standard output. Ctrl-C leaves the run \
  going and says so.
  """

/// The command `lockstep stop`.
struct StopCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stop", abstract: "Stops the run that is in progress, between two batches.")

  @OptionGroup var place: WorkspaceOptions

  func run() async throws {
    let engine = try WorkingEngine(place)
    guard let pid = engine.pid else {
      throw WorkspaceError(
        .engineUnavailable, message: "No engine works on \(engine.folder), so nothing runs",
        hint: "'lockstep history' shows what has run")
    }
    guard let store = engine.store else {
      throw WorkspaceError(
        .store, message: "Which store the engine, process \(pid), works on can't be told",
        hint: "'lockstep service stop' ends the engine after its batch")
    }
    let id = try store.file(.stop, requestedBy: Requester.text)
    let follower = Follower(
      store: store, isEngineAlive: { engine.pid != nil }, interrupts: { 0 },
      requestedBy: Requester.text, display: SilentProgress())
    switch try await follower.follow(id) {
    case .ended(let status):
      let words = status.outcome.isEmpty ? "Stopped." : SafeText.line(status.outcome)
      StandardStreams.say(words)
    case .engineGone: StandardStreams.say("The engine has ended.")
    case .left, .withdrawn: break
    }
  }
}
