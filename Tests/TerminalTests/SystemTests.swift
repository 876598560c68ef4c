import CSystem
import Glibc
import Testing

@Suite("Calls on the system") struct SystemTests {
  /// A folder that goes away with the test.
  final class Folder {
    let path: String

    init() throws {
      var template = Array("/tmp/lockstep-system-XXXXXX".utf8CString)
      path = try #require(mkdtemp(&template).map { String(cString: $0) })
    }

    deinit {
      for name in ["lock", "log"] { unlink("\(path)/\(name)") }
      rmdir(path)
    }
  }

  private let folder: Folder

  init() throws { folder = try Folder() }

  private func spawn(_ arguments: [String], log: String?, cwd: String?) -> pid_t {
    var argv: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
    defer { argv.forEach { free($0) } }
    var envp: [UnsafeMutablePointer<CChar>?] = [strdup("WORD=hello"), nil]
    defer { envp.forEach { free($0) } }
    return cs_spawn_detached(arguments[0], &argv, &envp, log, cwd)
  }

  private func contents(_ path: String) -> String {
    guard let file = fopen(path, "r") else { return "" }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 4096)
    let count = fread(&bytes, 1, bytes.count, file)
    return String(decoding: bytes.prefix(count), as: UTF8.self)
  }

  private func waitUntil(_ condition: () -> Bool) -> Bool {
    let end = cs_monotonic_nanoseconds() + 60_000_000_000
    while !condition(), cs_monotonic_nanoseconds() < end { usleep(2000) }
    return condition()
  }

  @Test("A lease has one holder, who is named, and is free when let go")
  func lease() {
    let path = folder.path + "/lock"
    let lock = cs_try_lock(path)
    #expect(lock >= 0)
    #expect(cs_try_lock(path) == -EWOULDBLOCK)
    #expect(cs_lock_holder(path) == getpid())
    cs_unlock(lock)
    let again = cs_try_lock(path)
    #expect(again >= 0)
    cs_unlock(again)
    #expect(cs_try_lock(folder.path + "/no/such") == -ENOENT)
  }

  @Test("A lease is not taken, nor a log written, through a link to another's file, or in it")
  func foreignFile() {
    let path = folder.path + "/lock"
    let other = folder.path + "/log"
    func refused(_ error: Int32) {
      let before = contents(other)
      #expect(cs_try_lock(path) == -error)
      #expect(spawn(["/bin/echo", "line"], log: path, cwd: nil) == -error)
      #expect(contents(other) == before)
    }
    let text = "root:x:0:0\n"
    let file = open(other, O_WRONLY | O_CREAT, 0o600)
    #expect(Glibc.write(file, text, text.utf8.count) == text.utf8.count)
    close(file)
    #expect(symlink(other, path) == 0)
    refused(ELOOP)
    unlink(path)
    #expect(link(other, path) == 0)
    refused(EMLINK)
    unlink(path)
    #expect(contents(other) == text)
    #expect(mkfifo(path, 0o600) == 0)
    // Nobody reads the pipe, and that is not waited for.
    #expect(cs_try_lock(path) == -EPERM)
    #expect(spawn(["/bin/echo", "line"], log: path, cwd: nil) == -ENXIO)
    #expect(cs_lock_holder(path) == 0)
  }

  @Test("A lease falls free when its holder is killed")
  func leaseOfTheDead() {
    let path = folder.path + "/lock"
    close(cs_try_lock(path))
    let holder = spawn(
      ["/bin/sh", "-c", "exec 9>\(path); /usr/bin/flock 9; exec /bin/sleep 60"], log: nil, cwd: nil)
    #expect(holder > 0)
    #expect(
      waitUntil {
        let lock = cs_try_lock(path)
        if lock >= 0 { cs_unlock(lock) }
        return lock == -EWOULDBLOCK
      })
    kill(holder, SIGKILL)
    #expect(
      waitUntil {
        let lock = cs_try_lock(path)
        if lock >= 0 { cs_unlock(lock) }
        return lock >= 0
      })
  }

  @Test("A detached program has its own session, folder, log and environment, and no input")
  func detached() {
    let log = folder.path + "/log"
    let pid = spawn(
      [
        "/bin/sh", "-c",
        "pwd; echo $WORD; read x || echo no input; ls /proc/self/fd | wc -l; cut -d' ' -f6 /proc/$$/stat >&2",
      ],
      log: log, cwd: "/usr")
    #expect(pid > 0)
    #expect(waitUntil { cs_process_alive(pid) == 0 })
    let lines = contents(log).split(separator: "\n").map { $0.filter { $0 != " " } }
    #expect(lines.prefix(3) == ["/usr", "hello", "noinput"])
    #expect(lines.count == 5)
    #expect(Int(lines.last ?? "") != Int(getsid(0)))
    #expect((Int(lines.dropFirst(3).first ?? "") ?? 99) <= 5, "inherited descriptors")
  }

  @Test("What can't be executed is told by its error")
  func spawnFailure() {
    #expect(spawn(["/no/such/program"], log: nil, cwd: nil) == -ENOENT)
    #expect(spawn(["/etc/passwd"], log: nil, cwd: nil) == -EACCES)
    #expect(spawn(["/bin/true"], log: nil, cwd: "/no/such/folder") == -ENOENT)
    #expect(spawn(["/bin/true"], log: "/no/such/log", cwd: nil) == -ENOENT)
  }

  @Test("Living and dead processes are told apart")
  func alive() {
    #expect(cs_process_alive(getpid()) == 1)
    #expect(cs_process_alive(1) == 1)
    #expect(cs_process_alive(0) == 0)
    let pid = spawn(["/bin/true"], log: nil, cwd: nil)
    #expect(waitUntil { cs_process_alive(pid) == 0 })
  }

  @Test("A wake is taken once, however often it was posted")
  func wake() {
    let wake = cs_wake_open()
    defer { close(wake) }
    #expect(cs_wake_take(wake) == 0)
    cs_wake_post(wake)
    cs_wake_post(wake)
    #expect(cs_wake_take(wake) == 1)
    #expect(cs_wake_take(wake) == 0)
  }

  @Test("A pipe has no size, a clock does not go back")
  func clockAndSize() {
    var columns: Int32 = 0
    var rows: Int32 = 0
    let file = open("/dev/null", O_RDONLY)
    defer { close(file) }
    #expect(cs_terminal_size(file, &columns, &rows) == -ENOTTY)
    let first = cs_monotonic_nanoseconds()
    #expect(cs_monotonic_nanoseconds() >= first)
  }
}
