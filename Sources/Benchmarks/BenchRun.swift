import Foundation

/// All phases for each rule set, each phase in a process of its own.
struct BenchRun {
  private let options: BenchOptions
  private let folder: String

  init(_ options: BenchOptions) {
    self.options = options
    folder = options.folder ?? NSTemporaryDirectory() + "lockstep-bench-" + UUID().uuidString
  }

  /// Measures, and prints the table; of a run that fails, what was measured before.
  func all() async throws {
    defer { if options.folder == nil { try? FileManager.default.removeItem(atPath: folder) } }
    var rows: [Measurement] = []
    defer { if !rows.isEmpty { print(Measurement.table(rows)) } }
    try await measure(&rows)
  }

  private func measure(_ rows: inout [Measurement]) async throws {
    var peaks: [Int] = []
    for rules in options.rules {
      let own = folder + "/" + rules.label
      try FileManager.default.createDirectory(atPath: own, withIntermediateDirectories: true)
      Bench.say("\(options.users) users, rules: \(rules.word), in \(own)")
      if !FileManager.default.fileExists(atPath: own + "/directory.ldif") {
        _ = try Phase.generate(users: options.users, in: own)
      }
      for phase in Phase.allCases where wants(phase, rules) {
        Bench.say("  " + phase.rawValue)
        let result = try run(phase, rules, own)
        let row = phase.measurement(result, rules)
        // Also for who breaks the run off.
        Bench.say("    " + row.figure)
        rows.append(row)
        // What this process holds then is for the most part what its target was sent.
        if phase != .export { peaks.append(result.peak) }
      }
    }
    if let peak = peaks.max() {
      rows.append(
        Measurement(
          name: "engine memory, the most of these", figure: "\(peak >> 20) MB",
          goal: "300 MB at a million"))
    }
    if options.only.isEmpty || options.only.contains("members") {
      rows += try await MemberBench(folder: folder + "/members", others: options.users).rows()
    }
    if options.only.isEmpty || options.only.contains("cloud") {
      rows += try await CloudBench(folder: folder + "/cloud", users: options.users).rows()
    }
    if options.only.isEmpty || options.only.contains("ldap") {
      rows += try await LDAPBench(folder: folder + "/ldap", users: options.users).rows()
    }
    if options.only.isEmpty || options.only.contains("replication") {
      if let bench = ReplicationBench() { rows += try await bench.rows() }
    }
    if options.only.isEmpty || options.only.contains("transform") {
      rows += try await TransformBench().rows()
    }
    if options.only.isEmpty || options.only.contains("console") {
      rows += try consoleRows()
    }
  }

  private func wants(_ phase: Phase, _ rules: BenchRules) -> Bool {
    guard options.only.isEmpty || options.only.contains(phase.rawValue) else { return false }
    return switch rules {
    case .tenFlows: [.parse, .fullImport, .fullSynchronization].contains(phase)
    default: phase != .parse
    }
  }

  /// The console on as many objects as there are users, imported by an engine, and as many steps.
  private func consoleRows() throws -> [Measurement] {
    let own = folder + "/console"
    let bench = ConsoleBench(folder: folder, count: options.users)
    Bench.say("the console, in \(own)")
    try FileManager.default.createDirectory(atPath: own, withIntermediateDirectories: true)
    if !FileManager.default.fileExists(atPath: own + "/lockstep.toml") {
      _ = try Phase.generate(users: options.users, in: own)
      _ = try run(.fullImport, .tenFlows, own)
      try bench.prepare()
    }
    return try bench.rows { own in
      let process = process(.fullSynchronization, .tenFlows, own)
      process.standardOutput = FileHandle.nullDevice
      try process.run()
      return process
    }
  }

  private func process(_ phase: Phase, _ rules: BenchRules, _ own: String) -> Process {
    let process = Process()
    process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
    process.arguments = [
      String(options.users), "--phase", phase.rawValue, "--keep", own, "--rules", rules.word,
    ]
    return process
  }

  private func run(_ phase: Phase, _ rules: BenchRules, _ own: String) throws -> Phase.Result {
    let process = process(phase, rules, own)
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let data = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw BenchError(message: "the phase \(phase.rawValue) failed")
    }
    return try JSONDecoder().decode(Phase.Result.self, from: data)
  }
}

extension Phase {
  /// The result as a row of the table.
  fileprivate func measurement(_ result: Result, _ rules: BenchRules) -> Measurement {
    let rate = Int((Double(result.objects) / result.seconds).rounded())
    let time =
      result.seconds < 2
      ? String(format: "%.0f ms", result.seconds * 1000)
      : String(format: "%.1f s", result.seconds)
    let memory = "\(result.peak >> 20) MB" + (self == .export ? " with what the target holds" : "")
    let note = result.note.isEmpty ? "" : ", " + result.note
    let figure =
      self == .idle || self == .mix
      ? "\(time)\(note), peak \(memory)" : "\(rate)/s (\(time)\(note)), peak \(memory)"
    return Measurement(
      name: "\(rules.label): \(words)", figure: figure, goal: goal(rules))
  }

  private var words: String {
    switch self {
    case .parse: "LDIF parsing alone"
    case .fullImport: "full import, staged"
    case .fullSynchronization: "full synchronization, all new"
    case .export: "export"
    case .fullSynchronizationAgain: "full synchronization, nothing new"
    case .idle: "delta cycle, nothing new"
    case .mix: "delta cycle, 1 % added, 1 % deleted, 5 % modified"
    }
  }

  private func goal(_ rules: BenchRules) -> String {
    switch (self, rules) {
    case (.fullSynchronization, .standard), (.fullSynchronizationAgain, .standard): "20000/s"
    case (.fullSynchronization, _), (.fullSynchronizationAgain, _): "10000/s"
    case (.fullImport, _): "20000/s"
    case (.idle, _): "1 s at a million"
    case (.mix, _): "30 s at a million"
    default: "-"
    }
  }
}
