import CGnuTLS
import Glibc

/// A certification authority for tests, whose certificates are files in a folder.
package final class CertificateMaker {
  /// Why a certificate could not be made.
  package struct Failure: Error {
    var code: Int32
  }

  /// The files of a certificate and its key, in PEM.
  package struct Files: Sendable {
    package var certificate: String
    package var key: String
    /// The files at these paths.
    package init(certificate: String, key: String) {
      self.certificate = certificate
      self.key = key
    }
  }

  /// The file of the authority's own certificate.
  package let file: String
  private let key: gnutls_x509_privkey_t
  private let certificate: gnutls_x509_crt_t
  private let folder: String

  /// An authority called `name`, whose files go to `folder`.
  package init(_ name: String = "Test CA", in folder: String) throws {
    self.folder = folder
    key = try Self.makeKey()
    certificate = try Self.make(name, key: key, days: -1...30)
    gnutls_x509_crt_set_ca_status(certificate, 1)
    gnutls_x509_crt_set_key_usage(certificate, UInt32(GNUTLS_KEY_KEY_CERT_SIGN))
    try Self.check(gnutls_x509_crt_sign2(certificate, certificate, key, GNUTLS_DIG_SHA256, 0))
    file = folder + "/" + name.replacing(" ", with: "-") + ".pem"
    try Self.write(try Self.pem(certificate), to: file)
  }

  deinit {
    gnutls_x509_crt_deinit(certificate)
    gnutls_x509_privkey_deinit(key)
  }

  /// A server's certificate for these names and addresses.
  ///
  /// - Parameter days: The days from now between which it is valid.
  package func server(
    _ file: String = "server", names: [String] = ["localhost"],
    addresses: [[UInt8]] = [[127, 0, 0, 1]], days: ClosedRange<Int> = -1...30
  ) throws -> Files {
    let serverKey = try Self.makeKey()
    defer { gnutls_x509_privkey_deinit(serverKey) }
    let made = try Self.make("server", key: serverKey, days: days)
    defer { gnutls_x509_crt_deinit(made) }
    for name in names {
      gnutls_x509_crt_set_subject_alt_name(
        made, GNUTLS_SAN_DNSNAME, name, UInt32(name.utf8.count), UInt32(GNUTLS_FSAN_APPEND))
    }
    for address in addresses {
      gnutls_x509_crt_set_subject_alt_name(
        made, GNUTLS_SAN_IPADDRESS, address, UInt32(address.count), UInt32(GNUTLS_FSAN_APPEND))
    }
    try Self.check(gnutls_x509_crt_sign2(made, certificate, key, GNUTLS_DIG_SHA256, 0))
    let files = Files(certificate: "\(folder)/\(file).pem", key: "\(folder)/\(file).key")
    try Self.write(try Self.pem(made), to: files.certificate)
    try Self.write(try Self.pem(key: serverKey), to: files.key)
    return files
  }

  private static func makeKey() throws -> gnutls_x509_privkey_t {
    var made: gnutls_x509_privkey_t?
    try check(gnutls_x509_privkey_init(&made))
    guard let key = made else { throw Failure(code: GNUTLS_E_MEMORY_ERROR) }
    // Two bits above the curves' numbers: a key on the curve P-256.
    let curve = UInt32(1) << 31 | UInt32(GNUTLS_ECC_CURVE_SECP256R1.rawValue)
    try check(gnutls_x509_privkey_generate(key, GNUTLS_PK_ECDSA, curve, 0))
    return key
  }

  private static func make(
    _ name: String, key: gnutls_x509_privkey_t, days: ClosedRange<Int>
  ) throws -> gnutls_x509_crt_t {
    var made: gnutls_x509_crt_t?
    try check(gnutls_x509_crt_init(&made))
    guard let certificate = made else { throw Failure(code: GNUTLS_E_MEMORY_ERROR) }
    gnutls_x509_crt_set_version(certificate, 3)
    gnutls_x509_crt_set_dn_by_oid(certificate, "2.5.4.3", 0, name, UInt32(name.utf8.count))
    var serial = (0..<8).map { _ in UInt8.random(in: 1...127) }
    gnutls_x509_crt_set_serial(certificate, &serial, serial.count)
    gnutls_x509_crt_set_activation_time(certificate, time(nil) + days.lowerBound * 86_400)
    gnutls_x509_crt_set_expiration_time(certificate, time(nil) + days.upperBound * 86_400)
    try check(gnutls_x509_crt_set_key(certificate, key))
    return certificate
  }

  private static func pem(_ certificate: gnutls_x509_crt_t) throws -> [UInt8] {
    try bytes { gnutls_x509_crt_export(certificate, GNUTLS_X509_FMT_PEM, $0, $1) }
  }

  private static func pem(key: gnutls_x509_privkey_t) throws -> [UInt8] {
    try bytes { gnutls_x509_privkey_export(key, GNUTLS_X509_FMT_PEM, $0, $1) }
  }

  private static func bytes(
    _ write: (UnsafeMutableRawPointer, UnsafeMutablePointer<Int>) -> Int32
  ) throws -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 8192)
    var size = bytes.count
    try check(write(&bytes, &size))
    return Array(bytes[..<size])
  }

  private static func write(_ bytes: [UInt8], to file: String) throws {
    let descriptor = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    defer { close(descriptor) }
    guard descriptor >= 0, Glibc.write(descriptor, bytes, bytes.count) == bytes.count else {
      throw Failure(code: GNUTLS_E_FILE_ERROR)
    }
  }

  private static func check(_ code: Int32) throws {
    guard code < 0 else { return }
    throw Failure(code: code)
  }
}
