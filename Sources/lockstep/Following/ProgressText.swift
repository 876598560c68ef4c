import Cells
import Directory
import SyncStore

/// The progress of the running step on one line: what, a bar, done of total, rate, time left.
enum ProgressText {
  /// The line, at most `width` columns long.
  static func line(_ progress: RunProgress, width: Int, now: Timestamp = .now) -> String {
    let what = SafeText.line(progress.step.connector + ": " + progress.step.type.profileName)
    let doing = progress.phaseText(now: now)
    let phase = doing.isEmpty ? "" : " (" + SafeText.line(doing) + ")"
    let figures = Self.figures(progress)
    let room = width - TextWidth.of(what + phase + figures) - 4
    let bar = progress.total.map { Self.bar(progress.done, of: $0, columns: min(30, room)) } ?? ""
    let text = what + phase + "  " + (bar.isEmpty ? "" : bar + "  ") + figures
    return SafeText.shortened(text, to: max(1, width))
  }

  /// A bar of `columns` columns with its frame; empty if there is no room for one.
  static func bar(_ done: Int, of total: Int, columns: Int) -> String {
    let inner = columns - 2
    guard inner >= 4 else { return "" }
    // A total that is passed or zero fills the bar and no more.
    let share = total > 0 ? min(1, Double(max(0, done)) / Double(total)) : 1
    let filled = Int(share * Double(inner))
    return "[" + String(repeating: "#", count: filled)
      + String(repeating: ".", count: inner - filled) + "]"
  }

  private static func figures(_ progress: RunProgress) -> String {
    var parts = [progress.total.map { "\(progress.done)/\($0)" } ?? "\(progress.done)"]
    if progress.rate > 0, progress.rate < 1e15 {
      parts.append("\(Int(progress.rate.rounded()))/s")
    }
    if let left = progress.secondsLeft { parts.append(TimeText.span(left) + " left") }
    if !progress.quotaText.isEmpty { parts.append(progress.quotaText) }
    if progress.step.errors > 0 { parts.append("\(progress.step.errors) errors") }
    return parts.joined(separator: "  ")
  }
}
