/// Who shows a token.
enum TokenHolder: Hashable, Sendable {
  /// Whoever has the tenant's own token, which opens everything.
  case tenant
  /// A registered application.
  case application(maySetPasswords: Bool)
  /// A user who signed in.
  case user(id: String)

  /// Whether passwords are taken from this one.
  var maySetPasswords: Bool {
    switch self {
    case .tenant: true
    case .application(let mayDoSo): mayDoSo
    case .user: false
    }
  }
}
