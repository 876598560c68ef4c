import CGnuTLS
import Directory
import HTTP
import JSON

/// Signs the statement by which an application shows that it holds its certificate's key
/// (RFC 7523; learn.microsoft.com, "Microsoft identity platform application authentication
/// certificate credentials"): PS256 with the certificate's SHA-256.
struct AssertionSigner {
  /// Why it can't sign.
  struct Failure: Error, CustomStringConvertible {
    var description: String
  }

  private let certificate: [UInt8]
  private let key: [UInt8]

  /// A signer with a certificate and its private key, both PEM.
  ///
  /// - Throws: ``Failure`` if the certificate is none.
  init(certificate: String, key: String) throws {
    self.certificate = try Self.der(Array(certificate.utf8))
    self.key = Array(key.utf8)
  }

  /// A statement for `audience` that holds for 10 minutes.
  ///
  /// - Throws: ``Failure`` if the key can't sign, or is another certificate's.
  func assertion(application: String, audience: String, now: Timestamp) throws -> String {
    let seconds = now.milliseconds / 1000
    let header: JSONValue = [
      "alg": "PS256", "typ": "JWT",
      "x5t#S256": .string(Self.encode(try Self.digest(certificate))),
    ]
    let claims: JSONValue = [
      "aud": .string(audience), "iss": .string(application), "sub": .string(application),
      "jti": .string(Self.identifier()), "nbf": .integer(seconds - 60), "iat": .integer(seconds),
      "exp": .integer(seconds + 600),
    ]
    let text = Self.encode(header.encoded) + "." + Self.encode(claims.encoded)
    return text + "." + Self.encode(try sign(Array(text.utf8)))
  }

  private func sign(_ message: [UInt8]) throws -> [UInt8] {
    var private_: gnutls_privkey_t?
    try Self.check(gnutls_privkey_init(&private_))
    defer { gnutls_privkey_deinit(private_) }
    try Self.withDatum(key) { datum in
      try Self.check(
        gnutls_privkey_import_x509_raw(private_, datum, GNUTLS_X509_FMT_PEM, nil, 0))
    }
    var signature = gnutls_datum_t()
    try Self.withDatum(message) { datum in
      try Self.check(
        gnutls_privkey_sign_data2(private_, GNUTLS_SIGN_RSA_PSS_SHA256, 0, datum, &signature))
    }
    defer { cgnutls_free(signature.data) }
    let bytes = Array(UnsafeBufferPointer(start: signature.data, count: Int(signature.size)))
    try checkPair(message, bytes)
    return bytes
  }

  // The server would say only that the signature is wrong.
  private func checkPair(_ message: [UInt8], _ signature: [UInt8]) throws {
    var parsed: gnutls_x509_crt_t?
    var key: gnutls_pubkey_t?
    try Self.check(gnutls_x509_crt_init(&parsed))
    defer { gnutls_x509_crt_deinit(parsed) }
    try Self.check(gnutls_pubkey_init(&key))
    defer { gnutls_pubkey_deinit(key) }
    try Self.withDatum(certificate) { datum in
      try Self.check(gnutls_x509_crt_import(parsed, datum, GNUTLS_X509_FMT_DER))
    }
    try Self.check(gnutls_pubkey_import_x509(key, parsed, 0))
    let code = Self.withDatum(message) { message in
      Self.withDatum(signature) {
        gnutls_pubkey_verify_data2(key, GNUTLS_SIGN_RSA_PSS_SHA256, 0, message, $0)
      }
    }
    guard code >= 0 else { throw Failure(description: "the key is not the certificate's") }
  }

  private static func der(_ pem: [UInt8]) throws -> [UInt8] {
    var parsed: gnutls_x509_crt_t?
    try check(gnutls_x509_crt_init(&parsed))
    defer { gnutls_x509_crt_deinit(parsed) }
    try withDatum(pem) { datum in
      try check(gnutls_x509_crt_import(parsed, datum, GNUTLS_X509_FMT_PEM))
    }
    var out = gnutls_datum_t()
    try check(gnutls_x509_crt_export2(parsed, GNUTLS_X509_FMT_DER, &out))
    defer { cgnutls_free(out.data) }
    return Array(UnsafeBufferPointer(start: out.data, count: Int(out.size)))
  }

  private static func digest(_ bytes: [UInt8]) throws -> [UInt8] {
    var out = [UInt8](repeating: 0, count: 32)
    try check(gnutls_hash_fast(GNUTLS_DIG_SHA256, bytes, bytes.count, &out))
    return out
  }

  // Base64 in the URL's alphabet, without padding (RFC 7515 §2).
  private static func encode(_ bytes: [UInt8]) -> String {
    var out = ""
    for character in Base64Text.encode(bytes) where character != "=" {
      out.append(character == "+" ? "-" : character == "/" ? "_" : character)
    }
    return out
  }

  private static func identifier() -> String {
    let bytes = (0..<16).map { _ in UInt8.random(in: 0...255) }
    return Hexadecimal.encode(bytes)
  }

  private static func check(_ code: Int32) throws {
    guard code < 0 else { return }
    throw Failure(description: String(cString: gnutls_strerror(code)))
  }

  private static func withDatum<Value>(
    _ bytes: [UInt8], _ work: (UnsafePointer<gnutls_datum_t>) throws -> Value
  ) rethrows -> Value {
    var bytes = bytes
    return try bytes.withUnsafeMutableBufferPointer { buffer in
      var datum = gnutls_datum_t(data: buffer.baseAddress, size: UInt32(buffer.count))
      return try work(&datum)
    }
  }
}
