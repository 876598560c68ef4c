import CGSS
import Configuration

/// A ticket for one server, got with an account's password or key from a key distribution centre and kept in
/// memory only (RFC 4120 §3.1 and §3.3).
///
/// Neither krb5.conf nor a credential cache of the system is read or written: each domain controller
/// is a key distribution centre of its domain ([MS-KILE] §1.3), so the one that is asked for changes
/// gives the ticket for itself.
final class KerberosTicket {
  /// What to ask for, and of whom.
  struct Request {
    /// The realm: the domain's DNS name in capitals.
    var realm: String
    /// Host, or host and port, of the key distribution centre.
    var distributionCentre: String
    /// The account's name without realm.
    var account: String
    /// The server's name in the realm, such as `ldap/dc1.contoso.com`.
    var service: String
  }

  /// What the account proves itself with.
  enum Proof {
    case password(Secret)
    /// The path of a file of keys.
    case keytab(String)
  }

  private var context: krb5_context?
  private var cache: krb5_ccache?
  // The account as the key distribution centre names it.
  private var client: krb5_principal?
  /// Where libgssapi finds the ticket.
  private(set) var cacheName = ""

  /// Asks for the ticket.
  ///
  /// - Throws: ``KerberosFailure``.
  init(_ request: Request, proof: Proof) throws(KerberosFailure) {
    let centre = request.distributionCentre
    try check("a context", cgss_context_for_realm(request.realm, centre, &context))
    let client = try principal(request.account, request.realm)
    defer { krb5_free_principal(context, client) }
    let server = try principal(request.service, request.realm)
    defer { krb5_free_principal(context, server) }
    try openCache()
    try signIn(client, proof)
    try ask(server)
  }

  deinit {
    if let client { krb5_free_principal(context, client) }
    if let cache { krb5_cc_destroy(context, cache) }
    if let context { krb5_free_context(context) }
  }

  // A name with a suffix is an alias that the key distribution centre resolves (RFC 6806 §5).
  private func principal(
    _ name: String, _ realm: String
  ) throws(KerberosFailure) -> krb5_principal? {
    var principal: krb5_principal?
    let text = name.contains("@") ? name : name + "@" + realm
    let flags = name.contains("@") ? KRB5_PRINCIPAL_PARSE_ENTERPRISE : 0
    try check("the name \(text)", krb5_parse_name_flags(context, text, flags, &principal))
    return principal
  }

  private func openCache() throws(KerberosFailure) {
    try check("a place for tickets", krb5_cc_new_unique(context, "MEMORY", nil, &cache))
    var name: UnsafeMutablePointer<CChar>?
    try check("a place for tickets", krb5_cc_get_full_name(context, cache, &name))
    if let name { cacheName = String(cString: name) }
    krb5_free_string(context, name)
  }

  private func signIn(_ client: krb5_principal?, _ proof: Proof) throws(KerberosFailure) {
    var credentials = krb5_creds()
    let code =
      switch proof {
      case .password(let password):
        password.withValue { text in
          krb5_get_init_creds_password(context, &credentials, client, text, nil, nil, 0, nil, nil)
        }
      case .keytab(let path): signIn(client, keytab: path, &credentials)
      }
    try check("signing in", code)
    defer { krb5_free_cred_contents(context, &credentials) }
    try check("keeping the ticket", krb5_copy_principal(context, credentials.client, &self.client))
    try check("keeping the ticket", krb5_cc_initialize(context, cache, credentials.client))
    try check("keeping the ticket", krb5_cc_store_cred(context, cache, &credentials))
  }

  private func signIn(
    _ client: krb5_principal?, keytab path: String, _ credentials: inout krb5_creds
  ) -> krb5_error_code {
    var keytab: krb5_keytab?
    let code = krb5_kt_resolve(context, "FILE:" + path, &keytab)
    guard code == 0 else { return code }
    defer { krb5_kt_close(context, keytab) }
    return krb5_get_init_creds_keytab(context, &credentials, client, keytab, 0, nil, nil)
  }

  private func ask(_ server: krb5_principal?) throws(KerberosFailure) {
    var wanted = krb5_creds()
    wanted.client = client
    wanted.server = server
    var ticket: UnsafeMutablePointer<krb5_creds>?
    try check("a ticket for the server", krb5_get_credentials(context, 0, cache, &wanted, &ticket))
    krb5_free_creds(context, ticket)
  }

  private func check(_ step: String, _ code: krb5_error_code) throws(KerberosFailure) {
    guard code != 0 else { return }
    let text = krb5_get_error_message(context, code)
    defer { krb5_free_error_message(context, text) }
    throw KerberosFailure(step: step, code: code, words: text.map { String(cString: $0) } ?? "")
  }
}
