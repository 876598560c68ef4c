import JSON
import PasswordSync

/// One password as a client gives it.
///
/// The members are named as those of the original's `SyncCredentialsChangeItem`, with a number that
/// the client gives to each request and repeats when it sends it again.
struct CredentialItem: Sendable {
  /// What the password is to become.
  enum Content: Sendable {
    /// It is to be taken.
    case credential(Credential, changed: Int64)
    /// It can't be taken, and why.
    case refused(String)
  }

  var requestID: String
  /// What ties the user to its source; empty if it is not given.
  var sourceAnchor: String
  /// The user's id in the tenant; empty if it is not given.
  var cloudAnchor: String
  var content: Content
  /// Whether the user must set another password at the next sign-in.
  var forcesChange: Bool

  private static let names: Set<String> = [
    "requestId", "sourceAnchor", "cloudAnchor", "credentialData", "changeDate",
    "forcePasswordChangeOnLogon",
  ]
  /// How often the function may have been applied: fewer rounds are too cheap to guess, and more
  /// would only keep the tenant busy.
  static let iterations = 1000...100_000

  /// The item that `value` is.
  ///
  /// - Throws: ``ProvisioningError`` if the request is not built as it must be; what is wrong with
  ///   the password itself is in ``content``.
  init(_ value: JSONValue, at index: Int) throws(ProvisioningError) {
    guard let object = value.object else {
      throw .malformed("items[\(index)] must be an object but is \(value.kindName).")
    }
    for member in object.members where !Self.names.contains(member.name) {
      throw .malformed("items[\(index)] has a member '\(member.name)', which is not known.")
    }
    guard let id = object["requestId"]?.string, (1...64).contains(id.utf8.count) else {
      throw .malformed("items[\(index)].requestId must be a string of 1 to 64 bytes.")
    }
    requestID = id
    forcesChange = object["forcePasswordChangeOnLogon"]?.boolean ?? false
    let texts = (Self.text(object, "sourceAnchor"), Self.text(object, "cloudAnchor"))
    sourceAnchor = texts.0 ?? ""
    cloudAnchor = texts.1 ?? ""
    guard texts.0 != nil, texts.1 != nil else {
      let name = texts.0 == nil ? "sourceAnchor" : "cloudAnchor"
      content = .refused("\(name) must be a string of at most 256 bytes.")
      return
    }
    content = Self.content(object)
  }

  /// A text, empty if it is not given; nil if it is none that can be.
  private static func text(_ object: JSONObject, _ name: String) -> String? {
    guard let value = object[name] else { return "" }
    guard let text = value.string, text.utf8.count <= 256 else { return nil }
    return text
  }

  private static func content(_ object: JSONObject) -> Content {
    guard let changed = object["changeDate"]?.string.flatMap(Moment.milliseconds) else {
      return .refused("changeDate must be a moment, such as 2026-01-31T12:00:00Z.")
    }
    if let flag = object["forcePasswordChangeOnLogon"], flag.boolean == nil {
      return .refused("forcePasswordChangeOnLogon must be true or false.")
    }
    guard let text = object["credentialData"]?.string, text.utf8.last == UInt8(ascii: ";"),
      let credential = Credential(parsing: text.utf8)
    else {
      return .refused(
        "credentialData must be of the form v1;PPH1_MD4,SALT,ITERATIONS,HASH; with 20 and 64 "
          + "lower-case hexadecimal digits.")
    }
    guard iterations.contains(credential.iterations) else {
      return .refused(
        "credentialData must have \(iterations.lowerBound) to \(iterations.upperBound) iterations.")
    }
    return .credential(credential, changed: changed)
  }
}

/// What became of one password, by the numbers of the original's answers.
struct CredentialResult: Hashable, Sendable {
  /// The kinds of answers.
  enum Code: Int, Sendable {
    /// It is taken.
    case success = 0
    /// It is refused.
    case refused = 1
    /// The user is not, or not yet, there.
    case notFound = 2
    /// Passwords of this kind are not taken as the tenant is set up; the original, whose client
    /// keeps them back, has no number for it.
    case filtered = 3
  }

  var code: Code
  /// Why, for a person; empty for a success.
  var words = ""
}
