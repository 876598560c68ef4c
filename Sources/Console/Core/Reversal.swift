import SyncStore

/// A change that was made here and can be taken back, since it only says what is to be done later.
struct Reversal: Equatable, Sendable {
  /// What was changed, in words.
  var change: String
  /// What makes it as it was.
  var deed: Deed

  /// The question before it is taken back.
  var dialog: Dialog {
    Dialog(
      title: "Take the last change back?", text: [change + "."], consent: .key("y"),
      verb: "Take back", deed: deed)
  }
}

extension ConsoleState {
  /// Changes that are remembered.
  private static let remembered = 20

  /// Notes how to take back what is about to be done; taking back is forgotten as it is done.
  ///
  /// Cycles, releases and purges can't be taken back: what they do has happened.
  mutating func noteReversal(of deed: Deed) {
    if let last = reversals.last, last.deed == deed {
      reversals.removeLast()
      return
    }
    guard let status else { return }
    switch deed {
    case .schedule(let change):
      let old = status.schedule
      let new = change.applied(to: old)
      guard new != old else { return }
      reversals.append(
        Reversal(
          change: Self.words(from: new, to: old),
          deed: .schedule(ScheduleChange(from: new, to: old))))
    case .ask(.staging(let isOn)) where status.isStaging != isOn:
      reversals.append(
        Reversal(
          change: "Staging mode is turned \(isOn ? "off" : "on") again"
            + (isOn ? ": the next cycle exports" : ": nothing is exported"),
          deed: .ask(.staging(!isOn))))
    case .ask, .all: return
    }
    if reversals.count > Self.remembered { reversals.removeFirst() }
  }

  private static func words(from new: ScheduleSettings, to old: ScheduleSettings) -> String {
    var parts: [String] = []
    if new.intervalSeconds != old.intervalSeconds {
      parts.append("a cycle begins every \(Format.span(old.intervalSeconds)) again")
    }
    if new.isEnabled != old.isEnabled {
      parts.append("the schedule is \(old.isEnabled ? "resumed" : "paused") again")
    }
    if new.nextPolicy != old.nextPolicy {
      parts.append("the next cycle is \(old.nextPolicy?.rawValue ?? "as usual") again")
    }
    let text = parts.isEmpty ? "the schedule is as before again" : parts.joined(separator: ", ")
    return text.prefix(1).uppercased() + text.dropFirst()
  }
}
