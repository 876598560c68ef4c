import Secrets
import Testing

@testable import Tenant

@Suite struct FormBodyTests {
  private func read(_ text: String) -> (FormBody?, [UInt8]) {
    var bytes = Array(text.utf8)
    return (FormBody(&bytes), bytes)
  }

  @Test("The password is read apart, with its escapes, and the form is overwritten")
  func password() throws {
    let (form, bytes) = read("username=a%40b&password=P%C3%A9+%2B%25&scope=openid")
    let password = try #require(form?.password)
    #expect(password.withBytes { Array($0) } == Array("Pé +%".utf8))
    #expect(form?.fields == ["username": "a@b", "scope": "openid"])
    #expect(bytes.allSatisfy { $0 == 0 })
  }

  @Test("A form without a password has none, and an empty one is empty")
  func none() {
    #expect(read("a=b").0?.password == nil)
    #expect(read("password=").0?.password?.count == 0)
    #expect(read("").0?.fields == [:])
  }

  @Test(
    "Broken escapes are no form", arguments: ["password=%", "password=%4", "password=%zz", "a=%4"])
  func broken(_ text: String) {
    let (form, bytes) = read(text)
    #expect(form == nil)
    #expect(bytes.allSatisfy { $0 == 0 })
  }
}
