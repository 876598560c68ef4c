import Directory
import Foundation
import SyncStore
import Testing

@Suite("After any history a few delta cycles bring what a fresh calculation brings")
struct SimulationTests {
  /// `LOCKSTEP_SEEDS=91,104` tells only those histories; `LOCKSTEP_SEEDS=1-5000` very many.
  private static let seeds: [Int] = {
    guard let text = ProcessInfo.processInfo.environment["LOCKSTEP_SEEDS"] else {
      return Array(1...100)
    }
    return text.split(separator: ",").flatMap { part -> [Int] in
      let ends = part.split(separator: "-").compactMap { Int($0) }
      guard let first = ends.first, let last = ends.last, first <= last else { return [] }
      return Array(first...last)
    }
  }()

  @Test("Convergence, idempotence and true statistics", arguments: Self.seeds)
  func converges(seed: Int) async throws {
    let simulation = try Simulation(seed: seed)
    let world = simulation.world
    try await simulation.live(24)
    simulation.heal()
    for _ in 0..<4 where try await world.cycle(.delta).isQuiet { break }
    let story: Comment = "seed \(seed): \(simulation.log.joined(separator: "; "))"
    let expected = try await simulation.expected()
    #expect(differences(world.outcome, expected) == [], story)
    let sent = world.target.operations.count
    let last = try await world.cycle(.delta)
    #expect(last.isQuiet, story)
    #expect(last.steps.allSatisfy { $0.severity == .success }, story)
    #expect(world.target.operations.count == sent, story)
    let errors = try world.reader.openErrors(connector: nil, after: nil, limit: 100)
    #expect(errors.map(\.message) == [], story)
    try expectStatisticsAddUp(world.reader, story)
  }
}

/// What differs between two outcomes, a line each.
private func differences(
  _ found: [String: [String: [String]]], _ expected: [String: [String: [String]]]
) -> [String] {
  Set(found.keys).union(expected.keys).sorted().flatMap { object -> [String] in
    let (a, b) = (found[object] ?? [:], expected[object] ?? [:])
    return Set(a.keys).union(b.keys).sorted().filter { a[$0] != b[$0] }.map {
      "\(object) \($0): \(a[$0] ?? []), expected \(b[$0] ?? [])"
    }
  }
}

extension CycleSummary {
  /// Whether no step added, changed or removed anything.
  var isQuiet: Bool { steps.allSatisfy { $0.adds + $0.updates + $0.deletes == 0 } }
}

/// Expects that every counter that can be opened lists as many objects as it counts, and every step
/// as many errors.
func expectStatisticsAddUp(
  _ reader: StoreReader, _ comment: Comment = "", sourceLocation: SourceLocation = #_sourceLocation
) throws {
  for step in try reader.operations(OperationFilter(), before: nil, limit: 10_000) {
    for counter in try reader.counters(step: step.id) where counter.hasDetail {
      let rows = try reader.changes(
        step: step.id, group: counter.group, counter: counter.name, after: nil, limit: 10_000)
      #expect(
        rows.count == counter.count, "\(step.type) \(counter.name); \(comment)",
        sourceLocation: sourceLocation)
    }
    let errors = try reader.errors(step: step.id, after: nil, limit: 10_000)
    #expect(errors.count == step.errors, comment, sourceLocation: sourceLocation)
  }
}
