import Foundation

/// A program on a terminal of its own.
enum PseudoTerminal {
  /// Seconds from the start of `program` until what it wrote satisfies `isDone`; it is ended then.
  ///
  /// - Throws: ``BenchError`` if it can't be started, or does not get there within ten seconds.
  static func seconds(
    of program: String, _ arguments: [String], until isDone: (String) -> Bool
  ) throws -> Double {
    let master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
    guard master >= 0 else { throw BenchError(message: "no pseudo terminal: \(lastError)") }
    defer { close(master) }
    // As unlockpt(3) and ptsname(3) do it, which the C library shows to nobody without macros.
    var isLocked: Int32 = 0
    var number: Int32 = 0
    guard ioctl(master, 0x4004_5431, &isLocked) == 0, ioctl(master, 0x8004_5430, &number) == 0
    else { throw BenchError(message: "no pseudo terminal: \(lastError)") }
    var size = winsize(ws_row: 50, ws_col: 160, ws_xpixel: 0, ws_ypixel: 0)
    _ = ioctl(master, UInt(TIOCSWINSZ), &size)
    let start = ContinuousClock.now
    let pid = try spawn(program, arguments, terminal: "/dev/pts/\(number)")
    defer { end(pid, master) }
    let seconds = try read(master, since: start, until: isDone)
    return seconds
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

  private static func read(
    _ master: Int32, since start: ContinuousClock.Instant, until isDone: (String) -> Bool
  ) throws -> Double {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while Measurement.seconds(since: start) < 10 {
      var watched = pollfd(fd: master, events: Int16(POLLIN), revents: 0)
      guard poll(&watched, 1, 1000) > 0 else { continue }
      let count = Foundation.read(master, &chunk, chunk.count)
      guard count > 0 else { break }
      bytes += chunk[..<count]
      if isDone(String(decoding: bytes, as: UTF8.self)) { return Measurement.seconds(since: start) }
    }
    let tail = String(decoding: bytes.suffix(300), as: UTF8.self)
    throw BenchError(message: "the console did not draw its first frame; it wrote: \(tail)")
  }

  private static func end(_ pid: pid_t, _ master: Int32) {
    kill(pid, SIGTERM)
    // What it writes while it ends is taken off, so that it is never held up.
    var chunk = [UInt8](repeating: 0, count: 4096)
    for _ in 0..<200 {
      var watched = pollfd(fd: master, events: Int16(POLLIN), revents: 0)
      if poll(&watched, 1, 10) > 0 { _ = Foundation.read(master, &chunk, chunk.count) }
      if waitpid(pid, nil, WNOHANG) == pid { return }
    }
    kill(pid, SIGKILL)
    waitpid(pid, nil, 0)
  }

  private static var lastError: String { String(cString: strerror(errno)) }
}
