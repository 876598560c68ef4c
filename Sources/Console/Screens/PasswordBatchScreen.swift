import Cells
import Directory
import SyncStore

/// One batch of passwords: what was asked of each account, and what the target said to it.
struct PasswordBatchScreen: TextScreen {
  /// The batch as it was when it was opened.
  var batch: PasswordBatchRow
  var pane = LinePane()
  private var isStale = false

  let scope = Scope.passwordBatch

  init(_ batch: PasswordBatchRow) { self.batch = batch }

  var crumb: String { "Batch \(batch.id)" }
  var twin: String { "lockstep password-sync batches --batch \(batch.id)" }

  /// The line under the cursor.
  var selectedLine: PasswordBatchRow.Line? {
    batch.lines.first { pane.key?.hasPrefix(Self.key($0)) ?? false }
  }

  private static func key(_ line: PasswordBatchRow.Line) -> String {
    "line " + line.request + line.anchor
  }

  func wants(size: Size) -> [Want] {
    let request = Request.passwordBatches(before: batch.id + 1, limit: 1)
    return isStale ? [Want(slot: .detail, request: request)] : []
  }

  mutating func receive(_ response: Response, for want: Want) {
    guard case .passwordBatches(let rows) = response else { return }
    isStale = false
    if let new = rows.first(where: { $0.id == batch.id }) { batch = new }
  }

  /// What was answered stays as it is.
  mutating func markStale() { isStale = batch.ended == nil }

  func head(width: Int, scene: Scene) -> [[Span]] {
    let answer =
      batch.ended.map {
        (batch.error.isEmpty ? "answered after " : "failed after ")
          + Format.duration($0.seconds(since: batch.started))
      }
      ?? (batch.isUnderWay ? "not answered yet" : "no answer: no engine waits for it")
    return [
      [
        Span("Batch \(batch.id)", .title),
        Span("  " + batch.domain + ", asked " + scene.time(batch.started, width: 19), .textDim),
        Span(", " + answer, batch.isUnderWay ? .runRunning : .textDim),
      ]
    ]
  }

  func lines(width: Int, scene: Scene) -> [DetailLine] {
    Self.lines(of: batch, width: width, scene)
  }

  /// Each account with its answer; those that failed come first.
  static func lines(of batch: PasswordBatchRow, width: Int, _ scene: Scene) -> [DetailLine] {
    var lines: [DetailLine] = []
    if !batch.error.isEmpty {
      lines += Wrap.lines(Sanitizer.verbose(batch.error), width: max(10, width - 2)).enumerated()
        .map { index, text in
          let mark = index == 0 ? String(scene.glyphs.failure) + " " : "  "
          return DetailLine(
            key: "error \(index)", spans: [Span(mark + text, .runError)], copy: batch.error,
            isProblem: index == 0)
        }
    }
    let isTaken = batch.lines.map { $0.answer == .success }
    let order =
      batch.lines.indices.filter { !isTaken[$0] } + batch.lines.indices.filter { isTaken[$0] }
    return lines + order.flatMap { self.lines(of: batch.lines[$0], in: batch, width: width, scene) }
  }

  private static func lines(
    of line: PasswordBatchRow.Line, in batch: PasswordBatchRow, width: Int, _ scene: Scene
  ) -> [DetailLine] {
    let id = PasswordRow.ID(channel: batch.channel, anchor: line.anchor)
    let target = DetailLine.Target.account(id, name: line.dn)
    let isFailed = line.answer != .success && batch.ended != nil
    var lines = [
      DetailLine(
        key: key(line),
        spans: [
          line.answer(of: batch, scene), Span("  "),
          Span(Sanitizer.verbose(line.dn), .textStrong),
          Span("  changed " + scene.time(line.changed, width: 19), .time),
        ], copy: line.dn, target: target, isProblem: isFailed, opens: true)
    ]
    if !line.words.isEmpty {
      lines += Wrap.lines(Sanitizer.verbose(line.words), width: max(10, width - 4)).enumerated()
        .map { index, text in
          DetailLine(
            key: key(line) + " words \(index)", spans: [Span("    " + text)], copy: line.words,
            target: target)
        }
    }
    return lines
  }

  mutating func act(_ action: ActionID, on line: DetailLine?) -> [Intent]? {
    guard action == .open else { return nil }
    guard case .account(let id, let name)? = line?.target else { return [] }
    return [.push(.passwordAccount(PasswordAccountScreen(id, name: name)))]
  }
}
