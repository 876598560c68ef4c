import CLDAP
import Directory
import Glibc

/// One libldap handle, connected to one server; for one thread at a time.
final class LDAPHandle {
  let raw: OpaquePointer
  let server: LDAPServer
  private let watch: OpaquePointer?

  /// Bytes that one message of a server may have.
  static let largestMessage = 512 << 20

  /// A handle for `server`; nothing is sent yet.
  init(_ server: LDAPServer, _ settings: LDAPSettings) throws(LDAPError) {
    var raw: OpaquePointer?
    let code = cldap_initialize(&raw, server.description)
    guard code == LDAP_SUCCESS, let raw else {
      throw LDAPError(
        .notSent, server: server.description, message: "This is no address of a server",
        words: String(cString: ldap_err2string(code)))
    }
    self.raw = raw
    self.server = server
    watch = cldap_watch_begin(raw, max(settings.connectTimeout, 0.1))
    try configure(settings)
  }

  deinit {
    ldap_unbind_ext_s(raw, nil, nil)
    cldap_watch_free(watch)
  }

  /// Says that the connection is set up, or not to be; until then it is cut when the time to connect is
  /// over, since libldap itself waits for ever for a server that is silent in the handshake of TLS.
  func endConnecting() { cldap_watch_end(watch) }

  private func configure(_ settings: LDAPSettings) throws(LDAPError) {
    cldap_set_int(raw, LDAP_OPT_PROTOCOL_VERSION, LDAP_VERSION3)
    cldap_set_flag(raw, LDAP_OPT_REFERRALS, 0)
    cldap_set_flag(raw, LDAP_OPT_RESTART, 1)
    cldap_set_time(raw, LDAP_OPT_NETWORK_TIMEOUT, settings.connectTimeout)
    // What libldap waits for by itself: the steps of a SASL bind and of StartTLS.
    cldap_set_time(raw, LDAP_OPT_TIMEOUT, settings.connectTimeout)
    cldap_set_int(raw, LDAP_OPT_TCP_USER_TIMEOUT, Self.milliseconds(settings.operationTimeout))
    cldap_set_int(raw, LDAP_OPT_X_KEEPALIVE_IDLE, 30)
    cldap_set_int(raw, LDAP_OPT_X_KEEPALIVE_INTERVAL, 10)
    cldap_set_int(raw, LDAP_OPT_X_KEEPALIVE_PROBES, 3)
    // A server's name is not looked up backwards: its ticket is for the name that was configured.
    cldap_set_flag(raw, LDAP_OPT_X_SASL_NOCANON, 1)
    guard server.usesTLS || settings.startTLS else { return }
    cldap_set_int(raw, LDAP_OPT_X_TLS_REQUIRE_CERT, LDAP_OPT_X_TLS_DEMAND)
    cldap_set_int(raw, LDAP_OPT_X_TLS_PROTOCOL_MIN, 0x303)
    // libldap over GnuTLS takes no notice of that.
    if text(LDAP_OPT_X_TLS_PACKAGE).lowercased() == "gnutls" {
      cldap_set_text(raw, LDAP_OPT_X_TLS_CIPHER_SUITE, TLSProbe.priorities)
    }
    if let file = settings.caFile ?? TrustStore.system {
      cldap_set_text(raw, LDAP_OPT_X_TLS_CACERTFILE, file)
    }
    guard cldap_set_int(raw, LDAP_OPT_X_TLS_NEWCTX, 0) == LDAP_OPT_SUCCESS else {
      throw LDAPError(
        .tls, server: server.description,
        message: "The certificates in \(settings.caFile ?? TrustStore.system ?? "") can't be used",
        hint: "Name a file that holds the CA's certificate in PEM form.")
    }
  }

  /// The text of an option, such as the server's last words.
  func text(_ option: Int32) -> String {
    guard let text = cldap_get_text(raw, option) else { return "" }
    defer { ldap_memfree(text) }
    return String(cString: text)
  }

  /// The error that libldap's `code` is, with the words it has for it.
  func error(_ code: Int32, _ message: String) -> LDAPError {
    let diagnostic = ServerWords.shown(text(LDAP_OPT_DIAGNOSTIC_MESSAGE))
    let name = String(cString: ldap_err2string(code))
    let words = diagnostic.isEmpty || diagnostic == name ? name : name + ": " + diagnostic
    return LDAPError(Self.kind(code), server: server.description, message: message, words: words)
  }

  /// What became of a request that libldap answers with `code`; its own codes are negative.
  private static func kind(_ code: Int32) -> LDAPError.Code {
    switch code {
    case LDAP_SERVER_DOWN, LDAP_CONNECT_ERROR: .connectionLost
    case LDAP_TIMEOUT: .timeout
    case LDAP_DECODING_ERROR: .malformedAnswer
    case ..<0: .notSent
    default: .result(code)
    }
  }

  private static func milliseconds(_ seconds: Double) -> Int32 {
    Int32(min(max(seconds, 1), 86_400) * 1000)
  }
}

/// The certificates that the system trusts.
enum TrustStore {
  /// Their file: Debian's, or that of Red Hat and SUSE; nil if there is none.
  static let system: String? = [
    "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
  ].first { access($0, R_OK) == 0 }
}
