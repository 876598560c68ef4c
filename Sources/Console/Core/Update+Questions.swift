import Cells
import Directory
import SyncStore

/// The questions before what starts, stops and releases.
extension ConsoleState {
  private static let upgrade =
    "The store is of an older version: it is copied and upgraded first."

  /// The question before a Delta cycle on a store that can't be read before it is upgraded.
  var upgradeDialog: Dialog {
    Dialog(
      title: "Start a Delta cycle?",
      text: [
        Self.upgrade,
        "What waits to be sent can't be counted before; what is held stays held.",
      ], consent: .key("y"), verb: "Start", deed: .ask(.cycle(.delta)))
  }

  /// The question before an Initial cycle.
  func fullDialog(_ waiting: [WaitingExports]) -> Dialog {
    let sources = status?.sources ?? []
    let targets = status?.targets ?? []
    let all = (sources + targets).joined(separator: ", ")
    var text = ["Everything is read and computed anew:"]
    if all.isEmpty {
      text.append("Full Import, Full Synchronization and Export on every connector.")
    } else {
      text += [
        "Full Import on " + all + ".", "Full Synchronization on " + all + ".",
        "Export to " + targets.joined(separator: ", ") + ".",
      ]
    }
    if let threshold = status?.schedule.deletionThreshold {
      text.append(
        "What differs is written. \(Self.limitOfDeletes(threshold))")
    }
    if status?.state == .running { text.append("What runs now is finished first.") }
    if isStoreMissing { text.append("There is no store yet: a new one is made.") }
    if isStoreOlder { text.append(Self.upgrade) }
    let deletes = deletes(of: waiting)
    text += waiting.filter { self.deletes(of: $0) > 0 }.map {
      "What is pending deletes \(Format.count(self.deletes(of: $0), "object")) from \($0.connector)"
        + ", unless it is computed otherwise."
    }
    return Dialog(
      title: "Start an Initial cycle?", text: text,
      consent: deletes > 0 ? .word("DELETE") : .key("y"), verb: "Start",
      deed: .ask(.cycle(.initial)), isGrave: deletes > 0)
  }

  /// The question before what runs is stopped.
  var stopDialog: Dialog {
    var text: [String] = []
    if let progress {
      var done = Format.count(progress.done)
      if let total = progress.total { done += " of " + Format.count(total) }
      text.append(
        progress.step.type.profileName + " on " + progress.step.connector + " has done " + done
          + " objects.")
    }
    text += [
      "It ends after the batch that it is at. What is committed stays, the rest of the cycle is "
        + "not run, and the next cycle goes on from there."
    ]
    text += waitingRuns.map {
      "\(Self.name($0)), asked for by \(Sanitizer.verbose($0.requestedBy)), waits, and begins then."
    }
    var dialog = Dialog(
      title: "Stop what runs?", text: text, consent: .key("y"), verb: "Stop",
      deed: .stop(progress?.step.number))
    if !waitingRuns.isEmpty {
      dialog.also = Dialog.Also(
        key: "a", verb: "Stop all", deed: .stopAll(progress?.step.number, waitingRuns))
    }
    return dialog
  }

  /// What was asked for, as a sentence begins.
  static func name(_ command: FiledCommand) -> String {
    let words = Sanitizer.verbose(command.command?.words ?? "something")
    return words.prefix(1).uppercased() + words.dropFirst()
  }

  /// Takes back what waits to be done once what runs is over.
  mutating func takeBack(_ commands: [FiledCommand]) -> [Effect] {
    commands.map {
      takenBack[$0.id] = Self.name($0)
      return .withdraw($0.id)
    }
  }

  /// What became of something that was to be taken back with what was stopped.
  mutating func settleTakenBack(_ id: Int64, _ what: String, _ outcome: Result<Bool, StoreError>) {
    switch outcome {
    case .success(true):
      watched.removeAll { $0.id == id }
      isWatchStale = !watched.isEmpty
      tell("Asked to stop; " + what + " is asked for no more")
    case .success(false):
      tell(what + " has begun already; it was not taken back", .toastWarning)
    case .failure(let error):
      tell(
        what + " stays asked for, and begins: " + error.message + ". " + error.hint, .toastError)
    }
  }

  /// Stops what the question was about; nobody has agreed to the end of what has begun since.
  mutating func stop(_ asked: Int64?) -> [Effect] {
    guard let asked else { return ask(.stop) }
    if let now = progress?.step.number, now != asked {
      var dialog = stopDialog
      dialog.text.insert("What you were asked about has ended, and something else runs.", at: 0)
      overlay = .dialog(dialog)
      noteSprung()
      return []
    }
    guard progress != nil || status?.state == .running else {
      tell("What was to be stopped has ended already", .toastWarning)
      return []
    }
    return ask(.stop)
  }

  /// The question before held deletes go out.
  var releaseDialog: Dialog {
    let held = heldDeletes
    let count = Format.count(held.count, "object")
    return Dialog(
      title: "Release held deletes?",
      text: [
        "The next export will delete " + count + " from " + held.connector + ".",
        "s in its connector space shows which. Your name is kept with the release.",
      ], consent: .word("DELETE"), verb: "Release",
      deed: .ask(
        .releaseDeletes(connector: held.connector, atMost: held.count, until: headerAsked)),
      isGrave: true)
  }
}
