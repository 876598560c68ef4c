import CGSS
import Directory
import Glibc

/// Tickets for one bind: got with a keytab into memory, or found in a cache.
///
/// libkrb5 reads the host's krb5.conf, which says where a realm's key distribution centres are. For
/// one thread.
final class KerberosTickets {
  private var context: krb5_context?
  private var cache: krb5_ccache?
  private var client: krb5_principal?
  // Tickets got here are for this bind alone.
  private let isOwn: Bool

  /// Gets or finds tickets for `identity`, and one for the LDAP service of `host`.
  ///
  /// - Throws: ``KerberosTrouble``.
  init(_ identity: KerberosIdentity, host: String) throws(KerberosTrouble) {
    isOwn = identity.keytab != nil
    try check(.context, krb5_init_context(&context))
    if let file = identity.keytab {
      try signIn(identity, keytab: file)
    } else {
      try find(identity)
    }
    try ask(for: host)
  }

  deinit {
    if let client { krb5_free_principal(context, client) }
    if let cache { _ = isOwn ? krb5_cc_destroy(context, cache) : krb5_cc_close(context, cache) }
    if let context { krb5_free_context(context) }
  }

  /// Whose tickets these are: `svc-sync@CONTOSO.COM`.
  var principal: String { client.map(text) ?? "" }

  /// Does `body` with these tickets as those that GSSAPI finds on this thread.
  func use<R, E: Error>(_ body: () throws(E) -> R) throws(E) -> R {
    var status: OM_uint32 = 0
    gss_krb5_ccache_name(&status, cacheName, nil)
    defer { gss_krb5_ccache_name(&status, nil, nil) }
    return try body()
  }

  private var cacheName: String {
    var name: UnsafeMutablePointer<CChar>?
    guard krb5_cc_get_full_name(context, cache, &name) == 0, let name else { return "" }
    defer { krb5_free_string(context, name) }
    return String(cString: name)
  }

  private func signIn(
    _ identity: KerberosIdentity, keytab file: String
  ) throws(KerberosTrouble) {
    try Self.checkFile(file)
    var keytab: krb5_keytab?
    try check(.keytab(file), krb5_kt_resolve(context, "FILE:" + file, &keytab))
    defer { krb5_kt_close(context, keytab) }
    client = try principal(identity.principal, in: keytab, file)
    try check(.context, krb5_cc_new_unique(context, "MEMORY", nil, &cache))
    var credentials = krb5_creds()
    try check(
      .signIn(principal),
      krb5_get_init_creds_keytab(context, &credentials, client, keytab, 0, nil, nil))
    defer { krb5_free_cred_contents(context, &credentials) }
    try check(.context, krb5_cc_initialize(context, cache, credentials.client))
    try check(.context, krb5_cc_store_cred(context, cache, &credentials))
  }

  /// A file of keys is as good as the password.
  private static func checkFile(_ file: String) throws(KerberosTrouble) {
    var facts = stat()
    guard stat(file, &facts) == 0 else {
      throw KerberosTrouble(.keytab(file), code: errno, words: String(cString: strerror(errno)))
    }
    guard facts.st_mode & 0o077 == 0 else { throw KerberosTrouble(.openKeytab(file), code: 0) }
  }

  /// The principal called `name`; without a name the one that the keytab's first key is for.
  private func principal(
    _ name: String?, in keytab: krb5_keytab?, _ file: String
  ) throws(KerberosTrouble) -> krb5_principal? {
    if let name { return try principal(name) }
    var cursor: krb5_kt_cursor?
    try check(.keytab(file), krb5_kt_start_seq_get(context, keytab, &cursor))
    defer { krb5_kt_end_seq_get(context, keytab, &cursor) }
    var entry = krb5_keytab_entry()
    try check(.keytab(file), krb5_kt_next_entry(context, keytab, &entry, &cursor))
    defer { krb5_free_keytab_entry_contents(context, &entry) }
    var found: krb5_principal?
    try check(.keytab(file), krb5_copy_principal(context, entry.principal, &found))
    return found
  }

  private func principal(_ name: String) throws(KerberosTrouble) -> krb5_principal? {
    var found: krb5_principal?
    try check(.name(name), krb5_parse_name(context, name, &found))
    return found
  }

  private func find(_ identity: KerberosIdentity) throws(KerberosTrouble) {
    if let name = identity.cache {
      try check(.cache(name), krb5_cc_resolve(context, name, &cache))
    } else {
      try check(.cache("the usual cache"), krb5_cc_default(context, &cache))
    }
    try check(.cache(cacheName), krb5_cc_get_principal(context, cache, &client))
    try checkEnd()
    guard let name = identity.principal else { return }
    let wanted = try principal(name)
    defer { krb5_free_principal(context, wanted) }
    guard krb5_principal_compare(context, wanted, client) == 0 else { return }
    throw KerberosTrouble(
      .otherPrincipal(wanted.map(text) ?? name, found: principal, cache: cacheName), code: 0)
  }

  /// Tickets that are over are found here: without a key distribution centre libkrb5 would tell that
  /// none answers.
  private func checkEnd() throws(KerberosTrouble) {
    var cursor: krb5_cc_cursor?
    try check(.cache(cacheName), krb5_cc_start_seq_get(context, cache, &cursor))
    defer { krb5_cc_end_seq_get(context, cache, &cursor) }
    var last: UInt32 = 0
    var entry = krb5_creds()
    while krb5_cc_next_cred(context, cache, &cursor, &entry) == 0 {
      // Seconds since 1970, which go on beyond 2038 (MIT krb5 1.16).
      if krb5_is_config_principal(context, entry.server) == 0 {
        last = max(last, UInt32(bitPattern: entry.times.endtime))
      }
      krb5_free_cred_contents(context, &entry)
    }
    guard last != 0, Int(last) <= time(nil) else { return }
    throw KerberosTrouble(
      .ticket(principal, service: ""), code: krb5_error_code(KRB5KRB_AP_ERR_TKT_EXPIRED))
  }

  /// A ticket for the service: here its failure has a code, later it would be one of many words.
  private func ask(for host: String) throws(KerberosTrouble) {
    var service: krb5_principal?
    try check(
      .name(host),
      krb5_sname_to_principal(context, host, "ldap", Int32(KRB5_NT_SRV_HST), &service))
    defer { krb5_free_principal(context, service) }
    var wanted = krb5_creds()
    wanted.client = client
    wanted.server = service
    var ticket: UnsafeMutablePointer<krb5_creds>?
    let code = krb5_get_credentials(context, 0, cache, &wanted, &ticket)
    defer { if let ticket { krb5_free_creds(context, ticket) } }
    try check(.ticket(principal, service: "ldap/" + host), code)
  }

  private func text(_ principal: krb5_principal) -> String {
    var name: UnsafeMutablePointer<CChar>?
    guard krb5_unparse_name(context, principal, &name) == 0, let name else { return "" }
    defer { krb5_free_unparsed_name(context, name) }
    return String(cString: name)
  }

  private func check(
    _ step: KerberosTrouble.Step, _ code: krb5_error_code
  ) throws(KerberosTrouble) {
    guard code != 0 else { return }
    let words = krb5_get_error_message(context, code)
    defer { krb5_free_error_message(context, words) }
    throw KerberosTrouble(step, code: code, words: words.map { String(cString: $0) } ?? "")
  }
}
