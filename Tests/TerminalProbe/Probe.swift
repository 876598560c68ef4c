import Cells
import Glibc
import Terminal

/// A program for the terminal tests: shows what it was told and obeys single keys.
@main
enum Probe {
  static func main() {
    var options = TerminalOptions(mouse: false)
    var theme: String?
    var record: String?
    for argument in CommandLine.arguments.dropFirst() {
      if argument == "--ascii" { options.ascii = true }
      if argument == "--mouse" { options.mouse = true }
      if argument == "--title" { options.title = true }
      if argument.hasPrefix("--record=") { record = String(argument.dropFirst(9)) }
      if argument.hasPrefix("--theme=") { theme = String(argument.dropFirst(8)) }
      if argument.hasPrefix("--color="),
        let color = TerminalOptions.ColorChoice(rawValue: String(argument.dropFirst(8)))
      {
        options.color = color
      }
    }
    do {
      let screen = try TerminalScreen(
        options: options, theme: theme.map { try Theme.load(file: $0) } ?? .builtIn)
      let code = Session(screen: screen, record: record).run()
      screen.close()
      exit(code)
    } catch {
      fputs("probe: \(error)\n", stderr())
      exit(2)
    }
  }

  private static func stderr() -> UnsafeMutablePointer<FILE>? { fdopen(2, "w") }
}

/// What the probe shows and what its keys do.
final class Session {
  private let screen: TerminalScreen
  private var events: [String] = []
  private var selected = 0
  private var hasWords = false

  private let record: String?
  private var medley: Medley?

  /// With a file to record in, what each frame should show is written there.
  init(screen: TerminalScreen, record: String?) {
    self.screen = screen
    self.record = record
  }

  func run() -> Int32 {
    while true {
      let frame = frame()
      screen.draw(frame)
      if let record, let file = fopen(record, "w") {
        fputs(frame.buffer.text(), file)
        fclose(file)
      }
      for event in screen.wait(timeoutMilliseconds: 10_000) {
        events.append(Self.describe(event))
        switch event {
        case .hangup: return 129
        case .terminate: return 143
        case .key(let key): if let code = act(on: key) { return code }
        default: break
        }
      }
    }
  }

  private func act(on key: Key) -> Int32? {
    switch key.name {
    case "q": return 0
    case "e": exit(3)
    case "x": events.remove(at: events.count + selected)  // traps
    case "s": raise(SIGSEGV)
    case "c": events.append("copied \(screen.copy("Zoë"))")
    case "b": screen.bell()
    case "C-l": screen.repaint()
    case "r": medley = medley ?? Medley()
    case "w": wakeLater()
    case "Down": selected += 1
    case "Up": selected -= 1
    case "F5": events = []
    case "z": hasWords = true
    case "o": outside()
    default: break
    }
    return nil
  }

  /// Gives the terminal to a shell, which says when it is interrupted, and ends then.
  private func outside() {
    let script = "trap 'kill $!; echo caught; exit 0' INT; sleep 60 & echo outside; wait"
    let words = ["/bin/sh", "-c", script]
    let arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
    defer { for text in arguments { free(text) } }
    // What this program ignores meanwhile is not ignored by that one.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var all = sigset_t()
    sigfillset(&all)
    posix_spawnattr_setsigdefault(&attributes, &all)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF))
    let status = screen.outside {
      var (pid, status): (pid_t, Int32) = (0, 0)
      guard posix_spawn(&pid, words[0], nil, &attributes, arguments, environ) == 0 else {
        return Int32(-1)
      }
      while waitpid(pid, &status, 0) < 0, errno == EINTR {}
      return status
    }
    events.append("back \(status == 0)")
  }

  private func wakeLater() {
    let handle = screen.wakeHandle
    var thread = pthread_t()
    pthread_create(
      &thread, nil, wakeFromThread, Unmanaged.passRetained(handle).toOpaque())
  }

  private func frame() -> Frame {
    if medley != nil, let buffer = medley?.next(screen.size) { return Frame(buffer: buffer) }
    var buffer = CellBuffer(size: screen.size)
    let size = screen.size
    func put(_ row: Int, _ text: String, _ style: Style = .text) {
      buffer.put(text, at: Position(column: 0, row: row), style: style)
    }
    put(0, "probe \(size.columns)x\(size.rows) \(screen.tier.rawValue) \(screen.terminalName)")
    put(1, screen.notice ?? "no notice", Style(.textDim))
    put(2, "Zoë 日本 e\u{301}x ✓ \u{1B}[31m …", .text)
    put(3, "failed", Style(.runError))
    put(4, "went well", Style(.runSuccess))
    put(5, "events: " + events.suffix(4).joined(separator: " | "))
    for row in 0..<8 {
      put(7 + row, "row \(row) of the list")
      if row == selected {
        buffer.select(Rect(column: 0, row: 7 + row, columns: size.columns, rows: 1))
      }
    }
    if hasWords {
      for (index, word) in ["one", "two", "six"].enumerated() {
        buffer.put(
          word, at: Position(column: index * 4, row: 16),
          style: Style(index < 2 ? .runError : .runSuccess))
        buffer.put(word, at: Position(column: 20 + index * 4, row: 16), style: Style(.tabActive))
      }
    }
    buffer.put("END", at: Position(column: size.columns - 3, row: size.rows - 1))
    return Frame(
      buffer: buffer, cursor: Position(column: 2, row: 7 + selected), title: "probe \(selected)",
      mouse: true)
  }

  private static func describe(_ event: InputEvent) -> String {
    switch event {
    case .key(let key): key.name
    case .paste(let text): "paste(\(text.replacing("\n", with: "/")))"
    case .mouse(let mouse): "\(mouse.action)@\(mouse.position.column),\(mouse.position.row)"
    case .resize(let size): "resize(\(size.columns)x\(size.rows))"
    default: "\(event)"
    }
  }
}

/// Runs on another thread, as the engine's watchers do.
private func wakeFromThread(_ pointer: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  guard let pointer else { return nil }
  Unmanaged<WakeHandle>.fromOpaque(pointer).takeRetainedValue().wake()
  return nil
}
