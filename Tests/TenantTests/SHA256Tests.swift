import Testing

@testable import Tenant

@Suite("SHA-256")
struct SHA256Tests {
  @Test(
    "Published digests come out",
    arguments: [
      ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
      ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
      (
        "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
      ),
    ])
  func vectors(_ text: String, _ digest: String) {
    #expect(SHA256.hexadecimal(text) == digest)
  }

  @Test("Texts are compared as a whole")
  func comparison() {
    #expect(SHA256.isEqual("abc", "abc"))
    #expect(!SHA256.isEqual("abc", "abd"))
    #expect(!SHA256.isEqual("abc", "ab"))
    #expect(SHA256.isEqual("", ""))
  }

  @Test("Tokens are long, of plain characters, and never the same")
  func tokens() {
    let tokens = (0..<200).map { _ in Tenant.makeToken() }
    #expect(Set(tokens).count == 200)
    #expect(tokens.allSatisfy { $0.count == 43 && $0.allSatisfy { $0.isASCII } })
  }
}
