import Cells
import SyncStore

/// What a command of the command line says, in a pane.
struct ToolScreen: TextScreen {
  /// What it is, in a few words.
  let crumb: String
  /// The command's words after `lockstep`.
  let arguments: [String]
  /// What it said and how it ended, once it has.
  var output: ToolOutput? { didSet { wrapped = nil } }
  var pane = LinePane()
  /// The output in lines of a width: a long one takes too long to be broken anew at each key.
  private var wrapped: Wrapped?

  private struct Wrapped: Equatable {
    var width: Int
    var lines: [DetailLine]
  }

  /// Lines, and characters of one line, that are shown at most; the pane says where the rest is.
  static let lineLimit = 4000
  static let characterLimit = 4000

  let scope = Scope.tool

  init(_ crumb: String, _ arguments: [String]) {
    self.crumb = crumb
    self.arguments = arguments
  }

  var twin: String { "lockstep " + arguments.map(Self.quoted).joined(separator: " ") }

  /// The word as a shell takes it.
  static func quoted(_ word: String) -> String {
    let isPlain = word.allSatisfy { $0.isLetter || $0.isNumber || "-_./=@:".contains($0) }
    if isPlain, !word.isEmpty { return word }
    return "'"
      + word.split(separator: "'", omittingEmptySubsequences: false)
      .joined(separator: "'\\''") + "'"
  }

  /// The words of a command with one that a person typed, and its options: what begins as an option
  /// does is none, and no option can follow it.
  static func words(_ command: [String], _ typed: String, _ options: [String] = []) -> [String] {
    typed.hasPrefix("-") ? command + options + ["--", typed] : command + [typed] + options
  }

  /// An option with a value that a person typed, as a shell takes it.
  static func option(_ name: String, _ value: String) -> String {
    name + (value.hasPrefix("-") ? "=" : " ") + quoted(value)
  }

  func wants(size: Size) -> [Want] {
    output == nil ? [Want(slot: .detail, request: .tool(arguments))] : []
  }

  mutating func receive(_ response: Response, for want: Want) {
    if case .tool(let output) = response { self.output = output }
  }

  /// What was tried is not tried again by itself: a check calls servers.
  mutating func markStale() {}

  /// Commands whose end says nothing of what they found.
  private static let looking: Set<String> = ["why", "compare", "expression"]

  func head(width: Int, scene: Scene) -> [[Span]] {
    var spans = [Span(crumb, .title)]
    if let output {
      // What only looks has told what it found, well or not.
      if output.status != 0 {
        spans.append(Span("  " + String(scene.glyphs.warning) + " ", .runError))
        spans.append(Span("ended with status \(output.status)", .textDim))
      } else if !Self.looking.contains(arguments.first ?? "") {
        spans.append(Span("  " + String(scene.glyphs.success) + " ", .runSuccess))
        spans.append(Span("well", .textDim))
      }
    } else {
      spans.append(Span("  at work" + String(scene.glyphs.ellipsis), .runRunning))
    }
    return [spans]
  }

  /// All of the output, also what is too much for the pane.
  func export(scene: Scene) -> ScreenExport? {
    output.map { output in
      .lines(
        LinesExport(
          arguments.prefix(2).joined(separator: "-"), ["Output"],
          rows: output.lines.map { [$0] }))
    }
  }

  mutating func settle(size: Size, scene: Scene) {
    let lines = lines(width: size.columns, scene: scene)
    if wrapped?.width != size.columns, output != nil {
      wrapped = Wrapped(width: size.columns, lines: lines)
    }
    pane.settle(lines, height: max(1, size.rows - 1))
  }

  func lines(width: Int, scene: Scene) -> [DetailLine] {
    guard let output else { return [] }
    if let wrapped, wrapped.width == width { return wrapped.lines }
    let shown = output.lines.prefix(Self.lineLimit)
    let lines = shown.enumerated().flatMap { number, line in
      Self.lines(line, number, role: output.role(line), width: width, scene)
    }
    let more = output.lines.count - shown.count
    guard more > 0 else { return lines }
    let words = scene.ellipsis + " " + Format.count(more, "more line") + ": " + twin + " prints all"
    return lines
      + Wrap.lines(words, width: width).enumerated().map { part, text in
        DetailLine(key: "more \(part)", spans: [Span(text, .textDim)], copy: twin)
      }
  }

  /// They have been broken already, and there may be very many.
  func folded(width: Int, scene: Scene) -> [DetailLine] { lines(width: width, scene: scene) }

  private static func lines(
    _ line: String, _ number: Int, role: Role, width: Int, _ scene: Scene
  ) -> [DetailLine] {
    var text = line
    if line.utf8.count > characterLimit, line.count > characterLimit {
      let more = Format.count(line.count - characterLimit, "more character")
      text = line.prefix(characterLimit) + scene.ellipsis + " " + more
    }
    return fitted(Sanitizer.verbose(text), width: width).enumerated().map { part, text in
      DetailLine(
        key: "\(number) \(part)", spans: [Span(text, role)], copy: line,
        isProblem: part == 0 && role == .runError)
    }
  }

  /// The line as it is where there is room for it, since commands print columns; else in lines with
  /// its indent.
  private static func fitted(_ text: String, width: Int) -> [String] {
    guard TextWidth.of(Sanitizer.drawable(text)) > width else { return [text] }
    let indent = String(text.prefix { $0 == " " }.prefix(width / 2))
    return Wrap.lines(text, width: width - indent.count).map { indent + $0 }
  }

  mutating func act(_ action: ActionID, on line: DetailLine?) -> [Intent]? {
    switch action {
    case .again:
      output = nil
      return []
    case .open: return []
    default: return nil
    }
  }
}

/// What a command said.
public struct ToolOutput: Equatable, Sendable {
  /// The lines of its output, those of its errors last.
  public var lines: [String]
  /// The status with which it ended; 0 is well.
  public var status: Int32

  /// An output of these parts.
  public init(lines: [String], status: Int32) {
    self.lines = lines
    self.status = status
  }

  /// What a line means, by the words that commands mark it with: `BAD` and `good` of `check`, the
  /// severity after a place or at the beginning, the mark of a gate, a step that fails.
  ///
  /// That a line speaks of errors says nothing: `0 errors` is good news.
  func role(_ line: String) -> Role {
    // A long line is one of values, and is not what a command says of itself.
    let text = line.prefix(400).drop { $0 == " " }
    let lower = text.lowercased()
    func begins(_ words: String...) -> Bool { words.contains { lower.hasPrefix($0) } }
    if begins("good ") { return .text }
    if begins("bad ", "error", "failed", "✗", "lockstep:", "lockstepd:")
      || lower.contains(": error: ") || lower.contains("  fails: ")
    {
      return .runError
    }
    return begins("warn") || lower.contains(": warning: ") ? .runWarning : .text
  }
}
