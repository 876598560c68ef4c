import Directory
import Foundation
import SampleDirectory
import SyncStore

/// One part of a measurement, in a process of its own, so that its memory is its own.
enum Phase: String, CaseIterable {
  case parse, fullImport, fullSynchronization, export, fullSynchronizationAgain, idle, mix

  /// What a phase found.
  struct Result: Codable {
    /// Seconds that it took.
    var seconds: Double
    /// Objects that it dealt with.
    var objects: Int
    /// The most memory that its process had resident, in bytes.
    var peak: Int
    /// More figures, for the table.
    var note = ""
  }

  /// Generates the directory; that is not measured.
  static func generate(users: Int, in folder: String) throws -> Int {
    try SampleDirectory(SampleDirectory.Parameters.large(users: users)).write(to: folder).records
  }

  /// Does the work, and measures it.
  func run(in folder: String, users: Int, rules: BenchRules) async throws -> Result {
    if self == .parse { return try Self.parse(folder) }
    let world = try BenchWorld(folder: folder, rules: rules)
    let (seconds, objects, note) = try await work(world, users)
    // What looks for errors maps the store's file, and would count as the engine's memory.
    let peak = Self.peak()
    try world.expectSuccess()
    return Result(seconds: seconds, objects: objects, peak: peak, note: note)
  }

  private func work(_ world: BenchWorld, _ users: Int) async throws -> (Double, Int, String) {
    switch self {
    case .parse: return (0, 0, "")
    case .fullImport:
      // What the target holds must be known before anything is sent to it.
      _ = try await world.run("cloud", .fullImport)
      return (try await world.run("people", .fullImport), users, "")
    case .fullSynchronization:
      let seconds = try await world.run("people", .fullSynchronization)
      // As an Initial cycle does: until then no delta would be one.
      _ = try await world.run("cloud", .fullSynchronization)
      return (seconds, users, "")
    case .fullSynchronizationAgain:
      return (try await world.run("people", .fullSynchronization), users, "")
    case .export:
      let seconds = try await world.run("cloud", .export)
      let sent = world.target.sent.operations
      let confirming = try await world.run("cloud", .deltaImport)
      // What the target said may flow back, and out again: then there is nothing new.
      for _ in 0..<2 { _ = try await world.deltaCycle() }
      return (seconds, sent, String(format: "confirming import %.1f s", confirming))
    case .idle:
      return (try await world.deltaCycle(), users, "")
    case .mix:
      let day = try FileManager.default.contentsOfDirectory(
        atPath: world.folder + "/changes"
      ).count
      let records = try MixedChanges.write(
        for: world.folder + "/directory.ldif", to: world.folder + "/changes/\(1000 + day).ldif",
        day: day)
      let seconds = try await world.deltaCycle()
      let sent = world.target.sent.operations
      guard sent > 0 else { throw BenchError(message: "the changes did not reach the target") }
      return (seconds, records, "\(records) changes, \(sent) exported")
    }
  }

  private static func parse(_ folder: String) throws -> Result {
    let start = ContinuousClock.now
    let reader = try LDIFReader(path: folder + "/directory.ldif")
    var count = 0
    while try reader.next() != nil { count += 1 }
    return Result(seconds: Measurement.seconds(since: start), objects: count, peak: peak())
  }

  /// The most memory that this process had resident, in bytes (proc(5), VmHWM).
  static func peak() -> Int {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    let kilobytes = line?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
    return kilobytes * 1024
  }
}
