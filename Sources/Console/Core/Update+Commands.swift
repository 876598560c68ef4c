import Cells
import SyncStore

extension ConsoleState {
  /// A command has been filed: an engine is started if none is there to take it.
  mutating func filed(_ command: EngineCommand, _ id: Int64) -> [Effect] {
    watched.append(id)
    isWatchStale = true
    isHeaderStale = true
    guard status?.state ?? .absent == .absent, command != .stop else { return [] }
    return [.startEngine]
  }

  /// What became of the oldest command.
  mutating func outcome(_ status: CommandStatus?) {
    isWatchStale = false
    guard let first = watched.first else { return }
    guard let status else {
      watched.removeFirst()
      return
    }
    guard status.id == first, status.state == .finished || status.state == .refused else { return }
    watched.removeFirst()
    isWatchStale = !watched.isEmpty
    if status.state == .refused {
      tell("The engine refused: " + status.outcome, .toastError)
    } else if !status.outcome.isEmpty {
      tell(status.outcome, .toastInfo)
    }
  }

  /// Asks the engine for something and says so.
  mutating func ask(_ command: EngineCommand) -> [Effect] {
    let isAbsent = status?.state ?? .absent == .absent
    switch command {
    case .cycle(let policy):
      tell(policy.rawValue + " cycle asked for" + (isAbsent ? "; the engine starts" : ""))
    case .stop: tell("Asked to stop; the step ends after its batch")
    case .releaseDeletes(let connector):
      tell("Held deletes of " + connector + " go out with the next export")
    case .run(let connector, let type): tell(type.profileName + " on " + connector + " asked for")
    case .purge: tell("History before that time is purged when nothing runs")
    case .release: tell("The release was asked for")
    case .rehearse(let policy): tell("A rehearsal of a " + policy.rawValue + " cycle was asked for")
    case .preview(let order): tell("A preview of object \(order.object) was asked for")
    case .staging(let isOn): tell("Staging mode was asked to be " + (isOn ? "on" : "off"))
    case .shutDown: tell("The engine was asked to end")
    }
    return [.file(command)]
  }

  /// The question before an Initial cycle.
  var fullDialog: Dialog {
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
        "What differs is written. More than \(Format.count(threshold, "delete")) on one target "
          + "are held back until you release them.")
    }
    if status?.state == .running { text.append("What runs now is finished first.") }
    return Dialog(
      title: "Start an Initial cycle?", text: text, consent: .key("y"), verb: "Start",
      command: .cycle(.initial))
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
    return Dialog(
      title: "Stop what runs?", text: text, consent: .key("y"), verb: "Stop", command: .stop)
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
      command: .releaseDeletes(connector: held.connector), isGrave: true)
  }
}
