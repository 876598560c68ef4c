import Foundation

/// One figure with its goal.
struct Measurement {
  var name: String
  var figure: String
  var goal: String

  /// Seconds that `work` took.
  static func seconds(_ work: () async throws -> Void) async rethrows -> Double {
    let start = ContinuousClock.now
    try await work()
    return Self.seconds(since: start)
  }

  /// Seconds since `start`.
  static func seconds(since start: ContinuousClock.Instant) -> Double {
    let parts = (ContinuousClock.now - start).components
    return Double(parts.seconds) + Double(parts.attoseconds) / 1e18
  }

  /// The figures as lines.
  static func table(_ rows: [Measurement]) -> String {
    let all = [Measurement(name: "measured", figure: "result", goal: "goal")] + rows
    let width = (all.map(\.name.count).max() ?? 0, all.map(\.figure.count).max() ?? 0)
    return all.map { row in
      row.name.padding(toLength: width.0 + 2, withPad: " ", startingAt: 0)
        + row.figure.padding(toLength: width.1 + 2, withPad: " ", startingAt: 0) + row.goal
    }.joined(separator: "\n")
  }
}
