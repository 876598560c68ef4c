import ArgumentParser
import Foundation
import SyncStore
import Workspace

/// The command `lockstep service`.
struct ServiceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "service", abstract: "Starts, stops and shows the engine.",
    subcommands: [Start.self, Stop.self, Status.self, Unit.self])

  /// The command `lockstep service start`.
  struct Start: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "start", abstract: "Starts an engine that stays and keeps the schedule.")
    @OptionGroup var place: WorkspaceOptions

    func run() throws {
      let workspace = try place.open()
      let engine = EngineProcess(workspace: workspace)
      let before = engine.pid
      _ = try engine.ensureRunning(stays: true)
      let pid = engine.pid.map { "process \($0)" } ?? "it has ended already"
      StandardStreams.say(
        before == nil
          ? "The engine works on \(workspace.folder): \(pid), log \(workspace.logFile)."
          : "An engine works already: \(pid). One that a command started leaves when it is idle; "
            + "'lockstep service stop' ends it.")
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
      let workspace = try place.open()
      let engine = EngineProcess(workspace: workspace)
      guard let pid = engine.pid else {
        StandardStreams.say("No engine works on \(workspace.folder).")
        return
      }
      let store = try StoreReader(file: workspace.settings.storeFile)
      _ = try store.file(.shutDown, requestedBy: Requester.text)
      let limit = Date(timeIntervalSinceNow: Double(timeout?.seconds ?? 60))
      while engine.pid == pid {
        guard Date() < limit else {
          throw WorkspaceError(
            .engineUnavailable, message: "The engine, process \(pid), has not ended yet",
            hint: "It ends after its batch; see \(workspace.logFile)")
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
        StatusReport.make(try store.status(), progress: try store.progress())
      }
    }
  }

  /// The command `lockstep service unit`.
  struct Unit: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "unit", abstract: "Prints a systemd unit for this workspace.",
      discussion: """
        For example: lockstep service unit --user lockstep --workspace /var/lib/lockstep \
        > /etc/systemd/system/lockstep.service
        """)
    @OptionGroup var place: WorkspaceOptions
    @Option(help: "The account that runs the engine.")
    var user = "lockstep"

    func validate() throws {
      guard !user.isEmpty, user.allSatisfy({ $0.isASCII && !$0.isWhitespace }) else {
        throw ValidationError("--user is the name of an account.")
      }
    }

    func run() throws {
      let text = SystemdUnit(
        program: try DaemonProcess.program(), workspace: place.folder, user: user
      ).text
      StandardStreams.write(text, to: STDOUT_FILENO)
    }
  }
}
