public import Directory

/// What is known of one account's password.
public struct PasswordRecord: Hashable, Sendable {
  /// The account's anchor in its directory.
  public var anchor: String
  /// Its DN when it was last seen.
  public var dn: String
  /// The target's object that its password goes to; nil as long as there is none.
  public var targetObject: Int64?
  /// That object's anchor.
  public var targetAnchor: String
  /// How far it has come.
  public var status: PasswordStatus
  /// Of which password the source last told.
  public var stamp: String
  /// When that was set at the source.
  public var changed: Timestamp?
  /// Of which password the target has the hash; nil if it has none.
  public var syncedStamp: String?
  /// The number under which it was last asked to take one.
  public var request: String?
  /// Which one that was.
  public var requestStamp: String?
  /// When the target last answered.
  public var answered: Timestamp?
  /// How often it failed since it last succeeded.
  public var attempts: Int
  /// When it is to be sent; nil if it is not.
  public var due: Timestamp?
  /// The anchor of the target's object that has the password; nil if it is owed one again.
  public var syncedAnchor: String?
  /// Since when the source tells of an earlier password than this one; nil if it does not.
  public var earlierSince: Timestamp?
  /// Why it has come so far and no farther, in words; may be empty.
  public var reason = ""
}

/// A place in the order of what is to be sent.
public struct PasswordDue: Hashable, Sendable {
  /// When that was to be sent.
  let due: Timestamp
  /// The number of its row.
  let row: Int64
}

/// What a look at an account has shown.
public struct PasswordNote: Hashable, Sendable {
  /// The account's anchor in its directory.
  public var anchor: String
  /// Its DN.
  public var dn: String
  /// The source's object, if the directory synchronization knows it.
  public var object: Int64?
  /// The target's object.
  public var targetObject: Int64?
  /// That object's anchor.
  public var targetAnchor = ""
  /// How far its password has come.
  public var status: PasswordStatus
  /// Why, in words; may be empty.
  public var reason = ""
  /// Of which password the source tells.
  public var stamp: String
  /// When that was set at the source.
  public var changed: Timestamp?
  /// When it is to be sent; nil if it is not.
  public var due: Timestamp?
  /// Whether the target is owed it, whatever it was given before: it stays so until it takes it.
  public var isOwed = false

  /// A note of these parts.
  public init(
    anchor: String, dn: String, status: PasswordStatus, stamp: String, changed: Timestamp?
  ) {
    self.anchor = anchor
    self.dn = dn
    self.status = status
    self.stamp = stamp
    self.changed = changed
  }
}

/// One password of a batch, as it is sent.
public struct PasswordRequestLine: Hashable, Sendable {
  /// The account's anchor in its directory.
  public var anchor: String
  /// Its DN.
  public var dn: String
  /// When the password was set at the source.
  public var changed: Timestamp
  /// Which password it is.
  public var stamp: String
  /// The number of the request; it is that of an earlier try if the password is the same.
  public var request: String
  /// What ties source and target, as event 656 tells it.
  public var sourceAnchor = ""
  /// Whether the user must set another one at the next sign-in.
  public var mustChange = false

  /// A line of these parts.
  public init(anchor: String, dn: String, changed: Timestamp, stamp: String, request: String) {
    self.anchor = anchor
    self.dn = dn
    self.changed = changed
    self.stamp = stamp
    self.request = request
  }
}

/// What became of one password of a batch.
public struct PasswordOutcome: Hashable, Sendable {
  /// How far it has come.
  public var status: PasswordStatus
  /// The target's words; may be empty.
  public var words: String
  /// When it is tried again; nil if it is not.
  public var due: Timestamp?

  /// An outcome of these parts.
  public init(status: PasswordStatus, words: String = "", due: Timestamp? = nil) {
    self.status = status
    self.words = words
    self.due = due
  }
}
