import Workspace

/// Opens the console on a workspace.
enum ConsoleStart {
  static func run(place: WorkspaceOptions, theme: String?) async throws {
    _ = try place.open()
    throw WorkspaceError(
      .system, message: "This build has no console", hint: "Use the subcommands")
  }
}
