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

/// What was noted of a change that is on its way into the store.
struct ReversalNote: Equatable, Sendable {
  /// The change.
  var deed: Deed
  /// What takes it back; nil if it takes back another one itself.
  var noted: Reversal?
  /// The one that it takes back.
  var taken: Reversal?
}

extension ConsoleState {
  /// Changes that are remembered.
  private static let remembered = 20

  /// Notes how to take back what is on its way; taking back is forgotten as it is done.
  ///
  /// Cycles, releases and purges can't be taken back: what they do has happened.
  mutating func noteReversal(of deed: Deed) {
    if let last = reversals.last, last.deed == deed {
      reversals.removeLast()
      reversalNotes.append(ReversalNote(deed: deed, taken: last))
      return
    }
    guard let status else { return }
    var noted: Reversal?
    switch deed {
    case .schedule(let change):
      let old = status.schedule
      let new = change.applied(to: old)
      if new != old {
        noted = Reversal(
          change: Self.words(from: new, to: old),
          deed: .schedule(ScheduleChange(from: new, to: old)))
      }
    case .ask(.staging(let isOn)):
      if status.isStaging != isOn {
        noted = Reversal(
          change: "Staging mode is turned \(isOn ? "off" : "on") again"
            + (isOn ? ": the next cycle exports" : ": nothing is exported"),
          deed: .ask(.staging(!isOn)))
      }
    case .ask, .all, .stop, .stopAll: return
    }
    reversalNotes.append(ReversalNote(deed: deed, noted: noted))
    guard let noted else { return }
    reversals.append(noted)
    if reversals.count > Self.remembered { reversals.removeFirst() }
  }

  /// A change has come into the store, or not: what was not changed can't be taken back.
  ///
  /// - Parameter isIt: Whether a deed is that change.
  mutating func settleReversal(isDone: Bool, _ isIt: (Deed) -> Bool) {
    guard let index = reversalNotes.firstIndex(where: { isIt($0.deed) }) else { return }
    let note = reversalNotes.remove(at: index)
    guard !isDone else { return }
    if let noted = note.noted, let last = reversals.lastIndex(of: noted) {
      reversals.remove(at: last)
    }
    if let taken = note.taken { reversals.append(taken) }
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
