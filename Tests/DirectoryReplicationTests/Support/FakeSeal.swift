import Secrets

@testable import DirectoryReplication

/// A seal that any child could break, but that shows whether all is sealed that has to be.
struct FakeSeal {
  private var sequence: UInt8 = 0

  /// The signature of `unit`, whose data is clear; the next one is another.
  mutating func signature(_ unit: SealedUnit) -> [UInt8] {
    let digest = Digest.md5()
    digest.add(unit.head + unit.data + unit.trailer + [sequence])
    sequence &+= 1
    return digest.bytes()
  }

  static func cipher(_ data: inout [UInt8]) { for index in data.indices { data[index] ^= 0x5A } }
}

/// The client's side of ``FakeSeal``: two tokens, and the session key of ``Sample``.
final class FakeContext: SecurityContext {
  private var tokens: [[UInt8]] = [[1], [2]]
  private var outgoing = FakeSeal()
  private var incoming = FakeSeal()
  let service = AuthenticationTrailer.Service.ntlm
  let lastTokenIsAnswered: Bool

  let notice: String?

  init(lastTokenIsAnswered: Bool = false, notice: String? = nil) {
    self.lastTokenIsAnswered = lastTokenIsAnswered
    self.notice = notice
  }

  func next(after token: [UInt8]?) throws -> [UInt8]? {
    tokens.isEmpty ? nil : tokens.removeFirst()
  }

  func sessionKey() throws -> SecretBytes { Sample.sessionKey }
  func signatureLength(for count: Int) throws -> Int { 16 }

  func seal(_ unit: inout SealedUnit) throws -> [UInt8] {
    let signature = outgoing.signature(unit)
    FakeSeal.cipher(&unit.data)
    return signature
  }

  func unseal(_ unit: inout SealedUnit, signature: [UInt8]) throws {
    FakeSeal.cipher(&unit.data)
    guard incoming.signature(unit) == signature else { throw BrokenSeal(what: "signature") }
  }
}
