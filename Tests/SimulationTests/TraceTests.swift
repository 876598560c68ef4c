import Foundation
import ProgramTesting
import Simulation
import Testing

@Suite("A seed tells one history, and one trace of it")
struct TraceTests {
  @Test("Twice in this process, alone and beside others", arguments: [3, 8, 21])
  func twice(seed: Int) async throws {
    let first = try await Campaign.verdict(History(seed: seed))
    var second: [String] = []
    try await Campaign.run([seed - 1, seed, seed + 1], width: 3) { verdict in
      if verdict.history.seed == seed { second = verdict.trace }
    }
    #expect(first.trace.count > 50)
    #expect(first.trace == second)
  }

  @Test("In another process, where hashes have other seeds")
  func otherProcess() async throws {
    let here = try await Campaign.verdict(History(seed: 5))
    let other = try Self.traceOfProcess(seed: 5)
    #expect(other.contains("rules 0: \(here.history.setup.models[0])"))
    #expect(other == ["Seed 5"] + here.trace)
  }

  @Test("Another seed tells another history")
  func otherSeed() {
    #expect(History(seed: 5).events != History(seed: 6).events)
  }

  /// What the program `simulate` prints of a history, without its last line.
  private static func traceOfProcess(seed: Int) throws -> [String] {
    let log = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
    defer { try? FileManager.default.removeItem(atPath: log) }
    let status = Programs.run(
      [program.path, "--seed", String(seed), "--histories", "1", "--trace"], log: log)
    try #require(status == 0)
    return Programs.text(of: log).split(separator: "\n").dropLast().map(String.init)
  }

  /// The program, which is built beside the tests.
  private static var program: URL {
    let folder = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
    return folder.appending(path: "simulate")
  }
}
