import GRDB
import JSON
import PasswordSync
import Secrets

/// A password that a client of SCIM gives a user, as soon as it is read no more than its NT hash.
struct NewPassword: Sendable {
  /// How many characters one may have, the bounds of Microsoft Entra ID.
  static let length = 8...256

  private let hash: SecretBytes

  /// The password that `value` is.
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
    hash = PasswordHash.ntHash(of: text)
  }

  /// Makes it the password of the user with this insertion key, in the form in which synchronized
  /// ones are kept.
  func keep(for user: Int64, in context: WriteContext) throws {
    try CredentialTable.put(
      try context.database, user: user, TransformedHash.credential(of: hash),
      changed: context.now, now: context.now, forcesChange: false)
  }
}

/// What a write does to a user's password.
enum PasswordChange: Sendable {
  case set(NewPassword)
  case removed
}
