public import Directory
public import Secrets

/// Where passwords go: a tenant, or a directory that keeps a hash of its own.
public protocol PasswordTarget: Sendable {
  /// Where the target keeps passwords, and in which form, as far as that is configured; empty if
  /// there is one way only.
  var way: String { get }

  /// Takes at most ``PasswordBatch/limit`` passwords, and answers for each in the same order.
  ///
  /// What was sent before with the same ``PasswordChange/request`` is answered as it was, and not
  /// done twice.
  ///
  /// - Throws: ``PasswordTargetFailure`` if the batch as a whole was not taken, or the answer is
  ///   lost.
  func provision(_ changes: [PasswordChange]) async throws -> [PasswordAnswer]

  /// Shows that the channel lives when there is nothing to send.
  ///
  /// - Throws: ``PasswordTargetFailure``.
  func ping() async throws
}

extension PasswordTarget {
  /// Empty: most targets have one way only.
  public var way: String { "" }
}

/// One password on its way.
public struct PasswordChange: Sendable {
  /// The number of this request, which stays the same when it is sent again.
  public var request: String
  /// What ties the target's object to the source: the immutable id.
  public var sourceAnchor: String
  /// The anchor of the target's object, as its connector knows it.
  public var targetAnchor: String
  /// The object's name in the target.
  public var targetDN: String
  /// The NT hash.
  public var hash: SecretBytes
  /// When the password was set at the source.
  public var changed: Timestamp
  /// Whether the user must set another one at the next sign-in.
  public var mustChange: Bool

  /// A change of these parts.
  public init(
    request: String, sourceAnchor: String, targetAnchor: String, targetDN: String,
    hash: SecretBytes, changed: Timestamp, mustChange: Bool
  ) {
    self.request = request
    self.sourceAnchor = sourceAnchor
    self.targetAnchor = targetAnchor
    self.targetDN = targetDN
    self.hash = hash
    self.changed = changed
    self.mustChange = mustChange
  }
}

/// What a target says of one password.
public enum PasswordAnswer: Hashable, Sendable {
  /// It is taken.
  case success
  /// The object is not, or not yet, there: it is sent again later.
  case retry(String)
  /// It is refused, in the target's words.
  case failed(String)
  /// The target takes no password of this kind from anybody as it is set up now, in its words.
  case filtered(String)
}

/// Facts of batches.
public enum PasswordBatch {
  /// How many passwords go in one batch at most (Microsoft: implement password hash
  /// synchronization, events 656 and 657 list up to 50 users).
  public static let limit = 50
}

/// Why a batch was not taken.
public struct PasswordTargetFailure: Error, Hashable, Sendable, CustomStringConvertible {
  /// What failed, on what, and why in the server's words.
  public var message: String
  /// What to do next.
  public var hint: String
  /// Whether the batch was read and refused for what it says: nothing of it was done, a part of it
  /// may be taken, and the whole will not be another time.
  public var isRefusal: Bool
  /// Whether the target was there, and took nothing or gave no answer, which may be for one of the
  /// batch though it speaks of none.
  public var mayBeOfOne = false
  /// For how many seconds the target wants to be left alone; nil if it does not say.
  public var waitSeconds: Double?
  /// A failure of these parts.
  public init(_ message: String, hint: String, isRefusal: Bool = false) {
    self.message = message
    self.hint = hint
    self.isRefusal = isRefusal
  }
  /// The failure in one line.
  public var description: String { hint.isEmpty ? message : message + ". " + hint }
}
