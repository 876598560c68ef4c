import Cells
import SyncStore

/// Something that was asked for, whose question says how much it is: that is read first.
enum Inquiry: Equatable, Sendable {
  /// All passwords are to be sent.
  case passwords
  /// Staging mode is to end; as the last change that is taken back, or by itself.
  case leaveStaging(isTakenBack: Bool)

  /// What its question needs to know.
  var request: Request {
    switch self {
    case .passwords: .passwordChannels
    case .leaveStaging: .waitingExports
    }
  }
}

extension ConsoleState {
  /// How many deletes are held back, in words.
  static func limitOfDeletes(_ threshold: Int) -> String {
    "More than \(Format.count(threshold, "delete")) on one target, or than half of it, or "
      + "than its own limit, are held back until you release them."
  }

  /// Asks whether staging mode is to end, once it is known what is sent then.
  mutating func ask(about waiting: [WaitingExports]) {
    guard case .leaveStaging(let isTakenBack)? = inquiry, overlay == nil else { return }
    inquiry = nil
    var text = [isTakenBack ? "Staging mode is turned off again: the next cycle exports." : ""]
      .filter { !$0.isEmpty }
    let deletes = waiting.reduce(0) { $0 + $1.deletes }
    if waiting.isEmpty {
      text.append("Nothing is pending now; what the next cycle computes is sent.")
    } else {
      text.append("What has been pending is sent with the next cycle:")
    }
    text += waiting.map { target in
      target.connector + ": " + Format.count(target.adds, "add") + ", "
        + Format.count(target.updates, "update") + ", " + Format.count(target.deletes, "delete")
        + "."
    }
    if deletes > 0, let threshold = status?.schedule.deletionThreshold {
      text.append(Self.limitOfDeletes(threshold))
    }
    if let status, status.heldDeletes + status.heldChanges > 0 {
      text.append("What is held now stays held; H shows it.")
    }
    overlay = .dialog(
      Dialog(
        title: isTakenBack ? "Take the last change back?" : "Leave staging mode?", text: text,
        consent: deletes > 0 ? .word("DELETE") : .key("y"),
        verb: isTakenBack ? "Take back" : "Turn it off", deed: .ask(.staging(false)),
        isGrave: true))
  }

  /// Asks whether all passwords are to be sent, once it is known of how many users; tells why not
  /// where there is no way.
  mutating func ask(about channels: [PasswordChannelRow]) {
    // Who has pressed another key meanwhile is elsewhere, and agrees to nothing there.
    guard inquiry == .passwords, overlay == nil else { return }
    inquiry = nil
    guard !channels.isEmpty else {
      tell(
        "Passwords: no synchronization of passwords is configured ([password_sync] in "
          + "lockstep.toml)", .toastWarning)
      return
    }
    let users = channels.reduce(0) { $0 + $1.total }
    let ways = channels.map { $0.source + " to " + $0.target }.joined(separator: ", ")
    var text = [
      users == 0
        ? "The password of every user of " + ways + " is read and sent."
        : "The passwords of \(Format.count(users, "user")) are read and sent again: " + ways + ".",
      "Nobody has to sign in anew. It may take a while, and changed passwords wait in between.",
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
