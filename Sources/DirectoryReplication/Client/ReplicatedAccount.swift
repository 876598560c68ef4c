public import Directory
public import Secrets

/// An account with its password's hash, as a controller replicates it.
public struct ReplicatedAccount: Sendable {
  /// The object's identifier, which it keeps for life.
  public let guid: GUID
  /// The DN.
  public let name: String
  /// The account's SID.
  public let sid: SID
  /// The name of old: `sAMAccountName`.
  public let accountName: String
  /// The flags of `userAccountControl` ([MS-ADTS] §2.2.16).
  public let control: UInt32
  /// When the password was set; nil if the user must change it before anything else.
  public let passwordSet: Timestamp?
  /// The NT hash; nil if the account has no password.
  public let hash: SecretBytes?
  /// How the hash came to its value; nil if the controller does not say.
  public let stamp: PasswordStamp?

  /// Whether the account is disabled.
  public var isDisabled: Bool { control & 0x2 != 0 }
  /// Whether the account signs in with a smart card only.
  public var requiresSmartCard: Bool { control & 0x4_0000 != 0 }
  /// Whether the user must change the password at the next sign-in; not one whose password never
  /// expires ([MS-ADTS] §2.2.16).
  public var mustChangePassword: Bool { passwordSet == nil && control & 0x1_0000 == 0 }
}

/// When a password was written last, which says whether it is another one without telling it.
///
/// Every controller of a domain says the same, and nothing but a new password changes it ([MS-DRSR]
/// §5, `PROPERTY_META_DATA_EXT`).
public struct PasswordStamp: Hashable, Sendable {
  /// How often the password was written.
  public let version: UInt32
  /// When it was written, by the clock of the controller that took it, to the second.
  public let time: Timestamp
  /// The invocation id of that controller.
  public let controller: GUID
  /// That controller's number for the change.
  public let change: UInt64

  init(_ stamp: ReplicatedEntry.Stamp) {
    version = stamp.version
    time = stamp.time
    controller = stamp.controller
    change = stamp.change
  }
}

/// What was read of one object.
public enum ReplicatedChange: Sendable {
  /// A user account as it is now.
  case account(ReplicatedAccount)
  /// An object that was deleted; whether it was an account is not said.
  case deleted(guid: GUID, name: String)
  /// A user account whose hash could not be read, and why.
  case unreadable(guid: GUID, name: String, reason: String)
}

/// Changes that came together.
public struct ReplicatedBatch: Sendable {
  /// The changes of accounts, in the controller's order.
  public let changes: [ReplicatedChange]
  /// How many objects the controller sent, accounts or not.
  public let objectCount: Int
  /// From where to go on.
  public let cursor: ReplicationCursor
  /// Whether there is more now.
  public let hasMore: Bool
  /// What is to be told of the controller; nil if nothing is.
  var notice: String? = nil
}
