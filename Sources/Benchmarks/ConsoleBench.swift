import Directory
import Foundation
import SyncStore

/// The console's first frame on a long history.
struct ConsoleBench {
  private static let steps = 100_000
  private static let rounds = 5
  private let folder: String

  /// Makes a workspace with a history of 100,000 steps; that is not measured.
  init(folder parent: String) throws {
    folder = parent + "/console"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try Self.configuration.write(
      toFile: folder + "/lockstep.toml", atomically: true, encoding: .utf8)
    Bench.say("a history of \(Self.steps) steps")
    try fill()
  }

  /// From the start of the process until a row of the history stands on the terminal.
  func firstFrame() throws -> Measurement {
    let program = try program()
    var times: [Double] = []
    for _ in 0..<Self.rounds {
      times.append(
        try PseudoTerminal.seconds(of: program, ["--workspace", folder]) { output in
          output.contains("Operations") && output.contains("Full Import")
        })
    }
    let sorted = times.sorted()
    return Measurement(
      name: "console's first frame, \(Self.steps) steps",
      figure: String(
        format: "%.0f ms (median of %d, worst %.0f)", sorted[sorted.count / 2] * 1000,
        sorted.count, (sorted.last ?? 0) * 1000), goal: "under 50 ms")
  }

  private func program() throws -> String {
    let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    let path = (own as NSString).deletingLastPathComponent + "/lockstep"
    guard FileManager.default.isExecutableFile(atPath: path) else {
      throw BenchError(message: "\(path) is not built; Scripts/bench builds it")
    }
    return path
  }

  private func fill() throws {
    let store = try SyncStore.open(file: folder + "/store.sqlite")
    var connector: Int64 = 0
    try store.transaction {
      connector = try $0.register(
        name: "people", type: "ldif", isSource: true, fingerprint: "bench")
    }
    for start in stride(from: 0, to: Self.steps, by: 5000) {
      try store.transaction { transaction in
        for number in start..<start + 5000 {
          try Self.add(number, connector, transaction)
        }
      }
    }
    try store.close()
  }

  private static func add(
    _ number: Int, _ connector: Int64, _ transaction: StoreTransaction
  ) throws {
    let step = try transaction.beginStep(
      cycle: nil, connector: connector, type: .fullImport, requestedBy: "bench", phase: "")
    try transaction.endStep(step.step, result: "success", message: "", hint: "")
  }

  private static let configuration = """
    [[connector]]
    name = "people"
    type = "ldif"
    role = "source"
    content = "people.ldif"
    """
}
