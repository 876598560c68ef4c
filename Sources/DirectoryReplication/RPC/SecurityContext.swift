import Secrets

/// Who both sides are, and the keys that come of it: NTLM or Kerberos behind an association.
protocol SecurityContext: AnyObject {
  /// How this authentication is named to the server.
  var service: AuthenticationTrailer.Service { get }

  /// How a token after the first is sent: in a unit without an answer ([MS-RPCE] §2.2.2.5), or in one
  /// with one.
  var lastTokenIsAnswered: Bool { get }

  /// What is to be told of how it came to this authentication; nil if nothing is.
  var notice: String? { get }

  /// The next token for the server, after `token` of it; nil when nothing more is to be said.
  func next(after token: [UInt8]?) throws -> [UInt8]?

  /// The key that both sides have when nothing more is to be said.
  func sessionKey() throws -> SecretBytes

  /// How long the signature of that much data is.
  func signatureLength(for count: Int) throws -> Int

  /// Enciphers the unit's data and gives the signature of all of it.
  func seal(_ unit: inout SealedUnit) throws -> [UInt8]

  /// Deciphers the unit's data.
  ///
  /// - Throws: ``BrokenSeal`` if `signature` is not the unit's.
  func unseal(_ unit: inout SealedUnit, signature: [UInt8]) throws
}

extension SecurityContext {
  /// Nothing.
  var notice: String? { nil }
}

/// The parts of a unit that are signed, of which the data is enciphered ([MS-RPCE] §3.3.1.5.2.2).
struct SealedUnit {
  /// Header and call header.
  let head: [UInt8]
  /// The data with its padding.
  var data: [UInt8]
  /// The trailer before the signature.
  let trailer: [UInt8]
}

/// A unit whose signature is not that of its content: it was changed on the way, or belongs elsewhere.
struct BrokenSeal: Error, Hashable {
  /// What did not fit.
  let what: String
}
