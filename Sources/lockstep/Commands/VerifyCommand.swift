import ArgumentParser
import Foundation
import SyncStore
import Workspace

/// The command `lockstep verify`.
struct VerifyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Tells where a target differs from what the rules want; nothing is staged or sent.",
    discussion: """
      The target is read whole, on a copy of the store, and compared object by object: what is \
      missing, what differs with both values, what should be gone; and why, as far as the engine \
      knows. What the rules want is what the last synchronization worked out; --sources reads the \
      sources and works it out anew. Objects that no rule wants are counted, and are no drift. The \
      outcome is kept as a rehearsed run ('lockstep show').

      Ends with 0 if nothing differs, with \(ExitStatus.drift.rawValue) if something does.
      """)

  @OptionGroup var options: FollowOptions
  @OptionGroup var range: LimitOptions
  @Argument(help: "The target's name; without one, every target.")
  var target: String?
  @Flag(help: "Read the sources, too, and work out anew what the rules want.")
  var sources = false
  @Flag(help: "Print all that differs as CSV, a line an attribute.")
  var csv = false

  func validate() throws {
    if csv && options.json { throw ValidationError("--csv and --json can't both be meant.") }
    if options.noWait { throw ValidationError("--no-wait leaves nothing to report.") }
  }

  func run() async throws {
    let workspace = try options.place.open()
    let engine = EngineProcess(workspace: workspace)
    let store = try engine.ensureRunning()
    let limit = csv ? 0 : range.limit(options.json ? .json : .text)
    var outcomes: [DriftOutcome] = []
    for name in try targets(workspace) {
      let command = EngineCommand.verify(connector: name, sources ? .sources : .stored)
      guard
        let end = try await Work(options).end(of: command, engine, store, workspace)
      else { throw ExitStatus.interrupted.asError }
      guard let run = end.runID, end.state == .finished else { throw Work.refused(end) }
      outcomes.append(try DriftOutcome(run: run, store, limit: limit))
    }
    if csv {
      try DriftReport.writeCSV(outcomes, store) { StandardStreams.write($0, to: STDOUT_FILENO) }
    } else {
      try StandardStreams.print(DriftReport.make(outcomes), asJSON: options.json)
    }
    let status = DriftOutcome.status(of: outcomes)
    if status != .success { throw status.asError }
  }

  private func targets(_ workspace: Workspace) throws -> [String] {
    let names = workspace.settings.connectors.filter { !$0.isSource }.map(\.name)
    guard !names.isEmpty else {
      throw WorkspaceError(
        .notFound, message: "lockstep.toml has no target, so there is nothing to verify",
        hint: "A [[connector]] with role = \"target\" is one")
    }
    guard let target else { return names }
    guard let name = names.first(where: { $0.lowercased() == target.lowercased() }) else {
      throw WorkspaceError(
        .notFound, message: "There is no target '\(target)'",
        hint: "The targets are: " + names.joined(separator: ", "))
    }
    return [name]
  }
}
