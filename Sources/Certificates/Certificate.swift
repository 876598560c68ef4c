import CGnuTLS
import Directory
import SyncExpressions

/// A certificate that GnuTLS holds, and gives back when nobody needs it any more.
final class Certificate {
  let handle: gnutls_x509_crt_t

  /// The certificate that these bytes are, or nil.
  init?(der: [UInt8]) {
    var created: gnutls_x509_crt_t?
    guard gnutls_x509_crt_init(&created) == GNUTLS_E_SUCCESS, let created else { return nil }
    handle = created
    var bytes = der
    let status = bytes.withUnsafeMutableBufferPointer { buffer in
      var datum = gnutls_datum_t(data: buffer.baseAddress, size: UInt32(buffer.count))
      return gnutls_x509_crt_import(created, &datum, GNUTLS_X509_FMT_DER)
    }
    if status != GNUTLS_E_SUCCESS { return nil }
  }

  deinit { gnutls_x509_crt_deinit(handle) }

  /// What the `Cert…` functions tell of it.
  var fields: CertificateFields {
    var fields = CertificateFields()
    fields.version = Int(gnutls_x509_crt_get_version(handle))
    fields.serialNumber = hexadecimal { gnutls_x509_crt_get_serial(handle, $0, $1) }
    fields.thumbprint = hexadecimal {
      gnutls_x509_crt_get_fingerprint(handle, GNUTLS_DIG_SHA1, $0, $1)
    }
    let subject = CertificateName(gnutls_x509_crt_get_subject, of: handle)
    let issuer = CertificateName(gnutls_x509_crt_get_issuer, of: handle)
    fields.subject = subject.text
    fields.issuer = issuer.text
    fields.subjectNames = subject.names(alternatives: alternatives(ofSubject: true))
    fields.issuerNames = issuer.names(alternatives: alternatives(ofSubject: false))
    fields.notBefore = moment(gnutls_x509_crt_get_activation_time(handle))
    fields.notAfter = moment(gnutls_x509_crt_get_expiration_time(handle))
    fields.keyAlgorithm = text { buffer, size in
      gnutls_x509_crt_get_pk_oid(handle, buffer?.assumingMemoryBound(to: CChar.self), size)
    }
    fields.signatureAlgorithm = text { buffer, size in
      gnutls_x509_crt_get_signature_oid(handle, buffer?.assumingMemoryBound(to: CChar.self), size)
    }
    fields.keyParameters = keyParameters
    fields.extensions = extensions
    return fields
  }

  private var extensions: [CertificateFields.Extension] {
    var result: [CertificateFields.Extension] = []
    while true {
      var isCritical: UInt32 = 0
      let index = UInt32(result.count)
      let identifier = text {
        gnutls_x509_crt_get_extension_info(handle, index, $0, $1, &isCritical)
      }
      if identifier.isEmpty { return result }
      result.append(.init(identifier: identifier, isCritical: isCritical != 0))
    }
  }

  /// The parameters of the key's algorithm in DER, as hexadecimal digits.
  private var keyParameters: String {
    var key: gnutls_pubkey_t?
    guard gnutls_pubkey_init(&key) == GNUTLS_E_SUCCESS, let key else { return "" }
    defer { gnutls_pubkey_deinit(key) }
    var datum = gnutls_datum_t()
    guard gnutls_pubkey_import_x509(key, handle, 0) == GNUTLS_E_SUCCESS,
      gnutls_pubkey_export2(key, GNUTLS_X509_FMT_DER, &datum) == GNUTLS_E_SUCCESS
    else { return "" }
    defer { cgnutls_free(datum.data) }
    // SubjectPublicKeyInfo ::= SEQUENCE { SEQUENCE { OBJECT IDENTIFIER, parameters }, BIT STRING }
    let bytes = UnsafeBufferPointer(start: datum.data, count: Int(datum.size))
    var whole = DER(Array(bytes))
    var information = whole.next()?.content
    var algorithm = information?.next()?.content
    _ = algorithm?.next()
    return Hexadecimal.encode(algorithm?.rest ?? []).uppercased()
  }

  private func moment(_ time: time_t) -> Timestamp {
    Timestamp(milliseconds: Int64(max(time, -62_135_596_800)) * 1000)
  }

  private func hexadecimal(
    _ read: (UnsafeMutableRawPointer?, UnsafeMutablePointer<Int>?) -> Int32
  ) -> String {
    Hexadecimal.encode(Self.bytes(read)).uppercased()
  }

  private func text(
    _ read: (UnsafeMutableRawPointer?, UnsafeMutablePointer<Int>?) -> Int32
  ) -> String {
    String(decoding: Self.bytes(read).prefix { $0 != 0 }, as: UTF8.self)
  }

  /// What a function of GnuTLS writes into a buffer, which it wants larger if it is too short.
  static func bytes(
    _ read: (UnsafeMutableRawPointer?, UnsafeMutablePointer<Int>?) -> Int32
  ) -> [UInt8] {
    var size = 512
    for _ in 0..<2 {
      var buffer = [UInt8](repeating: 0, count: size)
      let status = buffer.withUnsafeMutableBytes { read($0.baseAddress, &size) }
      if status >= 0 { return Array(buffer.prefix(size)) }
      guard status == GNUTLS_E_SHORT_MEMORY_BUFFER, size <= 1 << 20 else { return [] }
    }
    return []
  }
}
