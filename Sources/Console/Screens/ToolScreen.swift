import Cells
import SyncStore

/// What a command of the command line says, in a pane.
struct ToolScreen: TextScreen {
  /// What it is, in a few words.
  let crumb: String
  /// The command's words after `lockstep`.
  let arguments: [String]
  /// What it said and how it ended, once it has.
  var output: ToolOutput?
  var pane = LinePane()

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

  func wants(size: Size) -> [Want] {
    output == nil ? [Want(slot: .detail, request: .tool(arguments))] : []
  }

  mutating func receive(_ response: Response, for want: Want) {
    if case .tool(let output) = response { self.output = output }
  }

  /// What was tried is not tried again by itself: a check calls servers.
  mutating func markStale() {}

  func head(width: Int, scene: Scene) -> [[Span]] {
    var spans = [Span(crumb, .title)]
    if let output {
      let mark = String(output.status == 0 ? scene.glyphs.success : scene.glyphs.warning)
      spans.append(Span("  " + mark + " ", output.status == 0 ? .runSuccess : .runError))
      spans.append(
        Span(output.status == 0 ? "well" : "ended with status \(output.status)", .textDim))
    } else {
      spans.append(Span("  at work" + String(scene.glyphs.ellipsis), .runRunning))
    }
    return [spans]
  }

  func lines(width: Int, scene: Scene) -> [DetailLine] {
    guard let output else { return [] }
    return output.lines.enumerated().flatMap { number, line in
      Wrap.lines(Sanitizer.verbose(line), width: width).enumerated().map { part, text in
        DetailLine(
          key: "\(number) \(part)", spans: [Span(text, output.role(line))], copy: line,
          isProblem: part == 0 && output.role(line) == .runError)
      }
    }
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

  /// What a line means, by the words that commands begin such lines with.
  func role(_ line: String) -> Role {
    let text = line.lowercased()
    if ["error", "failed", "✗", "lockstep:"].contains(where: { text.contains($0) }) {
      return .runError
    }
    return text.contains("warning") ? .runWarning : .text
  }
}
