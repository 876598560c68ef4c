import CLDAP
import Testing

@testable import LDAPConnector

@Suite("Why a server refuses a name and a password")
struct BindRefusalTests {
  private func refusal(_ data: String) -> LDAPResult {
    LDAPResult(
      code: LDAP_INVALID_CREDENTIALS,
      diagnostic: "80090308: LdapErr: DSID-0C090447, comment: AcceptSecurityContext error, data "
        + data + ", v3839")
  }

  @Test(
    "A wrong password is one, and so is a name that there is not", arguments: ["52e", "525", "52E"])
  func secret(_ data: String) {
    #expect(BindRefusal.isOfSecret(refusal(data)))
  }

  @Test(
    "An account that is kept from signing in has no other password for that",
    arguments: ["530", "531", "532", "533", "701", "773", "775"])
  func account(_ data: String) {
    #expect(!BindRefusal.isOfSecret(refusal(data)))
    #expect(!BindRefusal.hint(refusal(data)).contains("its password."))
  }

  @Test("Where a server says no more than that it refuses, it means the password")
  func silent() {
    for words in ["", "Invalid credentials", "data", "some data"] {
      let result = LDAPResult(code: LDAP_INVALID_CREDENTIALS, diagnostic: words)
      #expect(BindRefusal.isOfSecret(result), "\(words)")
    }
    for code in [LDAP_UNWILLING_TO_PERFORM, LDAP_STRONG_AUTH_REQUIRED, LDAP_BUSY] {
      let result = LDAPResult(code: code, matchedDN: "", diagnostic: "x, data 52e, v1")
      #expect(!BindRefusal.isOfSecret(result))
    }
  }

  @Test("The code stands behind the word data, with whatever comes after it")
  func code() {
    for (words, code): (String, String?) in [
      ("error, data 52E, v1", "52e"), ("data 775", "775"), ("data 0,v1", "0"), ("data", nil),
      ("x data ", nil), ("", nil), ("metadata 775", nil), ("no data here", "here"),
    ] {
      #expect(BindRefusal.data(in: words) == code, "\(words)")
    }
  }
}
