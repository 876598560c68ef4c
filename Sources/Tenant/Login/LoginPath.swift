/// What a path of the endpoint for sign-ins is for; all of them are open to anybody.
enum LoginPath: Hashable, Sendable {
  /// Where tokens are given.
  case token(tenant: String)
  /// The document that tells where everything is (OpenID Connect Discovery 1.0 §4).
  case configuration(tenant: String)
  /// The keys by which tokens that are signed are checked.
  case keys
  /// Whether an authority is one that clients may trust.
  case instance
  /// Whether a user signs in here or at a federation's server.
  case realm(user: String)

  /// What the parts of `path`, free of escapes, are for; nil if for no sign-in.
  init?(_ path: [String]) {
    let words = path.map { $0.lowercased() }
    switch (words.count, words.dropFirst()) {
    case (4, ["oauth2", "v2.0", "token"]): self = .token(tenant: path[0])
    case (4, ["v2.0", ".well-known", "openid-configuration"]):
      self = .configuration(tenant: path[0])
    case (4, ["discovery", "v2.0", "keys"]): self = .keys
    case (3, ["discovery", "instance"]): self = .instance
    case (3, let rest) where words[0] == "common" && rest.first == "userrealm":
      self = .realm(user: path[2])
    default: return nil
    }
  }
}
