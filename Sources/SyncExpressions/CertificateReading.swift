public import Directory

/// Reads X.509 certificates for the `Cert…` functions, and digests bytes for `Thumbprint`.
public protocol CertificateReading: Sendable {
  /// The fields of a certificate, or nil if the bytes are none: in DER, or that in base64, with
  /// the lines of PEM around it or without.
  func fields(of certificate: [UInt8]) -> CertificateFields?
  /// The SHA-256 digest of bytes.
  func digest(of bytes: [UInt8]) -> [UInt8]
}

/// What the `Cert…` functions tell of a certificate (RFC 5280 §4.1).
public struct CertificateFields: Hashable, Sendable {
  /// The names of a subject or an issuer, each empty if there is none of its kind.
  public struct Names: Hashable, Sendable {
    /// The common name, or what comes next to one.
    public var simple = ""
    /// The address for mail.
    public var email = ""
    /// The user principal name among the alternative names.
    public var userPrincipal = ""
    /// The DNS name among the alternative names, or the common name.
    public var dns = ""
    /// The first DNS name among the alternative names.
    public var alternativeDNS = ""
    /// The first URL among the alternative names.
    public var url = ""
    /// No names.
    public init() {}
  }

  /// An extension that the certificate has.
  public struct Extension: Hashable, Sendable {
    /// Its object identifier.
    public var identifier: String
    /// Whether who does not know it must refuse the certificate.
    public var isCritical: Bool
    /// An extension of these parts.
    public init(identifier: String, isCritical: Bool) {
      self.identifier = identifier
      self.isCritical = isCritical
    }
  }

  /// The version: 1 to 3.
  public var version = 3
  /// The serial number in hexadecimal digits, upper case.
  public var serialNumber = ""
  /// The subject's distinguished name, the most specific part first, parted by comma and space.
  public var subject = ""
  /// The issuer's distinguished name, written like the subject's.
  public var issuer = ""
  /// The names of the subject.
  public var subjectNames = Names()
  /// The names of the issuer.
  public var issuerNames = Names()
  /// From when on the certificate is valid.
  public var notBefore = Timestamp(milliseconds: 0)
  /// Until when it is.
  public var notAfter = Timestamp(milliseconds: 0)
  /// The object identifier of the algorithm of the public key.
  public var keyAlgorithm = ""
  /// The parameters of that algorithm in DER, in hexadecimal digits, upper case.
  public var keyParameters = ""
  /// The object identifier of the algorithm of the signature.
  public var signatureAlgorithm = ""
  /// The SHA-1 digest of the certificate in hexadecimal digits, upper case.
  public var thumbprint = ""
  /// The extensions in the order of the certificate.
  public var extensions: [Extension] = []

  /// A certificate without fields.
  public init() {}
}
