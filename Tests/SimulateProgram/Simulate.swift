import ArgumentParser
import Simulation

/// Lives through simulated histories from seeds and tells those that end badly.
@main
struct Simulate: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "simulate",
    abstract: "Live through random histories of directories, faults and engines.",
    discussion: """
      After each history a few delta cycles must bring the tenant to what a naive calculation from \
      the sources says. The same seed tells the same history, and the same trace, every time. The \
      exit status is 1 if a history ends badly.
      """)

  @Option(help: "How many histories, each with the next seed.")
  var histories = 100

  @Option(help: "The first seed.")
  var seed = 1

  @Option(help: "How many at a time.")
  var width = 2

  @Flag(help: "Print what happens in each history, line by line.")
  var trace = false

  @Flag(help: "Make each history that ends badly as small as possible, and print that one.")
  var shrink = false

  func run() async throws {
    var bad: [Verdict] = []
    try await Campaign.run(Array(seed..<seed + histories), width: width) { verdict in
      if trace {
        print("Seed \(verdict.history.seed)")
        for line in verdict.trace { print(line) }
      }
      guard !verdict.failures.isEmpty else { return }
      bad.append(verdict)
      if !shrink { for line in verdict.story { print(line) } }
    }
    if shrink { for verdict in bad { try await printSmall(verdict) } }
    print("\(histories) histories, \(bad.count) ended badly")
    if !bad.isEmpty { throw ExitCode.failure }
  }

  private func printSmall(_ verdict: Verdict) async throws {
    let (small, tries) = try await Campaign.shrink(verdict.history)
    print("Shrunk in \(tries) tries. \(small.story.joined(separator: "\n"))")
    print("What happened:")
    for line in small.trace { print("    " + line) }
  }
}
