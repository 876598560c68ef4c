import Directory
import Foundation
import SyncStore

/// The console on a long history and many objects: when it is there, what it takes, how soon it
/// answers a key while an engine writes, and how much it sends; beside programs that people know.
struct ConsoleBench {
  private static let starts = 9
  private static let keys = 400
  private let folder: String
  private let count: Int
  private var store: String { folder + "/bench.sqlite" }

  /// A workspace in a folder below `parent`, with as many steps as objects.
  init(folder parent: String, count: Int) {
    folder = parent + "/console"
    self.count = count
  }

  /// All figures; `writing` starts an engine that synchronizes all objects, in a process of its own.
  func rows(writing: (_ folder: String) throws -> Process) throws -> [Measurement] {
    let lockstep = try Self.program()
    let arguments = ["--workspace", folder]
    var rows = [try firstFrame(lockstep, arguments)]
    rows += try atRest(lockstep, arguments)
    do {
      rows += try onTheWire(lockstep, arguments, "row marked whole")
      try configure(selection: "short")
      rows += try onTheWire(lockstep, arguments, "its beginning marked")
      try configure(selection: "row")
    } catch let error as BenchError {
      // The other figures are worth having all the same.
      Bench.say("  bytes on the wire not measured: \(error.message)")
    }
    Bench.say("  keys while an engine writes")
    do {
      rows.append(try whileWriting(lockstep, arguments) { try writing(folder) })
    } catch let error as BenchError {
      Bench.say("  not measured: \(error.message.prefix(200))")
    }
    // Said at once: what is beside it takes a while, and the table comes last.
    for row in rows { Bench.say("  \(row.name): \(row.figure)") }
    rows += try NeighbourBench(folder: folder, lines: count).rows()
    return rows
  }

  /// Writes the workspace's file and its steps; the objects are there already.
  func prepare() throws {
    try configure(selection: "row")
    Bench.say("  a history of \(count) steps")
    let store = try SyncStore.open(file: store)
    guard let connector = try store.transaction({ try $0.connectorID("people") }) else {
      throw BenchError(message: "\(store.file) has no connector of people")
    }
    for start in stride(from: 0, to: count, by: 5000) {
      try store.transaction { transaction in
        for number in start..<min(start + 5000, count) {
          let step = try transaction.beginStep(
            cycle: nil, connector: connector, type: number % 8 == 0 ? .fullImport : .deltaImport,
            requestedBy: "bench", phase: "")
          // No two neighbours look alike: where all do, a line that is scrolled sends nothing.
          var tally = CounterTally()
          tally.count(.stageAdd, amount: number % 97)
          tally.count(.stageUpdate, amount: number * 7 % 1311)
          try transaction.add(tally, step: step.step)
          try transaction.endStep(step.step, result: "success", message: "", hint: "")
        }
      }
    }
    try store.close()
  }

  private func configure(selection: String) throws {
    try (Self.configuration + "\n[console]\nselection = \"\(selection)\"\n").write(
      toFile: folder + "/lockstep.toml", atomically: true, encoding: .utf8)
  }

  /// From the start of the process until a row of the history stands on the terminal.
  private func firstFrame(_ program: String, _ arguments: [String]) throws -> Measurement {
    let times = try (0..<Self.starts).map { _ in
      try PseudoTerminal(program, arguments).secondsToStart {
        $0.contains("Operations") && $0.contains("Full Import")
      }
    }
    return Measurement(
      name: "console: first frame, \(count) steps and objects",
      figure: Self.milliseconds(times), goal: "30 ms")
  }

  /// Memory, and what it does while nothing happens.
  private func atRest(_ program: String, _ arguments: [String]) throws -> [Measurement] {
    let console = try PseudoTerminal(program, arguments)
    _ = try console.secondsToStart { $0.contains("Full Import") }
    console.settle(500)
    // Each view has been looked at, so that each has read its first page.
    for view in ["2", "3", "4", "5", "6", "7", "1"] {
      console.type(view)
      console.settle(300)
    }
    let memory = console.memory() >> 20
    let before = console.processorSeconds()
    let bytes = console.bytes(inSeconds: 10)
    let used = (console.processorSeconds() - before) / 10 * 100
    return [
      Measurement(
        name: "console: memory, every view opened",
        figure: "\(memory) MB, at most \(console.memory("VmHWM") >> 20) MB", goal: "30 MB"),
      Measurement(
        name: "console: nothing happens",
        figure: String(format: "%.1f %% of a processor, %d bytes in 10 s", used, bytes), goal: "0"),
    ]
  }

  /// What a moved cursor and a scrolled line send.
  private func onTheWire(
    _ program: String, _ arguments: [String], _ how: String
  ) throws -> [Measurement] {
    let console = try PseudoTerminal(program, arguments + ["--view", "operations"])
    _ = try console.secondsToStart { $0.contains("Full Import") }
    console.settle(1000)
    let moved = try Self.bytes(console, keys: 10, "j")
    for _ in 0..<60 { console.type("j") }
    console.settle()
    let scrolled = try Self.bytes(console, keys: 100, "j")
    return [
      Measurement(
        name: "console: a cursor move, " + how, figure: "\(moved) bytes in the middle, at most",
        goal: "120"),
      Measurement(
        name: "console: a scrolled line, " + how,
        figure: "\(scrolled) bytes in the middle, at most", goal: "100"),
    ]
  }

  private static func bytes(
    _ console: PseudoTerminal, keys: Int, _ key: String
  ) throws -> String {
    var sizes: [Int] = []
    for _ in 0..<keys {
      let before = console.written
      console.type(key)
      console.settle(60, limit: 1)
      sizes.append(console.written - before)
    }
    sizes.sort()
    guard sizes[keys / 2] > 0 else {
      throw BenchError(message: "the cursor did not move: there is nothing to measure")
    }
    return "\(sizes[keys / 2])/\(sizes[keys - 1])"
  }

  /// How soon keys are answered: the row under the cursor is drawn, which nothing else draws.
  private func whileWriting(
    _ program: String, _ arguments: [String], _ writing: () throws -> Process
  ) throws -> Measurement {
    var engine = try writing()
    defer {
      engine.terminate()
      engine.waitUntilExit()
    }
    let console = try PseudoTerminal(program, arguments)
    _ = try console.secondsToStart { $0.contains("Full Synchronization") }
    console.settle(300, limit: 2)
    var times: [Double] = []
    let keys = ["j", "j", "k", "\u{1B}[6~", "j", "\u{1B}[5~"]
    for index in 0..<Self.keys {
      // One that is done makes place for another: somebody writes all the time.
      if !engine.isRunning { engine = try writing() }
      times.append(
        try console.seconds(forKeys: keys[index % keys.count]) { Self.drawsSelection($0) })
      // Keys come at no fixed place between two looks at the store.
      _ = console.bytes(inSeconds: 0.013 + Double(index * 7 % 41) / 1000)
    }
    return Measurement(
      name: "console: a key's answer, an engine writing", figure: Self.milliseconds(times),
      goal: "16 ms at the 99th")
  }

  /// Whether a part of the output is in reverse, as the selected row is.
  private static func drawsSelection(_ output: String) -> Bool {
    output.split(separator: "\u{1B}[").contains { part in
      guard let end = part.firstIndex(of: "m") else { return false }
      return part[..<end].split(separator: ";").contains("7")
    }
  }

  /// The middle, the 99th percentile and the worst of some times.
  static func milliseconds(_ times: [Double]) -> String {
    let sorted = times.sorted()
    guard let worst = sorted.last else { return "none" }
    let late = sorted[min(sorted.count - 1, sorted.count * 99 / 100)]
    return String(
      format: "%.1f ms (99th %.1f, worst %.1f of %d)", sorted[sorted.count / 2] * 1000, late * 1000,
      worst * 1000, sorted.count)
  }

  private static func program() throws -> String {
    let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    let path = (own as NSString).deletingLastPathComponent + "/lockstep"
    guard FileManager.default.isExecutableFile(atPath: path) else {
      throw BenchError(message: "\(path) is not built; Scripts/bench builds it")
    }
    return path
  }

  private static let configuration = """
    [store]
    file = "bench.sqlite"

    [[connector]]
    name = "people"
    type = "ldif"
    role = "source"
    content = "directory.ldif"
    """
}
