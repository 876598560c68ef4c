import Cells
import Directory
import SyncStore

extension Renderer {
  /// The first line: the product, from where to where, the engine, the next cycle, open errors.
  ///
  /// Where it is short, words are shortened before anything is left out, and what matters least goes
  /// first.
  func drawHeader(in buffer: inout CellBuffer) {
    buffer.fill(Rect(column: 0, row: 0, columns: size.columns, rows: 1), style: Style(.status))
    var column = 1 + buffer.put([Span("Lockstep", .title)], column: 1, row: 0, width: 8)
    let right = buffer.putTrailing(
      HeaderPiece.fitting(rightPieces, width: size.columns - column - 3), left: column + 1,
      right: size.columns - 1, row: 0)
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
  private var rightPieces: [HeaderPiece] {
    guard let status = state.status else {
      let store = state.isStoreOlder ? "older store" : "no store"
      let text = state.fault == nil ? "Loading" + String(glyphs.ellipsis) : store
      return [HeaderPiece([Span(text, .statusDim)])]
    }
    // What was read last is not what is: without the store nobody knows what the engine does.
    if state.pollFault != nil {
      return [HeaderPiece([Span("store can't be read", .runError)])]
    }
    var pieces = [engine(status)]
    if state.isPaused { pieces.insert(HeaderPiece([Span("paused", .runWarning)]), at: 0) }
    if status.isStaging { pieces.append(HeaderPiece([Span("staging", .runWarning)])) }
    if status.wrongConfiguration != nil {
      pieces.append(
        HeaderPiece(
          [Span("configuration wrong", .runError)], short: [Span("conf. wrong", .runError)]))
    }
    func count(_ number: Int, _ noun: String, _ short: String, _ least: String, _ role: Role) {
      guard number > 0 else { return }
      let figure = Format.count(number, width: 5) + " "
      pieces.append(
        HeaderPiece(
          [Span(Format.count(number, noun), role)], short: [Span(figure + short, role)],
          least: [Span(figure + least, role)]))
    }
    // What waits for a person goes on waiting if nobody sees it.
    count(status.heldImports.count, "held import", "imp. held", "imp. held", .runWarning)
    count(status.heldDeletes, "held delete", "del. held", "held", .runWarning)
    count(status.heldChanges, "held change", "chg. held", "chg. held", .runWarning)
    count(
      status.openErrors, "open error", status.openErrors == 1 ? "error" : "errors", "err",
      .runError)
    if let passwords = passwords(status) { pieces.append(passwords) }
    pieces.append(nextCycle(status))
    if let cycle = status.lastCycle {
      let mark = Span(String(state.scene.mark(cycle.severity)), Scene.role(cycle.severity))
      let time = state.scene.time(cycle.started, width: 8)
      pieces.append(
        HeaderPiece(
          [Span("last " + cycle.policy.rawValue + " ", .statusDim), mark]
            + [Span(" " + time, .statusDim)],
          short: [Span("last ", .statusDim), mark, Span(" " + time.prefix(5), .statusDim)]))
    }
    if !state.others.isEmpty {
      let count = Format.count(state.others.count, "other console")
      pieces.append(HeaderPiece([Span(count, .statusDim)]))
    }
    if state.options.readOnly { pieces.append(HeaderPiece([Span("read-only", .statusDim)])) }
    return pieces
  }

  private func passwords(_ status: EngineStatus) -> HeaderPiece? {
    switch status.passwords {
    case .refused?: HeaderPiece([Span("passwords refused", .runError)])
    case .failed?: HeaderPiece([Span("passwords failed", .runError)])
    default: nil
    }
  }

  private func engine(_ status: EngineStatus) -> HeaderPiece {
    switch status.state {
    case .absent: HeaderPiece([Span("\u{25CB} no engine".drawn(glyphs), .runStopped)])
    case .idle:
      HeaderPiece(
        [Span(String(glyphs.dot) + " engine idle", .runSuccess)],
        short: [Span(String(glyphs.dot) + " idle", .runSuccess)])
    case .running:
      HeaderPiece(
        [Span(String(glyphs.running) + " engine running", .runRunning)],
        short: [Span(String(glyphs.running) + " running", .runRunning)])
    }
  }

  private func nextCycle(_ status: EngineStatus) -> HeaderPiece {
    guard status.schedule.isEnabled else {
      return HeaderPiece([Span("schedule off", .statusDim)])
    }
    guard let next = status.nextCycle else {
      // It is on, and there is nobody who keeps it; the menu behind M has one stay.
      return HeaderPiece(
        [Span("no engine keeps the schedule", .runWarning)],
        short: [Span("no service", .runWarning)])
    }
    let seconds = next.seconds(since: state.now)
    let policy = "next " + status.nextPolicy.rawValue
    if seconds <= 0 {
      let due = status.state == .running ? " after this" : " due"
      return HeaderPiece([Span(policy + due, .statusDim)], short: [Span("next" + due, .statusDim)])
    }
    let left = Format.countdown(seconds)
    return HeaderPiece(
      [Span(policy + " in ", .statusDim), Span(left, .time)],
      short: [Span("next ", .statusDim), Span(String(left.dropLast(3)), .time)])
  }
}

/// Something that the header tells, in full and in fewer words.
private struct HeaderPiece {
  /// In full.
  var full: [Span]
  /// Where there is little room.
  var short: [Span]
  /// Where nothing else would be left of it; nil for what may be left out.
  var least: [Span]?

  init(_ full: [Span], short: [Span]? = nil, least: [Span]? = nil) {
    self.full = full
    self.short = short ?? full
    self.least = least
  }

  /// As many of the first pieces as `width` has room for, and of those the first ones in full.
  static func fitting(_ pieces: [HeaderPiece], width: Int) -> [Span] {
    func spans(_ pieces: [[Span]]) -> [Span] {
      pieces.enumerated().flatMap { $0 == 0 ? $1 : [Span("   ", .status)] + $1 }
    }
    func cut(_ pieces: [[Span]]) -> [[Span]] {
      var kept = pieces
      while kept.count > 1, Span.width(spans(kept)) > width { kept.removeLast() }
      return kept
    }
    var kept = cut(pieces.map(\.short))
    if let last = pieces.lastIndex(where: { $0.least != nil }), kept.count <= last {
      // What room that gives is for those alone: more room must not tell less.
      kept = cut(pieces[...last].map { $0.least ?? $0.short })
    }
    for form in [\HeaderPiece.short, \HeaderPiece.full] {
      for index in kept.indices {
        var longer = kept
        longer[index] = pieces[index][keyPath: form]
        if Span.width(spans(longer)) <= width { kept = longer }
      }
    }
    return spans(kept)
  }
}

extension String {
  /// The text with marks that plain ASCII lacks replaced.
  fileprivate func drawn(_ glyphs: Glyphs) -> String {
    glyphs.isASCII ? String(map { $0.isASCII ? $0 : "o" }) : self
  }
}
