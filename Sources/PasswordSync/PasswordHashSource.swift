public import Directory
public import Secrets

/// Where hashes of passwords are read from.
public protocol PasswordHashSource: Sendable {
  /// What the events call it: the DNS name of a domain, or a connector's name.
  var domain: String { get }

  /// Accounts whose password may have changed since `state`; without one, all accounts.
  ///
  /// What has not changed may come again: the channel compares ``SourceAccount/stamp``.
  ///
  /// - Parameter state: What an earlier batch ended with; nil reads from the beginning.
  /// - Throws: ``PasswordSourceFailure``.
  func changes(since state: String?) async throws -> PasswordHashBatch

  /// Accounts as they are now, in the order of `names`, read together as far as the source can.
  ///
  /// The first that can't be read ends the answer: those after it are not in it.
  ///
  /// - Parameter names: Whom to read; a few hundred at most.
  func accounts(_ names: [AccountName]) async -> [AccountReading]

  /// Whether a stamp is that of a password set before the one with the stamp `other`; nil if stamps
  /// don't say.
  func isEarlier(_ stamp: String, than other: String) -> Bool?

  /// What went another way than it should have, though it went, such as a server that had to be
  /// passed over; each is told once.
  func takeNotices() async -> [String]

  /// Lets go of what was read and is not handed out yet: a turn has ended.
  func rest() async

  /// Lets go of connections.
  func close() async
}

/// What came of reading one account: nil if it is not there; a ``PasswordSourceFailure`` if it could
/// not be read.
public typealias AccountReading = Result<SourceAccount?, any Error>

extension PasswordHashSource {
  /// One account as it is now; nil if it is not there.
  ///
  /// - Throws: ``PasswordSourceFailure``.
  public func account(_ name: AccountName) async throws -> SourceAccount? {
    try await accounts([name]).first?.get()
  }

  /// Lets go of all.
  public func rest() async { await close() }

  /// Nothing: most stamps say only whether a password is another one.
  public func isEarlier(_ stamp: String, than other: String) -> Bool? { nil }

  /// Nothing: most sources have one way only.
  public func takeNotices() async -> [String] { [] }
}

/// How an account is found in its directory.
public struct AccountName: Hashable, Sendable {
  /// Its anchor, as its connector spells it; it stays for life.
  public var anchor: String
  /// Its DN when it was last seen.
  public var dn: String
  /// A name of these parts.
  public init(anchor: String, dn: String) {
    self.anchor = anchor
    self.dn = dn
  }
}

/// An account with the hash of its password, which lives in memory only.
public struct SourceAccount: Sendable {
  /// How it is found.
  public var name: AccountName
  /// The NT hash; nil if the account has no password, or it can't be read.
  public var hash: SecretBytes?
  /// A text that differs if and only if the password was set anew; it tells nothing of the password.
  ///
  /// Empty where an account can't be read.
  public var stamp: String
  /// When the password was set; nil if the directory does not say.
  public var changed: Timestamp?
  /// Whether the account is disabled.
  public var isDisabled = false
  /// Whether the user must change the password at the next sign-in.
  public var mustChangePassword = false
  /// Whether the account signs in with a smart card only.
  public var requiresSmartCard = false
  /// Why there is no hash, if one was expected; empty otherwise.
  public var problem = ""

  /// An account of these parts.
  public init(name: AccountName, hash: SecretBytes?, stamp: String, changed: Timestamp?) {
    self.name = name
    self.hash = hash
    self.stamp = stamp
    self.changed = changed
  }
}

/// Accounts that came together.
public struct PasswordHashBatch: Sendable {
  /// The accounts.
  public var accounts: [SourceAccount]
  /// The anchors of what was deleted, accounts or not, where the source tells of it.
  public var deleted: [String] = []
  /// From where to go on.
  public var state: String
  /// Whether there is more now.
  public var hasMore: Bool
  /// Whether that is known for certain: some sources have read all and say so only when they are asked
  /// once more.
  public var isMoreCertain = true
  /// Whether it ends a reading of all accounts that have a hash: who was in none of its batches has
  /// none, and nothing else will tell.
  public var isWhole = false
  /// A batch of these parts.
  public init(accounts: [SourceAccount], state: String, hasMore: Bool) {
    self.accounts = accounts
    self.state = state
    self.hasMore = hasMore
  }
}

/// Why hashes could not be read.
public struct PasswordSourceFailure: Error, Hashable, Sendable, CustomStringConvertible {
  /// What failed, on what, and why in the server's words.
  public var message: String
  /// What to do next.
  public var hint: String
  /// Whether a stored state is of no use any more: reading must begin anew.
  public var isStateUseless: Bool
  /// A failure of these parts.
  public init(_ message: String, hint: String, isStateUseless: Bool = false) {
    self.message = message
    self.hint = hint
    self.isStateUseless = isStateUseless
  }
  /// The failure in one line.
  public var description: String { hint.isEmpty ? message : message + ". " + hint }
}
