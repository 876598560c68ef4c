import CGnuTLS
import Foundation
import JSON

/// A signed statement by which an application shows that it holds its certificate's key
/// (RFC 7523; learn.microsoft.com, "Microsoft identity platform application authentication
/// certificate credentials").
struct ClientAssertion {
  private let parts: [Substring]

  /// The assertion in the compact form of RFC 7515 §7.1.
  init(_ text: String) { parts = text.split(separator: ".", omittingEmptySubsequences: false) }

  /// Refuses an assertion that is not the application's, or not for `audience` at the moment `now`,
  /// in seconds since the epoch.
  ///
  /// - Throws: ``OAuthError``.
  func check(_ application: TenantApplication, audience: String, now: Int64) throws {
    guard parts.count == 3, let header = Self.object(parts[0]), let claims = Self.object(parts[1]),
      let signature = Self.bytes(parts[2])
    else { throw Self.refusal(50027, "The assertion is no JWT.") }
    guard let certificate = application.certificate else {
      throw Self.refusal(700027, "The application has no certificate.")
    }
    try checkThumbprint(header, certificate)
    guard
      Self.isSigned(
        Array((parts[0] + "." + parts[1]).utf8), signature, by: certificate,
        header["alg"]?.string ?? "")
    else { throw Self.refusal(700027, "The certificate's signature validation failed.") }
    let id = application.clientID.lowercased()
    guard ["iss", "sub"].allSatisfy({ claims[$0]?.string?.lowercased() == id }) else {
      throw Self.refusal(50027, "iss and sub must be the application's id.")
    }
    guard claims["aud"]?.string == audience else {
      throw Self.refusal(700023, "The audience must be '\(audience)'.")
    }
    guard let expires = Self.seconds(claims["exp"]), expires > Double(now) else {
      throw Self.refusal(700024, "The assertion is not within its valid time range.")
    }
    guard let begins = claims["nbf"].map({ Self.seconds($0) }) ?? Double(now),
      begins <= Double(now + 300)
    else { throw Self.refusal(700024, "The assertion is not valid yet.") }
    guard claims["jti"]?.string?.isEmpty == false else {
      throw Self.refusal(50027, "The assertion has no jti.")
    }
  }

  private func checkThumbprint(_ header: JSONObject, _ certificate: [UInt8]) throws {
    let expected = SHA256.digest(certificate)
    let given = header["x5t#S256"]?.string.flatMap { Self.bytes($0[...]) }
    guard given == nil || given == expected else {
      throw Self.refusal(700027, "The certificate of the thumbprint is not registered.")
    }
    guard given != nil || header["x5t"]?.string != nil else {
      throw Self.refusal(700027, "The assertion names no certificate.")
    }
  }

  // Seconds since the epoch, which may have a fraction (RFC 7519 §2, NumericDate).
  private static func seconds(_ value: JSONValue?) -> Double? {
    switch value {
    case .integer(let number)?: Double(number)
    case .number(let number)?: number
    default: nil
    }
  }

  private static func refusal(_ number: Int, _ words: String) -> OAuthError {
    OAuthError(401, "invalid_client", number, words)
  }

  private static func object(_ part: Substring) -> JSONObject? {
    bytes(part).flatMap { try? JSONValue(parsing: $0).object }
  }

  /// The bytes of base64 in the URL's alphabet, without padding (RFC 7515 §2).
  static func bytes(_ text: Substring) -> [UInt8]? {
    let plain = text.replacingOccurrences(of: "-", with: "+")
      .replacingOccurrences(of: "_", with: "/")
    let padded = plain + String(repeating: "=", count: (4 - plain.count % 4) % 4)
    return Data(base64Encoded: padded).map { Array($0) }
  }

  // PS256 is what Microsoft asks for; RS256 is taken, too.
  private static func isSigned(
    _ message: [UInt8], _ signature: [UInt8], by certificate: [UInt8], _ algorithm: String
  ) -> Bool {
    let algorithms = ["PS256": GNUTLS_SIGN_RSA_PSS_SHA256, "RS256": GNUTLS_SIGN_RSA_SHA256]
    guard let algorithm = algorithms[algorithm] else { return false }
    var parsed: gnutls_x509_crt_t?
    var key: gnutls_pubkey_t?
    guard gnutls_x509_crt_init(&parsed) >= 0, gnutls_pubkey_init(&key) >= 0 else { return false }
    defer {
      gnutls_x509_crt_deinit(parsed)
      gnutls_pubkey_deinit(key)
    }
    let isRead = withDatum(certificate) { datum in
      gnutls_x509_crt_import(parsed, datum, GNUTLS_X509_FMT_DER) >= 0
        && gnutls_pubkey_import_x509(key, parsed, 0) >= 0
    }
    return isRead
      && withDatum(message) { message in
        withDatum(signature) { gnutls_pubkey_verify_data2(key, algorithm, 0, message, $0) >= 0 }
      }
  }

  private static func withDatum<Value>(
    _ bytes: [UInt8], _ work: (UnsafePointer<gnutls_datum_t>) -> Value
  ) -> Value {
    var bytes = bytes
    return bytes.withUnsafeMutableBufferPointer { buffer in
      var datum = gnutls_datum_t(data: buffer.baseAddress, size: UInt32(buffer.count))
      return work(&datum)
    }
  }
}
