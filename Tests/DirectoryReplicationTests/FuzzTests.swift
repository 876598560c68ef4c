import Directory
import TestSupport
import Testing

@testable import DirectoryReplication

/// Whatever bytes come: an error, or a value, and never a crash.
@Suite struct FuzzTests {
  /// Something that reads bytes, with an example of what it likes.
  struct Target: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let example: [UInt8]
    let read: @Sendable ([UInt8]) throws -> Void
  }

  static let targets: [Target] = [
    Target(testDescription: "changes", example: changes(6)) { _ = try ChangesReply.read($0) },
    Target(testDescription: "changes, ninth version", example: changes(9)) {
      _ = try ChangesReply.read($0)
    },
    Target(testDescription: "endpoints", example: ProtocolUnitTests.endpoints([0, 7, 49_152])) {
      _ = try EndpointMapper.read($0)
    },
    Target(testDescription: "challenge", example: challenge) { _ = try NTLMChallenge.read($0) },
    Target(testDescription: "binding", example: binding) { _ = try DirectoryBinding.read($0) },
    Target(testDescription: "names", example: names) { _ = try NamesReply.read($0) },
    Target(testDescription: "secret", example: Sample.secret("x", 1)) {
      _ = try SecretAttribute.ntHash($0, sessionKey: Sample.sessionKey, relativeID: 1)
    },
    Target(testDescription: "unit", example: unit) { bytes in
      let header = try PDUHeader.read(Array(bytes.prefix(16)))
      let unit = ProtocolUnit(header: header, bytes: bytes)
      guard bytes.count == header.length else { return }
      _ = try? BindAcknowledgement.read(unit)
      _ = try? BindRefusal.read(unit)
      _ = try? RPCFault.read(unit)
      _ = try? ResponseMessage.read(unit)
      _ = unit.token
    },
  ]

  private static func changes(_ version: UInt32) -> [UInt8] {
    var writer = ReplyWriter(version: version)
    writer.entries = (1100..<1104).map { Sample.user($0, password: "x") }
    return writer.bytes
  }

  private static var challenge: [UInt8] {
    let pairs = [1, 2, 6, 7].map {
      TargetInformation.Pair(kind: $0, value: [1, 2, 3, 4, 5, 6, 7, 8])
    }
    return NTLMTests.challenge(
      flags: NTLMFlags.offered.rawValue, target: TargetInformation(pairs: pairs).bytes)
  }

  private static var binding: [UInt8] {
    var writer = NDRWriter()
    writer.pointer()
    for number in [28, 28, UInt32.max] { writer.add(number) }
    writer.zeros(48)
    return writer.bytes
  }

  private static var names: [UInt8] {
    var writer = NDRWriter()
    for number in [1, 1, 4, 1, 8, 1, 0, 12, 16, 3, 0, 3] as [UInt32] { writer.add(number) }
    writer.terminated("ab")
    writer.align(4)
    for number in [3, 0, 3] as [UInt32] { writer.add(number) }
    writer.terminated("cd")
    writer.align(4)
    writer.add(UInt32(0))
    return writer.bytes
  }

  private static var unit: [UInt8] {
    let body: [UInt8] = Array(0..<64) + AuthenticationTrailer(service: .ntlm, padding: 3).bytes
    let header = PDUHeader(
      kind: .response, flags: [.first, .last], length: 16 + body.count + 16,
      authenticationLength: 16, call: 1)
    return header.bytes + body + [UInt8](repeating: 1, count: 16)
  }

  @Test("The examples themselves are read", arguments: targets)
  func examples(target: Target) throws { try target.read(target.example) }

  @Test("A message that ends anywhere is an error or a value", arguments: targets)
  func truncated(target: Target) {
    for end in target.example.indices { _ = try? target.read(Array(target.example[..<end])) }
  }

  @Test("A message with some bytes changed is an error or a value", arguments: targets)
  func changed(target: Target) {
    var random = SeededRandom(seed: 5)
    let edges: [UInt8] = [0, 1, 0x7F, 0x80, 0xFF]
    for _ in 0..<1500 {
      var bytes = target.example
      for _ in 0..<Int.random(in: 1...6, using: &random) {
        let place = Int.random(in: bytes.indices, using: &random)
        let isEdge = Bool.random(using: &random)
        bytes[place] =
          isEdge
          ? edges.randomElement(using: &random) ?? 0
          : UInt8.random(in: .min ... .max, using: &random)
      }
      _ = try? target.read(bytes)
    }
  }

  @Test("Numbers of 32 bits at any place can be huge", arguments: targets)
  func huge(target: Target) {
    for place in stride(from: 0, to: target.example.count - 3, by: 2) {
      for number: UInt32 in [.max, 0x7FFF_FFFF] {
        var bytes = target.example
        bytes.replaceSubrange(place..<place + 4, with: Sample.littleEndian(number))
        _ = try? target.read(bytes)
      }
    }
  }

  @Test("Noise is an error or a value", arguments: targets)
  func noise(target: Target) {
    var random = SeededRandom(seed: 6)
    for _ in 0..<2000 {
      let count = Int.random(in: 0...300, using: &random)
      _ = try? target.read((0..<count).map { _ in UInt8.random(in: .min ... .max, using: &random) })
    }
  }
}
