import CGnuTLS
import Directory
public import SyncExpressions

/// Reads certificates with GnuTLS.
public struct CertificateReader: CertificateReading {
  // Certificates have a few thousand bytes; a million is somebody's mistake or malice.
  private static let maximumLength = 1 << 20

  /// A reader.
  public init() {}

  /// The fields of a certificate, or nil if the bytes are none: in DER, or that in base64, with
  /// the lines of PEM around it or without.
  public func fields(of certificate: [UInt8]) -> CertificateFields? {
    guard certificate.count <= Self.maximumLength, certificate.count > 1 else { return nil }
    if certificate[0] == 0x30, let fields = Certificate(der: certificate)?.fields { return fields }
    guard let der = Self.unarmored(certificate) else { return nil }
    return Certificate(der: der)?.fields
  }

  /// The SHA-256 digest of bytes.
  public func digest(of bytes: [UInt8]) -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: 32)
    let status = gnutls_hash_fast(GNUTLS_DIG_SHA256, bytes, bytes.count, &digest)
    return status == GNUTLS_E_SUCCESS ? digest : []
  }

  /// The bytes that base64 spells, without regard to line ends and to lines that begin with dashes.
  private static func unarmored(_ text: [UInt8]) -> [UInt8]? {
    let lines = text.split { $0 == 0x0A || $0 == 0x0D }
      .filter { !$0.starts(with: "-----".utf8) }
    return Base64.decode(lines.joined().filter { $0 != 0x20 && $0 != 0x09 })
  }
}
