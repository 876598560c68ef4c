import Foundation
import GRDB
import PasswordSync
import Secrets

/// The statements on credentials, and on the requests by which they came.
///
/// Only what was derived from a password is here, with its salt.
enum CredentialTable {
  /// What is kept of a user's password.
  struct Row: Sendable {
    var credential: Credential
    var forcesChange: Bool
    /// How many sign-ins in a row have failed.
    var failures: Int
    /// How many times in a row the account was locked.
    var lockouts: Int
    /// Until when it is locked, in milliseconds since the epoch.
    var lockedUntil: Int64
  }

  /// For how long the number of a request is known: 30 days, in milliseconds.
  static let keeping: Int64 = 30 * 86_400_000

  /// The credential of a user; nil if no password was taken.
  static func fetch(_ database: Database, user: Int64) throws -> Row? {
    let statement = try database.cachedStatement(
      sql: "SELECT salt, iterations, derived, forced, failures, lockouts, locked_until "
        + "FROM credential WHERE resource = ?")
    return try GRDB.Row.fetchOne(statement, arguments: [user]).map { row in
      let (salt, derived): (Data, Data) = (row[0], row[2])
      let credential = Credential(
        salt: Array(salt), iterations: row[1], derived: SecretBytes(derived))
      return Row(
        credential: credential, forcesChange: row[3], failures: row[4], lockouts: row[5],
        lockedUntil: row[6])
    }
  }

  /// Puts a credential in the place of the one before; what is known of failed sign-ins stays.
  static func put(
    _ database: Database, user: Int64, _ credential: Credential, changed: Int64, now: Int64,
    forcesChange: Bool
  ) throws {
    let statement = try database.cachedStatement(
      sql: """
        INSERT INTO credential (resource, salt, iterations, derived, changed, taken, forced)
        VALUES (?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (resource) DO UPDATE SET salt = excluded.salt,
          iterations = excluded.iterations, derived = excluded.derived,
          changed = excluded.changed, taken = excluded.taken, forced = excluded.forced
        """)
    try statement.execute(arguments: [
      user, Data(credential.salt), credential.iterations, credential.derived.withBytes { Data($0) },
      changed, now, forcesChange,
    ])
  }

  /// Tells of the password that a user has whether it must be changed at the next sign-in.
  static func force(_ database: Database, user: Int64, _ forcesChange: Bool) throws {
    try database.cachedStatement(sql: "UPDATE credential SET forced = ? WHERE resource = ?")
      .execute(arguments: [forcesChange, user])
  }

  /// Forgets the credential of a user; whether there was one.
  static func remove(_ database: Database, user: Int64) throws -> Bool {
    try database.cachedStatement(sql: "DELETE FROM credential WHERE resource = ?")
      .execute(arguments: [user])
    return database.changesCount > 0
  }

  /// When the password of a user was set at its source; nil if none was taken.
  static func changed(_ database: Database, user: Int64) throws -> Int64? {
    try Int64.fetchOne(
      try database.cachedStatement(sql: "SELECT changed FROM credential WHERE resource = ?"),
      arguments: [user])
  }

  /// Keeps what sign-ins have come to.
  static func update(_ database: Database, user: Int64, _ row: Row) throws {
    try database.cachedStatement(
      sql: "UPDATE credential SET failures = ?, lockouts = ?, locked_until = ? WHERE resource = ?"
    ).execute(arguments: [row.failures, row.lockouts, row.lockedUntil, user])
  }

  // MARK: Requests

  /// The source anchor that the request of this number was for, and the user, if it was carried out;
  /// of old ones the user is not known.
  static func request(
    _ database: Database, _ id: String
  ) throws -> (anchor: String, user: Int64?)? {
    let statement = try database.cachedStatement(
      sql: "SELECT anchor, resource FROM credential_request WHERE id = ?")
    return try GRDB.Row.fetchOne(statement, arguments: [id]).map { ($0[0], $0[1]) }
  }

  /// Keeps that the request of this number was carried out.
  static func keepRequest(
    _ database: Database, _ id: String, anchor: String, user: Int64, now: Int64
  ) throws {
    try database.cachedStatement(
      sql: """
        INSERT INTO credential_request (id, anchor, resource, done) VALUES (?, ?, ?, ?)
        ON CONFLICT (id) DO UPDATE SET resource = excluded.resource, done = excluded.done
        """
    ).execute(arguments: [id, anchor, user, now])
  }

  /// Forgets numbers that nobody sends again.
  static func forgetRequests(_ database: Database, now: Int64) throws {
    try database.cachedStatement(sql: "DELETE FROM credential_request WHERE done < ?")
      .execute(arguments: [now - keeping])
  }
}
