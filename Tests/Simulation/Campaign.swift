import Synchronization

/// Many histories, lived through side by side.
public enum Campaign {
  /// Lives through the history of each seed, `width` at a time, and tells each verdict in the order
  /// of the seeds.
  public static func run(
    _ seeds: [Int], bug: PlantedBug? = nil, width: Int = 2, tell: (Verdict) -> Void
  ) async throws {
    try await withThrowingTaskGroup(of: (Int, Verdict).self) { group in
      var next = 0
      var waiting: [Int: Verdict] = [:]
      var told = 0
      func start() {
        guard next < seeds.count else { return }
        let index = next
        next += 1
        group.addTask { (index, try await verdict(History(seed: seeds[index]), bug: bug)) }
      }
      for _ in 0..<width { start() }
      while let (index, verdict) = try await group.next() {
        start()
        waiting[index] = verdict
        while let due = waiting.removeValue(forKey: told) {
          tell(due)
          told += 1
        }
      }
    }
  }

  /// What comes of one history; an error that ends it is a failure, too.
  @concurrent public static func verdict(
    _ history: History, bug: PlantedBug? = nil
  ) async throws -> Verdict {
    let simulator = try Simulator(history, bug: bug)
    do {
      return try await simulator.run()
    } catch {
      return Verdict(
        history: history,
        failures: simulator.failures + [Failure(.ended, "the history ended with \(error)")],
        trace: simulator.trace.lines)
    }
  }

  /// The smallest history that still fails as this one does, and what comes of it.
  public static func shrink(
    _ history: History, bug: PlantedBug? = nil, limit: Int = 600
  ) async throws -> (verdict: Verdict, tries: Int) {
    let kind = try await verdict(history, bug: bug).failures.first?.kind
    let small = await Shrinker.shrink(history, limit: limit) { candidate in
      guard let verdict = try? await Self.verdict(candidate, bug: bug) else { return false }
      return verdict.failures.contains { $0.kind == kind }
    }
    return (try await verdict(small.history, bug: bug), small.tries)
  }
}

extension Verdict {
  /// The history and what is wrong, for a person who is to find the cause.
  public var story: [String] {
    ["Seed \(history.seed): \(history.events.count) events, \(failures.count) failures"]
      + failures.map { "  ✗ \($0)" } + ["Setup: \(history.setup)"]
      + history.events.map { "  \($0)" }
  }
}
