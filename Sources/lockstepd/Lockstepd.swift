import ArgumentParser
import Foundation
import Workspace

/// `lockstepd`: the engine at work, and the embedded tenant; people use `lockstep`.
struct Lockstepd: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lockstepd",
    abstract: "Runs the synchronization engine or the embedded tenant of a workspace.",
    discussion: """
      People use 'lockstep', which starts this program where it is needed.

      EXIT STATUS:
      \(ExitStatus.table)
      """,
    version: "lockstepd " + Version.text,
    subcommands: [
      RunCommand.self, TenantCommand.self, CheckCommand.self, RulesCommand.self,
      ExpressionCommand.self,
    ])
}

/// The option that names the workspace.
struct WorkspaceOption: ParsableArguments {
  @Option(help: ArgumentHelp("The workspace's folder.", valueName: "folder"))
  var workspace: String

  /// The workspace's folder.
  var folder: String {
    WorkspaceLocation.absolute(workspace, in: FileManager.default.currentDirectoryPath)
  }

  /// The workspace, its configuration read and checked.
  func open() throws -> Workspace { try Workspace.open(folder) }
}
