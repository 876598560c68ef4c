import CGnuTLS
import Directory
import SyncExpressions

/// The distinguished name of a subject or an issuer.
struct CertificateName {
  private typealias Part = (type: String, value: String)

  /// The relative names from the root to the object, as a certificate holds them.
  private var relativeNames: [[Part]] = []

  // The names of attribute types as Windows prints them.
  private static let types = [
    "2.5.4.3": "CN", "2.5.4.4": "SN", "2.5.4.5": "SERIALNUMBER", "2.5.4.6": "C", "2.5.4.7": "L",
    "2.5.4.8": "S", "2.5.4.9": "STREET", "2.5.4.10": "O", "2.5.4.11": "OU", "2.5.4.12": "T",
    "2.5.4.42": "G", "2.5.4.43": "I", "0.9.2342.19200300.100.1.25": "DC",
    "1.2.840.113549.1.9.1": "E",
  ]
  private static let maximumCount: Int32 = 1000

  /// The name that `read` gives of a certificate.
  init(
    _ read: (gnutls_x509_crt_t?, UnsafeMutablePointer<gnutls_x509_dn_t?>?) -> Int32,
    of certificate: gnutls_x509_crt_t
  ) {
    var name: gnutls_x509_dn_t?
    guard read(certificate, &name) == GNUTLS_E_SUCCESS, let name else { return }
    for index in 0..<Self.maximumCount {
      var parts: [Part] = []
      while let part = Self.part(of: name, index, Int32(parts.count)) { parts.append(part) }
      if parts.isEmpty { return }
      relativeNames.append(parts)
    }
  }

  private static func part(of name: gnutls_x509_dn_t, _ index: Int32, _ place: Int32) -> Part? {
    var pair = gnutls_x509_ava_st()
    guard place < maximumCount,
      gnutls_x509_dn_get_rdn_ava(name, index, place, &pair) == GNUTLS_E_SUCCESS
    else { return nil }
    let type = String(
      decoding: bytes(of: pair.oid).prefix { $0 != 0 }, as: UTF8.self)
    return (type, DER.text(bytes(of: pair.value), tag: UInt(pair.value_tag)))
  }

  private static func bytes(of datum: gnutls_datum_t) -> [UInt8] {
    Array(UnsafeBufferPointer(start: datum.data, count: Int(datum.size)))
  }

  /// The name as Windows prints it, the object's own part first: `CN=Ann, OU=Staff, C=SE`.
  var text: String {
    relativeNames.reversed().map { parts in
      parts.map { part in
        (Self.types[part.type] ?? "OID." + part.type) + "=" + Self.quoted(part.value)
      }.joined(separator: " + ")
    }.joined(separator: ", ")
  }

  private static func quoted(_ value: String) -> String {
    let special = ",+=\"\n\r<>#;"
    let needsQuotes =
      value.isEmpty || value.first == " " || value.last == " "
      || value.contains { special.contains($0) || $0 == "\r\n" }
    guard needsQuotes else { return value }
    return "\""
      + value.split(separator: "\"", omittingEmptySubsequences: false)
      .joined(separator: "\"\"") + "\""
  }

  /// The names that are asked for one by one.
  func names(alternatives: [AlternativeName]) -> CertificateFields.Names {
    var names = CertificateFields.Names()
    for alternative in alternatives.reversed() {
      switch alternative {
      case .email(let text): names.email = text
      case .dns(let text): names.alternativeDNS = text
      case .url(let text): names.url = text
      case .userPrincipal(let text): names.userPrincipal = text
      case .other: break
      }
    }
    if names.email.isEmpty { names.email = first("E") }
    names.dns = names.alternativeDNS.isEmpty ? first("CN") : names.alternativeDNS
    names.simple =
      [first("CN"), first("OU"), first("O"), names.email, names.alternativeDNS]
      .first { !$0.isEmpty } ?? ""
    return names
  }

  /// The most specific value of a type, or an empty text.
  private func first(_ type: String) -> String {
    for part in relativeNames.reversed().joined() where Self.types[part.type] == type {
      return part.value
    }
    return ""
  }
}
