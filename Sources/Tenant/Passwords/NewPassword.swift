import GRDB
import JSON
import PasswordSync
import Secrets

/// A password that a client of SCIM or Graph gives a user, as soon as it is read no more than the form
/// in which synchronized ones are kept.
struct NewPassword: Sendable {
  /// How many characters one may have, the bounds of Microsoft Entra ID.
  static let length = 8...256

  private let credential: Credential
  /// Whether it must be changed before it lets anybody in.
  var forcesChange = false

  /// The password that `value` is; it takes about a tenth of a millisecond to make it.
  ///
  /// - Throws: ``SCIMError``, status 400, which does not tell the password.
  init(_ value: JSONValue, path: String) throws {
    guard let text = value.string else {
      throw SCIMError.invalidValue(path, "must be a string but is \(value.kindName).")
    }
    guard Self.length.contains(text.count) else {
      throw SCIMError.invalidValue(
        path,
        "has \(text.count) characters; \(Self.length.lowerBound) to \(Self.length.upperBound) are "
          + "allowed.")
    }
    credential = TransformedHash.credential(of: PasswordHash.ntHash(of: text))
  }

  /// Makes it the password of the user with this insertion key.
  func keep(for user: Int64, in context: WriteContext) throws {
    try CredentialTable.put(
      try context.database, user: user, credential, changed: context.now, now: context.now,
      forcesChange: forcesChange)
  }
}

/// What a write does to a user's password.
enum PasswordChange: Sendable {
  case set(NewPassword)
  case removed
}
