import ArgumentParser
import Foundation
import Workspace

/// The command `lockstep tenant`.
struct TenantCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tenant", abstract: "Starts, stops, shows, asks and backs up the embedded tenant.",
    subcommands: [
      Status.self, Start.self, Stop.self, SignIn.self, Backup.self, Restore.self,
    ])

  /// The command `lockstep tenant status`.
  struct Status: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "status", abstract: "Shows whether the embedded tenant runs, and where.")
    @OptionGroup var place: WorkspaceOptions
    @Flag(help: "Print JSON for programs instead of text for people.")
    var json = false

    func run() throws {
      let tenant = try TenantProcess(try place.open())
      let pid = try tenant.knownPid()
      let state = TenantJSON(
        running: pid != nil, pid: pid, url: tenant.url,
        tokenFile: tenant.settings.tokenFile, database: tenant.settings.database)
      let report = Report(json: state) { _ in
        guard let pid = state.pid else {
          return ["The embedded tenant does not run; an engine starts it when it begins to work."]
        }
        return [
          "The embedded tenant runs: process \(pid), SCIM 2.0 at \(state.url ?? "(starting)").",
          "Its bearer token is in \(state.tokenFile).",
        ]
      }
      try StandardStreams.print(report, asJSON: json)
    }
  }

  /// The command `lockstep tenant start`.
  struct Start: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "start", abstract: "Starts the embedded tenant; it stays until it is stopped.")
    @OptionGroup var place: WorkspaceOptions

    func run() async throws {
      let tenant = try TenantProcess(try place.open())
      let url = try await tenant.ensureRunning()
      StandardStreams.say("The embedded tenant runs: SCIM 2.0 at \(url).")
    }
  }

  /// The command `lockstep tenant stop`.
  struct Stop: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "stop", abstract: "Ends the embedded tenant.")
    @OptionGroup var place: WorkspaceOptions

    func run() async throws {
      let tenant = try TenantProcess(try place.open())
      guard let pid = try tenant.knownPid() else {
        StandardStreams.say("The embedded tenant does not run.")
        return
      }
      try await tenant.stop()
      StandardStreams.say("The embedded tenant, process \(pid), has ended.")
    }
  }
}

/// The embedded tenant's state as `--json` spells it.
struct TenantJSON: Encodable {
  let running: Bool
  let pid: Int32?
  let url: String?
  let tokenFile: String
  let database: String
}
