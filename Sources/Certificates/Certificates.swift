import CGnuTLS
public import SyncExpressions

/// Reads certificates with GnuTLS.
public struct CertificateReader: CertificateReading {
  /// A reader.
  public init() {}

  /// The fields of a certificate, or nil if the bytes are none.
  public func fields(of certificate: [UInt8]) -> CertificateFields? { nil }

  /// The SHA-256 digest of bytes.
  public func digest(of bytes: [UInt8]) -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: 32)
    let status = gnutls_hash_fast(GNUTLS_DIG_SHA256, bytes, bytes.count, &digest)
    return status == 0 ? digest : []
  }
}
