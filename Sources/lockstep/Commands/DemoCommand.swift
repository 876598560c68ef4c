import ArgumentParser
import Configuration
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
      they do not count as a failure of the demonstration. A demonstration that is in the folder \
      already stays as it is, and goes on; --fresh removes what it left. A workspace that no \
      demonstration made is refused.
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
    let creation = WorkspaceCreation(folder: try options.place.folder)
    try creation.checkOwnership()
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
    let outcome = try await Order(EngineProcess(workspace: workspace)).outcome(of: .passwords(.now))
    if !options.json { StandardStreams.say("Passwords: " + SafeText.line(outcome) + ".") }
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
      guard FileLock.holder(of: workspace.leaseFile) != pid else {
        throw WorkspaceError(
          .engineUnavailable, message: "The engine, process \(pid), has not ended yet",
          hint: "Nothing was removed. It ends after its batch; see \(workspace.logFile)")
      }
    }
    if workspace.settings.tenant != nil { try await TenantProcess(workspace).stop() }
    try creation.clear()
  }

  private func make(_ creation: WorkspaceCreation) throws {
    let names = WorkspaceCreation.connectors
    let rules = StandardRules.text
      .replacingOccurrences(of: "%Source%", with: names.source)
      .replacingOccurrences(of: "%Target%", with: names.target)
    let examples = StandardExamples.text(source: names.source, target: names.target)
    var summary: SampleDirectory.Summary?
    let kept = try creation.make(
      rules: rules, examples: examples, token: WorkspaceCreation.makeToken()
    ) {
      summary = try SampleDirectory(parameters).write(to: $0)
    }
    for path in kept {
      StandardStreams.complain("lockstep: \(SafeText.line(path)) was there, and stays as it is")
    }
    guard let summary, !options.json else { return }
    StandardStreams.say(
      "Sample directory: \(summary.records) records in \(creation.contentFile), \(summary.faults.count) "
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
    // They are read in the order of their names.
    guard number <= 9999 else {
      throw WorkspaceError(
        .usage, message: "9999 changes were made here, and there are no numbers for more",
        hint: "'lockstep demo --fresh' begins anew")
    }
    let draft = path + ".draft"
    let count: Int
    do {
      count = try SampleDirectory(parameters).writeChanges(to: draft, number: number)
      guard rename(draft, path) == 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
    } catch {
      unlink(draft)
      let reason =
        (error as? POSIXError).map { String(cString: strerror($0.code.rawValue)) }
        ?? "\(error)"
      throw WorkspaceError(
        .system, message: "\(path) can't be written: \(reason)",
        hint: "See that the folder may be written, and that the disk has room")
    }
    if !options.json { StandardStreams.say("\(count) changes in \(path).") }
  }

  private func advice(_ folder: String) throws -> String {
    let path = ShellText.quoted(folder)
    let sendsPasswords = try !Workspace.open(folder).settings.passwordSync.isEmpty
    return """

      The workspace is \(folder). To look around:
        lockstep errors --workspace \(path)
        lockstep users --workspace \(path)
        lockstep show --workspace \(path)
      \(sendsPasswords ? adviceOnPasswords(path) : "")\
      To end the engine and the tenant:
        lockstep service stop --workspace \(path)
      """
  }

  private func adviceOnPasswords(_ path: String) -> String {
    """
      lockstep password-sync events --workspace \(path)
    Users sign in at the tenant with their passwords (Sample-u000001 for the first, whose name
    'lockstep users' tells):
      lockstep tenant sign-in NAME --workspace \(path)

    """
  }
}
