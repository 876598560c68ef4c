import ArgumentParser
import Foundation
import Workspace

/// `lockstep`: the console without a subcommand, and the command line.
struct Lockstep: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lockstep",
    abstract: "Keeps a cloud directory in step with a directory on premises.",
    discussion: """
      Without a subcommand the console opens. The workspace is the folder of --workspace, else \
      of the variable LOCKSTEP_WORKSPACE, else the current folder if it holds lockstep.toml, \
      else ~/.local/share/lockstep.

      EXIT STATUS:
      \(ExitStatus.table)
      """,
    version: "lockstep " + Version.text,
    subcommands: [],
    groupedSubcommands: [
      CommandGroup(
        name: "Synchronize:",
        subcommands: [InitialCommand.self, DeltaCommand.self, RunCommand.self, StopCommand.self]),
      CommandGroup(
        name: "Look:",
        subcommands: [
          HistoryCommand.self, ShowCommand.self, ErrorsCommand.self, ObjectCommand.self,
          UsersCommand.self, ConnectorsCommand.self, EventsCommand.self,
        ]),
      CommandGroup(
        name: "Manage:",
        subcommands: [
          ServiceCommand.self, SchedulerCommand.self, TenantCommand.self,
          ReleaseDeletesCommand.self, RulesCommand.self, CheckCommand.self, DemoCommand.self,
        ]),
    ])

  @OptionGroup var place: WorkspaceOptions

  @Option(help: "The console's theme for this time.")
  var theme: String?

  func run() async throws {
    guard isatty(STDOUT_FILENO) == 1, isatty(STDIN_FILENO) == 1 else {
      throw WorkspaceError(
        .usage, message: "The console needs a terminal, and this is none",
        hint: "'lockstep history' prints the runs; 'lockstep --help' lists all commands")
    }
    try await ConsoleStart.run(place: place, theme: theme)
  }
}
