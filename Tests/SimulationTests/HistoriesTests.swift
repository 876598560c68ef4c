import Foundation
import Simulation
import Testing

@Suite("After any history a few delta cycles bring what a naive calculation says")
struct HistoriesTests {
  /// `LOCKSTEP_SEEDS=91,104` lives through only those histories; `LOCKSTEP_SEEDS=1-5000` through
  /// very many.
  private static let seeds: [Int] = {
    guard let text = ProcessInfo.processInfo.environment["LOCKSTEP_SEEDS"] else {
      return Array(1...500)
    }
    return text.split(separator: ",").flatMap { part -> [Int] in
      let ends = part.split(separator: "-").compactMap { Int($0) }
      guard let first = ends.first, let last = ends.last, first <= last else { return [] }
      return Array(first...last)
    }
  }()

  @Test("Every history ends well, whatever broke on the way")
  func histories() async throws {
    var bad: [Verdict] = []
    try await Campaign.run(Self.seeds) { verdict in
      if !verdict.failures.isEmpty { bad.append(verdict) }
    }
    for verdict in bad.prefix(3) {
      let (small, _) = try await Campaign.shrink(verdict.history, limit: 150)
      Issue.record("\(small.story.joined(separator: "\n"))")
    }
    #expect(bad.map(\.history.seed) == [])
  }
}
