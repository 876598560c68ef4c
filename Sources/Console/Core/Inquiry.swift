import Cells
import SyncStore

/// Something that was asked for, whose question says how much it is: that is read first.
enum Inquiry: Equatable, Sendable {
  /// All passwords are to be sent.
  case passwords
  /// Staging mode is to end; as the last change that is taken back, or by itself.
  case leaveStaging(isTakenBack: Bool)
  /// A cycle is to begin, which exports.
  case cycle(CyclePolicy)
  /// What waits is to be sent to a target.
  case export(to: String)

  /// What its question needs to know.
  var request: Request {
    switch self {
    case .passwords: .passwordsToSend
    case .leaveStaging, .cycle, .export: .waitingExports
    }
  }
}

extension ConsoleState {
  /// How many deletes are held back, in words.
  static func limitOfDeletes(_ threshold: Int) -> String {
    "More than \(Format.count(threshold, "delete")) on one target, or than half of it, or "
      + "than its own limit, are held back until you release them."
  }

  /// Asks what was to be asked, now that it is known what waits to be sent.
  mutating func ask(about waiting: [WaitingExports]) -> [Effect] {
    // Who has pressed another key meanwhile is elsewhere, and agrees to nothing there.
    guard let inquiry, inquiry != .passwords, overlay == nil else { return [] }
    self.inquiry = nil
    switch inquiry {
    case .passwords: break
    case .leaveStaging(let isTakenBack):
      overlay = .dialog(stagingDialog(isTakenBack: isTakenBack, waiting))
    case .export(let target):
      overlay = .dialog(exportDialog(target, waiting.first { $0.connector == target }))
    case .cycle(.initial): overlay = .dialog(fullDialog(waiting))
    case .cycle(.delta):
      // They may have gone out, or be held, since the header was read.
      guard deletes(of: waiting) > 0 else { return ask(.cycle(.delta)) }
      overlay = .dialog(deltaDialog(waiting))
    }
    return []
  }

  /// Whether deletes wait that a Delta cycle would send, and that no person has agreed to; that is
  /// asked first.
  ///
  /// Those that the cycle itself finds are known to nobody before: the limits are for them.
  var deltaDeletes: Bool {
    guard let status else { return true }
    return !status.isStaging && !status.passingDeletes.isEmpty
  }

  /// How many of what waits are deletes that the next export sends.
  func deletes(of waiting: [WaitingExports]) -> Int {
    guard status?.isStaging != true else { return 0 }
    return waiting.reduce(0) { $0 + deletes(of: $1) }
  }

  func deletes(of target: WaitingExports) -> Int {
    max(0, target.deletes - (status?.heldDeletesByConnector[target.connector] ?? 0))
  }

  /// What goes to a target, in words; the deletes that it holds back are named apart.
  private func counts(_ target: WaitingExports) -> String {
    let going = deletes(of: target)
    let held = target.deletes - going
    return target.connector + ": " + Format.count(target.adds, "add") + ", "
      + Format.count(target.updates, "update") + ", " + Format.count(going, "delete") + "."
      + (held > 0 ? " Not sent: \(Format.count(held, "held delete"))." : "")
  }

  /// That what is held stays held, where something is.
  private var heldWords: [String] {
    guard let status, status.heldDeletes + status.heldChanges > 0 else { return [] }
    return ["What is held now stays held; H shows it."]
  }

  private func stagingDialog(isTakenBack: Bool, _ waiting: [WaitingExports]) -> Dialog {
    var text = [isTakenBack ? "Staging mode is turned off again: the next cycle exports." : ""]
      .filter { !$0.isEmpty }
    let deletes = waiting.reduce(0) { $0 + self.deletes(of: $1) }
    if waiting.isEmpty {
      text.append("Nothing is pending now; what the next cycle computes is sent.")
    } else {
      text.append("What has been pending is sent with the next cycle:")
    }
    text += waiting.map(counts)
    if deletes > 0, let threshold = status?.schedule.deletionThreshold {
      text.append(Self.limitOfDeletes(threshold))
    }
    return Dialog(
      title: isTakenBack ? "Take the last change back?" : "Leave staging mode?",
      text: text + heldWords, consent: deletes > 0 ? .word("DELETE") : .key("y"),
      verb: isTakenBack ? "Take back" : "Turn it off", deed: .ask(.staging(false)),
      isGrave: true)
  }

  /// The question before a Delta cycle, where deletes wait that it sends.
  private func deltaDialog(_ waiting: [WaitingExports]) -> Dialog {
    let words = waiting.filter { deletes(of: $0) > 0 }.map {
      "Its export will delete \(Format.count(deletes(of: $0), "object")) from \($0.connector)."
    }
    return Dialog(
      title: "Start a Delta cycle?",
      text: words + ["What it finds changed is sent as well, also deletes."]
        + (status.map { [Self.limitOfDeletes($0.schedule.deletionThreshold)] } ?? []) + heldWords,
      consent: .word("DELETE"), verb: "Start", deed: .ask(.cycle(.delta)), isGrave: true)
  }

  /// The question before what waits is sent to a target.
  private func exportDialog(_ target: String, _ waiting: WaitingExports?) -> Dialog {
    let deletes = waiting.map { self.deletes(of: $0) } ?? 0
    var text = ["Nothing is pending for \(target) now."]
    if let waiting {
      text = [
        "What is pending is sent now, but for what is held:", counts(waiting),
        "What is more than its limits allow stays held until you release it: H shows it.",
      ]
      if deletes > 0 {
        text.insert(
          "It will delete \(Format.count(deletes, "object")) from \(target).", at: 2)
      }
    }
    return Dialog(
      title: "Export to \(target)?", text: text,
      consent: deletes > 0 ? .word("DELETE") : .key("y"), verb: "Export",
      deed: .ask(.run(connector: target, .export)), isGrave: deletes > 0)
  }

  /// Asks whether all passwords are to be sent, once it is known of how many users; tells why not
  /// where there is no way.
  ///
  /// - Parameter sending: How many passwords would be sent, by channel.
  mutating func ask(about channels: [PasswordChannelRow], sending: [Int64: Int]) {
    // Who has pressed another key meanwhile is elsewhere, and agrees to nothing there.
    guard inquiry == .passwords, overlay == nil else { return }
    inquiry = nil
    guard !channels.isEmpty else {
      tell(
        "Passwords: no synchronization of passwords is configured ([password_sync] in "
          + "lockstep.toml)", .toastWarning)
      return
    }
    let known = channels.reduce(0) { $0 + $1.total }
    let users = channels.reduce(0) { $0 + (sending[$1.id] ?? 0) }
    let ways = channels.map { $0.source + " to " + $0.target }.joined(separator: ", ")
    var text = [
      known == 0
        ? "The password of every user of " + ways + " is read and sent."
        : "The passwords of \(Format.count(users, "user")) are read and sent again: " + ways + "."
    ]
    if known > users {
      text.append(
        "Of \(Format.count(known - users, "other account")) nothing can be sent now: gone, not in the "
          + "target, or kept back.")
    }
    text += [
      "Nobody has to sign in anew. It may take a while, and changed passwords wait in between."
    ]
    for channel in channels where [.refused, .failed, .stopped].contains(channel.standing) {
      let reason = channel.reason.isEmpty ? "" : ": " + Sanitizer.verbose(channel.reason)
      text.append(
        "\(Sanitizer.verbose(channel.domain)) is \(channel.standing.rawValue) now\(reason).")
    }
    overlay = .dialog(
      Dialog(
        title: "Synchronize all passwords?", text: text, consent: .key("y"), verb: "Send all",
        deed: .ask(.passwords(.full))))
  }
}
