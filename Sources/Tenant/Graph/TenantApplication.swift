import CGnuTLS
import Foundation

/// An application that may get tokens for Graph.
public struct TenantApplication: Hashable, Sendable {
  /// Its id, a GUID in Entra ID.
  public var clientID: String
  /// The SHA-256 of its secret in hexadecimal; nil if it has none.
  public var secretHash: String?
  /// Its certificate in DER; nil if it has none.
  public var certificate: [UInt8]?
  /// Whether its tokens let passwords of users be set.
  public var maySetPasswords = false

  /// An application that shows a secret, a certificate, or either.
  public init(clientID: String, secret: String? = nil, certificate: [UInt8]? = nil) {
    self.clientID = clientID
    secretHash = secret.map { SHA256.hexadecimal($0) }
    self.certificate = certificate
  }

  /// The certificate in DER that stands first in the text `pem`; nil if none does that has a key of
  /// RSA, by which assertions are checked.
  public static func certificate(pem: String) -> [UInt8]? {
    let (head, foot) = ("-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----")
    guard let start = pem.range(of: head),
      let end = pem.range(of: foot, range: start.upperBound..<pem.endIndex),
      let data = Data(
        base64Encoded: String(pem[start.upperBound..<end.lowerBound]),
        options: .ignoreUnknownCharacters)
    else { return nil }
    return isRSA(Array(data)) ? Array(data) : nil
  }

  private static func isRSA(_ certificate: [UInt8]) -> Bool {
    var parsed: gnutls_x509_crt_t?
    guard gnutls_x509_crt_init(&parsed) >= 0 else { return false }
    defer { gnutls_x509_crt_deinit(parsed) }
    var bytes = certificate
    return bytes.withUnsafeMutableBufferPointer { buffer in
      var datum = gnutls_datum_t(data: buffer.baseAddress, size: UInt32(buffer.count))
      return gnutls_x509_crt_import(parsed, &datum, GNUTLS_X509_FMT_DER) >= 0
        && gnutls_x509_crt_get_pk_algorithm(parsed, nil) == Int32(GNUTLS_PK_RSA.rawValue)
    }
  }
}
