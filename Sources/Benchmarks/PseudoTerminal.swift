import Foundation

/// A program on a terminal of its own, which is ended with the value.
final class PseudoTerminal {
  /// The program's process.
  let pid: pid_t
  /// The bytes that it has written so far.
  private(set) var written = 0
  private let master: Int32
  private let start: ContinuousClock.Instant
  private var chunk = [UInt8](repeating: 0, count: 65_536)

  /// Starts `program`.
  ///
  /// - Throws: ``BenchError`` if it can't be started.
  init(_ program: String, _ arguments: [String], rows: Int = 50, columns: Int = 160) throws {
    master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
    guard master >= 0 else { throw BenchError(message: "no pseudo terminal: \(Self.lastError)") }
    // As unlockpt(3) and ptsname(3) do it, which the C library shows to nobody without macros.
    var isLocked: Int32 = 0
    var number: Int32 = 0
    guard ioctl(master, 0x4004_5431, &isLocked) == 0, ioctl(master, 0x8004_5430, &number) == 0
    else { throw BenchError(message: "no pseudo terminal: \(Self.lastError)") }
    var size = winsize(
      ws_row: UInt16(rows), ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
    _ = ioctl(master, UInt(TIOCSWINSZ), &size)
    start = ContinuousClock.now
    pid = try Self.spawn(program, arguments, terminal: "/dev/pts/\(number)")
  }

  deinit {
    kill(pid, SIGTERM)
    // What it writes while it ends is taken off, so that it is never held up.
    for _ in 0..<200 {
      _ = read(milliseconds: 10)
      if waitpid(pid, nil, WNOHANG) == pid {
        close(master)
        return
      }
    }
    kill(pid, SIGKILL)
    waitpid(pid, nil, 0)
    close(master)
  }

  /// Seconds from the start of the program until what it wrote satisfies `isDone`.
  ///
  /// - Throws: ``BenchError`` if it does not get there within `limit` seconds.
  func secondsToStart(limit: Double = 30, until isDone: (String) -> Bool) throws -> Double {
    try seconds(since: start, limit: limit, until: isDone)
  }

  /// Seconds from pressing `keys` until what was written since satisfies `isDone`.
  func seconds(
    forKeys keys: String, limit: Double = 10, until isDone: (String) -> Bool
  ) throws -> Double {
    type(keys)
    return try seconds(since: .now, limit: limit, until: isDone)
  }

  /// Presses keys.
  func type(_ keys: String) {
    let bytes = Array(keys.utf8)
    _ = bytes.withUnsafeBytes { write(master, $0.baseAddress, $0.count) }
  }

  /// Reads until nothing came for some milliseconds, some seconds at most.
  func settle(_ milliseconds: Int32 = 150, limit: Double = 5) {
    let start = ContinuousClock.now
    while read(milliseconds: milliseconds) != nil, Measurement.seconds(since: start) < limit {}
  }

  /// Reads whatever comes in some seconds; the answer is the number of bytes.
  func bytes(inSeconds seconds: Double) -> Int {
    let start = ContinuousClock.now
    let before = written
    while Measurement.seconds(since: start) < seconds { _ = read(milliseconds: 50) }
    return written - before
  }

  /// What a field of the process's status says in kB (proc(5)): `VmRSS`, in bytes.
  func memory(_ field: String = "VmRSS") -> Int {
    let status = (try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix(field + ":") }
    return (line?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) * 1024
  }

  /// Seconds of processor time that the process has used, from proc(5).
  func processorSeconds() -> Double {
    let text = (try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)) ?? ""
    // The second field is the name in parentheses, and may have blanks.
    let fields = text.split(separator: ")").last?.split(separator: " ") ?? []
    guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else {
      return 0
    }
    return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
  }

  private func seconds(
    since start: ContinuousClock.Instant, limit: Double, until isDone: (String) -> Bool
  ) throws -> Double {
    var bytes: [UInt8] = []
    while Measurement.seconds(since: start) < limit {
      guard let new = read(milliseconds: 1000) else { continue }
      bytes += new
      if isDone(String(decoding: bytes, as: UTF8.self)) { return Measurement.seconds(since: start) }
    }
    let tail = String(decoding: bytes.suffix(300), as: UTF8.self)
    throw BenchError(message: "the program did not draw what was waited for; it wrote: \(tail)")
  }

  /// What came within some milliseconds; nil if nothing did.
  private func read(milliseconds: Int32) -> ArraySlice<UInt8>? {
    var watched = pollfd(fd: master, events: Int16(POLLIN), revents: 0)
    guard poll(&watched, 1, milliseconds) > 0 else { return nil }
    let count = Foundation.read(master, &chunk, chunk.count)
    guard count > 0 else { return nil }
    written += count
    return chunk[..<count]
  }

  private static func spawn(
    _ program: String, _ arguments: [String], terminal: String
  ) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for descriptor in Int32(0)...2 {
      posix_spawn_file_actions_addopen(&actions, descriptor, terminal, O_RDWR, 0)
    }
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // POSIX_SPAWN_SETSID of spawn.h: a session of its own, whose terminal is the first one opened.
    posix_spawnattr_setflags(&attributes, 0x80)
    var list: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) }
    list.append(nil)
    var environment: [UnsafeMutablePointer<CChar>?] = [
      "TERM=xterm-256color", "LANG=C.UTF-8", "HOME=" + NSTemporaryDirectory(), "PATH=/usr/bin:/bin",
    ].map { (text: String) in strdup(text) }
    environment.append(nil)
    defer { for pointer in list + environment { free(pointer) } }
    var pid: pid_t = 0
    let result = posix_spawn(&pid, program, &actions, &attributes, list, environment)
    guard result == 0 else {
      throw BenchError(message: "\(program): " + String(cString: strerror(result)))
    }
    return pid
  }

  private static var lastError: String { String(cString: strerror(errno)) }
}
