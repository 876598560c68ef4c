import CLDAP

/// What to do about a bind that a server refused.
enum BindRefusal {
  /// Advice by the result code, and by the `data` that Active Directory adds to its words.
  static func hint(_ result: LDAPResult) -> String {
    switch result.code {
    case LDAP_INVALID_CREDENTIALS: advice(data(in: result.diagnostic))
    case LDAP_STRONG_AUTH_REQUIRED, LDAP_CONFIDENTIALITY_REQUIRED:
      "The server wants encryption: use ldaps://, or start_tls = true."
    case LDAP_AUTH_METHOD_NOT_SUPPORTED: "Choose another kind of authentication."
    case LDAP_INAPPROPRIATE_AUTH: "The account has no password, or may not bind in this way."
    case LDAP_NO_SUCH_OBJECT, LDAP_INVALID_DN_SYNTAX: "Check the account's name."
    case LDAP_UNWILLING_TO_PERFORM:
      "Read the server's words; it may refuse anonymous or unencrypted binds."
    default: "Read the server's words, and the server's log."
    }
  }

  /// Advice for a bind by a SASL mechanism that ended with `code` of libldap.
  static func hint(_ mechanism: String, _ code: Int32, words: String) -> String {
    switch code {
    case LDAP_AUTH_UNKNOWN, LDAP_AUTH_METHOD_NOT_SUPPORTED:
      "\(mechanism) is missing here or at the server: install libsasl2-modules-gssapi-mit here, or "
        + "choose another kind of authentication."
    case LDAP_INVALID_CREDENTIALS:
      "The server does not take the ticket: check that \"servers\" has its own full name, and both "
        + "clocks."
    case LDAP_UNWILLING_TO_PERFORM, LDAP_STRONG_AUTH_REQUIRED:
      "The server wants another kind of encryption: use an ldap:// address without start_tls, which "
        + "Kerberos encrypts."
    default: "Read the server's words, and the server's log."
    }
  }

  /// The code after `data` in words such as `80090308: LdapErr: DSID-…, data 52e, v4563`.
  static func data(in words: String) -> String? {
    let parts = words.split { $0 == " " || $0 == "," }
    guard let place = parts.firstIndex(of: "data"), place + 1 < parts.count else { return nil }
    return parts[place + 1].lowercased()
  }

  /// Whether the server takes the name or the password for wrong; not where the account alone is kept
  /// from signing in, which another password would not change.
  static func isOfSecret(_ result: LDAPResult) -> Bool {
    let ofAccount: Set = ["530", "531", "532", "533", "701", "773", "775"]
    return result.code == LDAP_INVALID_CREDENTIALS
      && data(in: result.diagnostic).map { !ofAccount.contains($0) } ?? true
  }

  // The codes are Windows' logon errors ([MS-ERREF] §2.2) in hexadecimal.
  private static func advice(_ data: String?) -> String {
    switch data {
    case "525": "There is no such account: check the name."
    case "530": "The account may not log on at this hour."
    case "531": "The account may not log on from this machine."
    case "532": "The account's password has expired: set a new one that does not expire."
    case "533": "The account is disabled: enable it."
    case "701": "The account has expired: extend it."
    case "773": "The account must change its password first: set a new one."
    case "775": "The account is locked: unlock it, and check the password before the next try."
    default: "Check the account's name and its password."
    }
  }
}
