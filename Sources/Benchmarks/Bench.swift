import CSystem
import Foundation

/// Where the process starts: measures what the project promises, and prints it as a table.
///
/// `Benchmarks [USERS] [--rules ten-flows|standard|FOLDER]… [--only PHASE,…] [--keep FOLDER]`,
/// where a rule `FOLDER` is what a server of Entra Connect exported; the environment variable
/// `LOCKSTEP_ENTRA_DATA` names one to measure besides the two rule sets of the project's own.
@main
enum Bench {
  static func main() async throws {
    // As the engine's own program does.
    cs_keep_memory()
    do {
      if CommandLine.arguments.count == 3, CommandLine.arguments[1] == "--tenant" {
        return try await CloudTenant.serve(CommandLine.arguments[2])
      }
      if CommandLine.arguments.dropFirst().contains(where: ["--help", "-h"].contains) {
        return print(usage)
      }
      let options = try BenchOptions(CommandLine.arguments.dropFirst())
      if let phase = options.phase {
        try await child(phase, options)
      } else {
        try await BenchRun(options).all()
      }
    } catch {
      say("The measurement failed: \(error)")
      exit(1)
    }
  }

  private static let usage = """
    Measures what the project promises, and prints it as a table.

    Benchmarks [USERS] [--rules ten-flows|standard|FOLDER]… [--only PHASE,…] [--keep FOLDER]

    USERS   how many users to measure with (100000)
    --rules a rule set; FOLDER is a configuration that Entra Connect exported, of which
            LOCKSTEP_ENTRA_DATA may name one as well
    --only  these alone: \(Phase.allCases.map(\.rawValue).joined(separator: ", ")),
            members, cloud, ldap, replication, transform, console
    --keep  work in this folder and leave it there
    """

  /// A phase in this process; its result goes to standard output for the parent.
  private static func child(_ phase: Phase, _ options: BenchOptions) async throws {
    guard let folder = options.folder, let rules = options.rules.first else {
      throw BenchError(message: "a phase needs --keep FOLDER and --rules")
    }
    let result = try await phase.run(in: folder, users: options.users, rules: rules)
    FileHandle.standardOutput.write(try JSONEncoder().encode(result))
  }

  /// Says what is being done, beside the table.
  static func say(_ text: String) {
    FileHandle.standardError.write(Data((text + "\n").utf8))
  }
}

/// What the command line asks for.
struct BenchOptions {
  var users = 100_000
  var rules: [BenchRules] = []
  var only: Set<String> = []
  var folder: String?
  var phase: Phase?

  init(_ arguments: some Sequence<String>) throws {
    var rest = Array(arguments)[...]
    while let word = rest.popFirst() {
      if let number = Int(word) {
        users = number
        continue
      }
      guard let value = rest.popFirst() else {
        throw BenchError(message: "\(word) needs a value")
      }
      try take(word, value)
    }
    if rules.isEmpty { rules = Self.usualRules() }
  }

  private static func usualRules() -> [BenchRules] {
    let folder = ProcessInfo.processInfo.environment["LOCKSTEP_ENTRA_DATA"] ?? ""
    if let exported = BenchRules(folder) { return [.tenFlows, .standard, exported] }
    Bench.say(
      "SKIPPED: the rules of a server of Entra Connect, for want of its exported configuration: "
        + (folder.isEmpty
          ? "name the folder with --rules FOLDER, or in LOCKSTEP_ENTRA_DATA"
          : "LOCKSTEP_ENTRA_DATA is \(folder), which is none"))
    return [.tenFlows, .standard]
  }

  private mutating func take(_ word: String, _ value: String) throws {
    switch word {
    case "--rules":
      guard let set = BenchRules(value) else {
        throw BenchError(
          message: "\(value) is neither ten-flows nor standard, nor a folder with an exported "
            + "configuration of Entra Connect")
      }
      rules.append(set)
    case "--only": only = Set(value.split(separator: ",").map(String.init))
    case "--keep": folder = value
    case "--phase": phase = Phase(rawValue: value)
    default: throw BenchError(message: "\(word) is not known")
    }
  }
}
