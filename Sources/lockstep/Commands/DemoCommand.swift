import ArgumentParser
import Foundation
import RuleTools
import SampleDirectory
import SyncRules
import SyncStore
import Workspace

/// The command `lockstep demo`.
struct DemoCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "demo",
    abstract: "Makes a workspace with a sample directory, and runs an Initial cycle.",
    discussion: """
      The sample has some objects that are wrong on purpose, so that there are errors to look at; \
      they do not count as a failure of the demonstration. What is in the folder already stays; \
      --fresh removes what an earlier demonstration left.
      """)

  @OptionGroup var options: FollowOptions
  @Option(help: "How many users the sample directory has.")
  var users = 1000
  @Option(help: "Where the random numbers of the sample begin.")
  var seed: UInt64 = 1
  @Flag(help: "Remove what an earlier demonstration left in the folder.")
  var fresh = false
  @Flag(help: "Let some things happen in the sample directory, and run a Delta cycle.")
  var change = false
  @Flag(name: .customLong("no-console"), help: "Print the result instead of opening the console.")
  var noConsole = false

  func validate() throws {
    guard (1...1_000_000).contains(users) else {
      throw ValidationError("--users is a number from 1 to 1000000.")
    }
  }

  func run() async throws {
    let creation = WorkspaceCreation(folder: options.place.folder)
    if fresh { try await clear(creation) }
    try make(creation)
    if change { try writeChange(creation) }
    let status = try await Work(options).status(of: .cycle(change ? .delta : .initial))
    guard status == .success || status == .completedWithErrors else { throw status.asError }
    if !options.noWait { try await sendPasswords(creation.folder) }
    let canOpen = isatty(STDOUT_FILENO) == 1 && isatty(STDIN_FILENO) == 1
    if noConsole || options.json || options.noWait || !canOpen {
      if !options.json { StandardStreams.say(try advice(creation.folder)) }
      return
    }
    try await ConsoleStart.run(
      ConsoleCommandOptions.parse([]), ArrangeOptions.parse([]), in: creation.folder)
  }

  /// Passwords go by themselves where the engine works as a service; here they are asked for.
  private func sendPasswords(_ folder: String) async throws {
    let workspace = try Workspace.open(folder)
    guard !workspace.settings.passwordSync.isEmpty else { return }
    let status = try await Order(EngineProcess(workspace: workspace)).end(of: .passwords(.now))
    if !options.json {
      StandardStreams.say("Passwords: " + SafeText.line(status.outcome) + ".")
    }
  }

  /// Ends what works in the folder before its files go.
  private func clear(_ creation: WorkspaceCreation) async throws {
    guard creation.exists else { return }
    let workspace = try Workspace.open(creation.folder)
    if let pid = FileLock.holder(of: workspace.leaseFile) {
      kill(pid, SIGTERM)
      for _ in 0..<600 where FileLock.holder(of: workspace.leaseFile) == pid {
        try await Task.sleep(for: .milliseconds(50))
      }
    }
    if workspace.settings.tenant != nil { try await TenantProcess(workspace).stop() }
    try creation.clear()
  }

  private func make(_ creation: WorkspaceCreation) throws {
    let isNew = !creation.exists
    let names = WorkspaceCreation.connectors
    let rules = StandardRules.text
      .replacingOccurrences(of: "%Source%", with: names.source)
      .replacingOccurrences(of: "%Target%", with: names.target)
    let examples = StandardExamples.text(source: names.source, target: names.target)
    try creation.make(rules: rules, examples: examples, token: WorkspaceCreation.makeToken())
    let content = creation.contentFolder + "/directory.ldif"
    guard isNew, !FileManager.default.fileExists(atPath: content) else { return }
    let summary = try SampleDirectory(parameters).write(to: creation.contentFolder)
    guard !options.json else { return }
    StandardStreams.say(
      "Sample directory: \(summary.records) records in \(summary.path), \(summary.faults.count) "
        + "with something out of the ordinary:")
    for fault in summary.faults {
      StandardStreams.say(
        SafeText.line("  \(fault.stage.rawValue): \(fault.dn): \(fault.text)"))
    }
  }

  private var parameters: SampleDirectory.Parameters {
    var parameters = SampleDirectory.Parameters()
    parameters.seed = seed
    parameters.users = users
    parameters.withPasswords = true
    return parameters
  }

  /// The file gets its name once it is whole, so that an import never reads half of it.
  private func writeChange(_ creation: WorkspaceCreation) throws {
    let (number, path) = creation.nextChange
    let draft = path + ".draft"
    let count = try SampleDirectory(parameters).writeChanges(to: draft, number: number)
    try FileManager.default.moveItem(atPath: draft, toPath: path)
    if !options.json { StandardStreams.say("\(count) changes in \(path).") }
  }

  private func advice(_ folder: String) throws -> String {
    let sendsPasswords = try !Workspace.open(folder).settings.passwordSync.isEmpty
    return """

      The workspace is \(folder). To look around:
        lockstep errors --workspace \(folder)
        lockstep users --workspace \(folder)
        lockstep show --workspace \(folder)
      \(sendsPasswords ? adviceOnPasswords(folder) : "")\
      To end the engine and the tenant:
        lockstep service stop --workspace \(folder)
      """
  }

  private func adviceOnPasswords(_ folder: String) -> String {
    """
      lockstep password-sync events --workspace \(folder)
    Users sign in at the tenant with their passwords (Sample-u000001 for the first, whose name
    'lockstep users' tells):
      lockstep tenant sign-in NAME --workspace \(folder)

    """
  }
}
