public import Directory

/// A channel of passwords as faces show it.
public struct PasswordChannelRow: Hashable, Sendable, Identifiable {
  /// Its number.
  public var id: Int64
  /// The connector whose passwords it reads.
  public var source: String
  /// The connector that takes them.
  public var target: String
  /// What the events call the source: the DNS name of a domain, or the connector's name.
  public var domain: String
  /// How it stands.
  public var state: PasswordChannelState
  /// Why it stands so; empty if that needs no words.
  public var reason: String
  /// Seconds between two turns.
  public var intervalSeconds: Int
  /// When its last turn began.
  public var turnStarted: Timestamp?
  /// When a turn last came to its end.
  public var turnEnded: Timestamp?
  /// When the target last answered.
  public var lastContact: Timestamp?
  /// When the last full synchronization began; nil if there was none.
  public var fullStarted: Timestamp?
  /// When it ended; nil while it runs.
  public var fullEnded: Timestamp?
  /// How many accounts it has read.
  public var fullDone: Int
  /// The accounts of the ledger by their status.
  public var byStatus: [PasswordStatus: Int]
  /// How many passwords wait to be sent, or sent again.
  public var waiting: Int
  /// How many of them have failed before.
  public var retrying: Int
  /// How many of these have failed for about an hour.
  public var stuck = 0
  /// How many accounts are held back because the source tells of an earlier password than is known.
  public var doubted = 0
  /// How many accounts are kept back for what they are whose earlier password the target still has.
  public var outdated = 0
  /// Whether an engine may be at work; false only if it is known that none is.
  public var hasEngine = true

  /// Whether the engine takes turns by itself; one that was started for a command does not.
  public var takesTurns = true
  /// Whether a cycle has ended since the channel last looked at what the directories have: accounts
  /// may be gone that are counted here.
  public var isBehind = false

  /// How it stands now: what an engine that is gone wrote last is not how things stand, and where none
  /// takes turns nothing waits for one.
  public var standing: PasswordChannelState {
    hasEngine && (takesTurns || state != .waiting) ? state : .stopped
  }

  /// All accounts of the ledger.
  public var total: Int { byStatus.values.reduce(0, +) }
}

/// An account's password as the ledger has it.
public struct PasswordRow: Hashable, Sendable, Identifiable {
  /// Which channel it goes through, with the account's anchor.
  public struct ID: Hashable, Sendable {
    /// The channel's number.
    public var channel: Int64
    /// The account's anchor in its directory.
    public var anchor: String
    /// A place of these parts.
    public init(channel: Int64, anchor: String) {
      self.channel = channel
      self.anchor = anchor
    }
  }
  /// Which row it is.
  public var id: ID
  /// The account's DN when it was last seen.
  public var dn: String
  /// Its display name; empty if the directory synchronization does not know it.
  public var display: String
  /// Its user principal name; empty if it has none.
  public var userPrincipalName: String
  /// The source's object; nil if the directory synchronization does not know it.
  public var object: Int64?
  /// The target's object; nil as long as there is none.
  public var targetObject: Int64?
  /// How far its password has come.
  public var status: PasswordStatus
  /// Why, in words; may be empty.
  public var reason: String
  /// When the password was set at the source; nil if the directory does not say.
  public var changed: Timestamp?
  /// When the password that the target has was set at the source; nil if it has none.
  public var syncedChanged: Timestamp?
  /// Whether the target has the password that the source has.
  public var isCurrent: Bool
  /// When the target was last asked to take it.
  public var requested: Timestamp?
  /// When the target last answered.
  public var answered: Timestamp?
  /// When the target last took one.
  public var succeeded: Timestamp?
  /// How often it failed since.
  public var attempts: Int
  /// When it is sent next; nil if it is not to be.
  public var due: Timestamp?
  /// The row's number in the store; lists are read by it.
  public var number: Int64 = 0
  /// What the events call the channel's source.
  public var domain = ""

  /// Takes that objects of the account are gone, as the channel's next turn will note it.
  mutating func lose(source: Bool, target: Bool) {
    if target {
      (targetObject, syncedChanged, succeeded, isCurrent) = (nil, nil, nil, false)
      (status, attempts) = (.targetNotExportedToDirectory, 0)
    }
    if source {
      object = nil
      status = .sourceConnectorNotPresent
    }
    guard source || target else { return }
    due = nil
    reason =
      source && target
      ? "Its objects are gone from both ends"
      : "Its object is gone from the " + (source ? "source" : "target")
  }

  /// Which password the target has.
  public enum Held: String, CaseIterable, Sendable {
    /// The one that the source has.
    case this
    /// An earlier one.
    case older
    /// None, as far as is known.
    case none
  }

  /// Which password the target has.
  public var held: Held { isCurrent ? .this : syncedChanged == nil ? .none : .older }

  /// Seconds from the change at the source until the target took it, or until `now` if it has not.
  ///
  /// Nil where no change is known, and where the password waits for nothing that takes time: it is
  /// kept back, or has no way to the target.
  public func lag(now: Timestamp) -> Double? {
    guard let changed, isCurrent || !status.isKeptBack else { return nil }
    if isCurrent { return succeeded.map { max(0, $0.seconds(since: changed)) } }
    return max(0, now.seconds(since: changed))
  }
}

/// Which accounts of the ledger are shown.
public enum PasswordFilter: String, CaseIterable, Sendable {
  /// All.
  case all
  /// Those whose password the target has.
  case current
  /// Those that wait to be sent, or sent again.
  case waiting
  /// Those that failed.
  case failed
  /// Those of which the target never took a password.
  case never
  /// Those of which the target has an older password than the source.
  case older
  /// Those for which there is no way to the target.
  case excluded

  /// Of an account `p`: its password is to be sent.
  ///
  /// What a target does not take is asked again some time, as is what the source does not have, and
  /// an earlier password waits for a newer one.
  static let isToBeSent = """
    p.due IS NOT NULL AND p.status NOT IN ('FilteredByTarget', 'MissingAttribute')
      AND p.earlier_since IS NULL
    """

  /// Of an account `p`: its password is kept back for what it is, and the target still has an earlier
  /// one, by which its user signs in.
  static let isOutdated = """
    p.status IN ('FilteredByTarget', 'MissingAttribute') AND p.synced_anchor IS NOT NULL
      AND p.synced_stamp <> p.stamp
    """

  /// Of an account `p`: its password has failed for about an hour, since waits grow from two minutes
  /// to sixteen over four tries and are half an hour after the fifth.
  static let isStuck = isToBeSent + " AND p.attempts > 5"

  // What is true of an account `p`.
  var condition: String {
    switch self {
    case .all: "1"
    case .current: PasswordRow.hasThis
    case .waiting: Self.isToBeSent
    case .failed: "p.status IN ('Error', 'RetryRequestedByTarget')"
    case .never: "p.succeeded IS NULL"
    case .older: "p.synced_stamp IS NOT NULL AND NOT " + PasswordRow.hasThis
    case .excluded:
      "p.status IN ("
        + PasswordStatus.keptBack + ")"
    }
  }
}

/// A batch of passwords that was sent, with what was asked and answered: events 656 and 657.
public struct PasswordBatchRow: Hashable, Sendable, Identifiable {
  /// One password of a batch.
  public struct Line: Hashable, Sendable {
    /// The account's anchor in its directory.
    public var anchor: String
    /// Its DN.
    public var dn: String
    /// When the password was set at the source.
    public var changed: Timestamp
    /// The number of the request.
    public var request: String
    /// What the target said; nil while it has not, and if the answer was lost.
    public var answer: PasswordStatus?
    /// The target's words; may be empty.
    public var words: String
  }
  /// Its number.
  public var id: Int64
  /// The channel's number.
  public var channel: Int64
  /// When it was sent.
  public var started: Timestamp
  /// When it was answered, or failed; nil while it is on its way.
  public var ended: Timestamp?
  /// Why it failed as a whole; empty if it did not.
  public var error: String
  /// Its passwords, in the order in which they were sent.
  public var lines: [Line]
  /// What the events call the channel's source.
  public var domain = ""
  /// Whether an engine may be there that waits for its answer.
  public var hasEngine = true

  /// Whether it is on its way, as far as anybody can know.
  public var isUnderWay: Bool { ended == nil && hasEngine }

  /// How many of its passwords the target did not take; the whole batch if that failed.
  public var failures: Int {
    if !error.isEmpty { return lines.count { $0.answer != .success } }
    return lines.count { $0.answer != nil && $0.answer != .success }
  }
}

/// What faces ask of the synchronization of passwords.
///
/// The rules of ``StoreReading`` hold: short queries on indexes, pages that begin after a row, and
/// ``StoreError`` for what goes wrong.
public protocol StorePasswords: Sendable {
  /// The channels that are configured.
  func passwordChannels() throws -> [PasswordChannelRow]
  /// Accounts of a channel's ledger by anchor, after the one with the anchor `after`; `text` is any
  /// part of the display name, the user principal name or the DN.
  func passwords(
    channel: Int64, _ filter: PasswordFilter, text: String, after: String?, limit: Int
  ) throws -> [PasswordRow]
  /// How many passwords a full synchronization sends now, by channel.
  func passwordsToSend() throws -> [Int64: Int]
  /// Accounts of all channels' ledgers in the order in which they were entered, after the row with the
  /// number `after`.
  func passwords(after: Int64?, limit: Int) throws -> [PasswordRow]
  /// The accounts whose DN, anchor, user principal name or display name is `text`, in all channels;
  /// at most 50.
  func findPasswords(_ text: String) throws -> [PasswordRow]
  /// Batches, newest first, before the batch `before`; of all accounts, or of one.
  func passwordBatches(
    account: PasswordRow.ID?, before: Int64?, limit: Int
  ) throws -> [PasswordBatchRow]
}
