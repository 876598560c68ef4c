import CGnuTLS
import Foundation
import JSON
import TestSupport
import Testing

@testable import Tenant

/// A key with a certificate that it has signed itself.
private final class Signer: @unchecked Sendable {
  struct Failure: Error {}

  let certificate: [UInt8]
  private let key: gnutls_privkey_t

  init() throws {
    var made: (key: gnutls_x509_privkey_t?, own: gnutls_privkey_t?, crt: gnutls_x509_crt_t?)
    gnutls_x509_privkey_init(&made.key)
    gnutls_privkey_init(&made.own)
    gnutls_x509_crt_init(&made.crt)
    guard let x509 = made.key, let own = made.own, let crt = made.crt,
      gnutls_x509_privkey_generate(x509, GNUTLS_PK_RSA, 2048, 0) >= 0
    else { throw Failure() }
    defer { gnutls_x509_crt_deinit(crt) }
    gnutls_x509_crt_set_version(crt, 3)
    var serial: UInt8 = 1
    gnutls_x509_crt_set_serial(crt, &serial, 1)
    gnutls_x509_crt_set_activation_time(crt, 1_700_000_000)
    gnutls_x509_crt_set_expiration_time(crt, 1_900_000_000)
    gnutls_x509_crt_set_key(crt, x509)
    guard gnutls_x509_crt_sign2(crt, crt, x509, GNUTLS_DIG_SHA256, 0) >= 0,
      // The key goes with what it is imported into.
      gnutls_privkey_import_x509(own, x509, UInt32(GNUTLS_PRIVKEY_IMPORT_AUTO_RELEASE.rawValue))
        >= 0
    else { throw Failure() }
    key = own
    var (bytes, size) = ([UInt8](repeating: 0, count: 8192), 8192)
    gnutls_x509_crt_export(crt, GNUTLS_X509_FMT_DER, &bytes, &size)
    certificate = Array(bytes[..<size])
  }

  deinit { gnutls_privkey_deinit(key) }

  func signature(
    _ text: String, _ algorithm: gnutls_sign_algorithm_t = GNUTLS_SIGN_RSA_PSS_SHA256
  ) throws -> [UInt8] {
    var bytes = Array(text.utf8)
    var signature = gnutls_datum_t()
    let status = bytes.withUnsafeMutableBufferPointer { buffer in
      var datum = gnutls_datum_t(data: buffer.baseAddress, size: UInt32(buffer.count))
      return gnutls_privkey_sign_data2(key, algorithm, 0, &datum, &signature)
    }
    guard status >= 0 else { throw Failure() }
    defer { free(signature.data) }
    return Array(UnsafeBufferPointer(start: signature.data, count: Int(signature.size)))
  }
}

/// By which an application proves what it is, as RFC 7523 and Microsoft's pages have it.
@Suite("Assertions of applications")
struct ClientAssertionTests {
  private static let signer = Result { try Signer() }
  private static let now: Int64 = 1_795_000_000
  private static let audience = "https://login/contoso/oauth2/v2.0/token"

  private let signer: Signer
  private let application: TenantApplication

  init() throws {
    signer = try Self.signer.get()
    application = TenantApplication(clientID: "app", certificate: signer.certificate)
  }

  private static func encode(_ bytes: [UInt8]) -> String {
    Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
      .replacing("=", with: "")
  }

  private var header: JSONObject {
    [
      "alg": "PS256", "typ": "JWT",
      "x5t#S256": .string(Self.encode(SHA256.digest(signer.certificate))),
    ].asObject
  }

  private var claims: JSONObject {
    [
      "aud": .string(Self.audience), "iss": "app", "sub": "app", "jti": "1",
      "exp": .integer(Self.now + 600), "nbf": .integer(Self.now),
    ].asObject
  }

  private func assertion(
    _ header: JSONObject, _ claims: JSONObject,
    by algorithm: gnutls_sign_algorithm_t = GNUTLS_SIGN_RSA_PSS_SHA256
  ) throws -> String {
    let text = [header, claims].map { Self.encode(JSONValue.object($0).encoded) }
      .joined(separator: ".")
    return text + "." + Self.encode(try signer.signature(text, algorithm))
  }

  /// The number of the refusal; nil if the assertion is taken.
  private func refusal(_ text: String, _ other: TenantApplication? = nil) -> Int? {
    do {
      try ClientAssertion(text).check(
        other ?? application, audience: Self.audience, now: Self.now)
      return nil
    } catch {
      return (error as? OAuthError)?.number
    }
  }

  private func changed(_ object: JSONObject, _ name: String, _ value: JSONValue?) -> JSONObject {
    var object = object
    object[name] = value
    return object
  }

  @Test("One that is right is taken, in either way of signing")
  func right() throws {
    #expect(refusal(try assertion(header, claims)) == nil)
    let older = changed(header, "alg", "RS256")
    #expect(refusal(try assertion(older, claims, by: GNUTLS_SIGN_RSA_SHA256)) == nil)
    // The older thumbprint names the certificate, too.
    let short = changed(changed(header, "x5t#S256", nil), "x5t", "abc")
    #expect(refusal(try assertion(short, claims)) == nil)
  }

  @Test(
    "Each claim must be what it must be",
    arguments: [
      ("aud", "https://login/fabrikam/oauth2/v2.0/token", 700023), ("aud", nil, 700023),
      ("iss", "other", 50027), ("iss", nil, 50027), ("sub", "other", 50027), ("sub", nil, 50027),
      ("jti", nil, 50027), ("jti", "", 50027), ("jti", 5, 50027), ("exp", nil, 700024),
      ("exp", .integer(now), 700024), ("exp", .integer(now - 1), 700024),
      ("exp", "1795000600", 700024), ("exp", true, 700024), ("exp", .integer(.min), 700024),
      ("nbf", .integer(now + 301), 700024), ("nbf", .integer(.max), 700024),
      ("nbf", "soon", 700024), ("aud", ["x"], 700023),
    ] as [(String, JSONValue?, Int)])
  func claims(_ name: String, _ value: JSONValue?, _ number: Int) throws {
    #expect(refusal(try assertion(header, changed(claims, name, value))) == number)
  }

  @Test("The application's id is the same in capitals, in each claim for itself")
  func capitals() throws {
    let id = JSONValue.string(application.clientID.uppercased())
    #expect(refusal(try assertion(header, changed(claims, "iss", id))) == nil)
    #expect(refusal(try assertion(header, changed(claims, "sub", id))) == nil)
    let both = changed(changed(claims, "iss", id), "sub", id)
    #expect(refusal(try assertion(header, both)) == nil)
  }

  @Test(
    "Times are taken to the second, or a part of it",
    arguments: [
      ("exp", .integer(now + 1)), ("exp", .number(Double(now) + 0.5)), ("exp", .integer(.max)),
      ("nbf", .integer(now + 300)), ("nbf", .number(Double(now) + 299.5)), ("nbf", nil),
      ("nbf", .integer(.min)),
    ] as [(String, JSONValue?)])
  func times(_ name: String, _ value: JSONValue?) throws {
    #expect(refusal(try assertion(header, changed(claims, name, value))) == nil)
  }

  @Test(
    "Nothing but a signature of the certificate's key counts",
    arguments: ["none", "HS256", "PS384", "ES256", "", "ps256"])
  func algorithms(_ name: String) throws {
    let text = try assertion(changed(header, "alg", .string(name)), claims)
    #expect(refusal(text) == 700027)
    #expect(refusal(text.prefix { $0 != "." } + "..") != nil)
  }

  @Test("The certificate must be named, be the one that is registered, and be there")
  func certificates() throws {
    let other = changed(header, "x5t#S256", .string(Self.encode([UInt8](repeating: 7, count: 32))))
    #expect(refusal(try assertion(other, claims)) == 700027)
    #expect(refusal(try assertion(changed(header, "x5t#S256", nil), claims)) == 700027)
    let text = try assertion(header, claims)
    #expect(refusal(text, TenantApplication(clientID: "app", secret: "s")) == 700027)
    let stranger = try Signer()
    #expect(
      refusal(text, TenantApplication(clientID: "app", certificate: stranger.certificate))
        == 700027)
    #expect(refusal(text, TenantApplication(clientID: "app", certificate: [1, 2, 3])) == 700027)
  }

  @Test("An assertion with any sign changed, lost or doubled is refused", arguments: 1...8)
  func damaged(seed: Int) throws {
    var random = SeededRandom(scattering: seed)
    let text = try assertion(header, claims)
    for _ in 0..<25 {
      var signs = Array(text)
      let place = Int.random(in: 0..<signs.count, using: &random)
      switch Int.random(in: 0..<3, using: &random) {
      case 0: signs.remove(at: place)
      case 1: signs.insert(signs[place], at: place)
      default: signs[place] = random.choose(["A", "z", "0", "-", ".", "=", "é", " "])
      }
      let other = String(signs)
      guard other != text, Self.bytes(other) != Self.bytes(text) else { continue }
      #expect(refusal(other) != nil, "\(other)")
    }
    for end in [0, 1, text.count / 2, text.count - 1] {
      #expect(refusal(String(text.prefix(end))) != nil)
    }
  }

  // The bits of the last sign that stand for nothing may differ.
  private static func bytes(_ text: String) -> [[UInt8]?] {
    text.split(separator: ".", omittingEmptySubsequences: false).map { ClientAssertion.bytes($0) }
  }
}

extension [String: JSONValue] {
  fileprivate var asObject: JSONObject {
    JSONObject(
      members: sorted { $0.key < $1.key }.map { JSONMember(name: $0.key, value: $0.value) })
  }
}
