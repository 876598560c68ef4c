import Foundation
import ProgramTesting
import Testing

@testable import Workspace

/// The built programs in a folder of their own, as a person calls them.
final class Bench {
  struct Answer {
    var status: Int32
    var output: String
    var errors: String
  }

  let folder: String
  /// The folder of the built programs: that of the test bundle or of the test program.
  static let programs: String = {
    let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    let bundle = CommandLine.arguments.first { $0.hasSuffix(".xctest") } ?? own
    return (bundle as NSString).deletingLastPathComponent
  }()

  static var areBuilt: Bool {
    ["lockstep", "lockstepd"].allSatisfy {
      FileManager.default.isExecutableFile(atPath: programs + "/" + $0)
    }
  }

  /// - Parameter name: What the folder is called, below one that nobody else has.
  private init(in name: String? = nil) {
    let own = NSTemporaryDirectory() + "lockstep-" + UUID().uuidString
    folder = name.map { own + "/" + $0 } ?? own
  }

  /// Makes the folder, gives it to `body`, and ends everything that was started in it.
  static func use(in name: String? = nil, _ body: (Bench) throws -> Void) throws {
    let bench = Bench(in: name)
    defer { bench.end() }
    try FileManager.default.createDirectory(
      atPath: bench.folder, withIntermediateDirectories: true)
    try body(bench)
  }

  /// The same for what waits for a server.
  static func useAsync(_ body: (Bench) async throws -> Void) async throws {
    let bench = Bench()
    defer { bench.end() }
    try FileManager.default.createDirectory(
      atPath: bench.folder, withIntermediateDirectories: true)
    try await body(bench)
  }

  func run(_ arguments: String..., program: String = "lockstep") throws -> Answer {
    try run(arguments, program: program)
  }

  /// - Parameter input: What the program reads; nil for nothing.
  func run(
    _ arguments: [String], program: String = "lockstep", input: String? = nil
  ) throws -> Answer {
    // Files instead of pipes, so that a daemon that kept one open could not make the test wait.
    let (written, read) = (folder + "/.output", folder + "/.input")
    let errors = folder + "/.errors"
    for path in [written, errors] { try Data().write(to: URL(fileURLWithPath: path)) }
    // It may be a secret, which is looked for in this folder afterwards.
    if let input { try Data(input.utf8).write(to: URL(fileURLWithPath: read)) }
    defer { unlink(read) }
    let path = program.hasPrefix("/") ? program : Self.programs + "/" + program
    let status = Programs.run(
      [path] + arguments,
      environment: [
        "LOCKSTEP_WORKSPACE": folder, "LOCKSTEPD": Self.programs + "/lockstepd", "TERM": "dumb",
      ], input: input == nil ? "/dev/null" : read, log: written, errors: errors)
    return Answer(
      status: status, output: try String(contentsOfFile: written, encoding: .utf8),
      errors: try String(contentsOfFile: errors, encoding: .utf8))
  }

  /// The status of a program whose answer goes to `path`, and what it complained of.
  func run(_ arguments: [String], program: String = "lockstep", to path: String) throws -> Answer {
    let errors = folder + "/.errors"
    try Data().write(to: URL(fileURLWithPath: errors))
    let status = Programs.run(
      [Self.programs + "/" + program] + arguments,
      environment: [
        "LOCKSTEP_WORKSPACE": folder, "LOCKSTEPD": Self.programs + "/lockstepd", "TERM": "dumb",
      ], input: "/dev/null", log: path, errors: errors)
    return Answer(
      status: status, output: "", errors: try String(contentsOfFile: errors, encoding: .utf8))
  }

  /// The rows of a command's JSON.
  func rows(_ arguments: String...) throws -> [[String: Any]] {
    let answer = try run(arguments + ["--json"])
    #expect(answer.status == 0, "\(arguments): \(answer.errors)")
    let value = try JSONSerialization.jsonObject(with: Data(answer.output.utf8))
    return try #require(value as? [[String: Any]])
  }

  var enginePid: Int32? { FileLock.holder(of: folder + "/engine.lock") }
  var tenantPid: Int32? { FileLock.holder(of: folder + "/tenant.lock") }

  func write(_ text: String, to name: String) throws {
    try text.write(toFile: folder + "/" + name, atomically: true, encoding: .utf8)
  }

  /// Kills what still works in this folder, by the numbers in its own lock files.
  private func end() {
    for pid in [enginePid, tenantPid].compactMap({ $0 }) { kill(pid, SIGKILL) }
    try? FileManager.default.removeItem(atPath: folder)
    let above = (folder as NSString).deletingLastPathComponent
    // That of the benches whose folder has a name; it is empty now.
    if (above as NSString).lastPathComponent.hasPrefix("lockstep-") { rmdir(above) }
  }
}
