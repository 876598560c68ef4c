import CLDAP
import Glibc

extension LDAPSession {
  /// Connects to the first server that answers, and tells it who this program is.
  ///
  /// Credentials that one server refuses are not tried on the next: that would lock the account.
  func open(_ patience: Patience) throws(LDAPError) -> LDAPServer {
    use(nil)
    var failures: [LDAPError] = []
    for server in settings.servers {
      do throws(LDAPError) {
        try open(server, patience)
        return server
      } catch {
        use(nil)
        failures.append(error)
        switch error.code {
        case .cannotConnect, .connectionLost, .timeout, .tls: continue
        default: throw error
        }
      }
    }
    throw Self.summary(failures)
  }

  private static func summary(_ failures: [LDAPError]) -> LDAPError {
    guard let first = failures.first else {
      return LDAPError(.notSent, server: "", message: "No server is named")
    }
    guard failures.count > 1 else { return first }
    return LDAPError(
      first.code, server: "", message: "None of the \(failures.count) servers answers",
      words: failures.map(\.description).joined(separator: "; "), hint: first.hint)
  }

  private func open(_ server: LDAPServer, _ patience: Patience) throws(LDAPError) {
    let handle = try LDAPHandle(server, settings)
    try connect(handle)
    cldap_tune(handle.raw, LDAPHandle.largestMessage)
    use(handle)
    do throws(LDAPError) {
      try bind(to: server, handle, patience)
    } catch {
      guard error.code == .connectionLost, server.usesTLS || settings.startTLS else { throw error }
      throw ConnectionProbe(server: server, settings: settings).explain(error)
    }
  }

  private func bind(
    to server: LDAPServer, _ handle: LDAPHandle, _ patience: Patience
  ) throws(LDAPError) {
    switch settings.authentication {
    case .anonymous: try bind(name: "", password: [], patience)
    case .simple(let name, let password):
      let secret = try Self.secret(password, server)
      guard !name.isEmpty, !secret.isEmpty else {
        // Servers take a name without a password for anonymous (RFC 4513 §5.1.2).
        throw LDAPError(
          .noSecret, server: server.description, message: "The name or the password is empty",
          hint: "Name the account and where its password is.")
      }
      try bind(name: name, password: secret, patience)
    case .gssapi(let identity): try bind(mechanism: "GSSAPI", identity)
    case .spnego(let identity): try bind(mechanism: "GSS-SPNEGO", identity)
    }
  }

  private func connect(_ handle: LDAPHandle) throws(LDAPError) {
    defer { handle.endConnecting() }
    var code = ldap_connect(handle.raw)
    if code == LDAP_SUCCESS, settings.startTLS, !handle.server.usesTLS {
      code = ldap_start_tls_s(handle.raw, nil, nil)
    }
    guard code != LDAP_SUCCESS else { return }
    var error = handle.error(code, "No connection")
    error.code = handle.server.usesTLS || settings.startTLS ? .tls : .cannotConnect
    throw ConnectionProbe(server: handle.server, settings: settings).explain(error)
  }

  private static func secret(
    _ password: () throws -> String, _ server: LDAPServer
  ) throws(LDAPError) -> [UInt8] {
    do {
      return Array(try password().utf8)
    } catch {
      throw LDAPError(
        .noSecret, server: server.description, message: "The password could not be read",
        words: "\(error)", hint: "Check where the configuration says that it is.")
    }
  }

  private func bind(
    name: String, password: [UInt8], _ patience: Patience
  ) throws(LDAPError) {
    var password = password
    defer {
      password.withUnsafeMutableBytes { memory in
        if let address = memory.baseAddress { explicit_bzero(address, memory.count) }
      }
    }
    let message = try begin("The bind could not be sent") { raw, message in
      password.withUnsafeMutableBytes { memory in
        var credentials = berval(
          bv_len: ber_len_t(memory.count), bv_val: memory.bindMemory(to: CChar.self).baseAddress)
        return ldap_sasl_bind(raw, name, nil, &credentials, nil, nil, &message)
      }
    }
    let result = try result(of: message, isBind: true, patience)
    guard result.code == LDAP_SUCCESS else { throw refusal(result, who: name) }
  }

  private func bind(
    mechanism: String, _ identity: KerberosIdentity
  ) throws(LDAPError) {
    let handle = try connected()
    let tickets: KerberosTickets
    do throws(KerberosTrouble) {
      tickets = try KerberosTickets(identity, host: handle.server.host)
    } catch {
      throw error.error(handle.server.description)
    }
    // Active Directory takes no second encryption within TLS ([MS-ADTS] §5.1.1.1); without TLS
    // there must be one.
    let isEncrypted = handle.server.usesTLS || settings.startTLS
    cldap_set_text(handle.raw, LDAP_OPT_X_SASL_SECPROPS, isEncrypted ? "maxssf=0" : "minssf=56")
    let code = tickets.use { cldap_sasl_bind(handle.raw, mechanism) }
    guard code != LDAP_SUCCESS else { return }
    var error = handle.error(
      code, "The bind as \(tickets.principal) by \(mechanism) failed")
    if error.code != .connectionLost, error.code != .timeout { error.code = .refused }
    error.hint = BindRefusal.hint(mechanism, code, words: error.words)
    throw error
  }

  private func refusal(_ result: LDAPResult, who: String) -> LDAPError {
    let error = result.error("The bind as \(who.isEmpty ? "nobody" : who) failed", handleName)
    switch result.code {
    // The server has no time for anybody: the next one may.
    case LDAP_BUSY, LDAP_UNAVAILABLE:
      return LDAPError(
        .cannotConnect, server: error.server, message: error.message, words: error.words)
    default:
      var refusal = LDAPError(
        .refused, server: error.server, message: error.message, words: error.words,
        hint: BindRefusal.hint(result))
      refusal.isOfSecret = BindRefusal.isOfSecret(result)
      return refusal
    }
  }

  /// The connected server's URL.
  var handleName: String { server?.description ?? "" }
}
