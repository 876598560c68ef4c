import Glibc

/// A program that a test starts and ends.
package final class ChildProgram: Sendable {
  /// The file that has what it writes.
  package let log: String
  private let pid: pid_t

  /// Starts the program at `path`; nil if that is not possible.
  package init?(_ path: String, _ arguments: [String], log: String) {
    self.log = log
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    posix_spawn_file_actions_adddup2(&actions, 1, 2)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // The threads of tests hold signals back, which a child would inherit.
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
    let list: [UnsafeMutablePointer<CChar>?] = ([path] + arguments).map { strdup($0) } + [nil]
    defer { for text in list { free(text) } }
    var started = pid_t()
    guard posix_spawn(&started, path, &actions, &attributes, list, environ) == 0 else { return nil }
    pid = started
  }

  /// Waits until it has ended by itself; the answer is its exit status, or -1.
  @discardableResult
  package func wait() -> Int32 {
    var status: Int32 = 0
    while waitpid(pid, &status, 0) < 0, errno == EINTR {}
    return status & 0x7F == 0 ? (status >> 8) & 0xFF : -1
  }

  /// Ends it, without asking.
  package func end() {
    kill(pid, SIGKILL)
    wait()
  }

  /// What it has written.
  package var text: String {
    guard let stream = fopen(log, "r") else { return "" }
    defer { fclose(stream) }
    var bytes = [UInt8](repeating: 0, count: 1 << 16)
    let count = fread(&bytes, 1, bytes.count, stream)
    return String(decoding: bytes[..<count], as: UTF8.self)
  }
}
