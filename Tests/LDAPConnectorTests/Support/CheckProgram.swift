import Glibc
import ProgramTesting

/// The built `lockstepd check`, for what a host's configuration and variables have a say in.
enum CheckProgram {
  /// The built program beside the tests.
  private static let program: String = {
    var path = [CChar](repeating: 0, count: 4096)
    let count = readlink("/proc/self/exe", &path, path.count - 1)
    let own = String(decoding: path.prefix(max(0, count)).map(UInt8.init), as: UTF8.self)
    let bundle = CommandLine.arguments.first { $0.hasSuffix(".xctest") } ?? own
    return bundle.split(separator: "/", omittingEmptySubsequences: false).dropLast()
      .joined(separator: "/") + "/lockstepd"
  }()

  /// What it says of a connector of the workspace in `folder`.
  static func run(
    _ connector: String, in folder: TestFolder, environment: [String: String]
  ) -> (status: Int32, text: String) {
    let log = folder.path + "/output"
    let status = Programs.run(
      [program, "check", "--connector", connector, "--workspace", folder.path],
      environment: environment, log: log)
    return (status, Programs.text(of: log))
  }
}
