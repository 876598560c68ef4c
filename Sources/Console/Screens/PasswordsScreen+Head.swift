import Cells
import Directory
import SyncStore

/// What stands above the ledger: how the channel stands, and how many accounts are how far.
extension PasswordsScreen {
  /// The lines that there is room for.
  func headHeight(_ size: Size) -> Int {
    let wanted =
      3 + (channel?.fullStarted == nil ? 0 : 1) + (channel?.reason.isEmpty ?? true ? 0 : 1)
    let room = size.rows < 9 ? 1 : size.rows < 14 ? 3 : 5
    return min(wanted, room)
  }

  /// As many lines as there is room for, what matters most first.
  func head(_ size: Size, _ scene: Scene) -> [[Span]] {
    let rows = headHeight(size)
    guard let channel else {
      return [TableHead.loading(scene)] + Array(repeating: [], count: rows - 1)
    }
    var lines = [state(channel, scene)]
    // Where one line is all, what is wrong says more than figures.
    if !channel.reason.isEmpty {
      lines.append([Span("  " + Sanitizer.verbose(channel.reason), .runWarning)])
    }
    if channel.fullStarted != nil, channel.fullEnded == nil { lines.append(full(channel, scene)) }
    lines += [times(channel, scene), counts(channel)]
    if channel.fullEnded != nil { lines.append(full(channel, scene)) }
    return Array(lines.prefix(rows))
  }

  /// Draws the bar of a full synchronization beside its line.
  func drawBar(in buffer: inout CellBuffer, area: Rect, scene: Scene) {
    let lines = head(area.size, scene)
    guard let channel, lines.count > 1, let bar = bar(channel),
      let row = lines.firstIndex(of: full(channel, scene))
    else { return }
    let left = Span.width(lines[row]) + 1
    guard area.columns - left >= 10 else { return }
    buffer.bar(
      bar, at: Position(column: area.left + left, row: area.top + row),
      width: min(24, area.columns - left), glyphs: scene.glyphs)
  }

  private func state(_ channel: PasswordChannelRow, _ scene: Scene) -> [Span] {
    let (mark, role, words): (Character, Role, String) =
      switch channel.standing {
      case .waiting: (scene.glyphs.success, .runSuccess, "waits for its next turn")
      case .working: (scene.glyphs.running, .runRunning, "works now")
      case .paused: (scene.glyphs.warning, .runWarning, "is paused")
      case .stopped where scene.isStaging, .paused where scene.isStaging:
        (scene.glyphs.stopped, .runStopped, "sends nothing: staging mode is on; M turns it off")
      case .stopped where channel.hasEngine:
        (scene.glyphs.stopped, .runStopped, "is stopped: no engine stays; M has one stay")
      case .stopped: (scene.glyphs.stopped, .runStopped, "is stopped: no engine works on it")
      case .failed: (scene.glyphs.failure, .runError, "failed in its last turn")
      case .refused: (scene.glyphs.failure, .runError, "may not work here")
      }
    var spans = [
      Span(channel.source, .title), Span(" " + String(scene.glyphs.right) + " ", .textDim),
      Span(channel.target, .title), Span("  " + String(mark) + " " + words, role),
    ]
    if let channels, channels.count > 1, let index = channels.firstIndex(of: channel) {
      let others = channels.count {
        $0.id != channel.id && $0.standing != .waiting && $0.standing != .working
      }
      spans.append(Span("  channel \(index + 1) of \(channels.count)", .textDim))
      if others > 0 { spans.append(Span(", \(others) of the others in trouble", .runWarning)) }
    }
    if filter != .all { spans += [Span(" "), Span(filter.rawValue, .chip)] }
    let words2 = SearchText.words(filterText).filter {
      PasswordFilter(rawValue: $0.lowercased()) == nil
    }
    return spans + chips("account", text: words2.joined(separator: " "))
  }

  private func times(_ channel: PasswordChannelRow, _ scene: Scene) -> [Span] {
    var waiting = TableHead.figure(
      "To be sent", Format.count(channel.waiting), channel.waiting > 0 ? .runRunning : .number)
    if channel.retrying > 0 {
      waiting.append(Span(" (\(Format.count(channel.retrying)) again)", .runWarning))
    }
    return TableHead.line([
      waiting,
      // The one that failed has not come to its end.
      TableHead.age(
        channel.standing == .failed ? "Last good turn" : "Last turn", channel.turnEnded, scene),
      TableHead.age("Target answered", channel.lastContact, scene),
      TableHead.figure("Every", Format.span(channel.intervalSeconds), .time),
    ])
  }

  /// How many accounts stand how: what failed first, since the end of the line may be cut.
  private func counts(_ channel: PasswordChannelRow) -> [Span] {
    var spans = [Span(Format.count(channel.total, "account"), .textStrong)]
    if channel.isBehind { spans.append(Span(" before the last cycle", .runWarning)) }
    let first: [PasswordStatus] = [.success, .error, .retryRequestedByTarget, .unknown]
    for status in first + PasswordStatus.allCases.filter({ !first.contains($0) }) {
      guard let count = channel.byStatus[status], count > 0 else { continue }
      let role: Role =
        status == .error ? .runError : status == .retryRequestedByTarget ? .runWarning : .number
      spans += [Span("  ")] + TableHead.figure(status.rawValue, Format.count(count), role)
    }
    return spans
  }

  private func full(_ channel: PasswordChannelRow, _ scene: Scene) -> [Span] {
    guard let started = channel.fullStarted else { return [] }
    let read = Format.count(channel.fullDone)
    guard let ended = channel.fullEnded else {
      let seconds = max(1, scene.now.seconds(since: started))
      let of = channel.total > channel.fullDone ? " of " + Format.count(channel.total) : ""
      return [
        Span(String(scene.glyphs.running) + " Full synchronization ", .runRunning),
        Span(read + of + " read", .number),
        Span("  " + Format.rate(Double(channel.fullDone) / seconds), .number),
        Span("  since " + scene.time(started, width: 8), .time),
      ]
    }
    return [
      Span("Last full synchronization ", .textDim), Span(scene.time(ended, width: 19), .time),
      Span(", " + read + " read in " + Format.duration(ended.seconds(since: started)), .textDim),
    ]
  }

  /// How far a full synchronization that runs has come; nil if none runs, or nobody can tell.
  private func bar(_ channel: PasswordChannelRow) -> Double? {
    guard channel.fullStarted != nil, channel.fullEnded == nil, channel.total > 0 else {
      return nil
    }
    return Double(channel.fullDone) / Double(channel.total)
  }
}
