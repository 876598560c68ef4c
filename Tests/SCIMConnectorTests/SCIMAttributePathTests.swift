import JSON
import Testing

@testable import SCIMConnector

@Suite("An attribute's path")
struct SCIMAttributePathTests {
  @Test(
    "is read and written as Microsoft Entra writes it",
    arguments: [
      "userName", "name.givenName", "emails[type eq \"work\"].value",
      "addresses[type eq \"work\"].streetAddress", "members",
      "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
      "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager",
      "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value",
      "emails[type eq \"a]b\\\"c: d\"].value", "roles[primary eq true].value", "meta.lastModified",
      "members[value eq \"2819c223\"]", "x-y_z$1",
    ])
  func roundTrip(text: String) throws {
    #expect(try #require(SCIMAttributePath(text)).text == text)
  }

  @Test("has a schema, a name, a selector and a part")
  func parts() throws {
    let path = try #require(SCIMAttributePath("urn:x:2.0:User:emails[type eq \"work\"].value"))
    #expect(path.schema == "urn:x:2.0:User")
    #expect(path.name == "emails")
    #expect(path.selector == .init(attribute: "type", value: "work"))
    #expect(path.subAttribute == "value")
    #expect(path.attribute.text == "urn:x:2.0:User:emails")
  }

  @Test("takes the flag that Entra puts in quotes for what it is")
  func quotedFlag() throws {
    let path = try #require(SCIMAttributePath("roles[primary eq \"True\"].value"))
    #expect(path.selector?.value == true)
  }

  @Test(
    "is refused when it is none",
    arguments: [
      "", ".", "a.", ".b", "a..b", "1a", "a b", "a[", "a[]", "a[type eq work]",
      "a[type ne \"x\"].b", "a[type eq \"x\"", "a[type eq \"x\"]b", "a[type eq \"x\" and b pr]",
      "urn:x:2.0:User:", "é", "a[type eq \"x\"].1",
    ])
  func faults(text: String) {
    #expect(SCIMAttributePath(text) == nil)
  }

  @Test("selects values whatever the case of their type")
  func selection() throws {
    let work = SCIMAttributePath.Selector(attribute: "type", value: "work")
    #expect(work.matches(["type": "Work", "value": "a"]))
    #expect(!work.matches(["type": "home"]))
    #expect(!work.matches(["value": "a"]))
    #expect(!work.matches("work"))
    let other = SCIMAttributePath.Selector(attribute: "primary", value: false)
    #expect(other.matches(["value": "a"]))
    #expect(!other.matches(["primary": true]))
  }
}
