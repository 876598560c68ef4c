import Foundation

/// Programs on terminals that people know, measured as the console is, in the same run.
struct NeighbourBench {
  /// One of them.
  private struct Program {
    var path: String
    var arguments: [String]
    /// What is on the screen when it is of use.
    var sign: String
    /// The key that goes a line down.
    var down: String
    var note: String
    var name: String { (path as NSString).lastPathComponent }
  }

  private static let starts = 5
  private static let keys = 100
  private let programs: [Program]

  /// Programs that look at what there is: processes, this project's history, a log of many lines.
  init(folder: String, lines: Int) throws {
    let log = folder + "/lines.log"
    try Self.write(lines: lines, to: log)
    programs = [
      Program(
        path: "/usr/bin/htop", arguments: [], sign: "F10", down: "\u{1B}OB", note: "processes"),
      Program(path: "/usr/bin/tig", arguments: [], sign: "[main]", down: "j", note: "this history"),
      Program(
        path: "/usr/bin/lnav", arguments: ["-q", log], sign: "line of a log", down: "j",
        note: "\(lines) lines"),
    ]
  }

  /// First frame, memory, and what a key takes and sends.
  func rows() throws -> [Measurement] {
    try programs.map { program in
      Bench.say("  beside it: \(program.name)")
      guard FileManager.default.isExecutableFile(atPath: program.path) else {
        return Measurement(
          name: "\(program.name), \(program.note)", figure: "not installed", goal: "-")
      }
      return try row(program)
    }
  }

  private func row(_ program: Program) throws -> Measurement {
    let starts = try (0..<Self.starts).map { _ in
      try PseudoTerminal(program.path, program.arguments).secondsToStart {
        $0.contains(program.sign)
      }
    }
    let terminal = try PseudoTerminal(program.path, program.arguments)
    _ = try terminal.secondsToStart { $0.contains(program.sign) }
    terminal.settle(1000)
    let memory = terminal.memory() >> 20
    var times: [Double] = []
    var sizes: [Int] = []
    for _ in 0..<Self.keys {
      let before = terminal.written
      // One that has nothing to move draws nothing.
      if let time = try? terminal.seconds(forKeys: program.down, limit: 1, until: { !$0.isEmpty }) {
        times.append(time)
      }
      terminal.settle(40, limit: 1)
      sizes.append(terminal.written - before)
    }
    sizes.sort()
    return Measurement(
      name: "\(program.name), \(program.note)",
      figure: String(
        format: "first frame %.0f ms, %d MB, a line down %@, %d bytes",
        starts.sorted()[starts.count / 2] * 1000, memory, ConsoleBench.milliseconds(times),
        sizes[sizes.count / 2]), goal: "-")
  }

  private static func write(lines: Int, to path: String) throws {
    guard FileManager.default.createFile(atPath: path, contents: nil),
      let file = FileHandle(forWritingAtPath: path)
    else { throw BenchError(message: "\(path) can't be written") }
    for start in stride(from: 0, to: lines, by: 10_000) {
      let part = (start..<min(start + 10_000, lines)).map { number in
        let (minute, second) = (number / 60 % 60, number % 60)
        let time = String(format: "2026-11-22 %02d:%02d:%02d", number / 3600 % 24, minute, second)
        return "\(time) INFO this is line \(number), a line of a log\n"
      }
      try file.write(contentsOf: Data(part.joined().utf8))
    }
    try file.close()
  }
}
