import Glibc
import Testing

@testable import Secrets

@Suite struct SecretBytesTests {
  private let secret = SecretBytes("N0b0dy sees th1s".utf8)

  @Test("Nothing prints, dumps or reflects a secret")
  func silence() {
    var dumped = ""
    dump(secret, to: &dumped)
    for text in ["\(secret)", String(reflecting: secret), String(describing: [secret]), dumped] {
      #expect(!text.contains("N0b0dy"))
      #expect(!text.contains("78"))
    }
    #expect(Mirror(reflecting: secret).children.isEmpty)
  }

  @Test("A secret has what went in, and equals only the same")
  func content() {
    #expect(secret.withBytes { Array($0) } == Array("N0b0dy sees th1s".utf8))
    #expect(secret.isEqual(to: SecretBytes("N0b0dy sees th1s".utf8)))
    #expect(!secret.isEqual(to: SecretBytes("N0b0dy sees th1t".utf8)))
    #expect(!secret.isEqual(to: SecretBytes("N0b0dy sees".utf8)))
    #expect(SecretBytes([]).count == 0)
  }

  @Test("An initializer that fails leaves nothing behind")
  func failure() {
    struct Refused: Error {}
    #expect(throws: Refused.self) {
      _ = try SecretBytes(count: 8) { (_) throws(Refused) in throw Refused() }
    }
  }
}
