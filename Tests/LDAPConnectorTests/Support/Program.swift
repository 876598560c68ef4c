import Glibc

/// Programs that a test starts.
enum Program {
  /// Starts the program at `path`, its output in the file `log`; the answer is its pid, or nil.
  static func start(_ path: String, _ arguments: [String], log: String) -> pid_t? {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    posix_spawn_file_actions_adddup2(&actions, 1, 2)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
    var pid = pid_t()
    let list: [UnsafeMutablePointer<CChar>?] = ([path] + arguments).map { strdup($0) } + [nil]
    defer { for text in list { free(text) } }
    return posix_spawn(&pid, path, &actions, &attributes, list, environ) == 0 ? pid : nil
  }

  /// Runs a program to its end; the answer is its exit status, or -1.
  static func run(_ path: String, _ arguments: [String], log: String) -> Int32 {
    guard let pid = start(path, arguments, log: log) else { return -1 }
    return wait(pid)
  }

  /// Waits for the end of a program that was started.
  @discardableResult
  static func wait(_ pid: pid_t) -> Int32 {
    var status: Int32 = 0
    while waitpid(pid, &status, 0) < 0, errno == EINTR {}
    return status & 0x7F == 0 ? (status >> 8) & 0xFF : -1
  }

  /// Whether the file at `path` can be executed.
  static func exists(_ path: String) -> Bool { access(path, X_OK) == 0 }

  /// The content of a text file; empty if it can't be read.
  static func text(of path: String) -> String {
    guard let stream = fopen(path, "r") else { return "" }
    defer { fclose(stream) }
    var bytes = [UInt8](repeating: 0, count: 1 << 16)
    let count = fread(&bytes, 1, bytes.count, stream)
    return String(decoding: bytes[..<count], as: UTF8.self)
  }
}

/// Ports of the loopback interface.
enum Loopback {
  /// A port that nobody listens on; another may take it before it is used.
  static func freePort() -> Int {
    let socket = Glibc.socket(
      AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    defer { close(socket) }
    var address = address(port: 0)
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
        _ = Glibc.bind(socket, pointer, length)
        _ = getsockname(socket, pointer, &length)
      }
    }
    return Int(UInt16(bigEndian: address.sin_port))
  }

  /// A socket that listens on a free port, and the port; nil if that can't be had.
  static func listen() -> (socket: Int32, port: Int)? {
    let socket = Glibc.socket(
      AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    var address = address(port: 0)
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isListening = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
        Glibc.bind(socket, pointer, length) == 0 && Glibc.listen(socket, 16) == 0
          && getsockname(socket, pointer, &length) == 0
      }
    }
    guard isListening else { return nil }
    return (socket, Int(UInt16(bigEndian: address.sin_port)))
  }

  /// Whether somebody listens on `port`.
  static func answers(_ port: Int) -> Bool {
    guard let socket = connect(port) else { return false }
    close(socket)
    return true
  }

  /// A connection to `port`; nil if nobody listens there.
  static func connect(_ port: Int) -> Int32? {
    let socket = Glibc.socket(
      AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    var address = address(port: port)
    let isConnected = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
    if isConnected { return socket }
    close(socket)
    return nil
  }

  private static func address(port: Int) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    return address
  }
}
