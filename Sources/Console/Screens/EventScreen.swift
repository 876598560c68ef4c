import Cells
import SyncStore

/// One event of the application log, with its whole message.
struct EventScreen: TextScreen {
  /// The event.
  let event: EventRow
  var pane = LinePane()

  let scope = Scope.event

  init(_ event: EventRow) { self.event = event }

  var crumb: String { "Event \(event.code)" }
  var twin: String { "lockstep events --event \(event.id)" }

  func wants(size: Size) -> [Want] { [] }
  mutating func receive(_ response: Response, for want: Want) {}
  /// What was written to the log never changes.
  mutating func markStale() {}

  func head(width: Int, scene: Scene) -> [[Span]] {
    let (mark, role): (String, Role) =
      switch event.level {
      case .information: ("", .textDim)
      case .warning: (String(scene.glyphs.warning) + " ", .runWarning)
      case .error: (String(scene.glyphs.failure) + " ", .runError)
      }
    return [
      [
        Span("Event \(event.code)", .title), Span("  " + mark + event.level.rawValue, role),
        Span("  " + scene.time(event.time, width: 19), .time), Span("  " + event.source, .textDim),
      ]
    ]
  }

  func lines(width: Int, scene: Scene) -> [DetailLine] {
    // By lines of the message first: what is made visible in a line must not hide where it ends.
    event.message.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
      .enumerated().flatMap { number, line in
        Wrap.lines(Sanitizer.verbose(String(line)), width: width).enumerated().map { part, text in
          DetailLine(key: "\(number) \(part)", spans: [Span(text)], copy: event.message)
        }
      }
  }

  mutating func act(_ action: ActionID, on line: DetailLine?) -> [Intent]? {
    action == .open ? [] : nil
  }
}
