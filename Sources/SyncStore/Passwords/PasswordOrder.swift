/// What a person asks of the synchronization of passwords.
public enum PasswordOrder: Hashable, Sendable {
  /// Look now for passwords that changed.
  case now
  /// Send the passwords of all accounts again.
  case full
  /// Read one account anew, by its anchor, and send its password.
  case account(anchor: String)

  /// The order as a command keeps it.
  var text: String {
    switch self {
    case .now: "now"
    case .full: "full"
    case .account(let anchor): "account\u{1F}" + anchor
    }
  }

  init?(text: String) {
    switch text {
    case "now": self = .now
    case "full": self = .full
    default:
      guard text.hasPrefix("account\u{1F}") else { return nil }
      self = .account(anchor: String(text.dropFirst("account\u{1F}".count)))
    }
  }
}
