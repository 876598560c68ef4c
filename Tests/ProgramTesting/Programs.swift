package import Glibc

/// Programs that a test starts, and ends by their ids.
///
/// Foundation's `Process` is none for tests: before each start it reads the list of this process's
/// descriptors, and past the end of what it has read; where so many tests run that the list has more
/// than 32 KiB, about 1,300 descriptors, that ends all of them.
package enum Programs {
  /// Starts a program.
  ///
  /// - Parameters:
  ///   - command: The path of the program, and its arguments.
  ///   - environment: Variables that it has beside, or instead of, this process's own.
  ///   - input: The file that it reads.
  ///   - log: The file that gets what it writes.
  ///   - errors: The file that gets its errors; nil for the same.
  /// - Returns: its id, or nil if it can't be started.
  package static func start(
    _ command: [String], environment: [String: String] = [:], input: String = "/dev/null",
    log: String, errors: String? = nil
  ) -> pid_t? {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    let writing = O_WRONLY | O_CREAT | O_APPEND
    posix_spawn_file_actions_addopen(&actions, 0, input, O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, log, writing, 0o600)
    if let errors {
      posix_spawn_file_actions_addopen(&actions, 2, errors, writing, 0o600)
    } else {
      posix_spawn_file_actions_adddup2(&actions, 1, 2)
    }
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // The threads of tests hold signals back, which a child would inherit.
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
    let arguments: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) } + [nil]
    defer { for text in arguments { free(text) } }
    let variables = Self.variables(with: environment)
    defer { for text in variables { free(text) } }
    var pid = pid_t()
    let status = posix_spawn(&pid, command[0], &actions, &attributes, arguments, variables)
    return status == 0 ? pid : nil
  }

  /// Runs a program to its end; the answer is its exit status, or -1.
  package static func run(
    _ command: [String], environment: [String: String] = [:], input: String = "/dev/null",
    log: String, errors: String? = nil
  ) -> Int32 {
    let pid = start(command, environment: environment, input: input, log: log, errors: errors)
    guard let pid else { return -1 }
    return wait(pid)
  }

  /// Waits for the end of a program; the answer is its exit status, or -1 if a signal ended it.
  @discardableResult
  package static func wait(_ pid: pid_t) -> Int32 {
    var status: Int32 = 0
    while waitpid(pid, &status, 0) < 0, errno == EINTR {}
    return status & 0x7F == 0 ? status >> 8 & 0xFF : -1
  }

  /// Ends a program without asking, and waits for it.
  package static func end(_ pid: pid_t) {
    kill(pid, SIGKILL)
    wait(pid)
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

  /// Waits until a file's text has `part`, for a minute at most; the answer is whether it came.
  package static func await(_ part: String, in path: String) -> Bool {
    for _ in 0..<6000 {
      if text(of: path).contains(part) { return true }
      usleep(10_000)
    }
    return false
  }

  /// Writes a text file.
  package static func write(_ text: String, to path: String) -> Bool {
    guard let stream = fopen(path, "w") else { return false }
    defer { fclose(stream) }
    return fputs(text, stream) >= 0
  }

  /// This process's variables with others beside or instead; each is the caller's to free.
  private static func variables(with others: [String: String]) -> [UnsafeMutablePointer<CChar>?] {
    var list: [UnsafeMutablePointer<CChar>?] = []
    var next = environ
    while let own = next.pointee {
      let name = String(cString: own).prefix { $0 != "=" }
      if others[String(name)] == nil { list.append(strdup(own)) }
      next += 1
    }
    for (name, value) in others { list.append(strdup(name + "=" + value)) }
    return list + [nil]
  }
}
