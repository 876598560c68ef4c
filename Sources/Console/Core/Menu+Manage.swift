import Cells
import Directory
import SyncStore

/// The menus that start, hold and change things.
extension ConsoleState {
  private var readOnlyReason: String? {
    options.readOnly ? "this console was started read-only" : nil
  }

  /// The profiles that one connector can run.
  func runMenu(connector: String, isSource: Bool) -> Menu {
    let keys: [(StepType, Character)] = [
      (.fullImport, "f"), (.deltaImport, "d"), (.fullSynchronization, "s"),
      (.deltaSynchronization, "y"), (.export, "e"),
    ]
    let items = keys.map { type, key -> Menu.Item in
      let command = EngineCommand.run(connector: connector, type)
      guard type == .export else {
        return Menu.Item(
          key: key, title: type.profileName, choice: .deed(.ask(command)), reason: readOnlyReason)
      }
      return Menu.Item(
        key: key, title: type.profileName, choice: .ask(.export(to: connector)),
        reason: readOnlyReason
          ?? (isSource ? "nothing is ever written to a source" : stagingReason))
    }
    let verify = Menu.Item(
      key: "v", title: "Verify", note: "compare it with what the rules want; nothing is sent",
      choice: .deed(.ask(.verify(connector: connector, .stored))), reason: readOnlyReason)
    return Menu(title: "Run on " + connector, items: items + (isSource ? [] : [verify]))
  }

  private var stagingReason: String? {
    status?.isStaging == true ? "staging mode is on; M turns it off" : nil
  }

  /// Why no passwords can be sent while this engine stands by.
  var passwordStagingReason: String? {
    status?.isStaging == true
      ? "staging mode is on, and no password is sent; M turns it off" : nil
  }

  /// The cycles that can be rehearsed.
  var rehearsalMenu: Menu {
    Menu(
      title: "Rehearse a cycle: all is read and computed, nothing is sent",
      items: [(CyclePolicy.delta, Character("d")), (.initial, "i")].map { policy, key in
        Menu.Item(
          key: key, title: policy.rawValue + " cycle", choice: .deed(.ask(.rehearse(policy))),
          reason: readOnlyReason)
      })
  }

  /// Schedule, staging and purge.
  var manageMenu: Menu {
    guard let status else {
      return Menu(title: "Manage: the store has not answered yet", items: [])
    }
    let schedule = status.schedule
    var items = [intervalItem(schedule), pauseItem(schedule, status)]
    if let item = stayItem(schedule, status) { items.append(item) }
    items += [(CyclePolicy.initial, Character("n")), (.delta, "d")].map { policy, key in
      item(
        key, "Next cycle " + policy.rawValue, status.nextPolicy == policy ? "as it is" : "",
        "Make the next cycle \(policy.rawValue)?",
        [
          "The next scheduled cycle is \(policy.rawValue) instead of \(status.nextPolicy.rawValue); those after it are as usual."
        ], .schedule(ScheduleChange(nextPolicy: .only(policy))))
    }
    items.append(stagingItem(status))
    if status.passwords != nil { items.append(lookForPasswords("w")) }
    items.append(
      item(
        "u", "Purge history", "older than " + Format.span(schedule.purgeAgeSeconds),
        "Purge the history?",
        [
          "All runs that ended more than \(Format.span(schedule.purgeAgeSeconds)) ago are deleted with their statistics, errors and object histories."
        ],
        .ask(.purge(before: now.adding(seconds: -Double(schedule.purgeAgeSeconds)))), isGrave: true)
    )
    return Menu(title: "Manage", items: items)
  }

  private func item(
    _ key: Character, _ title: String, _ note: String, _ question: String, _ text: [String],
    _ deed: Deed, isGrave: Bool = false
  ) -> Menu.Item {
    Menu.Item(
      key: key, title: title, note: note,
      choice: .confirm(
        Dialog(
          title: question, text: text, consent: .key("y"), verb: "Do it", deed: deed,
          isGrave: isGrave)),
      reason: readOnlyReason)
  }

  private func intervalItem(_ schedule: ScheduleSettings) -> Menu.Item {
    Menu.Item(
      key: "i", title: "Interval", note: "every " + Format.span(schedule.intervalSeconds),
      choice: .prompt(.interval), reason: readOnlyReason)
  }

  private func pauseItem(_ schedule: ScheduleSettings, _ status: EngineStatus) -> Menu.Item {
    let note = status.isKept ? "it runs" : "it is on, and no engine keeps it: k"
    return schedule.isEnabled
      ? item(
        "p", "Pause the schedule", note, "Pause the schedule?",
        ["No cycle begins by itself until the schedule is resumed. What runs now goes on."],
        .schedule(ScheduleChange(isEnabled: false)))
      : item(
        "p", "Resume the schedule", "it is paused", "Resume the schedule?",
        [
          "A \(schedule.nextPolicy?.rawValue ?? "Delta") cycle begins every \(Format.span(schedule.intervalSeconds)), the first one at once if it is due."
        ], .schedule(ScheduleChange(isEnabled: true)))
  }

  /// Has an engine stay, where none does; as `lockstep service start`.
  private func stayItem(_ schedule: ScheduleSettings, _ status: EngineStatus) -> Menu.Item? {
    guard !status.isKept else { return nil }
    let policy = status.nextPolicy.rawValue
    let cycles =
      schedule.isEnabled
      ? "A \(policy) cycle begins every \(Format.span(schedule.intervalSeconds)), the first one at "
        + "once if it is due, and what it computes is sent."
      : "The schedule is paused: no cycle begins by itself until it is resumed."
    return item(
      "k", "Keep an engine",
      "none stays" + (status.passwords == nil ? "" : ", so no passwords go by themselves"),
      "Have an engine stay?",
      [
        (status.state == .absent ? "An engine is started" : "The engine that works now stays")
          + ", and works until lockstep service stop ends it.", cycles,
      ] + (status.passwords == nil ? [] : ["Changed passwords are looked for, and sent."]),
      .ask(.becomeService))
  }

  private func stagingItem(_ status: EngineStatus) -> Menu.Item {
    status.isStaging
      ? Menu.Item(
        key: "s", title: "Leave staging mode", note: "it is on",
        choice: .ask(.leaveStaging(isTakenBack: false)), reason: readOnlyReason)
      : item(
        "s", "Staging mode", "it is off", "Go into staging mode?",
        [
          "Everything is read and computed as before, and nothing is exported."
            + (status.passwords == nil ? "" : " Passwords are not sent either.")
        ], .ask(.staging(true)))
  }

  private func lookForPasswords(_ key: Character) -> Menu.Item {
    Menu.Item(
      key: key, title: "Look for changed passwords", note: "now, not only at the next turn",
      choice: .deed(.ask(.passwords(.now))), reason: readOnlyReason ?? passwordStagingReason)
  }

  /// What can be asked of the synchronization of passwords; of one account where one is at hand.
  var passwordMenu: Menu {
    var items = [
      lookForPasswords("n"),
      Menu.Item(
        key: "f", title: "Full password synchronization", note: "the passwords of all users again",
        choice: .ask(.passwords), reason: readOnlyReason ?? passwordStagingReason),
    ]
    if let account = passwordAtHand {
      items.append(
        Menu.Item(
          key: "a", title: "The password of " + Sanitizer.verbose(account.name),
          note: "read anew and sent",
          choice: .deed(.ask(.passwords(.account(anchor: account.anchor)))),
          reason: readOnlyReason ?? passwordStagingReason))
    }
    return Menu(title: "Synchronize passwords", items: items)
  }

  /// The account of the ledger that the screen is about.
  private var passwordAtHand: (name: String, anchor: String)? {
    switch screen {
    case .passwords(let screen): screen.list.selectedRow.map { ($0.name, $0.row.id.anchor) }
    case .passwordAccount(let screen): (screen.name, screen.account.anchor)
    case .passwordBatch(let screen): screen.selectedLine.map { ($0.dn, $0.anchor) }
    default: nil
    }
  }

  /// The question before the interval is changed to what was typed.
  func intervalDialog(_ text: String) -> Dialog? {
    guard let schedule = status?.schedule, let seconds = SpanText.seconds(text),
      (60...2_592_000).contains(seconds)
    else { return nil }
    var words = [
      "A cycle begins every \(Format.span(seconds)) instead of every \(Format.span(schedule.intervalSeconds))."
    ]
    if seconds > 604_800 { words.append("A synchronization at least every 7 days is advised.") }
    return Dialog(
      title: "Change the interval?", text: words, consent: .key("y"), verb: "Change",
      deed: .schedule(ScheduleChange(intervalSeconds: seconds)))
  }
}

extension EngineStatus {
  /// Whether an engine stays and keeps the schedule: one that a command started keeps none, and leaves
  /// when there is nothing to do.
  fileprivate var isKept: Bool { state != .absent && keepsSchedule }
}

/// Spans of time as people type them.
enum SpanText {
  /// The seconds of `30m`, `3h`, `1d12h`; nil for anything else.
  static func seconds(_ text: String) -> Int? {
    let units: [Character: Int] = ["s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800]
    var total = 0
    var digits = ""
    for character in text.lowercased() where character != " " {
      if character.isASCII, character.isNumber {
        digits.append(character)
      } else {
        guard let unit = units[character], let number = Int(digits), number < 1_000_000 else {
          return nil
        }
        total += number * unit
        digits = ""
      }
    }
    return digits.isEmpty && total > 0 ? total : nil
  }
}
