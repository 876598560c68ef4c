import Foundation

/// Where the process starts: measures what the project promises, and prints it as a table.
@main
enum Bench {
  static func main() async throws {
    let users = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 100_000
    let folder = NSTemporaryDirectory() + "lockstep-bench-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    say("\(users) users of 15 attributes, in \(folder)")
    var results: [Measurement] = []
    var hasFailed = false
    do {
      let cycle = try CycleBench(folder: folder, users: users)
      results.append(try cycle.parse())
      results += try await cycle.steps()
      results.append(try ConsoleBench(folder: folder).firstFrame())
    } catch {
      say("The measurement failed: \(error)")
      hasFailed = true
    }
    print(Measurement.table(results))
    if hasFailed { throw BenchError(message: "not everything was measured") }
  }

  /// Says what is being done, beside the table.
  static func say(_ text: String) {
    FileHandle.standardError.write(Data((text + "\n").utf8))
  }
}

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

  /// The rate of `count` things in `seconds`.
  static func rate(
    _ name: String, _ count: Int, of things: String, in seconds: Double, goal: String
  ) -> Measurement {
    let perSecond = Int((Double(count) / seconds).rounded())
    let time = String(format: "%.2f s", seconds)
    return Measurement(name: name, figure: "\(perSecond) \(things)/s (\(time))", goal: goal)
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
