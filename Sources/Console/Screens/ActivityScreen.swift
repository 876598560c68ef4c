import Cells
import Directory
import SyncStore

/// Who else has a console open, and what was asked of the engine: by whom, when, and what came of
/// it.
struct ActivityScreen: TextScreen {
  /// What is going on, once read.
  var activity: Activity?
  var pane = LinePane()
  private var isStale = true

  let scope = Scope.activity
  let crumb = "Activity"
  let twin = "lockstep activity"

  /// Commands that are shown at most.
  static let shown = 200

  func wants(size: Size) -> [Want] {
    isStale ? [Want(slot: .detail, request: .activity(limit: Self.shown))] : []
  }

  mutating func receive(_ response: Response, for want: Want) {
    guard case .activity(let activity) = response else { return }
    self.activity = activity
    isStale = false
  }

  mutating func markStale() { isStale = true }

  func head(width: Int, scene: Scene) -> [[Span]] {
    [
      [
        Span("Activity", .title),
        Span("  " + Format.count(activity?.others.count ?? 0, "other console"), .textDim),
      ]
    ]
  }

  func lines(width: Int, scene: Scene) -> [DetailLine] {
    guard let activity else {
      return [DetailLine(key: "loading", spans: [Span("Loading" + scene.ellipsis, .textDim)])]
    }
    var lines = activity.others.enumerated().map { Self.line(of: $1, $0, scene) }
    if lines.isEmpty {
      lines = [
        DetailLine(
          key: "alone", spans: [Span("No other console is open on this machine.", .textDim)])
      ]
    }
    lines += [
      DetailLine(key: "gap", spans: []),
      DetailLine(key: "asked", spans: [Span("Asked of the engine, newest first", .header)]),
    ]
    if activity.commands.isEmpty {
      lines.append(
        DetailLine(key: "nothing", spans: [Span("Nothing was asked of it yet.", .textDim)]))
    }
    return lines + activity.commands.flatMap { Self.lines(of: $0, width: width, scene) }
  }

  private static func line(of other: OtherConsole, _ index: Int, _ scene: Scene) -> DetailLine {
    let place = other.terminal.isEmpty ? "" : " on " + other.terminal
    return DetailLine(
      key: "console \(index)",
      spans: [
        Span(String(scene.glyphs.dot) + " ", .runSuccess),
        Span(Sanitizer.verbose(other.person), .textStrong), Span(Sanitizer.verbose(place)),
        Span("  since " + scene.time(other.since, width: 19), .time),
        Span(other.isReadOnly ? "  read-only" : "", .textDim),
      ], copy: other.person)
  }

  private static func lines(
    of command: FiledCommand, width: Int, _ scene: Scene
  ) -> [DetailLine] {
    let (mark, role): (Character, Role) =
      switch command.state {
      case .filed: (scene.glyphs.bullet, .runUnknown)
      case .taken where command.isBrokenOff: (scene.glyphs.stopped, .runStopped)
      case .taken: (scene.glyphs.running, .runRunning)
      case .finished: (scene.glyphs.success, .runSuccess)
      case .refused: (scene.glyphs.failure, .runError)
      }
    let head = DetailLine(
      key: "command \(command.id)",
      spans: [
        Span(scene.time(command.filed, width: 19) + "  ", .time),
        Span(String(mark) + " " + command.standing, role),
        Span("  " + Sanitizer.verbose(command.command?.words ?? "unknown"), .textStrong),
        Span("  " + Sanitizer.verbose(command.requestedBy), .textDim),
      ], copy: command.outcome, isProblem: command.state == .refused)
    guard !command.outcome.isEmpty else { return [head] }
    return [head]
      + Wrap.lines(Sanitizer.verbose(command.outcome), width: max(10, width - 4)).enumerated().map {
        DetailLine(
          key: "command \(command.id) outcome \($0)", spans: [Span("    " + $1)],
          copy: command.outcome)
      }
  }

  mutating func act(_ action: ActionID, on line: DetailLine?) -> [Intent]? {
    action == .open ? [] : nil
  }
}
