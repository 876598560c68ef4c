import Secrets
import Testing

@testable import DirectoryReplication

/// The example of [MS-NLMP] §4.2: user `User` of `Domain` with the password `Password`.
@Suite struct NTLMTests {
  private let hash = PasswordHash.ntHash(of: "Password")
  private let target = TargetInformation(pairs: [
    TargetInformation.Pair(kind: 2, value: "Domain".utf16LE),
    TargetInformation.Pair(kind: 1, value: "Server".utf16LE),
  ])
  private let session = SecretBytes(Array(repeating: 0x55, count: 16))

  private var responseKey: SecretBytes {
    NTLMv2.responseKey(hash, user: "User", domain: "Domain")
  }

  private func clear(_ secret: SecretBytes) -> [UInt8] { secret.withBytes { Array($0) } }

  @Test("The response key is that of MS-NLMP §4.2.4.1.1, however the user is written")
  func key() throws {
    #expect(try clear(responseKey) == hex("0c868a403bfd7a93a3001ef22ef02e3f"))
    let small = NTLMv2.responseKey(hash, user: "uSER", domain: "Domain")
    #expect(clear(small) == clear(responseKey))
    let other = NTLMv2.responseKey(hash, user: "User", domain: "DOMAIN")
    #expect(clear(other) != clear(responseKey))
  }

  @Test("The response is that of MS-NLMP §4.2.4.2.2, and so is the session's base key")
  func response() throws {
    let response = NTLMv2.response(
      responseKey, challenge: try hex("0123456789abcdef"), time: Array(repeating: 0, count: 8),
      nonce: Array(repeating: 0xAA, count: 8), target: target.bytes)
    #expect(try Array(response.bytes.prefix(16)) == hex("68cd0ab851e51c96aabc927bebef6a1c"))
    #expect(try clear(response.baseKey) == hex("8de40ccadbc14a82f15cb0ad0de95ca3"))
    var key = clear(session)
    let cipher = RC4(key: response.baseKey)
    cipher?.apply(to: &key)
    #expect(try key == hex("c5dad2544fc9799094ce1ce90bc9d03e"))
  }

  @Test("The session's keys are those of MS-NLMP §4.2.4.4")
  func keys() throws {
    #expect(
      try clear(NTLMv2.key(session, .clientSeals)) == hex("59f600973cc4960a25480a7c196e4c58"))
    #expect(
      try clear(NTLMv2.key(session, .clientSigns)) == hex("4788dc861b4782f35d43fd98fe1a2d39"))
  }

  @Test("A message is sealed as in MS-NLMP §4.2.4.4")
  func sealing() throws {
    let sealing = try #require(
      NTLMSealing(
        signing: NTLMv2.key(session, .clientSigns), sealing: NTLMv2.key(session, .clientSeals)))
    var unit = SealedUnit(head: [], data: "Plaintext".utf16LE, trailer: [])
    let code = sealing.code(unit)
    sealing.cipher(&unit.data)
    #expect(try unit.data == hex("54e50165bf1936dc996020c1811b0f06fb5f"))
    #expect(try sealing.signature(code) == hex("010000007fb38ec5c55d497600000000"))
  }

  @Test("What the server says of itself is read, marked, and sent back")
  func information() throws {
    let read = try TargetInformation.read(target.bytes)
    #expect(read == target)
    #expect(read.time == nil)
    #expect(read.withIntegrity.pairs.last == .init(kind: 6, value: [2, 0, 0, 0]))
    var flagged = target
    flagged.pairs.insert(.init(kind: 6, value: [1, 0, 0, 0]), at: 0)
    #expect(flagged.withIntegrity.pairs.first == .init(kind: 6, value: [3, 0, 0, 0]))
    #expect(flagged.withIntegrity.pairs.count == 3)
  }

  @Test("What this side asks for goes with its proof")
  func serviceName() throws {
    let named = target.with(serviceName: "ldap/dc1.contoso.com")
    #expect(named.pairs.last == .init(kind: 9, value: "ldap/dc1.contoso.com".utf16LE))
    #expect(named.with(serviceName: "ldap/dc2").pairs.count == named.pairs.count)
    let context = context()
    context.serviceName = "ldap/dc1.contoso.com"
    _ = try context.next(after: nil)
    let challenge = Self.challenge(flags: NTLMFlags.offered.rawValue, target: target.bytes)
    let last = try #require(try context.next(after: challenge))
    #expect(last.firstRange(of: [9, 0, 40, 0] + "ldap/dc1.contoso.com".utf16LE) != nil)
  }

  @Test("The server's time is the response's time")
  func time() throws {
    let time: [UInt8] = [1, 2, 3, 4, 5, 6, 7, 8]
    let pair = TargetInformation.Pair(kind: 7, value: time)
    #expect(try TargetInformation.read(TargetInformation(pairs: [pair]).bytes).time == time)
  }

  // A challenge as a server sends it.
  static func challenge(flags: UInt32, target: [UInt8]) -> [UInt8] {
    var writer = NDRWriter()
    writer.add("NTLMSSP\0".utf8)
    writer.add(UInt32(2))
    writer.zeros(8)
    writer.add(flags)
    writer.add([1, 0x23, 0x45, 0x67, 0x89, 0xAB, 0xCD, 0xEF])
    writer.zeros(8)
    writer.add(UInt16(target.count))
    writer.add(UInt16(target.count))
    writer.add(UInt32(56))
    writer.zeros(8)
    writer.add(target)
    return writer.bytes
  }

  private func context() -> NTLMContext {
    NTLMContext(
      NTLMContext.Account(user: "User", domain: "Domain", hash: hash),
      randomness: { memory in
        memory.copyBytes(from: repeatElement(memory.count == 8 ? 0xAA : 0x55, count: memory.count))
      }, clock: { 0 })
  }

  @Test("A whole exchange gives the key that both sides know, and an integrity code over all of it")
  func exchange() throws {
    let context = context()
    let first = try #require(try context.next(after: nil))
    let challenge = Self.challenge(flags: NTLMFlags.offered.rawValue, target: target.bytes)
    let last = try #require(try context.next(after: challenge))
    #expect(try context.next(after: challenge) == nil)
    #expect(try clear(context.sessionKey()) == Array(repeating: 0x55, count: 16))
    let code = Digest.hmacMD5(key: session)
    code.add(first + challenge + last[..<72])
    code.add(Array(repeating: 0, count: 16) + last[88...])
    #expect(Array(last[72..<88]) == code.bytes())
    #expect(Array(last[64..<72]) == NTLMMessage.version)
  }

  @Test("A server that would not seal, or not with 128 bits, is refused")
  func weakness() throws {
    for missing: NTLMFlags in [.seal, .sign, .keys128, .keyExchange, .extendedSessionSecurity] {
      let flags = NTLMFlags.offered.subtracting(missing)
      let context = context()
      _ = try context.next(after: nil)
      #expect(throws: WeakAuthentication(missing: missing.rawValue)) {
        _ = try context.next(after: Self.challenge(flags: flags.rawValue, target: []))
      }
    }
  }

  @Test("What is sealed opens on the other side only as it was sent, and in its order")
  func directions() throws {
    func sealing(_ signing: NTLMv2.KeyUse, _ sealing: NTLMv2.KeyUse) throws -> NTLMSealing {
      try #require(
        NTLMSealing(signing: NTLMv2.key(session, signing), sealing: NTLMv2.key(session, sealing)))
    }
    let context = context()
    _ = try context.next(after: nil)
    _ = try context.next(
      after: Self.challenge(flags: NTLMFlags.offered.rawValue, target: target.bytes))
    let server = try sealing(.serverSigns, .serverSeals)
    for number in 0..<3 as Range<UInt8> {
      var unit = SealedUnit(head: [number], data: [1, 2, 3, number], trailer: [9])
      let code = server.code(unit)
      server.cipher(&unit.data)
      let signature = server.signature(code)
      try context.unseal(&unit, signature: signature)
      #expect(unit.data == [1, 2, 3, number])
    }
    var unit = SealedUnit(head: [3], data: [1, 2, 3, 3], trailer: [9])
    let code = server.code(unit)
    server.cipher(&unit.data)
    let signature = server.signature(code)
    var changed = SealedUnit(head: [4], data: unit.data, trailer: [9])
    #expect(throws: BrokenSeal.self) { try context.unseal(&changed, signature: signature) }
    // A controller says how long its signature is.
    for count in [0, 1, 15, 17, 64] {
      var unit = SealedUnit(head: [5], data: [1, 2, 3, 4], trailer: [9])
      let piece = Array((signature + signature + signature + signature + signature).prefix(count))
      #expect(throws: BrokenSeal.self) { try context.unseal(&unit, signature: piece) }
    }
  }

  @Test("Nothing is sealed before there is a session")
  func early() {
    var unit = SealedUnit(head: [], data: [1], trailer: [])
    #expect(throws: BrokenSeal.self) { _ = try context().seal(&unit) }
    #expect(throws: BrokenSeal.self) { _ = try context().sessionKey() }
  }
}
