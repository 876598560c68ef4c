import CGSS
import Directory

/// Why there is no ticket for a server.
struct KerberosTrouble: Error, Hashable {
  /// What was being done.
  enum Step: Hashable {
    /// Preparing.
    case context
    /// Reading a name.
    case name(String)
    /// Reading the file of keys.
    case keytab(String)
    /// The file of keys may be read by others than its owner.
    case openKeytab(String)
    /// Getting a first ticket with the keys, for this principal.
    case signIn(String)
    /// Finding tickets.
    case cache(String)
    /// The tickets in the cache are not those of the principal that is wanted.
    case otherPrincipal(String, found: String, cache: String)
    /// Getting a ticket of a principal for a service.
    case ticket(String, service: String)
  }

  var step: Step
  /// The code of libkrb5 or of the system; 0 if neither said anything.
  var code: krb5_error_code
  /// Their words.
  var words: String

  init(_ step: Step, code: krb5_error_code, words: String = "") {
    self.step = step
    self.code = code
    self.words = words
  }

  /// What failed, on what.
  var message: String {
    switch step {
    case .context: "Kerberos can't be used"
    case .name(let name): "\"\(name)\" is no name in Kerberos"
    case .keytab(let file): "The keytab \(file) can't be used"
    case .openKeytab(let file): "The keytab \(file) is open to others than its owner"
    case .signIn(let who): "\(who.isEmpty ? "The account" : who) gets no Kerberos ticket"
    case .cache(let name): "There is no Kerberos ticket in \(name)"
    case .otherPrincipal(let wanted, let found, let cache):
      "The Kerberos tickets in \(cache) are those of \(found), not of \(wanted)"
    case .ticket(let who, let service):
      if isExpired {
        "The Kerberos tickets of \(who) have expired"
      } else if code == Self.number(KRB5_CC_NOTFOUND) {
        "There is no Kerberos ticket of \(who) that others can be got with"
      } else {
        "\(who) gets no Kerberos ticket for \(service)"
      }
    }
  }

  /// What to do next.
  var hint: String {
    switch step {
    case .openKeytab(let file): return "Run chmod 600 \(file)."
    case .otherPrincipal: return "Correct \"user\" or \"ticket_cache\", or name a \"keytab\"."
    case .name: return "Write it like svc-sync@CONTOSO.COM."
    case .context: return "Check the host's krb5.conf."
    default: return advice
    }
  }

  private var advice: String {
    if isExpired {
      return "Get new ones (kinit), or name a \"keytab\", with which they are got when needed."
    }
    return switch Int(code) {
    case KRB5_FCC_NOFILE, KRB5_CC_NOTFOUND, KRB5_FCC_PERM:
      "Get one (kinit), let this account read it, or name a \"keytab\"."
    case KRB5KRB_AP_ERR_SKEW, KRB5_KDCREP_SKEW:
      "The clocks of this machine and of the domain differ by more than five minutes: set both by "
        + "NTP."
    case KRB5_REALM_UNKNOWN, KRB5_REALM_CANT_RESOLVE, KRB5KDC_ERR_WRONG_REALM,
      KRB5_ERR_HOST_REALM_UNKNOWN, KRB5_CONFIG_NODEFREALM:
      "Check the realm in \"user\", which is in capitals, and in the host's krb5.conf."
    case KRB5_KDC_UNREACH:
      "No key distribution centre of the realm answers: check the host's krb5.conf and DNS."
    case KRB5_KT_NOTFOUND: "The keytab holds no key for it: look with klist -kt, or make a new one."
    case KRB5KDC_ERR_C_PRINCIPAL_UNKNOWN: "The realm knows no such account: check \"user\"."
    case KRB5KDC_ERR_PREAUTH_FAILED, KRB5KRB_AP_ERR_BAD_INTEGRITY:
      "The key is not the account's: its password was changed. Make a new keytab."
    case KRB5KDC_ERR_CLIENT_REVOKED: "The account is disabled, locked or expired."
    case KRB5KDC_ERR_KEY_EXP: "The account's password has expired: set a new one, then a keytab."
    case KRB5KDC_ERR_S_PRINCIPAL_UNKNOWN:
      "The domain knows no such service: write the server's full name in \"servers\", not its "
        + "address, or give its account that service principal name."
    case KRB5KDC_ERR_ETYPE_NOSUPP:
      "The account has no key of a kind that both sides know: make a new keytab with AES keys."
    default: "Read the words, and the log of the domain controller."
    }
  }

  private var isExpired: Bool {
    code == Self.number(KRB5KRB_AP_ERR_TKT_EXPIRED)
  }

  private static func number(_ code: Int) -> krb5_error_code { krb5_error_code(code) }
}

extension KerberosTrouble {
  /// The error that this is, for the connection to `server`.
  func error(_ server: String) -> LDAPError {
    let code: LDAPError.Code =
      switch (step, Int(self.code)) {
      case (.keytab, _), (.openKeytab, _), (.cache, _): .noSecret
      // Another server of the directory may have a clock that is right.
      case (_, KRB5_KDC_UNREACH): .cannotConnect
      default: .refused
      }
    return LDAPError(
      code, server: server, message: message, words: ServerWords.shown(words), hint: hint)
  }
}
