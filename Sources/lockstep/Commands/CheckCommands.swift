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

  func run() throws { try Replacement.run("check", place, json: json) }
}

/// The command `lockstep rules`.
struct RulesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rules", abstract: "Checks the synchronization rules.", subcommands: [Check.self])

  /// The command `lockstep rules check`.
  struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "check", abstract: "Reads all rule files and tells the first fault of each.")
    @OptionGroup var place: WorkspaceOptions
    @Flag(help: "Print JSON for programs instead of text for people.")
    var json = false

    func run() throws { try Replacement.run("rules-check", place, json: json) }
  }
}

/// Commands that need the engine's own parts run in `lockstepd`, which takes this process's place.
private enum Replacement {
  static func run(_ name: String, _ place: WorkspaceOptions, json: Bool) throws {
    let workspace = try place.open()
    let program = try DaemonProcess.program()
    let arguments = [program, name, "--workspace", workspace.folder] + (json ? ["--json"] : [])
    var list: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) }
    list.append(nil)
    execv(program, list)
    let reason = String(cString: strerror(errno))
    for pointer in list { free(pointer) }
    throw WorkspaceError(
      .system, message: "\(program) could not be started: \(reason)",
      hint: "See that it is there and may be run")
  }
}
