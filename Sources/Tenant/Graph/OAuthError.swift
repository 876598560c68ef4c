/// Why no token is given (RFC 6749 §5.2, with the numbers of Microsoft's AADSTS codes).
struct OAuthError: Error, Hashable, Sendable {
  var status: Int
  var error: String
  var number: Int
  var words: String
  /// Microsoft's closer word, where there is one.
  var suberror: String?

  /// A refusal of these parts.
  init(_ status: Int, _ error: String, _ number: Int, _ words: String) {
    self.status = status
    self.error = error
    self.number = number
    self.words = words
  }
}

extension OAuthError {
  /// The refusal that a failed sign-in is (Microsoft Entra authentication error codes).
  init(_ outcome: SignInCheck.Outcome) {
    let (number, words) = Self.told(outcome)
    self.init(400, "invalid_grant", number, words)
    if outcome == .mustChange { suberror = "user_password_expired" }
  }

  private static func told(_ outcome: SignInCheck.Outcome) -> (Int, String) {
    switch outcome {
    case .unknown:
      (
        50034,
        "The user account does not exist in this directory. To sign into this application, the "
          + "account must be added to the directory."
      )
    case .disabled: (50057, "The user account is disabled.")
    case .mustChange: (50055, "The password is expired.")
    case .locked:
      (
        50053,
        "The account is locked, you've tried to sign in too many times with an incorrect user ID "
          + "or password."
      )
    case .wrongPassword, .success:
      (50126, "Error validating credentials due to invalid username or password.")
    }
  }
}
