import CGnuTLS
import Directory

/// An alternative name of a certificate's subject or issuer (RFC 5280 §4.2.1.6).
enum AlternativeName: Hashable {
  case email(String)
  case dns(String)
  case url(String)
  case userPrincipal(String)
  case other
}

extension Certificate {
  private static let maximumCount: UInt32 = 1000

  /// The alternative names in the order of the certificate.
  func alternatives(ofSubject: Bool) -> [AlternativeName] {
    var result: [AlternativeName] = []
    for index in 0..<Self.maximumCount {
      var kind = UInt32.max
      let bytes = Self.bytes { buffer, size in
        ofSubject
          ? gnutls_x509_crt_get_subject_alt_name2(handle, index, buffer, size, &kind, nil)
          : gnutls_x509_crt_get_issuer_alt_name2(handle, index, buffer, size, &kind, nil)
      }
      if kind == .max || bytes.isEmpty { break }
      result.append(Self.name(bytes, kind))
    }
    return result
  }

  private static func name(_ bytes: [UInt8], _ kind: UInt32) -> AlternativeName {
    let text = String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    switch gnutls_x509_subject_alt_name_t(rawValue: kind) {
    case GNUTLS_SAN_DNSNAME: return .dns(text)
    case GNUTLS_SAN_RFC822NAME: return .email(text)
    case GNUTLS_SAN_URI: return .url(text)
    // GnuTLS recognizes the other name that holds one ([MS-WCCE] §2.2.2.7.7.4), and decodes it.
    case GNUTLS_SAN_OTHERNAME_MSUSERPRINCIPAL: return .userPrincipal(text)
    default: return .other
    }
  }
}
