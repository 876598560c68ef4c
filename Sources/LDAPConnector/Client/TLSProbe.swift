import CGnuTLS
import Directory
import Glibc

/// A TLS handshake that looks at the certificate and sends nothing.
final class TLSProbe {
  /// What GnuTLS offers: TLS 1.2 and later, as it usually does.
  static let priorities = "NORMAL:-VERS-TLS1.0:-VERS-TLS1.1"

  private let session: gnutls_session_t
  private let credentials: gnutls_certificate_credentials_t
  private let host: String

  deinit {
    gnutls_deinit(session)
    gnutls_certificate_free_credentials(credentials)
  }

  /// A handshake with `host`, whose certificate is to be signed by one of `caFile`.
  ///
  /// - Throws: ``ConnectionProbe/Trouble`` if that file can't be used.
  init(_ host: String, caFile: String?) throws(ConnectionProbe.Trouble) {
    self.host = host
    var credentials: gnutls_certificate_credentials_t?
    var session: gnutls_session_t?
    guard gnutls_certificate_allocate_credentials(&credentials) == GNUTLS_E_SUCCESS,
      gnutls_init(&session, UInt32(GNUTLS_CLIENT.rawValue | GNUTLS_NO_SIGNAL.rawValue))
        == GNUTLS_E_SUCCESS, let credentials, let session
    else { throw .noTrust("no memory") }
    self.credentials = credentials
    self.session = session
    if let caFile {
      let count = gnutls_certificate_set_x509_trust_file(
        credentials, caFile, GNUTLS_X509_FMT_PEM)
      guard count > 0 else {
        let words = count < 0 ? Self.words(count) : "there is no certificate in it"
        throw .noTrust(caFile + ": " + words)
      }
    }
    gnutls_priority_set_direct(session, Self.priorities, nil)
    gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, UnsafeMutableRawPointer(credentials))
    if !Self.isAddress(host) {
      gnutls_server_name_set(session, GNUTLS_NAME_DNS, host, host.utf8.count)
    }
  }

  private static func words(_ code: Int32) -> String { String(cString: gnutls_strerror(code)) }

  /// Whether `host` is an IP address, which is no name for a server to choose a certificate by.
  private static func isAddress(_ host: String) -> Bool {
    var memory = in6_addr()
    return inet_pton(AF_INET, host, &memory) == 1 || inet_pton(AF_INET6, host, &memory) == 1
  }

  /// The certificate of the server at the other end of `socket`.
  ///
  /// - Throws: ``ConnectionProbe/Trouble``.
  func certificate(
    on socket: Int32, seconds: Double
  ) throws(ConnectionProbe.Trouble) -> CertificateFacts {
    gnutls_transport_set_int2(session, socket, socket)
    gnutls_handshake_set_timeout(session, UInt32(max(1, seconds) * 1000))
    var code = gnutls_handshake(session)
    while code == GNUTLS_E_AGAIN || code == GNUTLS_E_INTERRUPTED {
      let events = Int16(gnutls_record_get_direction(session) == 0 ? POLLIN : POLLOUT)
      guard ProbeSocket.wait(socket, events, seconds: seconds) else { break }
      code = gnutls_handshake(session)
    }
    let isAsked = gnutls_certificate_client_get_request_status(session) != 0
    guard code == GNUTLS_E_SUCCESS else {
      throw isAsked ? .wantsCertificate(Self.words(code)) : .noHandshake(Self.words(code))
    }
    var facts = try self.facts()
    facts.isClientAsked = isAsked
    var status: UInt32 = 0
    let checked = gnutls_certificate_verify_peers3(session, host, &status)
    guard checked == GNUTLS_E_SUCCESS else { throw .noHandshake(Self.words(checked)) }
    facts.status = status
    guard status == 0 else { throw .certificate(facts, reasons: facts.reasons(host)) }
    return facts
  }

  private func facts() throws(ConnectionProbe.Trouble) -> CertificateFacts {
    var count: UInt32 = 0
    guard var datum = gnutls_certificate_get_peers(session, &count)?.pointee, count > 0 else {
      throw .noHandshake("the server shows no certificate")
    }
    var certificate: gnutls_x509_crt_t?
    gnutls_x509_crt_init(&certificate)
    guard let certificate else { throw .noHandshake("no memory") }
    defer { gnutls_x509_crt_deinit(certificate) }
    let code = gnutls_x509_crt_import(certificate, &datum, GNUTLS_X509_FMT_DER)
    guard code == GNUTLS_E_SUCCESS else { throw .noHandshake(Self.words(code)) }
    return CertificateFacts(certificate)
  }
}

extension CertificateFacts {
  fileprivate init(_ certificate: gnutls_x509_crt_t) {
    subject = Self.text { gnutls_x509_crt_get_dn(certificate, $0, $1) }
    issuer = Self.text { gnutls_x509_crt_get_issuer_dn(certificate, $0, $1) }
    notBefore = Timestamp(
      milliseconds: Int64(gnutls_x509_crt_get_activation_time(certificate)) * 1000)
    notAfter = Timestamp(
      milliseconds: Int64(gnutls_x509_crt_get_expiration_time(certificate)) * 1000)
    names = Self.names(certificate)
  }

  private static func text(
    _ read: (UnsafeMutablePointer<CChar>, UnsafeMutablePointer<Int>) -> Int32
  ) -> String {
    var buffer = [CChar](repeating: 0, count: 1024)
    var size = buffer.count
    guard read(&buffer, &size) == GNUTLS_E_SUCCESS else { return "?" }
    let bytes = buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    return ServerWords.shown(String(decoding: bytes, as: UTF8.self), limit: 200)
  }

  private static func names(_ certificate: gnutls_x509_crt_t) -> [String] {
    var names: [String] = []
    // More than these no message would show.
    for index in 0..<20 {
      var buffer = [UInt8](repeating: 0, count: 512)
      var size = buffer.count
      var critical: UInt32 = 0
      let type = gnutls_x509_crt_get_subject_alt_name(
        certificate, UInt32(index), &buffer, &size, &critical)
      guard type >= 0 else { break }
      switch UInt32(type) {
      case GNUTLS_SAN_DNSNAME.rawValue:
        names.append(ServerWords.shown(Array(buffer[..<size]), limit: 100))
      case GNUTLS_SAN_IPADDRESS.rawValue:
        if let text = address(buffer[..<size]) { names.append(text) }
      default: break
      }
    }
    return names
  }

  /// An IP address as text; nil if these bytes are none.
  static func address(_ bytes: ArraySlice<UInt8>) -> String? {
    guard bytes.count == 4 || bytes.count == 16 else { return nil }
    var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
    let family = bytes.count == 4 ? AF_INET : AF_INET6
    return bytes.withUnsafeBytes { bytes in
      inet_ntop(family, bytes.baseAddress, &text, socklen_t(text.count)).map {
        String(cString: $0)
      }
    }
  }

  /// What is wrong, in words.
  func reasons(_ host: String) -> [String] {
    var reasons: [String] = []
    func add(_ bit: gnutls_certificate_status_t, _ words: String) {
      if status & bit.rawValue != 0 { reasons.append(words) }
    }
    add(GNUTLS_CERT_EXPIRED, "it has expired")
    add(GNUTLS_CERT_NOT_ACTIVATED, "it is not valid yet")
    add(GNUTLS_CERT_UNEXPECTED_OWNER, "it is not for \(host)")
    add(GNUTLS_CERT_SIGNER_NOT_FOUND, "who signed it is not trusted")
    add(GNUTLS_CERT_SIGNER_NOT_CA, "who signed it is no certification authority")
    add(GNUTLS_CERT_SIGNATURE_FAILURE, "its signature is wrong")
    add(GNUTLS_CERT_REVOKED, "it has been revoked")
    add(GNUTLS_CERT_INSECURE_ALGORITHM, "it is signed in a way that is not safe")
    add(GNUTLS_CERT_PURPOSE_MISMATCH, "it is not meant for servers")
    add(GNUTLS_CERT_SIGNER_CONSTRAINTS_FAILURE, "its authority may not sign for this name")
    return reasons.isEmpty ? ["GnuTLS does not accept it"] : reasons
  }

  /// What to do about it.
  func hint(_ host: String) -> String {
    func has(_ bit: gnutls_certificate_status_t) -> Bool { status & bit.rawValue != 0 }
    if has(GNUTLS_CERT_EXPIRED) || has(GNUTLS_CERT_NOT_ACTIVATED) {
      return "Renew the server's certificate, or set this machine's clock."
    }
    if has(GNUTLS_CERT_UNEXPECTED_OWNER) {
      return "Use a name that the certificate is for as the server's address."
    }
    if has(GNUTLS_CERT_SIGNER_NOT_FOUND) {
      return "Name a file with the certificate of \(issuer) as \"ca_file\"."
    }
    return "Give the server another certificate."
  }
}
