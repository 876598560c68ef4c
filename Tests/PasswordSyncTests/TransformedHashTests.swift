import Secrets
import Testing

@testable import PasswordSync

/// Vectors of DSInternals, dsinternals.com and hashcat's mode 12800.
@Suite struct TransformedHashTests {
  struct Vector: CustomTestStringConvertible {
    let password: String
    let salt: String
    let iterations: Int
    let output: String
    var testDescription: String { "\(password.isEmpty ? "(empty)" : password), salt \(salt)" }
  }

  static let vectors: [Vector] = [
    .init(
      password: "Pa$$w0rd", salt: "317ee9d1dec6508fa510", iterations: 100,
      output: "f4a257ffec53809081a605ce8ddedfbc9df9777b80256763bc0a6dd895ef404f"),
    .init(
      password: "Pa$$w0rd", salt: "f76bc776428002f87f4b", iterations: 100,
      output: "0ab46c4a6351db87cc13323bb01eea073c90a52e376fffca559e57fbb19a441a"),
    .init(
      password: "Pa$$w0rd", salt: "60eaffd2c886b419df7a", iterations: 1000,
      output: "ab9c532104713157395a70da85cc8a1b418508753c6997f02341d541328ef16b"),
    .init(
      password: "Pa$$w0rd", salt: "46c0c5d9095185ce5cf8", iterations: 1000,
      output: "6bb7b360d9105ed5157460b343d5d143e465a59195bc9b568718268c334ea4a9"),
    .init(
      password: "Pa$$w0rd", salt: "181a3024085fcee2f70e", iterations: 1000,
      output: "b39525c3bc72a1136fcf7c8a338e0c14313d0450d1a4c98ef0a6ddada3bc5b0a"),
    .init(
      password: "Pa$$w0rd", salt: "a42b92067e4b8123101a", iterations: 1000,
      output: "f0fc762ea9051ef754652becd83ee5e54c1c857c1c0965abac5d85de9c143911"),
    .init(
      password: "Pa$$w0rd", salt: "317ee9d1dec6508fa510", iterations: 1000,
      output: "7eaea8e1628dffee62cf319f4e1fc05254da30a1d42ff755ff352f5b13497531"),
    .init(
      password: "", salt: "01cda06eceb9d9bc2621", iterations: 1000,
      output: "9d4fc778add44776555d3fa6ccb4f9637f25e34a62dbc5fa0f782ef8c762c902"),
    .init(
      password: "hashcat", salt: "84840328224366186645", iterations: 100,
      output: "005a491d8bf3715085d69f934eef7fb19a15ffc233b5382d9827910bc32f3506"),
    .init(
      password: "hashcat", salt: "54188415275183448824", iterations: 100,
      output: "55b530f052a9af79a7ba9c466dddcb8b116f8babf6c3873a51a3898fb008e123"),
  ]

  @Test("The published transformations come out", arguments: vectors)
  func published(_ vector: Vector) {
    let derived = TransformedHash.derive(
      PasswordHash.ntHash(of: vector.password), salt: bytes(vector.salt),
      iterations: vector.iterations)
    #expect(derived.withBytes { Array($0) } == bytes(vector.output))
  }

  @Test("A credential travels in the published form")
  func form() {
    let salt = bytes("60eaffd2c886b419df7a")
    let hash = PasswordHash.ntHash(of: "Pa$$w0rd")
    let credential = Credential(
      salt: salt, iterations: 1000, derived: TransformedHash.derive(hash, salt: salt))
    #expect(
      text(credential.encoded)
        == "v1;PPH1_MD4,60eaffd2c886b419df7a,1000,"
        + "ab9c532104713157395a70da85cc8a1b418508753c6997f02341d541328ef16b;")
  }

  @Test("A credential that is read again matches its password and no other")
  func roundTrip() throws {
    let credential = TransformedHash.credential(of: PasswordHash.ntHash(of: "Passwörd€"))
    let read = try #require(Credential(parsing: credential.encoded.withBytes { Array($0) }))
    #expect(read.iterations == 1000)
    #expect(read.matches(PasswordHash.ntHash(of: "Passwörd€")))
    #expect(!read.matches(PasswordHash.ntHash(of: "Password")))
  }

  @Test("Many are made at once, in order, each of its own hash", arguments: [0, 1, 2, 7, 50])
  func many(_ count: Int) async {
    let hashes = (0..<count).map { PasswordHash.ntHash(of: "password \($0)") }
    let credentials = await TransformedHash.credentials(of: hashes)
    #expect(credentials.count == count)
    #expect(zip(credentials, hashes).allSatisfy { $0.matches($1) })
    #expect(Set(credentials.map(\.salt)).count == count)
  }

  @Test("Each credential has a salt of its own")
  func salts() {
    let hash = PasswordHash.ntHash(of: "one")
    let salts = Set((0..<100).map { _ in TransformedHash.credential(of: hash).salt })
    #expect(salts.count == 100)
    #expect(salts.allSatisfy { $0.count == 10 })
  }

  @Test(
    "What is no credential is refused",
    arguments: [
      "", "v1;PPH1_MD4,", "v1;PPH1_MD4,60eaffd2c886b419df7a,1000,",
      "v2;PPH1_MD4,60eaffd2c886b419df7a,1000,"
        + "ab9c532104713157395a70da85cc8a1b418508753c6997f02341d541328ef16b;",
      "v1;PPH1_MD4,60EAFFD2C886B419DF7A,1000,"
        + "ab9c532104713157395a70da85cc8a1b418508753c6997f02341d541328ef16b;",
      "v1;PPH1_MD4,60eaffd2c886b419df7a,0,"
        + "ab9c532104713157395a70da85cc8a1b418508753c6997f02341d541328ef16b;",
      "v1;PPH1_MD4,60eaffd2c886b419df7a,9999999999,"
        + "ab9c532104713157395a70da85cc8a1b418508753c6997f02341d541328ef16b;",
      "v1;PPH1_MD4,60eaffd2c886b419df7a,1000,"
        + "ab9c532104713157395a70da85cc8a1b418508753c6997f02341d541328ef16b;;",
      "v1;PPH1_MD4,60eaffd2c886b419df,1000,"
        + "ab9c532104713157395a70da85cc8a1b418508753c6997f02341d541328ef16b;",
    ])
  func refused(_ text: String) {
    #expect(Credential(parsing: text.utf8) == nil)
  }

  @Test("Nothing prints a credential")
  func silence() {
    let credential = TransformedHash.credential(of: PasswordHash.ntHash(of: "Pa$$w0rd"))
    var dumped = ""
    dump(credential, to: &dumped)
    let digits = text(credential.encoded).dropFirst(38).prefix(20)
    #expect(!dumped.contains(digits))
    #expect(!"\(credential)".contains(digits))
  }

  private func text(_ secret: SecretBytes) -> String {
    secret.withBytes { String(decoding: $0, as: UTF8.self) }
  }
}

/// The bytes that lower-case hexadecimal digits spell.
func bytes(_ hexadecimal: String) -> [UInt8] {
  let digits = Array(hexadecimal.utf8).map { $0 < 0x3A ? $0 - 0x30 : $0 - 0x57 }
  return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}
