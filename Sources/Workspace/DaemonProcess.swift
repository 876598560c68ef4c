import CSystem
import Foundation

/// Starts `lockstepd` so that it outlives who started it.
public struct DaemonProcess: Sendable {
  /// The process id.
  public let pid: Int32
  /// The file that its output goes to.
  public let logFile: String
  /// How long the log was before it started, in bytes.
  let logStart: UInt64

  /// The `lockstepd` beside the running program, or the one that `LOCKSTEPD` names.
  ///
  /// - Throws: ``WorkspaceError`` if there is none.
  public static func program() throws(WorkspaceError) -> String {
    if let named = ProcessInfo.processInfo.environment["LOCKSTEPD"], !named.isEmpty {
      return named
    }
    let own = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    let folder = own.map { ($0 as NSString).deletingLastPathComponent } ?? "."
    let beside = WorkspaceLocation.join(folder, "lockstepd")
    guard access(beside, X_OK) == 0 else {
      throw WorkspaceError(
        .engineUnavailable, message: "There is no program lockstepd beside lockstep, in \(folder)",
        hint: "Install both programs into one folder, or name it in the variable LOCKSTEPD")
    }
    return beside
  }

  /// Starts `lockstepd` with `arguments` in a session of its own, its output appended to `logFile`.
  ///
  /// - Parameters:
  ///   - arguments: What it is told.
  ///   - logFile: Where its output goes.
  ///   - folder: Its current folder.
  ///   - withheld: The variables of this process's environment that it does not get.
  /// - Throws: ``WorkspaceError`` with the system's words.
  public static func start(
    _ arguments: [String], logFile: String, folder: String, withholding withheld: Set<String> = []
  ) throws(WorkspaceError) -> DaemonProcess {
    let program = try program()
    let size = (try? FileManager.default.attributesOfItem(atPath: logFile)[.size]) as? UInt64
    let environment = environment(ProcessInfo.processInfo.environment, withholding: withheld)
    let pid = withCStrings([program] + arguments) { argv in
      withCStrings(environment) { envp in
        cs_spawn_detached(program, argv, envp, logFile, folder)
      }
    }
    if let refusal = refusal(ofLog: logFile, error: -pid) { throw refusal }
    guard pid > 0 else {
      throw WorkspaceError(
        .engineUnavailable,
        message: "\(program) could not be started: " + String(cString: strerror(-pid)),
        hint: "See that the program and the folder \(folder) are there and may be used")
    }
    return DaemonProcess(pid: pid, logFile: logFile, logStart: size ?? 0)
  }

  /// The variables of `all` but those that are withheld, as a program gets them.
  static func environment(_ all: [String: String], withholding withheld: Set<String>) -> [String] {
    all.filter { !withheld.contains($0.key) }.map { $0.key + "=" + $0.value }
  }

  /// What is wrong with the log, if that is what the system's `error` was about.
  static func refusal(ofLog path: String, error: Int32) -> WorkspaceError? {
    guard error > 0 else { return nil }
    var found = stat()
    let isThere = lstat(path, &found) == 0
    let asked = isThere ? path : (path as NSString).deletingLastPathComponent
    guard access(asked, W_OK) == 0 else {
      return WorkspaceError(
        .system, message: "The log \(path) can't be written: " + String(cString: strerror(errno)),
        hint: "See that the folder is there and that this account may write in it")
    }
    guard isThere else { return nil }
    let what: String
    if found.st_mode & S_IFMT == S_IFLNK {
      what = "it is a link"
    } else if found.st_mode & S_IFMT != S_IFREG {
      what = "it is no regular file"
    } else if found.st_nlink > 1 {
      what = "the file has another name, too"
    } else {
      return nil
    }
    return WorkspaceError(
      .engineUnavailable, message: "Nothing is written to the log \(path): \(what)",
      hint: "Take it away, and a new log is begun; one elsewhere may be a link to this one")
  }

  /// Whether the process still lives.
  public var isAlive: Bool { cs_process_alive(pid) == 1 }

  /// The last error in what it wrote to its log, with the status that the line names; nil if it
  /// wrote none.
  public func lastError() -> WorkspaceError? {
    guard let handle = FileHandle(forReadingAtPath: logFile) else { return nil }
    defer { try? handle.close() }
    try? handle.seek(toOffset: logStart)
    let data = (try? handle.readToEnd()) ?? Data()
    let lines = String(decoding: data, as: UTF8.self).split(separator: "\n")
    return lines.last(where: { LogLine.isError($0) }).map(LogLine.error)
  }
}

/// The form of the daemon's log lines: time, level, text.
public enum LogLine {
  /// How grave a line is.
  public enum Level: String, Sendable {
    case info, warning, error
  }

  /// A line of these parts, on one line whatever `text` holds.
  public static func text(time: String, _ level: Level, _ text: String) -> String {
    time + " " + level.rawValue + " "
      + text.split(whereSeparator: \.isNewline).joined(separator: " ")
  }

  /// The text of the line with which a program ends that failed.
  public static func failure(_ error: WorkspaceError) -> String {
    error.description + " [status " + String(error.status.rawValue) + "]"
  }

  static func isError(_ line: Substring) -> Bool {
    line.split(separator: " ", maxSplits: 2).dropFirst().first == "error"
  }

  static func error(_ line: Substring) -> WorkspaceError {
    var text = line.split(separator: " ", maxSplits: 2).last.map(String.init) ?? String(line)
    var status = ExitStatus.engineUnavailable
    if text.hasSuffix("]"), let start = text.range(of: " [status ", options: .backwards) {
      let number = Int32(text[start.upperBound...].dropLast())
      status = number.flatMap(ExitStatus.init(rawValue:)) ?? status
      text = String(text[..<start.lowerBound])
    }
    return WorkspaceError(status, message: text, hint: "")
  }
}

/// Calls `body` with `texts` as a list of C strings that ends with NULL.
private func withCStrings<R>(
  _ texts: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> R
) -> R {
  var pointers: [UnsafeMutablePointer<CChar>?] = texts.map { strdup($0) }
  pointers.append(nil)
  defer { for pointer in pointers { free(pointer) } }
  return pointers.withUnsafeBufferPointer { buffer in
    // An array that was given an element has a base address.
    guard let start = buffer.baseAddress else { return body([nil]) }
    return body(start)
  }
}
