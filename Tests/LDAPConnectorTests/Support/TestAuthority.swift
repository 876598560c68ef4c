import CGnuTLS
import Glibc
import Testing

/// A certification authority of its own, and the certificates that it signs.
final class TestAuthority {
  private let key: gnutls_x509_privkey_t
  private let certificate: gnutls_x509_crt_t
  private let folder: TestFolder
  /// The file of the authority's own certificate.
  let file: String

  init(_ name: String = "Test CA", in folder: TestFolder) throws {
    self.folder = folder
    key = try Self.makeKey()
    certificate = try Self.make(name, key: key, days: -1...30)
    gnutls_x509_crt_set_ca_status(certificate, 1)
    gnutls_x509_crt_set_key_usage(certificate, UInt32(GNUTLS_KEY_KEY_CERT_SIGN))
    let signed = gnutls_x509_crt_sign2(certificate, certificate, key, GNUTLS_DIG_SHA256, 0)
    try #require(signed == GNUTLS_E_SUCCESS)
    file = try folder.write(name.replacing(" ", with: "-") + ".pem", try Self.pem(certificate))
  }

  deinit {
    gnutls_x509_crt_deinit(certificate)
    gnutls_x509_privkey_deinit(key)
  }

  /// Signs a server's certificate, and answers with the lines of slapd's configuration for it.
  ///
  /// - Parameter days: The days from now between which it is valid.
  func configuration(
    names: [String] = ["localhost"], addresses: [[UInt8]] = [[127, 0, 0, 1]],
    days: ClosedRange<Int> = -1...30
  ) throws -> String {
    let serverKey = try Self.makeKey()
    defer { gnutls_x509_privkey_deinit(serverKey) }
    let made = try Self.make("server", key: serverKey, days: days)
    defer { gnutls_x509_crt_deinit(made) }
    for name in names {
      gnutls_x509_crt_set_subject_alt_name(
        made, GNUTLS_SAN_DNSNAME, name, UInt32(name.utf8.count),
        UInt32(GNUTLS_FSAN_APPEND))
    }
    for address in addresses {
      gnutls_x509_crt_set_subject_alt_name(
        made, GNUTLS_SAN_IPADDRESS, address, UInt32(address.count), UInt32(GNUTLS_FSAN_APPEND))
    }
    let signed = gnutls_x509_crt_sign2(made, certificate, key, GNUTLS_DIG_SHA256, 0)
    try #require(signed == GNUTLS_E_SUCCESS)
    let certificateFile = try folder.write("server.pem", try Self.pem(made))
    let keyFile = try folder.write("server.key", try Self.pem(key: serverKey))
    return "TLSCertificateFile \(certificateFile)\nTLSCertificateKeyFile \(keyFile)\n"
      + "TLSCACertificateFile \(file)\nTLSVerifyClient never\n"
  }

  private static func makeKey() throws -> gnutls_x509_privkey_t {
    var made: gnutls_x509_privkey_t?
    gnutls_x509_privkey_init(&made)
    let key = try #require(made)
    // Two bits above the curves' numbers: a key on the curve P-256.
    let curve = UInt32(1) << 31 | UInt32(GNUTLS_ECC_CURVE_SECP256R1.rawValue)
    try #require(gnutls_x509_privkey_generate(key, GNUTLS_PK_ECDSA, curve, 0) == GNUTLS_E_SUCCESS)
    return key
  }

  private static func make(
    _ name: String, key: gnutls_x509_privkey_t, days: ClosedRange<Int>
  ) throws -> gnutls_x509_crt_t {
    var made: gnutls_x509_crt_t?
    gnutls_x509_crt_init(&made)
    let certificate = try #require(made)
    gnutls_x509_crt_set_version(certificate, 3)
    gnutls_x509_crt_set_dn_by_oid(certificate, "2.5.4.3", 0, name, UInt32(name.utf8.count))
    var serial = (0..<8).map { _ in UInt8.random(in: 1...127) }
    gnutls_x509_crt_set_serial(certificate, &serial, serial.count)
    gnutls_x509_crt_set_activation_time(certificate, time(nil) + days.lowerBound * 86_400)
    gnutls_x509_crt_set_expiration_time(certificate, time(nil) + days.upperBound * 86_400)
    try #require(gnutls_x509_crt_set_key(certificate, key) == GNUTLS_E_SUCCESS)
    return certificate
  }

  private static func pem(_ certificate: gnutls_x509_crt_t) throws -> String {
    try text { gnutls_x509_crt_export(certificate, GNUTLS_X509_FMT_PEM, $0, $1) }
  }

  private static func pem(key: gnutls_x509_privkey_t) throws -> String {
    try text { gnutls_x509_privkey_export(key, GNUTLS_X509_FMT_PEM, $0, $1) }
  }

  private static func text(
    _ write: (UnsafeMutableRawPointer, UnsafeMutablePointer<Int>) -> Int32
  ) throws -> String {
    var bytes = [UInt8](repeating: 0, count: 8192)
    var size = bytes.count
    try #require(write(&bytes, &size) == GNUTLS_E_SUCCESS)
    return String(decoding: bytes[..<size], as: UTF8.self)
  }
}
