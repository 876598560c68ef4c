import Console
import Foundation
import Workspace

/// Runs commands of the command line for the console, with their output caught.
struct ToolRunner: Sendable {
  /// The workspace's folder.
  let folder: String
  /// Seconds after which a command is ended.
  static let limit = 120.0

  /// The words with the workspace, which stands before those that are no options whatever they look
  /// like.
  static func words(_ arguments: [String], in folder: String) -> [String] {
    let end = arguments.firstIndex(of: "--") ?? arguments.count
    return arguments[..<end] + ["--workspace", folder] + arguments[end...]
  }

  /// What `lockstep ARGUMENTS` says on this workspace; it is ended when nobody waits any more.
  ///
  /// - Throws: ``Fault`` where the program can't be started.
  func run(_ arguments: [String], _ cancellation: Cancellation) throws -> ToolOutput {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    process.arguments = Self.words(arguments, in: folder)
    process.standardInput = FileHandle.nullDevice
    let output = Pipe()
    process.standardOutput = output
    process.standardError = output
    do { try process.run() } catch {
      throw Fault(
        message: "lockstep \(arguments.first ?? "") could not be started: \(error)",
        hint: "Run it in a shell.")
    }
    cancellation.onCancel { if process.isRunning { process.terminate() } }
    let late = DispatchWorkItem { if process.isRunning { process.terminate() } }
    DispatchQueue.global().asyncAfter(deadline: .now() + Self.limit, execute: late)
    let bytes = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    late.cancel()
    let lines = String(decoding: bytes, as: UTF8.self).split(
      separator: "\n", omittingEmptySubsequences: false
    ).map(String.init)
    return ToolOutput(
      lines: lines.last == "" ? lines.dropLast() : lines, status: process.terminationStatus)
  }
}
