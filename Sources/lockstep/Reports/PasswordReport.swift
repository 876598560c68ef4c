import Console
import Directory
import SyncStore
import Workspace

/// The synchronization of passwords as text.
enum PasswordReport {
  /// The events that tell of it (Microsoft: troubleshoot password hash synchronization).
  static let eventCodes = [0] + Array(601...668)

  static func nobody(_ name: String) -> WorkspaceError {
    WorkspaceError(
      .notFound, message: "The ledger of passwords has no account '\(name)'",
      hint: "Give its DN, its anchor, its user principal name or its display name in full; an "
        + "account is entered when its password is first read")
  }

  // MARK: Channels

  static func status(_ channels: [PasswordChannelRow], now: Timestamp) -> Report {
    Report(json: channels.map { PasswordChannelJSON($0) }) { _ in
      guard !channels.isEmpty else {
        return ["No synchronization of passwords is configured ([password_sync] in lockstep.toml)."]
      }
      return Array(channels.map { lines($0, now) }.joined(separator: [""]))
    }
  }

  private static func state(_ channel: PasswordChannelRow) -> String {
    let waits = channel.standing == .stopped && channel.hasEngine
    return channel.standing.rawValue
      + (waits ? " (no engine stays that takes turns: 'lockstep service start')" : "")
  }

  private static func lines(_ channel: PasswordChannelRow, _ now: Timestamp) -> [String] {
    var lines = [
      SafeText.line("\(channel.domain): \(channel.source) to \(channel.target)"),
      "  State         \(state(channel))"
        + (channel.reason.isEmpty ? "" : ": " + SafeText.line(channel.reason)),
      "  Interval      \(channel.intervalSeconds) s",
      // The one that failed has not come to its end.
      (channel.standing == .failed ? "  Last good     " : "  Last turn     ")
        + time(channel.turnEnded),
      "  Last contact  \(time(channel.lastContact))",
      "  Last full     \(full(channel))",
      "  Accounts      \(channel.total)",
    ]
    for status in PasswordStatus.allCases {
      guard let count = channel.byStatus[status], count > 0 else { continue }
      lines.append("    \(status.rawValue): \(count)")
    }
    lines.append(
      "  To be sent    \(channel.waiting)"
        + (channel.retrying > 0 ? ", \(channel.retrying) of them after a failure" : ""))
    if channel.doubted > 0 {
      lines.append(
        "  Held back     \(channel.doubted), of which the source tells an earlier password than it did"
      )
    }
    if channel.outdated > 0 {
      lines.append(
        SafeText.line(
          "  Outdated      \(channel.outdated) are kept back whose earlier password still signs in at "
            + "\(channel.target) ('lockstep password-sync list --only older')"))
    }
    return lines
  }

  private static func time(_ time: Timestamp?) -> String {
    time.map { TimeText.local($0) } ?? "never"
  }

  private static func full(_ channel: PasswordChannelRow) -> String {
    guard let started = channel.fullStarted else { return "never" }
    let read = "\(channel.fullDone) accounts read"
    guard let ended = channel.fullEnded else {
      return "since \(TimeText.local(started)), \(read)"
    }
    return "\(TimeText.local(ended)), \(read) in \(TimeText.duration(started, ended))"
  }

  // MARK: Accounts

  static func list(_ rows: [PasswordRow], hasMore: Bool, now: Timestamp) -> Report {
    Report(rows: rows.map { PasswordJSON($0, now: now) }, hasMore: hasMore) { width in
      guard !rows.isEmpty else { return ["No account to show."] }
      var table = Table(columns: [
        .flexible("Account", shortest: 16), .text("Status"), .text("Changed"),
        .text("Taken").droppable(2), .number("Lag").droppable(1), .number("Tries").droppable(3),
      ])
      table.rows = rows.map {
        [
          $0.display.isEmpty ? $0.dn : $0.display, $0.status.rawValue,
          TimeText.local($0.changed), TimeText.local($0.succeeded),
          $0.lag(now: now).map { Format.age($0) } ?? "", String($0.attempts),
        ]
      }
      return table.lines(width: width) + (hasMore ? ["", "--limit shows more."] : [])
    }
  }

  static func accounts(
    _ accounts: [(row: PasswordRow, batches: [PasswordBatchRow])], now: Timestamp
  ) -> Report {
    let json = accounts.map { PasswordAccountJSON($0.row, $0.batches, now: now) }
    return Report(json: json) { _ in
      Array(accounts.map { lines($0.row, $0.batches, now) }.joined(separator: [""]))
    }
  }

  private static func lines(
    _ row: PasswordRow, _ batches: [PasswordBatchRow], _ now: Timestamp
  ) -> [String] {
    var lines = [
      SafeText.line(row.dn),
      "  Anchor     " + SafeText.line(row.id.anchor),
    ]
    if !row.userPrincipalName.isEmpty {
      lines.append("  User name  " + SafeText.line(row.userPrincipalName))
    }
    lines += [
      "  Status     \(row.status.rawValue)"
        + (row.reason.isEmpty ? "" : ": " + SafeText.line(row.reason)),
      "  Changed    \(row.changed.map { TimeText.local($0) } ?? "not told")",
      "  The target \(held(row))",
    ]
    if let due = row.due {
      lines.append(
        "  Sent next  \(TimeText.local(due))"
          + (row.attempts > 0 ? ", after \(row.attempts) failures" : ""))
    }
    let requests = batches.flatMap { batch in
      batch.lines.filter { $0.anchor == row.id.anchor }.map { (batch, $0) }
    }
    guard !requests.isEmpty else { return lines }
    lines.append("  Requests (656) and results (657), newest first:")
    return lines + requests.map { "    " + text($0, $1) }
  }

  private static func held(_ row: PasswordRow) -> String {
    guard let succeeded = row.succeeded else { return "never took one" }
    // Owed it again, or kept back since.
    let hadIt = !row.isCurrent && row.syncedChanged != nil && row.syncedChanged == row.changed
    let age =
      row.isCurrent ? "has this password" : hadIt ? "had this password" : "has an older one"
    let taken = " since \(TimeText.local(succeeded))"
    guard row.isCurrent, let changed = row.changed else { return age + taken }
    return age + taken + ", \(Format.age(succeeded.seconds(since: changed))) after the change"
  }

  private static func text(_ batch: PasswordBatchRow, _ line: PasswordBatchRow.Line) -> String {
    let answer =
      line.answer?.rawValue
      ?? (batch.isUnderWay
        ? "on its way"
        : batch.ended == nil
          ? "no answer: no engine waits for it" : "the answer was lost")
    let words = line.words.isEmpty ? "" : ": " + SafeText.line(line.words)
    return "\(TimeText.local(batch.started))  password of \(TimeText.local(line.changed)), "
      + answer + words
  }
}

/// A channel as `--json` spells it.
struct PasswordChannelJSON: Encodable {
  let domain, source, target, state, reason: String
  let intervalSeconds: Int
  let lastTurn, lastContact, fullStarted, fullEnded: String?
  let fullRead: Int
  let accounts: [String: Int]
  let toBeSent, retrying, heldBack, outdated: Int

  init(_ row: PasswordChannelRow) {
    domain = row.domain
    source = row.source
    target = row.target
    state = row.standing.rawValue
    reason = row.reason
    intervalSeconds = row.intervalSeconds
    lastTurn = row.turnEnded?.description
    lastContact = row.lastContact?.description
    fullStarted = row.fullStarted?.description
    fullEnded = row.fullEnded?.description
    fullRead = row.fullDone
    accounts = Dictionary(uniqueKeysWithValues: row.byStatus.map { ($0.key.rawValue, $0.value) })
    toBeSent = row.waiting
    retrying = row.retrying
    heldBack = row.doubted
    outdated = row.outdated
  }
}

/// An account of the ledger as `--json` spells it.
struct PasswordJSON: Encodable {
  let anchor, dn, displayName, userPrincipalName, status, reason: String
  let changed, targetHas, requested, answered, taken, sentNext: String?
  let isCurrent: Bool
  let attempts: Int
  let lagSeconds: Double?

  init(_ row: PasswordRow, now: Timestamp) {
    anchor = row.id.anchor
    dn = row.dn
    displayName = row.display
    userPrincipalName = row.userPrincipalName
    status = row.status.rawValue
    reason = row.reason
    changed = row.changed?.description
    targetHas = row.syncedChanged?.description
    requested = row.requested?.description
    answered = row.answered?.description
    taken = row.succeeded?.description
    sentNext = row.due?.description
    isCurrent = row.isCurrent
    attempts = row.attempts
    lagSeconds = row.lag(now: now)
  }
}

/// An account with its requests as `--json` spells it.
struct PasswordAccountJSON: Encodable {
  /// A request with its result.
  struct Request: Encodable {
    let sent, changed, request: String
    let ended, result: String?
    let words: String
  }
  let account: PasswordJSON
  let requests: [Request]

  init(_ row: PasswordRow, _ batches: [PasswordBatchRow], now: Timestamp) {
    account = PasswordJSON(row, now: now)
    requests = batches.flatMap { batch in
      batch.lines.filter { $0.anchor == row.id.anchor }.map { line in
        Request(
          sent: batch.started.description, changed: line.changed.description,
          request: line.request, ended: batch.ended?.description,
          result: line.answer?.rawValue, words: line.words)
      }
    }
  }
}

extension PasswordJSON: CSVRow {
  static var fields: [CSVField<Self>] {
    [
      CSVField("anchor", \.anchor), CSVField("dn", \.dn), CSVField("displayName", \.displayName),
      CSVField("userPrincipalName", \.userPrincipalName), CSVField("status", \.status),
      CSVField("reason", \.reason), CSVField("changed", \.changed),
      CSVField("targetHas", \.targetHas), CSVField("requested", \.requested),
      CSVField("answered", \.answered), CSVField("taken", \.taken),
      CSVField("sentNext", \.sentNext), CSVField("isCurrent", \.isCurrent),
      CSVField("attempts", \.attempts), CSVField("lagSeconds", \.lagSeconds),
    ]
  }
}
