package import Glibc

/// Programs that a test starts, and ends by their ids.
package enum Programs {
  /// Starts a program with its output in the file `log`; the answer is its id, or nil.
  package static func start(_ command: [String], log: String) -> pid_t? {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    posix_spawn_file_actions_adddup2(&actions, 1, 2)
    var pid = pid_t()
    let list: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) } + [nil]
    defer { for text in list { free(text) } }
    return posix_spawn(&pid, command[0], &actions, nil, list, environ) == 0 ? pid : nil
  }

  /// Runs a program to its end; the answer is its exit status, or -1.
  package static func run(_ command: [String], log: String) -> Int32 {
    guard let pid = start(command, log: log) else { return -1 }
    return wait(pid)
  }

  /// Waits for the end of a program.
  @discardableResult
  package static func wait(_ pid: pid_t) -> Int32 {
    var status: Int32 = 0
    while waitpid(pid, &status, 0) < 0, errno == EINTR {}
    return status & 0x7F == 0 ? status >> 8 & 0xFF : -1
  }

  /// Whether all of these files can be executed.
  package static func exist(_ paths: String...) -> Bool {
    paths.allSatisfy { access($0, X_OK) == 0 }
  }

  /// The content of a text file; empty if it can't be read.
  package static func text(of path: String) -> String {
    guard let stream = fopen(path, "r") else { return "" }
    defer { fclose(stream) }
    var bytes: [UInt8] = []
    var part = [UInt8](repeating: 0, count: 1 << 16)
    while case let count = fread(&part, 1, part.count, stream), count > 0 {
      bytes += part[..<count]
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Writes a text file.
  package static func write(_ text: String, to path: String) -> Bool {
    guard let stream = fopen(path, "w") else { return false }
    defer { fclose(stream) }
    return fputs(text, stream) >= 0
  }

  /// Whether somebody listens on a port of a loopback address.
  package static func answers(_ address: String, _ port: UInt16) -> Bool {
    let descriptor = socket(
      AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    defer { close(descriptor) }
    var target = sockaddr_in()
    target.sin_family = sa_family_t(AF_INET)
    target.sin_port = port.bigEndian
    inet_pton(AF_INET, address, &target.sin_addr)
    return withUnsafePointer(to: &target) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
  }
}
