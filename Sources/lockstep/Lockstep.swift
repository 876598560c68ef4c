import ArgumentParser
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
        subcommands: [
          InitialCommand.self, DeltaCommand.self, RunCommand.self, StopCommand.self,
          VerifyCommand.self, PasswordSyncCommand.self,
        ]),
      CommandGroup(
        name: "Look:",
        subcommands: [
          HistoryCommand.self, ShowCommand.self, ErrorsCommand.self, ObjectCommand.self,
          WhyCommand.self, UsersCommand.self, ConnectorsCommand.self, ObjectsCommand.self,
          MetaverseCommand.self, EventsCommand.self, ActivityCommand.self, DueCommand.self,
          HeldCommand.self, HealthCommand.self, CompareCommand.self, PreviewCommand.self,
        ]),
      CommandGroup(
        name: "Manage:",
        subcommands: [
          InitCommand.self, ServiceCommand.self, SchedulerCommand.self, PurgeCommand.self,
          BackupCommand.self, RestoreCommand.self, TenantCommand.self, ReleaseCommand.self,
          ReleaseDeletesCommand.self, StagingCommand.self,
          RulesCommand.self, ExpressionCommand.self, CheckCommand.self, ConnectorCommand.self,
          DemoCommand.self,
        ]),
    ])

  @OptionGroup var place: WorkspaceOptions
  @OptionGroup(title: "Console options") var console: ConsoleCommandOptions
  @OptionGroup(title: "Console options") var arrange: ArrangeOptions

  func validate() throws { ConsoleWords.heard?.note(console, arrange) }

  func run() async throws { try await ConsoleStart.run(console, arrange, in: try place.folder) }
}
