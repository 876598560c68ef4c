import ArgumentParser
import Foundation
import Workspace

/// The command `lockstep check`.
struct CheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Checks the configuration, the rules and the connection of each connector.")

  @OptionGroup var place: WorkspaceOptions
  @Flag(help: "Print JSON for programs instead of text for people.")
  var json = false

  func run() throws {
    // The engine has no keys; what is wrong with them would be told when the console is opened.
    try ConsoleStart.check(try place.open())
    try Replacement.run(["check"], place, json ? ["--json"] : [])
  }
}

/// The command `lockstep connector`: what is done with one connector.
struct ConnectorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "connector", abstract: "Checks one connector.",
    subcommands: [ConnectorCheckCommand.self])
}

/// The command `lockstep connector check`.
struct ConnectorCheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Tries the connection of one connector, and what its account may do.",
    discussion: """
      Each line is one finding; those that are not as they should be say what to do. The other \
      connectors and the rules are left alone.
      """)

  @OptionGroup var place: WorkspaceOptions
  @Argument(help: "The connector's name.")
  var name: String
  @Flag(help: "Print JSON for programs instead of text for people.")
  var json = false

  func run() throws {
    let workspace = try place.open()
    let names = workspace.settings.connectors.map(\.name)
    guard names.contains(where: { $0.lowercased() == name.lowercased() }) else {
      throw WorkspaceError(
        .notFound, message: "There is no connector \(name)",
        hint: "There are: " + names.joined(separator: ", "))
    }
    try Replacement.run(["check", "--connector", name], place, json ? ["--json"] : [])
  }
}

/// Commands that need the engine's own parts run in `lockstepd`, which takes this process's place.
enum Replacement {
  /// Runs `command` of `lockstepd` with `arguments` for the workspace of `place`.
  static func run(
    _ command: [String], _ place: WorkspaceOptions, _ arguments: [String]
  ) throws {
    let program = try DaemonProcess.program()
    let folder = try place.folder
    let all = [program] + command + ["--workspace", folder] + arguments
    var list: [UnsafeMutablePointer<CChar>?] = all.map { strdup($0) }
    list.append(nil)
    setenv("LOCKSTEP_FACE", "1", 1)
    execv(program, list)
    let reason = String(cString: strerror(errno))
    for pointer in list { free(pointer) }
    throw WorkspaceError(
      .system, message: "\(program) could not be started: \(reason)",
      hint: "See that it is there and may be run")
  }
}
