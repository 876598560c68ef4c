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
    _ = try place.open()
    try Replacement.run(["check"], place, json ? ["--json"] : [])
  }
}

/// Commands that need the engine's own parts run in `lockstepd`, which takes this process's place.
enum Replacement {
  /// Runs `command` of `lockstepd` with `arguments` for the workspace of `place`.
  static func run(
    _ command: [String], _ place: WorkspaceOptions, _ arguments: [String]
  ) throws {
    let program = try DaemonProcess.program()
    let all = [program] + command + ["--workspace", place.folder] + arguments
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
