import CGnuTLS
public import SyncExpressions

/// Reads certificates with GnuTLS.
public struct CertificateReader: CertificateReading {
  /// A reader.
  public init() {}

  /// The fields of a certificate in DER, or nil if the bytes are none.
  public func fields(of der: [UInt8]) -> CertificateFields? { nil }
}
