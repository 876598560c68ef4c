import GRDB
import JSON
import PasswordSync
import Secrets

/// Compares a password with the one that was synchronized for a user, in an open transaction.
///
/// Attempts on one account come one after the other, and those on a locked one are not compared at
/// all: whoever guesses learns nothing by being many.
struct SignInCheck {
  /// What came of an attempt.
  enum Outcome: Hashable, Sendable {
    /// The user of this id may come in.
    case success(id: String)
    /// The password is not the user's, or the user has none.
    case wrongPassword
    /// There is no such user.
    case unknown
    /// The account is disabled, whatever the password.
    case disabled
    /// The password is right, and must be changed first.
    case mustChange
    /// Too many attempts have failed.
    case locked
  }

  /// When an account is locked (Microsoft: smart lockout; ten attempts, at first for a minute, then
  /// for longer).
  struct Policy: Hashable, Sendable {
    var attempts = 10
    var seconds = 60
    /// Seconds that a lock lasts at most.
    var longest = 3600
  }

  /// The transaction.
  let context: WriteContext
  let policy: Policy

  /// What comes of signing in as `name` with the password whose NT hash is `hash`; nil is the hash of
  /// what can be no password.
  ///
  /// - Throws: what the store throws.
  func outcome(_ name: String, _ hash: SecretBytes?) throws -> Outcome {
    let database = try context.database
    guard let user = try ResourceTable.user(database, "userPrincipalName", name) else {
      return .unknown
    }
    guard user.body["active"]?.boolean != false else { return .disabled }
    guard var row = try CredentialTable.fetch(database, user: user.seq) else {
      return .wrongPassword
    }
    guard row.lockedUntil <= context.now else { return .locked }
    let isRight = hash.map { row.credential.matches($0) } ?? false
    if isRight {
      (row.failures, row.lockouts, row.lockedUntil) = (0, 0, 0)
    } else {
      row.failures += 1
      if row.failures >= policy.attempts {
        let seconds = min(policy.seconds << min(row.lockouts, 12), policy.longest)
        row.lockouts += 1
        row.lockedUntil = context.now + Int64(seconds) * 1000
      }
    }
    try CredentialTable.update(database, user: user.seq, row)
    guard isRight else { return row.lockedUntil > context.now ? .locked : .wrongPassword }
    return row.forcesChange ? .mustChange : .success(id: user.id)
  }
}

extension ResourceTable {
  /// The user whose property of Graph, one by which users are found, is `value`.
  static func user(
    _ database: Database, _ property: String, _ value: String
  ) throws -> StoredResource? {
    guard let key = GraphType.user.property(property)?.key else { return nil }
    let seq = try Int64.fetchOne(
      database.cachedStatement(
        sql: "SELECT resource FROM key_value WHERE code = ? AND value = ?"),
      arguments: [key.code(.user), key.folded(value)])
    return try seq.flatMap { try fetch(database, seq: $0) }
  }
}
