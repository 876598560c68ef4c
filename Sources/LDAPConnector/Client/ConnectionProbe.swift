import Directory

/// Finds out, by a connection of its own, what keeps a server from being reached.
///
/// libldap says no more than "Can't contact LDAP server" where a name is unknown, a port is closed
/// or a certificate is refused.
struct ConnectionProbe {
  /// What stands in the way.
  enum Trouble: Error, Hashable {
    /// The host's name is unknown, in the system's words.
    case noSuchHost(String)
    /// Nobody listens there, or nothing comes back.
    case noConnection(String)
    /// The server does not go over to TLS.
    case noStartTLS(String)
    /// TLS can't be agreed on, in GnuTLS's words.
    case noHandshake(String)
    /// The server wants a certificate of who connects, in GnuTLS's words.
    case wantsCertificate(String)
    /// The server's certificate is refused, for these reasons.
    case certificate(CertificateFacts, reasons: [String])
    /// The certificates to trust can't be read.
    case noTrust(String)
  }

  let server: LDAPServer
  let settings: LDAPSettings

  /// The certificate of the server, if the connection is encrypted.
  ///
  /// - Throws: ``Trouble``.
  func run() throws(Trouble) -> CertificateFacts? {
    let seconds = settings.connectTimeout
    let socket = try ProbeSocket(server, seconds: seconds)
    guard server.usesTLS || settings.startTLS else { return nil }
    if !server.usesTLS { try socket.startTLS(seconds: seconds) }
    let session = try TLSProbe(server.host, caFile: settings.caFile ?? TrustStore.system)
    return try session.certificate(on: socket.descriptor, seconds: seconds)
  }

  /// The error that libldap's `error` really is.
  func explain(_ error: LDAPError) -> LDAPError {
    do throws(Trouble) {
      // From TLS 1.3 on, a server that gets none ends the connection after the handshake.
      guard let facts = try run(), facts.isClientAsked else { return error }
      return self.error(.wantsCertificate(error.words))
    } catch {
      return self.error(error)
    }
  }

  /// The error that `trouble` is.
  func error(_ trouble: Trouble) -> LDAPError {
    let place = server.description
    switch trouble {
    case .noSuchHost(let words):
      return LDAPError(
        .cannotConnect, server: place, message: "The name \(server.host) is not known",
        words: words, hint: "Check the name, and this machine's DNS.")
    case .noConnection(let words):
      return LDAPError(
        .cannotConnect, server: place, message: "No connection", words: words,
        hint: "Check that the server runs, its port, and what stands between.")
    case .noStartTLS(let words):
      return LDAPError(
        .tls, server: place, message: "The server does not take StartTLS", words: words,
        hint: "Use an ldaps:// address, or set the server up for TLS.")
    case .noHandshake(let words):
      return LDAPError(
        .tls, server: place, message: "TLS can't be agreed on", words: words,
        hint: "Check that this port speaks TLS 1.2 or later.")
    case .wantsCertificate(let words):
      return LDAPError(
        .tls, server: place,
        message:
          "The server wants a certificate of who connects, and this program has none to show",
        words: words,
        hint: "Have it take connections without (OpenLDAP: TLSVerifyClient never, or allow).")
    case .noTrust(let words):
      return LDAPError(
        .tls, server: place, message: "The certificates to trust can't be read", words: words,
        hint: "Name a file that holds the CA's certificate in PEM form as \"ca_file\".")
    case .certificate(let facts, let reasons):
      return LDAPError(
        .tls, server: place,
        message: "The server's certificate is refused: " + reasons.joined(separator: "; "),
        words: facts.summary, hint: facts.hint(server.host))
    }
  }
}

/// What a certificate says of itself.
struct CertificateFacts: Hashable, Sendable {
  /// Whose it is.
  var subject = ""
  /// Who signed it.
  var issuer = ""
  /// The names and addresses that it is for.
  var names: [String] = []
  /// Its first moment.
  var notBefore = Timestamp(milliseconds: 0)
  /// Its last moment.
  var notAfter = Timestamp(milliseconds: 0)
  /// Whether the server that shows it asks for one of who connects, be it that it does without.
  var isClientAsked = false
  /// What GnuTLS finds wrong with it, as bits of `gnutls_certificate_status_t`.
  var status: UInt32 = 0

  /// The certificate in one line.
  var summary: String {
    let names = names.isEmpty ? "" : " for " + names.joined(separator: ", ")
    return "\(subject)\(names), signed by \(issuer), valid from \(day(notBefore)) to "
      + day(notAfter)
  }

  private func day(_ moment: Timestamp) -> String { String(moment.description.prefix(10)) }
}
