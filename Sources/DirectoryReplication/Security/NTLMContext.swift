import CNettle
import Directory
import Secrets

/// Authentication by NTLMv2 with keys exchanged, signed and sealed ([MS-NLMP] §3.1 and §3.4).
final class NTLMContext: SecurityContext {
  /// Who this side is.
  struct Account {
    var user: String
    var domain: String
    let hash: SecretBytes
  }

  /// What is asked for by this side, such as `ldap/dc1.contoso.com`: it goes with the proof, so that
  /// a server can see that it was meant for another one ([MS-NLMP] §3.1.5.1.2).
  var serviceName: String?
  /// What is to be told of how it came to this context; nil if nothing is.
  var notice: String?
  private let account: Account
  private let randomness: (UnsafeMutableRawBufferPointer) -> Void
  private let clock: () -> UInt64
  private var negotiation: [UInt8] = []
  private var session: Session?

  /// A context for `account`; random bytes, written to where they are needed and nowhere else, and
  /// the time (a FILETIME) come from these functions.
  init(
    _ account: Account,
    randomness: @escaping (UnsafeMutableRawBufferPointer) -> Void = NTLMContext.random,
    clock: @escaping () -> UInt64 = NTLMContext.now
  ) {
    self.account = account
    self.randomness = randomness
    self.clock = clock
  }

  var service: AuthenticationTrailer.Service { .ntlm }
  var lastTokenIsAnswered: Bool { false }

  func next(after token: [UInt8]?) throws -> [UInt8]? {
    guard let token else {
      negotiation = NTLMNegotiation().bytes
      return negotiation
    }
    guard session == nil else { return nil }
    return try answer(token)
  }

  func sessionKey() throws -> SecretBytes { try established().key }

  func signatureLength(for count: Int) throws -> Int { NTLMSealing.length }

  func seal(_ unit: inout SealedUnit) throws -> [UInt8] {
    let session = try established()
    let code = session.outgoing.code(unit)
    session.outgoing.cipher(&unit.data)
    return session.outgoing.signature(code)
  }

  func unseal(_ unit: inout SealedUnit, signature: [UInt8]) throws {
    let session = try established()
    session.incoming.cipher(&unit.data)
    let expected = session.incoming.signature(session.incoming.code(unit))
    guard signature.count == expected.count,
      nettle_memeql_sec(expected, signature, expected.count) != 0
    else { throw BrokenSeal(what: "an answer's signature is not its own") }
  }

  private struct Session {
    let key: SecretBytes
    let outgoing: NTLMSealing
    let incoming: NTLMSealing
  }

  private func established() throws -> Session {
    guard let session else { throw BrokenSeal(what: "there is no session") }
    return session
  }

  private func answer(_ token: [UInt8]) throws -> [UInt8] {
    let challenge = try NTLMChallenge.read(token)
    guard challenge.flags.isSuperset(of: .required) else {
      throw WeakAuthentication(missing: NTLMFlags.required.subtracting(challenge.flags).rawValue)
    }
    let now = clock()
    let time = challenge.target.time ?? (0..<8).map { UInt8(truncatingIfNeeded: now >> (8 * $0)) }
    let response = NTLMv2.response(
      NTLMv2.responseKey(account.hash, user: account.user, domain: account.domain),
      challenge: challenge.challenge, time: time, nonce: nonce(),
      target: target(challenge.target).bytes)
    let key = SecretBytes(count: 16, randomness)
    let message = NTLMAuthentication(
      domain: account.domain, user: account.user, workstation: "",
      response: response.bytes, encryptedKey: try Self.enciphered(key, response.baseKey),
      flags: challenge.flags.intersection(.offered))
    session = try Self.session(key)
    let integrity = Digest.hmacMD5(key: key)
    integrity.add(negotiation)
    integrity.add(token)
    integrity.add(message.bytes(integrity: [UInt8](repeating: 0, count: 16)))
    return message.bytes(integrity: integrity.bytes())
  }

  private func target(_ told: TargetInformation) -> TargetInformation {
    let list = told.withIntegrity
    return serviceName.map { list.with(serviceName: $0) } ?? list
  }

  private static func session(_ key: SecretBytes) throws -> Session {
    guard
      let outgoing = NTLMSealing(
        signing: NTLMv2.key(key, .clientSigns), sealing: NTLMv2.key(key, .clientSeals)),
      let incoming = NTLMSealing(
        signing: NTLMv2.key(key, .serverSigns), sealing: NTLMv2.key(key, .serverSeals))
    else { throw BrokenSeal(what: "the session has no keys") }
    return Session(key: key, outgoing: outgoing, incoming: incoming)
  }

  private func nonce() -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 8)
    bytes.withUnsafeMutableBytes(randomness)
    return bytes
  }

  private static func enciphered(_ key: SecretBytes, _ with: SecretBytes) throws -> [UInt8] {
    guard let cipher = RC4(key: with) else { throw BrokenSeal(what: "the session has no keys") }
    return SecretBytes(key, changedBy: { cipher.apply(to: $0) }).withBytes { Array($0) }
  }

  /// The time of this machine as a FILETIME.
  static func now() -> UInt64 { UInt64(max(Timestamp.now.fileTime ?? 0, 0)) }

  /// Fills `memory` with random bytes of the system.
  static func random(_ memory: UnsafeMutableRawBufferPointer) {
    var generator = SystemRandomNumberGenerator()
    for index in memory.indices {
      memory[index] = UInt8.random(in: .min ... .max, using: &generator)
    }
  }
}

/// A server that would not protect what is said as it must be protected.
struct WeakAuthentication: Error, Hashable {
  /// The flags of [MS-NLMP] §2.2.2.5 that it did not take.
  let missing: UInt32
}
