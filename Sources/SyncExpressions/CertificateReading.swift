/// Reads X.509 certificates for the `Cert…` functions.
public protocol CertificateReading: Sendable {
  /// The fields of a certificate in DER, or nil if the bytes are none.
  func fields(of der: [UInt8]) -> CertificateFields?
}

/// What the `Cert…` functions tell of a certificate.
public struct CertificateFields: Hashable, Sendable {
  /// The subject's distinguished name.
  public var subject = ""
  /// A certificate without fields.
  public init() {}
}
