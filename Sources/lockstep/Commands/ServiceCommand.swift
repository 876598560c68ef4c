import ArgumentParser
import Configuration
import Foundation
import SyncStore
import Workspace

/// The command `lockstep service`.
struct ServiceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "service", abstract: "Starts, stops and shows the engine.",
    subcommands: [Start.self, Stop.self, Status.self, Unit.self])

  /// The command `lockstep service start`.
  struct Start: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "start", abstract: "Starts an engine that stays and keeps the schedule.",
      discussion: """
        An engine that another command started, and that would leave when it is idle, stays from \
        then on; what it does at the moment is waited for.
        """)
    @OptionGroup var place: WorkspaceOptions

    func run() async throws {
      let workspace = try place.open()
      let engine = EngineProcess(workspace: workspace)
      let (store, isStarted) = try engine.ensureStaying()
      let words =
        isStarted
        ? "The engine works on \(workspace.folder), log \(workspace.logFile)"
        : try await stay(engine, store)
      guard let pid = engine.pid else {
        throw WorkspaceError(
          .engineUnavailable, message: "The engine has ended already",
          hint: "See \(workspace.logFile)")
      }
      StandardStreams.say(words + ": process \(pid).")
    }

    /// Has the engine that works stay, whoever started it; gives what is told of that.
    private func stay(_ engine: EngineProcess, _ store: StoreReader) async throws -> String {
      let status = try store.status()
      if status.keepsSchedule, status.pid == engine.pid {
        return "An engine works already, and keeps the schedule"
      }
      let options = try FollowOptions.parse([])
      let end = try await Work(options).end(of: .becomeService, engine, store, engine.workspace) {
        try engine.ensureStaying().store
      }
      guard let end else { throw ExitStatus.interrupted.asError }
      guard end.state == .finished else {
        throw WorkspaceError(
          .engineUnavailable, message: "The engine does not stay: " + end.outcome,
          hint: "'lockstep service stop' ends it; then start it again")
      }
      return SafeText.line(end.outcome)
    }
  }

  /// The command `lockstep service stop`.
  struct Stop: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "stop", abstract: "Ends the engine; what runs is stopped between two batches.")
    @OptionGroup var place: WorkspaceOptions
    @Option(help: "How long to wait for its end; 60s unless given.")
    var timeout: Span?

    func run() async throws {
      let engine = try WorkingEngine(place)
      guard let pid = engine.pid else {
        StandardStreams.say("No engine works on \(engine.folder).")
        return
      }
      try WorkingEngine.end(pid) {
        guard let store = engine.store else { return false }
        _ = try store.file(.shutDown, requestedBy: Requester.text)
        return true
      }
      let limit = Date(timeIntervalSinceNow: Double(timeout?.seconds ?? 60))
      while engine.pid == pid {
        guard Date() < limit else {
          throw WorkspaceError(
            .engineUnavailable, message: "The engine, process \(pid), has not ended yet",
            hint: "It ends after its batch; see \(engine.logFile)")
        }
        try await Task.sleep(for: .milliseconds(50))
      }
      StandardStreams.say("The engine, process \(pid), has ended.")
    }
  }

  /// The command `lockstep service status`.
  struct Status: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "status", abstract: "Shows the engine, the schedule and the last cycle.")
    @OptionGroup var options: ReportOptions

    func run() throws {
      try options.print { store in
        StatusReport.make(
          try store.status(), progress: try store.progress(), due: try store.dueSteps())
      }
    }
  }

  /// The command `lockstep service unit`.
  struct Unit: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "unit", abstract: "Prints a systemd unit for this workspace.",
      discussion: """
        For example: lockstep service unit --user lockstep --workspace /var/lib/lockstep \
        > /etc/systemd/system/lockstep.service. It lets the engine write to the workspace, and to \
        the folders of store and tenant where lockstep.toml names others.
        """)
    @OptionGroup var place: WorkspaceOptions
    @Option(help: "The account that runs the engine; that which owns the workspace unless given.")
    var user: String?

    func validate() throws {
      guard let user else { return }
      guard !user.isEmpty, user.allSatisfy({ $0.isASCII && !$0.isWhitespace }) else {
        throw ValidationError("--user is the name of an account.")
      }
    }

    func run() throws {
      let folder = SystemdUnit.real(try place.folder)
      let owner = SystemdUnit.owner(of: folder)
      let user = user ?? (owner == "root" ? nil : owner) ?? "lockstep"
      var unit = SystemdUnit(
        program: try DaemonProcess.program(), workspace: folder, user: user)
      let file = WorkspaceLocation.join(folder, WorkspaceLocation.configurationFile)
      // A unit may be written before its workspace is.
      if FileManager.default.fileExists(atPath: file) {
        unit.folders = SystemdUnit.folders(of: try place.open().settings, besides: folder)
        for note in UnitNotes.of(try TOMLTable.load(file: file), in: folder) {
          StandardStreams.complain("lockstep: " + SafeText.line(note))
        }
      }
      let text = unit.text
      if let owner, owner != user {
        StandardStreams.complain(
          "lockstep: " + SafeText.line(folder) + " belongs to \(owner), and the unit's "
            + "account is \(user), which can't work there. Give it the folder with all in it "
            + "(chown -R \(user) …), or name \(owner) with --user")
      }
      StandardStreams.write(text, to: STDOUT_FILENO)
    }
  }
}
