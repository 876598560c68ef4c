import CVTerm
import Glibc
import Testing

/// A program on a pseudo terminal whose screen libvterm keeps.
final class PseudoTerminal {
  private let screen: OpaquePointer
  private var master: Int32
  let pid: Int32
  private(set) var rows: Int
  private(set) var columns: Int
  /// All bytes that the program sent.
  private(set) var received: [UInt8] = []
  private var status: Int?

  /// Starts the probe, or another program, with exactly this environment.
  init(
    _ arguments: [String] = [], term: String = "xterm-256color",
    environment: [String: String] = [:], rows: Int = 24, columns: Int = 80, program: String? = nil
  ) throws {
    self.rows = rows
    self.columns = columns
    screen = vt_open(Int32(rows), Int32(columns))
    var variables = ["TERM": term, "LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin", "PS1": "$ "]
    variables.merge(environment) { $1 }
    let path = program ?? Self.probe
    var master: Int32 = -1
    pid = Self.withCStrings([path] + arguments) { argv in
      Self.withCStrings(variables.map { "\($0)=\($1)" }) { envp in
        vt_spawn(&master, Int32(rows), Int32(columns), path, argv, envp)
      }
    }
    self.master = master
    try #require(pid > 0, "could not start \(path)")
  }

  deinit {
    if status == nil {
      kill(pid, SIGKILL)
      _ = vt_wait(pid, 0)
    }
    if master >= 0 { close(master) }
    vt_close(screen)
  }

  /// How many typed bytes the program has not taken yet.
  var unread: Int { Int(vt_unread(master)) }

  /// The process group that the terminal belongs to.
  var foregroundGroup: pid_t { tcgetpgrp(master) }

  /// The probe, built beside the test bundle.
  static var probe: String { built("TerminalProbe") }

  /// A program that was built beside the test bundle.
  static func built(_ name: String) -> String {
    var path = [CChar](repeating: 0, count: 4096)
    let count = readlink("/proc/self/exe", &path, path.count - 1)
    let own = String(
      decoding: path.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    // swift test runs a helper of the toolchain; the bundle is named in its arguments.
    let bundle =
      CommandLine.arguments.first { $0.hasSuffix(".xctest") }
      ?? zip(CommandLine.arguments, CommandLine.arguments.dropFirst())
      .first { $0.0 == "--test-bundle-path" }?.1 ?? own
    let folder = bundle.lastIndex(of: "/").map { bundle[..<$0] } ?? "."
    return "\(folder)/\(name)"
  }

  // MARK: What the program does

  /// Sends keys as bytes.
  func type(_ text: String) { type(bytes: Array(text.utf8)) }

  /// Sends bytes, whatever they are.
  func type(bytes: [UInt8]) {
    _ = bytes.withUnsafeBytes { write(master, $0.baseAddress, $0.count) }
  }

  /// Reads until something holds, and says whether it did within the time.
  @discardableResult
  func wait(_ milliseconds: Int = 30_000, until condition: () -> Bool) -> Bool {
    let end = now() + milliseconds
    while !condition() {
      let left = end - now()
      if left <= 0 || !read(forMilliseconds: min(left, 20)) && now() >= end { return condition() }
    }
    return true
  }

  /// Waits for a text anywhere on the screen; when it does not come, the failure shows the screen.
  func expect(
    _ text: String, _ milliseconds: Int = 30_000, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let came = wait(milliseconds) { self.text.contains(text) }
    #expect(came, "no \"\(text)\" on:\n\(self.text)", sourceLocation: sourceLocation)
  }

  /// Waits until all of these texts are on the screen and something else holds; the test ends here
  /// with what is on the screen if that does not come to pass within a minute.
  func reach(
    _ texts: String..., sourceLocation: SourceLocation = #_sourceLocation,
    and condition: () -> Bool = { true }
  ) throws {
    var missing = texts
    let came = wait(60_000) {
      let screen = text
      missing = texts.filter { !screen.contains($0) }
      return missing.isEmpty && condition()
    }
    try #require(came, "no \(missing) on:\n\(text)", sourceLocation: sourceLocation)
  }

  /// Reads until the program was silent for some time.
  func settle(_ milliseconds: Int = 60) { while read(forMilliseconds: milliseconds) {} }

  /// Types, waits until something holds, and returns what the program sent for it.
  func sent(for keys: String, until condition: () -> Bool) -> [UInt8] {
    settle()
    let start = received.count
    type(keys)
    wait(until: condition)
    settle()
    return Array(received[start...])
  }

  /// Waits for the end: the exit status, or 1000 and the signal.
  func exitStatus(_ milliseconds: Int = 30_000) -> Int? {
    let end = now() + milliseconds
    while status == nil, now() < end {
      let result = Int(vt_wait(pid, WNOHANG))
      if result >= 0 { status = result } else { read(forMilliseconds: 5) }
    }
    while read(forMilliseconds: 0) {}
    return status
  }

  /// Waits for the end as ``exitStatus(_:)`` does, of a program whose output nobody takes.
  func exitStatusUnread(_ milliseconds: Int = 30_000) -> Int? {
    let end = now() + milliseconds
    while status == nil, now() < end {
      let result = Int(vt_wait(pid, WNOHANG))
      if result >= 0 { status = result } else { poll(nil, 0, 5) }
    }
    return status
  }

  /// Types until the program takes no more, since nobody takes what it writes.
  func stuff(_ key: String) {
    while true {
      type(key)
      var left = 400
      while unread > 0, left > 0 {
        poll(nil, 0, 5)
        left -= 1
      }
      if unread > 0 { return }
    }
  }

  func send(signal: Int32) { kill(pid, signal) }

  /// Closes the terminal as its window's close button does.
  func closeWindow() {
    close(master)
    master = -1
  }

  func resize(rows: Int, columns: Int) {
    self.rows = rows
    self.columns = columns
    vt_resize(screen, Int32(rows), Int32(columns))
    vt_set_size(master, Int32(rows), Int32(columns))
  }

  @discardableResult
  private func read(forMilliseconds time: Int) -> Bool {
    // A closed one is -1, which poll only waits for.
    var descriptor = pollfd(fd: master, events: Int16(POLLIN), revents: 0)
    guard poll(&descriptor, 1, Int32(time)) > 0 else { return false }
    var bytes = [UInt8](repeating: 0, count: 65536)
    let count = Glibc.read(master, &bytes, bytes.count)
    guard count > 0 else {
      usleep(1000)  // the other side is closed: poll no longer waits
      return false
    }
    received += bytes.prefix(count)
    bytes.withUnsafeBytes { raw in
      vt_feed(screen, raw.bindMemory(to: CChar.self).baseAddress, count)
    }
    return true
  }

  private func now() -> Int {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return time.tv_sec * 1000 + time.tv_nsec / 1_000_000
  }

  // MARK: What is seen

  func cell(_ row: Int, _ column: Int) -> VTCell { vt_cell(screen, Int32(row), Int32(column)) }

  /// A row's text without the blanks at its end.
  func line(_ row: Int) -> String {
    var view = String.UnicodeScalarView()
    for column in 0..<columns {
      let cell = cell(row, column)
      if cell.is_right_half != 0 { continue }
      let characters = cell.characters
      let all = [
        characters.0, characters.1, characters.2, characters.3, characters.4, characters.5,
      ]
      let scalars = all.prefix { $0 != 0 }.compactMap(Unicode.Scalar.init)
      view.append(contentsOf: scalars.isEmpty ? [" "] : scalars)
    }
    let text = String(view)
    return String(text.reversed().drop { $0 == " " }.reversed())
  }

  var text: String { (0..<rows).map(line).joined(separator: "\n") }
  var cursor: (row: Int, column: Int) {
    (Int(vt_cursor_row(screen)), Int(vt_cursor_column(screen)))
  }
  var isAlternate: Bool { vt_is_alternate(screen) != 0 }
  var cursorIsVisible: Bool { vt_cursor_is_visible(screen) != 0 }
  /// Whether the program's last word on mouse reports was yes; libvterm sees only the first of the
  /// modes in one sequence.
  var mouseIsOn: Bool {
    guard let on = receivedText.ranges(of: "1000h").last else { return false }
    guard let off = receivedText.ranges(of: "1000l").last else { return true }
    return on.lowerBound > off.lowerBound
  }
  var bells: Int { Int(vt_bells(screen)) }
  var title: String { String(cString: vt_title(screen)) }
  /// Whether the terminal is in a shell's modes.
  var isCanonical: Bool { vt_is_canonical(master) != 0 }
  var receivedText: String { String(decoding: received, as: UTF8.self) }

  private static func withCStrings<R>(
    _ strings: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> R
  ) -> R {
    var pointers: [UnsafeMutablePointer<CChar>?] = strings.map { strdup($0) } + [nil]
    defer { pointers.forEach { free($0) } }
    return pointers.withUnsafeMutableBufferPointer { buffer in
      guard let base = buffer.baseAddress else { preconditionFailure("an array has an address") }
      return body(base)
    }
  }
}
