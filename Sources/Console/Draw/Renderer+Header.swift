import Cells
import Directory
import SyncStore

extension Renderer {
  /// The first line: the product, from where to where, the engine, the next cycle, open errors.
  ///
  /// What matters least is left out first when the line is short.
  func drawHeader(in buffer: inout CellBuffer) {
    buffer.fill(Rect(column: 0, row: 0, columns: size.columns, rows: 1), style: Style(.status))
    var column = 1 + buffer.put([Span("Lockstep", .title)], column: 1, row: 0, width: 8)
    let pieces = rightPieces
    var kept = pieces.count
    func spans() -> [Span] {
      pieces.prefix(kept).enumerated().flatMap { $0 == 0 ? $1 : [Span("   ", .status)] + $1 }
    }
    while kept > 1, Span.width(spans()) > size.columns - column - 3 { kept -= 1 }
    let right = buffer.putTrailing(spans(), left: column + 1, right: size.columns - 1, row: 0)
    column += 2
    let room = (right ?? size.columns) - column - 2
    let way = route
    guard Span.width(way) <= room || room > 16 else { return }
    buffer.put(way, column: column, row: 0, width: max(0, room))
  }

  private var route: [Span] {
    guard let status = state.status, !status.sources.isEmpty || !status.targets.isEmpty else {
      return []
    }
    let arrow = " " + DeltaLines.arrow(glyphs) + " "
    return [
      Span(status.sources.joined(separator: ", "), .status), Span(arrow, .statusDim),
      Span(status.targets.joined(separator: ", "), .status),
    ]
  }

  /// What stands on the right, what matters most first.
  private var rightPieces: [[Span]] {
    guard let status = state.status else {
      let text = state.fault == nil ? "Loading" + String(glyphs.ellipsis) : "no store"
      return [[Span(text, .statusDim)]]
    }
    // What was read last is not what is: without the store nobody knows what the engine does.
    if state.pollFault != nil { return [[Span("store can't be read", .runError)]] }
    var pieces = [[engine(status)]]
    if state.isPaused { pieces.insert([Span("paused", .runWarning)], at: 0) }
    if status.isStaging { pieces.append([Span("staging", .runWarning)]) }
    if !status.heldImports.isEmpty {
      pieces.append([Span(Format.count(status.heldImports.count, "held import"), .runWarning)])
    }
    if status.openErrors > 0 {
      pieces.append([Span(Format.count(status.openErrors, "open error"), .runError)])
    }
    if status.heldDeletes > 0 {
      pieces.append([Span(Format.count(status.heldDeletes, "held delete"), .runWarning)])
    }
    if status.heldChanges > 0 {
      pieces.append([Span(Format.count(status.heldChanges, "held change"), .runWarning)])
    }
    switch status.passwords {
    case .refused?, .failed?:
      let state = status.passwords == .failed ? "failed" : "refused"
      pieces.append([Span("passwords " + state, .runError)])
    default: break
    }
    pieces.append(nextCycle(status))
    if let cycle = status.lastCycle {
      let mark = String(state.scene.mark(cycle.severity))
      let time = state.scene.time(cycle.started, width: 8)
      pieces.append([
        Span("last " + cycle.policy.rawValue + " ", .statusDim),
        Span(mark, Scene.role(cycle.severity)), Span(" " + time, .statusDim),
      ])
    }
    if !state.others.isEmpty {
      let count = Format.count(state.others.count, "other console")
      pieces.append([Span(count, .statusDim)])
    }
    if state.options.readOnly { pieces.append([Span("read-only", .statusDim)]) }
    return pieces
  }

  private func engine(_ status: EngineStatus) -> Span {
    switch status.state {
    case .absent: Span("\u{25CB} no engine".drawn(glyphs), .runStopped)
    case .idle: Span(String(glyphs.dot) + " engine idle", .runSuccess)
    case .running: Span(String(glyphs.running) + " engine running", .runRunning)
    }
  }

  private func nextCycle(_ status: EngineStatus) -> [Span] {
    guard status.schedule.isEnabled else { return [Span("schedule off", .statusDim)] }
    guard let next = status.nextCycle else { return [Span("nothing scheduled", .statusDim)] }
    let seconds = next.seconds(since: state.now)
    let policy = "next " + status.nextPolicy.rawValue
    if seconds <= 0 {
      let due = status.state == .running ? " after this" : " due"
      return [Span(policy + due, .statusDim)]
    }
    return [Span(policy + " in ", .statusDim), Span(Format.countdown(seconds), .time)]
  }
}

extension String {
  /// The text with marks that plain ASCII lacks replaced.
  fileprivate func drawn(_ glyphs: Glyphs) -> String {
    glyphs.isASCII ? String(map { $0.isASCII ? $0 : "o" }) : self
  }
}
